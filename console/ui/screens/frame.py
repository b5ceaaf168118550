"""What the screens over the desk are made of: entries in a list, a page of lines, a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message as Notice
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from console.ui import safe
from console.ui.keymap import Chords, Keymap, Pending, pressed, standard
from console.ui.keys import Command, Context
from console.ui.lines import Inked, Lines
from console.ui.lists import LineList, Look
from console.ui.panes.timeline import Line
from console.ui.safe import Span
from console.ui.themes import Ink

Answer = TypeVar("Answer")


class Entry(NamedTuple):
    """A row of such a list: what it is, something at the right, a second line, how loud it is."""

    title: str
    right: str = ""
    below: str = ""
    look: str = "strong"


def draw_entry(entry: Entry, room: int, height: int, look: Look, ink: Ink) -> list[Strip]:
    """An entry in one line or two."""
    sign = "> " if look.cursor else "  "
    left: list[Span] = [(sign, ink.accent), (safe.line(entry.title), getattr(ink, entry.look))]
    below = safe.line(entry.below, 600)
    if height == 1:
        if below:
            left.append((f"  {below}", ink.quiet))
        return [safe.both_ends(left, [(f"{safe.line(entry.right)} ", ink.quiet)], room, ink.blank)]
    first = safe.both_ends(left, [(f"{safe.line(entry.right)} ", ink.quiet)], room, ink.blank)
    space = safe.cut(below, max(room - 5, 0))
    second = safe.strip([("    ", ink.blank), (space, ink.quiet)], room, ink.blank)
    return [first, second] if height == 2 else [first, second, safe.strip((), room)]


class Entries(LineList[Entry]):
    """A list of entries, given whole."""

    def draw_row(self, row: Entry, room: int, look: Look, ink: Ink) -> list[Strip]:
        """An entry."""
        # In these lists the focus may stand in the line above, yet the cursor is what Enter takes.
        return draw_entry(row, room, self.row_height, look, ink)

    def fill(self, entries: Sequence[Entry], *, keep: bool = False) -> None:
        """Show these entries; an entry's id is its place."""
        self.rows = dict(enumerate(entries))
        self.set_ids(range(len(entries)), keep=keep)


class Page(Inked, can_focus=True):
    """Lines to read, with a place of its own."""

    DEFAULT_CSS = """
    Page { height: 1fr; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.top = 0
        self.shown: list[Line] = []

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """What there is to read, for a width."""
        raise NotImplementedError

    def go(self, top: int) -> None:
        """Begin with another line."""
        top = max(0, min(top, len(self.shown) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    def on_resize(self) -> None:
        """Lay out for the width."""
        self.lay()

    def lay(self) -> None:
        """Lay out anew."""
        self.shown = self.lines(max(self.size.width - 1, 12), self.ink)
        self.go(self.top)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        room = self.size.width
        place = self.top + y
        return safe.strip(self.shown[place] if place < len(self.shown) else (), room)

    def on_mouse_scroll_down(self) -> None:
        """Three lines down."""
        self.go(self.top + 3)

    def on_mouse_scroll_up(self) -> None:
        """Three lines up."""
        self.go(self.top - 3)


class Title(Lines):
    """A screen's first or last line: words at either end."""

    def __init__(self, left: str, right: str = "", *, strong: bool = True) -> None:
        super().__init__()
        self.left = left
        self.right = right
        self.strong = strong

    def say(self, left: str, right: str = "") -> None:
        """Change the words."""
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.refresh()

    def state(self) -> object:
        """The words."""
        return (self.left, self.right)

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        left: list[Span] = [(f" {safe.line(self.left)}", ink.strong if self.strong else ink.quiet)]
        right: list[Span] = [(f"{safe.line(self.right)} ", ink.quiet)] if self.right else []
        return [safe.both_ends(left, right, room)]


class Framed(ModalScreen[Answer]):
    """A screen over the desk whose keys come from the command table."""

    DEFAULT_CSS = """
    Framed { background: $background 60%; align: center middle; }
    Framed > Vertical {
        width: 84; max-width: 100%; height: 80%; max-height: 100%;
        background: $background; border: round $panel; padding: 0;
    }
    Framed.-wide > Vertical { width: 96%; height: 92%; }
    Framed.-low > Vertical { height: auto; }
    Framed.-ascii > Vertical { border: ascii $panel; }
    Framed.-small > Vertical { width: 100%; height: 100%; border: none; }
    Framed Input { border: none; height: 1; padding: 0 1; background: $panel; }
    Framed Input:focus { border: none; }
    Framed LineList { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []
    context: ClassVar[Context] = Context.LIST

    class Ready(Notice):
        """The screen can take keys."""

    def __init__(self, keys: Keymap | None = None) -> None:
        super().__init__()
        self._answered = False
        self.ready = False
        """True once something in it has the focus: keys that came before wait for that."""
        self.keys = keys if keys is not None else standard()
        self.chords = Chords(self.keys)

    def parts(self) -> Sequence[Widget]:
        """What stands in the frame, from the top."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Vertical(*self.parts())

    def on_resize(self, event: events.Resize) -> None:
        """A small terminal has no room for a frame."""
        self.set_class(safe.ascii_only(), "-ascii")
        self.set_class(event.size.width < 90 or event.size.height < 28, "-small")

    def answer(self, value: Answer | None) -> None:
        """Go away with this answer, once: a second Esc that comes too late closes nothing else."""
        if not self._answered:
            self._answered = True
            self.dismiss(value)

    def on_descendant_focus(self) -> None:
        """Something here takes the keys."""
        if not self.ready:
            self.ready = True
            self.post_message(self.Ready())

    def on_key(self, event: events.Key) -> None:
        """Textual calls every class's handler of a kind; `press` is the one to override."""
        self.press(event)

    def press(self, event: events.Key) -> None:
        """Keys mean what the table says, unless they are typed into a line."""
        typing = isinstance(self.focused, Input)
        key = pressed(event.key, event.character)
        if typing and (len(key) == 1 or key in {"Space", "Home", "End"}):
            return
        answer = self.chords.press(key, self.context)
        if answer is None:
            return
        event.stop()
        event.prevent_default()
        if not isinstance(answer, Pending):
            self.act(answer)

    def act(self, command: Command) -> None:
        """Do what a command means here."""
        if command.id == "back":
            self.answer(None)
        elif command.id == "help":
            from console.ui.screens.help import Help

            self.app.push_screen(Help(self.keys, self.context))
        else:
            move(self, command)


def move(screen: Framed[Answer], command: Command) -> None:
    """The moves that every list and page knows."""
    for entries in screen.query(LineList):
        by = {"next": 1, "previous": -1}.get(command.id)
        pages = {"page-down": 1, "page-up": -1}.get(command.id)
        if by is not None:
            entries.move(by)
        elif pages is not None:
            entries.page(pages)
        elif command.id == "first":
            entries.first()
        elif command.id == "last":
            entries.last()
        elif command.id == "open":
            entries.choose()
        return
    for page in screen.query(Page):
        height = max(page.size.height - 2, 1)
        tops = {
            "next": page.top + 1,
            "previous": page.top - 1,
            "first": 0,
            "last": len(page.shown),
            "page-down": page.top + height,
            "page-up": page.top - height,
        }
        if command.id in tops:
            page.go(tops[command.id])
        return
