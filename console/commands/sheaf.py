"""A folder of drafts as files: read without trusting what lies there, written so that others can't
read it."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from console.desk.sheet_reading import read
from console.desk.sheets import BYTES, Decision, NotASheet, Sheet

ENDING = ".txt"
_JUNK = ("~", ".swp", ".swo", ".swx", ".orig", ".bak", ".rej", ".tmp")


class FolderTrouble(Exception):
    """A folder or a file can't be used; the words say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What lies in the folder under a name: its bytes, or why they can't be had."""

    name: str
    data: bytes = b""
    trouble: str = ""
    ours: bool = True
    """False for what isn't a draft by its name: it is left alone."""


def entries(folder: Path) -> Iterator[Entry]:
    """Everything that may be a draft, by name. Folders and links are not gone into. Raises
    `FolderTrouble`."""
    try:
        names = sorted(place.name for place in folder.iterdir())
    except OSError as error:
        raise FolderTrouble(
            f"{folder} can't be read ({error.strerror}). Nothing was imported. Name the folder "
            "that the drafts are in."
        ) from error
    for name in names:
        hidden = name.startswith((".", "#"))
        if hidden and (folder / name).is_dir():
            continue
        if hidden or name.endswith(_JUNK) or not name.lower().endswith(ENDING):
            yield Entry(name=name, ours=False)
            continue
        try:
            yield Entry(name=name, data=_bytes(folder / name))
        except FolderTrouble as error:
            yield Entry(name=name, trouble=error.words)


def _bytes(path: Path) -> bytes:
    """A file's bytes, at most one more than a draft may have. Raises `FolderTrouble`."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FolderTrouble(
                "It is a link, and links are not followed. Nothing of it was taken. Put the file "
                "itself there."
            ) from error
        raise FolderTrouble(
            f"It can't be opened ({error.strerror}). Nothing of it was taken. Look who may read "
            "it, then import it again."
        ) from error
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        what = "a folder" if stat.S_ISDIR(mode) else "no plain file"
        raise FolderTrouble(f"It is {what}, not a draft. Nothing of it was taken.")
    with os.fdopen(file, "rb") as opened:
        try:
            return opened.read(BYTES + 1)
        except OSError as error:
            raise FolderTrouble(
                f"It can't be read ({error.strerror}). Nothing of it was taken. Look at the disk, "
                "then import it again."
            ) from error


def sheet_of(entry: Entry) -> Sheet | None:
    """The draft in a file, where it is one."""
    try:
        return read(entry.data)
    except NotASheet:
        return None


def undone_work(sheet: Sheet | None) -> bool:
    """True where a file holds what somebody did to it and may not have been taken in."""
    return sheet is not None and (
        sheet.decision is not Decision.NONE or sheet.words != sheet.head.words
    )


def make(folder: Path) -> None:
    """Make the folder, shut to others, if it isn't there. Raises `FolderTrouble`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderTrouble(
            f"{folder} can't be made ({error.strerror}). Nothing was exported. Name another folder."
        ) from error


def put(folder: Path, name: str, text: str) -> None:
    """Write one file whole, readable by its owner only. Raises `FolderTrouble`."""
    made = ""
    try:
        file, made = tempfile.mkstemp(prefix=".greenroom-", dir=folder)
        with os.fdopen(file, "wb") as opened:
            opened.write(text.encode("utf-8"))
        Path(made).replace(folder / name)
    except OSError as error:
        with suppress(OSError):
            Path(made).unlink(missing_ok=True)
        raise FolderTrouble(
            f"{folder / name} can't be written ({error.strerror}). The drafts are safe on the "
            "desk. Make room or name another folder, then export again."
        ) from error
