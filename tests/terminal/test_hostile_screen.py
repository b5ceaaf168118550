"""Hostile words on the real panes in a real terminal: not one byte acts, no pane is pushed."""

from __future__ import annotations

import sys

import pytest

from tests.terminal.harness import Terminal
from tests.ui.made_up import hostile_threads


@pytest.mark.parametrize(("columns", "rows", "edge"), [(160, 45, 38), (100, 24, 38)])
def test_no_byte_of_a_hostile_text_acts(columns: int, rows: int, edge: int) -> None:
    command = [sys.executable, "-m", "tests.ui.gallery", "dark", "hostile"]
    with Terminal(command, columns=columns, rows=rows) as terminal:
        terminal.wait_for("longest first")
        for _ in range(len(hostile_threads()) // 8 + 1):
            # Every text comes by in the list; every one of eight is opened.
            terminal.send("j" * 8)
            terminal.settle(0.05)
            for line in range(1, rows - 1):
                assert terminal.screen.buffer[line][edge].data == "│", terminal.line(line)
        assert terminal.acted() is None
        assert terminal.ended is None
