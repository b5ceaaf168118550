"""Hearing everything once, in order, across restarts: the stream first, then what was missed.

A `Listener` is one run of `listen`. It opens the stream and lets it fill up, goes forward from the
cursor page by page, and only then turns to what the stream holds. What the stream brings is told
at once but never moves the cursor: servers leave things out of it (mentions that a policy set
aside, for one), so only the listing does. Between events the listing is swept, and its newest page
looked at again, for edits and deletions that no event told of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from connectors.contract import (
    Arrival,
    Batch,
    Clock,
    ConnectorError,
    Cursor,
    Deleted,
    Hearing,
    Lane,
    Oddity,
    Post,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.mastodon import instance, wire
from connectors.mastodon.api import PAGE, Api
from connectors.mastodon.history import History
from connectors.mastodon.instance import Facts
from connectors.mastodon.memory import Memory, Place, remember_last
from connectors.mastodon.pace import CONTEXTS, UNKNOWN_DELETIONS, Budget, Pace
from connectors.mastodon.stream import Event, Stream, opened
from connectors.mastodon.wire import Heard, Odd, Page

log = logging.getLogger(__name__)

LONGEST_ABOVE = 20
SUSPECTS = 10


class Listener:
    """One run of `listen`."""

    def __init__(
        self, api: Api, facts: Facts, memory: Memory, pace: Pace, clock: Clock, since: Cursor | None
    ) -> None:
        self._api = api
        self._facts = facts
        self._memory = memory
        self._pace = pace
        self._clock = clock
        self._place = Place.read(since)
        self._history = History(api, facts, self._place)
        memory.begin()
        self._odd: list[Oddity] = []
        self._alive: set[str] = set()
        self._contexts = Budget(CONTEXTS)
        self._deletions = Budget(UNKNOWN_DELETIONS)

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """History since the cursor, then live, until the connection is lost."""
        loop = asyncio.get_running_loop()
        while True:
            stream = await opened(self._api.http, self._facts.streaming)
            try:
                async for batch in self._catch_up():
                    yield batch
                if stream is not None:
                    async for batch in self._live(stream):
                        yield batch
                else:
                    async for batch in self._poll(loop.time() + self._pace.stream_again):
                        yield batch
            finally:
                if stream is not None:
                    await stream.close()

    # --- history -----------------------------------------------------------------------------

    async def _catch_up(self) -> AsyncIterator[Batch]:
        async for batch in self._sweep(Hearing.CATCHING_UP, own=True):
            yield batch
        async for batch in self._set_aside():
            yield batch
        async for batch in self._look(Hearing.CATCHING_UP):
            yield batch

    async def _sweep(self, hearing: Hearing, *, own: bool) -> AsyncIterator[Batch]:
        """Everything after our place, and the place moved with it."""
        async for page, behind in self._history.pages(own=False):
            yield await self._told(page, hearing, own=False, behind=behind)
        if own:
            async for page, behind in self._history.pages(own=True):
                yield await self._told(page, hearing, own=True, behind=behind)

    async def _told(self, page: Page, hearing: Hearing, *, own: bool, behind: int | None) -> Batch:
        arrivals: list[Arrival] = []
        for heard in page.oldest_first():
            await self._take(heard.post, arrivals)
        self._place.move(page.newest, own=own)
        return self._batch(arrivals, hearing, oddities=page.oddities, moved=True, behind=behind)

    async def _set_aside(self) -> AsyncIterator[Batch]:
        """What the server's policy set aside and its listing didn't show."""
        if self._facts.software in ("snac", "gotosocial"):
            return
        try:
            policy = await self._api.policy()
            if policy is None or not instance.pending(policy):
                return
            page = await self._api.set_aside()
        except (Refused, SlowDown):
            return
        arrivals: list[Arrival] = []
        for heard in page.oldest_first():
            if not self._memory.told(heard.post.remote_id):
                await self._take(heard.post, arrivals)
        if arrivals or page.oddities:
            yield self._batch(arrivals, Hearing.CATCHING_UP, oddities=page.oddities)

    async def _look(self, hearing: Hearing) -> AsyncIterator[Batch]:
        """The newest page again: what was edited, what came late, what isn't there any more."""
        for own in (False, True):
            page = await self._history.page(own=own)
            arrivals: list[Arrival] = []
            known = False
            for heard in page.oldest_first():
                # What stands above something known and isn't known itself came late: servers
                # number what they write before it can be read, so min_id may have passed it by.
                known = known or self._known(heard, own=own)
                if known:
                    await self._take(heard.post, arrivals)
            for remote_id in self._missing(page, own=own):
                await self._verify_gone(remote_id, arrivals)
            if arrivals:
                yield self._batch(arrivals, hearing, moved=True)

    def _known(self, heard: Heard, *, own: bool) -> bool:
        recent = self._place.owns if own else self._place.mentions
        return self._memory.told(heard.post.remote_id) or heard.post.remote_id in recent

    def _missing(self, page: Page, *, own: bool) -> list[str]:
        """Posts that should be on the newest page and aren't."""
        recent = self._place.owns if own else self._place.mentions
        there = {heard.post.remote_id for heard in page.heard}
        begin = 0
        if page.size >= PAGE:
            known = [at for at, remote_id in enumerate(recent) if remote_id in there]
            if not known:
                return []
            begin = known[0]
        return [
            remote_id
            for remote_id in recent[begin:]
            if remote_id not in there and remote_id not in self._alive
        ][:SUSPECTS]

    # --- live --------------------------------------------------------------------------------

    async def _live(self, stream: Stream) -> AsyncIterator[Batch]:
        loop = asyncio.get_running_loop()
        yield self._batch([], Hearing.STREAMING, moved=True)
        sweep_at = loop.time() + self._pace.sweep
        look_at = loop.time() + self._pace.look
        while True:
            try:
                events = await stream.next(max(0.0, sweep_at - loop.time()))
            except Unreachable:
                # A key that was revoked ends the stream as well, and is a matter of its own.
                await self._api.mentions(limit=1)
                raise
            if events:
                arrivals: list[Arrival] = []
                for event in events:
                    await self._event(event, arrivals)
                if arrivals or self._odd:
                    yield self._batch(arrivals, Hearing.STREAMING)
                    sweep_at = min(sweep_at, loop.time() + self._pace.sweep / 4)
                if loop.time() < sweep_at:
                    continue
            sweep_at = loop.time() + self._pace.sweep
            try:
                async for batch in self._sweep(Hearing.STREAMING, own=True):
                    yield batch
                if loop.time() >= look_at:
                    look_at = loop.time() + self._pace.look
                    async for batch in self._look(Hearing.STREAMING):
                        yield batch
            except SlowDown as wait:
                sweep_at = loop.time() + max(
                    self._pace.sweep, (wait.until - self._clock()).total_seconds()
                )
            yield self._batch([], Hearing.STREAMING)

    async def _poll(self, until: float) -> AsyncIterator[Batch]:
        loop = asyncio.get_running_loop()
        yield self._batch([], Hearing.POLLING, moved=True)
        own_at = loop.time() + self._pace.own
        look_at = loop.time() + self._pace.look
        while loop.time() < until:
            await asyncio.sleep(self._pace.poll)
            own = loop.time() >= own_at
            if own:
                own_at = loop.time() + self._pace.own
            async for batch in self._sweep(Hearing.POLLING, own=own):
                yield batch
            if loop.time() >= look_at:
                look_at = loop.time() + self._pace.look
                async for batch in self._look(Hearing.POLLING):
                    yield batch
            yield self._batch([], Hearing.POLLING)

    async def _event(self, event: Event, arrivals: list[Arrival]) -> None:
        """One event of the stream."""
        name = event.name.replace("_", ".")
        us = self._api.us
        try:
            if name == "notification":
                heard = wire.notification(wire.thing(event.payload), us)
                if heard is not None:
                    await self._take(heard.post, arrivals)
            elif name == "update" or name == "status.update":
                raw = wire.thing(event.payload)
                remote_id = wire.loose_id(raw) or ""
                if raw.get("reblog"):
                    return
                known = self._memory.told(remote_id) or remote_id in self._place.mentions
                if known or self._is_ours(raw) or wire.names_us(raw, us):
                    await self._take(wire.status(raw, us), arrivals)
            elif name == "delete":
                remote_id = event.payload.strip().strip('"')
                if 0 < len(remote_id) <= wire.LONGEST_ID and self._may_ask(remote_id):
                    await self._verify_gone(remote_id, arrivals)
        except Odd as trouble:
            self._odd.append(wire.oddity(trouble, event.payload, event.name))

    def _may_ask(self, remote_id: str) -> bool:
        """True for posts that we know, and for a few that an earlier run may have told: the stream
        also brings the deletions of everyone we follow."""
        if self._memory.knows(remote_id) or self._memory.told(remote_id):
            return True
        return self._deletions.takes(asyncio.get_running_loop().time())

    def _is_ours(self, raw: wire.Raw) -> bool:
        return wire.loose_id(raw.get("account")) == self._api.us.id

    # --- one post ----------------------------------------------------------------------------

    async def _take(self, post: Post, arrivals: list[Arrival]) -> None:
        """Tell a post, unless it was told with these words or isn't about anyone we serve."""
        memory = self._memory
        if post.ours and post.to is None and not memory.knows(post.reply_to or ""):
            return
        remember_last(self._place.owns if post.ours else self._place.mentions, post.remote_id)
        if not memory.news(post):
            return
        arrivals.append(await self._placed(post))

    async def _placed(self, post: Post) -> Post:
        """The post with its conversation, and what stands above it where that is new to us."""
        memory = self._memory
        parent = post.reply_to
        if parent is None:
            memory.place(post.remote_id, post.conversation)
            return post
        if memory.knows(parent):
            conversation = post.conversation or memory.conversation(parent)
        else:
            above = await self._above(post)
            root = above[0].remote_id if above else None
            for one in above:
                memory.place(one.remote_id, root)
            conversation = post.conversation or root
            if not post.ours:
                memory.put_above(
                    post.remote_id,
                    tuple(
                        wire.quoted(one)
                        for one in above[-LONGEST_ABOVE:]
                        if one.lane is Lane.PUBLIC and not memory.told(one.remote_id)
                    ),
                )
        memory.place(post.remote_id, conversation)
        known = memory.above(post.remote_id)
        if conversation == post.conversation and not known:
            return post
        return replace(post, conversation=conversation, above=known)

    async def _above(self, post: Post) -> tuple[Post, ...]:
        """What stands above a post; nothing where the server won't say just now."""
        if not self._contexts.takes(asyncio.get_running_loop().time()):
            return ()
        try:
            return (await self._api.context(post.remote_id))[0]
        except Unauthorised:
            raise
        except ConnectorError as trouble:
            log.debug("no context: %s", trouble.words)
            return ()

    async def _verify_gone(self, remote_id: str, arrivals: list[Arrival]) -> None:
        """Tell that a post is gone, if the server says so when asked."""
        try:
            if await self._api.exists(remote_id):
                self._alive.add(remote_id)
                return
        except Unauthorised:
            raise
        except ConnectorError as trouble:
            log.debug("can't tell whether a post is gone: %s", trouble.words)
            return
        for ids in (self._place.mentions, self._place.owns):
            if remote_id in ids:
                ids.remove(remote_id)
        self._memory.forget(remote_id)
        arrivals.append(Deleted(remote_id=remote_id, at=self._clock()))

    def _batch(
        self,
        arrivals: list[Arrival],
        hearing: Hearing,
        *,
        oddities: tuple[Oddity, ...] = (),
        moved: bool = False,
        behind: int | None = None,
    ) -> Batch:
        odd = (*oddities, *self._odd)
        self._odd.clear()
        return Batch(
            arrivals=tuple(arrivals),
            cursor=self._place.cursor() if moved else None,
            hearing=hearing,
            oddities=odd,
            behind=behind,
        )
