"""Drafts that leave this desk as files and come back: the desk's secret, what became of a key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from console.desk.model import Delivery, Draft
from console.store import accounts, deliveries, drafts
from console.store.connection import Work
from console.store.moments import to_ms

_SECRET = "drafts_secret"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What became of a draft, by its key: it is there, was discarded, or was committed."""

    draft: Draft | None = None
    aside: Draft | None = None
    """Discarded, and still kept."""
    deliveries: tuple[Delivery, ...] = ()


def secret(work: Work) -> str | None:
    """What the heads of this desk's files are signed with; None before the first export."""
    return accounts.setting(work, _SECRET)


def make_secret(work: Work) -> str:
    """The same, made where there is none yet."""
    kept = secret(work)
    if kept is None:
        kept = secrets.token_hex(32)
        accounts.put_setting(work, _SECRET, kept)
    return kept


def standing(work: Work, key: str) -> Standing:
    """What became of the draft of this key."""
    draft = drafts.by_key(work, key)
    if draft is not None:
        return Standing(draft=draft)
    found = work.all("SELECT id FROM deliveries WHERE draft_key = :key ORDER BY id", {"key": key})
    return Standing(
        aside=drafts.aside(work, key),
        deliveries=tuple(deliveries.delivery(work, row[0]) for row in found),
    )


def there(work: Work, thread_id: int) -> bool:
    """True where the thread is on this desk."""
    return work.one("SELECT 1 FROM threads WHERE id = :id", {"id": thread_id}) is not None


def as_it_was(work: Work, draft: Draft) -> None:
    """Undo a rewriting of this very transaction."""
    work.do(
        "UPDATE drafts SET text = :text, acknowledgement = :acknowledgement, base = :base, "
        "seen_revision = :revision, seen_done = :done, stopped = :stopped, updated_at = :updated "
        "WHERE id = :id",
        {
            "text": draft.text,
            "acknowledgement": draft.acknowledgement,
            "base": draft.seen.message,
            "revision": draft.seen.revision,
            "done": int(draft.seen.done),
            "stopped": draft.stopped,
            "updated": to_ms(draft.updated_at),
            "id": draft.id,
        },
    )
