"""`threads`, `show` and `outbox`: what stands on the desk, for people and for scripts."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from console.commands import shapes
from console.commands.exits import Exit
from console.commands.opened import Opened, desk
from console.commands.saying import clock, complain, say, say_json, span, table
from console.desk import story
from console.desk.model import Delivery, DeliveryState, Message, ThreadRow, ThreadView
from console.desk.withdrawal import Withdrawal, standing
from console.engine.reading import Order, OutboxRow, View


def threads(asked: argparse.Namespace) -> int:
    """List threads."""
    return asyncio.run(_threads(asked))


async def _threads(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        reading = opened.engine.reading
        words = " ".join(asked.query)
        if words:
            results = await reading.search(words)
            for hint in results.hints:
                complain(hint)
            found = list(dict.fromkeys(hit.thread_id for hit in results.hits))
        else:
            found = list(await reading.ids(View(asked.view), Order.LONGEST))
        rows = await reading.rows(found)
        ordered = [rows[number] for number in found if number in rows]
        if asked.newest:
            ordered.sort(key=lambda row: row.last_at, reverse=True)
        ordered = ordered[: asked.limit]
        if asked.json:
            say_json(await _whole(opened, ordered))
        else:
            _list(ordered)
    return Exit.DONE if ordered else Exit.NOTHING


async def _whole(opened: Opened, rows: Sequence[ThreadRow]) -> list[shapes.Json]:
    views = [await opened.engine.reading.thread(row.id) for row in rows]
    return [shapes.thread(view) for view in views if view is not None]


def _list(rows: Sequence[ThreadRow]) -> None:
    now = datetime.now(UTC)
    table(
        [
            (
                str(row.id),
                "new" if row.unread else "",
                span(now - row.waiting_since) if row.waiting_since else "",
                row.network,
                row.lane.value,
                row.contact_name or row.handle,
                row.preview,
            )
            for row in rows
        ]
    )
    if not rows:
        complain("No thread is there.")


def show(asked: argparse.Namespace) -> int:
    """Show one thread."""
    return asyncio.run(_show(asked))


async def _show(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        view = await opened.engine.reading.thread(asked.id, asked.limit)
    if view is None:
        complain(f"There is no thread {asked.id}. `greenroom threads --view all` lists them.")
        return Exit.NOTHING
    if asked.json:
        say_json(shapes.thread(view))
    else:
        _conversation(view)
    return Exit.DONE


def _conversation(view: ThreadView) -> None:
    row = view.row
    say(f"{view.contact.name or row.handle}  {row.handle}  {row.network}, account {row.account}")
    state = [row.state.value]
    if row.waiting_since:
        state.append(f"waiting {span(datetime.now(UTC) - row.waiting_since)}")
    say(", ".join([*state, *row.tags]))
    for above in view.above:
        say(f"\nabove  {above.author}")
        say(_indented(above.text))
    if view.earlier:
        say(f"\n({view.earlier} earlier messages; --limit shows more)")
    on_the_way = {each.id: each for each in view.deliveries}
    wishes = {wish.delivery_id: wish for wish in view.withdrawals}
    for message in view.messages:
        say()
        number = message.delivery_id or 0
        say(_heading(message, on_the_way.get(number), wishes.get(number)))
        say(_indented(_words(message)))
        for attached in message.attachments:
            say(f"  [{attached.kind}] {attached.description} {attached.url}".rstrip())
    for note in view.notes:
        say(f"\n{clock(note.at)}  note, never sent")
        say(_indented(note.text))


def _heading(message: Message, delivery: Delivery | None, wish: Withdrawal | None) -> str:
    where = f" by {message.network}" if message.network else ""
    who = message.author or message.handle
    parts = [clock(message.at), message.lane.value.upper() + where, who]
    if message.edited_at:
        parts.append("edited")
    if message.unread:
        parts.append(message.unread)
    if delivery is not None and delivery.state is not DeliveryState.SENT:
        parts.append(delivery.state.value)
        if delivery.words:
            parts.append(delivery.words)
    if wish is not None:
        parts.append(" ".join(story.wished(wish).split()))
    return f"{message.id}  " + "  ".join(parts)


def _words(message: Message) -> str:
    if message.deleted_at:
        return "(deleted)"
    return f"[{message.warning}]\n{message.text}" if message.warning else message.text


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def outbox(asked: argparse.Namespace) -> int:
    """List what has not left or is not settled; with `--since` everything that moved since."""
    return asyncio.run(_outbox(asked))


async def _outbox(asked: argparse.Namespace) -> int:
    since = None if asked.since is None else datetime.now(UTC) - asked.since
    async with desk(offline=True) as opened:
        rows = await opened.engine.reading.outbox(settled_since=since)
    if asked.json:
        say_json([shapes.outbox_row(row) for row in rows])
    elif rows:
        table(
            [
                (
                    str(row.delivery.id),
                    row.delivery.state.value,
                    row.network,
                    row.delivery.outgoing.lane.value,
                    row.contact_name or row.handle,
                    _matter(row),
                )
                for row in rows
            ]
        )
    elif since is None:
        say("The outbox is empty: everything is settled.")
    else:
        say("Nothing was sent in that time, and everything is settled.")
    return Exit.DONE


def _matter(row: OutboxRow) -> str:
    """What is the matter with it, else what was done to it since, else its words."""
    said = row.delivery.words or row.delivery.outgoing.text
    if (wishes := standing(row.withdrawals)) and not row.delivery.words:
        return f"{story.wished(wishes[-1])}: {said}"
    return said
