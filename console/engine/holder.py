"""Which process holds the outbox: one listens and sends, the others read and write the desk.

The lock is the operating system's (`flock`), so that it is free the moment its holder dies, however
it dies. Source: flock(2). The file says who holds it: the process's number and what it is.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path

LONGEST = 64
"""Bytes of the file: always as many, so that a full disk has room for the next holder's name."""


class Holder:
    """A try at holding the outbox. `what` this process is: "console", "watch"."""

    def __init__(self, path: Path, what: str = "") -> None:
        self.path = path
        self.what = what
        self.trouble = ""
        """Why nobody here can tell who holds it, in words; empty while that is known."""
        self._file: int | None = None

    def take(self) -> bool:
        """Take the outbox if nobody holds it. True when this process holds it."""
        if self._file is not None:
            return True
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._cannot(error)
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                self.trouble = ""
            else:
                self._cannot(error)
            return False
        with contextlib.suppress(OSError):
            os.pwrite(file, f"{os.getpid()} {self.what}".encode().ljust(LONGEST), 0)
            os.ftruncate(file, LONGEST)
        self._file = file
        self.trouble = ""
        return True

    def _cannot(self, error: OSError) -> None:
        self.trouble = (
            f"Nobody listens or sends from here: {self.path} can't be opened or locked "
            f"({error.strerror}). What you write is kept, and leaves once that is mended. Check "
            "who owns the folder and whether the disk is mounted read-only."
        )

    @property
    def ours(self) -> bool:
        """True while this process holds it."""
        return self._file is not None

    def held_by_other(self) -> bool:
        """True when another process holds it now. Takes nothing."""
        if self._file is not None:
            return False
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(file)
        return False

    def other(self) -> str:
        """Who holds it, in words: `another Greenroom (watch, process 4711)`."""
        try:
            number, _, what = self.path.read_text("utf-8", "replace").strip().partition(" ")
        except OSError:
            number = what = ""
        if not number.isdecimal():
            return "another Greenroom"
        return (
            f"another Greenroom ({what}, process {number})"
            if what
            else (f"another Greenroom (process {number})")
        )

    def release(self) -> None:
        """Let go. Safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
