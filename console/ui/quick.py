"""Paints what a key changed at once, line by line, before Textual gets to it.

Textual gathers what is to be painted over a few turns of its loop, and composes whole widgets. Our
panes draw their own lines and know which of them look different, so after a key those lines are
written straight to the terminal, in one synchronised update. Textual's own painting stays the rule:
whatever isn't such a line (a layout, a pane that lies over another) is left to it, and nothing
that it keeps is made untrue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from console.ui.lines import Inked

WRITTEN = 400
"""Lines whose bytes are kept; a list that moves by a row writes most of them again."""


class _Written(CompositorUpdate):
    """An update that is bytes already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """The bytes."""
        return self._text


class QuickScreen(Screen[None]):
    """A screen whose line-drawn panes can be painted at once."""

    _looks: dict[tuple[Style | None, Style], tuple[str, str]]
    _written: dict[tuple[int, int, int, Style], tuple[Strip, str]]
    """Lines as they were written, by the strip they were written from."""
    _looks_for: object = None

    def paint_now(self) -> None:
        """Paint the lines that have changed in panes that draw their own. Call it after a key."""
        app = self.app
        if not self.is_current or app._batch_count:  # noqa: SLF001
            return
        if app.no_color or app.native_ansi_color:
            # What the terminal's own colours come to is Textual's to say.
            return
        # Where a layout is due, lines still stand where they stood: it paints anew what it moves.
        seen = self._compositor.visible_widgets
        text = ""
        above: list[Region] = []
        for widget, (place, clip) in seen.items():
            if isinstance(widget, Inked):
                shown = clip.intersection(place.shrink((0, widget.scrollbar_size_vertical, 0, 0)))
                if widget._scroll_required:  # noqa: SLF001
                    # Nothing inside it moves: its lines do, and they are painted here.
                    widget._scroll_required = False  # noqa: SLF001
                    widget.refresh()
                free = not widget.styles.gutter.width and not widget.styles.gutter.height
                # What lies under something else is cut to its shape; that is Textual's work.
                if widget._repaint_required and free and not any(map(shown.overlaps, above)):  # noqa: SLF001
                    text += "".join(self._lines_of(widget, place, shown))
                above.append(shown)
            elif not widget.is_container:
                above.append(clip.intersection(place))
        if text:
            app._display(self, cast("str", _Written(text)))  # noqa: SLF001

    def _lines_of(self, widget: Inked, place: Region, shown: Region) -> Iterator[str]:
        widget._repaint_required = False  # noqa: SLF001
        lines: set[int] = set()
        for dirty in widget._exchange_repaint_regions():  # noqa: SLF001
            lines.update(shown.intersection(dirty.translate(place.offset)).line_range)
        wanted = sorted(lines)
        under, own = widget.background_colors
        behind = Style(bgcolor=(under + own).rich_color)
        filters = self.app.get_line_filters()
        if self._looks_for != filters or len(self._written) > WRITTEN:
            self._looks, self._written, self._looks_for = {}, {}, filters
        left, right = shown.x - place.x, shown.right - place.x
        for y, strip in zip(wanted, widget.strips([y - place.y for y in wanted]), strict=True):
            key = (id(strip), left, right, behind)
            kept = self._written.get(key)
            # With the strip itself, so that no other can come to have its number.
            if kept is None:
                part = strip if (left, right) == (0, strip.cell_length) else strip.crop(left, right)
                kept = self._written[key] = (strip, self._sequences(part, behind, filters))
            yield f"\x1b[{y + 1};{shown.x + 1}H{kept[1]}"

    def _sequences(self, strip: Strip, behind: Style, filters: Sequence[LineFilter]) -> str:
        looks = self._looks
        parts = []
        for text, style, _ in strip:
            look = looks.get((style, behind))
            if look is None:
                look = looks[style, behind] = self._look(style, behind, filters)
            parts.append(f"{look[0]}{text}{look[1]}")
        return "".join(parts)

    def _look(
        self, style: Style | None, behind: Style, filters: Sequence[LineFilter]
    ) -> tuple[str, str]:
        """What is written before and after a text in a style."""
        whole = behind + style if style is not None else behind
        segments = [Segment("x", whole)]
        background = Color.from_rich_color(behind.bgcolor)
        for change in filters:
            segments = change.apply(segments, background)
        system = self.app.console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001
        found = segments[0].style
        if found is None:
            return "", ""
        before, _, after = found.render("\0", color_system=system).partition("\0")
        return before, after
