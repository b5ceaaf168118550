"""The outbox: what is on its way, what couldn't leave, what nobody knows, and what has left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.strip import Strip
from textual.widget import Widget

from console.desk import story
from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState
from console.desk.withdrawal import standing
from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.keys import Command, Context
from console.ui.lists import LineList, Look
from console.ui.panes.footer import KeyLine
from console.ui.safe import Span
from console.ui.screens.frame import Framed, Title
from console.ui.themes import Ink
from console.ui.wording import LANES, count, delivery_state, moment

if TYPE_CHECKING:
    from console.engine.reading import OutboxRow

HEIGHT = 6
Item = Sequence["OutboxRow"]
"""A row of the list: one delivery, or both legs of a handoff, the private one first."""

EVENTS = {
    "arrived": DeliveryEvent.PERSON_SAYS_SENT,
    "resend": DeliveryEvent.PERSON_SAYS_RESEND,
    "give-up": DeliveryEvent.GIVE_UP,
}
_ABLE = {
    DeliveryState.DOUBTFUL: {"arrived", "resend", "give-up"},
    DeliveryState.REFUSED: {"resend", "give-up"},
    DeliveryState.HELD: {"undo"},
    DeliveryState.DUE: {"undo", "give-up"},
    DeliveryState.SENT: {"undo"},
}
_BAD = frozenset({DeliveryState.REFUSED, DeliveryState.DOUBTFUL})
_PRESSING = (
    DeliveryState.DOUBTFUL,
    DeliveryState.REFUSED,
    DeliveryState.HELD,
    DeliveryState.DUE,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.RECALLED,
)


def items(rows: Sequence[OutboxRow]) -> dict[int, Item]:
    """The rows by the id of their first delivery: both legs of a handoff are one."""
    found: dict[int, list[OutboxRow]] = {}
    places: dict[int, int] = {}
    for row in rows:
        handoff = row.delivery.handoff_id
        if handoff is not None and handoff in places:
            found[places[handoff]].append(row)
            continue
        if handoff is not None:
            places[handoff] = row.delivery.id
        found[row.delivery.id] = [row]
    return {number: tuple(legs) for number, legs in found.items()}


def pressing(item: Item) -> OutboxRow:
    """The leg that the keys are for: the one that needs a person most."""
    return min(item, key=lambda row: _PRESSING.index(row.delivery.state))


def in_words(row: OutboxRow, item: Item, now: datetime, zone: tzinfo | None) -> str:
    """The state of a delivery, and what was done to it since."""
    delivery = row.delivery
    siblings = {each.delivery.id: each.delivery for each in item}
    said, _ = delivery_state(delivery, now, siblings, recall="")
    if delivery.state is DeliveryState.SENT and delivery.settled_at is not None:
        said = f"sent {moment(delivery.settled_at, now, zone)}"
    if wishes := standing(row.withdrawals):
        said += f", {story.wished(wishes[-1])}"
    return said


def draw_outbox_row(
    item: Item, room: int, look: Look, ink: Ink, *, now: datetime, zone: tzinfo | None
) -> list[Strip]:
    """A delivery: for whom, its words, its state, what was tried, what comes next. Of a handoff,
    the words and the state of either leg."""
    first = item[0]
    name = safe.line(first.contact_name, 60) or safe.line(first.handle, 60)
    what = "move to DM" if len(item) > 1 else LANES[first.delivery.outgoing.lane]
    left: list[Span] = [("> " if look.cursor else "  ", ink.accent), (name, ink.strong)]
    left.append((f"  {what} on {safe.line(first.network, 20)}", ink.text))
    when = [(f"{moment(first.delivery.created_at, now, zone)} ", ink.quiet)]

    def line(before: str, text: str, style: str) -> Strip:
        kept = safe.cut(safe.line(text, 300), max(room - 5 - len(before), 0))
        look = getattr(ink, style)
        return safe.strip([(f"    {before}", ink.quiet), (kept, look)], room, ink.blank)

    said = _legs(item, now, zone) if len(item) > 1 else _one(first, item, now, zone)
    lines = [line(*parts) for parts in said][: HEIGHT - 2]
    blank = safe.strip((), room)
    head = safe.both_ends(left, when, room, ink.blank)
    return [head, *lines, *[blank] * (HEIGHT - 1 - len(lines))]


def _one(
    row: OutboxRow, item: Item, now: datetime, zone: tzinfo | None
) -> Iterator[tuple[str, str, str]]:
    delivery = row.delivery
    yield "", delivery.outgoing.text, "text"
    yield "", in_words(row, item, now, zone), "bad" if delivery.state in _BAD else "accent"
    if row.attempts:
        last = row.attempts[-1]
        # A look, and what a person said of it, asked the network for nothing.
        tries = count(sum(one.what == "send" for one in row.attempts), "attempt")
        yield "", f"{tries}; {moment(last.at, now, zone)}: {story.came(last)}", "quiet"
    else:
        yield "", "not tried yet", "quiet"
    yield "", story.what_next(delivery, row.withdrawals), "quiet"


def _legs(item: Item, now: datetime, zone: tzinfo | None) -> Iterator[tuple[str, str, str]]:
    for row in item[:2]:
        lane = LANES[row.delivery.outgoing.lane].ljust(9)
        yield lane, row.delivery.outgoing.text, "text"
        bad = row.delivery.state in _BAD
        yield " " * 9, in_words(row, item, now, zone), "bad" if bad else "accent"


class OutboxList(LineList[Item]):
    """The deliveries."""

    def __init__(self, clock: Callable[[], datetime], zone: tzinfo | None) -> None:
        super().__init__(row_height=HEIGHT)
        self.clock = clock
        self.zone = zone

    def draw_row(self, row: Item, room: int, look: Look, ink: Ink) -> list[Strip]:
        """A delivery, or both of a handoff."""
        return draw_outbox_row(row, room, look, ink, now=self.clock(), zone=self.zone)


class Outbox(Framed[int]):
    """Answers with the id of a thread to open. What becomes of deliveries is told at once.

    `again` asks for the rows anew, with what was settled (True) or without.
    """

    context: ClassVar[Context] = Context.OUTBOX

    def __init__(
        self,
        rows: Sequence[OutboxRow],
        *,
        settle: Callable[[int, DeliveryEvent], None],
        recall: Callable[[int], None],
        clock: Callable[[], datetime],
        again: Callable[[bool], None] = lambda _settled: None,
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.settle = settle
        self.recall = recall
        self.clock = clock
        self.again = again
        self.zone = zone
        self.given = tuple(rows)
        self.settled = False
        """True while what is settled is shown too."""
        self.hides = False
        """True once a person has had it hidden; until then what settles meanwhile stays."""
        self.list = OutboxList(clock, zone)
        self.title_line = Title("Outbox")
        self.footer = KeyLine(self.keys)

    def parts(self) -> Sequence[Widget]:
        """A list over its keys."""
        return (self.title_line, self.list, self.footer)

    def on_mount(self) -> None:
        """Show it."""
        self.add_class("-wide")
        self.show(self.given)
        self.list.focus()
        self.set_interval(1, lambda: self.list.tick(int(self.clock().timestamp())))

    def show(self, rows: Sequence[OutboxRow]) -> None:
        """Show these deliveries; the cursor stays on its own."""
        self.list.rows = items(rows)
        self.list.words = (
            "Nothing was sent in the last days, and nothing waits to leave."
            if self.settled
            else "Nothing waits to leave. Everything that was sent is in its thread; "
            f"{self.keys.key('settled', Context.OUTBOX)} shows it here as well."
        )
        self.list.set_ids(list(self.list.rows))
        what = "Outbox with what is settled" if self.settled else "Outbox"
        number = sum(
            1
            for item in self.list.rows.values()
            if self.settled or not all(row.settled for row in item)
        )
        key = self.keys.key("settled", Context.OUTBOX)
        also = "hides" if self.settled else "shows"
        self.title_line.say(
            f"{what}, {number:,}" if number else what,
            f"Enter tells all of it, {key} {also} what is settled",
        )
        self._keys()

    def _keys(self) -> None:
        item = self._item()
        may = _ABLE.get(pressing(item).delivery.state, set()) if item else set()
        acting = {"arrived", "resend", "give-up", "undo"} - may
        if not item:
            acting |= {"open", "outbox-thread"}
        self.footer.show(context=Context.OUTBOX, missing=frozenset(acting))

    def _item(self) -> Item | None:
        current = self.list.current
        return None if current is None else self.list.rows.get(current)

    def on_line_list_highlighted(self) -> None:
        """Another one has other answers."""
        self._keys()

    def on_line_list_chosen(self, notice: OutboxList.Chosen) -> None:
        """Show everything about it."""
        from console.ui.screens.details import Details

        number = notice.id

        def look() -> Item:
            return self.list.rows.get(number, ())

        details = Details(
            look,
            missing=lambda: self.footer.missing,
            clock=self.clock,
            zone=self.zone,
            keys=self.keys,
        )
        self.app.push_screen(details, self._from_details)

    def _from_details(self, command: Command | None) -> None:
        if command is not None:
            self.act(command)

    def act(self, command: Command) -> None:
        """Settle, recall, open, or move."""
        item = self._item()
        if command.id in self.footer.missing:
            return
        if command.id == "settled":
            self.settled, self.hides = not self.settled, self.settled
            self.again(self.settled)
        elif command.id == "outbox-thread" and item:
            self.answer(item[0].delivery.thread_id)
        elif command.id in EVENTS and item:
            self.settle(pressing(item).delivery.id, EVENTS[command.id])
        elif command.id == "undo" and item:
            self.recall(pressing(item).delivery.id)
        else:
            super().act(command)
