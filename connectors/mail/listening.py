"""Hearing a mailbox: what came since the cursor, then what comes, by IDLE or by looking.

Ids in a folder only grow, so everything above the last one told is news. Where a folder was made
anew (its UIDVALIDITY changed) they mean nothing any more: then everything since the day of the last
mail told is told again, and whatever stands above that mail, found by its Message-ID. Telling twice
is harmless, since a mail keeps its Message-ID.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from connectors.contract import (
    Address,
    Arrival,
    Batch,
    Clock,
    Hearing,
    Oddity,
    Post,
    Unreachable,
)
from connectors.mail import naming, wire
from connectors.mail.imap import Imap
from connectors.mail.lines import Fetched, Folder, day
from connectors.mail.memory import RECENT, Mark, Memory, Place
from connectors.mail.places import Places

PAGE = 20
"""Mails that are fetched at once."""
FIRST = 400
"""Mails of each folder that the first listening brings, at most."""
INBOX = "INBOX"


class Listener:
    """One listening, from a cursor on. Raises `ConnectorError` when the connection is lost."""

    def __init__(
        self,
        places: Places,
        secret: str,
        us: Address,
        sent: str,
        memory: Memory,
        clock: Clock,
        since: str | None,
    ) -> None:
        self._places = places
        self._secret = secret
        self._us = us
        self._sent = sent
        self._memory = memory
        self._clock = clock
        self._place = Place.read(since)
        self._until = clock() + timedelta(minutes=places.token_minutes)

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """History, then what happens, without end."""
        imap = await Imap.signed_in(self._places, self._secret, self._clock)
        try:
            if self._sent:
                async for batch in self._news(imap, self._sent, Hearing.CATCHING_UP):
                    yield batch
            async for batch in self._news(imap, INBOX, Hearing.CATCHING_UP):
                yield batch
            yield Batch(cursor=self._place.cursor(), hearing=_hearing(imap))
            async for batch in self._live(imap):
                yield batch
        except Unreachable:
            # A key that died looks like a lost connection; only signing in tells.
            await imap.close()
            await self._still_known()
            raise
        finally:
            await imap.close()

    async def _still_known(self) -> None:
        with suppress(Unreachable):
            again = await Imap.signed_in(self._places, self._secret, self._clock)
            await again.close()

    async def _live(self, imap: Imap) -> AsyncIterator[Batch]:
        places = self._places
        looked = renewed = self._clock()
        while True:
            wait = min(places.idle_seconds, places.own_seconds)
            if imap.pushes:
                await imap.idle(wait)
            else:
                await imap.rest(min(places.poll_seconds, wait))
            hearing = _hearing(imap)
            if places.xoauth2 and self._clock() >= self._until:
                raise Unreachable(
                    "The access token is renewed. Nothing was lost; it goes on in a moment."
                )
            told = False
            async for batch in self._news(imap, INBOX, hearing, opened=True):
                told = True
                yield batch
            now = self._clock()
            if self._sent and (now - looked).total_seconds() >= places.own_seconds * 0.9:
                looked = now
                if await self._wrote(imap):
                    async for batch in self._news(imap, self._sent, hearing):
                        told = True
                        yield batch
                    async for batch in self._news(imap, INBOX, hearing):
                        told = True
                        yield batch
            if not told and (now - renewed).total_seconds() >= 25:
                renewed = now
                yield Batch(hearing=hearing)

    async def _wrote(self, imap: Imap) -> bool:
        """True where the folder of sent mail isn't as we left it."""
        folder = await imap.status(self._sent)
        mark = self._place.sent
        return mark is None or mark.validity != folder.validity or folder.next_uid > mark.uid + 1

    # --- one folder ---------------------------------------------------------------------------

    async def _news(
        self, imap: Imap, name: str, hearing: Hearing, *, opened: bool = False
    ) -> AsyncIterator[Batch]:
        """What stands above our place in a folder, a page at a time."""
        own = name != INBOX
        mark = self._place.sent if own else self._place.inbox
        imap.taken()
        if opened and mark is not None:
            uids = await self._above(imap, mark.uid)
            validity = mark.validity
        else:
            folder = await imap.examine(name)
            validity = folder.validity
            uids = await self._missing(imap, folder, mark, own=own)
            if not uids:
                last = max(folder.next_uid - 1, 0)
                if mark is not None and mark.validity == validity:
                    last = max(last, mark.uid)
                self._move(Mark(validity, last), own=own)
        for at in range(0, len(uids), PAGE):
            page = uids[at : at + PAGE]
            found = await imap.fetch(page)
            arrivals, oddities = await self._told(imap, found, own=own)
            oddities += await self._withheld(imap, page, found)
            self._move(Mark(validity, page[-1]), own=own)
            yield Batch(
                arrivals=tuple(arrivals),
                cursor=self._place.cursor(),
                hearing=hearing,
                oddities=tuple(oddities),
                behind=len(uids) - at - len(page),
            )

    @staticmethod
    async def _withheld(imap: Imap, page: list[int], found: list[Fetched]) -> list[Oddity]:
        """Mails that the server lists and doesn't hand over; what was deleted meanwhile is none."""
        left = set(page) - {one.uid for one in found}
        if not left:
            return []
        named = ",".join(str(uid) for uid in sorted(left))
        return [
            Oddity(what="a mail: the server lists it and doesn't hand it over", raw=f"UID {uid}")
            for uid in await imap.search("UID", named)
            if uid in left
        ]

    async def _missing(
        self, imap: Imap, folder: Folder, mark: Mark | None, *, own: bool
    ) -> list[int]:
        if mark is None:
            since = self._clock() - timedelta(days=self._places.history_days)
            return (await imap.search("SINCE", day(since)))[-FIRST:]
        if mark.validity == folder.validity:
            return await self._above(imap, mark.uid)
        found: set[int] = set()
        with suppress(ValueError):
            newest = date.fromisoformat(self._place.day) - timedelta(days=1)
            found.update(await imap.search("SINCE", day(datetime(
                newest.year, newest.month, newest.day, tzinfo=UTC))))  # fmt: skip
        anchors: list[int] = []
        for message_id in () if own else self._place.recent:
            if '"' not in message_id and "\\" not in message_id and message_id.isascii():
                anchors += await imap.search("HEADER", "Message-ID", f'"<{message_id}>"')
        if anchors:
            found.update(await self._above(imap, min(anchors)))
        elif not self._place.day:
            found.update((await imap.search("ALL"))[-FIRST:])
        return sorted(found)

    @staticmethod
    async def _above(imap: Imap, uid: int) -> list[int]:
        # `n:*` always names the last mail, even where n is beyond it (RFC 3501, 6.4.8).
        return [one for one in await imap.search("UID", f"{uid + 1}:*") if one > uid]

    async def _told(
        self, imap: Imap, found: list[Fetched], *, own: bool
    ) -> tuple[list[Arrival], list[Oddity]]:
        arrivals: list[Arrival] = []
        oddities: list[Oddity] = []
        newest: datetime | None = None
        for one in sorted(found, key=lambda each: each.uid):
            # A long mail takes milliseconds; whoever types meanwhile must not wait for twenty.
            await asyncio.sleep(0)
            at = one.at or wire.sent_at(one.raw) or self._clock()
            newest = at if newest is None else max(newest, at)
            what = wire.arrival(
                wire.Told(raw=one.raw, size=one.size, at=at, sent=own),
                self._us,
                self._places.domain,
                self._memory.subjects,
            )
            if isinstance(what, Oddity):
                oddities.append(what)
                continue
            if isinstance(what, Post):
                if self._is_loose(what):
                    what = await self._tied(imap, what, one.uid)
                self._memory.meet(what)
                if not own and naming.is_real(what.remote_id):
                    self._place.recent = [*self._place.recent, what.remote_id][-RECENT:]
            if what is not None:
                arrivals.append(what)
        if newest is not None and not own:
            self._place.day = max(self._place.day, newest.date().isoformat())
        return arrivals, oddities

    @staticmethod
    def _is_loose(post: Post) -> bool:
        """An answer that names nothing it answers, and whose subject we haven't met."""
        return (
            not post.ours
            and post.conversation == post.remote_id
            and naming.is_real(post.remote_id)
            and naming.is_reply(post.warning or "")
        )

    async def _tied(self, imap: Imap, post: Post, uid: int) -> Post:
        """Find the mail of the same person and subject before it, and join its conversation."""
        bare = naming.bare_subject(post.warning or "")
        address = post.author.remote_id
        if len(bare) < 4 or not (bare + address).isascii() or set(bare + address) & set('"\\'):
            return post
        known = await imap.search("FROM", f'"{address}"', "SUBJECT", f'"{bare[:100]}"')
        before = [one for one in known if one < uid][-1:]
        for one in await imap.fetch(before):
            elder = wire.arrival(
                wire.Told(raw=one.raw, size=one.size, at=post.at), self._us, self._places.domain
            )
            if (
                isinstance(elder, Post)
                and elder.author.remote_id == address
                and naming.bare_subject(elder.warning or "") == bare
            ):
                return replace(post, conversation=elder.conversation)
        return post

    def _move(self, mark: Mark, *, own: bool) -> None:
        if own:
            self._place.sent = mark
        else:
            self._place.inbox = mark


def _hearing(imap: Imap) -> Hearing:
    return Hearing.STREAMING if imap.pushes else Hearing.POLLING
