"""The inbox: who waits for us, one thread a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip

from console.desk.model import DeliveryState, ThreadRow, ThreadState
from console.ui import safe
from console.ui.glyphs import FULL, Glyphs
from console.ui.lists import LineList, Look
from console.ui.panes.heading import Heading, Newcomers, to_take_in
from console.ui.safe import Span
from console.ui.themes import Ink
from console.ui.wording import LANES_SHORT, clock, day, pressing, span

ROOMY_FROM = 34
"""From this height on, rows stand apart by an empty line."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def draw_thread(
    row: ThreadRow, room: int, height: int, look: Look, ink: Ink, *, now: datetime, signs: Glyphs
) -> list[Strip]:
    """A thread in `height` lines: who, where and how long; then the last words and what is on."""
    sign = signs.cursor if look.cursor else signs.mark if look.marked else " "
    if look.cursor and look.marked:
        sign = signs.mark.upper()
    unread = row.unread > 0
    name = safe.line(row.contact_name, 80) or safe.line(row.handle, 80) or "(no name)"
    who = ink.strong if unread else ink.text
    since = row.waiting_since if row.waiting_since is not None else row.last_at
    waited = span(now - since) if row.waiting_since is not None else day(since, now)
    if row.state is ThreadState.SNOOZED and row.snoozed_until is not None:
        until = day(row.snoozed_until, now)
        waited = f"until {clock(row.snoozed_until) if until == 'today' else until}"
    end: list[Span] = []
    if room >= 34:
        end += [(safe.line(row.network, 12), ink.quiet), ("  ", ink.blank)]
    end += [(f"{waited:>5}", ink.quiet if row.waiting_since is None else ink.text), (" ", None)]
    lane = LANES_SHORT[row.lane]
    lane_ink = ink.quiet
    if height == 1:
        front: list[Span] = [
            (f"{sign}{signs.unread if unread else ' '} ", ink.accent),
            (safe.fit(name, max(min(room // 4, 22), 8)) + " ", who),
            (f"{lane} ", lane_ink),
            *_flags(row, ink),
            (safe.line(row.preview, room), ink.quiet),
        ]
        return [safe.both_ends(front, end, room, ink.blank)]
    front = [(f"{sign} ", ink.accent), (name, who)]
    if unread:
        new = f"{row.unread} new" if room >= 44 else f"{row.unread}"
        front.append((f" {signs.unread} {new}", ink.accent))
    first = safe.both_ends(front, end, room, ink.blank)
    said = safe.line(row.preview, 200)
    if row.last_ours:
        said = f"we: {said}"
    body: list[Span] = [("  ", ink.blank), (f"{lane} ", lane_ink), *_flags(row, ink)]
    body.append((said, ink.text if unread else ink.quiet))
    used = sum(safe.width(text) for text, _ in body[:-1])
    body[-1] = (safe.cut(said, max(room - used - 1, 0), signs.ellipsis), body[-1][1])
    second = safe.strip(body, room, ink.blank)
    return [first, second] if height == 2 else [first, second, safe.strip((), room)]


def _flags(row: ThreadRow, ink: Ink) -> list[Span]:
    flags: list[Span] = []
    words = pressing(row.outbox)
    if words:
        loud = row.outbox in {DeliveryState.REFUSED, DeliveryState.DOUBTFUL}
        flags.append((f"{words} ", ink.warn if loud else ink.accent))
    if row.severity:
        flags.append((f"sev {row.severity} ", ink.warn if row.severity > 1 else ink.text))
    if row.has_draft:
        flags.append(("draft ", ink.accent))
    if row.heated:
        flags.append(("heated ", ink.warn))
    flags.extend((f"#{safe.line(tag, 20)} ", ink.quiet) for tag in row.tags[:3])
    return flags


class InboxList(LineList[ThreadRow]):
    """The threads of a view."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        signs: Glyphs = FULL,
        clock: Callable[[], datetime] = _utc_now,
        density: str = "auto",
    ) -> None:
        super().__init__(row_height=2, id=id)
        self.signs = signs
        self.clock = clock
        self.density = density
        """`roomy`, `snug`, `compact`, or `auto`: what the height allows."""

    def draw_row(self, row: ThreadRow, room: int, look: Look, ink: Ink) -> list[Strip]:
        """A thread."""
        return draw_thread(
            row, room, self.row_height, look, ink, now=self.clock(), signs=self.signs
        )

    def on_resize(self, event: events.Resize) -> None:
        """A tall list has room between its rows. The list's own handler comes after this one."""
        heights = {"roomy": 3, "snug": 2, "compact": 1}
        auto = 3 if self.size.height >= ROOMY_FROM else 2
        self.row_height = heights.get(self.density, auto)


class InboxPane(Vertical):
    """The heading, the list and the line of what is new."""

    DEFAULT_CSS = """
    InboxPane { width: 38; }
    InboxPane InboxList { height: 1fr; }
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        signs: Glyphs = FULL,
        clock: Callable[[], datetime] = _utc_now,
        density: str = "auto",
    ) -> None:
        super().__init__(id=id)
        self.heading = Heading()
        self.list = InboxList(id="threads", signs=signs, clock=clock, density=density)
        self.arrivals = Newcomers(to_take_in, "Space")

    def compose(self) -> ComposeResult:
        """Heading over list over what is new."""
        yield self.heading
        yield self.list
        yield self.arrivals

    def show(self, view: str, order: str, number: int | None, selected: int = 0) -> None:
        """Say which view this is: `Inbox, waiting longest first`, and how many threads it has."""
        title = f"{view}, {order}" if order else view
        aside = "" if number is None else f"{number:,}"
        self.heading.say(title, f"{selected} selected" if selected else aside)
