"""Two thousand random schedules: nothing is lost, posted twice, or sent that nobody approved.

The seeds are printed. To play one again, or others, or more of them:

    KILL_SEEDS=17,18 KILL_SCHEDULES=5000 pytest tests/kill/test_schedules.py

Hypothesis prints a schedule that fails as a program, cut down to what is needed to fail.
"""

from __future__ import annotations

import os
import time

import pytest

from tests.kill.schedules import play, scene  # noqa: F401 - a fixture

SEEDS = [int(number) for number in os.environ.get("KILL_SEEDS", "1,2,3,4").split(",")]
SCHEDULES = int(os.environ.get("KILL_SCHEDULES", "500"))


@pytest.mark.parametrize("number", SEEDS)
def test_schedules(scene, number, capsys):  # noqa: F811
    began = time.monotonic()
    play(scene, number=number, schedules=SCHEDULES)
    with capsys.disabled():
        print(f" [seed {number}: {SCHEDULES} schedules in {time.monotonic() - began:.0f} s]")
