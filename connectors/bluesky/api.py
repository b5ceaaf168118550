"""What Bluesky's servers are asked, and how: every method is one request, or its pages.

All of it goes to the account's own server (PDS), which passes on what isn't its own: `app.bsky` to
the AppView, and `chat.bsky` to where a header says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from connectors import answers
from connectors.answers import Answer, Asking
from connectors.bluesky import shapes, talks, wire
from connectors.bluesky.heard import Convo, Page, Ref, Said, Talk, Words
from connectors.bluesky.refusals import Expired
from connectors.bluesky.session import Session
from connectors.bluesky.shapes import POST, Odd, Raw
from connectors.contract import Doubtful, Oddity, Reason, Refused, Unauthorised, Unreachable
from connectors.http import Http, Params

T = TypeVar("T")

READING, POSTING, CHATTING = "read", "post", "chat"
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
PAGE = 50
REASONS = ("mention", "reply", "quote")
PARENTS, BELOW = 20, 10
DECLARATION = "chat.bsky.actor.declaration"


class Api:
    """One account on its server."""

    def __init__(self, http: Http, session: Session, did: str) -> None:
        self.http = http
        self.did = did
        self.ahead = timedelta()
        """How far our clock is ahead of the server's, by its last answer."""
        self._session = session

    # --- hearing ---------------------------------------------------------------------------------

    async def notifications(self, cursor: str | None) -> Page:
        """A page of what names us, answers us or quotes us, newest first, before a position."""
        params = [("limit", str(PAGE)), *(("reasons", one) for one in REASONS)]
        # The account may have asked its apps to leave out people it doesn't follow: customers.
        params.append(("priority", "false"))
        return await self._page("app.bsky.notification.listNotifications", params, cursor,
                                wire.notifications)  # fmt: skip

    async def own(self, cursor: str | None) -> Page:
        """A page of what we posted, newest first, before a position."""
        params = [("actor", self.did), ("filter", "posts_with_replies"), ("limit", str(PAGE))]
        try:
            return await self._page("app.bsky.feed.getAuthorFeed", params, cursor, wire.feed)
        except Refused as no:
            if "profile not found" not in no.words.lower():
                raise
            # The AppView hasn't met us yet.
            return Page(said=(), oddities=(), cursor=None, size=0)

    async def posts(self, uris: Iterable[str]) -> Page:
        """Posts by their addresses, 25 at most: those that stand and that we may see."""
        params = [("uris", one) for one in uris]
        return await self._page("app.bsky.feed.getPosts", params, None, wire.posts)

    async def above(self, uri: str) -> list[Said]:
        """What stands above a post, oldest first; nothing where it can't be had."""
        params = [("uri", uri), ("depth", "0"), ("parentHeight", str(PARENTS))]
        try:
            answer = await self._get("app.bsky.feed.getPostThread", params)
            return wire.above(answer.body)
        except (Refused, Odd):
            return []

    async def below(self, uri: str) -> list[Said]:
        """What the author of a post went on with below it; nothing where it can't be had."""
        params = [("uri", uri), ("depth", str(BELOW)), ("parentHeight", "0")]
        try:
            answer = await self._get("app.bsky.feed.getPostThread", params)
            return wire.below(answer.body)
        except (Refused, Odd):
            return []

    # --- looking ---------------------------------------------------------------------------------

    async def whoami(self) -> Raw:
        """getSession: our DID, our handle and our server."""
        return await self._look("com.atproto.server.getSession", ())

    async def profile(self) -> Raw:
        """Our profile; empty where the AppView hasn't met us yet."""
        try:
            return await self._look("app.bsky.actor.getProfile", [("actor", self.did)])
        except Refused:
            return {}

    async def record(self, did: str, collection: str, rkey: str) -> Raw | None:
        """What a record holds; None where it doesn't stand. Blocked people's can be had too."""
        params = [("repo", did), ("collection", collection), ("rkey", rkey)]
        try:
            return await self._look("com.atproto.repo.getRecord", params)
        except Refused as no:
            if no.reason is Reason.GONE:
                return None
            raise

    async def did_of(self, handle: str) -> str | None:
        """Whose a handle is; None where it is nobody's."""
        try:
            raw = await self._look("com.atproto.identity.resolveHandle", [("handle", handle)])
        except Refused:
            return None
        found = raw.get("did")
        return found if isinstance(found, str) and found.startswith("did:") else None

    # --- doing -----------------------------------------------------------------------------------

    async def put(
        self, collection: str, rkey: str, record: Mapping[str, object], *, new: bool,
        asking: Asking = answers.POSTING,
    ) -> Ref:  # fmt: skip
        """Write a record. `new`: only where none stands under that key. Raises `Taken`."""
        body: dict[str, object] = {
            "repo": self.did, "collection": collection, "rkey": rkey, "record": record,
        }  # fmt: skip
        if new:
            body["swapRecord"] = None
        answer = await self._do("com.atproto.repo.putRecord", body, asking=asking)
        return self._understood(answer, lambda: shapes.ref(shapes.thing(answer.body)), asking)

    async def remove(self, rkey: str) -> None:
        """Delete a post of ours; one that doesn't stand is no error."""
        body = {"repo": self.did, "collection": POST, "rkey": rkey}
        answer = await self._do("com.atproto.repo.deleteRecord", body, asking=answers.DELETING)
        self._understood(answer, lambda: shapes.thing(answer.body), answers.DELETING)

    # --- in private ------------------------------------------------------------------------------

    async def convos(self, cursor: str | None) -> tuple[list[Convo], list[Oddity], str | None]:
        """A page of our conversations, the last moved first."""
        params = [("limit", str(PAGE)), *((("cursor", cursor),) if cursor else ())]
        answer = await self._get("chat.bsky.convo.listConvos", params, chat=True)
        return self._read(lambda: talks.convos(answer.body))

    async def convo(self, convo: str) -> Convo:
        """A conversation by its id."""
        return await self._convo("chat.bsky.convo.getConvo", [("convoId", convo)])

    async def convo_with(self, did: str) -> Convo:
        """The conversation with somebody; it is made where there is none, and nobody is told."""
        return await self._convo("chat.bsky.convo.getConvoForMembers", [("members", did)])

    async def may_chat(self, did: str) -> tuple[bool, str | None]:
        """Whether somebody takes a private message of ours, and our conversation with them."""
        raw = await self._look(
            "chat.bsky.convo.getConvoAvailability", [("members", did)], chat=True
        )
        convo = raw.get("convo")
        found = convo.get("id") if isinstance(convo, dict) else None
        return raw.get("canChat") is True, found if isinstance(found, str) and found else None

    async def messages(self, convo: str, cursor: str | None) -> Talk:
        """A page of a conversation, newest first, before a position."""
        params = [("convoId", convo), ("limit", str(PAGE))]
        if cursor:
            params.append(("cursor", cursor))
        answer = await self._get("chat.bsky.convo.getMessages", params, chat=True)
        return self._read(lambda: talks.messages(answer.body, convo))

    async def log(self, cursor: str | None) -> Talk:
        """What happened in private after a position, oldest first."""
        params = [("cursor", cursor)] if cursor else []
        answer = await self._get("chat.bsky.convo.getLog", params, chat=True)
        return self._read(lambda: talks.log(answer.body))

    async def accept(self, convo: str) -> None:
        """Take a conversation that somebody asked for. Twice is no error."""
        await self._do("chat.bsky.convo.acceptConvo", {"convoId": convo}, chat=True, posts=False)

    async def say(self, convo: str, message: Mapping[str, object]) -> Words:
        """Send a private message. Asked twice, there are two."""
        body = {"convoId": convo, "message": message}
        answer = await self._do("chat.bsky.convo.sendMessage", body, chat=True)
        return self._understood(answer, lambda: _sent(answer, convo), answers.POSTING)

    # --- one request -----------------------------------------------------------------------------

    async def _page(
        self, method: str, params: Params, cursor: str | None, read: Callable[[bytes], Page]
    ) -> Page:
        more = [*params, ("cursor", cursor)] if cursor else params
        answer = await self._get(method, more)
        return self._read(lambda: read(answer.body))

    async def _convo(self, method: str, params: Params) -> Convo:
        raw = await self._look(method, params, chat=True)
        return self._read(lambda: talks.convo(raw.get("convo")))

    async def _look(self, method: str, params: Params, *, chat: bool = False) -> Raw:
        answer = await self._get(method, params, chat=chat)
        return self._read(lambda: shapes.thing(answer.body))

    async def _get(self, method: str, params: Params, *, chat: bool = False) -> Answer:
        return await self._ask("GET", method, params=params, chat=chat, posts=False)

    async def _do(
        self, method: str, body: Mapping[str, object], *, asking: Asking = answers.POSTING,
        chat: bool = False, posts: bool = True,
    ) -> Answer:  # fmt: skip
        return await self._ask("POST", method, json=body, chat=chat, posts=posts, asking=asking)

    async def _ask(
        self, verb: str, method: str, *, chat: bool, posts: bool, params: Params = (),
        json: object = None, asking: Asking = answers.POSTING,
    ) -> Answer:  # fmt: skip
        """One request; where the session turns out to have ended, nothing was done, and it is
        asked once more with a new one."""
        bucket = CHATTING if chat else POSTING if verb == "POST" else READING
        for _ in range(2):
            token = self.http.token
            try:
                answer = await self.http.ask(
                    verb, f"/xrpc/{method}", params=params, json=json, posts=posts, bucket=bucket,
                    headers=CHAT if chat else None, asking=asking,
                )  # fmt: skip
            except Expired:
                await self._session.renew(token)
            else:
                now = self.http.clock()
                there = answers.moment(answer.headers.get("date", ""), now)
                self.ahead = now - there if there is not None else self.ahead
                return answer
        raise Unauthorised(
            f"{self.http.where} ends each of this account's sessions at once. {asking.undone} "
            "Sign in again with “greenroom account add bluesky”."
        )

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except Odd as trouble:
            raise Unreachable(
                f"{self.http.where} gave an answer that isn't one of its API ({trouble}). Nothing "
                "is lost; Greenroom asks again by itself."
            ) from None

    def _understood(self, answer: Answer, read: Callable[[], T], asking: Asking) -> T:
        try:
            return read()
        except Odd as trouble:
            raise Doubtful(
                f"{self.http.where} answered, but its answer can't be understood ({trouble}). "
                f"{asking.perhaps}"
            ) from None


def _sent(answer: Answer, convo: str) -> Words:
    found = talks.words(shapes.thing(answer.body), convo)
    if found is None:
        raise Odd("message: not one")
    return found


def at_in(record: Raw | None) -> datetime | None:
    """When a record says that it was made."""
    value = record.get("value") if record is not None else None
    try:
        return shapes.moment(value.get("createdAt"), "") if isinstance(value, dict) else None
    except Odd:
        return None
