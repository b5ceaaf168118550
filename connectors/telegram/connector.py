"""Telegram behind the contract of a connector: a bot in groups and in private chats."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from connectors.contract import (
    Address,
    Batch,
    CannotTell,
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
from connectors.telegram.counting import LIMIT, units

if TYPE_CHECKING:
    from connectors.telegram.api import Api
    from connectors.telegram.groups import Groups
    from connectors.telegram.heard import Me
    from connectors.telegram.memory import Memory
    from connectors.telegram.sending import Sender

TOKEN = "token"  # noqa: S105
"""The name of the account's only secret."""


class Telegram(Connector):
    """One bot.

    Settings: `groups` (ids or @names of the groups in the open), `hear` (`all`, or `named`: only
    what names or answers the bot), `server` (the origin of another Bot API server),
    `allow_plain_http` ("yes" for http beyond this machine), `answer_seconds`.
    """

    network: ClassVar[str] = "telegram"
    title: ClassVar[str] = "Telegram"

    def __init__(
        self, settings: Mapping[str, str], *, remembered: Hello | None, clock: Clock
    ) -> None:
        super().__init__(settings, remembered=remembered, clock=clock)
        self._api: Api | None = None
        self._known: tuple[Me, Groups] | None = None
        self._kept: Memory | None = None

    @classmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Walk a person through @BotFather, or take a token they have."""
        from connectors.telegram.auth import sign_in

        return await sign_in(talk, given, clock=clock)

    @classmethod
    def load(cls) -> None:
        """Import aiohttp: it takes a third of a second."""
        import aiohttp  # noqa: F401

    async def open(self, secrets: Secrets) -> Hello:
        """Learn who we are and which groups we hear. Raises `ConnectorError`."""
        token = secrets.get(TOKEN, "").strip()
        if not token:
            raise Unauthorised(
                "There is no key for this account. Nothing was sent. Sign in with "
                "“greenroom account add telegram”."
            )
        await self.close()
        from connectors.telegram.auth import api_of, token_in

        if token_in(token) != token:
            raise Unauthorised(
                "This account's key isn't the token of a bot. Nothing was sent. Copy the whole of "
                "it from @BotFather and sign in again with “greenroom account add telegram”."
            )
        api = api_of(self.settings, token, self.clock)
        try:
            hello = await self._greet(api)
        except BaseException:
            await api.http.close()
            raise
        self._api = api
        return hello

    async def _greet(self, api: Api) -> Hello:
        from connectors.telegram.api import Denied
        from connectors.telegram.opening import opened

        try:
            hello, me, groups = await opened(api, self.settings.get("groups", ""))
        except Denied as no:
            raise no.plain() from None
        self.hello, self._known = hello, (me, groups)
        return hello

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """What waits since the cursor, then live. See `connectors.telegram.listening`."""
        from connectors.telegram.listening import Listener

        api, me, groups = self._opened()
        listener = Listener(
            api, me, groups, self._memory(), since,
            all_of_it=self.settings.get("hear", "all") != "named",
        )  # fmt: skip
        async with contextlib.aclosing(listener.batches()) as batches:
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. See `connectors.telegram.sending`."""
        return await self._sender().send(outgoing)

    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """Whether they have begun in private, as far as we heard it; nothing is asked."""
        self._opened()
        person = address.remote_id
        if not person.isascii() or not person.isdigit():
            return Likelihood.UNLIKELY
        seen = self._memory().is_open(int(person))
        if seen is None:
            return Likelihood.UNKNOWN
        return Likelihood.LIKELY if seen else Likelihood.UNLIKELY

    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """Telegram shows a bot nothing of what it sent: only a person can look."""
        return CannotTell(words="Telegram doesn't show a bot what it has sent.")

    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """The length in UTF-16 units."""
        return Room(used=units(text), limit=LIMIT)

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in a message's place."""
        return await self._sender().edit(remote_id, outgoing)

    async def delete(self, remote_id: str) -> None:
        """Take a message away; what isn't there is gone already."""
        await self._sender().delete(remote_id)

    async def take_advice(self, key: str) -> Hello:
        """Take a webhook away."""
        from connectors.telegram.opening import WEBHOOK

        if key != WEBHOOK:
            return await super().take_advice(key)
        api, _, _ = self._opened()
        await api.remove_webhook()
        return await self._greet(api)

    async def close(self) -> None:
        """Let go of every connection."""
        api, self._api, self._known = self._api, None, None
        if api is not None:
            await api.http.close()

    def _opened(self) -> tuple[Api, Me, Groups]:
        if self._api is None or self._known is None:
            raise Unreachable("This account isn't connected yet. Nothing was sent.")
        return (self._api, *self._known)

    def _sender(self) -> Sender:
        from connectors.telegram.sending import Sender

        api, me, groups = self._opened()
        return Sender(api, me, groups, self._memory(), self.clock)

    def _memory(self) -> Memory:
        if self._kept is None:
            from connectors.telegram.memory import Memory

            self._kept = Memory()
        return self._kept
