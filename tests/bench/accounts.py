"""Six accounts instead of one: what the start costs, and what idling costs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.bench.crowd import Crowd
from tests.bench.figures import Figure, median
from tests.bench.glass import Glass
from tests.bench.home import TOKEN, Desk
from tests.bench.keys import LONGEST, rows_of

MANY = 6
IDLE_SECONDS = 30.0


def accounts(filled: Path, folder: Path, crowd: Crowd, runs: int) -> list[Figure]:
    """First rows with six accounts against one in the same run; what an idle console takes."""
    one, six = (Desk(filled, folder / name, crowd) for name in ("one", "six"))
    config = six.home / "config" / "config.toml"
    served = config.read_text()
    for number in range(2, MANY):
        served += served.partition("\n\n")[0].replace("shop", f"shop{number}") + "\n"
    # One on a network whose client is another one, too.
    served += (
        f'[accounts.mail]\nnetwork = "mail"\ntoken_env = "{TOKEN}"\n[accounts.mail.settings]\n'
        'address = "shop@localhost"\nimap = "imap://127.0.0.1:9"\nsmtp = "smtp://127.0.0.1:9"\n'
    )
    config.write_text(served)
    first = one.threads(3)
    took: dict[Desk, list[float]] = {one: [], six: []}
    for number in range(runs + 1):
        for desk in (one, six):
            with desk.open() as terminal:
                shown = terminal.shown(rows_of(first), terminal.began, LONGEST)
                terminal.shown(first[0].whole, terminal.began, LONGEST)
            if number:
                took[desk].append(shown)
    ratio = median(took[six]) / median(took[one])
    with six.open() as terminal:
        terminal.shown(lambda s: "live" in s[0], terminal.began, LONGEST)
        _wait_for_backup(terminal, six)
        idle = _core(terminal)
    return [
        Figure(
            what=f"first rows with {MANY} accounts, median",
            value=median(took[six]) * 1000,
            unit="ms",
            against="with one",
            other=median(took[one]) * 1000,
            ratio=ratio,
            goal="<= 1.1x",
            held=ratio <= 1.1,
        ),
        Figure(
            what=f"a core's part while {MANY} accounts idle",
            value=idle * 100,
            unit="%",
            goal="< 2 %",
            held=idle < 0.02,
        ),
    ]


def _wait_for_backup(terminal: Glass, desk: Desk) -> None:
    """The first copy of the day is work, and not idling."""
    until = time.monotonic() + LONGEST * 4
    while (
        not list((desk.database.parent / "backups").glob("greenroom-????-??-??.db"))
        and time.monotonic() < until
    ):
        terminal.pump(0.5)
    terminal.calm(2.0)


def _core(terminal: Glass) -> float:
    """The part of one core that the program takes while nothing happens."""
    assert terminal.process is not None
    stat = Path(f"/proc/{terminal.process.pid}/stat")
    ticks = os.sysconf("SC_CLK_TCK")

    def spent() -> float:
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    before, began = spent(), time.monotonic()
    while time.monotonic() - began < IDLE_SECONDS:
        terminal.pump(0.5)
    return (spent() - before) / (time.monotonic() - began)
