"""What is said in private: caught up with conversation by conversation, then followed by the log.

How long the log reaches back is nobody's promise, so an absence is made good from the conversations
themselves: those that moved since our place, each back to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from connectors.bluesky import shapes
from connectors.bluesky.api import Api
from connectors.bluesky.heard import Convo, Words
from connectors.bluesky.memory import Memory, Place
from connectors.contract import (
    Address,
    Arrival,
    Audience,
    Lane,
    Oddity,
    Post,
    Quoted,
    Refused,
)

FIRST_CONVOS = 100
FIRST_PAGES = 2
"""How far back the very first listening goes: conversations, and pages of each."""
BEGINNING = "0"
"""Before every rev: for somebody with whom nobody has spoken yet."""


class Private:
    """The private lane of one run of `listen`."""

    def __init__(self, api: Api, us: Address, memory: Memory, place: Place) -> None:
        self._api = api
        self._us = us
        self._memory = memory
        self._place = place
        self._caught_up = False

    async def news(self) -> AsyncIterator[tuple[list[Arrival], tuple[Oddity, ...]]]:
        """What isn't told yet, oldest first; our place moves with it."""
        if not self._caught_up:
            async for found in self._catch_up():
                yield found
            self._caught_up = True
        while True:
            at = self._place.rev
            talk = await self._api.log(at if at != BEGINNING else None)
            arrivals = await self._told(talk.words)
            before = self._place.rev
            self._place.rev = max(before, talk.newest, talk.cursor or "")
            if arrivals or talk.oddities:
                yield arrivals, talk.oddities
            if not talk.size or self._place.rev == before:
                return

    async def _catch_up(self) -> AsyncIterator[tuple[list[Arrival], tuple[Oddity, ...]]]:
        begin = self._place.rev
        moved, target, odd = await self._moved(begin)
        if odd:
            yield [], tuple(odd)
        for convo in sorted(moved, key=lambda one: one.rev):
            since = max(begin, self._place.ahead.get(convo.id, ""))
            if convo.rev <= since:
                continue
            words, oddities = await self._since(convo, since)
            arrivals = await self._told(words)
            self._place.ahead[convo.id] = convo.rev
            yield arrivals, tuple(oddities)
        self._place.rev = max(target, begin) or BEGINNING
        self._place.ahead.clear()

    async def _moved(self, begin: str) -> tuple[list[Convo], str, list[Oddity]]:
        """The conversations that moved since a place, and the place of now."""
        moved: list[Convo] = []
        target, odd = begin, list[Oddity]()
        cursor: str | None = None
        been: set[str] = set()
        while True:
            page, oddities, cursor = await self._api.convos(cursor)
            odd += oddities
            for convo in page:
                self._memory.put_convo(convo)
                target = max(target, convo.rev)
                if convo.rev > begin:
                    moved.append(convo)
            reached = bool(page) and all(convo.rev <= begin for convo in page)
            enough = not begin and len(moved) >= FIRST_CONVOS
            if cursor is None or cursor in been or reached or enough:
                return moved, target, odd
            been.add(cursor)

    async def _since(self, convo: Convo, since: str) -> tuple[list[Words], list[Oddity]]:
        """The messages of a conversation after a place, oldest first."""
        found: list[Words] = []
        odd: list[Oddity] = []
        cursor: str | None = None
        been: set[str] = set()
        pages = 0
        while True:
            talk = await self._api.messages(convo.id, cursor)
            pages += 1
            found += [one for one in talk.words if one.rev > since]
            odd += talk.oddities
            cursor = talk.cursor
            past = any(one.rev <= since for one in talk.words)
            enough = not since and pages >= FIRST_PAGES
            if cursor is None or cursor in been or not talk.size or past or enough:
                return found[::-1], odd
            been.add(cursor)

    async def _told(self, words: tuple[Words, ...] | list[Words]) -> list[Arrival]:
        arrivals: list[Arrival] = []
        for one in words:
            convo = self._memory.convo(one.convo)
            if convo is None:
                try:
                    convo = await self._api.convo(one.convo)
                except Refused:
                    # We went out of it.
                    continue
                self._memory.put_convo(convo)
            post = as_message(one, convo, self._us)
            if post is not None and self._memory.news(post):
                arrivals.append(post)
        return arrivals


def as_message(words: Words, convo: Convo, us: Address) -> Post | None:
    """A private message; None where nobody but us is in its conversation."""
    others = [one for one in convo.members if one.remote_id != us.remote_id]
    ours = words.sender == us.remote_id
    if ours:
        if not others:
            return None
        author, to, also = us, others[0], others[1:]
    else:
        author = next(
            (one for one in others if one.remote_id == words.sender),
            Address(remote_id=words.sender, handle=words.sender),
        )
        to, also = None, [one for one in others if one.remote_id != words.sender]
    above: tuple[Quoted, ...] = ()
    about = words.about
    if about is not None and not ours:
        above = (
            Quoted(
                remote_id=about.uri,
                author=about.author.handle,
                text=about.text,
                at=about.at,
                ours=about.author.remote_id == us.remote_id,
                url=shapes.page_of(about.uri),
            ),
        )
    return Post(
        remote_id=shapes.message_id(words.convo, words.id),
        lane=Lane.PRIVATE,
        author=author,
        ours=ours,
        text=words.text,
        at=words.at,
        to=to,
        conversation=words.convo,
        audience=Audience.NAMED,
        also=tuple(one.handle for one in also),
        above=above,
        url=page_of(words.convo),
    )


def page_of(convo: str) -> str:
    """The page of a conversation, for a browser."""
    return f"https://bsky.app/messages/{quote(convo, safe='')}"
