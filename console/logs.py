"""The log: what happened and when, without what was said and without a secret.

One file, 0600, that starts anew when it is full. Known secrets and what looks like one are hidden,
and whatever a stranger slipped in stands there as text: no control character survives, and only a
true entry begins at the edge of a line. Texts of messages are not logged.
"""

from __future__ import annotations

import logging
import os
import re
import time
from functools import cache
from pathlib import Path

from console import paths
from console.desk.plain import plain

FULL = 1_000_000
"""Bytes after which the file starts anew."""
KEPT = 2
"""How many full files are kept: `greenroom.log.1` is the newest of them."""
LONGEST = 8_000
"""Characters of one entry."""
HIDDEN = "[hidden]"
OURS = ("console", "connectors", "templates")
"""Loggers that speak at the level `INFO`; everybody else's at `WARNING`."""

_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Never let this value reach the log. Values too short to be secrets are left alone."""
    if len(secret) >= 6:
        _secrets.add(secret)


@cache
def _looks_secret() -> re.Pattern[str]:
    named = r"token|secret|passw(?:or)?d|authorization|api[_-]?key|cookie"
    return re.compile(
        # name: value, name=value, "name": "value", with a Bearer before the value or not
        rf"(?P<name>(?i:[\w-]*(?:{named})[\w-]*|\bcode)[\"']?\s*[:=]\s*[\"']?(?i:(?:bearer|basic)\s+)?)"
        r"[^\s\"',;&}\])]+"
        r"|(?P<scheme>(?i:bearer)\s+)[\w.~+/=-]{6,}"
        r"|(?P<door>[a-z][a-z0-9+.-]*://)[^\s/@]+@"
        # a long run of letters and digits, as tokens are; words, paths and dotted names are not
        r"|(?<![\w.-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}(?![\w.-])"
    )


def redact(text: str) -> str:
    """The text without the known secrets, and without what looks like one."""
    # First what looks like one: a password may be the very word by which others are known.
    text = _looks_secret().sub(
        lambda found: (
            (found["name"] or found["scheme"] or found["door"] or "")
            + HIDDEN
            + ("@" if found["door"] else "")
        ),
        text,
    )
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


class OneLine(logging.Formatter):
    """Writes an entry so that nothing inside it can pass for another entry or act on a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The entry: its first line at the edge, all others behind a bar."""
        return plain(redact(super().format(record)), limit=LONGEST).replace("\n", "\n    | ")


class PrivateFile(logging.Handler):
    """Appends to a file that only we can read, and starts it anew when it is full.

    Several processes may share it: whoever finds the file replaced opens the new one.
    """

    def __init__(self, path: Path, *, full: int = FULL, kept: int = KEPT) -> None:
        super().__init__()
        self.path = path
        self.full = full
        self.kept = kept
        self._file: int | None = None
        self.setFormatter(OneLine())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one entry. A log that can't be written never stops the work."""
        try:
            entry = (self.format(record) + "\n").encode("utf-8", "replace")
            file = self._ready(len(entry))
            os.write(file, entry)
        except OSError:
            self._shut()

    def _ready(self, more: int) -> int:
        if self._file is not None:
            try:
                now = self.path.stat()
            except FileNotFoundError:
                now = None
            mine = os.fstat(self._file)
            if now is None or (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino):
                self._shut()
            elif mine.st_size + more > self.full and mine.st_size:
                self._shut()
                self._turn()
        if self._file is None:
            self._file = paths.open_private(self.path, os.O_WRONLY | os.O_APPEND)
        return self._file

    def _turn(self) -> None:
        for number in range(self.kept, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path.with_name(f"{self.path.name}.{number - 1}") if number > 1 else None
            source = newer or self.path
            if source.exists():
                source.replace(older)

    def _shut(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def close(self) -> None:
        """Close the file."""
        self._shut()
        super().close()


def begin(path: Path, *, detailed: bool = False) -> PrivateFile:
    """Send the log to a file; the file itself is opened with the first entry.

    `detailed` adds what only helps whoever is looking for a fault.
    """
    handler = PrivateFile(path)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG if detailed else logging.INFO)
    logging.captureWarnings(capture=True)
    return handler


def end(handler: PrivateFile) -> None:
    """Stop logging to the file."""
    logging.captureWarnings(capture=False)
    logging.getLogger().removeHandler(handler)
    handler.close()
