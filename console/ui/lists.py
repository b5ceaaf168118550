"""A list over ids: a hundred thousand rows cost what the visible ones cost.

The list holds only ids and the rows it has been given. Rows that come into view and aren't there
are asked for with `LineList.Needed` and say so in words until they come. A move of the cursor
repaints two rows. Ids that are added never move the row that is being read.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message as Notice
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.ui import safe
from console.ui.lines import Inked, words
from console.ui.themes import Ink

Row = TypeVar("Row")

KEPT_ROWS = 2_000
"""Rows held at most; those far from the view go first."""


class Look(NamedTuple):
    """How a row stands in the list."""

    cursor: bool
    marked: bool
    focused: bool


class LineList(ScrollView, Inked, Generic[Row], can_focus=True):
    """A list of rows of one height, drawn line by line."""

    DEFAULT_CSS = """
    LineList {
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        overflow-y: auto;
        background: $background;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $panel;
        scrollbar-color-hover: $accent;
        scrollbar-color-active: $accent;
    }
    """
    # The commands of the table move the cursor; stock scrolling keys would move the view away.
    BINDINGS: ClassVar[list[BindingType]] = []

    class Highlighted(Notice):
        """The cursor stands on another row, or on none."""

        def __init__(self, sender: LineList[Any], row_id: int | None) -> None:
            super().__init__()
            self.list = sender
            self.id = row_id

        @property
        def control(self) -> LineList[Any]:
            """The list it came from."""
            return self.list

    class Chosen(Notice):
        """A person opened the row."""

        def __init__(self, sender: LineList[Any], row_id: int) -> None:
            super().__init__()
            self.list = sender
            self.id = row_id

        @property
        def control(self) -> LineList[Any]:
            """The list it came from."""
            return self.list

    class Needed(Notice):
        """Rows are in view, or near it, that the list doesn't have."""

        def __init__(self, sender: LineList[Any], ids: list[int]) -> None:
            super().__init__()
            self.list = sender
            self.ids = ids

        @property
        def control(self) -> LineList[Any]:
            """The list it came from."""
            return self.list

    def __init__(self, *, row_height: int = 1, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.row_height = row_height
        self.ids: array[int] = array("q")
        self.rows: dict[int, Row] = {}
        self.marked: set[int] = set()
        self.cursor = 0
        self._words = ""
        self.away = False
        """True while what is shown elsewhere isn't the row under the cursor: then no row is."""
        self.stamp: object = None
        """Changes when rows look different though their data didn't: the minute of the clock."""
        self._asked: set[int] = set()
        self._drawn: dict[tuple[int, Look], tuple[Row | None, object, list[Strip]]] = {}

    # --- what subclasses say -----------------------------------------------------------------

    def draw_row(self, row: Row, room: int, look: Look, ink: Ink) -> list[Strip]:
        """A row's lines, each of exactly `room` cells."""
        raise NotImplementedError

    # --- what is in it -----------------------------------------------------------------------

    @property
    def words(self) -> str:
        """What an empty list says."""
        return self._words

    @words.setter
    def words(self, words: str) -> None:
        if words != self._words:
            self._words = words
            if not self.ids:
                self.refresh()

    @property
    def current(self) -> int | None:
        """The id under the cursor."""
        return self.ids[self.cursor] if 0 <= self.cursor < len(self.ids) else None

    def targets(self) -> tuple[int, ...]:
        """What a verb is for: the selected rows in their order, or the one under the cursor."""
        if self.marked:
            return tuple(row_id for row_id in self.ids if row_id in self.marked)
        current = self.current
        return () if current is None else (current,)

    def set_ids(self, ids: Iterable[int], *, keep: bool = True) -> None:
        """Show these ids. `keep`: the row under the cursor stays under it and where it is on the
        screen; if it is gone, the one that took its place is next."""
        before = self.current
        offset = self.cursor * self.row_height - self.scroll_offset.y
        self.ids = ids if isinstance(ids, array) else array("q", ids)
        if self.marked:
            self.marked.intersection_update(self.ids)
        place = 0
        if keep and before is not None:
            try:
                place = self.ids.index(before)
            except ValueError:
                place = min(self.cursor, max(len(self.ids) - 1, 0))
        self.cursor = place
        self._asked.clear()
        self._resize_virtual()
        if keep and self.is_attached:
            self.scroll_to(y=max(place * self.row_height - offset, 0), animate=False, force=True)
        self._show_cursor()
        self.refresh()
        self._ask()
        if self.current != before:
            self.post_message(self.Highlighted(self, self.current))

    def append_ids(self, ids: Iterable[int]) -> None:
        """Add ids at the end; nothing that is on the screen moves."""
        before = self.current
        self.ids.extend(ids)
        self._resize_virtual()
        self.refresh()
        self._ask()
        if before is None and self.current is not None:
            self.post_message(self.Highlighted(self, self.current))

    def remove_ids(self, ids: Iterable[int]) -> None:
        """Take rows out. The row after a removed one comes under the cursor."""
        gone = set(ids)
        place = self.cursor - sum(1 for row_id in self.ids[: self.cursor] if row_id in gone)
        before = self.current
        self.ids = array("q", (row_id for row_id in self.ids if row_id not in gone))
        self.marked -= gone
        self.cursor = min(place, max(len(self.ids) - 1, 0))
        self._resize_virtual()
        self._show_cursor()
        self.refresh()
        self._ask()
        if self.current != before:
            self.post_message(self.Highlighted(self, self.current))

    def put_rows(self, rows: Mapping[int, Row]) -> None:
        """Give the list rows it asked for, or newer ones. Repaints those in view."""
        changed = {row_id for row_id, row in rows.items() if self.rows.get(row_id) != row}
        self.rows.update(rows)
        self._asked.difference_update(rows)
        first, last = self._in_view()
        for place in range(first, last):
            if self.ids[place] in changed:
                self._refresh_row(place)
        if len(self.rows) > KEPT_ROWS:
            self._let_go(first, last)

    def forget_rows(self, ids: Iterable[int] | None = None) -> None:
        """Ask for these rows anew (None: all). What is on screen stays until they come."""
        if ids is None:
            self._asked.clear()
            self._ask(again=True)
            return
        wanted = set(ids)
        first, last = self._in_view()
        seen = [row_id for row_id in self.ids[first:last] if row_id in wanted]
        for row_id in wanted.difference(seen):
            self.rows.pop(row_id, None)
        if seen:
            self.post_message(self.Needed(self, seen))

    def tick(self, stamp: object) -> None:
        """The time shown in the rows has changed."""
        if stamp != self.stamp:
            self.stamp = stamp
            self.refresh()

    # --- moving ------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Move the cursor; at either end it stays."""
        self.move_to(self.cursor + by)

    def move_to(self, place: int) -> None:
        """Put the cursor on a row by its place."""
        place = max(0, min(place, len(self.ids) - 1))
        if not self.ids or place == self.cursor:
            return
        before, self.cursor = self.cursor, place
        self._refresh_row(before)
        self._refresh_row(place)
        self._show_cursor()
        self.post_message(self.Highlighted(self, self.ids[place]))

    def move_to_id(self, row_id: int) -> bool:
        """Put the cursor on a row by its id; False when it isn't in the list."""
        try:
            self.move_to(self.ids.index(row_id))
        except ValueError:
            return False
        return True

    def go_away(self, away: bool) -> None:
        """The person is with something that isn't in this list, or is back."""
        if away != self.away:
            self.away = away
            self._refresh_row(self.cursor)

    def page(self, by: int) -> None:
        """Move by whole pages."""
        self.move(by * max(self.size.height // self.row_height - 1, 1))

    def first(self) -> None:
        """Go to the first row."""
        self.move_to(0)

    def last(self) -> None:
        """Go to the last row."""
        self.move_to(len(self.ids) - 1)

    def choose(self) -> None:
        """Open the row under the cursor."""
        current = self.current
        if current is not None:
            self.post_message(self.Chosen(self, current))

    def toggle_mark(self) -> None:
        """Select the row under the cursor, or let it go."""
        current = self.current
        if current is not None:
            self.marked.symmetric_difference_update({current})
            self._refresh_row(self.cursor)

    def clear_marks(self) -> None:
        """Let go of every selected row."""
        if self.marked:
            self.marked.clear()
            self.refresh()

    # Textual's own names for arrows and pages, so that the mouse wheel's neighbours move rows too.
    def action_scroll_up(self) -> None:
        """A row up."""
        self.move(-1)

    def action_scroll_down(self) -> None:
        """A row down."""
        self.move(1)

    def action_page_up(self) -> None:
        """A page up."""
        self.page(-1)

    def action_page_down(self) -> None:
        """A page down."""
        self.page(1)

    def action_scroll_home(self) -> None:
        """To the first row."""
        self.first()

    def action_scroll_end(self) -> None:
        """To the last row."""
        self.last()

    # --- drawing -----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        room = self.size.width
        if not self.ids:
            lines = words(self.words, room, self.size.height, self.ink.quiet)
            return lines[y] if y < len(lines) else safe.blank(room)
        place, part = divmod(y + self.scroll_offset.y, self.row_height)
        if place >= len(self.ids):
            return safe.blank(room)
        lines = self.lines_of(place, room)
        return lines[part] if part < len(lines) else safe.blank(room)

    def strips(self, lines: Sequence[int]) -> list[Strip]:
        """Some of its lines; a row is looked at once for all of its own."""
        if not self.ids:
            return super().strips(lines)
        room, top, last = self.size.width, self.scroll_offset.y, len(self.ids) - 1
        rows: dict[int, list[Strip]] = {}
        found = []
        for y in lines:
            place, part = divmod(y + top, self.row_height)
            if place not in rows:
                rows[place] = self.lines_of(place, room) if place <= last else []
            row = rows[place]
            found.append(row[part] if part < len(row) else safe.blank(room))
        return found

    def lines_of(self, place: int, room: int) -> list[Strip]:
        """A row's lines, drawn anew only when something that shows has changed."""
        row_id = self.ids[place]
        row = self.rows.get(row_id)
        cursor = place == self.cursor and not self.away
        look = Look(cursor, row_id in self.marked, cursor and self.has_focus)
        ink = self.ink if not cursor else self.inks.cursor if look.focused else self.inks.rest
        state = (room, ink.name, self.stamp, self.row_height)
        drawn = self._drawn.get((row_id, look))
        if drawn is not None and drawn[0] is row and drawn[1] == state:
            return drawn[2]
        if row is None:
            sign = "> " if cursor else "  "
            lines = [safe.strip([(sign + safe.unfinished("reading"), ink.quiet)], room, ink.blank)]
        else:
            lines = self.draw_row(row, room, look, ink)
        if len(self._drawn) > 600:
            self._drawn.clear()
        self._drawn[row_id, look] = (row, state, lines)
        return lines

    # --- events ------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Take the size of what was given before."""
        self._resize_virtual()

    def on_resize(self, event: events.Resize) -> None:
        """Another width draws every row anew; the cursor stays in view."""
        self._resize_virtual()
        self._show_cursor()
        self._ask()

    def on_focus(self) -> None:
        """The cursor's row shows where the focus is."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor's row shows where the focus is."""
        self._refresh_row(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """A click goes to a row, a second one opens it."""
        place = (event.y + self.scroll_offset.y) // self.row_height
        if place < len(self.ids):
            self.move_to(place)
            if event.chain > 1:
                self.choose()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for what came into view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._ask()

    # --- inside ------------------------------------------------------------------------------

    def _resize_virtual(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.ids) * self.row_height)

    def _in_view(self, margin: int = 0) -> tuple[int, int]:
        first = self.scroll_offset.y // self.row_height - margin
        rows = -(-max(self.size.height, 1) // self.row_height) + 1
        return max(first, 0), min(first + rows + 2 * margin, len(self.ids))

    def _refresh_row(self, place: int) -> None:
        self.refresh_lines(place * self.row_height, self.row_height)

    def _show_cursor(self) -> None:
        height = self.size.height
        if not height or not self.ids:
            return
        top = self.cursor * self.row_height
        view = self.scroll_offset.y
        if top < view:
            self.scroll_to(y=top, animate=False, force=True)
        elif top + self.row_height > view + height:
            self.scroll_to(y=top + self.row_height - height, animate=False, force=True)

    def _ask(self, *, again: bool = False) -> None:
        if not self.ids or not self.is_attached:
            return
        # Looked for a page around and asked for three pages at once: holding j down never meets a
        # row that isn't there, and doesn't ask for every single one.
        page = max(self.size.height // self.row_height, 8)
        first, last = self._in_view(page)
        # Both ends as well: going there must not wait for rows.
        near = (*self.ids[first:last], *self.ids[:page], *self.ids[-page:])
        if not again and all(i in self.rows or i in self._asked for i in near):
            return
        first, last = self._in_view(3 * page)
        missing = [
            row_id
            for row_id in dict.fromkeys((*self.ids[first:last], *near))
            if (again or row_id not in self.rows) and row_id not in self._asked
        ]
        if missing:
            self._asked.update(missing)
            self.post_message(self.Needed(self, missing))

    def _let_go(self, first: int, last: int) -> None:
        margin = KEPT_ROWS // 4
        near = set(self.ids[max(first - margin, 0) : last + margin])
        near.update(self.ids[:margin], self.ids[-margin:])
        self.rows = {row_id: row for row_id, row in self.rows.items() if row_id in near}
