"""Widgets that draw their own lines: no child widgets, no markup, no layout at a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.style import Style
from textual.geometry import Region
from textual.screen import Screen
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

    def ahead(self) -> Iterable[Strip]:
        """Whole lines that a key is likely to bring up next."""
        return ()

    def repaint(self, old: Sequence[Strip], new: Sequence[Strip]) -> None:
        """Have only those lines painted that look different: most of a key's cost is painting."""
        both = min(len(old), len(new))
        lines = [y for y in range(both) if old[y] is not new[y] and old[y] != new[y]]
        lines += range(both, max(len(old), len(new)))
        if lines:
            self.paint(lines)

    def paint(self, lines: Sequence[int]) -> None:
        """Have these lines painted anew."""
        if not self.is_attached:
            return
        screen = self.screen
        if not (isinstance(screen, LineScreen) and screen.take(self, lines)):
            width = self.size.width
            self.refresh(*(Region(0, y, width, 1) for y in lines))


class LineScreen(Screen[None]):
    """A screen that paints lines of its panes by itself, where it can."""

    def take(self, widget: Inked, lines: Sequence[int]) -> bool:
        """Take on the painting of these lines; False where that is for Textual to do."""
        raise NotImplementedError

    def paint_now(self) -> None:
        """Paint the lines that were taken on. Otherwise that happens a moment later."""


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
        self.paint(range(self.size.height))


def words(text: str, room: int, height: int, style: Style | None) -> list[Strip]:
    """A few sentences in an empty pane, a third of the way down."""
    lines = [f"  {part}" for part in safe.wrap(text, max(room - 4, 8))]
    above = max((height - len(lines)) // 3, 0)
    blank = safe.strip((), room)
    return [blank] * above + [safe.strip([(part, style)], room) for part in lines]


def thumb(height: int, total: int, top: int) -> range:
    """The lines beside which the mark of where we are stands; none where everything is in view."""
    if total <= height or not height:
        return range(0)
    size = max(height * height // total, 1)
    start = round((height - size) * top / (total - height))
    return range(start, start + size)
