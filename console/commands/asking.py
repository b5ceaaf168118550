"""The person at the terminal, as a sign-in asks them: Ctrl+C and Ctrl+D end it in words."""

from __future__ import annotations

import asyncio
import os
import sys
import termios

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
        the end of what is typed."""
        prompt = wrapped(f"{plain(question)} {_ROOM}").removesuffix(_ROOM)
        terminal = _terminal()
        try:
            answer = _handed(prompt) if terminal is None else await _typed(terminal, prompt, secret)
        except EOFError:
            print()
            raise Unanswered(
                f"Nobody answered “{question}” Nothing was stored. Run the command in a "
                "terminal, or hand it a line for each question that it asks."
            ) from None
        if secret:
            logs.hide(answer.strip())
        return answer.strip()

    async def agrees(self, question: str) -> bool:
        """Whether they say yes; whoever doesn't answer, or isn't at a terminal, says no."""
        if not sys.stdin.isatty():
            return False
        try:
            return (await self.ask(f"{question} (y or n)")).lower() in ("y", "yes")
        except Unanswered:
            return False


def _terminal() -> int | None:
    """The handle of the terminal at which somebody sits, if they do."""
    if not sys.stdin.isatty():
        return None
    try:
        return sys.stdin.fileno()
    except OSError:
        return None


def _handed(prompt: str) -> str:
    """One line of what a script hands over. Raises `EOFError`."""
    return input(prompt)


async def _typed(terminal: int, prompt: str, secret: bool) -> str:
    """One line. The loop goes on meanwhile, so that Ctrl+C ends it at once: a thread that waits for
    a line can't be stopped and would take the next one from the shell. Raises `EOFError`."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    before = termios.tcgetattr(terminal)
    quiet = [*before]
    if secret:
        quiet[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
        print(prompt, end="", flush=True)
        loop.add_reader(terminal, ready.set)
        await ready.wait()
        # A terminal hands over one line at a time.
        typed = os.read(terminal, 65_536)
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    if secret:
        print()
    if not typed:
        raise EOFError
    return typed.decode(errors="replace").rstrip("\r\n")
