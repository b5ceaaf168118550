"""Starting, and the keys that move: how long until the eye sees it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tests.bench.figures import Figure, median, times
from tests.bench.glass import Glass
from tests.bench.home import Desk, Shown, bare
from tests.bench.mail import beside, mails
from tests.terminal.harness import TooLate

LONGEST = 30.0


def starting(desk: Desk, runs: int) -> list[Figure]:
    """From the start of the process to the first rows, beside a bare program's first line."""
    first = desk.threads(3)
    ours, wholes, others = [], [], []
    for number in range(runs + 1):
        with bare() as terminal:
            other = terminal.shown(lambda s: any("is shown" in line for line in s), terminal.began)
        with desk.open() as terminal:
            mine = terminal.shown(rows_of(first), terminal.began, LONGEST)
            whole = terminal.shown(first[0].whole, terminal.began, LONGEST)
        if number:  # the first pair warms the disk's cache and the compiled files
            ours.append(mine)
            wholes.append(whole)
            others.append(other)
    ratio = median(ours) / median(others)
    return [
        Figure(
            what="first rows on the screen, median",
            value=median(ours) * 1000,
            unit="ms",
            against="bare Textual",
            other=median(others) * 1000,
            ratio=ratio,
            goal="<= 1.3x",
            held=ratio <= 1.3,
        ),
        Figure(
            what="the whole console: rows, panes and conversation, median",
            value=median(wholes) * 1000,
            unit="ms",
            against="bare Textual",
            other=median(others) * 1000,
            ratio=median(wholes) / median(others),
        ),
    ]


def rows_of(first: list[Shown]) -> Callable[[list[str]], bool]:
    names = [shown.name[:20] for shown in first]
    return lambda screen: all(any(name in line for line in screen) for name in names)


def moving(desk: Desk, presses: int, *, mail: bool = True) -> list[Figure]:
    """`j` to the next thread and `G` to the last, beside a bare program's key and neomutt's."""
    mail_down, mail_ends, words = mails(desk.database, desk.home, presses) if mail else ([], [], "")
    with bare() as other, desk.open() as ours:
        settled(ours, desk)
        other.calm()
        down, plain = down_and_plain(ours, other, desk.threads(presses + 1), presses)
        ends, plain_too = _ends(ours, other, desk, max(presses // 4, 10))
        held = holding(ours, desk, 90)
    return [
        *times("j: row and conversation", down, "bare key", plain, 1.5),
        *times("G: row and conversation", ends, "bare key", plain_too, 1.5),
        Figure(what="j held down at 30 a second: behind at its end", value=held * 1000, unit="ms"),
        *beside("j", down, mail_down, words),
        *beside("G", ends, mail_ends, words),
    ]


def settled(terminal: Glass, desk: Desk) -> None:
    """Wait until the console is open, its whole list read, and its account listening."""
    terminal.shown(desk.threads(1)[0].whole, terminal.began, LONGEST)
    terminal.shown(lambda s: any("shop live" in line for line in s), terminal.began, LONGEST)
    terminal.calm(0.8)


def down_and_plain(
    ours: Glass, other: Glass, threads: list[Shown], presses: int, gap: float = 0.09
) -> tuple[list[float], list[float]]:
    """`j` through the first threads, in turn with a key of the bare program."""
    rng = random.Random(3)
    down, plain = [], []
    for number in range(1, presses + 1):
        try:
            down.append(ours.shown(threads[number].whole, ours.press("j")))
        except TooLate as late:
            raise TooLate(f"{threads[number]} is thread {number}; {late}") from late
        ours.calm(0.03, 0.3)
        plain.append(bare_key(other))
        time.sleep(gap * rng.uniform(0.5, 1.5))
    return down, plain


def bare_key(other: Glass) -> float:
    """A key of the bare program."""
    before = other.line(0)
    return other.shown(lambda s: s[0].rstrip() != before and "is shown" in s[0], other.press("j"))


def _ends(ours: Glass, other: Glass, desk: Desk, presses: int) -> tuple[list[float], list[float]]:
    first, last = desk.threads(1)[0], desk.threads(1, backwards=True)[0]
    ends, plain = [], []
    for _ in range(presses):
        ours.press("g", "g")
        ours.shown(first.whole, time.perf_counter())
        ours.calm(0.1, 1)
        ends.append(ours.shown(last.whole, ours.press("G")))
        ours.calm(0.1, 1)
        plain.append(bare_key(other))
    ours.press("g", "g")
    ours.shown(first.whole, time.perf_counter())
    return ends, plain


def holding(ours: Glass, desk: Desk, presses: int) -> float:
    """`j` held down as a keyboard repeats it: how far the screen is behind when it is let go."""
    target = desk.threads(presses + 1)[presses]
    ours.press("g", "g")
    ours.calm(0.2, 1)
    at = 0.0
    for _ in range(presses):
        at = ours.press("j")
        time.sleep(1 / 30)
    return ours.shown(target.whole, at)
