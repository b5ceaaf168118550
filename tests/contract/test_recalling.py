"""What has left is edited or taken away: what the customer sees, and what bad luck is called."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from connectors.contract import (
    Capability,
    Connector,
    ConnectorError,
    Doubtful,
    Hello,
    Lane,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
    SlowDown,
)
from tests.contract.ear import eventually, listening
from tests.contract.needs import needs
from tests.contract.partner import (
    ANA,
    BUDI,
    RECALL_FAULTS,
    VERDICTS,
    Ability,
    Fault,
    Partner,
)
from tests.contract.talking import (
    address_of,
    asked_in_public,
    first_message,
    new_key,
    reply,
    standing,
    stands_once,
    words,
)


def in_lane(lane: Lane, question: Post, said: str) -> Outgoing:
    """An answer in public, or the message that opens the private lane."""
    return first_message(question, said) if lane is Lane.PRIVATE else reply(question, said)


async def gone(partner: Partner, said: str, lane: Lane) -> bool:
    """The words stand there no more."""
    left = await eventually(
        lambda: standing(partner, said, lane, ANA), lambda seen: not seen, partner.patience
    )
    return not left


async def edited_as_a_desk_does(
    connector: Connector, remote_id: str, outgoing: Outgoing
) -> Receipt:
    """Asked for again after a doubt: mastodon-mock stumbles (500) over a write while it reads."""
    for _ in range(5):
        with suppress(Doubtful):
            return await connector.edit(remote_id, outgoing)
    return await connector.edit(remote_id, outgoing)


def right_words(error: ConnectorError, partner: Partner) -> None:
    assert error.words
    assert not any(secret in error.words for secret in partner.secrets.values())
    assert "posted" not in error.words
    if isinstance(error, SlowDown):
        assert error.until > partner.now()


# --- taking away ------------------------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.DELETE)
async def test_our_own_post_can_be_taken_away(partner: Partner, connector: Connector) -> None:
    await taken_away(partner, connector, Lane.PUBLIC)


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE, Capability.DELETE_PRIVATE)
async def test_what_we_said_in_private_can_be_taken_away(
    partner: Partner, connector: Connector
) -> None:
    await taken_away(partner, connector, Lane.PRIVATE)


async def taken_away(partner: Partner, connector: Connector, lane: Lane) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("too soon")
    receipt = await connector.send(in_lane(lane, question, said), new_key())
    await stands_once(partner, said, lane, ANA)
    await connector.delete(receipt.remote_id)
    assert await gone(partner, said, lane)


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE, without=(Capability.DELETE_PRIVATE,))
async def test_who_cannot_take_away_in_private_says_so(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("it stays")
    receipt = await connector.send(first_message(question, said), new_key())
    assert hello.cannot[Capability.DELETE_PRIVATE]
    with pytest.raises(Refused) as caught:
        await connector.delete(receipt.remote_id)
    assert caught.value.reason is Reason.NOT_ALLOWED
    await stands_once(partner, said, Lane.PRIVATE, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.DELETE)
async def test_taking_away_twice_is_no_error(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, other = words("too soon"), words("stays")
    receipt = await connector.send(reply(question, said), new_key())
    await connector.send(reply(question, other), new_key())
    await connector.delete(receipt.remote_id)
    await connector.delete(receipt.remote_id)
    assert await gone(partner, said, Lane.PUBLIC)
    await stands_once(partner, other, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, without=(Capability.DELETE,))
async def test_who_cannot_take_away_says_so(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("it stays")
    receipt = await connector.send(reply(question, said), new_key())
    assert hello.cannot[Capability.DELETE]
    with pytest.raises(Refused) as caught:
        await connector.delete(receipt.remote_id)
    assert caught.value.reason is Reason.NOT_ALLOWED
    await stands_once(partner, said, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Ability.BREAK_RECALL, Capability.REPLY_PUBLIC, Capability.DELETE)
@pytest.mark.parametrize("befalls", RECALL_FAULTS, ids=lambda one: one.name)
async def test_bad_luck_at_taking_away_is_called_what_it_is(
    partner: Partner, connector: Connector, befalls: Fault
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("too soon")
    receipt = await connector.send(reply(question, said), new_key())
    await stands_once(partner, said, Lane.PUBLIC, ANA)
    await partner.break_recall(befalls)
    verdict = VERDICTS[befalls]
    with pytest.raises(ConnectorError) as caught:
        await connector.delete(receipt.remote_id)
    error = caught.value
    assert type(error) is verdict.error, f"{befalls.value}: {error!r}"
    right_words(error, partner)
    if verdict.posted:
        assert await gone(partner, said, Lane.PUBLIC)
    else:
        await stands_once(partner, said, Lane.PUBLIC, ANA)
    if isinstance(error, Doubtful):
        await connector.delete(receipt.remote_id)
        assert await gone(partner, said, Lane.PUBLIC)


# --- editing ----------------------------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE, Capability.EDIT)
@pytest.mark.parametrize("lane", list(Lane))
async def test_an_edit_shows_the_new_words(
    partner: Partner, connector: Connector, lane: Lane
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, better = words("it left on Mnoday"), words("it left on Monday")
    outgoing = in_lane(lane, question, said)
    receipt = await connector.send(outgoing, new_key())
    before = await stands_once(partner, said, lane, ANA)
    edited = await connector.edit(receipt.remote_id, replace(outgoing, text=better))
    seen = await stands_once(partner, better, lane, ANA)
    assert seen.remote_id == edited.remote_id
    assert seen.reply_to == before.reply_to
    assert not await standing(partner, said, lane, ANA)
    other = Lane.PUBLIC if lane is Lane.PRIVATE else Lane.PRIVATE
    assert not await standing(partner, better, other, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.EDIT)
async def test_the_same_edit_twice_is_no_error(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, better = reply(question, words("first")), words("second")
    receipt = await connector.send(outgoing, new_key())
    once = await connector.edit(receipt.remote_id, replace(outgoing, text=better))
    for known_as in (receipt.remote_id, once.remote_id):
        again = await connector.edit(known_as, replace(outgoing, text=better))
        assert again.remote_id == once.remote_id
    await stands_once(partner, better, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE, Capability.EDIT)
async def test_a_name_in_an_edited_private_message_is_not_a_recipient(
    partner: Partner, connector: Connector
) -> None:
    bystander = await address_of(partner, connector, BUDI)
    question = await asked_in_public(partner, connector, ANA)
    outgoing, better = first_message(question, words("which order")), words("which parcel")
    receipt = await connector.send(outgoing, new_key())
    text = f"You wrote: “{bystander.handle} told me to ask”. {better}"
    await connector.edit(receipt.remote_id, replace(outgoing, text=text))
    await stands_once(partner, better, Lane.PRIVATE, ANA)
    assert not await standing(partner, better, Lane.PRIVATE, BUDI)
    assert not await standing(partner, better, Lane.PUBLIC, BUDI)


@needs(Ability.WRITE_PUBLIC, Ability.ECHO, Capability.REPLY_PUBLIC, Capability.EDIT)
async def test_our_own_edit_comes_back_as_the_same_post(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, better = reply(question, words("first")), words("second")
    receipt = await connector.send(outgoing, new_key())
    async with listening(connector, partner.patience) as ear:
        await ear.post(receipt.remote_id)
        edited = await edited_as_a_desk_does(
            connector, receipt.remote_id, replace(outgoing, text=better)
        )
        await ear.until(
            lambda: any(better in one.text for one in ear.versions(edited.remote_id)),
            "the edit comes back",
        )
    assert all(one.ours for one in ear.versions(edited.remote_id))


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.EDIT, Capability.DELETE)
async def test_an_edit_of_what_is_gone_is_refused(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, better = reply(question, words("first")), words("second")
    receipt = await connector.send(outgoing, new_key())
    await connector.delete(receipt.remote_id)
    with pytest.raises(Refused) as caught:
        await connector.edit(receipt.remote_id, replace(outgoing, text=better))
    assert caught.value.reason is Reason.GONE
    assert not await standing(partner, better, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Ability.COUNTS, Capability.REPLY_PUBLIC, Capability.EDIT)
async def test_an_edit_that_is_too_long_changes_nothing(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, said = reply(question, ""), words("short")
    left = connector.measure(said, Lane.PUBLIC, to=question.author, warning=None).left
    if left is None:
        return
    receipt = await connector.send(replace(outgoing, text=said), new_key())
    longer = words("long")
    longer += "x" * (left + 200)
    with pytest.raises(Refused) as caught:
        await connector.edit(receipt.remote_id, replace(outgoing, text=longer))
    assert caught.value.reason is Reason.TOO_LONG
    await stands_once(partner, said, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, without=(Capability.EDIT,))
async def test_who_cannot_edit_says_so(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing = reply(question, words("it stays"))
    receipt = await connector.send(outgoing, new_key())
    assert hello.cannot[Capability.EDIT]
    with pytest.raises(Refused) as caught:
        await connector.edit(receipt.remote_id, replace(outgoing, text=words("other")))
    assert caught.value.reason is Reason.NOT_ALLOWED
    await stands_once(partner, outgoing.text, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Ability.BREAK_RECALL, Capability.REPLY_PUBLIC, Capability.EDIT)
@pytest.mark.parametrize("befalls", RECALL_FAULTS, ids=lambda one: one.name)
async def test_bad_luck_at_editing_is_called_what_it_is(
    partner: Partner, connector: Connector, befalls: Fault
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, better = reply(question, words("first")), words("second")
    receipt = await connector.send(outgoing, new_key())
    await stands_once(partner, outgoing.text, Lane.PUBLIC, ANA)
    await partner.break_recall(befalls)
    verdict = VERDICTS[befalls]
    with pytest.raises(ConnectorError) as caught:
        await connector.edit(receipt.remote_id, replace(outgoing, text=better))
    error = caught.value
    assert type(error) is verdict.error, f"{befalls.value}: {error!r}"
    right_words(error, partner)
    stands = better if verdict.posted else outgoing.text
    await stands_once(partner, stands, Lane.PUBLIC, ANA)
    if isinstance(error, Doubtful):
        await connector.edit(receipt.remote_id, replace(outgoing, text=better))
        await stands_once(partner, better, Lane.PUBLIC, ANA)
