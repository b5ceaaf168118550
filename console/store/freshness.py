"""What whoever had seen a thread up to a point doesn't know of it."""

from __future__ import annotations

from datetime import datetime

from connectors.contract import Lane
from console.desk import freshness
from console.desk.freshness import News
from console.desk.model import Seen, ThreadState
from console.store import accounts, conversation, revisions
from console.store.connection import Work
from console.store.moments import maybe_from_ms


def news(
    work: Work, thread_id: int, lane: Lane, seen: Seen, now: datetime, *, closing: bool = True
) -> tuple[News, ...]:
    """What whoever had seen so much of a thread doesn't know; nothing when they know it all.

    `closing`: whether it counts that the thread was closed since.
    """
    row = work.one(
        "SELECT t.state, COALESCE((SELECT l.account FROM lanes l WHERE l.thread_id = t.id "
        "AND l.lane = :lane), t.account), c.name, p.handle FROM threads t "
        "JOIN contacts c ON c.id = t.contact_id JOIN addresses p ON p.id = t.address_id "
        "WHERE t.id = :id",
        {"id": thread_id, "lane": lane.value},
    )
    if row is None:
        return ()
    state, account_name, name, handle = row
    account = accounts.account(work, account_name)
    hello = account.hello if account is not None else None
    window = hello.limits.window(lane) if hello is not None else None
    asked_at = None
    if window is not None:
        asked_at = maybe_from_ms(
            work.value(
                "SELECT MAX(at) FROM messages WHERE thread_id = :id AND lane = :lane AND ours = 0",
                {"id": thread_id, "lane": lane.value},
            )
        )
    return freshness.news(
        name=name or handle,
        wrote=()
        if seen.message is None
        else conversation.written_since(work, thread_id, seen.message),
        revisions=revisions.revisions_since(work, thread_id, seen),
        closed=closing
        and seen.message is not None
        and state == ThreadState.DONE.value
        and not seen.done,
        window=window,
        asked_at=asked_at,
        now=now,
    )
