"""The harness tells the truth: it sees what is drawn, and what acts."""

from __future__ import annotations

import sys

import pytest

from tests.terminal.harness import Terminal, TooLate


def python(code: str, **more: object) -> Terminal:
    return Terminal([sys.executable, "-c", code], **more)  # type: ignore[arg-type]


def test_it_reads_the_screen_and_types() -> None:
    with python("print('name?'); print('hello', input())", columns=40, rows=5) as terminal:
        terminal.wait_for("name?")
        terminal.send("Ana", "Enter")
        terminal.wait_for("hello Ana")
        assert terminal.wait() == 0


def test_it_says_what_the_screen_was() -> None:
    with python("print('only this')") as terminal, pytest.raises(TooLate, match="only this"):
        terminal.wait_for("something else", deadline=2)


def test_drawing_is_not_acting_but_a_clipboard_write_is() -> None:
    with python(r"print('\x1b[31mred\x1b[0m\x1b[2J')") as terminal:
        terminal.wait()
        assert terminal.acted() is None
    with python(r"print('\x1b]52;c;QQ==\x07')") as terminal:
        terminal.wait()
        terminal.settle()
        assert terminal.acted() is not None
