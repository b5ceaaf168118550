"""Puts words that the desk's own disk didn't take into a file of the person's choice."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

ENOUGH = 1_000_000
"""Bytes of room below which a folder isn't proposed."""


class CannotPut(Exception):
    """The words are not in that file; the words say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def proposed(now: datetime) -> Path:
    """A file that is not there yet, in the home folder or in the first other one with room."""
    usual = Path.home()
    for folder in (usual, Path(tempfile.gettempdir()), Path("/dev/shm")):  # noqa: S108
        if _has_room(folder):
            usual = folder
            break
    name = f"greenroom-words-{now.astimezone():%Y%m%d-%H%M%S}"
    number, path = 1, usual / f"{name}.txt"
    while os.path.lexists(path):
        number += 1
        path = usual / f"{name}-{number}.txt"
    return path


def short(path: Path) -> str:
    """A path as a person writes it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _has_room(folder: Path) -> bool:
    try:
        writable = os.access(folder, os.W_OK | os.X_OK, effective_ids=True)
        return writable and shutil.disk_usage(folder).free >= ENOUGH
    except OSError:
        return False


def put(named: str, words: str) -> Path:
    """Write the words into a new file that only we can read; its path. Raises `CannotPut`.

    A file that is there is never overwritten, and a half-written one is taken away again.
    """
    try:
        path = Path(named.strip()).expanduser().absolute()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise CannotPut(
            f"{path} is there already, and it was left as it is. Choose another name."
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise CannotPut(f"{named} can't be made ({_said(error)}). Choose another place.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(words.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise CannotPut(
            f"{path} did not take the words ({_said(error)}), and it was taken away again. Choose "
            "another place, on another disk."
        ) from error
    return path


def _said(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
