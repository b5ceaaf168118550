"""Sending a message once, into the right room, and finding it again when in doubt.

The key of a delivery is the network's own transaction id: the same device asking twice with it
gets one message. It also stands in the message itself, in a field that no app shows, so that a look
at the room proves whether it is there, whatever became of the device since.

A room reaches everyone in it. So before words go into a private lane the room is looked at: it must
not be one of those in the open, not encrypted, and the customer must be in it or asked into it.
"""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from connectors import answers
from connectors.contract import (
    CannotTell,
    Clock,
    Found,
    Lane,
    NotSent,
    Outgoing,
    Reason,
    Receipt,
    Refused,
)
from connectors.matrix import wire
from connectors.matrix.api import Api
from connectors.matrix.counting import LIMIT, size
from connectors.matrix.heard import Said
from connectors.matrix.memory import Known, Memory
from connectors.matrix.rooms import HERE, Rooms

KEY_HOLDS = timedelta(minutes=25)
"""Synapse keeps a transaction id for a day, others for half an hour."""
SETTLING = timedelta(seconds=20)
"""A slow server may still be working on a request whose answer was lost."""
SKEW = timedelta(minutes=5)
"""How far the server's clock may be behind ours."""
PAGES_BACK = 20
PAGE = 100


class Sender:
    """What leaves an account."""

    def __init__(self, api: Api, rooms: Rooms, memory: Memory, clock: Clock) -> None:
        self._api = api
        self._rooms = rooms
        self._memory = memory
        self._clock = clock

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. Raises `ConnectorError`, as the contract's `send` does."""
        _check(outgoing.text, "Nothing was posted; your words are kept.")
        content = self._content(outgoing, key)
        if outgoing.lane is Lane.PUBLIC:
            room = await self._public_room(outgoing)
        elif outgoing.conversation is None:
            room = await self._rooms.open(outgoing.to, key)
        else:
            room = await self._private_room(outgoing, outgoing.conversation)
        content |= await self._relations(outgoing, room)
        event = await self._api.say(room, content, key)
        return self._receipt(outgoing, room, event, self._clock())

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in a message's place."""
        _check(outgoing.text, "The former words still stand there; your new ones are kept.")
        room, event = _known_as(remote_id)
        first = await self._api.event(room, event)
        if not isinstance(first, Said):
            raise Refused(
                "The message isn't there any more, so its words can't be changed. "
                "Your new words are kept; send them as a new message.",
                reason=Reason.GONE,
            )
        if first.sender != self._api.user:
            raise Refused("Somebody else wrote this message.", reason=Reason.NOT_ALLOWED)
        if outgoing.lane is Lane.PRIVATE:
            await self._alone_with(outgoing.to.remote_id, room)
        words = self._content(outgoing, None)
        content = {
            **words,
            "body": f"* {outgoing.text}",
            # Whom it named was told already; an edit rings no bell.
            "m.mentions": {},
            "m.new_content": words,
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        }
        await self._api.say(room, content, uuid4().hex, answers.EDITING)
        return self._receipt(outgoing, room, event, self._clock())

    async def delete(self, remote_id: str) -> None:
        """Take a message away; what isn't there is gone already."""
        room, event = _known_as(remote_id)
        try:
            await self._api.redact(room, event, sha256(remote_id.encode()).hexdigest()[:32])
        except Refused as no:
            if no.reason is not Reason.GONE:
                raise

    # --- in doubt --------------------------------------------------------------------------------

    async def find_sent(
        self,
        outgoing: Outgoing,
        key: str,
        *,
        tried_at: datetime,
        claimed: Set[str],
        settling: timedelta = SETTLING,
    ) -> Found:
        """Look for the message with our key. Raises `ConnectorError` when the look failed."""
        where = self._api.http.where
        rooms, made = await self._candidates(outgoing, key)
        sealed = outgoing.conversation in self._rooms.sealed
        complete = True
        for room in rooms:
            found, seen = await self._look(room, key, since=tried_at - SKEW)
            if found is not None and wire.remote_id(room, found.event) not in claimed:
                return self._receipt(outgoing, room, found.event, found.at)
            complete = complete and seen
        age = self._clock() - tried_at
        there = outgoing.lane is Lane.PUBLIC or (outgoing.conversation is not None and not sealed)
        if rooms and there and age < KEY_HOLDS:
            return NotSent(
                words=f"{where} takes a message with this key only once: a repeat is safe."
            )
        if age < settling:
            return CannotTell(
                words=f"It isn't on {where} yet; the server may still be at it.",
                again_at=tried_at + settling,
            )
        if not complete:
            return CannotTell(
                words=f"The room on {where} can't be searched far enough to be sure. Look there, "
                "then decide here."
            )
        if made:
            return NotSent(
                words="The private room was made, and nothing is in it yet: it is used again."
            )
        return NotSent(words=f"It isn't on {where}, so it can be sent again.")

    async def _candidates(self, outgoing: Outgoing, key: str) -> tuple[list[str], bool]:
        """The rooms in which it may stand, and whether one was made for it."""
        if outgoing.lane is Lane.PUBLIC:
            room = _room_in(outgoing.reply_to) or _room_in(outgoing.conversation)
            return ([room] if room else []), False
        if outgoing.conversation is not None:
            with suppress(Refused):
                if await self._rooms.is_sealed(outgoing.conversation):
                    await self._rooms.reread()
                    return self._rooms.rooms_with(outgoing.to.remote_id), False
            return [outgoing.conversation], False
        made = await self._rooms.settle(outgoing.to.remote_id, key)
        await self._rooms.reread()
        rooms = self._rooms.rooms_with(outgoing.to.remote_id)
        return ([made] if made and made not in rooms else []) + rooms, made is not None

    async def _look(self, room: str, key: str, *, since: datetime) -> tuple[Said | None, bool]:
        """Our message with a key, and whether none can have been overlooked."""
        begin: str | None = None
        for _ in range(PAGES_BACK):
            try:
                page = await self._api.messages(room, back=True, begin=begin, limit=PAGE)
            except Refused:
                return None, False
            for one in page.items:
                if isinstance(one, Said) and one.key == key and one.sender == self._api.user:
                    return one, True
            begin = page.end
            # One message may carry any date that its sender's server likes; a whole page hardly.
            past = bool(page.items) and all(one.at < since for one in page.items)
            if begin is None or not page.size or past:
                return None, True
        return None, False

    # --- before it leaves ------------------------------------------------------------------------

    async def _public_room(self, outgoing: Outgoing) -> str:
        room = _room_in(outgoing.reply_to) or _room_in(outgoing.conversation)
        if room is None:
            raise Refused(
                "Nothing says in which room this is to be said. Nothing was posted; your words are "
                "kept. Answer a message of the customer's."
            )
        if room not in self._rooms.public:
            raise Refused(
                "This room isn't among the account's rooms any more. Nothing was posted; your "
                "words are kept. Name it in the account's settings to answer there.",
                reason=Reason.NOT_ALLOWED,
            )
        await self._readable(room)
        return room

    async def _private_room(self, outgoing: Outgoing, room: str) -> str:
        if room[:1] != "!" or room in self._rooms.public:
            raise Refused(
                "This isn't a private room. Nothing was posted; your words are kept.",
                reason=Reason.WRONG_AUDIENCE,
            )
        if await self._rooms.is_sealed(room):
            await self._rooms.reread()
            other = await self._rooms.with_them(outgoing.to.remote_id, inside=True)
            if other is not None:
                return other
        await self._readable(room)
        how = await self._alone_with(outgoing.to.remote_id, room)
        if how not in HERE:
            raise Refused(
                f"{outgoing.to.handle} isn't in this private room any more, so they couldn't read "
                "it. Nothing was posted; your words are kept. Answer in public, or write to them "
                "elsewhere.",
                reason=Reason.BLOCKED if how == "ban" else Reason.NOT_ACCEPTED,
            )
        return room

    async def _alone_with(self, user: str, room: str) -> str:
        """How the customer is in a room, where nobody else is in it. Raises `Refused`."""
        members = await self._api.members(room)
        others = [
            one for one, how in members.items() if how in HERE and one not in (user, self._api.user)
        ]
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            raise Refused(
                f"Others are in this room too and would read it: {', '.join(others[:3])}{more}. "
                "Your words are kept and went to nobody. Answer there in a Matrix app if they may "
                "read it.",
                reason=Reason.WRONG_AUDIENCE,
            )
        return members.get(user, "leave")

    async def _readable(self, room: str) -> None:
        if await self._rooms.is_sealed(room):
            raise Refused(
                "This room is encrypted, and Greenroom can't encrypt. Nothing was posted; your "
                "words are kept. Answer there in a Matrix app.",
                reason=Reason.NOT_ALLOWED,
            )

    def _content(self, outgoing: Outgoing, key: str | None) -> dict[str, object]:
        content: dict[str, object] = {
            "msgtype": "m.text",
            "body": outgoing.text,
            "m.mentions": {"user_ids": [outgoing.to.remote_id]},
        }
        if key is not None:
            content[wire.KEY] = key
        return content

    async def _relations(self, outgoing: Outgoing, room: str) -> dict[str, object]:
        """What it answers, which has to be there still."""
        named = wire.split(outgoing.reply_to or "")
        if named is None or named[0] != room:
            return {}
        answered = await self._api.event(*named)
        if not isinstance(answered, Said):
            raise Refused(
                "What this answers isn't there any more. Nothing was posted; your words are kept. "
                "Write to the customer without it, or close the thread.",
                reason=Reason.GONE,
            )
        relates: dict[str, object] = {"m.in_reply_to": {"event_id": named[1]}}
        if answered.thread is not None:
            relates |= {
                "rel_type": "m.thread", "event_id": answered.thread, "is_falling_back": False
            }  # fmt: skip
        return {"m.relates_to": relates}

    def _receipt(self, outgoing: Outgoing, room: str, event: str, at: datetime) -> Receipt:
        remote_id = wire.remote_id(room, event)
        conversation = room
        if outgoing.lane is Lane.PUBLIC:
            answered = self._memory.known(outgoing.reply_to)
            conversation = outgoing.conversation or (
                answered.conversation if answered else outgoing.reply_to or remote_id
            )
            self._memory.place(
                remote_id, Known(conversation=conversation, author=self._api.user, served=True)
            )
        return Receipt(
            remote_id=remote_id, at=at, conversation=conversation, url=wire.link(room, event)
        )


def _check(text: str, undone: str) -> None:
    if not text.strip():
        raise Refused(f"There is nothing to send: the message is empty. {undone}")
    if size(text) > LIMIT:
        raise Refused(
            f"Matrix takes {LIMIT} bytes here, and this is longer. {undone} Shorten it and try "
            "again.",
            reason=Reason.TOO_LONG,
        )


def _known_as(remote_id: str) -> tuple[str, str]:
    found = wire.split(remote_id)
    if found is None:
        raise Refused(f"No message on Matrix has the name {remote_id}.", reason=Reason.GONE)
    return found


def _room_in(remote_id: str | None) -> str | None:
    found = wire.split(remote_id or "")
    return found[0] if found else None
