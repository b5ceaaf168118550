"""Hearing everything once, in order, across restarts: what is owed first, then what is new.

A `Listener` is one run of `listen`. Each answer to `/sync` moves our place. A room of which it
leaves something out is owed from the former place on, and what of it came along is put aside: the
whole gap is then read forwards by `/messages`, page by page, each page with a cursor. So nothing is
told out of its order, and nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace

from connectors.contract import (
    Arrival,
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
    Unreachable,
)
from connectors.matrix import wire
from connectors.matrix.api import Api
from connectors.matrix.heard import Gone, Item, Said, Sync
from connectors.matrix.memory import BEGINNING, INVITED, RECENT, Known, Memory, Place
from connectors.matrix.rooms import Rooms
from connectors.matrix.telling import (
    GONE_AWAY,
    INVITED_ONLY,
    PATIENCE,
    STILL_INVITED,
    UNREAD,
    as_post,
)

log = logging.getLogger(__name__)

FIRST_PAGES = 4
FIRST_PAGE = 75
"""How far back the very first listening goes in a room: pages, and messages of each."""
LONGEST_CHAIN = 20
PARENTS = 60
"""How many messages are asked for, page by page, to learn what others answer."""


class Listener:
    """One run of `listen`."""

    def __init__(
        self, api: Api, rooms: Rooms, memory: Memory, clock: Clock, since: Cursor | None
    ) -> None:
        self._api = api
        self._rooms = rooms
        self._memory = memory
        self._clock = clock
        self._place = Place.read(since)
        self._asks = PARENTS
        self._present: set[str] = set()
        self._live = False
        memory.begin()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """History since the cursor, then live, until the connection is lost."""
        await self._rooms.reread()
        if self._place.since is None:
            found = await self._api.sync(None, wait=False)
            self._place.since = found.next
            self._place.owed = {
                news.room: RECENT for news in found.rooms if self._rooms.lane(news.room)
            }
            self._welcome(found)
            yield self._batch([], Hearing.CATCHING_UP, found.oddities)
        waits = False
        while True:
            async for batch in self._pay():
                yield batch
            if not waits:
                came: list[Arrival] = []
                await self._look_who_came(list(self._place.unread), came)
                if came:
                    yield self._batch(came, Hearing.CATCHING_UP, ())
            late: list[Arrival] = []
            await self._tell_who_is_late(late)
            if late:
                yield self._batch(late, Hearing.CATCHING_UP, ())
            found = await self._api.sync(self._place.since, wait=waits)
            self._asks = PARENTS
            arrivals = await self._news(found)
            waits = not self._place.owed
            hearing = Hearing.STREAMING if waits else Hearing.CATCHING_UP
            yield self._batch(arrivals, hearing, found.oddities)
            if not self._rooms.public.isdisjoint(found.left):
                # Said as an account's state is, and what it may still do is asked anew.
                raise Unreachable(
                    "This account was put out of a room in the open, so it hears nothing there. "
                    "Greenroom goes on with the others."
                )

    async def _news(self, found: Sync) -> list[Arrival]:
        """What an answer brings; our place moves with it."""
        if found.direct is not None:
            for room in self._rooms.learn(found.direct):
                self._place.owed.setdefault(room, RECENT)
        self._welcome(found)
        arrivals: list[Arrival] = []
        for news in found.rooms:
            if self._rooms.lane(news.room) is None or news.room in self._place.owed:
                continue
            if news.limited:
                self._place.owed[news.room] = self._place.since or RECENT
                continue
            for item in news.items:
                await self._take(item, arrivals)
        moved = [news.room for news in found.rooms if news.moved]
        self._present.difference_update(moved)
        await self._look_who_came([room for room in moved if room in self._place.unread], arrivals)
        self._place.since = found.next
        return arrivals

    async def _look_who_came(self, rooms: list[str], arrivals: list[Arrival]) -> None:
        """Tell what we said again where somebody came in, or won't."""
        for room in rooms:
            person = self._rooms.person(room)
            if person is None or await self._api.standing(room, person) == "invite":
                continue
            await self._tell_again(room, self._place.came(room), arrivals)

    async def _tell_who_is_late(self, arrivals: list[Arrival]) -> None:
        """Tell what we said again where somebody hasn't come in for a day."""
        now = self._clock().timestamp() * 1000
        for room, due in list(self._place.due.items()):
            if due <= now:
                del self._place.due[room]
                await self._tell_again(room, self._place.unread.get(room, []), arrivals)

    async def _tell_again(self, room: str, events: Sequence[str], arrivals: list[Arrival]) -> None:
        for event in tuple(events):
            found = await self._api.event(room, event)
            if isinstance(found, Said):
                await self._take(found, arrivals)

    def _welcome(self, found: Sync) -> None:
        """Direct invitations are how customers begin in private: they are taken. Others aren't."""
        for asked in found.invitations:
            if asked.direct or asked.room in self._rooms.public:
                self._place.owed[asked.room] = INVITED + asked.by

    # --- what is owed ----------------------------------------------------------------------------

    async def _pay(self) -> AsyncIterator[Batch]:
        """Everything that is owed, room by room, oldest first."""
        for room in list(self._place.owed):
            try:
                async for batch in self._pay_one(room):
                    yield batch
            except Refused as no:
                # We may not go in, or not look back: what comes from now on is heard.
                log.debug("a room's history can't be read: %s", no.words)
                self._place.owed.pop(room, None)

    async def _pay_one(self, room: str) -> AsyncIterator[Batch]:
        begin = self._place.owed[room]
        if begin.startswith(INVITED):
            await self._api.join(room)
            if room not in self._rooms.public:
                await self._rooms.add(begin[len(INVITED) :], room)
            begin = RECENT
        if begin == RECENT:
            begin = await self._back(room)
        while True:
            self._asks = PARENTS
            page = await self._api.messages(
                room,
                back=False,
                begin=None if begin == BEGINNING else begin,
                to=self._place.since,
            )
            arrivals: list[Arrival] = []
            for item in page.items:
                await self._take(item, arrivals)
            if not page.size or page.end is None or page.end == begin:
                self._place.owed.pop(room, None)
                if arrivals or page.oddities:
                    yield self._batch(arrivals, Hearing.CATCHING_UP, page.oddities)
                return
            begin = self._place.owed[room] = page.end
            yield self._batch(arrivals, Hearing.CATCHING_UP, page.oddities)

    async def _back(self, room: str) -> str:
        """From where on a room's recent history is told."""
        at = self._place.since
        for _ in range(FIRST_PAGES):
            page = await self._api.messages(room, back=True, begin=at, limit=FIRST_PAGE)
            if page.end is None:
                return BEGINNING
            at = page.end
            if not page.size:
                break
        return at or BEGINNING

    # --- one message -----------------------------------------------------------------------------

    async def _take(self, item: Item, arrivals: list[Arrival]) -> None:
        """Tell a message, unless it was told with these words or isn't about anyone we serve."""
        if isinstance(item, Gone):
            remote_id = wire.remote_id(item.room, item.event)
            self._memory.forget(remote_id)
            arrivals.append(Deleted(remote_id=remote_id, at=item.at))
            return
        post = await (self._edited(item) if item.replaces else self._post(item))
        if post is not None and self._memory.news(post):
            arrivals.append(post)

    async def _edited(self, edit: Said) -> Post | None:
        """The post whose words an edit replaces, with the new ones."""
        first = await self._api.event(edit.room, edit.replaces or "")
        if not isinstance(first, Said) or first.sender != edit.sender:
            return None
        post = await self._post(first)
        if post is None:
            return None
        return replace(
            post, text=edit.text, attachments=edit.attachments or post.attachments,
            edited_at=edit.at, author=wire.address(edit.sender, edit.name or post.author.name),
        )  # fmt: skip

    async def _post(self, said: Said) -> Post | None:
        """A message as a post; None where it isn't for us."""
        lane = self._rooms.lane(said.room)
        if lane is None:
            return None
        if said.sealed:
            self._rooms.sealed.add(said.room)
        if lane is Lane.PRIVATE:
            return await self._private(said)
        return await self._public(said)

    async def _private(self, said: Said) -> Post:
        person = self._rooms.person(said.room)
        ours = said.sender == self._api.user
        unread = await self._why_unread(said.room, person) if ours and person else None
        if unread == INVITED_ONLY:
            patient = said.at + PATIENCE
            late = patient <= self._clock()
            unread = STILL_INVITED if late else INVITED_ONLY
            due = None if late else int(patient.timestamp() * 1000)
            self._place.waits(said.room, said.event, due)
        return as_post(
            said,
            lane=Lane.PRIVATE,
            ours=ours,
            to=person if ours else None,
            conversation=said.room,
            unread=unread,
            also=tuple(one for one in (person,) if person not in (None, said.sender) and not ours),
        )

    async def _why_unread(self, room: str, person: str) -> str | None:
        """Why somebody can't have read what we said in a room; None where they are in it."""
        if room in self._present:
            return None
        how = await self._api.standing(room, person)
        if how == "join":
            self._present.add(room)
            return None
        return UNREAD.get(how, GONE_AWAY)

    async def _public(self, said: Said) -> Post | None:
        us = self._api.user
        ours = said.sender == us
        above = await self._above(said)
        remote_id = wire.remote_id(said.room, said.event)
        parent = self._memory.known(
            wire.remote_id(said.room, said.reply_to) if said.reply_to else None
        )
        to = None
        if ours:
            to = next((one for one in said.named if one != us), None) or (
                parent.author if parent and parent.author != us else None
            )
            if to is None:
                return None
        elif not self._for_us(said, parent):
            return None
        root = wire.remote_id(said.room, said.thread) if said.thread else None
        conversation = root or (parent.conversation if parent else remote_id)
        self._memory.place(
            remote_id,
            Known(
                conversation=conversation,
                author=said.sender,
                threaded=said.thread is not None,
                served=True,
            ),
        )
        if above and not ours:
            self._memory.put_above(remote_id, above)
        return as_post(
            said,
            lane=Lane.PUBLIC,
            ours=ours,
            to=to,
            conversation=conversation,
            also=tuple(one for one in said.named if one not in (us, said.sender, to)),
            above=self._memory.above(remote_id),
        )

    def _for_us(self, said: Said, parent: Known | None) -> bool:
        """A mention, a reply to us, a customer who goes on; older apps write our name alone."""
        us = self._api.user
        if us in said.named:
            return True
        if parent is not None and (
            parent.author == us or (parent.served and parent.author == said.sender)
        ):
            return True
        return not said.marked and us in said.text

    async def _above(self, said: Said) -> tuple[Quoted, ...]:
        """What a message answers that isn't known yet, oldest first, taken into memory."""
        chain: list[Said] = []
        at = said.reply_to
        while at is not None and len(chain) < LONGEST_CHAIN:
            if self._memory.known(wire.remote_id(said.room, at)):
                break
            one = await self._ask(said.room, at)
            if one is None:
                break
            chain.append(one)
            at = one.reply_to
        chain.reverse()
        for one in chain:
            remote_id = wire.remote_id(one.room, one.event)
            before = self._memory.known(
                wire.remote_id(one.room, one.reply_to) if one.reply_to else None
            )
            root = wire.remote_id(one.room, one.thread) if one.thread else None
            self._memory.place(
                remote_id,
                Known(
                    conversation=root or (before.conversation if before else remote_id),
                    author=one.sender,
                    threaded=one.thread is not None,
                    served=one.sender == self._api.user or self._for_us(one, before),
                ),
            )
        return tuple(
            Quoted(
                remote_id=wire.remote_id(one.room, one.event),
                author=one.sender,
                text=one.text,
                at=one.at,
                ours=one.sender == self._api.user,
                url=wire.link(one.room, one.event),
            )
            for one in chain
            if not self._memory.told(wire.remote_id(one.room, one.event))
        )

    async def _ask(self, room: str, event: str) -> Said | None:
        """A message by its name, as long as not too many are asked for."""
        if self._asks <= 0:
            return None
        self._asks -= 1
        found = await self._api.event(room, event)
        return found if isinstance(found, Said) else None

    def _batch(
        self, arrivals: list[Arrival], hearing: Hearing, oddities: tuple[Oddity, ...]
    ) -> Batch:
        # A gap that opens later is paid beside what is live.
        self._live = self._live or hearing is not Hearing.CATCHING_UP
        if self._live:
            hearing = Hearing.STREAMING
        return Batch(
            arrivals=tuple(arrivals),
            cursor=self._place.cursor(),
            hearing=hearing,
            oddities=oddities,
        )
