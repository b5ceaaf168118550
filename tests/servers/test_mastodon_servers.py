"""Mastodon on servers that nobody here wrote, beyond what the contract suite asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from connectors.contract import (
    Address,
    Capability,
    Hearing,
    Lane,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
    SlowDown,
)
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.stream import opened
from tests.contract.ear import listening
from tests.contract.talking import new_key, words
from tests.servers import snac
from tests.servers.mastodon_partners import MastodonMockPartner, Snac2Partner
from tests.servers.people import AtTheBrowser

pytestmark = pytest.mark.server


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def mock() -> AsyncIterator[MastodonMockPartner]:
    partner = MastodonMockPartner()
    await partner.start()
    yield partner
    await partner.stop()


@pytest.fixture
async def on_snac() -> AsyncIterator[Snac2Partner]:
    partner = Snac2Partner()
    await partner.start()
    yield partner
    await partner.stop()


async def opened_on(partner: MastodonMockPartner | Snac2Partner, **settings: str) -> Mastodon:
    url = partner.proxy.url
    connector = Mastodon(
        {"server": url, "poll_seconds": "0.1", **settings}, remembered=None, clock=clock
    )
    await connector.open(partner.secrets)
    return connector


async def test_signing_in_to_snac_by_oauth() -> None:
    server = snac.fresh()
    await server.start()
    try:
        person = AtTheBrowser(server.url, "support", server.passwords["support"])
        done = await Mastodon.sign_in(person, {}, clock=clock)
        assert done.settings == {"server": server.url}
        assert done.missing == ()
        assert done.hello.account.handle == f"@support@127.0.0.1:{server.port}"
        assert done.hello.facts["software"] == "snac"
        assert Capability.IDEMPOTENT not in done.hello.can
        assert Capability.DELETE not in done.hello.can
        again = Mastodon(done.settings, remembered=done.hello, clock=clock)
        hello = await again.open(done.secrets)
        await again.close()
        assert hello.account == done.hello.account
    finally:
        await server.stop()
        snac.away(server)


async def test_the_main_job_on_snac(on_snac: Snac2Partner) -> None:
    """Asked in public, answered in private, acknowledged in public, gone on in private."""
    connector = await opened_on(on_snac)
    said = words("my parcel never came & <b>what</b> now")
    async with listening(connector, on_snac.patience) as ear:
        await ear.caught_up()
        remote_id = await on_snac.writes_public("ana", said)
        question = await ear.post(remote_id)
        assert question.author.handle == "@ana"
        assert said.replace("<b>", "").replace("</b>", "") in question.text
        first = Outgoing(
            lane=Lane.PRIVATE,
            text=f"You wrote: “@support @budi {said}”. Which address?",
            to=question.author,
            about=question.remote_id,
        )
        receipt = await connector.send(first, new_key())
        tried = clock()
        found = await connector.find_sent(first, "k", tried_at=tried, claimed=set())
        assert isinstance(found, Receipt)
        assert found.remote_id == receipt.remote_id
        ack = Outgoing(
            lane=Lane.PUBLIC,
            text="Thanks, we've sent you a message.",
            to=question.author,
            reply_to=question.remote_id,
        )
        await connector.send(ack, new_key())
        answer = await on_snac.writes_privately("ana", "Main St 1", reply_to=receipt.remote_id)
        private = await ear.post(answer)
        assert private.lane is Lane.PRIVATE
        assert private.conversation == receipt.conversation
        assert private.reply_to == receipt.remote_id
    assert len(await on_snac.public_posts_of_shop()) == 1
    assert [one["id"] for one in await on_snac.people["budi"].heard()] == []
    await connector.close()


async def test_nobody_of_that_name_on_snac(on_snac: Snac2Partner) -> None:
    connector = await opened_on(on_snac)
    nobody = Address(remote_id="1", handle="@nobody")
    with pytest.raises(Refused) as caught:
        await connector.send(Outgoing(lane=Lane.PRIVATE, text="Hi", to=nobody), new_key())
    assert caught.value.reason is Reason.WRONG_AUDIENCE
    await connector.close()


async def test_snac_is_polled(on_snac: Snac2Partner) -> None:
    connector = await opened_on(on_snac)
    async with listening(connector, on_snac.patience) as ear:
        await ear.caught_up()
        assert ear.batches[-1].hearing is Hearing.POLLING
    await connector.close()


@pytest.mark.parametrize("kind", ["websocket", "sse"])
async def test_the_streams_of_the_mock(mock: MastodonMockPartner, kind: str) -> None:
    connector = await opened_on(mock)
    assert connector._http is not None
    if kind == "sse":
        # What a proxy in between that knows no WebSocket makes of it.
        mock.proxy.no_websocket = True
    stream = await opened(connector._http, mock.proxy.url)
    assert stream is not None
    assert stream.kind == kind
    await stream.close()
    async with listening(connector, mock.patience) as ear:
        await ear.caught_up()
        assert ear.batches[-1].hearing is Hearing.STREAMING
        remote_id = await mock.writes_public("ana", words("by stream"))
        await ear.post(remote_id)
        told = next(
            one
            for one in ear.batches
            if any(isinstance(p, Post) and p.remote_id == remote_id for p in one.arrivals)
        )
        assert told.cursor is None
    await connector.close()


async def test_the_mocks_own_429(mock: MastodonMockPartner) -> None:
    connector = await opened_on(mock)
    fault = {
        "match": {"path": "/api/v1/statuses", "methods": ["POST"]},
        "effect": {"type": "ratelimit"},
        "count": 1,
    }
    await mock.people["support"].call("POST", "/api/v1/_mock/faults", json=fault)
    ana = Address(remote_id="2", handle="@ana")
    with pytest.raises(SlowDown) as caught:
        await connector.send(Outgoing(lane=Lane.PUBLIC, text="Hi", to=ana), new_key())
    wait = (caught.value.until - clock()).total_seconds()
    assert 250 < wait <= 300
    await connector.close()


async def test_many_pages_of_the_mock(mock: MastodonMockPartner) -> None:
    connector = await opened_on(mock)
    async with listening(connector, mock.patience) as ear:
        await ear.caught_up()
        cursor = ear.cursor
    written = [await mock.writes_public("ana", words(f"n{number}")) for number in range(95)]
    async with listening(connector, mock.patience, since=cursor) as ear:
        await ear.caught_up()
        heard = [post.remote_id for post in ear.posts if not post.ours]
    assert heard == written
    await connector.close()
