"""What a measurement came to: its number, what it is held against, and how close it is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. `ratio` is against something measured in the same run."""

    what: str
    value: float
    unit: str
    against: str = ""
    other: float | None = None
    ratio: float | None = None
    goal: str = ""
    held: bool | None = None
    """Whether the goal is kept; None where there is none."""

    def line(self) -> tuple[str, ...]:
        other = "" if self.other is None else f"{self.against} {_number(self.other)}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}x"
        held = "" if self.held is None else "yes" if self.held else "NO"
        return (self.what, f"{_number(self.value)} {self.unit}", other, ratio, self.goal, held)

    def plain(self) -> dict[str, object]:
        return asdict(self)


def times(
    what: str, ours: Sequence[float], against: str, others: Sequence[float], most: float | None
) -> list[Figure]:
    """Median and p95 in milliseconds, each against the same of the others."""
    found = []
    for name, of in (("median", median), ("p95", p95)):
        mine, theirs = of(ours) * 1000, of(others) * 1000
        ratio = mine / theirs if theirs else float("inf")
        found.append(
            Figure(
                what=f"{what}, {name}",
                value=mine,
                unit="ms",
                against=against,
                other=theirs,
                ratio=ratio,
                goal="" if most is None else f"<= {most}x",
                held=None if most is None else ratio <= most,
            )
        )
    return found


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]


def table(figures: Sequence[Figure]) -> str:
    lines = [("what", "measured", "against, same run", "ratio", "goal", "held")]
    lines += [figure.line() for figure in figures]
    widths = [max(len(line[at]) for line in lines) for at in range(6)]
    shown = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([shown[0], "-" * len(shown[0]), *shown[1:]])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.0f}" if value >= 100 else f"{value:.1f}"
