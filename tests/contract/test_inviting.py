"""Where only the customer can begin in private: our words wait, and reach nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import Began, Capability, Connector, Hello, Lane, NotYet
from tests.contract.ear import Ear, listening
from tests.contract.needs import needs
from tests.contract.partner import ANA, BUDI, Ability, Partner
from tests.contract.talking import (
    asked_in_public,
    first_message,
    new_key,
    reply,
    standing,
    stands_once,
    words,
)

inviting = needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.INVITE)


def began(ear: Ear) -> list[Began]:
    return [arrival for arrival in ear.arrivals if isinstance(arrival, Began)]


@inviting
async def test_who_may_invite_may_not_begin(hello: Hello) -> None:
    assert Capability.OPEN_PRIVATE not in hello.can


@inviting
async def test_a_first_message_waits_and_nothing_is_posted(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("which order is it")
    with pytest.raises(NotYet) as caught:
        await connector.send(first_message(question, said), new_key())
    assert caught.value.words
    assert not any(secret in caught.value.words for secret in partner.secrets.values())
    assert not await standing(partner, said, Lane.PRIVATE, ANA)
    assert not await standing(partner, said, Lane.PUBLIC, ANA)


@inviting
async def test_a_link_that_is_followed_lets_the_message_reach_them(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, key = words("which order is it"), new_key()
    invitation = replace(reply(question, words("please write to us")), invites=key)
    receipt = await connector.send(invitation, new_key())
    await partner.follows_link(ANA, receipt.remote_id)
    async with listening(connector, partner.patience) as ear:
        await ear.until(lambda: bool(began(ear)), "they begin")
    (came,) = set(began(ear))
    assert (came.key, came.who.remote_id) == (key, question.author.remote_id)
    sent = await connector.send(first_message(question, said), key)
    seen = await stands_once(partner, said, Lane.PRIVATE, ANA)
    assert seen.remote_id == sent.remote_id
    assert not await standing(partner, said, Lane.PRIVATE, BUDI)
    assert not await standing(partner, said, Lane.PUBLIC, ANA)


@inviting
async def test_a_stranger_who_follows_the_link_is_told_as_the_stranger(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, key = words("which order is it"), new_key()
    invitation = replace(reply(question, words("please write to us")), invites=key)
    receipt = await connector.send(invitation, new_key())
    await partner.follows_link(BUDI, receipt.remote_id)
    async with listening(connector, partner.patience) as ear:
        await ear.until(lambda: bool(began(ear)), "they begin")
    assert all(came.who.remote_id != question.author.remote_id for came in began(ear))
    with pytest.raises(NotYet):
        await connector.send(first_message(question, said), key)
    assert not await standing(partner, said, Lane.PRIVATE, BUDI)


@inviting
async def test_who_comes_by_themselves_is_told_without_a_key(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    await partner.begins_alone(ANA)
    async with listening(connector, partner.patience) as ear:
        await ear.until(lambda: bool(began(ear)), "they begin")
    (came,) = set(began(ear))
    assert (came.key, came.who.remote_id) == (None, question.author.remote_id)


@inviting
async def test_an_answer_that_invites_nobody_carries_no_link(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    receipt = await connector.send(reply(question, words("it left")), new_key())
    with pytest.raises(LookupError):
        await partner.follows_link(ANA, receipt.remote_id)
