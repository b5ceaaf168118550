"""Keeps the interpreter's own pauses away from keys.

A full collection walks everything that was ever imported: 60 ms, and some key would wait for it.
What is there after the start stays until the end, so it need not be walked again. And a thread
that asks for the interpreter gets it after half a millisecond instead of five: what is to be
painted leaves by a thread of its own, while the main one goes on to the next thing.
"""

from __future__ import annotations

import gc
import sys

YOUNG = 2_000
"""New objects after which the youngest are looked at; the interpreter's own measure is 700."""

SWITCH = 0.0005
"""Seconds for which a thread may keep the interpreter when another wants it."""


def hurry() -> None:
    """While starting: nothing of what is made now will be garbage."""
    sys.setswitchinterval(SWITCH)
    gc.disable()


def settle() -> None:
    """After the start, or after much was imported: what is there stays."""
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 50)
    gc.enable()
