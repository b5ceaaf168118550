"""The way back of what an import did to a draft."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.desk.digest import digest
from console.desk.model import Draft, Seen
from console.store import drafts
from console.store.connection import Work
from console.store.moments import maybe_ms

if TYPE_CHECKING:
    from console.store.changes import WayBack


def way_back(draft: Draft, said: str) -> list[Any]:
    """The step that puts a draft as it is now; `said` is the digest of what it is made to say."""
    return [
        put_back.__name__,
        draft.key,
        said,
        draft.text,
        draft.acknowledgement,
        draft.seen,
        maybe_ms(draft.ready_at),
        maybe_ms(draft.postponed_at),
        draft.stopped,
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
    ready: int | None,
    postponed: int | None,
    stopped: str,
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
    drafts.stand(work, found.id, ready, postponed, stopped)
    way.deck.append(found.id)
    now_says = drafts.draft(work, found.id)
    way.drafts[:] = [each for each in way.drafts if each.key != key]
    if now_says is not None:
        way.drafts.append(now_says)
