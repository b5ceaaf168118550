"""A request that posts is waited for, whatever becomes of the connection that listens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Lane
from connectors.mastodon.connector import Mastodon
from console.desk.model import DeliveryState
from console.engine.engine import Engine
from console.engine.setup import AccountSetup, EngineSettings
from console.engine.status import AccountState
from console.store import accounts
from console.store.connection import Store
from tests.connectors.mastodon.fake import Fake, Trouble


class Key:
    """The account's key."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake

    async def of(self, account: AccountSetup):
        return {"token": self.fake.token_for(self.fake.shop)}

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        raise AssertionError("nothing is replaced here")


@pytest.fixture
async def desk(tmp_path):
    fake = Fake()
    await fake.start()
    store = Store(tmp_path / "desk.db")
    await store.open()
    settings = {"server": f"http://127.0.0.1:{fake.port}", "poll_seconds": "0.05"}
    engine = Engine(
        store,
        [AccountSetup(name="shop", network="mastodon", settings=settings)],
        secrets=Key(fake),
        settings=EngineSettings(agent="Mira", undo_window=timedelta(0)),
        clock=lambda: datetime.now(UTC),
        connect=lambda _network: Mastodon,
    )
    await engine.prepare()
    await engine.start()
    yield engine, fake
    await engine.stop()
    store.close()
    await fake.stop()


async def until(engine: Engine, true):
    """Wait for something to be so; what it came to."""
    heard = asyncio.Event()
    quiet = [engine.on_change(lambda _changed: heard.set()), engine.on_status(heard.set)]
    try:
        async with asyncio.timeout(15):
            while not (heard.clear() or (found := await true())):
                await heard.wait()
            return found
    finally:
        for stop in quiet:
            stop()


async def under_way(engine: Engine, fake: Fake) -> int:
    """A delivery whose request has been done, and whose answer is on its way."""
    await fake.write(fake.person("ana", "social.example"), "@support where is my parcel?")
    view = await until(engine, lambda: engine.reading.thread(1))
    fake.break_next(Trouble.SLOW)
    number = await engine.work.reply(1, Lane.PUBLIC, "It left on Monday.", seen=view.seen)
    await fake.until(lambda: any(one.account is fake.shop for one in fake.statuses.values()), 15)
    return number


async def came_of(engine: Engine, fake: Fake, number: int) -> list[str]:
    """What the attempts of a delivery came to, once its answer was let go."""
    for _ in range(200):
        # Whatever would cut it has had its turn.
        await asyncio.sleep(0)
    fake.released.set()

    async def settled():
        return (await engine.reading.delivery(number)).state is DeliveryState.SENT

    await until(engine, settled)
    rows = await engine.reading.outbox(settled_since=datetime.now(UTC) - timedelta(hours=1))
    return [tried.outcome for row in rows for tried in row.attempts]


async def test_an_account_that_connects_anew_cuts_no_request(desk):
    """A frozen server made the listening fail, and connecting anew closed the request under way."""
    engine, fake = desk
    number = await under_way(engine, fake)
    for _ in range(4):
        fake.break_next(Trouble.ERROR, method="GET", path="/api/v1/notifications")
    await fake.cut()

    async def offline():
        return engine.statuses["shop"].state is AccountState.OFFLINE

    await until(engine, offline)
    engine.try_again()
    assert await came_of(engine, fake, number) == ["sent"]


async def test_an_account_that_is_paused_cuts_no_request(desk):
    engine, fake = desk
    number = await under_way(engine, fake)
    await engine.store.write(accounts.pause, "shop", datetime.now(UTC))

    async def paused():
        return engine.statuses["shop"].state is AccountState.PAUSED

    await until(engine, paused)
    assert await came_of(engine, fake, number) == ["sent"]
