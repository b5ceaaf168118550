"""Widgets that draw their own lines: no child widgets, no markup, no layout at a key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.ui import safe
from console.ui.themes import Ink, Inks, inks


class Inked(Widget):
    """A widget that draws with the ink of the theme in use."""

    _inks: Inks | None = None
    _inked: str = ""

    @property
    def inks(self) -> Inks:
        """The inks of the theme in use."""
        name = self.app.theme
        if self._inks is None or name != self._inked:
            self._inks, self._inked = inks(self.app.current_theme), name
        return self._inks

    @property
    def ink(self) -> Ink:
        """The ink of an ordinary line."""
        return self.inks.page

    def strips(self, lines: Sequence[int]) -> list[Strip]:
        """Some of its lines, as `render_line` gives them."""
        return [self.render_line(y) for y in lines]

    def repaint(self, old: Sequence[Strip], new: Sequence[Strip]) -> None:
        """Have only those lines painted that look different: most of a key's cost is painting."""
        width = self.size.width
        start = None
        for y in range(max(len(old), len(new)) + 1):
            same = y < len(old) and y < len(new) and (old[y] is new[y] or old[y] == new[y])
            last = y == max(len(old), len(new))
            if not same and not last and start is None:
                start = y
            elif (same or last) and start is not None:
                self.refresh(Region(0, start, width, y - start))
                start = None


class Lines(Inked):
    """A few lines that change as one. Subclasses say what they are with `draw`."""

    DEFAULT_CSS = """
    Lines { height: 1; width: 1fr; }
    """

    _drawn: tuple[tuple[int, str, object], list[Strip]] | None = None

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """The lines, each of exactly `room` cells."""
        raise NotImplementedError

    def state(self) -> object:
        """Everything the drawing hangs on, besides width and theme. None: draw every time."""
        return None

    def lines(self, room: int) -> list[Strip]:
        """The lines for a width, drawn anew only when something changed."""
        ink = self.ink
        key = (room, ink.name, self.state())
        if self._drawn is None or self._drawn[0] != key or key[2] is None:
            self._drawn = (key, self.draw(room, ink))
        return self._drawn[1]

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        room = self.size.width
        lines = self.lines(room)
        return lines[y] if y < len(lines) else safe.blank(room)

    def redraw(self) -> None:
        """Draw anew at the next paint."""
        self._drawn = None
        self.refresh()


def words(text: str, room: int, height: int, style: Style | None) -> list[Strip]:
    """A few sentences in an empty pane, a third of the way down."""
    lines = [f"  {part}" for part in safe.wrap(text, max(room - 4, 8))]
    above = max((height - len(lines)) // 3, 0)
    blank = safe.strip((), room)
    return [blank] * above + [safe.strip([(part, style)], room) for part in lines]
