"""docs/drafts.md shows a file as it is written, and keys as they are."""

from __future__ import annotations

import re
from pathlib import Path

from console.config import Sending
from console.desk import sheets
from console.desk.sheet_reading import read
from console.ui.keys import COMMANDS, Context
from tests.house import sheet

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "drafts.md").read_text(encoding="utf-8")


def test_the_file_on_the_page_is_one():
    assert f"```\n{sheet.example()}```" in PAGE
    shown = read(sheet.example().encode())
    assert sheets.genuine(shown, sheet.SECRET)
    assert shown.text.endswith("\n\nRobin")


def test_the_keys_on_the_page_are_those_of_the_deck():
    of = {key: row.id for row in COMMANDS for key in row.keys if Context.DECK in row.contexts}
    rows = re.findall(r"^\| (`.+?`) \|", PAGE.split("## The deck")[1], re.MULTILINE)
    keys = [key for row in rows for key in re.findall(r"`(.+?)`", row)]
    assert [of[key] for key in keys[:9]] == [
        "approve", "edit-draft", "postpone", "discard", "next-draft", "previous-draft",
        "approve-all", "list-drafts", "undo",
    ]  # fmt: skip


def test_what_the_page_says_of_the_cool_off_holds():
    assert Sending().cool_off.total_seconds() == 600
