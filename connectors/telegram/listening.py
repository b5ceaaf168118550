"""Hearing a bot's groups and private chats: long looks, each confirmed only once it is kept.

An answer of `getUpdates` is told as a batch whose cursor is the offset after it. The next look
carries that offset, and only then does Telegram forget what it told: the desk has stored the batch
by the time it asks for another. Telegram keeps what nobody fetched for 24 hours, and tells nothing
twice; so there is no history to begin with.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

from connectors.contract import (
    Arrival,
    Audience,
    Batch,
    Began,
    Cursor,
    Hearing,
    Lane,
    Oddity,
    Post,
    Quoted,
    Unreachable,
)
from connectors.telegram import wire
from connectors.telegram.api import Api, Denied
from connectors.telegram.groups import Groups
from connectors.telegram.heard import (
    Answered,
    Author,
    Heard,
    Item,
    Kind,
    Me,
    Moved,
    Place,
    Said,
    Standing,
    Started,
)
from connectors.telegram.memory import Known, Mark, Memory

SHORTEST = 0.5
"""Seconds that a look takes at least where nothing is new."""


class Listener:
    """One run of `listen`. `all_of_it`: everything that customers say in a group is for us."""

    def __init__(
        self,
        api: Api,
        me: Me,
        groups: Groups,
        memory: Memory,
        since: Cursor | None,
        *,
        all_of_it: bool,
    ) -> None:
        self._api = api
        self._me = me
        self._groups = groups
        self._memory = memory
        self._all = all_of_it
        self._mark = Mark.read(since)
        self._changed = ""
        for old, new in self._mark.moves.items():
            self._memory.moves[old] = new
            self._groups.moved(old, new)
        for person, begun in self._mark.begun.items():
            if self._memory.is_open(person) is None:
                self._memory.opened(person, begun)

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """What waits since the cursor, then live, until the connection is lost."""
        live = False
        while True:
            heard = await self._look(wait=live)
            live = live or heard.next is None
            arrivals = [
                arrival for item in heard.items if (arrival := self._told(item)) is not None
            ]
            if heard.next is not None:
                # After a quiet week Telegram counts from somewhere else, lower maybe.
                self._mark.offset = heard.next
            yield self._batch(arrivals, heard.oddities, live=live)
            if self._changed:
                raise Unreachable(
                    f"This bot's place in {self._changed} was changed. Greenroom asks anew what it "
                    "may do there."
                )

    async def _look(self, *, wait: bool) -> Heard:
        """One look. A server that doesn't keep it open, as it should, isn't asked all the time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            heard = await self._api.updates(self._mark.offset, wait=wait)
        except Denied as no:
            raise no.plain() from None
        if wait and heard.next is None and loop.time() - began < SHORTEST:
            await asyncio.sleep(SHORTEST)
        return heard

    def _batch(self, arrivals: list[Arrival], oddities: tuple[Oddity, ...], *, live: bool) -> Batch:
        self._mark.moves |= self._memory.moves
        self._mark.begun = self._memory.begun()
        return Batch(
            arrivals=tuple(arrivals),
            cursor=self._mark.cursor(),
            hearing=Hearing.STREAMING if live else Hearing.CATCHING_UP,
            oddities=oddities,
        )

    def _told(self, item: Item) -> Arrival | None:
        """What the desk is told of something; None for what isn't for us."""
        match item:
            case Said() if item.chat.kind is Kind.PRIVATE:
                return self._private(item)
            case Said() if item.chat.kind is not Kind.CHANNEL:
                place = self._groups.of(item.chat.id)
                return None if place is None else self._public(item, place)
            case Started():
                self._memory.opened(item.who.id, True)
                return Began(who=item.who.address, at=item.at, key=item.payload)
            case Moved():
                if self._groups.moved(item.old, item.new):
                    self._memory.moves[item.old] = item.new
            case Standing():
                self._stands(item)
        return None

    def _stands(self, item: Standing) -> None:
        if item.chat.kind is Kind.PRIVATE:
            self._memory.opened(item.chat.id, item.status == "member")
        elif self._groups.of(item.chat.id) is not None:
            self._changed = item.chat.title or str(item.chat.id)

    # --- in private ------------------------------------------------------------------------------

    def _private(self, said: Said) -> Post | None:
        ours = said.author.id == self._me.id
        if said.author.chat:
            return None
        if not ours:
            self._memory.opened(said.chat.id, True)
        return Post(
            remote_id=wire.remote_id(said.chat.id, said.id),
            lane=Lane.PRIVATE,
            author=said.author.address,
            ours=ours,
            text=said.text,
            at=said.at,
            conversation=str(said.chat.id),
            reply_to=wire.remote_id(said.chat.id, said.answers.id) if said.answers else None,
            audience=Audience.NAMED,
            attachments=said.attachments,
            edited_at=said.edited_at,
        )

    # --- in public -------------------------------------------------------------------------------

    def _public(self, said: Said, place: Place) -> Post | None:
        remote_id = wire.remote_id(said.chat.id, said.id)
        parent = self._parent(said, place)
        conversation = self._conversation(said, parent, remote_id)
        customer = not self._is_ours(said.author, place) and not said.author.address.automated
        served = customer and not self._is_command(said) and self._is_for_us(said, parent, place)
        self._memory.place(
            remote_id,
            Known(
                conversation=conversation,
                author=said.author.id,
                topic=said.topic,
                served=served or said.announces,
            ),
        )
        if not served:
            return None
        return Post(
            remote_id=remote_id,
            lane=Lane.PUBLIC,
            author=said.author.address,
            ours=False,
            text=said.text,
            at=said.at,
            conversation=conversation,
            reply_to=wire.remote_id(said.chat.id, said.answers.id) if said.answers else None,
            also=tuple(
                name
                for name in said.named
                if name.lower() not in (f"@{self._me.username}".lower(),
                                        said.author.address.handle.lower())
            ),
            above=self._above(said, place),
            url=wire.link(said.chat, said.id),
            attachments=said.attachments,
            edited_at=said.edited_at,
        )  # fmt: skip

    def _is_command(self, said: Said) -> bool:
        """A bare command for this bot, which knows none: the sign-in asks for one."""
        return (
            re.fullmatch(rf"/\w+@{re.escape(self._me.username)}", said.text, re.IGNORECASE)
            is not None
        )

    def _parent(self, said: Said, place: Place) -> Known | None:
        """What is known of the message that this one answers, from itself where we forgot it."""
        if said.answers is None:
            return None
        name = wire.remote_id(said.chat.id, said.answers.id)
        known = self._memory.known(name)
        if known is not None:
            return known
        root = wire.remote_id(said.chat.id, said.root) if said.root else name
        return Known(
            conversation=root,
            author=said.answers.author.id,
            topic=said.topic,
            served=said.answers.announces or said.answers.author.id == self._me.id,
        )

    def _conversation(self, said: Said, parent: Known | None, remote_id: str) -> str:
        if said.root is not None and said.root != said.id:
            root = wire.remote_id(said.chat.id, said.root)
            known = self._memory.known(root)
            return known.conversation if known is not None else root
        return parent.conversation if parent is not None else remote_id

    def _is_ours(self, author: Author, place: Place) -> bool:
        """The bot, the group's own voice, its channel's, or one of those who run the group."""
        if author.chat:
            return author.id in (place.chat.id, place.linked) or author.id == self._memory.now(
                place.chat.id
            )
        return author.id == self._me.id or author.id in place.staff

    def _is_for_us(self, said: Said, parent: Known | None, place: Place) -> bool:
        if self._all:
            return True
        if f"@{self._me.username}".lower() in (name.lower() for name in said.named):
            return True
        if parent is None:
            return False
        return parent.author in (self._me.id, *place.staff) or (
            parent.served and (parent.author in (said.author.id, place.linked))
        )

    def _above(self, said: Said, place: Place) -> tuple[Quoted, ...]:
        """What it answers, where that isn't the customer's own or this bot's."""
        found: Answered | None = said.answers
        if found is None or found.author.id in (said.author.id, self._me.id):
            return ()
        return (
            Quoted(
                remote_id=wire.remote_id(said.chat.id, found.id),
                author=found.author.address.handle,
                text=found.text,
                at=found.at,
                ours=self._is_ours(found.author, place),
                url=wire.link(said.chat, found.id),
            ),
        )
