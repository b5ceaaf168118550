"""The conversation: a thread's timeline, laid out from its end, drawn line by line.

It keeps its own place instead of Textual's scrolling: another thread then costs one repaint of
this pane and no layout of the screen. Only the newest blocks are laid out until somebody scrolls
up. What is being read stays where it is when something arrives; a word below says what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message as Notice
from textual.strip import Strip

from console.desk.model import Delivery, DeliveryState, Message, ThreadView
from console.ui import safe
from console.ui.glyphs import FULL, Glyphs
from console.ui.lines import Inked, thumb, words
from console.ui.panes.heading import Newcomers, ThreadHeading, below
from console.ui.panes.timeline import Block, Line, Setting, blocks, lay

FIRST_BLOCKS = 50
"""How many blocks are laid out when a thread is opened; the others when one scrolls up."""
MOST_AHEAD = 8
"""Threads that are kept laid out."""
_RESTLESS = frozenset({DeliveryState.HELD, DeliveryState.DUE, DeliveryState.SENDING})


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _Ahead(NamedTuple):
    """A thread that has been laid out before it is shown."""

    view: ThreadView
    laid_for: tuple[int, str, bool]
    blocks: list[Block]
    laid: dict[tuple[str, int], tuple[Block, list[Line]]]
    made: dict[int, Strip]


class Timeline(Inked, can_focus=True):
    """The messages of one thread."""

    DEFAULT_CSS = """
    Timeline { height: 1fr; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    class Moved(Notice):
        """Another part is in view, or something new is below it."""

        def __init__(self, below: int) -> None:
            super().__init__()
            self.below = below
            """How many new messages are below what is in view."""

    class EarlierWanted(Notice):
        """A person scrolled to the top and older messages were left out."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        signs: Glyphs = FULL,
        clock: Callable[[], datetime] = _utc_now,
        zone: tzinfo | None = None,
        recall: str = "z",
    ) -> None:
        super().__init__(id=id)
        self.signs = signs
        self.clock = clock
        self.zone = zone
        self.recall = recall
        self.reply, self.outbox, self.unfold = "r", "g o", "v"
        """The keys that are named beside a message that was refused, is doubtful, or is longer."""
        self.unfolded = False
        """What stands below the words of a message is shown too."""
        self.view: ThreadView | None = None
        self.words = ""
        """What an empty pane says."""
        self.top = 0
        """The first line in view."""
        self.below = 0
        self._blocks: list[Block] = []
        self._from = 0
        self._lines: list[Line] = []
        self._starts: list[int] = []
        self._laid: dict[tuple[str, int], tuple[Block, list[Line]]] = {}
        self._laid_for: tuple[int, str, bool] = (0, "", False)
        self._ahead: dict[int, _Ahead] = {}
        self._made: dict[int, Strip] = {}
        """Lines that were drawn ahead, by the identity of their spans, which `_laid` keeps."""
        self._strips: dict[int, Strip] = {}
        self._shown: list[Strip] = []
        self._shown_for = ""
        self._unplaced = False
        self._height = 0
        """How high it was when it was last laid out."""

    # --- what is in it -----------------------------------------------------------------------

    def show(self, view: ThreadView | None) -> None:
        """Show a thread. The same thread again keeps its place, another is shown at its end."""
        before, self.view = self.view, view
        if view is None:
            self._blocks, self._lines, self._starts = [], [], []
            self._strips, self._laid, self._made, self.top, self.below = {}, {}, {}, 0, 0
            self._paint()
            return
        again = before is not None and before.row.id == view.row.id
        was_at_end = self.at_end
        anchor = self._anchor() if again and not was_at_end else None
        if not again:
            self.below = 0
            self.unfolded = False
        self._take(view, again=again)
        self._lay(anchor[0] if anchor else None)
        if anchor is not None and self._restore(anchor):
            if before is not None:
                known = {message.id for message in before.messages}
                self.below += sum(1 for m in view.messages if m.id not in known and not m.ours)
        else:
            self._to_end()
            # A pane that isn't on the screen has no height yet.
            self._unplaced = not self.size.height
            if not again:
                self._back_to_unread(view)
        self.post_message(self.Moved(self.below))
        self._paint()

    def _take(self, view: ThreadView, *, again: bool) -> None:
        """The blocks of a view, and the lines of those that were laid out ahead."""
        ahead = self._ahead.pop(view.row.id, None)
        if ahead is not None and ahead.view is view and ahead.laid_for == self._wanted():
            self._blocks, self._laid, self._made = ahead.blocks, ahead.laid, ahead.made
            self._laid_for = ahead.laid_for
            return
        if not again:
            self._laid = {}
        self._made = {}
        self._blocks = blocks(view, self.clock(), self.zone)

    def lay_ahead(self, view: ThreadView) -> None:
        """Lay out a thread that is likely to be shown next, so that a key needn't wait for it."""
        height = self.size.height
        if not height:
            return
        setting = self._setting(view)
        found = blocks(view, self.clock(), self.zone)
        laid: dict[tuple[str, int], tuple[Block, list[Line]]] = {}
        made: dict[int, Strip] = {}
        lines = 0
        for block in reversed(found):
            if lines > 2 * height:
                break
            own = lay(block, setting)
            laid[block.key] = (block, own)
            for line in own if lines < height else ():
                made[id(line)] = safe.strip(line, self.size.width)
            lines += len(own)
        self._ahead[view.row.id] = _Ahead(view, self._wanted(), found, laid, made)
        while len(self._ahead) > MOST_AHEAD:
            self._ahead.pop(next(iter(self._ahead)))

    def _wanted(self) -> tuple[int, str, bool]:
        """What a layout hangs on: it is of no use at another width or in other colours."""
        return (max(self.size.width - 1, 12), self.ink.name, self.unfolded)

    def _back_to_unread(self, view: ThreadView) -> None:
        """A thread opens where its unread words begin, if they are longer than the pane."""
        left = view.row.unread
        if not left or not self.size.height:
            return
        place = len(self._starts)
        for place in range(len(self._starts) - 1, -1, -1):
            source = self._blocks[self._from + place].source
            if isinstance(source, Message) and not source.ours:
                left -= 1
                if not left:
                    break
        if place < len(self._starts):
            self.top = min(self.top, self._starts[place])
        bottom = self.top + self.size.height
        self.below = sum(
            1
            for start, block in zip(self._starts, self._blocks[self._from :], strict=False)
            if start >= bottom and isinstance(block.source, Message) and not block.source.ours
        )

    def tick(self) -> None:
        """The countdowns go on: repaint the lines that say another number, and no others."""
        if self.view is None:
            return
        for place in range(len(self._blocks) - 1, self._from - 1, -1):
            block = self._blocks[place]
            if block.delivery is None or block.delivery.state not in _RESTLESS:
                continue
            start = self._starts[place - self._from]
            old = self._laid[block.key][1]
            new = lay(block, self._setting())
            if new == old:
                continue
            if len(new) != len(old):
                self._laid.pop(block.key, None)
                self._relay()
                return
            self._laid[block.key] = (block, new)
            self._lines[start : start + len(new)] = new
            for offset, (line, was) in enumerate(zip(new, old, strict=True)):
                if line != was:
                    self._strips.pop(start + offset, None)
        self._paint()

    @property
    def restless(self) -> bool:
        """True while something in it counts down or is on its way."""
        view = self.view
        return view is not None and any(d.state in _RESTLESS for d in view.deliveries)

    @property
    def held(self) -> Delivery | None:
        """The newest delivery that can still be taken back."""
        deliveries = self.view.deliveries if self.view is not None else ()
        able = {DeliveryState.HELD, DeliveryState.DUE}
        return next((d for d in reversed(deliveries) if d.state in able), None)

    @property
    def reading(self) -> Message | None:
        """The newest message in view: what a link or a reply is about."""
        bottom = self.top + max(self.size.height, 1)
        found: Message | None = None
        for start, block in zip(self._starts, self._blocks[self._from :], strict=False):
            if start >= bottom and found is not None:
                break
            if isinstance(block.source, Message):
                found = block.source
        return found

    # --- moving ------------------------------------------------------------------------------

    @property
    def at_end(self) -> bool:
        """True when the newest words are in view."""
        return self.top >= len(self._lines) - self.size.height

    def scroll(self, by: int) -> None:
        """Go down by some lines (up when negative)."""
        self._go(self.top + by)

    def page(self, by: int) -> None:
        """Go by whole pages, two lines of which stay in view."""
        self.scroll(by * max(self.size.height - 2, 1))

    def to_start(self) -> None:
        """Go to the beginning."""
        self._lay_more(len(self._blocks))
        self._go(0)

    def to_end(self) -> None:
        """Go to the newest words."""
        self._go(len(self._lines))

    def _go(self, top: int) -> None:
        while top < self.size.height and self._from > 0:
            top += self._lay_more(FIRST_BLOCKS)
        if top < 0 and self.view is not None and self.view.earlier:
            self.post_message(self.EarlierWanted())
        top = max(0, min(top, len(self._lines) - self.size.height))
        if top == self.top:
            return
        self.top = top
        if self.at_end:
            self.below = 0
        self.post_message(self.Moved(self.below))
        self._paint()

    def _to_end(self) -> None:
        self.top = max(0, len(self._lines) - self.size.height)
        self.below = 0

    # --- laying out --------------------------------------------------------------------------

    def _setting(self, view: ThreadView | None = None) -> Setting:
        view = view or self.view
        deliveries = view.deliveries if view is not None else ()
        return Setting(
            # The last column is left free: some emoji are wider than anyone says.
            room=max(self.size.width - 1, 12),
            now=self.clock(),
            zone=self.zone,
            ink=self.ink,
            signs=self.signs,
            siblings={delivery.id: delivery for delivery in deliveries},
            recall=self.recall,
            reply=self.reply,
            outbox=self.outbox,
            headed=view.headed if view is not None else frozenset(),
            unfold=self.unfold,
            unfolded=self.unfolded,
        )

    def turn_over(self) -> bool:
        """Show what is folded away, or fold it again; False where there is nothing of it."""
        if self.view is None or not any(message.folded for message in self.view.messages):
            return False
        self.unfolded = not self.unfolded
        self._relay()
        return True

    def _lines_of(self, block: Block, setting: Setting) -> list[Line]:
        laid = self._laid.get(block.key)
        restless = block.delivery is not None and block.delivery.state in _RESTLESS
        if laid is not None and laid[0] == block and not restless:
            return laid[1]
        lines = lay(block, setting)
        self._laid[block.key] = (block, lines)
        return lines

    def _lay(self, until: tuple[str, int] | None = None) -> None:
        """Lay out from the end: a fixed number of blocks, a full pane, and down to `until`."""
        setting = self._setting()
        wanted = self._wanted()
        if wanted != self._laid_for:
            self._laid, self._made = {}, {}
            self._laid_for = wanted
        chunks: list[list[Line]] = []
        height = 0
        place = len(self._blocks)
        found = until is None or all(block.key != until for block in self._blocks)
        while place > 0 and (
            not found or len(chunks) < FIRST_BLOCKS or height < 2 * self.size.height
        ):
            # Enough for now, however few the blocks are: one may be very long.
            if found and height > 4 * max(self.size.height, 24):
                break
            place -= 1
            block = self._blocks[place]
            found = found or block.key == until
            lines = self._lines_of(block, setting)
            chunks.append(lines)
            height += len(lines)
        chunks.reverse()
        self._from = place
        self._flatten(chunks)

    def _flatten(self, chunks: list[list[Line]]) -> None:
        self._lines, self._starts, self._strips = [], [], {}
        for chunk in chunks:
            self._starts.append(len(self._lines))
            self._lines.extend(chunk)

    def _lay_more(self, number: int) -> int:
        """Lay out some blocks above; how many lines that put on top."""
        start = max(self._from - number, 0)
        if start == self._from:
            return 0
        setting = self._setting()
        chunks = [self._lines_of(block, setting) for block in self._blocks[start:]]
        before = len(self._lines)
        self._from = start
        self._flatten(chunks)
        added = len(self._lines) - before
        self.top += added
        return added

    def _anchor(self) -> tuple[tuple[str, int], int] | None:
        """The block at the top of the view and how far into it the view begins."""
        for place in range(len(self._starts) - 1, -1, -1):
            if self._starts[place] <= self.top:
                return self._blocks[self._from + place].key, self.top - self._starts[place]
        return None

    def _restore(self, anchor: tuple[tuple[str, int], int]) -> bool:
        key, offset = anchor
        for place, block in enumerate(self._blocks[self._from :]):
            if block.key == key:
                lowest = max(len(self._lines) - self.size.height, 0)
                self.top = max(0, min(self._starts[place] + offset, lowest))
                return True
        return False

    def _relay(self) -> None:
        at_end, anchor = self.at_end, self._anchor()
        self._lay(anchor[0] if anchor and not at_end else None)
        if at_end or anchor is None or not self._restore(anchor):
            self._to_end()
        self._paint()

    # --- drawing -----------------------------------------------------------------------------

    def _paint(self) -> None:
        """Paint what looks different from what is on the screen."""
        old, self._shown = self._shown, self._draw()
        if len(old) == len(self._shown) and self._shown_for == self.ink.name:
            self.repaint(old, self._shown)
        else:
            self.refresh()
        self._shown_for = self.ink.name

    def strips(self, lines: Sequence[int]) -> list[Strip]:
        """Some of its lines; whether they are still right is asked once."""
        first = [self.render_line(y) for y in lines[:1]]
        room, shown = self.size.width, self._shown
        return first + [shown[y] if y < len(shown) else safe.blank(room) for y in lines[1:]]

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        if len(self._shown) != self.size.height or self._shown_for != self.ink.name:
            self._shown, self._shown_for = self._draw(), self.ink.name
        return self._shown[y] if y < len(self._shown) else safe.blank(self.size.width)

    def _draw(self) -> list[Strip]:
        room, height = self.size
        if self.view is None:
            lines = words(self.words, room, height, self.ink.quiet)[:height]
            return lines + [safe.blank(room)] * (height - len(lines))
        if self._laid_for[1] != self.ink.name:
            self._lay()
        # Asked once for all lines: Textual works a widget's size out anew each time.
        marked = thumb(height, len(self._lines), self.top)
        return [self._line(y, room, y in marked) for y in range(height)]

    def _line(self, y: int, room: int, marked: bool) -> Strip:
        place = self.top + y
        if place >= len(self._lines):
            return safe.blank(room)
        strip = None if marked else self._strips.get(place)
        if strip is None:
            spans = self._lines[place]
            if marked:
                return safe.both_ends(spans, [(self.signs.thumb, self.ink.line)], room)
            strip = self._made.get(id(spans)) or safe.strip(spans, room)
            self._strips[place] = strip
        return strip

    def on_resize(self, event: events.Resize) -> None:
        """Another width is another layout; the place is kept."""
        if self.view is not None:
            self._relay_for_size()

    def _relay_for_size(self) -> None:
        # The newest words stay in view when the composer takes its room below them.
        was_at_end = self.top >= len(self._lines) - self._height
        self._height = self.size.height
        if self._unplaced and self.view is not None and self.size.height:
            self._unplaced = False
            self._lay()
            self._to_end()
            self._back_to_unread(self.view)
        elif self._laid_for[0] != max(self.size.width - 1, 12):
            self._relay()
        elif not self._lines or was_at_end or self.at_end:
            self._to_end()
        self._shown = []
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines down."""
        event.stop()
        self.scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines up."""
        event.stop()
        self.scroll(-3)


class ConversationPane(Vertical):
    """The heading, the timeline and the line of what is new below."""

    DEFAULT_CSS = """
    ConversationPane { width: 1fr; }
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        signs: Glyphs = FULL,
        clock: Callable[[], datetime] = _utc_now,
        zone: tzinfo | None = None,
        recall: str = "z",
    ) -> None:
        super().__init__(id=id)
        self.heading = ThreadHeading()
        self.timeline = Timeline(id="timeline", signs=signs, clock=clock, zone=zone, recall=recall)
        self.below = Newcomers(below, "G")

    def compose(self) -> ComposeResult:
        """Heading over timeline over what is new."""
        yield self.heading
        yield self.timeline
        yield self.below

    def show(self, view: ThreadView | None) -> None:
        """Show a thread."""
        self.heading.show(view)
        self.timeline.show(view)

    def say(self, words: str) -> None:
        """Show no thread, and these words instead."""
        self.timeline.words = words
        self.show(None)

    def on_timeline_moved(self, notice: Timeline.Moved) -> None:
        """Say what is new below."""
        notice.stop()
        self.below.say(notice.below)
