"""A console in use: memory, search, and keys while messages stream in."""

from __future__ import annotations

import sqlite3
import time

from tests.bench import keys
from tests.bench.figures import Figure, median, p95
from tests.bench.home import Desk
from tests.bench.searching import searching

MOST = 90.0
RATE = 200


def living(desk: Desk, presses: int) -> list[Figure]:
    """One console from its start: its memory after each thing that it is used for."""
    memory: list[tuple[str, float]] = []
    with keys.bare() as other, desk.open() as terminal:

        def weigh(what: str) -> None:
            memory.append((what, terminal.memory() / 2**20))

        keys.settled(terminal, desk)
        weigh("after the start")
        other.calm()
        quiet, _ = keys.down_and_plain(terminal, other, desk.threads(presses + 1), presses)
        terminal.press("G")
        terminal.calm(0.3, 2)
        terminal.press("g", "g")
        terminal.calm(0.3, 2)
        weigh("after j and G")
        found = searching(desk, terminal)
        weigh("after searches")
        terminal.press("g", "g")
        terminal.calm(0.3, 2)
        streamed = _streamed(desk, terminal, other, presses, quiet)
        weigh("after a stream")
        bare = other.memory() / 2**20
    return [
        *found,
        *streamed,
        *(
            Figure(
                what=f"resident memory {what}",
                value=value,
                unit="MB",
                against="bare Textual",
                other=bare,
                ratio=value / bare,
                goal="<= 90 MB",
                held=value <= MOST,
            )
            for what, value in memory
        ),
    ]


def _streamed(
    desk: Desk, terminal: keys.Glass, other: keys.Glass, presses: int, quiet: list[float]
) -> list[Figure]:
    first, began = _stored(desk), time.perf_counter()
    desk.crowd.write(RATE)
    time.sleep(1.5)
    busy, _ = keys.down_and_plain(terminal, other, desk.threads(presses + 1), presses)
    stored, seconds = _stored(desk) - first, time.perf_counter() - began
    written = desk.crowd.stop()
    stopped = time.perf_counter()
    while _stored(desk) - first < written and time.perf_counter() - stopped < 20:
        time.sleep(0.02)
    behind = time.perf_counter() - stopped
    found = [
        Figure(
            what="messages streamed in, each one stored and in full text",
            value=stored / seconds,
            unit="/s",
            against="written",
            other=written / seconds,
        ),
        Figure(what="until all of them were stored", value=behind * 1000, unit="ms"),
    ]
    for name, of in (("median", median), ("p95", p95)):
        ratio = of(busy) / of(quiet)
        found.append(
            Figure(
                what=f"j while they stream in, {name}",
                value=of(busy) * 1000,
                unit="ms",
                against="quiet",
                other=of(quiet) * 1000,
                ratio=ratio,
                goal="<= 2x",
                held=ratio <= 2,
            )
        )
    return found


def _stored(desk: Desk) -> int:
    connection = sqlite3.connect(desk.database)
    number: int = connection.execute("SELECT MAX(id) FROM messages").fetchone()[0]
    connection.close()
    return number
