"""Writing in the composer while the words go to disk: no letter waits for a save."""

from __future__ import annotations

import random
import time

from console.ui.panes.composer import SAVE_AFTER
from tests.bench.figures import Figure, times
from tests.bench.home import Desk, bare
from tests.bench.keys import bare_key, settled

ROW = 40
"""Letters to a line: none is wrapped."""
APART = (0.15, 0.3)
"""Seconds of rest before a letter that meets no save."""
ON_A_SAVE = (SAVE_AFTER - 0.002, SAVE_AFTER + 0.02)
"""Seconds of rest before a letter that comes while the one before is saved, and what the save
changes is read and shown."""


def writing(desk: Desk, letters: int) -> list[Figure]:
    """A letter until it is on the screen, in turn with a key of the bare program."""
    rng = random.Random(5)
    alone, saved, plain = [], [], []
    with bare() as other, desk.open() as ours:
        settled(ours, desk)
        other.calm()
        ours.shown(lambda s: any("reply to" in line for line in s), ours.press("r"))
        ours.calm(0.3)
        pressed = time.perf_counter()
        for number in range(2 * letters):
            if number and number % ROW == 0:
                pressed = ours.press("Enter")
                ours.calm(0.1, 0.5)
            text = "".join("abcdefghijklmnopqrstuvwxyz"[at % 26] for at in range(number % ROW + 1))
            plain.append(bare_key(other))
            on_a_save = rng.random() < 0.5
            rest = rng.uniform(*(ON_A_SAVE if on_a_save else APART))
            time.sleep(max(pressed + rest - time.perf_counter(), 0))
            pressed = ours.press(text[-1])
            (saved if on_a_save else alone).append(
                ours.shown(
                    lambda s, text=text: any(line.rstrip().endswith(text) for line in s), pressed
                )
            )
    return [
        *times("a letter in the composer", alone, "bare key", plain, 1.5),
        *times("a letter while the last is saved", saved, "bare key", plain, 1.5),
    ]
