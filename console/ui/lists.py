"""A list over ids: a hundred thousand rows cost what the visible ones cost.

The list holds only ids and the rows it has been given. Rows that come into view and aren't there
are asked for with `LineList.Needed` and say so in words until they come. A move of the cursor
repaints two rows. Ids that are added never move the row that is being read. Like the timeline it
keeps its own place instead of Textual's scrolling: a list that moves or grows asks for no layout.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message as Notice
from textual.strip import Strip

from console.ui import safe
from console.ui.glyphs import FULL, PLAIN
from console.ui.lines import Inked, thumb, words
from console.ui.themes import Ink

Row = TypeVar("Row")

KEPT_ROWS = 2_000
"""Rows held at most; those far from the view go first."""

KEPT_LINES = 900
"""Rows whose lines are held; the oldest go first."""


class Look(NamedTuple):
    """How a row stands in the list."""

    cursor: bool
    marked: bool
    focused: bool


class LineList(Inked, Generic[Row], can_focus=True):
    """A list of rows of one height, drawn line by line."""

    DEFAULT_CSS = """
    LineList { width: 1fr; height: 1fr; background: $background; }
    """
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
        self.top = 0
        """The first line in view."""
        self._words = ""
        self.away = False
        """True while what is shown elsewhere isn't the row under the cursor: then no row is."""
        self.stamp: object = None
        """Changes when rows look different though their data didn't: the minute of the clock."""
        self._asked: set[int] = set()
        self._drawn: dict[tuple[int, Look], tuple[Row | None, object, list[Strip]]] = {}
        self._beside: dict[int, tuple[Strip, str, Strip]] = {}
        """Lines with the mark of where we are, by the line without it, which is kept with it."""
        self._shown: list[Strip] = []
        self._shown_for: object = None

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
            self._paint()

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
        offset = self.cursor * self.row_height - self.top
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
        self._go(place * self.row_height - offset if keep else self.top)
        self._show_cursor()
        self._paint()
        self._ask()
        if self.current != before:
            self.post_message(self.Highlighted(self, self.current))

    def append_ids(self, ids: Iterable[int]) -> None:
        """Add ids at the end; nothing that is on the screen moves."""
        before = self.current
        self.ids.extend(ids)
        self._paint()
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
        self._go(self.top)
        self._show_cursor()
        self._paint()
        self._ask()
        if self.current != before:
            self.post_message(self.Highlighted(self, self.current))

    def put_rows(self, rows: Mapping[int, Row]) -> None:
        """Give the list rows it asked for, or newer ones. Repaints those in view."""
        for row_id, row in rows.items():
            if self.rows.get(row_id) != row:
                self.rows[row_id] = row
        self._asked.difference_update(rows)
        self._paint()
        if len(self.rows) > KEPT_ROWS:
            self._let_go(*self._in_view())

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
            self._paint()

    # --- moving ------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Move the cursor; at either end it stays."""
        self.move_to(self.cursor + by)

    def move_to(self, place: int) -> None:
        """Put the cursor on a row by its place."""
        place = max(0, min(place, len(self.ids) - 1))
        if not self.ids or place == self.cursor:
            return
        self.cursor = place
        self._show_cursor()
        self._paint()
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
            self._paint()

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
            self._paint()

    def clear_marks(self) -> None:
        """Let go of every selected row."""
        if self.marked:
            self.marked.clear()
            self._paint()

    def scroll(self, by: int) -> None:
        """Move the view by some lines; the cursor stays on its row."""
        self._go(self.top + by)
        self._paint()

    # --- drawing -----------------------------------------------------------------------------

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Whoever has the whole list painted has it drawn anew."""
        if not regions:
            self._shown = []
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        if self._shown_for != self._wanted() or not self._shown:
            self._shown = self._draw()
        return self._shown[y] if y < len(self._shown) else safe.blank(self.size.width)

    def strips(self, lines: Sequence[int]) -> list[Strip]:
        """Some of its lines; whether they are still right is asked once."""
        shown, room = [*map(self.render_line, lines[:1])], self.size.width
        return shown + [
            self._shown[y] if y < len(self._shown) else safe.blank(room) for y in lines[1:]
        ]

    def ahead(self) -> Iterator[Strip]:
        """The rows around the cursor and at both ends, with the cursor and without it."""
        room, last = max(self.size.width - 1, 1), len(self.ids)
        page = self.size.height // self.row_height + 1
        here = range(max(self.cursor - 1, 0), min(self.cursor + 2, last))
        ends = (*range(min(page, last)), *range(max(last - page, 0), last))
        for place in dict.fromkeys((*here, *ends)):
            for cursor in (False, True) if place in here or place in {0, last - 1} else (False,):
                yield from self._lines_of(self.ids[place], room, cursor=cursor)

    def _wanted(self) -> object:
        """What the lines in view hang on besides what is in the list."""
        return (self.size, self.ink.name)

    def _paint(self) -> None:
        """Have painted what looks different from what is on the screen."""
        if not self.is_attached:
            return
        old = self._shown if self._shown_for == self._wanted() else []
        self._shown = self._draw()
        self.repaint(old, self._shown)

    def _draw(self) -> list[Strip]:
        room, height = self.size
        self._shown_for = self._wanted()
        if not self.ids:
            lines = words(self.words, room, height, self.ink.quiet)[:height]
            return lines + [safe.blank(room)] * (height - len(lines))
        # The last column is left for the mark of where we are.
        inner = max(room - 1, 1)
        place, part = divmod(self.top, self.row_height)
        lines = []
        while len(lines) < height and place < len(self.ids):
            cursor = place == self.cursor and not self.away
            lines += self._lines_of(self.ids[place], inner, cursor=cursor)[part:]
            place, part = place + 1, 0
        del lines[height:]
        lines += [safe.blank(room)] * (height - len(lines))
        for y in thumb(height, len(self.ids) * self.row_height, self.top):
            lines[y] = self._marked(lines[y], inner)
        return lines

    def _marked(self, line: Strip, inner: int) -> Strip:
        """The line with the mark of where we are beside it."""
        ink = self.ink
        kept = self._beside.get(id(line))
        if kept is None or kept[1] != ink.name:
            if len(self._beside) > 100:
                self._beside.clear()
            sign = (PLAIN if safe.ascii_only() else FULL).thumb
            marked = safe.joined(line.crop(0, inner), safe.strip([(sign, ink.line)], 1))
            kept = self._beside[id(line)] = (line, ink.name, marked)
        return kept[2]

    def _lines_of(self, row_id: int, room: int, *, cursor: bool) -> list[Strip]:
        """A row's lines, drawn anew only when something that shows has changed."""
        row = self.rows.get(row_id)
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
        edge = safe.blank(1)
        lines = [safe.joined(line, edge) for line in lines]
        lines += [safe.blank(room + 1)] * (self.row_height - len(lines))
        if len(self._drawn) > KEPT_LINES:
            for old in tuple(islice(self._drawn, KEPT_LINES // 3)):
                del self._drawn[old]
        self._drawn[row_id, look] = (row, state, lines)
        return lines

    # --- events ------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Another width draws every row anew; the cursor stays in view."""
        self._go(self.top)
        self._show_cursor()
        self._paint()
        self._ask()

    def on_focus(self) -> None:
        """The cursor's row shows where the focus is."""
        self._paint()

    def on_blur(self) -> None:
        """The cursor's row shows where the focus is."""
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """A click goes to a row, a second one opens it."""
        place = (event.y + self.top) // self.row_height
        if place < len(self.ids):
            self.move_to(place)
            if event.chain > 1:
                self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines down."""
        event.stop()
        self.scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines up."""
        event.stop()
        self.scroll(-3)

    # --- inside ------------------------------------------------------------------------------

    def _go(self, top: int) -> None:
        """Have another line on top, and ask for what comes into view."""
        top = max(0, min(top, len(self.ids) * self.row_height - self.size.height))
        if top != self.top:
            self.top = top
            self._ask()

    def _in_view(self, margin: int = 0) -> tuple[int, int]:
        first = self.top // self.row_height - margin
        rows = -(-max(self.size.height, 1) // self.row_height) + 1
        return max(first, 0), min(first + rows + 2 * margin, len(self.ids))

    def _show_cursor(self) -> None:
        height = self.size.height
        if not height or not self.ids:
            return
        top = self.cursor * self.row_height
        if top < self.top:
            self._go(top)
        elif top + self.row_height > self.top + height:
            self._go(top + self.row_height - height)

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
