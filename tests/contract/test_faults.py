"""Bad luck: every fault gets the word that is true of it, and nothing is ever posted twice."""

from __future__ import annotations

import pytest

from connectors.contract import (
    Capability,
    Connector,
    ConnectorError,
    Doubtful,
    Lane,
    NotSent,
    Outgoing,
    Receipt,
    Refused,
    SlowDown,
    Unreachable,
)
from tests.contract.ear import listening
from tests.contract.needs import needs
from tests.contract.partner import ANA, VERDICTS, Ability, Fault, Partner
from tests.contract.talking import (
    asked_in_public,
    first_message,
    look_for,
    new_key,
    reply,
    standing,
    stands_once,
    words,
)


async def _fails(
    partner: Partner, connector: Connector, outgoing: Outgoing, key: str, fault: Fault
) -> ConnectorError:
    verdict = VERDICTS[fault]
    await partner.break_next(fault)
    with pytest.raises(ConnectorError) as caught:
        await connector.send(outgoing, key)
    error = caught.value
    assert type(error) is verdict.error, f"{fault.value}: {error!r}"
    assert error.words
    assert not any(secret in error.words for secret in partner.secrets.values())
    if isinstance(error, Refused) and verdict.reason is not None:
        assert error.reason is verdict.reason
    if isinstance(error, SlowDown):
        assert error.until > partner.now()
    return error


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
@pytest.mark.parametrize("lane", list(Lane))
async def test_a_fault_is_called_what_it_is(
    partner: Partner, connector: Connector, fault: Fault, lane: Lane
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, key = words("bad luck"), new_key()
    outgoing = (
        first_message(question, said)
        if lane is Lane.PRIVATE and Capability.OPEN_PRIVATE in partner.can
        else reply(question, said)
    )
    tried_at = partner.now()
    error = await _fails(partner, connector, outgoing, key, fault)
    if VERDICTS[fault].posted:
        await stands_once(partner, said, outgoing.lane, ANA)
    else:
        assert not await standing(partner, said, outgoing.lane, ANA)
    if isinstance(error, Doubtful) and Capability.FIND_SENT in partner.can:
        found = await look_for(
            partner,
            connector,
            outgoing,
            key,
            tried_at=tried_at,
            until_receipt=VERDICTS[fault].posted,
        )
        assert isinstance(found, Receipt) is VERDICTS[fault].posted, found


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_after_a_fault_it_is_posted_once_at_most(
    partner: Partner, connector: Connector, fault: Fault
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, key = words("again"), new_key()
    outgoing = reply(question, said)
    tried_at = partner.now()
    error = await _fails(partner, connector, outgoing, key, fault)
    safe = isinstance(error, Unreachable) or (
        isinstance(error, Doubtful) and Capability.IDEMPOTENT in partner.can
    )
    if isinstance(error, Doubtful) and not safe and Capability.FIND_SENT in partner.can:
        found = await look_for(
            partner,
            connector,
            outgoing,
            key,
            tried_at=tried_at,
            until_receipt=VERDICTS[fault].posted,
        )
        safe = isinstance(found, NotSent)
    if safe:
        await connector.send(outgoing, key)
        await stands_once(partner, said, Lane.PUBLIC, ANA)
    else:
        assert len(await standing(partner, said, Lane.PUBLIC, ANA)) <= 1


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_a_fault_at_sending_leaves_listening_alone(
    partner: Partner, connector: Connector, fault: Fault
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    async with listening(connector, partner.patience, again=True) as ear:
        await ear.caught_up()
        await _fails(partner, connector, reply(question, words("bad luck")), new_key(), fault)
        remote_id = await partner.writes_public(ANA, words("are you there"))
        await ear.post(remote_id)


@needs(Ability.WRITE_PUBLIC, Ability.STOP, Capability.REPLY_PUBLIC)
async def test_sending_to_a_server_that_is_down_leaves_nothing_behind(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, key = words("later"), new_key()
    await partner.goes_down()
    with pytest.raises(Unreachable):
        await connector.send(reply(question, said), key)
    await partner.comes_up()
    assert not await standing(partner, said, Lane.PUBLIC, ANA)
    await connector.send(reply(question, said), key)
    await stands_once(partner, said, Lane.PUBLIC, ANA)
