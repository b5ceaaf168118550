"""Two Greenrooms on one desk: one holds the outbox and is named, the other takes over."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from connectors.contract import Lane
from console.desk.model import DeliveryState, DraftKind
from console.engine.engine import LOOK_FOR_OTHERS, TAKE_OVER, Engine
from console.engine.holder import LONGEST, Holder
from console.engine.setup import EngineSettings, NoSecrets
from console.store.connection import Store
from tests.engine.office import Office
from tests.store.disks import a_disk

STATED = 5.0
"""Seconds within which docs/backups.md says that another one takes over."""


@asynccontextmanager
async def another(office: Office, what: str):
    """One more Greenroom on the office's desk, with a store of its own."""
    store = Store(office.path)
    await store.open()
    engine = Engine(
        store,
        [office.setup],
        secrets=NoSecrets(),
        settings=EngineSettings(agent="Mira"),
        holder=Holder(office.path.parent / "outbox.lock", what),
        clock=office.clock,
        connect=lambda _network: office._stage,
    )
    await engine.prepare()
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()
        store.close()


async def until(engine: Engine, true) -> None:
    """Wait for what this Greenroom hears of."""
    heard = asyncio.Event()
    quiet = [engine.on_change(lambda _changed: heard.set()), engine.on_status(heard.set)]
    try:
        async with asyncio.timeout(STATED):
            while not (heard.clear() or await true()):
                await heard.wait()
    finally:
        for stop in quiet:
            stop()


@pytest.fixture
async def desk(tmp_path):
    office = Office(tmp_path)
    office.network.customer("ana").writes_public("where is my parcel?")
    yield office
    office.store.close()


def test_the_stated_time_holds_what_is_looked_after():
    assert TAKE_OVER + LOOK_FOR_OTHERS < STATED


async def test_one_holds_the_outbox_and_the_other_says_which(desk):
    async with another(desk, "watch") as first, another(desk, "console") as second:
        assert first.holds
        assert first.elsewhere is None
        assert not second.holds
        assert second.elsewhere == f"another Greenroom (watch, process {os.getpid()})"
        assert second.elsewhere in second.statuses["main"].words


async def test_what_one_commits_the_other_sends_and_both_show_it(desk):
    async with another(desk, "console") as first, another(desk, "console") as second:

        async def here() -> bool:
            return await second.reading.thread(1) is not None

        await until(second, here)
        committed = await second.work.reply(
            1, Lane.PUBLIC, "It left on Monday.", seen=(await second.reading.thread(1)).seen
        )
        desk.later(9)

        async def sent_here() -> bool:
            return (await first.reading.delivery(committed)).state is DeliveryState.SENT

        async def sent_there() -> bool:
            return (await second.reading.delivery(committed)).state is DeliveryState.SENT

        await asyncio.gather(until(first, sent_here), until(second, sent_there))
        assert desk.posted() == ["It left on Monday."]


async def test_the_other_takes_over_when_the_first_one_ends(desk):
    async with another(desk, "console") as second_life, another(desk, "watch") as later:
        assert later.elsewhere
        await second_life.stop()

        async def mine() -> bool:
            return later.holds

        await until(later, mine)
        assert later.elsewhere is None


def test_who_holds_it_is_in_the_file_even_on_a_full_disk(tmp_path):
    with a_disk(tmp_path) as disk:
        path = disk.folder / "outbox.lock"
        first = Holder(path, "watch")
        assert first.take()
        disk.fill()
        assert Holder(path).other() == f"another Greenroom (watch, process {os.getpid()})"
        first.release()
        second = Holder(path, "console")
        assert second.take()
        assert Holder(path).other() == f"another Greenroom (console, process {os.getpid()})"
        assert path.stat().st_size == LONGEST
        second.release()


def test_looking_who_holds_it_takes_nothing(tmp_path):
    path = tmp_path / "outbox.lock"
    assert not Holder(path).held_by_other()
    assert not path.exists()
    first = Holder(path, "watch")
    assert first.take()
    assert not first.held_by_other()
    assert Holder(path).held_by_other()
    first.release()
    assert not Holder(path).held_by_other()


def test_a_file_of_an_older_greenroom_or_a_broken_one_names_nobody_wrongly(tmp_path):
    path = tmp_path / "outbox.lock"
    path.write_text("4711")
    assert Holder(path).other() == "another Greenroom (process 4711)"
    path.write_bytes(b"\xff\xfe nonsense \x1b[2J")
    assert Holder(path).other() == "another Greenroom"
    path.unlink()
    assert Holder(path).other() == "another Greenroom"


async def test_sending_ours_leaves_the_other_one_s_draft_alone(office):
    view = await office.hears(office.network.customer("ana").writes_public("where?").remote_id)
    await office.engine.work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, "Theirs.", seen=view.seen)
    await office.engine.work.reply(
        1, Lane.PUBLIC, "Ours.", seen=view.seen, window=timedelta(seconds=1)
    )
    assert [found.text for found in (await office.view()).drafts] == ["Theirs."]
    await office.step(2)
    assert office.posted() == ["Ours."]
