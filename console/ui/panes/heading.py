"""The lines that stand over and under a pane: whose it is, and what is new and not in view."""

from __future__ import annotations

from collections.abc import Callable

from textual.strip import Strip

from connectors.contract import Lane
from console.desk.model import ThreadView
from console.ui import safe
from console.ui.lines import Lines
from console.ui.safe import Span
from console.ui.themes import Ink
from console.ui.wording import count, turn


class Heading(Lines):
    """What the pane below shows: the view, its order, how many."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title = ""
        self.aside = ""

    def say(self, title: str, aside: str = "") -> None:
        """Change the words."""
        if (title, aside) != (self.title, self.aside):
            self.title, self.aside = title, aside
            self.redraw()

    def state(self) -> object:
        """The words."""
        return (self.title, self.aside)

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        right: list[Span] = [(f"{self.aside} ", ink.quiet)] if self.aside else []
        left: list[Span] = [(" ", None), (safe.line(self.title), ink.strong)]
        return [safe.both_ends(left, right, room)]


class ThreadHeading(Lines):
    """Whose conversation it is, and in which lane it goes on."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.view: ThreadView | None = None
        self.where = ""

    def show(self, view: ThreadView | None) -> None:
        """Show a thread's."""
        self.view = view
        self.redraw()

    def say_where(self, where: str) -> None:
        """Say that the thread isn't the one under the list's cursor."""
        if where != self.where:
            self.where = where
            self.redraw()

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        view = self.view
        if view is None:
            return [safe.strip((), room)]
        row = view.row
        name = safe.line(row.contact_name, 60) or safe.line(row.handle, 60)
        left: list[Span] = [(" ", None), (name, ink.strong)]
        if row.handle != row.contact_name:
            left.append((f"  {safe.line(row.handle, 80)}", ink.quiet))
        if view.address.automated:
            # A newsletter, a robot: known before an answer is written.
            left.append(("  automated", ink.warn))
        if view.subject:
            left.append((f"  {safe.line(view.subject, 120)}", ink.text))
        lane = "public" if row.lane is Lane.PUBLIC else "private"
        both = " and private" if row.lane is Lane.PUBLIC and view.lane(Lane.PRIVATE) else ""
        right: list[Span] = [(f"{turn(row)}, {lane}{both} ", ink.quiet)]
        if self.where:
            right.insert(0, (f"{self.where}, ", ink.warn))
        return [safe.both_ends(left, right, room)]

    def state(self) -> object:
        """The thread as it was shown: `show` draws anew."""
        return (id(self.view), self.where)


class Newcomers(Lines):
    """How many new ones wait, and the key that leads to them. No room is taken by none.

    `said` words a number: what there is, and behind the key what it does.
    """

    DEFAULT_CSS = """
    Newcomers { display: none; }
    """

    def __init__(
        self,
        said: Callable[[int], tuple[str, str]],
        key: str,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.said = said
        self.number = 0
        self.key = key

    def say(self, number: int) -> None:
        """Change the number."""
        if number != self.number:
            self.number = number
            self.display = number > 0
            self.redraw()

    def state(self) -> object:
        """The number."""
        return (self.number, self.key)

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        words, does = self.said(self.number)
        hint = f"  ({self.key} {does})" if self.key else ""
        return [safe.strip([(f"  {words}", ink.accent), (hint, ink.quiet)], room)]


def to_take_in(number: int) -> tuple[str, str]:
    """New threads that would move rows."""
    return f"{number} new", f"takes {'it' if number == 1 else 'them'} in"


def below(number: int) -> tuple[str, str]:
    """New messages under the words in view."""
    return f"{count(number, 'new message')} below", "goes there"
