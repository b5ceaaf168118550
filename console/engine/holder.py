"""Which process holds the outbox: one listens and sends, the others read and write the desk.

The lock is the operating system's (`flock`), so that it is free the moment its holder dies, however
it dies. Source: flock(2).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Holder:
    """A try at holding the outbox."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the outbox if nobody holds it. True when this process holds it."""
        if self._file is not None:
            return True
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file
        return True

    @property
    def ours(self) -> bool:
        """True while this process holds it."""
        return self._file is not None

    def other(self) -> str:
        """Who holds it, in words."""
        try:
            number = self.path.read_text().strip()
        except OSError:
            number = ""
        return f"another Greenroom (process {number})" if number else "another Greenroom"

    def release(self) -> None:
        """Let go. Safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
