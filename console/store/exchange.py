"""Drafts that leave this desk as files and come back: the desk's secret, what became of a key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.desk.model import Delivery, Draft, Seen
from console.desk.sheets import digest
from console.store import accounts, deliveries, drafts
from console.store.connection import Work
from console.store.moments import maybe_from_ms, maybe_ms, to_ms

if TYPE_CHECKING:
    from console.store.changes import WayBack

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


def way_back(draft: Draft, said: str) -> list[Any]:
    """The step that puts a draft as it is now; `said` is the digest of what it is made to say."""
    return [
        put_back.__name__,
        draft.key,
        said,
        draft.text,
        draft.acknowledgement,
        draft.seen,
        draft.ready_at is not None,
        maybe_ms(draft.postponed_at),
    ]


def put_back(
    work: Work,
    now: datetime,
    way: WayBack,
    key: str,
    said: str,
    text: str,
    acknowledgement: str | None,
    seen: list[Any],
    ready: bool,
    postponed: int | None,
) -> None:
    """A draft that an import changed says what it said and stands where it stood, unless somebody
    has written on it since."""
    found = drafts.by_key(work, key)
    if found is None:
        return
    recalled = any(each.key == key for each in way.drafts)
    if not recalled and digest(found.text, found.acknowledgement) != said:
        return
    drafts.rewrite(work, found.id, text, acknowledgement, Seen(*seen), now)
    if ready:
        drafts.put_in_deck(work, found.id, now)
        drafts.postpone(work, found.id, maybe_from_ms(postponed))
    else:
        drafts.take_from_deck(work, found.id)
    way.deck.append(found.id)
    now_says = drafts.draft(work, found.id)
    way.drafts[:] = [each for each in way.drafts if each.key != key]
    if now_says is not None:
        way.drafts.append(now_says)
