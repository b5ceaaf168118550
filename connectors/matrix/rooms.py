"""The rooms of an account: those in the open, those with one person, and how one of these is made.

Nothing on the network keeps a room from being made twice, so each carries the key of the delivery
it was made for, in its creation. Before one is made, and when the answer was lost, that key is
looked for among all our rooms.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from hashlib import sha256

from connectors.answers import Asking
from connectors.contract import (
    Address,
    ConnectorError,
    Doubtful,
    Lane,
    Reason,
    Refused,
    Unauthorised,
)
from connectors.matrix import wire
from connectors.matrix.api import Api

log = logging.getLogger(__name__)

MAKING = Asking(
    undone="No room was made and nothing was posted; your words are kept.",
    perhaps="A private room may have been made, with nothing in it yet. Greenroom looks for it "
    "before anything is sent again.",
)
HERE = ("join", "invite")
"""Who may read a room, now or as soon as they come in."""


class Rooms:
    """Which rooms are what."""

    def __init__(self, api: Api, public: Iterable[str]) -> None:
        self._api = api
        self.public = frozenset(public)
        self.sealed: set[str] = set()
        """Rooms seen to be encrypted: that can't be undone."""
        self._direct: dict[str, list[str]] = {}
        self._with: dict[str, str] = {}
        self._changing = asyncio.Lock()
        self._looks = 0

    def lane(self, room: str) -> Lane | None:
        """The lane that a room is; None for a room that isn't our business."""
        if room in self.public:
            return Lane.PUBLIC
        return Lane.PRIVATE if room in self._with else None

    def person(self, room: str) -> str | None:
        """Whom a direct room is with."""
        return self._with.get(room)

    def rooms_with(self, user: str) -> list[str]:
        """The newest direct rooms with a person."""
        return [room for room in self._direct.get(user, []) if room not in self.public][-5:]

    def learn(self, direct: dict[str, list[str]]) -> set[str]:
        """Take over `m.direct`; the rooms that weren't direct before."""
        before = set(self._with)
        self._direct = direct
        self._with = {
            room: user for user, rooms in direct.items() for room in rooms if user != self._api.user
        }
        return set(self._with) - before - self.public

    async def reread(self) -> set[str]:
        """Ask for `m.direct`; the rooms that weren't direct before."""
        return self.learn(await self._api.direct())

    async def add(self, user: str, room: str) -> None:
        """Make a room one with this person, in `m.direct` too: other apps keep theirs there."""
        async with self._changing:
            now = await self._api.direct()
            if room not in now.get(user, []):
                now = {**now, user: [*now.get(user, []), room]}
                await self._api.put_direct(now)
            self.learn(now)

    async def is_sealed(self, room: str) -> bool:
        """True where a room is encrypted."""
        if room not in self.sealed and await self._api.sealed(room):
            self.sealed.add(room)
        return room in self.sealed

    async def standing_with(self, user: str) -> str | None:
        """How the person is in the rooms that we have with them: `join` before `invite`."""
        found = []
        for room in self.rooms_with(user):
            try:
                found.append((await self._api.members(room)).get(user, "leave"))
            except Refused:
                continue
        return next(
            (how for how in ("join", "invite") if how in found), found[0] if found else None
        )

    async def with_them(self, user: str, *, inside: bool = False) -> str | None:
        """A room with this person alone, which they are in or asked into, and which we can read.
        `inside`: only one that they are in."""
        for room in reversed(self.rooms_with(user)):
            try:
                members = await self._api.members(room)
                here = {one for one, how in members.items() if how in HERE}
                if inside and members.get(user) != "join":
                    continue
                if here == {user, self._api.user} and not await self.is_sealed(room):
                    return room
            except Refused as no:
                log.debug("a direct room can't be used: %s", no.words)
        return None

    async def marked(self, key: str) -> str | None:
        """The room that was made for a delivery."""
        # Synapse answers the same question for two minutes from memory; this makes it another.
        another = f"!{sha256(key.encode()).hexdigest()[:32]}{self._looks}:greenroom.invalid"
        self._looks += 1
        only = json.dumps(
            {
                "presence": {"types": []},
                "account_data": {"types": []},
                "room": {
                    "not_rooms": [another],
                    "ephemeral": {"types": []},
                    "account_data": {"types": []},
                    "timeline": {"types": ["m.room.create"], "limit": 1},
                    "state": {"types": ["m.room.create"]},
                },
            }
        )
        found = await self._api.sync(None, wait=False, only=only)
        return next((room for room, made in found.created.items() if made == key), None)

    async def open(self, to: Address, key: str) -> str:
        """A room with this person: one that there is, or a new one. Raises `ConnectorError`."""
        user = to.remote_id
        await self.reread()
        room = await self.with_them(user)
        if room is not None:
            return room
        room = await self.marked(key)
        if room is not None:
            if (await self._api.members(room)).get(user) in HERE:
                await self._remember(user, room)
                return room
            await self._leave(room)
        try:
            room = await self._api.create(self._new(user, key), MAKING)
        except Doubtful:
            raise
        except Unauthorised:
            raise
        except ConnectorError as trouble:
            # Servers make the room first and ask the person in afterwards, where they may stumble.
            await self._clear(key)
            if isinstance(trouble, Refused) and trouble.reason is Reason.NOT_ALLOWED:
                raise Refused(
                    f"{self._api.http.where} won't let us ask {to.handle} into a private room: "
                    f"{trouble.words}",
                    reason=Reason.NOT_ACCEPTED,
                ) from None
            raise
        await self._remember(user, room)
        return room

    def _new(self, user: str, key: str) -> dict[str, object]:
        return {
            "preset": "trusted_private_chat",
            "is_direct": True,
            "invite": [user],
            "creation_content": {wire.KEY: key},
        }

    async def _remember(self, user: str, room: str) -> None:
        """The room counts as direct from now on, though the server may not take that down yet."""
        try:
            await self.add(user, room)
        except Unauthorised:
            raise
        except ConnectorError as trouble:
            log.debug("m.direct isn't kept: %s", trouble.words)
            self.learn({**self._direct, user: [*self._direct.get(user, []), room]})

    async def _clear(self, key: str) -> None:
        try:
            room = await self.marked(key)
            if room is not None:
                await self._leave(room)
        except ConnectorError as trouble:
            log.debug("an empty room may be left: %s", trouble.words)

    async def _leave(self, room: str) -> None:
        try:
            await self._api.leave(room)
        except Refused as no:
            log.debug("a room can't be left: %s", no.words)

    async def settle(self, user: str, key: str) -> str | None:
        """After a doubt: the room that was made after all, kept for the next attempt."""
        room = await self.marked(key)
        if room is not None and (await self._api.members(room)).get(user) in HERE:
            await self._remember(user, room)
            return room
        return None
