"""What the shop can hear, in one row: cursors are places in it, ears are woken when it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.contract import Arrival, Cursor


class Ear:
    """One listener's ear: woken when the log grows or the connection is cut."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.cut = False


class Log:
    """The row of arrivals of one network.

    A cursor names the log it belongs to, the place in it, and how much of which story had passed:
    `birth:place:played:seed`.
    """

    def __init__(self, *, birth: str, seed: str) -> None:
        self.birth = birth
        self.seed = seed
        self.arrivals: list[Arrival] = []
        self._ears: set[Ear] = set()

    def __len__(self) -> int:
        return len(self.arrivals)

    def append(self, arrival: Arrival) -> None:
        """Add an arrival and wake whoever listens."""
        self.arrivals.append(arrival)
        self.wake()

    def settle(self) -> None:
        """Tell of the past as a backfill does: each post once, as it stands now."""
        newest = {arrival.remote_id: arrival for arrival in self.arrivals}
        self.arrivals = list(newest.values())

    # --- cursors -----------------------------------------------------------------------------

    def cursor(self, place: int, *, played: float) -> Cursor:
        """The cursor of a place; `played` are the story's seconds."""
        return f"{self.birth}:{place}:{played:.0f}:{self.seed}"

    def place(self, cursor: Cursor | None) -> int:
        """Where a cursor stands; the beginning for a cursor of another log."""
        birth, _, rest = (cursor or "").partition(":")
        number = rest.partition(":")[0]
        if birth != self.birth or not number.isdecimal():
            return 0
        return min(int(number), len(self.arrivals))

    def played_before(self, cursor: Cursor | None) -> float:
        """Seconds of the same story that an earlier process played, by the cursor that it left."""
        birth, _, rest = (cursor or "").partition(":")
        played, _, seed = rest.partition(":")[2].partition(":")
        if birth == self.birth or seed != self.seed or not played.isdecimal():
            return 0.0
        return float(played)

    # --- ears --------------------------------------------------------------------------------

    @contextmanager
    def ear(self) -> Iterator[Ear]:
        """An ear for as long as somebody listens."""
        ear = Ear()
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    def wake(self) -> None:
        """Let every listener look around."""
        for ear in self._ears:
            ear.woken.set()

    def cut(self) -> None:
        """Cut every ear off, once."""
        for ear in self._ears:
            ear.cut = True
        self.wake()
