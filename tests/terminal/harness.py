"""Runs a program in a real terminal of a given size, and reads its screen as a person would.

    with Terminal([sys.executable, "-m", "console"], columns=80, rows=24) as terminal:
        terminal.wait_for(lambda screen: "Inbox" in screen)
        terminal.send("j")

A pseudoterminal feeds `pyte`, so what is read has been through an emulator. Every byte the program
wrote is kept in `raw`, for tests that look at the bytes themselves.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyte

from tests.hostile.corpus import acts_on_a_terminal

KEYS = {
    "Enter": "\r",
    "Esc": "\x1b",
    "Tab": "\t",
    "Shift+Tab": "\x1b[Z",
    "Space": " ",
    "Shift+Up": "\x1b[1;2A",
    "Shift+Left": "\x1b[1;2D",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "PgUp": "\x1b[5~",
    "PgDn": "\x1b[6~",
    "Backspace": "\x7f",
    "F1": "\x1bOP",
}

_OWN = re.compile(
    rb"\x1b\[[0-9;:?>=<]*[ !\"$']*[A-Za-z@`{|}~]"  # what Textual writes: CSI in its 7-bit form
    rb"|\x1b[()][0-9A-B]|\x1b[78=>cM]"
    rb"|\x1bP[=+$][^\x1b]*\x1b\\"  # synchronised updates and questions about the terminal
    rb"|\x1b_G[^\x1b]*\x1b\\"
    rb"|\x1b\]22;[a-z-]*(?:\x1b\\|\x07)"  # the shape of the mouse pointer
)


class TooLate(AssertionError):
    """What was waited for did not come; the screen as it was stands in the words."""


class Terminal:
    """A program in a terminal. Use it in a `with`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        deadline: float = 20.0,
    ) -> None:
        self.command = list(command)
        self.columns = columns
        self.rows = rows
        self.deadline = deadline
        self.raw = bytearray()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._env = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            **(env or {}),
        }
        # They would hide that the terminal has come to another size.
        for name in ("COLUMNS", "LINES"):
            self._env.pop(name, None)
        self._cwd = cwd
        self._master = -1
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Terminal:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the program."""
        self._master, slave = pty.openpty()
        self._size(slave)

        def lead() -> None:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                # Whoever runs the tests in the background may have them ignored; no terminal has.
                signal.signal(number, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            self.command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=self._env,
            cwd=self._cwd,
            preexec_fn=lead,
            close_fds=True,
        )
        os.close(slave)

    def _size(self, handle: int) -> None:
        fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size."""
        self.columns, self.rows = columns, rows
        self.screen.resize(rows, columns)
        self._size(self._master)
        if self.process is not None:
            self.process.send_signal(signal.SIGWINCH)

    # --- writing -----------------------------------------------------------------------------

    def send(self, *keys: str) -> None:
        """Press keys, written as in the command table (`j`, `Enter`, `Ctrl+S`), or type a text."""
        for key in keys:
            if key in KEYS:
                typed = KEYS[key]
            elif key.startswith("Ctrl+") and len(key) == 6:
                typed = chr(ord(key[-1].upper()) & 0x1F)
            else:
                typed = key
            os.write(self._master, typed.encode())

    def paste(self, text: str) -> None:
        """Paste a text, bracketed as terminals do."""
        os.write(self._master, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    # --- reading -----------------------------------------------------------------------------

    def pump(self, seconds: float = 0.0) -> bool:
        """Read what the program wrote; wait at most so long for it. False: nothing came."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError as error:
            if error.errno == errno.EIO:  # the program has closed its end
                return False
            raise
        if data:
            self.raw += data
            self._feed(data)
        return bool(data)

    def _feed(self, data: bytes) -> None:
        # pyte takes a few private sequences of newer terminals for text; they show nothing.
        self._stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1bP[^\x1b]*\x1b\\", b"", data))

    def text(self) -> str:
        """The screen, its lines without blanks at their ends."""
        return "\n".join(self.line(number) for number in range(self.rows))

    def line(self, number: int) -> str:
        """One line of the screen."""
        cells = self.screen.buffer[number]
        return "".join(cells[column].data for column in range(self.columns)).rstrip()

    def wait_for(self, what: Callable[[str], Any] | str, deadline: float | None = None) -> str:
        """Read until the screen is as wanted; the screen. Raises `TooLate`."""
        wanted = (lambda screen: what in screen) if isinstance(what, str) else what
        end = time.monotonic() + (self.deadline if deadline is None else deadline)
        while True:
            while self.pump():
                pass
            shown = self.text()
            if wanted(shown):
                return shown
            left = end - time.monotonic()
            if left <= 0 or (not self.pump(min(left, 0.5)) and self.ended is not None):
                shown = self.text()
                if wanted(shown):
                    return shown
                raise TooLate(f"waited for {what!r}; the screen was:\n{shown}")

    def settle(self, quiet: float = 0.15, deadline: float = 5.0) -> str:
        """Read until nothing has come for a while; the screen."""
        end = time.monotonic() + deadline
        while time.monotonic() < end and self.pump(quiet):
            pass
        return self.text()

    def acted(self) -> str | None:
        """What in the bytes could act on the terminal, besides the program's own drawing."""
        bare = _OWN.sub(b"", bytes(self.raw)).decode("utf-8", errors="replace")
        return acts_on_a_terminal(bare.replace("\r", "").replace("\x0e", "").replace("\x0f", ""))

    # --- the end -----------------------------------------------------------------------------

    @property
    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return None if self.process is None else self.process.poll()

    def memory(self) -> int:
        """The program's resident memory in bytes."""
        assert self.process is not None
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def kill(self) -> None:
        """Stop it as a power cut would."""
        if self.process is not None and self.ended is None:
            self.process.kill()
            self.process.wait(10)

    def hang_up(self, deadline: float = 10.0) -> None:
        """Take the terminal away, as a lost line does, and wait for the program's end."""
        assert self.process is not None
        os.close(self._master)
        self.process.wait(deadline)

    def wait(self, deadline: float = 10.0) -> int:
        """Wait for its end, reading on; its exit code."""
        assert self.process is not None
        end = time.monotonic() + deadline
        while self.process.poll() is None and time.monotonic() < end:
            self.pump(0.05)
        if self.process.poll() is None:
            raise TooLate(f"it did not end; the screen was:\n{self.text()}")
        return self.process.returncode

    def close(self) -> None:
        """End the program and let go of the terminal."""
        self.kill()
        with contextlib.suppress(OSError):
            os.close(self._master)
