"""A part of the desk's screen: it reaches the engine, the panes and the other parts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.engine.engine import Engine
    from console.ui.screens.desk import DeskScreen


class Part:
    """One part. Methods named `do_<command>` are what the command table's rows call."""

    def __init__(self, screen: DeskScreen) -> None:
        self.screen = screen

    @property
    def engine(self) -> Engine:
        """The engine under this desk."""
        return self.screen.engine

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that waits for disk or network, without making a key wait for it."""
        self.screen.begin(work)

    def say(self, words: str) -> None:
        """Tell the person what has just happened, in the footer."""
        self.screen.telling.say(words)

    def deeds(self) -> dict[str, Callable[[], None]]:
        """What this part does, by the names of the table."""
        return {
            name.removeprefix("do_"): getattr(self, name)
            for name in dir(type(self))
            if name.startswith("do_")
        }
