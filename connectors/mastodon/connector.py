"""Mastodon, and every server that speaks its API, behind the contract of a connector."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Set
from datetime import datetime, timedelta
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
    Reason,
    Receipt,
    Refused,
    Room,
    Secrets,
    SignedIn,
    Talk,
    Unauthorised,
)
from connectors.mastodon.counting import length
from connectors.mastodon.instance import Facts

if TYPE_CHECKING:
    from connectors.http import Http
    from connectors.mastodon.api import Api
    from connectors.mastodon.memory import Memory

TOKEN = "token"  # noqa: S105
"""The name of the account's only secret."""


class Mastodon(Connector):
    """One account on a server of the Mastodon API.

    Settings: `server` (its origin), `allow_plain_http` ("yes" for http beyond this machine), and
    for unusual servers the seconds of `pace.Pace`, `settle_seconds` and `answer_seconds`.
    """

    network: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"

    def __init__(
        self, settings: Mapping[str, str], *, remembered: Hello | None, clock: Clock
    ) -> None:
        super().__init__(settings, remembered=remembered, clock=clock)
        self._facts = Facts.remembered(remembered.facts) if remembered is not None else Facts()
        self._http: Http | None = None
        self._api: Api | None = None
        self._kept: Memory | None = None

    @classmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Walk a person through OAuth with a code to paste, or take a token they have."""
        from connectors.mastodon.auth import sign_in

        return await sign_in(talk, given, clock=clock)

    @classmethod
    def load(cls) -> None:
        """Import aiohttp: it takes a third of a second."""
        import aiohttp  # noqa: F401

    async def open(self, secrets: Secrets) -> Hello:
        """Learn who we are and what kind of server this is. Raises `ConnectorError`."""
        from connectors.mastodon.opening import opened

        token = secrets.get(TOKEN, "")
        if not token:
            raise Unauthorised(
                "There is no key for this account. Nothing was sent. Sign in with "
                "“greenroom account add mastodon”."
            )
        await self.close()
        http = self._new_http()
        http.use_token(token)
        try:
            self.hello, self._facts, self._api = await opened(http)
        except BaseException:
            await http.close()
            raise
        self._http = http
        return self.hello

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """History since the cursor, then live. See `connectors.mastodon.listening`."""
        from connectors.mastodon.listening import Listener
        from connectors.mastodon.pace import Pace

        listener = Listener(
            self._opened(), self._facts, self._memory(), Pace.of(self.settings), self.clock, since
        )
        async with contextlib.aclosing(listener.batches()) as batches:
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. See `connectors.mastodon.sending`."""
        from connectors.mastodon.sending import send

        return await send(self._opened(), self._facts, self._memory(), outgoing, key)

    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """Unknown: a refusal is silent on this network, before and after."""
        return Likelihood.UNKNOWN

    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """Look among our own posts, or say that the key makes a repeat safe."""
        from connectors.mastodon import sending

        settling = sending.SETTLING
        with contextlib.suppress(ValueError, OverflowError):
            settling = timedelta(seconds=float(self.settings.get("settle_seconds", "")))
        return await sending.find_sent(
            self._opened(),
            self._facts,
            self._memory(),
            outgoing,
            tried_at=tried_at,
            claimed=claimed,
            clock=self.clock,
            settling=settling,
        )

    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """The length as this server counts it, with the handle that `send` will put in front."""
        facts = self._facts
        if to is not None:
            from connectors.mastodon.naming import addressed, for_one

            domains = frozenset(facts.domains)
            if lane is Lane.PRIVATE and "@" in text:
                text = for_one(text, to.handle, domains)
            text = addressed(text, to.handle, domains)
        used = 0
        for part in (text, warning or ""):
            used += length(part, as_mastodon=facts.counts_as_mastodon, url_length=facts.url_length)
        return Room(used=used, limit=facts.length)

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in the place of one of our posts. See `connectors.mastodon.sending`."""
        from connectors.mastodon.sending import edit

        api = self._opened()
        if not self._facts.edits:
            return await super().edit(remote_id, outgoing)
        return await edit(api, self._facts, self._memory(), remote_id, outgoing)

    async def delete(self, remote_id: str) -> None:
        """Take one of our posts away; what isn't there is gone already."""
        try:
            await self._opened().delete(remote_id)
        except Refused as no:
            if no.reason is not Reason.GONE:
                raise
            if await self._opened().exists(remote_id):
                raise Refused(
                    "This server lets no app take a post away, so it still stands. "
                    "Delete it on the server's own page.",
                    reason=Reason.NOT_ALLOWED,
                ) from None

    async def take_advice(self, key: str) -> Hello:
        """Open the notification policy where an `Advice` said that it is shut."""
        from connectors.mastodon.instance import POLICIES
        from connectors.mastodon.opening import opened

        rules = POLICIES.get(key)
        if rules is None:
            return await super().take_advice(key)
        api = self._opened()
        await api.accept(rules)
        self.hello, self._facts, self._api = await opened(api.http)
        return self.hello

    async def close(self) -> None:
        """Let go of every connection."""
        http, self._http, self._api = self._http, None, None
        if http is not None:
            await http.close()

    def _new_http(self) -> Http:
        from connectors.http import TOTAL_SECONDS, Http, base_of

        base = base_of(
            self.settings.get("server", ""),
            allow_plain=self.settings.get("allow_plain_http") == "yes",
        )
        from connectors.mastodon.pace import seconds

        return Http(
            base,
            clock=self.clock,
            total=seconds(self.settings, "answer_seconds", TOTAL_SECONDS),
        )

    def _opened(self) -> Api:
        if self._api is None:
            from connectors.contract import Unreachable

            raise Unreachable("This account isn't connected yet. Nothing was sent.")
        return self._api

    def _memory(self) -> Memory:
        if self._kept is None:
            from connectors.mastodon.memory import Memory

            self._kept = Memory()
        return self._kept
