"""Paints lines that have changed at once, before Textual gets to it.

Textual gathers what is to be painted over a few turns of its loop, and composes whole widgets. Our
panes draw their own lines and know which of them look different, so those lines are written
straight to the terminal, in one synchronised update: after a key before anything else, otherwise in
the next turn of the loop. Whatever isn't such a line (a layout, a pane that lies over another) is
left to Textual, and nothing that it keeps is made untrue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.ui.lines import Inked, LineScreen

WRITTEN = 1_500
"""Lines whose bytes are kept; a list that moves by a row writes most of them again."""

AHEAD_AFTER = 0.015
"""Seconds after a painting at which the bytes of what may come next are made."""

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""A terminal that knows them shows everything between them at once."""


class _Place(NamedTuple):
    """Where a pane's lines stand, and what is behind them."""

    place: Region
    shown: Region
    behind: Style


class QuickScreen(LineScreen):
    """A screen whose line-drawn panes are painted at once."""

    def __init__(self) -> None:
        super().__init__()
        self._due: dict[Inked, set[int]] = {}
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None
        self._places: dict[Widget, _Place] = {}
        self._placed_for: tuple[object, str] = (None, "")
        self._looks: dict[tuple[Style | None, Style], tuple[str, str]] = {}
        self._looks_for: Sequence[LineFilter] | None = None
        self._written: dict[tuple[int, int, int, Style], tuple[Strip, str]] = {}
        """Lines as they were written, by the strip they were written from."""

    def take(self, widget: Inked, lines: Sequence[int]) -> bool:
        """Paint these lines with the next ones, if the pane stands free."""
        if not self._may() or widget not in self._free():
            return False
        due = self._due.get(widget)
        if due is None:
            due = self._due[widget] = set()
        due.update(lines)
        # Textual keeps the lines that it has rendered.
        widget._styles_cache._dirty_lines.update(lines)  # noqa: SLF001
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self.paint_now)
        return True

    def paint_now(self) -> None:
        """Paint the lines that are due. Call it after a key; otherwise it comes by itself."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        due, self._due = self._due, {}
        if not due:
            return
        places = self._free() if self._may() else {}
        filters = self.app.get_line_filters()
        if filters != self._looks_for:
            self._looks, self._written, self._looks_for = {}, {}, filters
        text = ""
        for widget, lines in due.items():
            place = places.get(widget)
            if place is None:
                # Something has come to lie over it.
                widget.refresh()
            else:
                text += "".join(self._lines_of(widget, place, sorted(lines)))
        if text:
            self._put(text)
        self._let_go()
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(AHEAD_AFTER, self._make_ahead)

    def _make_ahead(self) -> None:
        """Draw what may come next, and make its bytes, while nobody waits."""
        self._later = None
        if self.is_attached and self._may():
            for widget, where in self._free().items():
                if isinstance(widget, Inked):
                    for strip in widget.ahead():
                        self._bytes(strip, where)

    def _let_go(self) -> None:
        """Of the lines that were written, keep the newest."""
        if len(self._written) > WRITTEN:
            for key in tuple(islice(self._written, WRITTEN // 3)):
                del self._written[key]

    def _may(self) -> bool:
        """Whether lines can be written past Textual at all."""
        app = self.app
        # A screen is "current" for Textual under another one too, and must not draw over it. What
        # the terminal's own colours come to is Textual's to say.
        return (
            self.is_current
            and app.screen is self
            and not app._batch_count  # noqa: SLF001
            and not app.no_color
            and not app.native_ansi_color
        )

    def _free(self) -> dict[Widget, _Place]:
        """The panes that draw their own lines and that nothing lies over."""
        # Where a layout is due, lines still stand where they stood: it paints anew what it moves.
        seen = self._compositor.visible_widgets
        placed_for = (seen, self.app.theme)
        if self._placed_for[0] is not seen or self._placed_for[1] != placed_for[1]:
            self._placed_for = placed_for
            self._places = dict(self._look_around())
        return self._places

    def _look_around(self) -> Iterator[tuple[Widget, _Place]]:
        above: list[Region] = []
        for widget, (place, clip) in self._compositor.visible_widgets.items():
            shown = clip.intersection(place)
            if isinstance(widget, Inked):
                gutter = widget.styles.gutter
                free = gutter == widget.styles.padding and not gutter.height
                # What lies under something else is cut to its shape; that is Textual's work.
                if free and not any(map(shown.overlaps, above)):
                    under, own = widget.background_colors
                    behind = Style(bgcolor=(under + own).rich_color)
                    inner = place.shrink(gutter)
                    yield widget, _Place(inner, shown.intersection(inner), behind)
                above.append(shown)
            elif not widget.is_container:
                above.append(shown)

    def _put(self, text: str) -> None:
        """Write to the terminal in one piece, the cursor back in its place."""
        app = self.app
        driver = app._driver  # noqa: SLF001
        if driver is None or app.is_headless or app._closed or not app._running:  # noqa: SLF001
            return
        at = self.outer_size.clamp_offset(app.cursor_position)
        app._previous_cursor_position = at  # noqa: SLF001
        text = f"{text}\x1b[{at.y + 1};{at.x + 1}H"
        driver.write(f"{_BEGIN}{text}{_END}" if app._sync_available else text)  # noqa: SLF001

    # --- bytes ------------------------------------------------------------------------------

    def _lines_of(self, widget: Inked, where: _Place, lines: Sequence[int]) -> Iterator[str]:
        place, shown, _ = where
        first, last = shown.y - place.y, shown.bottom - place.y
        wanted = [y for y in lines if first <= y < last]
        for y, strip in zip(wanted, widget.strips(wanted), strict=True):
            yield f"\x1b[{place.y + y + 1};{shown.x + 1}H{self._bytes(strip, where)}"

    def _bytes(self, strip: Strip, where: _Place) -> str:
        place, shown, behind = where
        left, right = shown.x - place.x, shown.right - place.x
        key = (id(strip), left, right, behind)
        kept = self._written.get(key)
        # With the strip itself, so that no other can come to have its number.
        if kept is None:
            part = strip if (left, right) == (0, strip.cell_length) else strip.crop(left, right)
            kept = self._written[key] = (strip, self._sequences(part, behind))
        return kept[1]

    def _sequences(self, strip: Strip, behind: Style) -> str:
        looks = self._looks
        parts = []
        for text, style, _ in strip:
            look = looks.get((style, behind))
            if look is None:
                look = looks[style, behind] = self._look(style, behind)
            parts.append(f"{look[0]}{text}{look[1]}")
        return "".join(parts)

    def _look(self, style: Style | None, behind: Style) -> tuple[str, str]:
        """What is written before and after a text in a style."""
        whole = behind + style if style is not None else behind
        segments = [Segment("x", whole)]
        background = Color.from_rich_color(behind.bgcolor)
        for change in self.app.get_line_filters():
            segments = change.apply(segments, background)
        system = self.app.console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001
        found = segments[0].style
        if found is None:
            return "", ""
        before, _, after = found.render("\0", color_system=system).partition("\0")
        return before, after
