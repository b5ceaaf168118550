"""Opening, closing and what a connector says of itself."""

from __future__ import annotations

import pytest

from connectors.contract import Capability, Connector, Hello, Lane, Unauthorised, Unreachable
from tests.contract.ear import listening
from tests.contract.needs import needs
from tests.contract.partner import ANA, Ability, Partner
from tests.contract.talking import asked, new_key, reply, words


async def test_hello_is_truthful(partner: Partner, hello: Hello) -> None:
    assert frozenset(hello.can) == partner.can
    lacking = frozenset(Capability) - partner.can
    if Capability.OPEN_PRIVATE in partner.can:
        # Who begins has nobody to invite.
        lacking -= {Capability.INVITE}
    for capability in lacking:
        assert hello.cannot.get(capability), f"no reason is given for: {capability.value}"
    assert not hello.can & hello.cannot.keys()


async def test_the_account_can_be_addressed(hello: Hello) -> None:
    assert hello.account.remote_id
    assert hello.account.handle
    assert hello.where


async def test_limits_are_positive_or_none(hello: Hello) -> None:
    assert hello.limits.unit
    for limit in (hello.limits.public, hello.limits.private):
        assert limit is None or limit > 0


async def test_the_same_account_says_the_same_hello(partner: Partner, hello: Hello) -> None:
    other = await partner.connector()
    try:
        again = await other.open(partner.secrets)
        assert again.account.remote_id == hello.account.remote_id
        assert again.can == hello.can
        assert other.hello == again
    finally:
        await other.close()


async def test_close_twice_and_before_open(partner: Partner) -> None:
    connector = await partner.connector()
    await connector.close()
    await connector.open(partner.secrets)
    await connector.close()
    await connector.close()


async def test_open_after_close(partner: Partner) -> None:
    connector = await partner.connector()
    await connector.open(partner.secrets)
    await connector.close()
    await connector.open(partner.secrets)
    try:
        post = await asked(partner, connector, ANA)
        await connector.send(reply(post, words("here we are again")), new_key())
    finally:
        await connector.close()


async def test_measuring_needs_no_network(partner: Partner, hello: Hello) -> None:
    connector = await partner.connector()
    offline = type(connector)(connector.settings, remembered=hello, clock=partner.now)
    room = offline.measure("hello", Lane.PUBLIC, to=None, warning=None)
    assert room.used >= 5
    assert room.limit == hello.limits.public


@needs(Ability.STOP)
async def test_a_server_that_is_down_is_unreachable(partner: Partner) -> None:
    await partner.goes_down()
    connector = await partner.connector()
    try:
        with pytest.raises(Unreachable) as caught:
            await connector.open(partner.secrets)
        assert caught.value.words
    finally:
        await connector.close()


@needs(Ability.REVOKE)
async def test_a_dead_key_is_unauthorised_at_open(partner: Partner) -> None:
    await partner.revokes()
    connector = await partner.connector()
    try:
        with pytest.raises(Unauthorised) as caught:
            await connector.open(partner.secrets)
        assert not any(secret in caught.value.words for secret in partner.secrets.values())
    finally:
        await connector.close()


@needs(Ability.REVOKE)
async def test_a_key_that_dies_while_we_listen_ends_it(
    partner: Partner, connector: Connector
) -> None:
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        await partner.revokes()
        await partner.cut()
        assert isinstance(await ear.failed(), Unauthorised)


@needs(Ability.REVOKE)
async def test_a_dead_key_is_unauthorised_at_sending(
    partner: Partner, connector: Connector
) -> None:
    post = await asked(partner, connector, ANA)
    await partner.revokes()
    with pytest.raises(Unauthorised):
        await connector.send(reply(post, words("never said")), new_key())
