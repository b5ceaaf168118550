"""A disk that fails under the engine: what arrived comes again, an outcome is written later."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from datetime import timedelta

import pytest

from connectors.stage.network import StageNetwork
from console.desk.model import DeliveryState
from console.engine.engine import Engine
from console.engine.holder import Holder
from console.engine.keeping import Keeping
from console.engine.setup import EngineSettings, NoSecrets
from console.engine.status import AccountState
from console.store import backup
from tests.engine.office import START, Office
from tests.store.disks import a_disk


@pytest.fixture
def disk(tmp_path):
    with a_disk(tmp_path) as made:
        yield made


async def until(true, again) -> None:
    """Look again whenever something is said."""
    async with asyncio.timeout(10):
        while not true():
            again.clear()
            await again.wait()


class Ears(logging.Handler):
    """Hears the log, and wakes whoever waits for it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []
        self.heard = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        self.heard.set()


@pytest.fixture
def ears():
    made = Ears()
    logging.getLogger("console").addHandler(made)
    yield made
    logging.getLogger("console").removeHandler(made)


async def test_what_arrives_on_a_full_disk_is_asked_for_again(disk, ears):
    office = await Office(disk.folder).open()
    disk.fill()
    for _ in range(8):
        post = office.network.customer("ana").writes_public("x" * 4_000)
    await until(lambda: any("could not be stored" in words for words in ears.said), ears.heard)
    status = office.session.status
    assert status.state is AccountState.OFFLINE
    assert "Make room" in status.words
    disk.free()
    office.session.poke()
    await office.hears(post.remote_id)
    stored = await office.store.read(lambda work: work.value("SELECT COUNT(*) FROM messages"))
    assert stored == 8
    await office.close()


async def test_an_outcome_that_the_disk_refuses_is_kept_and_written_down_once(disk, ears):
    class Filling(StageNetwork):
        """Its answer comes when the disk has just become full."""

        def post(self, *arguments, **more):
            made = super().post(*arguments, **more)
            disk.fill()
            return made

    office = Office(disk.folder, Filling(clock=lambda: START))
    await office.open()
    view = await office.hears(office.network.customer("ana").writes_public("where?").remote_id)
    delivery = await office.reply(view)
    sending = asyncio.create_task(office.step(9))
    await until(lambda: any("its outcome is not on disk" in words for words in ears.said),
                ears.heard)  # fmt: skip
    assert await office.state(delivery) is DeliveryState.SENDING
    disk.free()
    await sending
    assert await office.state(delivery) is DeliveryState.SENT
    assert office.posted() == ["It left on Monday."]
    await office.close()


def an_engine(office: Office, holder: Holder) -> Engine:
    return Engine(
        office.store,
        [office.setup],
        secrets=NoSecrets(),
        settings=EngineSettings(agent="Mira"),
        holder=holder,
        clock=office.clock,
        connect=lambda _network: office._stage,
    )


async def test_an_engine_that_finds_its_database_locked_begins_when_it_is_free(tmp_path):
    office = Office(tmp_path)
    office.store._writer.execute("PRAGMA busy_timeout = 10")
    engine = an_engine(office, Holder(tmp_path / "outbox.lock", "console"))
    told = asyncio.Event()
    engine.on_status(told.set)
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    await engine.start()
    assert not engine.holds
    assert "Another program has locked" in engine.troubles[0]
    other.execute("ROLLBACK")
    other.close()
    await until(lambda: engine.holds, told)
    await until(lambda: not engine.troubles, told)
    await engine.stop()
    office.store.close()


async def test_a_lock_that_can_t_be_made_is_said_and_words_are_kept(tmp_path):
    office = Office(tmp_path)
    (tmp_path / "file").touch()
    engine = an_engine(office, Holder(tmp_path / "file" / "outbox.lock", "console"))
    await engine.prepare()
    await engine.start()
    assert not engine.holds
    assert engine.elsewhere is None
    assert "Nobody listens or sends from here" in engine.troubles[0]
    assert "What you write is kept" in engine.troubles[0]
    await engine.stop()
    office.store.close()


async def test_a_backup_a_day_is_made_and_one_that_fails_is_said(disk):
    office = Office(disk.folder)
    said: list[str] = []
    keeping = Keeping(office.path, office.clock, lambda: said.append(keeping.trouble))
    assert await keeping.look()
    assert await keeping.look()
    assert len(backup.backups(office.path)) == 1
    office.now += timedelta(days=1)
    disk.fill()
    assert not await keeping.look()
    assert "could not be made" in keeping.trouble
    disk.free()
    assert await keeping.look()
    assert len(backup.backups(office.path)) == 2
    assert [bool(words) for words in said] == [True, False]
    office.store.close()
