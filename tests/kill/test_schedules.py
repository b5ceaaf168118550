"""Two thousand random schedules: nothing is lost, posted twice, or sent that nobody approved.

The seeds are printed. To play one again, or others, or more of them:

    KILL_SEEDS=17,18 KILL_SCHEDULES=5000 pytest tests/kill/test_schedules.py

Hypothesis prints a schedule that fails as a program, cut down to what is needed to fail.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.kill.hours import Hours
from tests.kill.machine import Schedule

SEEDS = [int(number) for number in os.environ.get("KILL_SEEDS", "1,2,3,4").split(",")]
SCHEDULES = int(os.environ.get("KILL_SCHEDULES", "500"))
STEPS = 30


@pytest.fixture
def scene():
    """A machine class on a loop of its own, in memory where there is such a disk."""
    shelf = Path("/dev/shm")
    logging.disable(logging.CRITICAL)
    loop = Hours()
    with tempfile.TemporaryDirectory(dir=shelf if shelf.is_dir() else None) as folder:
        yield type("Play", (Schedule,), {"loop": loop, "folder": Path(folder)})
    loop.close()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("number", SEEDS)
def test_schedules(scene, number, capsys):
    began = time.monotonic()
    run_state_machine_as_test(
        seed(number)(scene),
        settings=settings(
            max_examples=SCHEDULES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    with capsys.disabled():
        print(f" [seed {number}: {SCHEDULES} schedules in {time.monotonic() - began:.0f} s]")
