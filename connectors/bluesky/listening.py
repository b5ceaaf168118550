"""Hearing everything once, in order, across restarts: what was missed, then what is new.

A `Listener` is one run of `listen`. In the open it reads two listings, what is said to us and what
we say, each back to what was told. In private it catches up conversation by conversation, and then
follows the log. Our place only moves with what was told. Nothing is streamed to us by this network,
so all of it is asked for, again and again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import datetime

from connectors.bluesky import shapes
from connectors.bluesky.api import PAGE, Api
from connectors.bluesky.heard import Page, Said
from connectors.bluesky.history import History, stamp
from connectors.bluesky.memory import Memory, Place, Told
from connectors.bluesky.pace import Pace
from connectors.bluesky.private import Private
from connectors.contract import (
    Address,
    Arrival,
    Audience,
    Batch,
    Clock,
    Cursor,
    Deleted,
    Hearing,
    Lane,
    Oddity,
    Post,
    Quoted,
    Refused,
    SlowDown,
)

log = logging.getLogger(__name__)

ASKS = 60
"""How many threads are asked for, batch by batch, to learn what stands above a post."""


class Listener:
    """One run of `listen`."""

    def __init__(
        self,
        api: Api,
        us: Address,
        memory: Memory,
        pace: Pace,
        clock: Clock,
        since: Cursor | None,
        *,
        chats: bool,
    ) -> None:
        self._api = api
        self._us = us
        self._memory = memory
        self._pace = pace
        self._clock = clock
        self._place = Place.read(since)
        self._heard = History(api.notifications, self._place.heard)
        self._own = History(api.own, self._place.own)
        self._private = Private(api, us, memory, self._place) if chats else None
        self._private_quiet: datetime | None = None
        self._asks = ASKS
        self._alive: set[str] = set()
        self._replies: dict[str, int] = {}
        memory.begin()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """History since the cursor, then live, until the connection is lost."""
        catching_up = Hearing.CATCHING_UP
        for history, told in ((self._heard, self._place.heard), (self._own, self._place.own)):
            async for batch in self._listing(history, told, catching_up, deep=True):
                yield batch
        async for batch in self._chat(catching_up):
            yield batch
        gone = await self._taken_away()
        yield self._batch([*await self._continued(), *gone], Hearing.POLLING)
        loop = asyncio.get_running_loop()
        own_at = loop.time() + self._pace.own
        still_at = loop.time() + self._pace.still
        while True:
            await asyncio.sleep(self._pace.heard)
            async for batch in self._listing(
                self._heard, self._place.heard, Hearing.POLLING, deep=False
            ):
                yield batch
            if loop.time() >= own_at:
                async for batch in self._listing(
                    self._own, self._place.own, Hearing.POLLING, deep=False
                ):
                    yield batch
                own_at = loop.time() + self._pace.own
            async for batch in self._chat(Hearing.POLLING):
                yield batch
            gone = []
            if loop.time() >= still_at:
                gone = [*await self._continued(), *await self._taken_away()]
                still_at = loop.time() + self._pace.still
            yield self._batch(gone, Hearing.POLLING)

    # --- in the open -----------------------------------------------------------------------------

    async def _listing(
        self, history: History, told: Told, hearing: Hearing, *, deep: bool
    ) -> AsyncIterator[Batch]:
        async for page, behind in history.missed(deep=deep):
            if page is None:
                yield self._batch([], hearing, behind=behind * PAGE)
                continue
            self._asks = ASKS
            arrivals: list[Arrival] = []
            for post in page.said:
                await self._take(post, told, arrivals)
            yield self._batch(arrivals, hearing, page.oddities, behind=_behind(page, behind))

    async def _take(self, said: Said, told: Told, arrivals: list[Arrival]) -> None:
        ours = said.author.remote_id == self._us.remote_id
        edited = self._clock() if told.knew(said) else None
        post = None
        if ours and told is self._place.own:
            post = await self._our_post(said)
        elif not ours:
            post = replace(as_post(said, self._us.remote_id), above=await self._above(said))
        told.take(said, at=stamp(said))
        if post is not None and self._memory.news(post):
            arrivals.append(post if edited is None else replace(post, edited_at=edited))

    async def _our_post(self, said: Said) -> Post | None:
        """What we answered somebody; None where it is for nobody we serve."""
        if said.parent is None:
            return None
        us = self._us.remote_id
        for ref, known in ((said.parent, said.answered), (said.root, said.began)):
            whose = shapes.split_uri(ref.uri) if ref is not None else None
            if ref is None or whose is None or whose[0] == us:
                continue
            to = known or await self._author_of(ref.uri)
            if to is not None:
                post = as_post(said, us)
                return replace(post, ours=True, to=to, also=_but(post.also, to))
        return None

    async def _author_of(self, uri: str) -> Address | None:
        if self._asks <= 0:
            return None
        self._asks -= 1
        page = await self._api.posts([uri])
        return page.said[0].author if page.said else None

    async def _above(self, said: Said) -> tuple[Quoted, ...]:
        """What a post answers or quotes that wasn't told as a message, oldest first."""
        known = self._memory.above(said.uri)
        if known is not None:
            return known
        if self._asks <= 0:
            return ()
        chain: list[Said] = []
        if said.parent is not None and not self._memory.told(said.parent.uri):
            self._asks -= 1
            chain = await self._api.above(said.uri)
        if said.quotes is not None:
            self._asks -= 1
            chain += (await self._api.posts([said.quotes])).said
        found = tuple(
            quoted(one, ours=one.author.remote_id == self._us.remote_id)
            for one in chain
            if not self._memory.told(one.uri)
        )
        self._memory.put_above(said.uri, found)
        return found

    async def _continued(self) -> list[Arrival]:
        """What customers answered themselves with. A thread of theirs names us once, and of the
        rest nobody is told: so the last posts are looked at for more answers than they had."""
        arrivals: list[Arrival] = []
        last = self._place.heard.last
        if not last:
            return arrivals
        self._asks = ASKS
        for post in (await self._api.posts(last)).said:
            if post.replies <= self._replies.get(post.uri, 0):
                continue
            self._replies[post.uri] = post.replies
            for more in await self._api.below(post.uri):
                if not self._place.heard.knows(more):
                    await self._take(more, self._place.heard, arrivals)
        return arrivals

    async def _taken_away(self) -> list[Arrival]:
        """Posts that were told and don't stand any more: of what isn't listed now, the author's
        own server is asked. (Somebody who blocks us isn't listed either, and their posts stand.)"""
        arrivals: list[Arrival] = []
        for history in (self._heard, self._own):
            for uri in history.gone(self._alive):
                parts = shapes.split_uri(uri)
                if parts is None:
                    continue
                try:
                    stands = await self._api.record(*parts) is not None
                except Refused:
                    stands = True
                if stands:
                    self._alive.add(uri)
                    continue
                self._place.heard.forget(uri)
                self._place.own.forget(uri)
                self._memory.forget(uri)
                arrivals.append(Deleted(remote_id=uri, at=self._clock()))
        return arrivals

    # --- in private ------------------------------------------------------------------------------

    async def _chat(self, hearing: Hearing) -> AsyncIterator[Batch]:
        """What is new in private. The chat's servers ask for a rest, now and then for hours: the
        public lane goes on meanwhile."""
        if self._private is None:
            return
        if self._private_quiet is not None and self._clock() < self._private_quiet:
            return
        try:
            async for arrivals, oddities in self._private.news():
                yield self._batch(arrivals, hearing, oddities)
        except SlowDown as slow:
            log.debug("the chat asks for a rest until %s", slow.until)
            self._private_quiet = slow.until

    def _batch(
        self,
        arrivals: list[Arrival],
        hearing: Hearing,
        oddities: tuple[Oddity, ...] = (),
        *,
        behind: int | None = None,
    ) -> Batch:
        return Batch(
            arrivals=tuple(arrivals),
            cursor=self._place.cursor(),
            hearing=hearing,
            oddities=oddities,
            behind=behind,
        )


def as_post(said: Said, us: str) -> Post:
    """A post in the open, as somebody else's than ours (`us`)."""
    conversation = said.root.uri if said.root is not None else said.uri
    return Post(
        remote_id=said.uri,
        lane=Lane.PUBLIC,
        author=said.author,
        ours=False,
        text=said.text,
        at=said.at,
        conversation=conversation,
        reply_to=said.parent.uri if said.parent is not None else None,
        audience=Audience.EVERYONE,
        also=tuple(
            name if name.startswith("@") else did
            for did, name in said.named
            if did not in (said.author.remote_id, us)
        ),
        url=shapes.page_of(said.uri),
        warning=said.warning,
        language=said.language,
        attachments=said.attachments,
    )


def quoted(said: Said, *, ours: bool) -> Quoted:
    """A post as the context of another."""
    return Quoted(
        remote_id=said.uri,
        author=said.author.handle,
        text=said.text if said.warning is None else f"{said.warning}\n\n{said.text}",
        at=said.at,
        ours=ours,
        url=shapes.page_of(said.uri),
    )


def _but(names: tuple[str, ...], to: Address) -> tuple[str, ...]:
    return tuple(one for one in names if one.lower() != to.handle.lower())


def _behind(page: Page, pages: int) -> int | None:
    return pages * page.size or None
