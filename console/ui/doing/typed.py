"""Keys that are typed while something opens wait for it, and reach it in their order.

Whoever presses `r` and writes on at once means the letters for the reply, though the composer is
not there yet; as commands they would mark threads done or open a browser.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from textual import events
from textual.screen import Screen

from console.ui.screens.frame import Framed

WAIT_AT_MOST = 3.0
"""Seconds after which waiting keys are let through whatever is still opening."""


class Typed:
    """The keys that wait. `pass_on` takes a key to where it belongs now."""

    def __init__(
        self,
        top: Callable[[], Screen[Any]],
        pass_on: Callable[[events.Event], Awaitable[None]],
        begin: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._top = top
        self._pass_on = pass_on
        self._begin = begin
        self._opening = 0
        self._waiting: deque[events.Event] = deque()
        self._going = False

    @property
    def held(self) -> bool:
        """True while what the next key is for isn't there yet."""
        top = self._top()
        if isinstance(top, Framed):
            return not top.ready
        return self._opening > 0

    def opens(self, work: Callable[[], Coroutine[Any, Any, None]]) -> Coroutine[Any, Any, None]:
        """The work as one that opens something: keys wait from this moment until it is over."""
        self._opening += 1
        return self._during(work)

    async def _during(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        finally:
            self._opening = max(self._opening - 1, 0)
            self.go()

    def take(self, event: events.Event) -> bool:
        """Keep a key if it has to wait; False when it may go on at once."""
        if not self._waiting and not self._going and not self.held:
            return False
        if self._waiting and event.time - self._waiting[0].time > WAIT_AT_MOST:
            self._opening = 0
        self._waiting.append(event)
        self.go()
        return True

    def go(self) -> None:
        """Let waiting keys through, if what they are for is there."""
        if self._waiting and not self._going and not self.held:
            self._going = True
            self._begin(self._let_through())

    async def _let_through(self) -> None:
        try:
            while self._waiting and not self.held:
                await self._pass_on(self._waiting.popleft())
        finally:
            self._going = False
