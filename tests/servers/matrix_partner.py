"""Synapse as a partner of the contract suite, behind a proxy of bad luck.

One server serves the whole run. Each case has people and a room of its own on it, so nothing that
another case said is there.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, ClassVar

import aiohttp

from connectors.contract import Capability, Connector, Secrets
from connectors.matrix import wire
from connectors.matrix.connector import Matrix
from tests.contract.partner import BUDI, CUSTOMERS, Ability, Fault, NotTaken, Seen
from tests.servers.matrix_people import Person
from tests.servers.proxy import Answers, Proxy
from tests.servers.synapse import Synapse

SHOP = "shop"
FAULTS = frozenset(Fault) - {Fault.NO_ROUTE, Fault.GONE}
ANSWERS = Answers(
    errors={
        Fault.SERVER_ERROR: (500, {"errcode": "M_UNKNOWN", "error": "Internal server error"}),
        Fault.TOO_MANY: (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}),
        Fault.KEY_DEAD: (401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token"}),
        Fault.NO_RIGHT: (
            403,
            {"errcode": "M_FORBIDDEN", "error": "You don't have permission to post that"},
        ),
        Fault.TOO_LONG: (413, {"errcode": "M_TOO_LARGE", "error": "event too large"}),
        Fault.BLOCKED: (403, {"errcode": "M_FORBIDDEN", "error": "You are banned from this room"}),
    },
    too_many=("Retry-After: 2",),
    posts=(r"PUT /_matrix/client/v3/rooms/[^ ]+/send/m\.room\.message/",),
    recalls=(r"PUT /_matrix/client/v3/rooms/[^ ]+/(send/m\.room\.message|redact)/",),
    again=True,
)
CREATING = "POST /_matrix/client/v3/createRoom "
_NUMBERS = count(1)


class SynapsePartner:
    """Synapse 1.163."""

    name: ClassVar[str] = "matrix-synapse"
    server: ClassVar[bool] = True
    can: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        Capability.REFUSAL_SHOWN,
        Capability.INVITE,
    }
    abilities: ClassVar[frozenset[Ability]] = frozenset(Ability) - {
        # An event has 64 KiB, so the longest texts don't go through.
        Ability.VERBATIM,
        Ability.WARN,
    }
    faults: ClassVar[frozenset[Fault]] = FAULTS
    patience: ClassVar[float] = 20.0
    page: ClassVar[int] = 50

    _running: ClassVar[Synapse | None] = None

    def __init__(self) -> None:
        self.secrets: Secrets = {}
        self.people: dict[str, Person] = {}
        self.room = ""

    async def start(self) -> None:
        cls = type(self)
        if cls._running is None:
            running = Synapse()
            await running.start()
            cls._running = running
            atexit.register(running.away)
        self.synapse = cls._running
        self.proxy = Proxy(self.synapse.port, ANSWERS)
        await self.proxy.start()
        number = next(_NUMBERS)
        for name in (SHOP, *CUSTOMERS):
            signed_in = await self.synapse.register(f"{name}{number}")
            self.people[name] = Person(self.synapse.url, signed_in)
        shop = self.people[SHOP]
        self.secrets = {"token": shop.token}
        self.room = await shop.makes_room(preset="public_chat", name="Help")
        for name in CUSTOMERS:
            await self.people[name].joins(self.room)

    async def stop(self) -> None:
        for person in self.people.values():
            await person.close()
        await self.proxy.stop()

    async def connector(self) -> Connector:
        return Matrix(self.settings(), remembered=None, clock=self.now)

    def settings(self) -> dict[str, str]:
        return {"server": self.proxy.url, "rooms": self.room, "settle_seconds": "0.3"}

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
        fields: dict[str, Any] = {}
        if attachment is not None:
            fields = {"msgtype": "m.image", "filename": attachment, "url": "mxc://localhost/abc"}
        names = [self.people[name].id for name in (SHOP, *naming)]
        return await self._writes(customer, self.room, text, reply_to, naming=names, **fields)

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        person = self.people[customer]
        await person.opens_invitations()
        answered = wire.split(reply_to or "")
        room = answered[0] if answered else await self._private_room(person)
        return await self._writes(customer, room, text, reply_to)

    async def _private_room(self, person: Person) -> str:
        return await person.makes_room(
            preset="trusted_private_chat", is_direct=True, invite=[self.people[SHOP].id]
        )

    async def _writes(
        self, customer: str, room: str, text: str, reply_to: str | None, **fields: Any
    ) -> str:
        if not text:
            raise NotTaken("an empty message")
        answered = wire.split(reply_to or "")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotTaken("not UTF-8") from None
        try:
            event = await self.people[customer].says(
                room, text, reply_to=answered[1] if answered else None, **fields
            )
        except aiohttp.ClientResponseError as error:
            if error.status in (400, 413):
                raise NotTaken(error.message) from None
            raise
        return wire.remote_id(room, event)

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        await self.people[customer].edits(*_parts(remote_id), text)

    async def deletes(self, customer: str, remote_id: str) -> None:
        await self.people[customer].redacts(*_parts(remote_id))

    async def refuses_private(self, customer: str) -> None:
        self.people[customer].shuts_out = True

    async def public_posts_of_shop(self) -> list[Seen]:
        rooms = await self.people[BUDI].sees()
        return self._said(self.room, rooms.get(self.room, []))

    async def private_posts_to(self, customer: str) -> list[Seen]:
        rooms = await self.people[customer].sees()
        return [
            one
            for room, events in rooms.items()
            if room != self.room
            for one in self._said(room, events)
        ]

    def _said(self, room: str, events: list[dict[str, Any]]) -> list[Seen]:
        """What the shop said, each message once, with its newest words."""
        found: dict[str, Seen] = {}
        for one in events:
            content = one["content"]
            if one["sender"] != self.people[SHOP].id:
                continue
            relates = content.get("m.relates_to", {})
            if relates.get("rel_type") == "m.replace":
                before = found.get(relates["event_id"])
                if before is not None:
                    found[relates["event_id"]] = Seen(
                        remote_id=before.remote_id,
                        text=content["m.new_content"]["body"],
                        reply_to=before.reply_to,
                    )
                continue
            answered = relates.get("m.in_reply_to", {}).get("event_id")
            found[one["event_id"]] = Seen(
                remote_id=wire.remote_id(room, one["event_id"]),
                text=content["body"],
                reply_to=wire.remote_id(room, answered) if answered else None,
            )
        return list(found.values())

    async def break_next(self, fault: Fault) -> None:
        self.proxy.break_next(fault)

    async def break_recall(self, fault: Fault) -> None:
        self.proxy.break_recall(fault)

    async def cut(self) -> None:
        await self.proxy.cut()

    async def goes_down(self) -> None:
        await self.proxy.stop()

    async def comes_up(self) -> None:
        await self.proxy.start()

    async def revokes(self) -> None:
        shop = self.people[SHOP]
        async with asyncio.timeout(self.patience):
            await shop.call("POST", "/logout", json={})


def _parts(remote_id: str) -> tuple[str, str]:
    found = wire.split(remote_id)
    assert found is not None
    return found
