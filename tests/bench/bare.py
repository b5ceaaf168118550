"""The least that a Textual program can be: one line on the screen, and a key that changes it."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    """Shows a number; any letter shows the next one."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def compose(self) -> ComposeResult:
        yield Static("number 0 is shown")

    def on_key(self, event: events.Key) -> None:
        if event.is_printable:
            self.number += 1
            self.query_one(Static).update(f"number {self.number} is shown")


if __name__ == "__main__":
    Bare().run()
