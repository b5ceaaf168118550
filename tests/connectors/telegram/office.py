"""A whole desk on Telegram: an engine, a store on disk, and a clock that tests move."""

from __future__ import annotations

import asyncio
from pathlib import Path

from connectors.contract import Connector, Hello, Lane, Secrets
from connectors.telegram.connector import Telegram
from console.desk.model import ThreadView
from console.engine.dispatch import STARTED_AGAIN, Dispatch
from console.engine.session import Session
from console.engine.setup import AccountSetup
from console.store import deliveries
from tests.connectors.telegram.fake import GROUP, Fake, Person
from tests.engine.office import Office


class Token:
    """The bot's key, as a wallet hands it over."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake

    async def of(self, account: AccountSetup) -> Secrets:
        return {"token": self.fake.token}

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        """Telegram replaces nothing."""


class TelegramOffice(Office):
    """The account `main` is the bot."""

    def __init__(self, folder: Path, fake: Fake) -> None:
        super().__init__(folder)
        self.fake = fake
        self.setup = AccountSetup(name="main", network="telegram", settings={})
        self.engine._setups = (self.setup,)

    def _stage(self, settings: object, *, remembered: Hello | None, clock: object) -> Connector:
        return Telegram(
            {"server": self.fake.url, "groups": str(GROUP)}, remembered=remembered, clock=self.clock
        )

    async def open(self) -> TelegramOffice:
        await self.engine.prepare()
        await self.store.write(deliveries.doubt_all_sending, STARTED_AGAIN, self.now)
        self.session = Session(
            self.setup,
            self.engine._connector(self.setup),
            self.store,
            Token(self.fake),
            self.clock,
            changed=lambda: None,
        )
        self.engine.sessions["main"] = self.session
        self.dispatch = Dispatch(self.session, self.store, self.clock)
        self._life = asyncio.create_task(self.session.run())
        async with asyncio.timeout(10):
            await self.session.caught_up.wait()
        self.engine._status_changed()
        return self

    async def asks(self, person: Person, text: str = "where is my parcel?") -> ThreadView:
        """Somebody asks in the group; the thread, once it is taken in."""
        said = self.fake.writes(person, text)
        return await self.hears(f"{said['chat']['id']}/{said['message_id']}")

    async def attempted(self, number: int) -> None:
        """Wait until so many attempts and beginnings are written down."""

        async def there() -> bool:
            found = await self.store.read(lambda work: work.value("SELECT COUNT(*) FROM attempts"))
            return bool(found >= number)

        await self.until(there)

    async def caught(self) -> None:
        """Wait until all updates are taken in and confirmed."""
        async with asyncio.timeout(10):
            await self.fake.all_confirmed()

    def said(self, chat: int = GROUP) -> list[str]:
        return [said["text"] for said in self.fake.said_in(chat)]

    def posted(self, lane: Lane | None = None) -> list[str]:
        """What stands from us, in the group or in private."""
        private = [text for own in self.fake.people for text in self.said(own)]
        if lane is Lane.PUBLIC:
            return self.said()
        return private if lane is Lane.PRIVATE else [*self.said(), *private]
