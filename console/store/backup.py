"""Copies of the whole desk, made by SQLite while it is in use and checked before they count.

A copy is written under another name, checked, put on disk for good and only then given its own: a
file called `greenroom-2026-11-22.db` is whole and sound. The oldest goes only after the new one is
there. In a copy nothing is on its way: what was waiting to leave, or leaving, is doubtful in it and
left to a person, because it may have left, or been taken back, by the time the copy is restored.
Nor is anything asked in it for what has left: a newer wish may have taken its place.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from console.store import dialect
from console.store.errors import StoreError, is_damage

KEEP = 7
"""Daily copies that are kept."""
KEEP_STEPS = 2
"""Copies from before a change of the database's shape that are kept."""
STALE = 3600.0
"""Seconds after which an unfinished copy belongs to nobody any more."""
REST = 0.003
"""Seconds between two pieces of a copy: whoever types has the disk in between."""

PIECE = 1_000
"""Pages of 4 KiB that are copied at a time."""

ON_ITS_WAY = (
    "This had not left yet when the backup was made that this desk was restored from. It may have "
    "left since, or been taken back. Look on the network (o), then answer in the outbox (g o): it "
    "arrived, it didn't, or give it up."
)

_DAILY = re.compile(r"greenroom-(\d{4}-\d\d-\d\d)\.db")
_STEP = re.compile(r"greenroom-(\d{4}-\d\d-\d\d)-before-shape-(\d+)\.db")

_NOT_CONFIRMED = (
    "The network had not confirmed this when the backup was made that this desk was restored from. "
    "Look at the message on the network, and ask again if it still should be."
)
_DOUBT = (
    "UPDATE deliveries SET state = 'doubtful', next_at = NULL, words = :words "
    "WHERE state IN ('held', 'due', 'sending', 'doubtful')"
)
_ASK_NO_MORE = (
    "UPDATE withdrawals SET state = 'refused', next_at = NULL, words = :words, "
    "settled_at = asked_at WHERE state = 'asked'"
)
_WITH_WISHES = 3
"""The shape from which on a desk knows wishes for what has left."""


class BackupFailed(StoreError):
    """No copy was made; the desk and the older copies are as they were."""


class Unfinished(BackupFailed):
    """The copy was stopped because Greenroom ends."""


class AnotherShape(BackupFailed):
    """The database has another shape than the one that was to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that is whole."""

    path: Path
    made_at: datetime
    size: int


def folder_of(database: Path) -> Path:
    """Where the copies of a database are."""
    return database.parent / "backups"


def daily_name(day: date) -> str:
    """What the copy of a day is called."""
    return f"greenroom-{day:%Y-%m-%d}.db"


def backups(database: Path) -> tuple[Backup, ...]:
    """Every whole copy there is, newest first. Raises `OSError` where they can't be seen."""
    folder = folder_of(database)
    if not folder.is_dir():
        return ()
    found = []
    for path in folder.iterdir():
        if _DAILY.fullmatch(path.name) or _STEP.fullmatch(path.name):
            seen = path.stat()
            made_at = datetime.fromtimestamp(seen.st_mtime, UTC)
            found.append(Backup(path=path, made_at=made_at, size=seen.st_size))
    return tuple(sorted(found, key=lambda each: (each.made_at, each.path.name), reverse=True))


def is_due(database: Path, day: date) -> bool:
    """True when the day has no copy yet."""
    return not (folder_of(database) / daily_name(day)).exists()


def make_daily(database: Path, day: date, stop: threading.Event | None = None) -> Path:
    """Make the copy of a day, then let the oldest ones go. Raises `BackupFailed`."""
    made = _make(database, daily_name(day), stop or threading.Event())
    _let_go(folder_of(database), _DAILY, KEEP)
    return made


def before_step(database: Path, shape: int) -> None:
    """Make a copy before a database of this shape takes the next. Raises `BackupFailed`."""
    name = f"greenroom-{datetime.now().astimezone():%Y-%m-%d}-before-shape-{shape + 1}.db"
    with contextlib.suppress(AnotherShape):
        _make(database, name, threading.Event(), rest=0.0, shape=shape)
        _let_go(folder_of(database), _STEP, KEEP_STEPS)


def _make(
    database: Path,
    name: str,
    stop: threading.Event,
    *,
    rest: float = REST,
    shape: int | None = None,
) -> Path:
    folder = folder_of(database)
    part = folder / f"{name}.{os.getpid()}.part"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _sweep(folder)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        _copy(database, part, lambda: _step(part, stop, rest))
        said = _settle(part, stop, shape)
        if said != "ok":
            raise BackupFailed(
                f"No backup was made, because {database} is damaged ({said}). The older backups "
                "are kept. Close Greenroom and run `greenroom doctor`: it says how to go on."
            )
        _flush(part)
        part.replace(folder / name)
        _flush(folder)
    except sqlite3.Error as error:
        if stop.is_set():
            raise Unfinished("The backup was not finished.") from error
        raise _failed(name, str(error), damaged=is_damage(error)) from error
    except OSError as error:
        raise _failed(name, error.strerror or str(error), damaged=False) from error
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                part.with_name(part.name + ending).unlink(missing_ok=True)
    return folder / name


def _failed(name: str, said: str, *, damaged: bool) -> BackupFailed:
    do = (
        "The database may be damaged: close Greenroom and run `greenroom doctor`."
        if damaged
        else "Make room, or give the folder back; Greenroom tries again by itself."
    )
    return BackupFailed(
        f"The backup {name} could not be made ({said}). The desk and the older backups are as they "
        f"were. {do}"
    )


def _copy(database: Path, part: Path, between: Callable[[], None]) -> None:
    """Copy one consistent moment, piece by piece. Readers and writers of the desk go on.

    The transaction that is open meanwhile keeps that moment: without it every commit of another
    process would begin the copy anew. Source: SQLite's documentation of its backup API.
    """
    source = dialect.connect(str(database), writer=False)
    target = sqlite3.connect(part, isolation_level=None)
    try:
        # If it is cut short it is thrown away: it needs no journal of its own.
        target.execute("PRAGMA journal_mode = OFF").fetchall()
        target.execute("PRAGMA synchronous = OFF")
        source.execute("BEGIN")
        dialect.version(source)
        source.backup(target, pages=PIECE, progress=lambda *_: between())
    finally:
        target.close()
        source.close()


def _step(part: Path, stop: threading.Event, rest: float) -> None:
    """Between two pieces: what is written reaches the disk bit by bit, so that no commit of the
    desk has to wait for all of it at once."""
    _flush(part)
    if stop.wait(rest):
        raise Unfinished("The backup was not finished.")


def _settle(part: Path, stop: threading.Event, shape: int | None) -> str:
    """Take back what was on its way, make one file of it, and check it: `ok`, or what is wrong."""
    copy = sqlite3.connect(part, isolation_level=None)
    try:
        copy.set_progress_handler(lambda: int(stop.is_set()), 100_000)
        # A copy is one file: no companions that could be forgotten when it is restored.
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        version = dialect.version(copy)
        if shape is not None and version != shape:
            raise AnotherShape("Another Greenroom changed the shape, with a copy of its own.")
        if version:
            copy.execute(_DOUBT, {"words": ON_ITS_WAY})
        if version >= _WITH_WISHES:
            copy.execute(_ASK_NO_MORE, {"words": _NOT_CONFIRMED})
        return dialect.quick_check(copy)
    finally:
        copy.close()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Take away what a Greenroom that was killed had begun."""
    for part in folder.glob("greenroom-*.part*"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink(missing_ok=True)


def _let_go(folder: Path, named: re.Pattern[str], keep: int) -> None:
    with contextlib.suppress(OSError):
        found = sorted(
            (path for path in folder.iterdir() if named.fullmatch(path.name)),
            key=lambda path: path.name,
            reverse=True,
        )
        for old in found[keep:]:
            old.unlink(missing_ok=True)
