"""What can go wrong with the store, in words for people.

`StoreError` is the root. `TooNew`: written by a newer Greenroom. `Damaged`: not readable as a
database. `NotWritable`: the disk is full or the folder can't be written. `Busy`: another program
holds it. `explain` says SQLite's own errors in three parts: what happened, what it means for the
words, what to do.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class StoreError(Exception):
    """The root of everything the store raises."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class TooNew(StoreError):
    """The database was written by a newer version."""


class Damaged(StoreError):
    """The file isn't a readable database."""


class NotWritable(StoreError):
    """The words could not be written to disk."""


class Busy(StoreError):
    """Another program has locked the database for longer than we wait."""


class NotThere(StoreError):
    """No thread, draft or delivery has this id."""


_MEANS = "What it held before is safe; what came last is not stored."
_FULL = ("SQLITE_FULL",)
_DISK = ("SQLITE_IOERR",)
_SHUT = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")
_HELD = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def is_damage(error: sqlite3.Error) -> bool:
    """True when the file itself is what is wrong."""
    return _name(error).startswith(_DAMAGE)


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """SQLite's error in words: what happened, what it means, what to do."""
    said, name = str(error), _name(error)
    if name.startswith(_FULL):
        return NotWritable(
            f"The disk is full: nothing more goes into {path} ({said}). {_MEANS} Make room on the "
            "disk, then try again."
        )
    if name.startswith(_DISK):
        return NotWritable(
            f"The disk did not take, or give back, a part of {path} ({said}): it is full, failing, "
            f"or files may not grow any more. {_MEANS} Make room or look at the disk, then try "
            "again; `greenroom doctor` checks the file."
        )
    if name.startswith(_SHUT):
        return NotWritable(
            f"{path} can't be opened or written ({said}). {_MEANS} Check who owns the folder and "
            "whether the disk is mounted read-only, then try again; `greenroom doctor` looks at "
            "both."
        )
    if name.startswith(_HELD):
        return Busy(
            f"Another program has locked {path} ({said}). {_MEANS} Close that program, or wait "
            "until it is through, then try again."
        )
    if name.startswith(_DAMAGE):
        return Damaged(
            f"{path} is damaged or isn't a Greenroom database ({said}). Nothing was written to it. "
            "`greenroom doctor` names the newest backup and how to bring it back."
        )
    return StoreError(
        f"The database could not do that ({said}). {_MEANS} Try again; the log has the details."
    )


def cut_short(path: Path, missing: int) -> Damaged:
    """The file is shorter than it says itself."""
    return Damaged(
        f"{path} is damaged: it was cut short, and at least {missing:,} bytes of it are "
        "missing. Nothing was written to it. `greenroom doctor` names the newest backup and how "
        "to bring it back."
    )


def emptied(path: Path) -> Damaged:
    """There was something in the file once."""
    return Damaged(
        f"{path} is empty, and there are backups of what was in it. Nothing was written to it. "
        "`greenroom doctor` names the newest backup and how to bring it back."
    )


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", None) or ""
