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

JOINED = (
    "Two drafts are in one here: the words that came back and, under them, those that had been "
    "begun in their place. Read all of it again before it leaves."
)

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


def join(
    work: Work,
    standing: Draft,
    text: str,
    acknowledgement: str | None,
    template: str | None,
    seen: Seen,
    now: datetime,
) -> int:
    """Words come back to a place where others stand: both are kept, on top of what the one who had
    seen less had seen. Nobody has read them as one, so they need another look. The draft's id."""
    words = _both(text, standing.text)
    public = _both(acknowledgement or "", standing.acknowledgement or "") or None
    save(
        work,
        standing.thread_id,
        standing.lane,
        standing.kind,
        words,
        acknowledgement=public,
        template=template,
        seen=seen,
        author=standing.author,
        now=now,
    )
    look_again(work, standing.id, _less(seen, standing.seen))
    stopped = standing.stopped
    if (words, public or "") != (standing.text, standing.acknowledgement or ""):
        stopped = JOINED
    if standing.ready_at is not None:
        put_in_deck(work, standing.id, now, stopped=stopped)
    else:
        work.do(
            "UPDATE drafts SET stopped = :stopped WHERE id = :id",
            {"stopped": stopped, "id": standing.id},
        )
    return standing.id


def _both(back: str, standing: str) -> str:
    if not standing.strip() or standing == back:
        return back
    return f"{back}\n\n{standing}" if back.strip() else standing


def _less(one: Seen, other: Seen) -> Seen:
    if one.message is None or other.message is None:
        return other if one.message is None else one
    return Seen(
        min(one.message, other.message),
        min(one.revision, other.revision),
        one.done and other.done,
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


def stand(
    work: Work, draft_id: int, ready_at: int | None, postponed_at: int | None, stopped: str
) -> None:
    """In the deck in its old place, or out of it, with the reason why it had come back; moments in
    milliseconds since 1970."""
    work.do(
        "UPDATE drafts SET ready_at = :ready, postponed_at = :postponed, stopped = :stopped "
        "WHERE id = :id AND discarded_at IS NULL",
        {"ready": ready_at, "postponed": postponed_at, "stopped": stopped, "id": draft_id},
    )
    _touch(work, draft_id)


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


def bring_back(work: Work, draft_id: int, now: datetime) -> Draft | None:
    """Undo `drop`; the draft that its words are in. None where they are gone or were never put
    aside."""
    row = work.one(
        f"SELECT {_COLUMNS} FROM drafts WHERE id = :id AND discarded_at IS NOT NULL",
        {"id": draft_id},
    )
    if row is None:
        return None
    dropped = _draft(row)
    standing = in_place(work, dropped.thread_id, dropped.lane, dropped.kind)
    if standing is not None:
        work.do("DELETE FROM drafts WHERE id = :id", {"id": draft_id})
        words = (dropped.text, dropped.acknowledgement, dropped.template, dropped.seen)
        return draft(work, join(work, standing, *words, now))
    work.do("UPDATE drafts SET discarded_at = NULL WHERE id = :id", {"id": draft_id})
    work.touch(dropped.thread_id)
    return draft(work, draft_id)


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
