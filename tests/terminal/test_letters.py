"""A letter is painted past Textual: what stands there must be what Textual would have painted."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.terminal.harness import Terminal

LONG = "the parcel left on Monday and should be with you by Thursday "
# One pane: the emulator would shift what stands beside hostile names.
ROUNDS = {
    "letters": ("It left",),
    "on into a second line": (LONG * 2,),
    "wide signs": ("🫖 naïve 直子 e\u0301 حسن",),
    "in the middle": ("Left", "Left", "Left", "x", "Left", "y"),
    "taken away": ("Backspace", "Backspace", "z"),
    "a new line, and back": ("Enter", "second line", "Home", "Backspace"),
    "a letter at the edge": (LONG, "Home", "a", "b", "End", "c"),
    "brackets and a slot": ("Enter", "(a [b] {{ name }}", ")", "Left", "Left", "("),
    "more lines than fit": ("Enter", "one", "Enter", "two", "Enter", "three", "Enter", "four", "x"),
    "up there": ("Up", "Up", "Up", "Up", "Up", "Up", "q", "Down", "w"),
    "marked and written over": ("Shift+Left", "Shift+Left", "Shift+Left", "o"),
    "marked over lines": ("Shift+Up", "Shift+Up", "k"),
    "back again": ("Ctrl+Z", "Ctrl+Z", "m"),
}


def test_letters_stand_where_a_whole_painting_has_them(tmp_path: Path) -> None:
    columns, rows = 80, 24
    command = [sys.executable, "-m", "tests.terminal.hostile_console", str(tmp_path)]
    with Terminal(command, columns=columns, rows=rows, deadline=40) as terminal:
        terminal.wait_for("main live")
        terminal.send("j", "r")
        terminal.wait_for("reply to")
        for name, keys in ROUNDS.items():
            terminal.send(*keys)
            terminal.settle(0.4)
            painted = looks(terminal)
            terminal.resize(columns + 1, rows)
            terminal.settle(0.3)
            terminal.resize(columns, rows)
            terminal.settle(0.3)
            assert painted == looks(terminal), name


def looks(terminal: Terminal) -> list[str]:
    """The composer's lines, reversed signs and all."""
    found = []
    for row in range(terminal.rows):
        line = terminal.screen.buffer[row]
        found.append(
            "".join(
                f"<{line[at].data}>" if line[at].bg != line[0].bg else line[at].data
                for at in range(terminal.columns)
            )
        )
    band = next((row for row, line in enumerate(found) if "reply to" in line), None)
    assert band is not None, terminal.text()
    return found[band : terminal.rows - 1]
