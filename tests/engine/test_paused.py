"""A paused account: nothing is heard, nothing leaves, and all of it comes and goes afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import Lane
from console.desk.model import DeliveryState
from console.engine.status import AccountState
from console.store import accounts
from tests.engine.office import Office
from tests.engine.test_two_at_once import another, until


@pytest.fixture
async def desk(tmp_path):
    office = Office(tmp_path)
    office.network.customer("ana").writes_public("where is my parcel?")
    yield office
    office.store.close()


def state(engine, wanted: AccountState):
    async def so() -> bool:
        return engine.statuses["main"].state is wanted

    return so


async def test_nothing_is_heard_or_sent_until_it_is_resumed(desk):
    async with another(desk, "console") as engine:
        await until(engine, state(engine, AccountState.STREAMING))
        # From another process, as `greenroom account pause` does it.
        desk.store.write_now(accounts.pause, "main", desk.now)
        await until(engine, state(engine, AccountState.PAUSED))
        assert "greenroom account resume main" in engine.statuses["main"].words
        desk.network.customer("budi").writes_public("hello?")
        view = await engine.reading.thread(1)
        number = await engine.work.reply(1, Lane.PUBLIC, "It left.", seen=view.seen)
        desk.later(60)
        assert await engine.dispatches["main"].step() is None
        assert (await engine.reading.delivery(number)).state is DeliveryState.DUE
        assert desk.posted() == []
        assert await engine.reading.thread(2) is None

        desk.store.write_now(accounts.pause, "main", None)

        async def sent() -> bool:
            return (await engine.reading.delivery(number)).state is DeliveryState.SENT

        await until(engine, sent)
        assert desk.posted() == ["It left."]
        assert await engine.reading.thread(2) is not None


async def test_what_the_customer_wrote_meanwhile_stops_what_waited(desk):
    async with another(desk, "console") as engine:
        await until(engine, state(engine, AccountState.STREAMING))
        await engine.store.write(accounts.pause, "main", desk.now)
        await until(engine, state(engine, AccountState.PAUSED))
        view = await engine.reading.thread(1)
        asked = view.messages[0].remote_id
        number = await engine.work.reply(1, Lane.PUBLIC, "It left.", seen=view.seen)
        desk.later(60)
        await engine.dispatches["main"].step()
        desk.network.customer("ana").writes_public("it has come, thanks!", reply_to=asked)
        await engine.store.write(accounts.pause, "main", None)
        await until(engine, state(engine, AccountState.STREAMING))

        async def settled() -> bool:
            return (await engine.reading.delivery(number)).state is not DeliveryState.DUE

        await until(engine, settled)
        assert (await engine.reading.delivery(number)).state is DeliveryState.RECALLED
        assert desk.posted() == []


async def test_it_stays_paused_over_a_restart_and_says_since_when(desk):
    desk.store.write_now(accounts.put_account, "main", "stage", {}, configured=False, now=desk.now)
    desk.store.write_now(accounts.pause, "main", desk.now - timedelta(days=2))
    async with another(desk, "console") as engine:
        status = engine.statuses["main"]
        assert status.state is AccountState.PAUSED
        assert status.since == desk.now - timedelta(days=2)
        desk.store.write_now(accounts.pause, "main", desk.now)
        assert (await engine.store.read(accounts.paused))["main"] == status.since
