"""Disks that fail: nothing that was stored is lost, and what is said has its three parts."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.store import backup, dialect, migrations, threads
from console.store.backup import BackupFailed
from console.store.connection import Store
from console.store.errors import Busy, Damaged, NotWritable, StoreError
from console.store.threads import Order, View
from tests.store.desk import DeskOnDisk
from tests.store.disks import a_disk, locked, open_folder, somebody_else

DAY = date(2026, 11, 22)


@pytest.fixture
def disk(tmp_path):
    with a_disk(tmp_path) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch):
    """A store that waits for others no longer than a moment."""
    monkeypatch.setattr(dialect, "PATIENCE", 0.05)


def inbox(store: Store) -> int:
    return len(store.read_now(threads.thread_ids, View.INBOX, Order.LONGEST, None))


def says(error: StoreError, *what: str) -> None:
    """What happened, what it means for the words, what to do."""
    for words in (*what, "What it held before is safe; what came last is not stored."):
        assert words in error.words
    assert "\n" not in error.words


# --- full ---------------------------------------------------------------------------------------


def _take_until_it_fails(desk: DeskOnDisk, post) -> None:
    for _ in range(300):
        desk.take(post)
        post = desk.post(text="x" * 9_000)


def test_a_full_disk_takes_all_of_a_unit_or_nothing_and_goes_on_when_there_is_room(disk):
    desk = DeskOnDisk(disk.folder)
    desk.take(desk.post(text="before"))
    post = desk.post(text="x" * 9_000)
    disk.fill()
    for _ in range(2):
        with pytest.raises(NotWritable) as caught:
            _take_until_it_fails(desk, post)
        says(caught.value, "disk", "Make room", "try again")
    # What is there can be read meanwhile.
    seen = inbox(desk.store)
    assert seen >= 1
    disk.free()
    desk.take(post)
    assert desk.store.read_now(
        lambda work: work.value("SELECT COUNT(*) FROM messages WHERE text = 'before'")
    )
    desk.close()
    again = Store(desk.path)
    again.open_now()
    assert dialect.quick_check(again._reader) == "ok"
    assert inbox(again) >= seen
    again.close()


def test_a_desk_on_a_full_disk_opens_or_says_why_not(disk):
    desk = DeskOnDisk(disk.folder)
    desk.take(desk.post())
    desk.close()
    disk.fill()
    store = Store(desk.path)
    try:
        store.open_now()
        assert inbox(store) == 1
    except NotWritable as error:
        says(error)
    finally:
        store.close()
    disk.free()
    store = Store(desk.path)
    store.open_now()
    assert inbox(store) == 1
    store.close()


# --- shut ---------------------------------------------------------------------------------------


def test_a_folder_that_can_only_be_read_is_named_with_what_to_do():
    with open_folder() as folder:
        home = folder / "data"
        home.mkdir()
        desk = DeskOnDisk(home)
        desk.take(desk.post())
        desk.close()
        with somebody_else(home):
            for path in (desk.path, home / "new.db"):
                with pytest.raises(NotWritable) as caught:
                    Store(path).open_now()
                assert str(path) in caught.value.words
                assert "who owns the folder" in caught.value.words
                assert "greenroom doctor" in caught.value.words
        again = Store(desk.path)
        again.open_now()
        assert inbox(again) == 1
        again.close()


def test_a_desk_whose_file_may_not_be_written_any_more_says_so_and_reads_on(desk):
    desk.take(desk.post())
    desk.store._writer.execute("PRAGMA query_only = ON")
    with pytest.raises(NotWritable) as caught:
        desk.take(desk.post())
    says(caught.value, "mounted read-only", "who owns the folder")
    assert inbox(desk.store) == 1


# --- locked -------------------------------------------------------------------------------------


def test_another_program_that_writes_is_waited_for_and_then_named(impatient, tmp_path):
    desk = DeskOnDisk(tmp_path)
    desk.take(desk.post())
    with locked(desk.path):
        with pytest.raises(Busy) as caught:
            desk.take(desk.post())
        says(caught.value, "Another program has locked", "Close that program")
        assert inbox(desk.store) == 1
    desk.take(desk.post())
    desk.close()


def test_a_database_that_another_program_has_to_itself_is_said_at_the_opening(impatient, tmp_path):
    desk = DeskOnDisk(tmp_path)
    desk.take(desk.post())
    desk.close()
    with locked(desk.path, readers_too=True):
        with pytest.raises(Busy) as caught:
            Store(desk.path).open_now()
        says(caught.value, "Another program has locked")
    again = Store(desk.path)
    again.open_now()
    assert inbox(again) == 1
    again.close()


# --- cut short ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A desk in one file."""
    desk = DeskOnDisk(tmp_path_factory.mktemp("whole"))
    for number in range(40):
        desk.take(desk.post(text=f"{number} " * 300))
    desk.close()
    assert not desk.path.with_name(desk.path.name + "-wal").exists()
    return desk.path


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_that_was_cut_anywhere_is_damaged_and_left_as_it_is(whole, data):
    size = whole.stat().st_size
    length = data.draw(st.integers(1, size - 1) | st.sampled_from([1, 99, 100, 4_096, size - 1]))
    with open_folder() as folder:
        path = folder / "desk.db"
        path.write_bytes(whole.read_bytes()[:length])
        with pytest.raises(Damaged, match="damaged") as caught:
            Store(path).open_now()
        assert "greenroom doctor" in caught.value.words
        assert path.stat().st_size == length


def test_an_empty_file_is_a_new_desk_unless_there_are_backups_of_it(tmp_path):
    path = tmp_path / "desk.db"
    path.touch()
    store = Store(path)
    store.open_now()
    store.close()
    backup.make_daily(path, DAY)
    os.truncate(path, 0)
    with pytest.raises(Damaged, match="there are backups"):
        Store(path).open_now()
    assert path.stat().st_size == 0


def test_a_desk_that_is_cut_while_it_is_open_says_so_when_it_is_read(whole, tmp_path):
    path = tmp_path / "desk.db"
    shutil.copy(whole, path)
    store = Store(path)
    store.open_now()
    os.truncate(path, 4_096 * 8)
    with pytest.raises(Damaged) as caught:
        store.read_now(lambda work: work.all("SELECT * FROM messages"))
    assert "Nothing was written to it." in caught.value.words
    store.close()


# --- backups ------------------------------------------------------------------------------------


def test_a_copy_is_one_private_file_with_everything_in_it(desk):
    desk.take(desk.post(text="this is kept"))
    made = backup.make_daily(desk.path, DAY)
    assert made.name == "greenroom-2026-11-22.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    assert not backup.is_due(desk.path, DAY)
    assert backup.is_due(desk.path, DAY + timedelta(days=1))
    store = Store(made)
    store.open_now()
    assert store.read_now(lambda work: work.all("SELECT text FROM messages")) == [("this is kept",)]
    store.close()


def test_the_last_seven_days_are_kept(desk):
    for number in range(10):
        backup.make_daily(desk.path, DAY + timedelta(days=number))
    names = sorted(each.path.name for each in backup.backups(desk.path))
    assert names == [f"greenroom-2026-{month}.db" for month in (
        "11-25", "11-26", "11-27", "11-28", "11-29", "11-30", "12-01"
    )]  # fmt: skip


def test_a_copy_that_fails_takes_no_older_one_along_and_leaves_nothing_behind(disk):
    desk = DeskOnDisk(disk.folder)
    for number in range(backup.KEEP):
        backup.make_daily(desk.path, DAY + timedelta(days=number))
    before = backup.backups(desk.path)
    disk.fill()
    with pytest.raises(BackupFailed) as caught:
        backup.make_daily(desk.path, DAY + timedelta(days=20))
    assert "could not be made" in caught.value.words
    assert "older backups are as they were" in caught.value.words
    assert "tries again" in caught.value.words
    disk.free()
    assert backup.backups(desk.path) == before
    assert len(list(backup.folder_of(desk.path).iterdir())) == backup.KEEP
    backup.make_daily(desk.path, DAY + timedelta(days=20))
    desk.close()


def test_a_damaged_desk_has_no_copy_made_of_it(whole, tmp_path):
    path = tmp_path / "desk.db"
    shutil.copy(whole, path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))
    with pytest.raises(BackupFailed) as caught:
        backup.make_daily(path, DAY)
    assert "damaged" in caught.value.words
    assert "greenroom doctor" in caught.value.words
    assert backup.backups(path) == ()


def test_what_others_write_meanwhile_neither_waits_nor_begins_the_copy_anew(tmp_path):
    desk = DeskOnDisk(tmp_path)
    for _ in range(60):
        desk.take(desk.post(text="x " * 4_000))
    ended, made = threading.Event(), []

    def copy() -> None:
        made.append(backup.make_daily(desk.path, DAY))
        ended.set()

    thread = threading.Thread(target=copy)
    thread.start()
    written = 0
    while not ended.is_set():
        desk.take(desk.post(text="meanwhile"))
        written += 1
    thread.join()
    assert written
    copy_of = sqlite3.connect(made[0])
    assert copy_of.execute(
        "SELECT COUNT(*) FROM messages WHERE text <> 'meanwhile'"
    ).fetchone() == (60,)
    copy_of.close()
    desk.close()


def test_a_copy_that_is_stopped_leaves_nothing_behind(desk):
    stop = threading.Event()
    stop.set()
    with pytest.raises(backup.Unfinished):
        backup.make_daily(desk.path, DAY, stop)
    assert list(backup.folder_of(desk.path).iterdir()) == []


def test_what_a_killed_greenroom_had_begun_is_swept_away(desk):
    folder = backup.folder_of(desk.path)
    folder.mkdir()
    old = folder / "greenroom-2026-11-01.db.4711.part"
    new = folder / "greenroom-2026-11-22.db.4712.part"
    for part in (old, new):
        part.touch()
    os.utime(old, (1, 1))
    backup.make_daily(desk.path, DAY)
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("state", ["held", "due", "sending", "doubtful"])
def test_in_a_copy_nothing_is_on_its_way(desk, state):
    desk.take(desk.post())
    desk.write(
        lambda work: work.do(
            "INSERT INTO deliveries (key, thread_id, account, state, outgoing, author, "
            "created_at, held_until, next_at, message_id) "
            "VALUES ('k', 1, 'main', :state, '{}', '', 0, 0, 5, 1)",
            {"state": state},
        )
    )
    made = backup.make_daily(desk.path, DAY)
    for path, expected in ((made, ("doubtful", None)), (desk.path, (state, 5))):
        looked = sqlite3.connect(path)
        assert looked.execute("SELECT state, next_at FROM deliveries").fetchone() == expected
        looked.close()


def test_in_a_copy_nothing_is_asked_for_what_has_left(desk):
    desk.take(desk.post())
    desk.write(
        lambda work: work.do(
            "INSERT INTO deliveries (key, thread_id, account, state, outgoing, author, "
            "created_at, held_until, message_id) VALUES ('k', 1, 'main', 'sent', '{}', '', 0, 0, 1)"
        )
    )
    desk.write(
        lambda work: work.do(
            "INSERT INTO withdrawals (delivery_id, kind, state, was, author, asked_at, next_at) "
            "VALUES (1, 'delete', 'asked', 'x', '', 5, 5)"
        )
    )
    made = backup.make_daily(desk.path, DAY)
    for path, expected in ((made, ("refused", None, 5)), (desk.path, ("asked", 5, None))):
        looked = sqlite3.connect(path)
        row = looked.execute("SELECT state, next_at, settled_at FROM withdrawals").fetchone()
        assert row == expected
        looked.close()


def _shape_one(folder: Path) -> Path:
    """A desk as the first Greenroom made it."""
    path = folder / "desk.db"
    made = sqlite3.connect(path, isolation_level=None)
    made.execute("PRAGMA journal_mode = WAL").fetchall()
    made.execute("BEGIN")
    for statement in dialect.statements(migrations.STEPS[0]):
        made.execute(statement)
    dialect.set_version(made, 1)
    made.execute("INSERT INTO settings VALUES ('kept', 'since the first days')")
    made.execute("COMMIT")
    made.close()
    return path


def test_before_its_shape_changes_a_desk_is_copied(tmp_path):
    path = _shape_one(tmp_path)
    store = Store(path)
    store.open_now()
    assert dialect.version(store._writer) == len(migrations.STEPS)
    store.close()
    (kept,) = backup.backups(path)
    assert kept.path.name.endswith("-before-shape-2.db")
    copy = sqlite3.connect(kept.path)
    assert dialect.version(copy) == 1
    assert copy.execute("SELECT value FROM settings").fetchall() == [("since the first days",)]
    copy.close()
    Store(path).open_now()
    assert len(backup.backups(path)) == 1


def test_a_shape_isn_t_changed_where_no_copy_can_be_made(disk):
    path = _shape_one(disk.folder)
    # The companions are there already, as they are where a Greenroom was killed.
    held = sqlite3.connect(path)
    held.execute("SELECT * FROM settings").fetchall()
    disk.fill()
    with pytest.raises(StoreError):
        Store(path).open_now()
    disk.free()
    assert dialect.version(held) == 1
    held.close()
    store = Store(path)
    store.open_now()
    store.close()
    assert len(backup.backups(path)) == 1
