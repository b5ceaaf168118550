"""The aside: who this is, where they write from, what was before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo

from textual.strip import Strip

from connectors.contract import Lane
from console.desk.model import ThreadRow, ThreadState, ThreadView
from console.desk.sameness import Likeness
from console.ui import safe
from console.ui.lines import Inked
from console.ui.themes import Ink
from console.ui.wording import LANES, count, day


def draw_aside(
    view: ThreadView,
    earlier: Sequence[ThreadRow],
    room: int,
    ink: Ink,
    *,
    now: datetime,
    zone: tzinfo | None = None,
    like: Sequence[Likeness] = (),
    same_key: str = "",
) -> list[Strip]:
    """Everything known about the customer. `like` are others who may be the same person."""
    strips: list[Strip] = []
    inner = max(room - 2, 8)

    def say(text: str, look: str = "text") -> None:
        strips.extend(
            safe.strip([(" ", None), (part, getattr(ink, look))], room)
            for part in safe.wrap(text, inner)
        )

    def gap() -> None:
        strips.append(safe.strip((), room))

    contact = view.contact
    say(safe.line(contact.name, 80) or "(no name)", "strong")
    for address in contact.addresses[:6]:
        robot = ", automated" if address.automated else ""
        say(f"{safe.line(address.handle, 120)}{robot}")
    language = contact.language or next(
        (address.language for address in contact.addresses if address.language), None
    )
    if language:
        say(safe.line(language, 20), "quiet")
    for each in like[:3]:
        who = safe.line(each.name, 40) or safe.line(each.handle, 60)
        say(f"perhaps the same as {who} on {each.network}, by {safe.line(each.by, 60)}", "accent")
    if like and same_key:
        say(f"{same_key} says that they are one", "quiet")
    gap()
    row = view.row
    for lane in (Lane.PUBLIC, Lane.PRIVATE):
        bound, route = view.lane(lane), view.route(lane)
        network = safe.line(route.network, 40)
        at = safe.line(route.address.handle, 80) if view.leaves(lane) else ""
        if bound is not None:
            say(f"{LANES[lane]}  on {network}{f', {at}' if at else ''}")
        elif at:
            say(f"{LANES[lane]}  not begun, would go by {network} to {at}")
        else:
            say(f"{LANES[lane]}  not begun", "quiet")
    if row.tags:
        say(" ".join(f"#{safe.line(tag, 30)}" for tag in row.tags))
    if row.severity:
        say(f"severity {row.severity}", "warn")
    if row.state is ThreadState.SNOOZED and row.snoozed_until is not None:
        say(f"snoozed until {day(row.snoozed_until, now, zone)}")
    elif row.state is ThreadState.DONE:
        say("done")
    gap()
    if earlier:
        first = min(other.last_at for other in earlier)
        say(f"{count(len(earlier), 'other thread')}, the oldest {day(first, now, zone)}", "quiet")
        for other in earlier[:5]:
            state = "" if other.state is ThreadState.OPEN else f", {other.state.value}"
            say(f"{day(other.last_at, now, zone)}{state}: {safe.line(other.preview, 70)}")
    else:
        say("no other threads", "quiet")
    if view.notes:
        gap()
        say("notes", "quiet")
        for note in view.notes[-5:]:
            say(safe.block(note.text, 400))
    return strips


class Aside(Inked):
    """The aside."""

    DEFAULT_CSS = """
    Aside { width: 30; height: 1fr; }
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(id=id)
        self.clock = clock
        self.zone = zone
        self.view: ThreadView | None = None
        self.earlier: tuple[ThreadRow, ...] = ()
        self.like: tuple[Likeness, ...] = ()
        self.same_key = ""
        self._drawn: tuple[int, str, list[Strip]] | None = None

    def show(
        self,
        view: ThreadView | None,
        earlier: Sequence[ThreadRow] = (),
        like: Sequence[Likeness] = (),
    ) -> None:
        """Show a thread's customer."""
        self.view, self.earlier, self.like = view, tuple(earlier), tuple(like)
        old = self._drawn
        self._drawn = None
        if old is None or old[:2] != (self.size.width, self.ink.name):
            self.refresh()
        else:
            self.repaint(old[2], self.lines())

    def lines(self) -> list[Strip]:
        """As many lines as the pane is high."""
        room, height = self.size
        wanted = (room, self.ink.name)
        if self._drawn is not None and self._drawn[:2] == wanted and len(self._drawn[2]) == height:
            return self._drawn[2]
        lines: list[Strip] = []
        if self.view is not None:
            lines = draw_aside(
                self.view,
                self.earlier,
                room,
                self.ink,
                now=self.clock(),
                zone=self.zone,
                like=self.like,
                same_key=self.same_key,
            )[:height]
        lines += [safe.blank(room)] * (height - len(lines))
        self._drawn = (*wanted, lines)
        return lines

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        lines = self.lines()
        return lines[y] if y < len(lines) else safe.blank(self.size.width)
