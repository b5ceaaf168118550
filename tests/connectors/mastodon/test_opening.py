"""What a server is, who we are there, and what the key may do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from connectors.contract import (
    Capability,
    ConnectorError,
    Lane,
    Likelihood,
    Limits,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.mastodon.connector import Mastodon
from connectors.registry import connector_class
from tests.connectors.mastodon.conftest import Shop
from tests.connectors.mastodon.fake import Trouble


async def test_hello(shop: Shop) -> None:
    profile = shop.fake.profile
    async with shop.connected() as connector:
        hello = connector.hello
    assert hello is not None
    assert hello.account.remote_id == shop.fake.shop.id
    where = f"127.0.0.1:{shop.fake.port}"
    domain = where if profile.snac else "fake.example"
    assert hello.account.handle == f"@support@{domain}"
    assert hello.where == where
    assert hello.limits == Limits(public=profile.length, private=profile.length)
    assert hello.facts["software"] == profile.software
    assert hello.facts["version"] == profile.version
    assert (Capability.IDEMPOTENT in hello.can) is profile.keys
    assert set(hello.can) | set(hello.cannot) == set(Capability)
    assert not set(hello.can) & set(hello.cannot)
    assert bool(hello.advice) is profile.policy


async def test_what_is_remembered_measures_with_no_network(shop: Shop) -> None:
    async with shop.connected() as connector:
        hello = connector.hello
    offline = Mastodon({"server": shop.fake.url}, remembered=hello, clock=shop.time)
    room = offline.measure("x" * 10, Lane.PUBLIC, to=None, warning=None)
    assert (room.used, room.limit) == (10, shop.fake.profile.length)


async def test_without_nodeinfo_the_version_tells(shop: Shop) -> None:
    shop.fake.break_next(Trouble.GONE_HTML, method="GET", path="/.well-known/nodeinfo")
    async with shop.connected() as connector:
        assert connector.hello is not None
        software = connector.hello.facts["software"]
        assert software == ("snac" if shop.fake.profile.snac else "")
        # What isn't known to honour keys is taken not to.
        assert Capability.IDEMPOTENT not in connector.hello.can


async def test_a_dead_key(shop: Shop) -> None:
    shop.fake.tokens.clear()
    with pytest.raises(Unauthorised) as caught:
        async with shop.connected():
            pass
    assert shop.token not in caught.value.words


async def test_no_key(shop: Shop) -> None:
    connector = Mastodon({"server": shop.fake.url}, remembered=None, clock=shop.time)
    with pytest.raises(Unauthorised):
        await connector.open({})
    await connector.close()


async def test_nothing_works_before_open_and_close_is_safe(shop: Shop) -> None:
    connector = Mastodon({"server": shop.fake.url}, remembered=None, clock=shop.time)
    await connector.close()
    await connector.close()
    with pytest.raises(Unreachable):
        await connector.send(shop.reply("Hi", shop.ana), "k")
    with pytest.raises(Unreachable):
        async for _ in connector.listen(None):
            pass


async def test_no_server_of_this_kind(shop: Shop) -> None:
    for path in ("/api/v2/instance", "/api/v1/instance"):
        shop.fake.break_next(Trouble.HTML, method="GET", path=path)
    with pytest.raises(Unreachable):
        async with shop.connected():
            pass


@pytest.mark.parametrize(
    "trouble", [Trouble.ERROR, Trouble.HALF, Trouble.HTML, Trouble.BROKEN_JSON]
)
async def test_trouble_while_opening(shop: Shop, trouble: Trouble) -> None:
    shop.fake.break_next(trouble, method="GET", path="/accounts/verify_credentials")
    with pytest.raises(Unreachable):
        async with shop.connected():
            pass


async def test_plain_http_beyond_this_machine_is_refused(shop: Shop) -> None:
    connector = Mastodon({"server": "http://social.example"}, remembered=None, clock=shop.time)
    with pytest.raises(ConnectorError) as caught:
        await connector.open({"token": "t"})
    assert "encrypted" in caught.value.words


async def test_a_private_refusal_cannot_be_known_before(shop: Shop) -> None:
    requests = len(shop.fake.requests)
    async with shop.connected() as connector:
        requests = len(shop.fake.requests)
        address = shop.reply("", shop.ana).to
        assert await connector.probe_private(address, None) is Likelihood.UNKNOWN
    assert len(shop.fake.requests) == requests


async def test_unknown_advice(shop: Shop) -> None:
    async with shop.connected() as connector:
        with pytest.raises(Refused):
            await connector.take_advice("nonsense")


def test_the_registry_knows_it() -> None:
    assert connector_class("mastodon") is Mastodon


def test_importing_it_loads_no_network_library() -> None:
    script = (
        "import sys; from connectors.mastodon.connector import Mastodon;"
        "from datetime import UTC, datetime; from connectors.contract import Address, Lane;"
        "c = Mastodon({'server': 'social.example'}, remembered=None,"
        " clock=lambda: datetime.now(UTC));"
        "c.measure('hello @budi', Lane.PRIVATE, to=Address(remote_id='1', handle='@ana'),"
        " warning=None);"
        "bad = {'aiohttp', 'ssl', 'asyncio', 'email', 'regex'} & set(sys.modules);"
        "sys.exit(f'loaded: {bad}' if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
