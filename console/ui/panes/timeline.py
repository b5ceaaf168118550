"""The lines of a conversation: what a thread holds, laid out for a width.

Both lanes stand in one timeline. Whose words they are and in which lane shows without colour: ours
stand further in, private ones behind a bar, and every head line names the lane.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from connectors.contract import Attachment, Audience, Lane, Quoted
from console.desk import story
from console.desk.model import Delivery, DeliveryState, Message, Note, ThreadView
from console.desk.withdrawal import Withdrawal, WithdrawalState
from console.ui import safe
from console.ui.glyphs import Glyphs
from console.ui.safe import Span
from console.ui.themes import Ink
from console.ui.wording import LANES, clock, count, day, delivery_state, moment

Line = list[Span]

QUOTE_LINES = 6
"""How much of a post that stands above is shown."""
TEXT_LIMIT = 40_000

_AUDIENCES = {
    Audience.EVERYONE: "",
    Audience.QUIET: " not announced",
    Audience.FOLLOWERS: " followers only",
    Audience.NAMED: "",
}


class Block(NamedTuple):
    """One thing in the timeline, before it has lines."""

    kind: str
    """`day`, `above`, `earlier`, `message` or `note`."""
    key: tuple[str, int]
    source: object
    delivery: Delivery | None = None
    words: str = ""
    wish: Withdrawal | None = None
    """What a person last wanted done to it after it had left."""


class Setting(NamedTuple):
    """What the lines hang on besides their block."""

    room: int
    now: datetime
    zone: tzinfo | None
    ink: Ink
    signs: Glyphs
    siblings: Mapping[int, Delivery]
    recall: str
    reply: str = "r"
    outbox: str = "g o"
    headed: Set[Lane] = frozenset()
    """The lanes in which words go under a subject line."""
    unfold: str = ""
    """The key that shows what is folded away; empty where none does."""
    unfolded: bool = False


def blocks(view: ThreadView, now: datetime, zone: tzinfo | None) -> list[Block]:
    """Everything in the thread, oldest first: its context, its messages and notes, its days."""
    found = [Block("above", ("above", place), quoted) for place, quoted in enumerate(view.above)]
    if view.earlier:
        said = f"{count(view.earlier, 'earlier message')}: scroll up to read"
        found.append(Block("earlier", ("earlier", 0), view.earlier, words=said))
    deliveries = {delivery.id: delivery for delivery in view.deliveries}
    wishes = {wish.delivery_id: wish for wish in view.withdrawals}
    last = ""
    begins = ends = datetime.min.replace(tzinfo=UTC)
    for item in _in_time(view.messages, view.notes):
        # Asking for the local day of every message would be most of the cost of a long thread.
        if not begins <= item.at < ends:
            here = item.at.astimezone(zone)
            begins = here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
            # The shortest day there is, where clocks are put forward.
            ends = begins + timedelta(hours=23)
            said = day(item.at, now, zone)
            if said != last:
                last = said
                found.append(Block("day", (f"day {said}", item.id), said, words=said))
        if isinstance(item, Note):
            found.append(Block("note", ("note", item.id), item))
        else:
            delivery = None if item.delivery_id is None else deliveries.get(item.delivery_id)
            wish = wishes.get(item.delivery_id or 0)
            found.append(Block("message", ("message", item.id), item, delivery, wish=wish))
    return found


def _in_time(messages: tuple[Message, ...], notes: tuple[Note, ...]) -> Iterator[Message | Note]:
    waiting = iter(sorted(notes, key=lambda note: note.at))
    note = next(waiting, None)
    for message in messages:
        while note is not None and note.at < message.at:
            yield note
            note = next(waiting, None)
        yield message
    while note is not None:
        yield note
        note = next(waiting, None)


def lay(block: Block, setting: Setting) -> list[Line]:
    """The lines of one block; an empty line ends it."""
    source = block.source
    if isinstance(source, Message):
        return _message(source, block.delivery, block.wish, setting)
    if isinstance(source, Note):
        return _note(source, setting)
    if isinstance(source, Quoted):
        return _above(source, setting)
    ink = setting.ink
    if block.kind == "day":
        rule = setting.signs.rule
        room = setting.room - safe.width(block.words) - 6
        return [
            [
                (f" {rule * 2} ", ink.line),
                (f"{block.words} ", ink.quiet),
                (rule * max(room, 0), ink.line),
            ],
            [],
        ]
    return [[(f" {block.words}", ink.quiet)], []]


def _head(left: Sequence[Span], right: Sequence[Span], room: int) -> Line:
    end = sum(safe.width(text) for text, _ in right)
    space = room - end - 1
    line: Line = []
    used = 0
    for text, style in left:
        kept = safe.cut(text, space - used)
        line.append((kept, style))
        used += safe.width(kept)
    return [*line, (" " * (room - end - used), None), *right]


def _message(
    message: Message, delivery: Delivery | None, wish: Withdrawal | None, setting: Setting
) -> list[Line]:
    ink, signs, room = setting.ink, setting.signs, setting.room
    private = message.lane is Lane.PRIVATE
    bar = f"{signs.bar} " if private else "  "
    before: Line = [("   " if message.ours else " ", None), (bar, ink.private)]
    inner = max(room - sum(len(text) for text, _ in before) - 1, 4)
    name = safe.line(message.author, 60) or safe.line(message.handle, 60) or "(no name)"
    by = f" by {safe.line(message.network, 24)}" if message.network else ""
    lane = LANES[message.lane] + by + _AUDIENCES[message.audience]
    head = [
        (f"{clock(message.at, setting.zone)}  ", ink.quiet),
        (name, ink.strong),
        (" (us)" if message.ours else "", ink.quiet),
    ]
    lines = [before + _head(head, [(lane, ink.private if private else ink.public)], inner)]

    def add(text: str, style: Ink | None, look: str) -> None:
        chosen = getattr(style or ink, look)
        lines.extend([*before, (part, chosen)] for part in safe.wrap(text, inner))

    if message.held_back:
        add("held back by the network's filter; shown here all the same", None, "warn")
    if message.warning:
        subject = message.lane in setting.headed
        over = "subject" if subject else "content warning"
        add(f"{over}: {safe.line(message.warning)}", None, "quiet" if subject else "warn")
    gone = message.deleted_at is not None
    done = wish is not None and wish.state is WithdrawalState.DONE
    by = " by us" if done else ""
    if gone and message.deleted_at is not None:
        add(f"deleted{by} {moment(message.deleted_at, setting.now, setting.zone)}", None, "warn")
    text = safe.block(message.text, TEXT_LIMIT).strip("\n")
    if text.strip():
        add(text, None, "quiet" if gone else "text")
    elif not message.attachments and not gone:
        add("(no words)", None, "quiet")
    if message.folded:
        hidden = safe.block(message.folded, TEXT_LIMIT).strip("\n")
        rest = count(hidden.count("\n") + 1, "line")
        key = f": {setting.unfold} unfolds" if setting.unfold else ""
        if setting.unfolded:
            key = f": {setting.unfold} folds"
        add(f"{signs.ellipsis} {rest} of a quote or a signature{key}", None, "quiet")
        if setting.unfolded:
            add(hidden, None, "quiet")
    for attachment in message.attachments:
        add(_attached(attachment), None, "quiet")
    if message.edited_at is not None:
        add(f"edited{by} {moment(message.edited_at, setting.now, setting.zone)}", None, "quiet")
    if message.also:
        names = ", ".join(safe.line(handle, 80) for handle in message.also[:8])
        more = f" and {len(message.also) - 8} more" if len(message.also) > 8 else ""
        add(f"also read by {names}{more}", None, "warn" if private else "quiet")
    if delivery is not None and delivery.state is not DeliveryState.SENT:
        lines.extend(_state(delivery, before, inner, setting))
    elif message.ours and message.delivery_id is not None and message.remote_id:
        # The network has given a receipt: nothing less is called sent.
        add(f"sent {clock(message.at, setting.zone)}", None, "quiet")
    if message.unread:
        add(safe.line(message.unread), None, "warn")
    if wish is not None and not done:
        refused = wish.state is WithdrawalState.REFUSED
        add(safe.block(story.wished(wish), 600), None, "bad" if refused else "accent")
    lines.append([])
    return lines


def _state(delivery: Delivery, before: Line, inner: int, setting: Setting) -> list[Line]:
    ink = setting.ink
    words, key = delivery_state(
        delivery, setting.now, setting.siblings, setting.recall, setting.reply, setting.outbox
    )
    bad = delivery.state in {DeliveryState.REFUSED, DeliveryState.DOUBTFUL}
    style = ink.bad if bad else ink.accent
    parts = safe.wrap(safe.block(words, 600), max(inner - safe.width(key) - 2, 12))
    end: Line = [(key, ink.quiet)] if key else []
    lines = [before + _head([(parts[0], style)], end, inner)]
    lines.extend([*before, (part, style)] for part in parts[1:])
    return lines


def _attached(attachment: Attachment) -> str:
    said = safe.line(attachment.description) or "no description"
    return f"[{safe.line(attachment.kind, 20)}] {said}  {safe.line(attachment.url, 300)}".rstrip()


def _note(note: Note, setting: Setting) -> list[Line]:
    ink, signs = setting.ink, setting.signs
    before: Line = [(f"   {signs.quote} ", ink.quiet)]
    inner = max(setting.room - 6, 4)
    head = [(clock(note.at, setting.zone), ink.quiet), ("  never sent", ink.quiet)]
    lines = [before + _head(head, [("NOTE", ink.strong)], inner)]
    lines.extend([*before, (part, ink.text)] for part in safe.wrap(safe.block(note.text), inner))
    return [*lines, []]


def _above(quoted: Quoted, setting: Setting) -> list[Line]:
    ink, signs = setting.ink, setting.signs
    before: Line = [(f" {signs.quote} ", ink.quiet)]
    inner = max(setting.room - 4, 4)
    who = "us" if quoted.ours else safe.line(quoted.author, 80)
    head = [(f"{moment(quoted.at, setting.now, setting.zone)}  {who}", ink.quiet)]
    lines = [before + _head(head, [("ABOVE", ink.quiet)], inner)]
    text = safe.block(quoted.text, 4_000).strip("\n")
    parts = safe.wrap(text, inner)
    lines.extend([*before, (part, ink.quiet)] for part in parts[:QUOTE_LINES])
    if len(parts) > QUOTE_LINES:
        rest = count(len(parts) - QUOTE_LINES, "more line")
        lines.append([*before, (f"{signs.ellipsis} {rest}", ink.quiet)])
    return [*lines, []]
