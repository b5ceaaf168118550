"""The person at the terminal, as a sign-in asks them: Ctrl+C and Ctrl+D end it in words."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass

from connectors.contract import Unanswered
from console import logs
from console.commands.saying import say, wrapped
from console.desk.plain import plain

_ROOM = "_" * 20
"""Stands for an answer, so that a question leaves room for one beside it."""


class Person:
    """Whoever sits at the terminal."""

    def say(self, words: str) -> None:
        """Tell them something."""
        say(words)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for one line. What is secret is not shown while it is typed. Raises `Unanswered` at
        the end of what is typed, and `KeyboardInterrupt`.

        Nothing else goes on meanwhile: a thread that waits for a line can't be stopped, and would
        take the next one from the shell.
        """
        prompt = wrapped(f"{plain(question)} {_ROOM}").removesuffix(_ROOM)
        with _interruptible():
            try:
                answer = (getpass if secret and sys.stdin.isatty() else input)(prompt)
            except EOFError:
                print()
                raise Unanswered(
                    f"Nobody answered “{question}” Nothing was stored. Run the command in a "
                    "terminal, or hand it a line for each question that it asks."
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
        except (Unanswered, KeyboardInterrupt):
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
