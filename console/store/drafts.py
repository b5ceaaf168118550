"""Drafts: unsent words, written to disk while they are typed, and kept for 30 days when dropped."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.contract import Lane
from console.desk.model import Draft, DraftKind, Seen, ThreadRow
from console.store.connection import Work
from console.store.moments import from_ms, maybe_from_ms, to_ms
from console.store.threads import thread_rows

KEEP_DAYS = 30

_COLUMNS = (
    "id, thread_id, lane, kind, text, acknowledgement, template, base, author, created_at, "
    "updated_at, key, seen_revision, seen_done, ready_at, postponed_at, stopped"
)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft with the thread it is for."""

    draft: Draft
    row: ThreadRow


def _draft(row: tuple[Any, ...]) -> Draft:
    return Draft(
        id=row[0],
        thread_id=row[1],
        lane=Lane(row[2]),
        kind=DraftKind(row[3]),
        text=row[4],
        acknowledgement=row[5],
        template=row[6],
        seen=Seen(row[7], row[12], bool(row[13])),
        author=row[8],
        created_at=from_ms(row[9]),
        updated_at=from_ms(row[10]),
        key=row[11],
        ready_at=maybe_from_ms(row[14]),
        postponed_at=maybe_from_ms(row[15]),
        stopped=row[16],
    )


def save(
    work: Work,
    thread_id: int,
    lane: Lane,
    kind: DraftKind,
    text: str,
    *,
    acknowledgement: str | None,
    template: str | None,
    seen: Seen,
    author: str,
    now: datetime,
    key: str | None = None,
) -> int:
    """Write a draft down in its place (one a thread, lane and kind); its id.

    `seen` is what the writer had seen when the draft was begun: it is kept, not moved along. A
    draft of the review deck whose words change is being written again, and leaves the deck.
    """
    params: dict[str, object] = {
        "thread_id": thread_id,
        "lane": lane.value,
        "kind": kind.value,
        "text": text,
        "acknowledgement": acknowledgement,
        "template": template,
        "base": seen.message,
        "seen_revision": seen.revision,
        "seen_done": int(seen.done),
        "author": author,
        "now": to_ms(now),
    }
    found: int | None = work.value(
        "SELECT id FROM drafts WHERE thread_id = :thread_id AND lane = :lane AND kind = :kind "
        "AND discarded_at IS NULL",
        params,
    )
    if found is not None:
        work.do(
            "UPDATE drafts SET ready_at = CASE WHEN text = :text "
            "AND COALESCE(acknowledgement, '') = COALESCE(:acknowledgement, '') THEN ready_at END, "
            "text = :text, acknowledgement = :acknowledgement, "
            "template = COALESCE(:template, template), updated_at = :now WHERE id = :id",
            {**params, "id": found},
        )
        work.touch(thread_id)
        return found
    work.touch(thread_id)
    return work.add(
        "INSERT INTO drafts (key, thread_id, lane, kind, text, acknowledgement, template, base, "
        "seen_revision, seen_done, author, created_at, updated_at) VALUES (:key, :thread_id, "
        ":lane, :kind, :text, :acknowledgement, :template, :base, :seen_revision, :seen_done, "
        ":author, :now, :now)",
        {**params, "key": key or uuid.uuid4().hex},
    )


def put_in_deck(work: Work, draft_id: int, now: datetime, *, stopped: str = "") -> None:
    """Mark a draft ready for review. `stopped`: why it came back, where it did."""
    work.do(
        "UPDATE drafts SET ready_at = COALESCE(ready_at, :now), postponed_at = NULL, "
        "stopped = :stopped WHERE id = :id AND discarded_at IS NULL",
        {"now": to_ms(now), "stopped": stopped, "id": draft_id},
    )
    _touch(work, draft_id)


def take_from_deck(work: Work, draft_id: int) -> None:
    """It is being written again."""
    work.do(
        "UPDATE drafts SET ready_at = NULL, postponed_at = NULL WHERE id = :id", {"id": draft_id}
    )
    _touch(work, draft_id)


def postpone(work: Work, draft_id: int, at: datetime | None) -> datetime | None:
    """Put a draft behind the others of the deck; when it was postponed before."""
    before: int | None = work.value(
        "SELECT postponed_at FROM drafts WHERE id = :id", {"id": draft_id}
    )
    work.do(
        "UPDATE drafts SET postponed_at = :at WHERE id = :id",
        {"at": None if at is None else to_ms(at), "id": draft_id},
    )
    _touch(work, draft_id)
    return maybe_from_ms(before)


def look_again(work: Work, draft_id: int, seen: Seen) -> None:
    """Somebody has seen this much of the thread and leaves the words as they are."""
    work.do(
        "UPDATE drafts SET base = :message, seen_revision = :revision, seen_done = :done, "
        "stopped = '' WHERE id = :id",
        {
            "message": seen.message,
            "revision": seen.revision,
            "done": int(seen.done),
            "id": draft_id,
        },
    )
    _touch(work, draft_id)


def rewrite(
    work: Work,
    draft_id: int,
    text: str,
    acknowledgement: str | None,
    seen: Seen,
    now: datetime,
) -> None:
    """Give a draft other words, by somebody who has seen this much; it stays in the deck."""
    work.do(
        "UPDATE drafts SET text = :text, acknowledgement = :acknowledgement, updated_at = :now "
        "WHERE id = :id AND discarded_at IS NULL",
        {"text": text, "acknowledgement": acknowledgement, "now": to_ms(now), "id": draft_id},
    )
    look_again(work, draft_id, seen)


def known(work: Work, key: str | None) -> bool:
    """True where a draft of this key is there, discarded ones included."""
    return key is not None and bool(work.one("SELECT 1 FROM drafts WHERE key = :key", {"key": key}))


def by_key(work: Work, key: str) -> Draft | None:
    """The draft of this key that isn't discarded."""
    row = work.one(
        f"SELECT {_COLUMNS} FROM drafts WHERE key = :key AND discarded_at IS NULL", {"key": key}
    )
    return None if row is None else _draft(row)


def aside(work: Work, key: str) -> Draft | None:
    """The draft of this key that was discarded and is still kept."""
    row = work.one(
        f"SELECT {_COLUMNS} FROM drafts WHERE key = :key AND discarded_at IS NOT NULL",
        {"key": key},
    )
    return None if row is None else _draft(row)


def deck(work: Work) -> tuple[int, ...]:
    """The drafts to review, in the order in which they became ready, postponed ones last."""
    return tuple(
        row[0]
        for row in work.all(
            "SELECT id FROM drafts WHERE ready_at IS NOT NULL AND discarded_at IS NULL "
            "ORDER BY COALESCE(postponed_at, 0), ready_at, id"
        )
    )


def _touch(work: Work, draft_id: int) -> None:
    thread_id = work.value("SELECT thread_id FROM drafts WHERE id = :id", {"id": draft_id})
    if thread_id is not None:
        work.touch(thread_id)


def drop(work: Work, draft_id: int, now: datetime) -> Draft | None:
    """Put a draft aside; it is kept for a while. None when it isn't there."""
    found = draft(work, draft_id)
    if found is None:
        return None
    work.do(
        "UPDATE drafts SET discarded_at = :now WHERE id = :id", {"now": to_ms(now), "id": draft_id}
    )
    work.do(
        "DELETE FROM drafts WHERE discarded_at < :before",
        {"before": to_ms(now) - KEEP_DAYS * 86_400_000},
    )
    work.touch(found.thread_id)
    return found


def bring_back(work: Work, draft_id: int) -> bool:
    """Undo `drop`; False when another draft stands in its place now, or it is gone."""
    row = work.one(
        "SELECT thread_id, lane, kind FROM drafts WHERE id = :id AND discarded_at IS NOT NULL",
        {"id": draft_id},
    )
    if row is None:
        return False
    if work.one(
        "SELECT 1 FROM drafts WHERE thread_id = :thread_id AND lane = :lane AND kind = :kind "
        "AND discarded_at IS NULL",
        {"thread_id": row[0], "lane": row[1], "kind": row[2]},
    ):
        return False
    work.do("UPDATE drafts SET discarded_at = NULL WHERE id = :id", {"id": draft_id})
    work.touch(row[0])
    return True


def consume(work: Work, thread_id: int, lane: Lane, kind: DraftKind) -> None:
    """The draft in this place has become a delivery: it is a draft no more."""
    work.do(
        "DELETE FROM drafts WHERE thread_id = :thread_id AND lane = :lane AND kind = :kind "
        "AND discarded_at IS NULL",
        {"thread_id": thread_id, "lane": lane.value, "kind": kind.value},
    )
    work.touch(thread_id)


def draft(work: Work, draft_id: int) -> Draft | None:
    """One draft that isn't dropped."""
    row = work.one(
        f"SELECT {_COLUMNS} FROM drafts WHERE id = :id AND discarded_at IS NULL", {"id": draft_id}
    )
    return None if row is None else _draft(row)


def in_place(work: Work, thread_id: int, lane: Lane, kind: DraftKind) -> Draft | None:
    """The draft that stands in this place of a thread."""
    row = work.one(
        f"SELECT {_COLUMNS} FROM drafts WHERE thread_id = :id AND lane = :lane AND kind = :kind "
        "AND discarded_at IS NULL",
        {"id": thread_id, "lane": lane.value, "kind": kind.value},
    )
    return None if row is None else _draft(row)


def drafts_of(work: Work, thread_id: int) -> tuple[Draft, ...]:
    """The drafts of a thread, oldest first."""
    return tuple(
        _draft(row)
        for row in work.all(
            f"SELECT {_COLUMNS} FROM drafts WHERE thread_id = :id AND discarded_at IS NULL "
            "ORDER BY id",
            {"id": thread_id},
        )
    )


def all_drafts(work: Work) -> tuple[DraftRow, ...]:
    """Every draft with its thread, oldest first."""
    found = [
        _draft(row)
        for row in work.all(
            f"SELECT {_COLUMNS} FROM drafts WHERE discarded_at IS NULL ORDER BY updated_at, id"
        )
    ]
    rows = thread_rows(work, list({item.thread_id for item in found}))
    return tuple(DraftRow(item, rows[item.thread_id]) for item in found)
