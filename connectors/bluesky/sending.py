"""Sending a post or a private message once, and finding it again when in doubt.

In the open the key of a delivery names the record itself (`tid`), and it is written only where
nothing stands under that name: a repeat finds the first. In private the chat has no such key, so a
lost answer is settled by reading the conversation.

A private conversation may have more than two people in it. So before words go there its members are
looked at: nobody but the customer may read them.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime, timedelta

from connectors.bluesky import shapes
from connectors.bluesky.api import Api, at_in
from connectors.bluesky.counting import MESSAGE, POST, used
from connectors.bluesky.facets import facets, names
from connectors.bluesky.heard import Convo, Ref, Words
from connectors.bluesky.memory import Memory
from connectors.bluesky.private import page_of
from connectors.bluesky.refusals import Taken
from connectors.bluesky.tid import for_key
from connectors.contract import (
    CannotTell,
    Clock,
    Doubtful,
    Found,
    Lane,
    NotSent,
    Outgoing,
    Reason,
    Receipt,
    Refused,
)

KEPT = "Nothing was posted; your words are kept."
SETTLING = timedelta(seconds=20)
"""A slow server may still be working on a request whose answer was lost."""
SKEW = timedelta(minutes=5)
"""How far a moment of the chat's may be from what the account's own server has for now."""
PAGES_BACK = 20
MOST_NAMES = 10


class Sender:
    """What leaves an account."""

    def __init__(self, api: Api, memory: Memory, clock: Clock) -> None:
        self._api = api
        self._memory = memory
        self._clock = clock

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. Raises `ConnectorError`, as the contract's `send` does."""
        text = _clean(outgoing.text)
        _check(text, outgoing.lane)
        if outgoing.lane is Lane.PUBLIC:
            return await self._post(outgoing, text, key)
        return await self._say(outgoing, text, key)

    async def delete(self, remote_id: str) -> None:
        """Take a post away; what isn't there is gone already."""
        parts = shapes.split_uri(remote_id)
        if parts is None:
            raise Refused(
                "Bluesky takes a private message away only from your own view: the customer keeps "
                "it. The message still stands there.",
                reason=Reason.NOT_ALLOWED,
            )
        if parts[0] != self._api.did or parts[1] != shapes.POST:
            raise Refused(
                "Somebody else wrote this post. It still stands there.", reason=Reason.NOT_ALLOWED
            )
        await self._api.remove(parts[2])

    # --- in the open -----------------------------------------------------------------------------

    async def _post(self, outgoing: Outgoing, text: str, key: str) -> Receipt:
        if outgoing.reply_to is None:
            raise Refused(
                f"Nothing says what this answers, so nobody would be told of it. {KEPT} Answer a "
                "post of the customer's."
            )
        record: dict[str, object] = {
            "$type": shapes.POST,
            "text": text,
            "createdAt": _stamp(self._clock()),
        }
        root, parent = await self._answered(outgoing.reply_to)
        record["reply"] = {"root": _strong(root), "parent": _strong(parent)}
        if outgoing.language:
            record["langs"] = [outgoing.language]
        people = await self._people(outgoing, text)
        if marked := facets(text, people):
            record["facets"] = marked
        rkey = for_key(key, outgoing.reply_to)
        try:
            ref = await self._api.put(shapes.POST, rkey, record, new=True)
        except Taken:
            # The first attempt came through.
            return await self._standing(outgoing, rkey)
        return Receipt(
            remote_id=ref.uri,
            at=self._clock(),
            conversation=outgoing.conversation or root.uri,
            url=shapes.page_of(ref.uri),
        )

    async def _answered(self, uri: str) -> tuple[Ref, Ref]:
        """The root and the parent that an answer to a post has. Raises `Refused` where the post
        can't be answered."""
        page = await self._api.posts([uri])
        if not page.said:
            await self._why_unseen(uri)
        said = page.said[0]
        if said.shut:
            raise Refused(
                f"{said.author.handle} lets only some people answer here, and an answer of ours "
                f"would be shown to nobody. {KEPT} Write to them in private, or elsewhere.",
                reason=Reason.NOT_ALLOWED,
            )
        parent = Ref(uri=said.uri, cid=said.cid)
        return said.root or parent, parent

    async def _why_unseen(self, uri: str) -> None:
        """Why a post can't be seen: it is gone, or somebody is blocked. Raises `Refused`."""
        parts = shapes.split_uri(uri)
        if parts is not None and await self._api.record(*parts) is not None:
            raise Refused(
                "The post stands there, but it isn't shown to this account: one of you has blocked "
                f"the other, or Bluesky has hidden it. {KEPT} This person can't be answered here.",
                reason=Reason.BLOCKED,
            )
        raise Refused(
            f"What this answers isn't there any more. {KEPT} Write to the customer without it, or "
            "close the thread.",
            reason=Reason.GONE,
        )

    async def _people(self, outgoing: Outgoing, text: str) -> dict[str, str]:
        """Whose the names in a text are; who isn't found stays text."""
        known = {outgoing.to.handle.lstrip("@").lower(): outgoing.to.remote_id}
        found = {}
        for name in sorted(names(text))[:MOST_NAMES]:
            did = known.get(name) or await self._api.did_of(name)
            if did is not None:
                found[name] = did
        return found

    async def _standing(self, outgoing: Outgoing, rkey: str) -> Receipt:
        found = await self._find_post(outgoing, rkey)
        if found is None:
            raise Doubtful(
                f"{self._api.http.where} says that the post stands there already, and doesn't show "
                "it. It may be posted. Greenroom looks on the network before anything is sent "
                "again."
            )
        return found

    async def _find_post(self, outgoing: Outgoing, rkey: str) -> Receipt | None:
        record = await self._api.record(self._api.did, shapes.POST, rkey)
        if record is None:
            return None
        uri = shapes.uri_of(self._api.did, rkey)
        value = record.get("value")
        reply = value.get("reply") if isinstance(value, dict) else None
        root = reply.get("root") if isinstance(reply, dict) else None
        began = root.get("uri") if isinstance(root, dict) else None
        return Receipt(
            remote_id=uri,
            at=at_in(record) or self._clock(),
            conversation=outgoing.conversation or (began if isinstance(began, str) else uri),
            url=shapes.page_of(uri),
        )

    # --- in private ------------------------------------------------------------------------------

    async def _say(self, outgoing: Outgoing, text: str, key: str) -> Receipt:
        if outgoing.conversation is None:
            convo = await self._opened(outgoing)
        else:
            convo = await self._alone_with(outgoing, outgoing.conversation)
        message: dict[str, object] = {"text": text}
        # No name is marked here: nobody is to be told of what is private.
        if marked := facets(text, {}):
            message["facets"] = marked
        about = await self._carried(outgoing.about)
        if about is not None:
            message["embed"] = {"$type": "app.bsky.embed.record", "record": _strong(about)}
        self._memory.put_before(key, convo.rev)
        return _receipt(await self._api.say(convo.id, message))

    async def _opened(self, outgoing: Outgoing) -> Convo:
        """The conversation with the customer alone. Raises `Refused` where they don't take it."""
        may, _ = await self._api.may_chat(outgoing.to.remote_id)
        if not may:
            # Who can't be written to is named by the call that would make the conversation.
            await self._api.convo_with(outgoing.to.remote_id)
            raise Refused(
                f"{outgoing.to.handle} doesn't take private messages from this account. {KEPT} Ask "
                "them in public to write to you.",
                reason=Reason.NOT_ACCEPTED,
            )
        convo = await self._api.convo_with(outgoing.to.remote_id)
        self._only(outgoing, {one.remote_id for one in convo.members})
        if not convo.accepted:
            await self._api.accept(convo.id)
        return convo

    async def _alone_with(self, outgoing: Outgoing, at: str) -> Convo:
        convo = await self._api.convo(at)
        self._only(outgoing, {one.remote_id for one in convo.members})
        if not convo.accepted:
            await self._api.accept(at)
        return convo

    def _only(self, outgoing: Outgoing, members: Set[str]) -> None:
        others = members - {self._api.did, outgoing.to.remote_id}
        if others or outgoing.to.remote_id not in members:
            raise Refused(
                f"This private conversation isn't with {outgoing.to.handle} alone. Your words are "
                "kept and went to nobody. Answer there in Bluesky's app if the others may read it.",
                reason=Reason.WRONG_AUDIENCE,
            )

    async def _carried(self, uri: str | None) -> Ref | None:
        """The post that a first message carries along; it goes without where the post is gone."""
        parts = shapes.split_uri(uri or "")
        if parts is None:
            return None
        record = await self._api.record(*parts)
        try:
            return shapes.ref(record) if record is not None else None
        except shapes.Odd:
            return None

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
        """Look for what may have been sent. Raises `ConnectorError` when the look failed."""
        where = self._api.http.where
        if outgoing.lane is Lane.PUBLIC:
            found = await self._find_post(outgoing, for_key(key, outgoing.reply_to))
            if found is not None and found.remote_id not in claimed:
                return found
            return NotSent(
                words=f"It doesn't stand on {where}, and its name there makes a repeat safe."
            )
        convo = outgoing.conversation
        if convo is None:
            _, convo = await self._api.may_chat(outgoing.to.remote_id)
        message, complete = None, True
        if convo is not None:
            # Before the first page the server has said what time it has.
            await self._api.convo(convo)
            since = tried_at - self._api.ahead - SKEW
            before = self._memory.before(key)
            message, complete = await self._look(outgoing, convo, since, before, claimed)
        if message is not None:
            return _receipt(message)
        if self._clock() - tried_at < settling:
            return CannotTell(
                words="It isn't in the conversation yet; the server may still be at it.",
                again_at=tried_at + settling,
            )
        if not complete:
            return CannotTell(
                words="The conversation holds too much since to be sure. Look there, then decide "
                "here."
            )
        return NotSent(words="It isn't in the conversation, so it can be sent again.")

    async def _look(
        self, outgoing: Outgoing, convo: str, since: datetime, before: str, claimed: Set[str]
    ) -> tuple[Words | None, bool]:
        """Our message with these words, and whether none can have been overlooked. What stood
        there `before` can't be it, though the words be the same."""
        wanted = " ".join(_clean(outgoing.text).split())
        found: Words | None = None
        cursor: str | None = None
        for _ in range(PAGES_BACK):
            talk = await self._api.messages(convo, cursor)
            for one in talk.words:
                if (
                    one.sender == self._api.did
                    and one.at >= since
                    and one.rev > before
                    and " ".join(one.text.split()) == wanted
                    and shapes.message_id(convo, one.id) not in claimed
                ):
                    found = one
            cursor = talk.cursor
            past = bool(talk.words) and talk.words[-1].at < since
            if cursor is None or not talk.size or past:
                return found, True
        return found, False


def _receipt(message: Words) -> Receipt:
    return Receipt(
        remote_id=shapes.message_id(message.convo, message.id),
        at=message.at,
        conversation=message.convo,
        url=page_of(message.convo),
    )


def _check(text: str, lane: Lane) -> None:
    if not text.strip():
        raise Refused(f"There is nothing to send: the message is empty. {KEPT}")
    limit = POST if lane is Lane.PUBLIC else MESSAGE
    if used(text) > limit:
        raise Refused(
            f"Bluesky takes {limit} signs here ({limit * 10} bytes), and this is longer. {KEPT} "
            "Shorten it and send it again.",
            reason=Reason.TOO_LONG,
        )


def _clean(text: str) -> str:
    """The text without half signs, which can't leave."""
    return text.encode("utf-8", "replace").decode()


def _strong(ref: Ref) -> dict[str, str]:
    return {"uri": ref.uri, "cid": ref.cid}


def _stamp(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
