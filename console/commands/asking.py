"""The person at the terminal, as a sign-in asks them: Ctrl+C and Ctrl+D end it in words."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass

from console import logs
from console.commands.saying import folded, say
from console.desk.plain import plain

_ROOM = "_" * 20
"""Stands for an answer, so that a question leaves room for one beside it."""


class NoAnswer(Exception):
    """A question was left without an answer; the words say what that means."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Person:
    """Whoever sits at the terminal."""

    def say(self, words: str) -> None:
        """Tell them something."""
        say(words)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for one line. What is secret is not shown while it is typed. Raises `NoAnswer` at
        the end of what is typed, and `KeyboardInterrupt`.

        Nothing else goes on meanwhile: a thread that waits for a line can't be stopped, and would
        take the next one from the shell.
        """
        prompt = folded(f"{plain(question)} {_ROOM}").removesuffix(_ROOM)
        with _interruptible():
            try:
                answer = (getpass if secret else input)(prompt)
            except EOFError:
                print()
                raise NoAnswer(
                    "That question was left without an answer. Nothing was stored. Run the "
                    "command again."
                ) from None
        # What came in meanwhile, such as the end of an idle connection, is seen first.
        await asyncio.sleep(0)
        if secret:
            logs.hide(answer.strip())
        return answer.strip()

    async def agrees(self, question: str) -> bool:
        """Whether they say yes; whoever doesn't answer, or isn't at a terminal, says no."""
        if not sys.stdin.isatty():
            return False
        try:
            return (await self.ask(f"{question} (y or n)")).lower() in ("y", "yes")
        except (NoAnswer, KeyboardInterrupt):
            return False


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl+C ends a question at once: asyncio only notes it down, for when its loop goes on."""
    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    except ValueError:
        # Not the main thread: then nobody sends it a signal.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
