"""Bluesky's own servers as a partner of the contract suite, behind a proxy of bad luck.

One PLC directory, PDS and AppView serve the whole run, and so do the customers; each case has a
shop of its own on them. The chat is a fake behind the real PDS, new for each case.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, ClassVar

from connectors.bluesky import shapes
from connectors.bluesky.connector import Bluesky
from connectors.contract import Capability, Connector, Secrets
from tests.connectors.bluesky.chat import Chat
from tests.contract.partner import CUSTOMERS, Ability, Fault, NotTaken, Seen
from tests.servers.atproto import Atproto
from tests.servers.bluesky_people import POST, Person, Said, mention
from tests.servers.proxy import Answers, Proxy

SHOP = "shop"
ANSWERS = Answers(
    errors={
        Fault.SERVER_ERROR: (
            500, {"error": "InternalServerError", "message": "Internal Server Error"}
        ),
        Fault.TOO_MANY: (
            429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        ),
        Fault.KEY_DEAD: (
            401, {"error": "AuthenticationRequired", "message": "Authentication Required"}
        ),
        Fault.NO_RIGHT: (400, {"error": "InvalidToken", "message": "Bad token scope"}),
        Fault.TOO_LONG: (
            400,
            {
                "error": "InvalidRequest",
                "message": "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, "
                "got 301) at $.record.text",
            },
        ),
        Fault.BLOCKED: (
            400, {"error": "BlockedActor", "message": "block between recipient and sender"}
        ),
    },
    posts=(
        r"POST /xrpc/com\.atproto\.repo\.putRecord ",
        r"POST /xrpc/chat\.bsky\.convo\.sendMessage ",
    ),
    recalls=(r"POST /xrpc/com\.atproto\.repo\.deleteRecord ",),
    recalls_again=False,
)  # fmt: skip
FAULTS = frozenset(Fault) - {Fault.NO_ROUTE, Fault.GONE}
EXPIRED = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 55\r\n"
    b'Connection: close\r\n\r\n{"error":"ExpiredToken","message":"Token has expired"}\n'
)
SHOPS_AT_ONCE = 10
"""A sign-in takes the PDS a third of a second of waiting, on purpose."""
_NUMBERS = count(1)


class Door(Proxy):
    """The way to the PDS: bad luck, the headers of its limits, and time that passes at once."""

    aged = False
    """Every access token has expired, as each does after two hours."""
    expired = b""
    """This one has."""
    holds = b""
    """The answer to what begins so is kept back: it is asked, and done."""

    def hold(self, begins: bytes) -> asyncio.Event:
        """Keep back what is answered to the next request that begins so; set when it is done."""
        self.holds, self.held = begins, asyncio.Event()
        return self.held

    def expire(self, token: str) -> None:
        """Let an access token be two hours old."""
        self.expired = token.encode()

    async def _through(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        old = self.aged or (self.expired and b"Bearer " + self.expired in head)
        if old and not re.match(rb"POST /xrpc/com\.atproto\.server\.\w+Session ", head):
            writer.write(EXPIRED)
            await writer.drain()
            return
        if self.holds and head.startswith(self.holds):
            self.holds = b""
            there, here = await asyncio.open_connection("127.0.0.1", self._upstream)
            here.write(head)
            await there.readuntil(b"\r\n\r\n")
            here.close()
            self.held.set()
            await reader.read()
            return
        await super()._through(head, reader, writer)


class AtprotoPartner:
    """The reference PDS and AppView of November 2026."""

    name: ClassVar[str] = "bluesky-atproto"
    server: ClassVar[bool] = True
    can: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        Capability.INVITE,
        Capability.EDIT,
        Capability.IDEMPOTENT,
        Capability.DELETE_PRIVATE,
    }
    abilities: ClassVar[frozenset[Ability]] = frozenset(Ability) - {
        # A post has 300 signs, so the longest texts don't go through.
        Ability.VERBATIM,
        Ability.WARN,
        # It does keep hundreds; that each hostile text is read is tested without it, and faster.
        Ability.MANY,
    }
    faults: ClassVar[frozenset[Fault]] = FAULTS
    patience: ClassVar[float] = 20.0
    page: ClassVar[int] = 50

    _running: ClassVar[Atproto | None] = None
    _customers: ClassVar[dict[str, tuple[str, str, str]]] = {}
    _shops: ClassVar[list[tuple[tuple[str, str, str], Secrets]]] = []

    def __init__(self) -> None:
        self.secrets: Secrets = {}
        self.people: dict[str, Person] = {}
        self.chat = Chat()

    async def start(self) -> None:
        cls = type(self)
        if cls._running is None:
            running = Atproto()
            atexit.register(running.away)
            await running.start()
            cls._running = running
        self.servers = cls._running
        self.door = Door(self.servers.ports["pds"], ANSWERS)
        self.door.port = self.servers.ports["door"]
        await self.door.start()
        await self.chat.start(self.servers.ports["chat"])
        for name in CUSTOMERS:
            if name not in cls._customers:
                person = await Person.arrives(self.servers.pds, f"{name}.test")
                cls._customers[name] = person.known_as
                await person.close()
            self.people[name] = Person(self.servers.pds, *cls._customers[name])
        if not cls._shops:
            cls._shops += await asyncio.gather(
                *(_opens_shop(self.servers.pds, next(_NUMBERS)) for _ in range(SHOPS_AT_ONCE))
            )
        known_as, self.secrets = cls._shops.pop()
        self.people[SHOP] = Person(self.servers.pds, *known_as)
        for person in self.people.values():
            self.chat.joins(person.did, person.handle)

    @property
    def shop(self) -> Person:
        return self.people[SHOP]

    async def stop(self) -> None:
        for person in self.people.values():
            await person.close()
        await self.chat.stop()
        await self.door.stop()

    def settings(self) -> dict[str, str]:
        return {
            "server": self.door.url,
            "identifier": self.shop.handle,
            "did": self.shop.did,
            "poll_seconds": "0.12",
            "settle_seconds": "0.3",
        }

    async def connector(self) -> Connector:
        return Bluesky(self.settings(), remembered=None, clock=self.now)

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def writes_public(
        self,
        customer: str,
        text: str,
        *,
        reply_to: str | None = None,
        naming: Sequence[str] = (),
        warning: str | None = None,
        attachment: str | None = None,
    ) -> str:
        if "\0" in text:
            raise NotTaken("the AppView has no place for it, so nobody is told of it")
        person = self.people[customer]
        named = [self.people[one] for one in (SHOP, *naming)]
        whole = " ".join([*(f"@{one.handle}" for one in named), text])
        fields: dict[str, Any] = {"facets": [mention(whole, one.handle, one.did) for one in named]}
        if reply_to is not None:
            fields["reply"] = await self.reply(reply_to)
        if attachment is not None:
            fields["embed"] = {
                "$type": "app.bsky.embed.images",
                "images": [{"image": await person.picture(), "alt": attachment}],
            }
        try:
            return (await person.posts(whole, **fields))["uri"]
        except (Said, UnicodeEncodeError) as no:
            raise NotTaken(str(no)) from None

    async def reply(self, uri: str) -> dict[str, Any]:
        """What a reply to a post has: its root and itself."""
        did, collection, rkey = uri.removeprefix("at://").split("/")
        found = await self.shop.look(
            "com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey
        )
        parent = {"uri": uri, "cid": found["cid"]}
        return {"root": found["value"].get("reply", {}).get("root", parent), "parent": parent}

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        if not text:
            raise NotTaken("an empty message")
        said = self.chat.writes(self.people[customer].did, [self.shop.did], text)
        return shapes.message_id(said["convo"], said["id"])

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        person = self.people[customer]
        rkey = remote_id.rpartition("/")[2]
        found = await person.look(
            "com.atproto.repo.getRecord", repo=person.did, collection=POST, rkey=rkey
        )
        whole = f"@{self.shop.handle} {text}"
        marks = [mention(whole, self.shop.handle, self.shop.did)]
        await person.puts(POST, rkey, {**found["value"], "text": whole, "facets": marks})

    async def deletes(self, customer: str, remote_id: str) -> None:
        await self.people[customer].removes(remote_id)

    async def refuses_private(self, customer: str) -> None:
        self.chat.allows[self.people[customer].did] = "none"

    async def public_posts_of_shop(self) -> list[Seen]:
        return [
            Seen(
                remote_id=one["uri"],
                text=one["value"]["text"],
                reply_to=one["value"].get("reply", {}).get("parent", {}).get("uri"),
            )
            for one in await self.shop.said()
        ]

    async def private_posts_to(self, customer: str) -> list[Seen]:
        did = self.people[customer].did
        return [
            Seen(remote_id=shapes.message_id(room.id, one["id"]), text=one["text"])
            for room in self.chat.rooms.values()
            if did in room.members
            for one in room.messages
            if one["sender"]["did"] == self.shop.did
        ]

    async def break_next(self, fault: Fault) -> None:
        self.door.break_next(fault)

    async def break_recall(self, fault: Fault) -> None:
        self.door.break_recall(fault)

    async def cut(self) -> None:
        await self.door.cut()

    async def goes_down(self) -> None:
        await self.door.stop()

    async def comes_up(self) -> None:
        await self.door.start()

    async def revokes(self) -> None:
        await self.shop.do("com.atproto.server.revokeAppPassword", {"name": "greenroom"})
        # A token that was given lives on for two hours; here they pass at once.
        self.door.aged = True


async def _opens_shop(url: str, number: int) -> tuple[tuple[str, str, str], Secrets]:
    """A shop, and what the console keeps of its sign-in."""
    shop = await Person.arrives(url, f"shop{number}.test")
    try:
        password = await shop.app_password()
        session = await shop.do(
            "com.atproto.server.createSession", {"identifier": shop.did, "password": password}
        )
    finally:
        await shop.close()
    tokens = {"access": session["accessJwt"], "refresh": session["refreshJwt"]}
    return shop.known_as, {"token": password, "session": json.dumps(tokens)}
