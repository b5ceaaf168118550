"""Writing in the composer while the words go to disk: no letter waits for a save."""

from __future__ import annotations

import random
import time

from tests.bench.figures import Figure, times
from tests.bench.home import Desk, bare
from tests.bench.keys import bare_key, settled

ROW = 40
"""Letters to a line: none is wrapped."""


def writing(desk: Desk, letters: int) -> list[Figure]:
    """A letter until it is on the screen, in turn with a key of the bare program.

    The rests between letters are now shorter and now longer than the composer's own rest before it
    saves, so that saves fall on letters.
    """
    rng = random.Random(5)
    shown, plain = [], []
    with bare() as other, desk.open() as ours:
        settled(ours, desk)
        other.calm()
        ours.shown(lambda s: any("reply to" in line for line in s), ours.press("r"))
        ours.calm(0.3)
        for number in range(letters):
            if number and number % ROW == 0:
                ours.press("Enter")
                ours.calm(0.1, 0.5)
            text = "".join("abcdefghijklmnopqrstuvwxyz"[at % 26] for at in range(number % ROW + 1))
            shown.append(
                ours.shown(
                    lambda s, text=text: any(line.rstrip().endswith(text) for line in s),
                    ours.press(text[-1]),
                )
            )
            plain.append(bare_key(other))
            time.sleep(rng.uniform(0.02, 0.6))
    return times("a letter in the composer, saved meanwhile", shown, "bare key", plain, 1.5)
