"""What the first paint needs loads little that Textual hasn't loaded already."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from textual.app import App
import textual.containers, textual.screen, textual.scroll_view
before = set(sys.modules)
import console.ui.glyphs, console.ui.keymap, console.ui.panes.aside, console.ui.panes.conversation
import console.ui.panes.footer, console.ui.panes.inbox, console.ui.panes.status
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
print("textual.widgets._text_area" in sys.modules)
"""


def test_the_panes_load_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], check=True, capture_output=True, text=True, timeout=60
    )
    loaded, editor = done.stdout.splitlines()
    assert set(loaded.split()) <= {"connectors", "console", "difflib", "unicodedata"}
    assert editor == "False", "the editor is for when somebody writes"
