"""A whole thread at one moment, as the conversation and the aside show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract import Audience, Lane
from console.desk.model import Message, ThreadView
from console.store import deliveries, drafts, revisions, routes, threads, withdrawals
from console.store.connection import Work
from console.store.moments import above_from, extras_from, from_ms, maybe_from_ms

_MESSAGE = (
    "SELECT id, thread_id, lane, ours, author, handle, text, at, remote_id, url, warning, "
    "language, edited_at, deleted_at, extras, held_back, delivery_id, audience, account "
    "FROM messages "
)


def _message(row: Sequence[Any], network: str | None = None) -> Message:
    extras = extras_from(row[14])
    return Message(
        id=row[0],
        thread_id=row[1],
        lane=Lane(row[2]),
        ours=bool(row[3]),
        author=row[4],
        handle=row[5],
        text=row[6],
        at=from_ms(row[7]),
        remote_id=row[8],
        url=row[9],
        warning=row[10],
        language=row[11],
        edited_at=maybe_from_ms(row[12]),
        deleted_at=maybe_from_ms(row[13]),
        attachments=extras.attachments,
        also=extras.also,
        held_back=bool(row[15]),
        unread=extras.unread,
        headed=extras.headed,
        folded=extras.folded,
        delivery_id=row[16],
        audience=Audience(row[17]),
        network=network,
    )


def thread_view(work: Work, thread_id: int, limit: int) -> ThreadView | None:
    """A thread with its newest `limit` messages; None when it isn't there."""
    rows = threads.thread_rows(work, [thread_id])
    if thread_id not in rows:
        return None
    row = rows[thread_id]
    found = work.all(
        f"{_MESSAGE} WHERE thread_id = :id ORDER BY at DESC, id DESC LIMIT :limit",
        {"id": thread_id, "limit": limit},
    )
    earlier = 0
    if len(found) == limit:
        total: int = work.value(
            "SELECT COUNT(*) FROM messages WHERE thread_id = :id", {"id": thread_id}
        )
        earlier = total - limit
    subject, above = work.one(
        "SELECT subject, above FROM threads WHERE id = :id", {"id": thread_id}
    ) or (None, "[]")
    contact = threads.contact(work, row.contact_id)
    lanes = threads.lanes_of(work, thread_id)
    known = len(contact.addresses) > 1
    begun = any(bound.lane is Lane.PRIVATE for bound in lanes)
    strange = any(item[18] != row.account for item in found)
    networks = routes.networks(work) if strange else {}
    return ThreadView(
        row=row,
        contact=contact,
        address=threads.address_of(work, thread_id),
        subject=subject,
        above=above_from(above),
        lanes=lanes,
        messages=tuple(
            _message(item, None if item[18] == row.account else networks.get(item[18], "?"))
            for item in reversed(found)
        ),
        earlier=earlier,
        notes=threads.notes_of(work, thread_id),
        deliveries=deliveries.deliveries_of(work, thread_id),
        drafts=drafts.drafts_of(work, thread_id),
        seen=revisions.seen_now(work, thread_id),
        withdrawals=withdrawals.of_thread(work, thread_id),
        elsewhere=routes.elsewhere(work, thread_id) if known and not begun else None,
    )


def message(work: Work, message_id: int) -> Message | None:
    """One message; None when it isn't there any more."""
    row = work.one(f"{_MESSAGE} WHERE id = :id", {"id": message_id})
    return None if row is None else _message(row)


def written_since(work: Work, thread_id: int, base: int) -> tuple[Message, ...]:
    """What came in from the customer after a message, oldest first.

    By the order in which it came in: what a network delivers late is news as well.
    """
    return tuple(
        _message(row)
        for row in work.all(
            f"{_MESSAGE} WHERE thread_id = :id AND ours = 0 AND deleted_at IS NULL AND "
            "id > :base ORDER BY at, id LIMIT 50",
            {"id": thread_id, "base": base},
        )
    )
