"""What has just happened, where it is longer than the line of keys: it lies over that line.

Nothing moves when it comes or goes, and it is as low as its words allow.
"""

from __future__ import annotations

from textual.strip import Strip

from console.ui import safe
from console.ui.lines import Lines
from console.ui.themes import Ink

MOST_LINES = 4


class Said(Lines):
    """A few lines over the footer."""

    DEFAULT_CSS = """
    Said {
        layer: said; dock: bottom; height: auto; display: none; background: $panel;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.words = ""
        self.loud = False

    def state(self) -> object:
        """The words."""
        return (self.words, self.loud)

    def say(self, words: str, *, loud: bool = False) -> None:
        """Show these words; empty words take the lines away."""
        if (words, loud) != (self.words, self.loud):
            self.words, self.loud = words, loud
            self.display = bool(words)
            self.refresh(layout=True)

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """As many lines as the words take, the last one cut where there are too many."""
        parts = safe.wrap(safe.line(self.words, 2_000), max(room - 2, 8))
        if len(parts) > MOST_LINES:
            rest = " ".join(parts[MOST_LINES - 1 :])
            parts = [*parts[: MOST_LINES - 1], safe.cut(rest, max(room - 2, 8))]
        style = ink.warn if self.loud else ink.text
        return [safe.strip([(" ", None), (part, style)], room) for part in parts]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As high as the words."""
        return len(self.lines(width)) if self.words else 0
