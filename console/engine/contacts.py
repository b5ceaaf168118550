"""One person, many addresses: put together and taken apart by a person, and taken back by `z`."""

from __future__ import annotations

from datetime import datetime

from connectors.contract import Clock
from console.desk.model import Contact
from console.desk.sameness import Likeness
from console.store import changes, contacts, threads
from console.store.connection import Store, Work

__all__ = ["CannotSplit", "Contacts"]

CannotSplit = contacts.CannotSplit


class Contacts:
    """What is known of people, beyond one thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def contact(self, contact_id: int) -> Contact:
        """A person with all their addresses. Raises `NotThere`."""
        return await self._store.read(threads.contact, contact_id)

    async def called(self, words: str, limit: int = 50) -> tuple[Contact, ...]:
        """People by a part of a name or an address."""
        return await self._store.read(contacts.called, words, limit)

    async def like(self, contact_id: int) -> tuple[Likeness, ...]:
        """Who may be the same person."""
        return await self._store.read(contacts.like, contact_id)

    async def merge(self, into: int, other: int) -> int:
        """Two contacts are one person; how many addresses moved. Raises `NotThere`."""

        def unit(work: Work, now: datetime) -> int:
            name = threads.contact(work, other).name
            moved = contacts.merge(work, into, other)
            if moved:
                words = f"{name} merged into {threads.contact(work, into).name}"
                changes.remember(work, words, [["addresses_again", moved]], now)
            return len(moved)

        return await self._store.write(unit, self._clock())

    async def split(self, contact_id: int, handle: str) -> int:
        """An address is another person's; the contact that it has now.

        Raises `NotThere` and `CannotSplit`.
        """

        def unit(work: Work, now: datetime) -> int:
            made, moved = contacts.split(work, contact_id, handle)
            words = f"{handle} split from {threads.contact(work, contact_id).name}"
            changes.remember(work, words, [["addresses_again", moved]], now)
            return made

        return await self._store.write(unit, self._clock())
