"""A terminal that takes nothing for a while: a stalled connection, a paused multiplexer."""

from __future__ import annotations

import select
import time
from pathlib import Path

from tests.terminal.test_product import drafts, greenroom, home

__all__ = ["home"]


def test_what_the_terminal_does_not_take_stops_nothing_and_is_not_lost(home: Path) -> None:
    with greenroom(home, columns=120, rows=40) as terminal:
        terminal.wait_for("Ana Horvat")
        terminal.wait_for("demo live")
        terminal.settle()
        # Far more than a terminal holds, and nobody reads.
        for _ in range(120):
            terminal.send("j" * 12, "k" * 12)
        terminal.send("r", "typed while nobody looked")
        end = time.monotonic() + 30
        while drafts(home) != ["typed while nobody looked"] and time.monotonic() < end:
            select.select((), (), (), 0.05)
        assert drafts(home) == ["typed while nobody looked"], "the program stood still"
        waited = len(terminal.raw)
        terminal.wait_for("typed while nobody looked")
        assert len(terminal.raw) - waited > 200_000
        assert "Ana Horvat" in terminal.settle()
        assert terminal.ended is None
