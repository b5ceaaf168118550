"""All about one delivery, or about both of a handoff: words, attempts, receipts, what is next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from console.desk import story
from console.desk.audience import how_long
from console.desk.model import DeliveryState
from console.desk.withdrawal import Withdrawal, WithdrawalKind
from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.keys import Command, Context
from console.ui.panes.footer import KeyLine
from console.ui.panes.timeline import Line
from console.ui.screens.frame import Framed, Page, Title
from console.ui.themes import Ink
from console.ui.wording import LANES, moment

if TYPE_CHECKING:
    from console.engine.reading import OutboxRow

Item = Sequence["OutboxRow"]
_MOVES = frozenset({"first", "last", "next", "previous", "page-down", "page-up", "back"})


class DetailsPage(Page):
    """The page."""

    def __init__(
        self, look: Callable[[], Item], clock: Callable[[], datetime], zone: tzinfo | None
    ) -> None:
        super().__init__()
        self.look = look
        self.clock = clock
        self.zone = zone

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """All of it for a width."""
        lines: list[Line] = []
        for row in self.look():
            lines += detail_lines(row, room, ink, now=self.clock(), zone=self.zone)
        return lines or [[(" It is settled, and not in this list any more.", ink.quiet)]]


class Details(Framed[Command]):
    """Answers with a command of the outbox that is to be done to what is shown."""

    context: ClassVar[Context] = Context.OUTBOX

    def __init__(
        self,
        look: Callable[[], Item],
        *,
        missing: Callable[[], frozenset[str]],
        clock: Callable[[], datetime],
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.missing = missing
        self.page = DetailsPage(look, clock, zone)
        self.footer = KeyLine(self.keys)

    def parts(self) -> Sequence[Widget]:
        """A page over the keys that answer it."""
        return (Title("Delivery", "Esc goes back"), self.page, self.footer)

    def on_mount(self) -> None:
        """Read at once, and follow what becomes of it."""
        self.add_class("-wide")
        self.page.focus()
        self._again()
        self.set_interval(1, self._again)

    def _again(self) -> None:
        self.page.lay()
        self.footer.show(context=Context.OUTBOX, missing=self.missing() | {"open", "settled"})

    def act(self, command: Command) -> None:
        """Moves; what settles it is done by the list."""
        if command.id in _MOVES or command.id == "help":
            super().act(command)
        elif command.id not in self.footer.missing:
            self.answer(command)


def detail_lines(
    row: OutboxRow, room: int, ink: Ink, *, now: datetime, zone: tzinfo | None
) -> list[Line]:
    """One delivery: what it says, who wrote it, where it stands, every attempt, what comes next."""
    delivery = row.delivery
    lines: list[Line] = []
    inner = max(room - 6, 20)

    def add(text: str, style: str = "text", indent: int = 4) -> None:
        parts = safe.wrap(safe.block(text, 4_000).strip("\n"), inner - indent + 4)
        lines.extend([(" " * indent, None), (part, getattr(ink, style))] for part in parts)

    to = f"{row.contact_name or row.handle}, {delivery.outgoing.to.handle}"
    title = f"{LANES[delivery.outgoing.lane]} to {to} on {row.network}, account {delivery.account}"
    add(safe.line(title, 300), "strong", 1)
    add(delivery.outgoing.text)
    lines.append([])
    bad = delivery.state in {DeliveryState.REFUSED, DeliveryState.DOUBTFUL}
    state = story.stands(delivery)
    add(f"{state}{': ' + delivery.words if delivery.words else ''}", "bad" if bad else "accent")
    for words in _facts(row, now, zone):
        add(words, "quiet")
    lines.append([])
    add("What was tried", "strong", 1)
    for tried in row.attempts:
        add(f"{moment(tried.at, now, zone)}  {story.asked(tried.what, delivery)}: "
            f"{story.came(tried)}")  # fmt: skip
        if tried.receipt:
            add(f"receipt {safe.line(tried.receipt, 300)}", "quiet", 8)
        if tried.words:
            add(f"it was said: {tried.words}", "quiet", 8)
    if not row.attempts:
        add("Nothing yet: nothing has left.", "quiet")
    for wish in row.withdrawals:
        lines.append([])
        for words in _wish(wish, now, zone):
            add(words)
    lines.append([])
    add("What comes next", "strong", 1)
    for words in _next(row, now):
        add(words)
    lines.append([])
    return lines


def _facts(row: OutboxRow, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    delivery = row.delivery
    by = f"written by {delivery.author}" if delivery.author else "written"
    released = f", approved by {delivery.approved_by}" if delivery.approved_by else ""
    template = f", from the template {delivery.template}" if delivery.template else ""
    yield f"{by} {moment(delivery.created_at, now, zone)}{released}{template}"
    yield f"key {delivery.key}, the same at every attempt"
    if delivery.remote_id:
        yield f"receipt {safe.line(delivery.remote_id, 300)}"
    elif delivery.state is DeliveryState.SENT:
        yield "no receipt: a person said that it arrived"
    if delivery.url:
        yield f"stands at {safe.line(delivery.url, 300)}"


def _wish(wish: Withdrawal, now: datetime, zone: tzinfo | None) -> Iterator[str]:
    what = "deleted" if wish.kind is WithdrawalKind.DELETE else "edited"
    by = f"{wish.author} wanted it {what}" if wish.author else f"to be {what}"
    settled = f" ({moment(wish.settled_at, now, zone)})" if wish.settled_at else ""
    yield f"{moment(wish.asked_at, now, zone)}  {by}: {story.wished(wish)}{settled}"
    if wish.kind is WithdrawalKind.EDIT:
        yield f"before: {wish.was}"
        yield f"after: {wish.text}"


def _next(row: OutboxRow, now: datetime) -> Iterator[str]:
    delivery = row.delivery
    said = story.what_next(delivery, row.withdrawals)
    pending = next((wish for wish in row.withdrawals if wish.pending), None)
    if pending is not None:
        at = pending.next_at
    elif delivery.state is DeliveryState.HELD and delivery.waits_for is None:
        at = delivery.held_until
    elif delivery.state in {DeliveryState.DUE, DeliveryState.DOUBTFUL}:
        at = delivery.next_at
    else:
        at = None
    if said and at is not None and at > now:
        seconds = int((at - now).total_seconds() + 0.999)
        said += f" In {seconds} s." if seconds < 90 else f" In {how_long(at - now)}."
    yield said or "Nothing by itself."
    if delivery.state is DeliveryState.DOUBTFUL:
        looks = [tried for tried in row.attempts if tried.what == "look"]
        evidence = looks[-1].words or story.came(looks[-1]) if looks else "not looked for yet"
        yield f"Evidence so far: {evidence}"
        yield "Your answer: it arrived, it didn't (it is sent again), or give it up."
    elif delivery.state is DeliveryState.SENT and delivery.remote_id and pending is None:
        yield "It can be deleted or edited from here, where the network lets us."
