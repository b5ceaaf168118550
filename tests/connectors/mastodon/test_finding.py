"""After a lost answer: what stands there is found, what doesn't is proved, the rest is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import (
    CannotTell,
    Capability,
    ConnectorError,
    Doubtful,
    Lane,
    NotSent,
    Receipt,
    Unreachable,
)
from tests.connectors.mastodon.conftest import Shop, Time, shop_on
from tests.connectors.mastodon.fake import GOTOSOCIAL, SNAC, Trouble

LATER = timedelta(seconds=60)
TEXT = (
    'Hi Ana, you wrote: "my *parcel* & <b>4711</b> never came" '
    "https://fake.example/@ana/113000000000000012345678901234567890\n\nWhich address? 👋🏽"
)


@pytest.fixture(params=[GOTOSOCIAL, SNAC], ids=lambda one: one.name)
async def doubling(request: pytest.FixtureRequest, time: Time):  # type: ignore[no-untyped-def]
    """The shop on servers that ignore keys."""
    async with shop_on(request.param, time) as found:
        yield found


@pytest.mark.parametrize("lane", Lane)
async def test_what_stands_there_is_found(doubling: Shop, lane: Lane) -> None:
    shop = doubling
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    outgoing = shop.reply(TEXT, shop.ana, reply_to=asked, lane=lane)
    tried = shop.time()
    async with shop.connected() as connector:
        assert connector.hello is not None
        assert Capability.IDEMPOTENT not in connector.hello.can
        shop.fake.break_next(Trouble.DROP_AFTER)
        with pytest.raises(Doubtful):
            await connector.send(outgoing, "k")
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, Receipt)
    assert found.remote_id == shop.posts()[0].id


@pytest.mark.parametrize("lane", Lane)
async def test_what_is_not_there_is_proved_after_a_while(doubling: Shop, lane: Lane) -> None:
    shop = doubling
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    outgoing = shop.reply(TEXT, shop.ana, reply_to=asked, lane=lane)
    tried = shop.time()
    async with shop.connected() as connector:
        shop.fake.break_next(Trouble.DROP_BEFORE)
        with pytest.raises(Doubtful):
            await connector.send(outgoing, "k")
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
        assert isinstance(found, CannotTell)
        assert found.again_at == tried + timedelta(seconds=20)
        shop.time.goes_on(seconds=20)
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
        assert isinstance(found, NotSent)
        await connector.send(outgoing, "k")
    assert len(shop.posts()) == 1


async def test_the_key_makes_a_repeat_safe(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        outgoing = shop.reply(TEXT, shop.ana)
        found = await connector.find_sent(outgoing, "k", tried_at=shop.time(), claimed=set())
        assert isinstance(found, NotSent)
        shop.fake.break_next(Trouble.ERROR, method="GET", path="/statuses")
        found = await connector.find_sent(outgoing, "k", tried_at=shop.time(), claimed=set())
        assert isinstance(found, NotSent)


async def test_what_stands_there_is_found_where_keys_are_honoured(on_mastodon: Shop) -> None:
    shop = on_mastodon
    tried = shop.time()
    async with shop.connected() as connector:
        outgoing = shop.reply(TEXT, shop.ana, lane=Lane.PRIVATE)
        receipt = await connector.send(outgoing, "k")
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, Receipt)
    assert found.remote_id == receipt.remote_id


@pytest.mark.parametrize("lane", Lane)
async def test_after_the_key_is_forgotten_we_look(on_mastodon: Shop, lane: Lane) -> None:
    shop = on_mastodon
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    outgoing = shop.reply(TEXT, shop.ana, reply_to=asked, lane=lane)
    tried = shop.time()
    async with shop.connected() as connector:
        shop.fake.break_next(Trouble.ERROR_AFTER)
        with pytest.raises(Doubtful):
            await connector.send(outgoing, "k")
        shop.time.goes_on(minutes=55)
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
        assert isinstance(found, Receipt)
        await connector.delete(found.remote_id)
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
        assert isinstance(found, NotSent)


async def test_what_another_delivery_counts_as_its_own_is_not_ours(doubling: Shop) -> None:
    shop = doubling
    outgoing = shop.reply("Thanks!", shop.ana)
    async with shop.connected() as connector:
        first = await connector.send(outgoing, "k1")
        tried = shop.time()
        shop.time.goes_on(seconds=60)
        found = await connector.find_sent(outgoing, "k2", tried_at=tried, claimed={first.remote_id})
        assert isinstance(found, NotSent)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Other words"},
        {"lane": Lane.PRIVATE},
        {"reply_to": "another"},
        {"by": "ana"},
        {"early": True},
    ],
    ids=str,
)
async def test_what_only_looks_like_it_is_not_it(doubling: Shop, other: dict[str, object]) -> None:
    shop = doubling
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    another = await shop.fake.write(shop.ana, "@support and the other?")
    outgoing = shop.reply("Thanks!", shop.ana, reply_to=asked)
    tried = shop.time()
    await shop.fake.write(
        shop.ana if other.get("by") else shop.fake.shop,
        f"@ana@far.example {other.get('text', 'Thanks!')}",
        visibility="direct" if other.get("lane") else "public",
        reply_to=another.id if other.get("reply_to") else asked.id,
        at=tried - timedelta(hours=1) if other.get("early") else tried,
    )
    shop.time.goes_on(seconds=60)
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, NotSent)


async def test_a_server_whose_clock_is_behind(doubling: Shop) -> None:
    shop = doubling
    outgoing = shop.reply("Thanks!", shop.ana)
    tried = shop.time()
    status = await shop.fake.write(
        shop.fake.shop, "@ana@far.example Thanks!", at=tried - timedelta(minutes=3)
    )
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, Receipt)
    assert found.remote_id == status.id


async def test_many_posts_later_it_is_still_found(doubling: Shop) -> None:
    shop = doubling
    outgoing = shop.reply("Thanks!", shop.ana)
    tried = shop.time()
    mine = await shop.fake.write(shop.fake.shop, "@ana@far.example Thanks!")
    for number in range(90):
        await shop.fake.write(shop.fake.shop, f"news {number}", quiet=True)
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    if shop.fake.profile.snac:
        # It shows no more than its newest page, whatever is asked.
        assert isinstance(found, CannotTell)
        return
    assert isinstance(found, Receipt)
    assert found.remote_id == mine.id


async def test_a_look_that_cannot_see_everything_proves_nothing(doubling: Shop) -> None:
    shop = doubling
    outgoing = shop.reply("Thanks!", shop.ana)
    tried = shop.time()
    for number in range(250):
        await shop.fake.write(shop.fake.shop, f"news {number}", quiet=True)
    shop.time.goes_on(seconds=60)
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, CannotTell)
    assert found.again_at is None


async def test_private_without_a_parent_proves_nothing_where_it_is_not_listed(
    doubling: Shop,
) -> None:
    shop = doubling
    outgoing = shop.reply("Hello", shop.ana, lane=Lane.PRIVATE)
    tried = shop.time()
    shop.time.goes_on(seconds=60)
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
        assert isinstance(found, CannotTell)
        await connector.send(outgoing, "k")
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
        assert isinstance(found, Receipt)


async def test_a_leaked_post_is_never_called_unsent(doubling: Shop) -> None:
    shop = doubling
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    outgoing = shop.reply("Hello @budi", shop.ana, reply_to=asked, lane=Lane.PRIVATE)
    tried = shop.time()
    await shop.fake.write(
        shop.fake.shop, "@ana@far.example Hello @budi", visibility="direct", reply_to=asked.id
    )
    shop.time.goes_on(seconds=60)
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, CannotTell)
    assert found.again_at is None


async def test_a_look_that_fails_is_said(doubling: Shop) -> None:
    shop = doubling
    async with shop.connected() as connector:
        shop.fake.break_next(Trouble.ERROR, method="GET", path="/statuses")
        with pytest.raises(ConnectorError) as caught:
            await connector.find_sent(
                shop.reply("Hi", shop.ana), "k", tried_at=shop.time(), claimed=set()
            )
    assert type(caught.value) is Unreachable


async def test_a_parent_that_is_gone_meanwhile(doubling: Shop) -> None:
    shop = doubling
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    outgoing = shop.reply("Hello", shop.ana, reply_to=asked, lane=Lane.PRIVATE)
    tried = shop.time()
    await shop.fake.delete(asked)
    shop.time.goes_on(seconds=60)
    async with shop.connected() as connector:
        found = await connector.find_sent(outgoing, "k", tried_at=tried, claimed=set())
    assert isinstance(found, CannotTell)
