"""The review deck: one draft at a time, with its thread, and what stands against it.

The screen shows and scrolls; what a key decides is done by `console.ui.doing.reviewing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.strip import Strip
from textual.widget import Widget

from console.engine.reviewing import Card, Leaving
from console.ui import safe
from console.ui.glyphs import FULL, Glyphs
from console.ui.keymap import Keymap
from console.ui.keys import Command, Context
from console.ui.lines import thumb
from console.ui.panes.band import Units
from console.ui.panes.card import draft_lines, kind, thread_lines, verdict, what, written
from console.ui.panes.footer import KeyLine
from console.ui.panes.said import Said
from console.ui.panes.timeline import Line, Setting
from console.ui.screens.frame import Entries, Entry, Framed, Page, Title
from console.ui.themes import Ink
from console.ui.wording import LANES, count

BESIDE = 120
"""Columns from which the thread stands beside the draft."""

ABOVE = 5
"""Lines of the thread that are kept in view over a draft, where there is room for both."""

_SCROLLS = {"next", "previous", "first", "last", "page-down", "page-up"}


class Sheet(Page):
    """Lines that somebody else lays out, with the mark of where we are."""

    DEFAULT_CSS = """
    Sheet { width: 1fr; height: 1fr; }
    """

    def __init__(self, make: Callable[[int, Ink], list[Line]], signs: Glyphs) -> None:
        super().__init__()
        self.make = make
        self.signs = signs

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """What there is to read, for a width."""
        return self.make(room - 1, ink)

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        height, room = self.size.height, self.size.width
        place = self.top + y
        spans = self.shown[place] if place < len(self.shown) else []
        if y in thumb(height, len(self.shown), self.top):
            return safe.both_ends(spans, [(self.signs.thumb, self.ink.line)], room)
        return safe.strip(spans, room)


class Deck(Framed[str]):
    """Answers with where the person goes from here: `edit`, `thread`, `list`; None: back."""

    DEFAULT_CSS = """
    Deck { layers: desk said; background: $background; }
    Deck > Horizontal { height: 1fr; }
    Deck #draft { border-left: solid $panel; }
    Deck.-ascii #draft { border-left: ascii $panel; }
    Deck.-narrow #draft, Deck.-summary #draft { display: none; }
    """
    context: ClassVar[Context] = Context.DECK

    def __init__(
        self,
        *,
        do: Callable[[str], None],
        signs: Glyphs = FULL,
        clock: Callable[[], datetime],
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self._do = do
        self.signs = signs
        self.clock = clock
        self.zone = zone
        self.card: Card | None = None
        self.units: Units = lambda _lane: "characters"
        self.summary: tuple[str, ...] = ()
        self.looked_at: int | None = None
        """The draft that has been painted: only what was before somebody's eyes is decided."""
        self.first_line = Title("Review")
        self.second_line = Title("", strong=False)
        self.thread = Sheet(self._left, signs)
        self.draft = Sheet(self._right, signs)
        self.draft.id = "draft"
        self.footer = KeyLine(self.keys)
        self.said = Said()
        self._begins = self._essential = self._marked = 0
        """Where the draft begins if both stand in one sheet, how many of its lines matter at once,
        and the line of the thread's first mark."""

    def parts(self) -> Sequence[Widget]:
        """Two lines over the thread and the draft, over the keys."""
        both = Horizontal(self.thread, self.draft)
        return (self.first_line, self.second_line, both, self.footer, self.said)

    def compose(self) -> ComposeResult:
        """Without a frame: it takes the whole terminal."""
        yield from self.parts()

    def on_mount(self) -> None:
        """Take keys at once."""
        self.footer.show(context=Context.DECK)
        self.thread.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Beside each other, or one under the other."""
        super().on_resize(event)
        narrow = event.size.width < BESIDE
        self.set_class(narrow, "-narrow")
        if narrow and self.draft.has_focus:
            self.thread.focus()
        self.call_after_refresh(self._place, again=False)

    @property
    def narrow(self) -> bool:
        """True where both stand in one sheet."""
        return self.size.width < BESIDE

    # --- what is in it ----------------------------------------------------------------------

    def show(self, card: Card, *, number: int, total: int, units: Units) -> None:
        """Show a draft; the same one again, read anew, keeps its place."""
        same = self.card is not None and self.card.draft.id == card.draft.id
        self.card, self.units, self.summary = card, units, ()
        self.first_line.say(f"{number:,} of {total:,}  {what(card)}", verdict(card))
        self.second_line.say(written(card, self._setting(80, self.thread.ink)))
        self.footer.show(missing=frozenset())
        self.set_class(False, "-summary")
        if not same:
            self.looked_at = None
        self._lay(again=same)

    def show_summary(self, title: str, said: Sequence[str]) -> None:
        """Show how it went."""
        self.card, self.summary, self.looked_at = None, tuple(said), None
        self.set_class(True, "-summary")
        self.first_line.say(title)
        self.second_line.say("")
        decisions = {"approve", "edit-draft", "postpone", "discard", "next-draft", "open"}
        self.footer.show(missing=frozenset(decisions))
        self._lay(again=False)

    def _lay(self, *, again: bool) -> None:
        if not self.is_attached or not self.thread.size.width:
            return
        began = self._begins
        for sheet in (self.thread, self.draft):
            if sheet.size.width:
                sheet.lay()
        self._place(again=again, began=began)
        card = self.card
        if card is not None:
            self.call_after_refresh(self._painted, card.draft.id)

    def _painted(self, draft_id: int) -> None:
        if self.card is not None and self.card.draft.id == draft_id:
            self.looked_at = draft_id

    def _place(self, *, again: bool, began: int = 0) -> None:
        """Begin where the draft and what stands against it are in view, and some of its thread."""
        if self.card is None:
            return
        height, total = self.thread.size.height, len(self.thread.shown)
        if again:
            self.thread.go(self.thread.top + (self._begins - began if self.narrow else 0))
        elif self.narrow:
            end = self._begins + self._essential
            top = max(self._begins - ABOVE, min(end - height, self._begins))
            self.thread.top = -1
            self.thread.go(min(top, total - height))
        else:
            self.thread.top = self.draft.top = -1
            self.thread.go(min(self._marked, total - height))
            self.draft.go(0)
        if self.looked_at is None:
            self.call_after_refresh(self._painted, self.card.draft.id)

    # --- lines ------------------------------------------------------------------------------

    def _setting(self, room: int, ink: Ink) -> Setting:
        view = self.card.view if self.card is not None else None
        return Setting(
            room=room,
            now=self.clock(),
            zone=self.zone,
            ink=ink,
            signs=self.signs,
            siblings={one.id: one for one in view.deliveries} if view is not None else {},
            recall="",
            headed=view.headed if view is not None else frozenset(),
        )

    def _left(self, room: int, ink: Ink) -> list[Line]:
        card = self.card
        if card is None:
            parts = [part for said in self.summary for part in safe.wrap(said, room - 2)]
            return [[], *([("  ", None), (part, ink.text)] for part in parts)]
        setting = self._setting(room, ink)
        thread, self._marked = thread_lines(card, setting)
        if not self.narrow:
            return thread
        draft, self._essential = draft_lines(card, setting, self.units)
        self._begins = len(thread) + 1
        return [*thread, [(f" {self.signs.rule * (room - 2)}", ink.line)], *draft]

    def _right(self, room: int, ink: Ink) -> list[Line]:
        if self.card is None or self.narrow:
            return []
        return draft_lines(self.card, self._setting(room, ink), self.units).lines

    # --- words ------------------------------------------------------------------------------

    def say(self, words: str, *, loud: bool = False) -> None:
        """Say what has just happened; the next key takes it away."""
        short = safe.width(words) + 2 < self.size.width
        self.footer.show(words=words if short and not loud else "")
        self.said.say("" if short and not loud else words, loud=loud)

    @property
    def words(self) -> str:
        """What was said last and still stands."""
        return self.said.words or self.footer.words

    # --- keys -------------------------------------------------------------------------------

    def act(self, command: Command) -> None:
        """Scroll and help here; all else is for whoever reviews."""
        self.say("")
        if command.id in _SCROLLS:
            self._scroll(command.id)
        elif command.id == "pane":
            if not self.narrow:
                (self.thread if self.draft.has_focus else self.draft).focus()
        elif command.id == "help":
            super().act(command)
        else:
            self._do(command.id)

    def _scroll(self, by: str) -> None:
        page = self.draft if self.draft.has_focus else self.thread
        height = max(page.size.height - 2, 1)
        tops = {
            "next": page.top + 1,
            "previous": page.top - 1,
            "first": 0,
            "last": len(page.shown),
            "page-down": page.top + height,
            "page-up": page.top - height,
        }
        page.go(tops[by])


class LeavingList(Framed[bool]):
    """What would leave, and where; answers whether it may."""

    context: ClassVar[Context] = Context.DECK

    def __init__(self, leaving: Sequence[Leaving], stay: int, keys: Keymap | None = None) -> None:
        super().__init__(keys)
        self.leaving = tuple(leaving)
        self.stay = stay
        self.list = Entries(row_height=2)

    def parts(self) -> Sequence[Widget]:
        """A list between what it is and what to press."""
        number = len(self.leaving)
        leave = "leaves" if number == 1 else "leave"
        yes, no = self.keys.key("approve"), self.keys.key("back")
        title = Title(f"{count(number, 'draft')} {leave}", f"{yes} or Enter approves, {no} doesn't")
        stays = "stays" if self.stay == 1 else "stay"
        rest = f"{self.stay:,} {stays}: something stands against them, read them one by one."
        return (title, self.list, Title(rest if self.stay else "", strong=False))

    def on_mount(self) -> None:
        """Show them."""
        self.add_class("-wide")
        self.list.fill([self._entry(one) for one in self.leaving])
        self.list.focus()

    @staticmethod
    def _entry(one: Leaving) -> Entry:
        draft, row = one.draft, one.view.row
        who = row.contact_name or row.handle
        handoff = draft.acknowledgement is not None or draft.kind.value == "handoff"
        lanes = f"{LANES[draft.lane]} and PUBLIC" if handoff else LANES[draft.lane]
        heated = "heated, held to cool off" if row.heated else ""
        words = draft.text.strip() or draft.acknowledgement or ""
        return Entry(f"{lanes} on {row.network} to {who}", heated, words)

    def act(self, command: Command) -> None:
        """Yes, no, or move."""
        if command.id in {"approve", "open"}:
            self.answer(True)
        elif command.id == "back":
            self.answer(False)
        elif command.id in _SCROLLS:
            super().act(command)


__all__ = ["Deck", "LeavingList", "Sheet", "kind"]
