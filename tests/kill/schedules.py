"""Plays random schedules, each in a world of its own."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.kill.hours import Hours
from tests.kill.machine import Schedule

STEPS = 25


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


def play(scene, *, number, schedules, shrink=True):
    """Play so many schedules of this seed. Raises what the first that fails raises."""
    run_state_machine_as_test(
        seed(number)(scene),
        settings=settings(
            max_examples=schedules,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
