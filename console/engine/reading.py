"""Questions to the desk: each is one reading unit, answered from one consistent moment."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Clock, Lane
from console.desk import query
from console.desk.freshness import News
from console.desk.model import Delivery, Draft, Seen, ThreadRow, ThreadView
from console.engine.setup import EngineSettings
from console.store import (
    conversation,
    counting,
    deliveries,
    drafts,
    freshness,
    ledger,
    search,
    threads,
)
from console.store.accounts import StoredAccount, account, accounts, put_setting, setting
from console.store.connection import Store, Work
from console.store.counting import Counts
from console.store.drafts import DraftRow
from console.store.ledger import OutboxRow
from console.store.search import Hit
from console.store.threads import Order, View, view_of

__all__ = [
    "Counts",
    "DraftRow",
    "Hit",
    "Order",
    "OutboxRow",
    "Reading",
    "Results",
    "View",
    "view_of",
]


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found, newest first, and what it didn't understand."""

    hits: tuple[Hit, ...]
    hints: tuple[str, ...]


class Reading:
    """Everything that can be asked. Nothing here changes anything or blocks the loop."""

    def __init__(self, store: Store, clock: Clock, settings: EngineSettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    async def ids(self, view: View, order: Order, *, limit: int | None = None) -> array[int]:
        """The threads of a list, in order."""
        return await self._store.read(threads.thread_ids, view, order, limit)

    async def rows(self, ids: Sequence[int]) -> dict[int, ThreadRow]:
        """The rows of these threads."""
        return await self._store.read(threads.thread_rows, ids)

    async def thread(self, thread_id: int, limit: int = 200) -> ThreadView | None:
        """A thread with its newest messages; None when there is none."""
        return await self._store.read(conversation.thread_view, thread_id, limit)

    async def threads_of(self, contact_id: int, but: int) -> tuple[ThreadRow, ...]:
        """A person's other threads, newest first."""
        return await self._store.read(threads.rows_of_contact, contact_id, but, 20)

    async def counts(self) -> Counts:
        """How many threads and deliveries there are of each kind."""
        due = self._clock() - self._settings.due_soon_after
        return await self._store.read(counting.counts, due)

    async def search(self, words: str, *, partial: bool = False, limit: int = 300) -> Results:
        """Threads and messages by words, names and filters, newest first."""
        today = self._clock().astimezone().date()
        asked = query.parse(words, today, partial=partial)
        hits = await self._store.read(search.search, asked, limit)
        return Results(hits, asked.hints)

    async def outbox(self, *, settled_since: datetime | None = None) -> tuple[OutboxRow, ...]:
        """What has not left or is not settled; with a moment also everything that moved since."""
        return await self._store.read(ledger.outbox, settled_since)

    async def delivery(self, delivery_id: int) -> Delivery:
        """One delivery. Raises `NotThere`."""
        return await self._store.read(deliveries.delivery, delivery_id)

    async def drafts(self) -> tuple[DraftRow, ...]:
        """Every draft, oldest first."""
        return await self._store.read(drafts.all_drafts)

    async def news(self, written: Iterable[Draft]) -> dict[int, tuple[News, ...]]:
        """What the writers of these drafts have not seen, by the draft's id; those with news."""
        now = self._clock()

        def unit(work: Work) -> dict[int, tuple[News, ...]]:
            found = {
                draft.id: freshness.news(work, draft.thread_id, draft.lane, draft.seen, now)
                for draft in written
            }
            return {draft_id: news for draft_id, news in found.items() if news}

        return await self._store.read(unit)

    async def news_of(self, thread_id: int, lane: Lane, seen: Seen) -> tuple[News, ...]:
        """What somebody who has seen so much of a thread doesn't know."""
        return await self._store.read(freshness.news, thread_id, lane, seen, self._clock())

    async def accounts(self) -> tuple[StoredAccount, ...]:
        """Every account that is known."""
        return await self._store.read(accounts)

    async def account(self, name: str) -> StoredAccount | None:
        """One account."""
        return await self._store.read(account, name)

    async def remembered(self, key: str) -> str | None:
        """Something that the screen remembers between runs."""
        return await self._store.read(setting, key)

    async def remember(self, key: str, value: str) -> None:
        """Remember something for the screen."""
        await self._store.write(put_setting, key, value)
