"""The outbox: what is on its way, what couldn't leave, and what nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.strip import Strip
from textual.widget import Widget

from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState
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


def what_next(row: OutboxRow) -> str:
    """What happens to it now, or what a person has to say."""
    state = row.delivery.state
    if state is DeliveryState.DOUBTFUL:
        return (
            "Look on the network. If it stands there, say that it arrived; if not, send it again. "
            "It is never sent again on a guess."
        )
    if state is DeliveryState.REFUSED:
        return "It will not be tried again. Open the thread to answer in other words."
    if state is DeliveryState.DUE:
        return "It leaves by itself as soon as the network takes it."
    if state is DeliveryState.HELD:
        return "It leaves by itself; until then it can be taken back."
    return ""


def draw_outbox_row(
    row: OutboxRow, room: int, look: Look, ink: Ink, *, now: datetime, zone: tzinfo | None
) -> list[Strip]:
    """A delivery: for whom, its words, its state, what was tried, what comes next."""
    delivery = row.delivery
    lane = LANES[delivery.outgoing.lane]
    name = safe.line(row.contact_name, 60) or safe.line(row.handle, 60)
    left: list[Span] = [("> " if look.cursor else "  ", ink.accent), (name, ink.strong)]
    left.append((f"  {lane} on {safe.line(row.network, 20)}", ink.text))
    when = [(f"{moment(delivery.created_at, now, zone)} ", ink.quiet)]
    words, _ = delivery_state(delivery, now)
    bad = delivery.state in {DeliveryState.REFUSED, DeliveryState.DOUBTFUL}
    tried = "not tried yet"
    if row.attempts:
        last = row.attempts[-1]
        said = f": {last.words}" if last.words else ""
        tried = (
            f"{count(len(row.attempts), 'attempt')}, the last {moment(last.at, now, zone)}, "
            f"{last.outcome}{said}"
        )
    inner = room - 5

    def line(text: str, style: str) -> Strip:
        spans: list[Span] = [("    ", ink.blank), (safe.cut(text, inner), getattr(ink, style))]
        return safe.strip(spans, room, ink.blank)

    return [
        safe.both_ends(left, when, room, ink.blank),
        line(safe.line(delivery.outgoing.text, 300), "text"),
        line(safe.line(words, 300), "bad" if bad else "accent"),
        line(safe.line(tried, 300), "quiet"),
        line(what_next(row), "quiet"),
        safe.strip((), room),
    ]


class OutboxList(LineList["OutboxRow"]):
    """The deliveries."""

    def __init__(self, clock: Callable[[], datetime], zone: tzinfo | None) -> None:
        super().__init__(row_height=HEIGHT)
        self.clock = clock
        self.zone = zone

    def draw_row(self, row: OutboxRow, room: int, look: Look, ink: Ink) -> list[Strip]:
        """A delivery."""
        return draw_outbox_row(row, room, look, ink, now=self.clock(), zone=self.zone)


class Outbox(Framed[int]):
    """Answers with the id of a thread to open. What becomes of deliveries is told at once."""

    context: ClassVar[Context] = Context.OUTBOX

    def __init__(
        self,
        rows: Sequence[OutboxRow],
        *,
        settle: Callable[[int, DeliveryEvent], None],
        recall: Callable[[int], None],
        clock: Callable[[], datetime],
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.settle = settle
        self.recall = recall
        self.clock = clock
        self.given = tuple(rows)
        self.list = OutboxList(clock, zone)
        self.title_line = Title("Outbox", "Enter opens the thread, Esc goes back")
        self.footer = KeyLine(self.keys)

    def parts(self) -> Sequence[Widget]:
        """A list over its keys."""
        return (self.title_line, self.list, self.footer)

    def on_mount(self) -> None:
        """Show it."""
        self.add_class("-wide")
        self.list.words = "Nothing waits to leave. Everything that was sent is in its thread."
        self.show(self.given)
        self.list.focus()
        self.set_interval(1, lambda: self.list.tick(int(self.clock().timestamp())))

    def show(self, rows: Sequence[OutboxRow]) -> None:
        """Show these deliveries; the cursor stays on its own."""
        self.list.rows = {row.delivery.id: row for row in rows}
        self.list.set_ids([row.delivery.id for row in rows])
        self.title_line.say(
            f"Outbox, {len(rows):,}" if rows else "Outbox", "Enter opens the thread, Esc goes back"
        )
        self._keys()

    def _keys(self) -> None:
        row = self._row()
        state = row.delivery.state if row is not None else None
        able = {
            DeliveryState.DOUBTFUL: {"arrived", "resend", "give-up"},
            DeliveryState.REFUSED: {"resend", "give-up"},
            DeliveryState.HELD: {"undo"},
            DeliveryState.DUE: {"undo", "give-up"},
        }
        may = able.get(state, set()) if state is not None else set()
        self.footer.show(
            context=Context.OUTBOX,
            missing=frozenset({"arrived", "resend", "give-up", "undo"} - may),
        )

    def _row(self) -> OutboxRow | None:
        current = self.list.current
        return None if current is None else self.list.rows.get(current)

    def on_line_list_highlighted(self) -> None:
        """Another one has other answers."""
        self._keys()

    def on_line_list_chosen(self, notice: OutboxList.Chosen) -> None:
        """Answer with its thread."""
        self.answer(self.list.rows[notice.id].delivery.thread_id)

    def act(self, command: Command) -> None:
        """Settle, recall, or move."""
        events = {
            "arrived": DeliveryEvent.PERSON_SAYS_SENT,
            "resend": DeliveryEvent.PERSON_SAYS_RESEND,
            "give-up": DeliveryEvent.GIVE_UP,
        }
        row = self._row()
        if command.id in self.footer.missing:
            return
        if command.id in events and row is not None:
            self.settle(row.delivery.id, events[command.id])
        elif command.id == "undo" and row is not None:
            self.recall(row.delivery.id)
        else:
            super().act(command)
