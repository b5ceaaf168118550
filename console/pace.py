"""Keeps the interpreter's own pauses away from keys.

A full collection walks everything that was ever imported: 60 ms, and some key would wait for it.
What is there after the start stays until the end, so it need not be walked again; what is made
later is walked while nobody presses a key. And a thread that asks for the interpreter gets it after
half a millisecond instead of five: what is to be painted leaves by a thread of its own, while the
main one goes on to the next thing.
"""

from __future__ import annotations

import gc
import sys

YOUNG = 2_000
"""New objects that are worth a look; a millisecond."""

MIDDLE, OLD = 8, 12
"""Looks at the younger ones after which the next older ones are looked at as well."""

PAUSE, REST = 0.5, 10.0
"""Seconds without a key after which the older ones may be looked at, and all of them."""

MOST = 30_000
"""New objects after which the interpreter looks by itself, whoever waits."""

SWITCH = 0.0005
"""Seconds for which a thread may keep the interpreter when another wants it."""


def hurry() -> None:
    """While starting: nothing of what is made now will be garbage."""
    sys.setswitchinterval(SWITCH)
    gc.disable()


def settle() -> None:
    """After the start, or after much was imported: what is there stays."""
    gc.freeze()
    gc.set_threshold(MOST, MIDDLE, OLD)
    gc.enable()


def rest(idle: float) -> None:
    """Now and then, with the seconds since the last key: clear up while nobody waits."""
    young, middle, old = gc.get_count()
    if idle >= REST and old >= OLD:
        gc.collect()
    elif idle >= PAUSE and middle >= MIDDLE:
        gc.collect(1)
    elif young >= YOUNG:
        gc.collect(0)
