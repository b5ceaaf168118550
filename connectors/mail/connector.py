"""A mailbox behind the contract of a connector: heard by IMAP, answered by SMTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from connectors.contract import (
    Address,
    Batch,
    Capability,
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
    Unreachable,
)

if TYPE_CHECKING:
    from connectors.mail.memory import Memory
    from connectors.mail.places import Places

TOKEN = "token"  # noqa: S105
"""The name of the account's only secret: a password, or with XOAUTH2 an access token."""


class Mail(Connector):
    """One mailbox. Its settings are those of `places.Places`; docs/networks/mail.md lists them."""

    network: ClassVar[str] = "mail"
    title: ClassVar[str] = "E-mail"

    def __init__(
        self, settings: Mapping[str, str], *, remembered: Hello | None, clock: Clock
    ) -> None:
        super().__init__(settings, remembered=remembered, clock=clock)
        self._secret = ""
        self._where: Places | None = None
        self._kept: Memory | None = None

    @classmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Ask for address, servers and app password, and try them. See `connectors.mail.auth`."""
        from connectors.mail.auth import sign_in

        return await sign_in(talk, given, clock=clock)

    @classmethod
    def load(cls) -> None:
        """Import the mail libraries: they take a fifth of a second."""
        import connectors.mail.listening
        import connectors.mail.sending  # noqa: F401

    async def open(self, secrets: Secrets) -> Hello:
        """Sign in to both servers. Raises `ConnectorError`."""
        from connectors.mail.opening import opened
        from connectors.mail.places import places

        secret = secrets.get(TOKEN, "")
        if not secret:
            raise Unauthorised(
                "There is no password for this mailbox. Nothing was sent. Sign in with "
                "“greenroom account add mail”."
            )
        await self.close()
        where = places(self.settings)
        self.hello = await opened(where, secret, self.clock)
        self._where, self._secret = where, secret
        return self.hello

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """History since the cursor, then live. See `connectors.mail.listening`."""
        from connectors.mail.listening import Listener

        where, hello = self._opened()
        listener = Listener(
            where, self._secret, hello.account, hello.facts["sent"], self._memory(), self.clock,
            since,
        )  # fmt: skip
        async with contextlib.aclosing(listener.batches()) as batches:
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Hand it over once. See `connectors.mail.sending`."""
        from connectors.mail.places import Copies
        from connectors.mail.sending import send

        where, hello = self._opened()
        if Capability.REPLY_PRIVATE not in hello.can:
            raise Unauthorised(hello.cannot[Capability.REPLY_PRIVATE])
        copies = (Copies(hello.facts["copies"]), hello.facts["sent"])
        parents = self._memory().above(outgoing.reply_to)
        return await send(where, self._secret, copies, parents, outgoing, key, self.clock)

    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """Unknown: no server says beforehand."""
        return Likelihood.UNKNOWN

    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """Look for our copy, an answer or a report. See `connectors.mail.sending`."""
        from connectors.mail.sending import find_sent

        where, hello = self._opened()
        return await find_sent(
            where,
            self._secret,
            hello.facts["sent"],
            outgoing,
            key,
            tried_at=tried_at,
            claimed=claimed,
            clock=self.clock,
        )

    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """Characters; e-mail sets no limit to them."""
        return Room(used=len(text), limit=None)

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Never: a mail that has left stands as it is."""
        raise Refused("A mail that has left can't be changed.", reason=Reason.NOT_ALLOWED)

    async def delete(self, remote_id: str) -> None:
        """Never: a mail that has left can't be called back."""
        raise Refused("A mail that has left can't be called back.", reason=Reason.NOT_ALLOWED)

    async def close(self) -> None:
        """Let go. Each listening and each sending lets go of its own connections."""
        self._where, self._secret = None, ""

    def _opened(self) -> tuple[Places, Hello]:
        if self._where is None or self.hello is None:
            raise Unreachable("This account isn't connected yet. Nothing was sent.")
        return self._where, self.hello

    def _memory(self) -> Memory:
        if self._kept is None:
            from connectors.mail.memory import Memory

            self._kept = Memory()
        return self._kept
