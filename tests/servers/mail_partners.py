"""Dovecot and postfix as a partner of the contract suite, behind a proxy of bad luck."""

from __future__ import annotations

import asyncio
import atexit
import imaplib
from typing import ClassVar

from tests.connectors.mail.partner import PASSWORD, SHOP, MailPartner, address
from tests.contract.partner import Ability
from tests.servers.mail_server import PEOPLE, MailServer


class DovecotPartner(MailPartner):
    """One pair of servers for the run, emptied for each case."""

    name: ClassVar[str] = "mail-dovecot"
    server: ClassVar[bool] = True
    abilities: ClassVar[frozenset[Ability]] = MailPartner.abilities - {
        # Postfix delivers several mails at the same time.
        Ability.IN_TURN
    }
    patience: ClassVar[float] = 20.0
    _running: ClassVar[MailServer | None] = None

    async def start(self) -> None:
        cls = type(self)
        if cls._running is None:
            running = MailServer()
            atexit.register(running.away)
            await running.start()
            cls._running = running
        self.mail = cls._running
        self.mail.empty()
        self.upstream = {"imap": self.mail.imap, "smtp": self.mail.smtp}
        async with asyncio.timeout(self.patience):
            await self._until_let_in(yes=True)
        await self._front()

    async def stop(self) -> None:
        await self.proxy.stop()

    async def revokes(self) -> None:
        self.mail.passwords(tuple(name for name in PEOPLE if name != SHOP))
        # Dovecot looks at the file of passwords once a second.
        async with asyncio.timeout(self.patience):
            await self._until_let_in(yes=False)

    async def _until_let_in(self, *, yes: bool) -> None:
        if await asyncio.to_thread(self._lets_in) is not yes:
            await asyncio.sleep(0.1)
            await self._until_let_in(yes=yes)

    def _lets_in(self) -> bool:
        imap = imaplib.IMAP4("127.0.0.1", self.upstream["imap"])
        try:
            imap.login(address(SHOP), PASSWORD + SHOP)
        except imaplib.IMAP4.error:
            return False
        else:
            return True
        finally:
            imap.shutdown()
