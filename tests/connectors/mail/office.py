"""A whole desk on e-mail: an engine, a store on disk, and a clock that tests move."""

from __future__ import annotations

import asyncio
from pathlib import Path

from connectors.contract import Connector, Hello, Secrets
from connectors.mail.connector import Mail
from console.desk.model import ThreadView
from console.engine.dispatch import Dispatch
from console.engine.session import Session
from console.engine.setup import AccountSetup, NoSecret
from console.engine.status import AccountState
from tests.connectors.mail.partner import SHOP, MailPartner, address, mail
from tests.engine.office import Office


class Tokens:
    """A command that prints the access token of the hour."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.trouble = ""
        self.asked = 0

    async def of(self, account: AccountSetup) -> Secrets:
        self.asked += 1
        if self.trouble:
            raise NoSecret(self.trouble)
        return {"token": self.token}

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        """A mail server replaces nothing."""


class MailOffice(Office):
    """The account `main` is the shop's mailbox."""

    def __init__(self, folder: Path, post: MailPartner, tokens: Tokens, **settings: str) -> None:
        super().__init__(folder)
        self.post = post
        self.tokens = tokens
        self.given = {**post.settings(), **settings}
        self.setup = AccountSetup(name="main", network="mail", settings=self.given)
        self.engine._setups = (self.setup,)
        self.states: list[AccountState] = []
        """What the account has been shown to do, in turn."""
        self._shown = asyncio.Event()

    def _stage(self, settings: object, *, remembered: Hello | None, clock: object) -> Connector:
        return Mail(self.given, remembered=remembered, clock=self.clock)

    def _changed(self) -> None:
        self.states.append(self.session.status.state)
        self._shown.set()

    async def open(self) -> MailOffice:
        await self.engine.prepare()
        self.session = Session(
            self.setup,
            self.engine._connector(self.setup),
            self.store,
            self.tokens,
            self.clock,
            changed=self._changed,
        )
        self.engine.sessions["main"] = self.session
        self.dispatch = Dispatch(self.session, self.store, self.clock)
        self._life = asyncio.create_task(self.session.run())
        await self.shown(AccountState.STREAMING)
        return self

    async def shown(self, state: AccountState) -> None:
        """Wait until the account is shown to do this."""
        async with asyncio.timeout(10):
            while self.session.status.state is not state or (
                state is AccountState.STREAMING and not self.session.abreast.is_set()
            ):
                self._shown.clear()
                await self._shown.wait()

    async def asks(self, name: str = "ana", text: str = "where is my parcel?") -> ThreadView:
        """Somebody writes; the thread, once it is taken in."""
        message = mail(name, text)
        await self.post.fake.deliver(address(SHOP), message.as_bytes())
        return await self.hears(str(message["Message-ID"])[1:-1])
