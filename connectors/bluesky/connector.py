"""Bluesky behind the contract of a connector: posts in the open, and its chat in private."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Set
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from connectors.bluesky.counting import MESSAGE, POST, used
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
    Refused,
    Room,
    Secrets,
    SignedIn,
    Talk,
    Unauthorised,
    Unreachable,
)

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.bluesky.api import Api
    from connectors.bluesky.memory import Memory
    from connectors.bluesky.sending import Sender
    from connectors.http import Http

TOKEN = "token"  # noqa: S105
"""The name of the secret that a person gives: the app password."""


class Bluesky(Connector):
    """One account on Bluesky's network.

    Settings: `server` (the account's own, its PDS), `identifier` (its handle), `did`,
    `allow_plain_http` ("yes" for http beyond this machine), `poll_seconds`, `answer_seconds`,
    `settle_seconds`.
    """

    network: ClassVar[str] = "bluesky"
    title: ClassVar[str] = "Bluesky"

    def __init__(
        self, settings: Mapping[str, str], *, remembered: Hello | None, clock: Clock
    ) -> None:
        super().__init__(settings, remembered=remembered, clock=clock)
        self._http: Http | None = None
        self._api: Api | None = None
        self._session = ""
        self._kept: Memory | None = None

    @classmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Walk a person through signing in with an app password."""
        from connectors.bluesky.auth import sign_in

        return await sign_in(talk, given, clock=clock)

    @classmethod
    def load(cls) -> None:
        """Import aiohttp: it takes a third of a second."""
        import aiohttp  # noqa: F401

    async def open(self, secrets: Secrets) -> Hello:
        """Take up the session, and learn who we are. Raises `ConnectorError`."""
        from connectors.bluesky.opening import opened
        from connectors.bluesky.session import KEPT, Session

        password = secrets.get(TOKEN, "")
        if not password:
            raise Unauthorised(
                "There is no app password for this account. Nothing was sent. Sign in with "
                "“greenroom account add bluesky”."
            )
        await self.close()
        http = self._new_http()
        did = self.settings.get("did", "")
        session = Session(
            http,
            identifier=did or self.settings.get("identifier", ""),
            password=password,
            kept=self._session or secrets.get(KEPT, ""),
            keep=self._keep_session,
        )
        try:
            await session.begin()
            self.hello, self._api = await opened(http, session, did)
        except BaseException:
            await http.close()
            raise
        self._http = http
        return self.hello

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """History since the cursor, then live. See `connectors.bluesky.listening`."""
        from connectors.bluesky.listening import Listener
        from connectors.bluesky.pace import Pace

        api, hello = self._opened()
        listener = Listener(
            api, hello.account, self._memory(), Pace.of(self.settings), self.clock, since,
            chats=_chats(hello),
        )  # fmt: skip
        async with contextlib.aclosing(listener.batches()) as batches:
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. See `connectors.bluesky.sending`."""
        return await self._sender().send(outgoing, key)

    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """Whether the chat says that they take a message of ours."""
        api, hello = self._opened()
        if not _chats(hello):
            return Likelihood.UNKNOWN
        try:
            may, _ = await api.may_chat(address.remote_id)
        except Refused:
            return Likelihood.UNLIKELY
        return Likelihood.LIKELY if may else Likelihood.UNLIKELY

    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """Look for the post under its own name, or for the message in its conversation."""
        from connectors.bluesky.sending import SETTLING

        settling = SETTLING
        with contextlib.suppress(ValueError, OverflowError):
            settling = timedelta(seconds=float(self.settings.get("settle_seconds", "")))
        return await self._sender().find_sent(
            outgoing, key, tried_at=tried_at, claimed=claimed, settling=settling
        )

    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """The length in signs as a person sees them, or in tenths of bytes where that is more."""
        return Room(used=used(text), limit=POST if lane is Lane.PUBLIC else MESSAGE)

    async def delete(self, remote_id: str) -> None:
        """Take a post away; what isn't there is gone already."""
        await self._sender().delete(remote_id)

    async def take_advice(self, key: str) -> Hello:
        """Open the private messages to everyone."""
        from connectors.bluesky.opening import OPEN_MESSAGES, advice, open_messages

        if key != OPEN_MESSAGES:
            return await super().take_advice(key)
        api, hello = self._opened()
        await open_messages(api)
        self.hello = replace(hello, advice=await advice(api))
        return self.hello

    async def close(self) -> None:
        """Let go of every connection."""
        http, self._http, self._api = self._http, None, None
        if http is not None:
            await http.close()

    async def _keep_session(self, name: str, secret: str) -> None:
        self._session = secret
        if self.keep is not None:
            await self.keep(name, secret)

    def _new_http(self) -> Http:
        from connectors.bluesky.pace import seconds
        from connectors.bluesky.refusals import refused
        from connectors.http import TOTAL_SECONDS, Http, base_of

        base = base_of(
            self.settings.get("server", ""),
            allow_plain=self.settings.get("allow_plain_http") == "yes",
        )
        return Http(
            base,
            clock=self.clock,
            read_refusal=refused,
            total=seconds(self.settings, "answer_seconds", TOTAL_SECONDS),
        )

    def _opened(self) -> tuple[Api, Hello]:
        if self._api is None or self.hello is None:
            raise Unreachable("This account isn't connected yet. Nothing was sent.")
        return self._api, self.hello

    def _sender(self) -> Sender:
        from connectors.bluesky.sending import Sender

        api, _ = self._opened()
        return Sender(api, self._memory(), self.clock)

    def _memory(self) -> Memory:
        if self._kept is None:
            from connectors.bluesky.memory import Memory

            self._kept = Memory()
        return self._kept


def _chats(hello: Hello) -> bool:
    from connectors.bluesky.opening import CHATS

    return hello.facts.get(CHATS) == "yes"
