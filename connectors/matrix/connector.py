"""Matrix behind the contract of a connector: rooms in the open, and direct rooms."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Set
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from connectors.contract import (
    Address,
    Batch,
    Clock,
    Connector,
    Cursor,
    Found,
    Hello,
    Lane,
    Likelihood,
    Outgoing,
    Receipt,
    Room,
    Secrets,
    SignedIn,
    Talk,
    Unauthorised,
    Unreachable,
)
from connectors.matrix.counting import LIMIT, size

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.http import Http
    from connectors.matrix.api import Api
    from connectors.matrix.memory import Memory
    from connectors.matrix.rooms import Rooms
    from connectors.matrix.sending import Sender

TOKEN = "token"  # noqa: S105
"""The name of the account's only secret."""


class Matrix(Connector):
    """One account on one Matrix server.

    Settings: `server` (its origin), `rooms` (ids or aliases of the rooms in the open), `device_id`
    (of the sign-in, taken up again by the next), `allow_plain_http` ("yes" for http beyond this
    machine), `answer_seconds`, `settle_seconds`.
    """

    network: ClassVar[str] = "matrix"
    title: ClassVar[str] = "Matrix"

    def __init__(
        self, settings: Mapping[str, str], *, remembered: Hello | None, clock: Clock
    ) -> None:
        super().__init__(settings, remembered=remembered, clock=clock)
        self._http: Http | None = None
        self._api: Api | None = None
        self._rooms: Rooms | None = None
        self._kept: Memory | None = None

    @classmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Walk a person through a sign-in by password, or take a token they have."""
        from connectors.matrix.auth import sign_in

        return await sign_in(talk, given, clock=clock)

    @classmethod
    def load(cls) -> None:
        """Import aiohttp: it takes a third of a second."""
        import aiohttp  # noqa: F401

    async def open(self, secrets: Secrets) -> Hello:
        """Learn who we are and which rooms we hear. Raises `ConnectorError`."""
        token = secrets.get(TOKEN, "")
        if not token:
            raise Unauthorised(
                "There is no key for this account. Nothing was sent. Sign in with "
                "“greenroom account add matrix”."
            )
        await self.close()
        http = self._new_http()
        http.use_token(token)
        try:
            hello = await self._greet(http)
        except BaseException:
            await http.close()
            raise
        self._http = http
        return hello

    async def _greet(self, http: Http) -> Hello:
        from connectors.matrix.opening import opened

        self.hello, self._api, self._rooms = await opened(http, self.settings.get("rooms", ""))
        return self.hello

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """History since the cursor, then live. See `connectors.matrix.listening`."""
        from connectors.matrix.listening import Listener

        api, rooms = self._opened()
        listener = Listener(api, rooms, self._memory(), self.clock, since)
        async with contextlib.aclosing(listener.batches()) as batches:
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. See `connectors.matrix.sending`."""
        return await self._sender().send(outgoing, key)

    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """Whether they are in a room with us, or were asked into one and haven't come."""
        _, rooms = self._opened()
        standing = await rooms.standing_with(address.remote_id)
        if standing is None:
            return Likelihood.UNKNOWN
        return Likelihood.LIKELY if standing == "join" else Likelihood.UNLIKELY

    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """Look for the message that carries our key."""
        from connectors.matrix.sending import SETTLING

        settling = SETTLING
        with contextlib.suppress(ValueError, OverflowError):
            settling = timedelta(seconds=float(self.settings.get("settle_seconds", "")))
        return await self._sender().find_sent(
            outgoing, key, tried_at=tried_at, claimed=claimed, settling=settling
        )

    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """The length in bytes, as it stands in an event."""
        return Room(used=size(text), limit=LIMIT)

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in a message's place."""
        return await self._sender().edit(remote_id, outgoing)

    async def delete(self, remote_id: str) -> None:
        """Take a message away; what isn't there is gone already."""
        await self._sender().delete(remote_id)

    async def take_advice(self, key: str) -> Hello:
        """Go into a room that the settings name."""
        from connectors.matrix.opening import JOIN, named_rooms

        named = key.removeprefix(JOIN)
        if not key.startswith(JOIN) or named not in named_rooms(self.settings.get("rooms", "")):
            return await super().take_advice(key)
        api, _ = self._opened()
        await api.join(named)
        return await self._greet(api.http)

    async def close(self) -> None:
        """Let go of every connection."""
        http, self._http, self._api, self._rooms = self._http, None, None, None
        if http is not None:
            await http.close()

    def _new_http(self) -> Http:
        from connectors.http import TOTAL_SECONDS, Http, base_of
        from connectors.matrix.api import SYNC_SECONDS, refused

        base = base_of(
            self.settings.get("server", ""),
            allow_plain=self.settings.get("allow_plain_http") == "yes",
        )
        total = TOTAL_SECONDS
        with contextlib.suppress(ValueError):
            total = max(float(self.settings.get("answer_seconds", "")), SYNC_SECONDS + 5.0)
        return Http(base, clock=self.clock, total=total, read_refusal=refused)

    def _opened(self) -> tuple[Api, Rooms]:
        if self._api is None or self._rooms is None:
            raise Unreachable("This account isn't connected yet. Nothing was sent.")
        return self._api, self._rooms

    def _sender(self) -> Sender:
        from connectors.matrix.sending import Sender

        api, rooms = self._opened()
        return Sender(api, rooms, self._memory(), self.clock)

    def _memory(self) -> Memory:
        if self._kept is None:
            from connectors.matrix.memory import Memory

            self._kept = Memory()
        return self._kept
