"""The composer's words on their way to disk; another Greenroom may be writing the same draft."""

from __future__ import annotations

from datetime import datetime

from connectors.contract import Clock, Lane
from console.desk.model import DraftKind, Seen
from console.store import changes, clashes, drafts, notes
from console.store.clashes import Saved, Words
from console.store.connection import Store, Work

__all__ = ["Drafting", "Saved", "Words"]


class Drafting:
    """Saves what is being written."""

    def __init__(self, store: Store, clock: Clock, author: str) -> None:
        self._store = store
        self._clock = clock
        self._author = author

    async def save(
        self,
        thread_id: int,
        lane: Lane,
        kind: DraftKind,
        words: Words,
        *,
        known: Words | None,
        note_id: int | None,
        acknowledgement: bool,
        template: str | None,
        seen: Seen,
    ) -> Saved:
        """Put words on disk: into their draft, or into a note where the draft has words that are
        not `known`. Raises `StoreError`."""
        return await self._store.write(
            clashes.save,
            thread_id,
            lane,
            kind,
            words,
            known=known,
            note_id=note_id,
            acknowledgement=acknowledgement,
            template=template,
            seen=seen,
            author=self._author,
            now=self._clock(),
        )

    async def drop(self, draft_id: int | None, note_id: int | None, known: Words | None) -> None:
        """Everything was deleted: put the draft aside, unless others are writing it."""

        def unit(work: Work, now: datetime) -> None:
            if note_id is not None:
                notes.remove_note(work, note_id, now)
            if draft_id is None or not clashes.is_known(work, draft_id, known):
                return
            if drafts.drop(work, draft_id, now) is not None:
                changes.remember(work, "draft dropped", [["draft_again", draft_id]], now)

        await self._store.write(unit, self._clock())

    async def no_note(self, note_id: int) -> None:
        """The words of a note were sent: it is needed no more."""
        await self._store.write(notes.remove_note, note_id, self._clock())
