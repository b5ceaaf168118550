"""Edits and deletions of what customers wrote, as they came in, and how far a reader has seen."""

from __future__ import annotations

from datetime import datetime

from console.desk.freshness import NewsKind, Revision
from console.desk.model import Seen, ThreadState
from console.store.connection import Work
from console.store.moments import from_ms, to_ms


def revised(
    work: Work, thread_id: int, message_id: int, kind: NewsKind, was: str, now: datetime
) -> None:
    """Keep what a customer's message said before it was edited or taken away."""
    work.do(
        "INSERT INTO revisions (thread_id, message_id, kind, was, at) "
        "VALUES (:thread_id, :message_id, :kind, :was, :now)",
        {
            "thread_id": thread_id,
            "message_id": message_id,
            "kind": kind.value,
            "was": was,
            "now": to_ms(now),
        },
    )


def revisions_since(work: Work, thread_id: int, seen: Seen) -> tuple[Revision, ...]:
    """The edits and deletions since, of messages that had been seen; oldest first."""
    return tuple(
        Revision(id=id_, message=message, kind=NewsKind(kind), was=was, at=from_ms(at))
        for id_, message, kind, was, at in work.all(
            "SELECT id, message_id, kind, was, at FROM revisions WHERE thread_id = :thread_id "
            "AND id > :revision AND message_id <= :message ORDER BY id",
            {
                "thread_id": thread_id,
                "revision": seen.revision,
                "message": seen.message or 0,
            },
        )
    )


def seen_now(work: Work, thread_id: int) -> Seen:
    """What somebody who looks at the thread this moment has seen: message 0 where the customer has
    not written yet."""
    row = work.one(
        "SELECT COALESCE((SELECT MAX(id) FROM messages WHERE thread_id = :id AND ours = 0), 0), "
        "COALESCE((SELECT MAX(id) FROM revisions WHERE thread_id = :id), 0), "
        "(SELECT state FROM threads WHERE id = :id)",
        {"id": thread_id},
    )
    assert row is not None
    return Seen(row[0], row[1], row[2] == ThreadState.DONE.value)
