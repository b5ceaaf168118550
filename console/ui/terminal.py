"""Writes to the terminal at once what it takes at once.

Textual hands every write to a thread. With others of our threads at work, that thread waits for
the interpreter longer than the writing takes. Here the loop writes by itself and never blocks: what
a slow terminal doesn't take yet waits and leaves when it does.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

from textual.drivers.linux_driver import LinuxDriver

MOST = 4_000_000
"""Bytes that wait for a terminal that takes nothing. More are left out, and all of the screen is
painted anew when it takes something again."""

LAST_WORDS = 5.0
"""Seconds that the terminal has at the end to take what is left."""


class Terminal(LinuxDriver):
    """The terminal that we were started on."""

    _out: int | None = None
    _left = b""
    _gap = False
    _was_ours = False
    """True once it could be opened: what can't be opened again after that is gone for good."""

    def start_application_mode(self) -> None:
        """Begin, or begin again after an editor."""
        self._open()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Write now; what doesn't go waits."""
        if self._out is None:
            if not self._was_ours:
                super().write(data)
            return
        if self._gap or len(self._left) + len(data) > MOST:
            self._gap = True
            return
        new = data.encode("utf-8", "replace")
        if self._left:
            self._left += new
            return
        self._left = self._went(new)
        if self._left:
            self._loop.add_writer(self._out, self._go_on)

    def close(self) -> None:
        """Write what is left, as far as the terminal takes it, and end."""
        out, self._out = self._out, None
        if out is not None:
            self._loop.remove_writer(out)
            try:
                while self._left and select.select((), (out,), (), LAST_WORDS)[1]:
                    self._left = self._left[os.write(out, self._left) :]
            except OSError:
                pass
            self._left, self._gap = b"", False
            os.close(out)
        super().close()

    def _open(self) -> None:
        """Open the terminal a second time: that it doesn't block concerns nobody else then."""
        if self._out is not None:
            self._loop.remove_writer(self._out)
            os.close(self._out)
        try:
            name = os.ttyname(sys.__stderr__.fileno() if sys.__stderr__ else -1)
            self._out = os.open(name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._was_ours = True
        except (OSError, ValueError):
            # Not a terminal, or not ours to open: Textual's own way goes everywhere. Or the line
            # broke: then nobody takes what is written, and Textual's thread would wait for ever.
            self._out = None

    def _went(self, data: bytes) -> bytes:
        """Write what goes; what is left."""
        assert self._out is not None
        try:
            return data[os.write(self._out, data) :]
        except BlockingIOError:
            return data
        except OSError:
            # The terminal is gone; reading from it says so as well.
            return b""

    def _go_on(self) -> None:
        self._left = self._went(self._left)
        if not self._left and self._out is not None:
            self._loop.remove_writer(self._out)
            if self._gap:
                self._gap = False
                refresh: Callable[..., object] = self._app.refresh
                self._app.call_later(refresh, layout=True)
