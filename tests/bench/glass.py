"""A terminal with a stopwatch: when did the screen first show this?

A thread reads the pseudoterminal and notes when each piece came; the emulator is fed afterwards,
piece by piece, until the screen is as wanted. So the emulator's own slowness is in no number, and
a moment is the moment at which the last byte that was needed had come.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from tests.terminal.harness import Terminal, TooLate

QUIET = 0.03
"""Seconds without a byte after which a frame counts as whole."""

sys.setswitchinterval(0.0005)


class Glass(Terminal):
    """A program in a terminal, and the moments of what it shows."""

    def start(self) -> None:
        """Start the program and the stopwatch."""
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._last = time.perf_counter()
        self._over = False
        self.began = time.perf_counter()
        super().start()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        master = self._master
        while not self._over:
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(master, 65_536)
            except OSError:
                return
            if not data:
                return
            self._last = time.perf_counter()
            self._pieces.append((self._last, data))

    def pump(self, seconds: float = 0.0) -> bool:
        """Feed the emulator what has come; wait at most so long for it."""
        end = time.perf_counter() + seconds
        while not self._pieces:
            if time.perf_counter() >= end:
                return False
            time.sleep(0.001)
        _, data = self._pieces.popleft()
        self._feed(data)
        return True

    def press(self, *keys: str) -> float:
        """Send keys; the moment."""
        at = time.perf_counter()
        self.send(*keys)
        return at

    def shown(
        self, what: Callable[[list[str]], bool], since: float, deadline: float = 10.0
    ) -> float:
        """Seconds from `since` until the screen first was as wanted. Raises `TooLate`."""
        end = since + deadline
        while True:
            self._rest(min(end, time.perf_counter() + 0.4))
            while self._pieces:
                at, data = self._pieces.popleft()
                self._feed(data)
                if what(self.lines()):
                    return max(at - since, 0.0)
            if what(self.lines()):
                return 0.0
            if time.perf_counter() > end:
                raise TooLate(f"the screen never showed it:\n{self.text()}")

    def lines(self) -> list[str]:
        """The screen as it stands. pyte's own `display` fails on half an overwritten wide sign."""
        return [
            "".join(self.screen.buffer[row][column].data for column in range(self.columns))
            for row in range(self.rows)
        ]

    def _rest(self, end: float) -> None:
        """Wait until a frame has come and nothing follows it."""
        while (now := time.perf_counter()) < end:
            if self._pieces and now - self._last >= QUIET:
                return
            time.sleep(0.002)

    def calm(self, quiet: float = 0.3, deadline: float = 10.0) -> None:
        """Feed until nothing comes for a while."""
        end = time.perf_counter() + deadline
        while time.perf_counter() < end and self.pump(quiet):
            pass

    def close(self) -> None:
        """End the program."""
        self._over = True
        self.kill()
        self._reader.join(2)
        super().close()
