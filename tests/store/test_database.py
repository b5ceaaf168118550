"""The file on disk: who may read it, what a newer or a damaged one does, and what two may do."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.contract import Lane
from console.desk.model import Seen
from console.store import drafts, migrations, threads
from console.store.connection import Store
from console.store.errors import Busy, Damaged, NotWritable, TooNew
from console.store.threads import Order, View
from tests.store.desk import START, DeskOnDisk


def test_the_file_and_its_companions_are_ours_alone(desk):
    desk.take(desk.post())
    for path in desk.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "desk.db"
    made = sqlite3.connect(path)
    made.execute(f"PRAGMA user_version = {len(migrations.STEPS) + 1}")
    made.execute("CREATE TABLE future (words TEXT)")
    made.commit()
    made.close()
    with pytest.raises(TooNew, match="newer Greenroom"):
        Store(path).open_now()
    again = sqlite3.connect(path)
    assert again.execute("SELECT name FROM sqlite_master").fetchall() == [("future",)]
    again.close()


def test_a_file_that_is_no_database_is_damaged_and_left_alone(tmp_path):
    path = tmp_path / "desk.db"
    path.write_bytes(b"this was a database once" * 100)
    with pytest.raises(Damaged, match="damaged"):
        Store(path).open_now()
    assert path.read_bytes().startswith(b"this was")


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path):
    with pytest.raises(NotWritable, match="can't be opened"):
        Store(tmp_path / "gone" / "desk.db").open_now()


def test_a_locked_database_is_said_in_words(desk):
    other = sqlite3.connect(desk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    desk.store._writer.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(Busy, match="Another program"):
        desk.take(desk.post())
    other.execute("ROLLBACK")
    other.close()
    desk.take(desk.post())


def test_many_who_open_a_new_desk_at_the_same_moment_all_get_in(tmp_path):
    """SQLite refuses the change to a write-ahead log at once, however long one would wait."""
    many = 4
    for number in range(40):
        stores = [Store(tmp_path / f"desk-{number}.db") for _ in range(many)]
        together = threading.Barrier(many)

        def open_one(store, together=together):
            together.wait()
            store.open_now()

        try:
            with ThreadPoolExecutor(many) as pool:
                for opened in [pool.submit(open_one, store) for store in stores]:
                    opened.result()
        finally:
            for store in stores:
                store.close()
    assert not (tmp_path / "backups").exists()


def test_opening_again_migrates_nothing_twice(tmp_path):
    made = DeskOnDisk(tmp_path)
    made.take(made.post())
    made.close()
    again = DeskOnDisk(tmp_path)
    assert len(again.read(threads.thread_ids, View.INBOX, Order.LONGEST, None)) == 1
    again.close()


def test_every_foreign_key_holds(desk):
    desk.take(desk.post())
    with pytest.raises(Exception, match="FOREIGN KEY"):
        desk.write(
            drafts.save, 99, Lane.PUBLIC, drafts.DraftKind.REPLY, "x",
            acknowledgement=None, template=None, seen=Seen(None), author="", now=START,
        )  # fmt: skip


async def test_what_another_process_writes_is_noticed(tmp_path):
    mine, theirs = Store(tmp_path / "desk.db"), DeskOnDisk(tmp_path)
    await mine.open()
    heard = []
    mine.listen(heard.append)
    await mine.notice_others()
    assert heard == []
    theirs.take(theirs.post())
    await mine.notice_others()
    assert [changed.everything for changed in heard] == [True]
    await mine.notice_others()
    assert len(heard) == 1
    mine.close()
    theirs.close()


async def test_a_cancelled_caller_does_not_cut_a_unit_in_half(tmp_path):
    store = Store(tmp_path / "desk.db")
    await store.open()
    from console.store import accounts

    task = asyncio.create_task(
        store.write(accounts.put_account, "main", "stage", {}, configured=False, now=START)
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # The writer takes units in their order: after this one the first is through.
    await store.write(lambda work: None)
    assert await store.read(accounts.account, "main") is not None
    store.close()


async def test_listeners_hear_ids_after_the_commit(tmp_path):
    store = Store(tmp_path / "desk.db")
    await store.open()
    heard = []
    stop = store.listen(heard.append)

    def unit(work):
        work.touch(7)

    await store.write(unit)
    await store.write(lambda work: None)
    assert [changed.threads for changed in heard] == [frozenset({7})]
    stop()
    await store.write(unit)
    assert len(heard) == 1
    store.close()
