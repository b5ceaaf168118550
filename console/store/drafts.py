"""Drafts: unsent words, written to disk while they are typed, and kept for 30 days when dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Lane
from console.desk.model import Draft, DraftKind, ThreadRow
from console.store.connection import Work
from console.store.moments import from_ms, to_ms
from console.store.threads import thread_rows

KEEP_DAYS = 30

_COLUMNS = (
    "id, thread_id, lane, kind, text, acknowledgement, template, base, author, created_at, "
    "updated_at"
)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft with the thread it is for."""

    draft: Draft
    row: ThreadRow


def _draft(row: tuple[object, ...]) -> Draft:
    id_, thread_id, lane, kind, text, acknowledgement, template, base, author, made, changed = row
    return Draft(
        id=id_,  # type: ignore[arg-type]
        thread_id=thread_id,  # type: ignore[arg-type]
        lane=Lane(lane),  # type: ignore[arg-type]
        kind=DraftKind(kind),  # type: ignore[arg-type]
        text=text,  # type: ignore[arg-type]
        acknowledgement=acknowledgement,  # type: ignore[arg-type]
        template=template,  # type: ignore[arg-type]
        base=base,  # type: ignore[arg-type]
        author=author,  # type: ignore[arg-type]
        created_at=from_ms(made),  # type: ignore[arg-type]
        updated_at=from_ms(changed),  # type: ignore[arg-type]
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
    base: int | None,
    author: str,
    now: datetime,
) -> int:
    """Write a draft down in its place (one a thread, lane and kind); its id.

    `base` is what the writer had seen when the draft was begun: it is kept, not moved along.
    """
    params: dict[str, object] = {
        "thread_id": thread_id,
        "lane": lane.value,
        "kind": kind.value,
        "text": text,
        "acknowledgement": acknowledgement,
        "template": template,
        "base": base,
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
            "UPDATE drafts SET text = :text, acknowledgement = :acknowledgement, "
            "template = COALESCE(:template, template), updated_at = :now WHERE id = :id",
            {**params, "id": found},
        )
        work.touch(thread_id)
        return found
    work.touch(thread_id)
    return work.add(
        "INSERT INTO drafts (thread_id, lane, kind, text, acknowledgement, template, base, "
        "author, created_at, updated_at) VALUES (:thread_id, :lane, :kind, :text, "
        ":acknowledgement, :template, :base, :author, :now, :now)",
        params,
    )


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
