"""A whole desk, engine and outbox, whose account is on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.contract import Connector, Secrets
from console.engine.dispatch import Dispatch
from console.engine.engine import Engine
from console.engine.session import Session
from console.engine.setup import AccountSetup, EngineSettings
from console.store.connection import Store
from tests.engine.office import SHOP, Office


class Purse:
    """Where this desk's secrets are, and what was put there."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = dict(secrets)

    async def of(self, account: AccountSetup) -> Secrets:
        return dict(self.secrets)

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        self.secrets[name] = secret


class Counter(Office):
    """As the office on the stage, with the hour of now, and time that can be moved on."""

    def __init__(
        self,
        folder: Path,
        network: type[Connector],
        settings: Mapping[str, str],
        secrets: Secrets,
    ) -> None:
        self._moved = timedelta()
        self.store = Store(folder / "desk.db")
        self.store.open_now()
        self.setup = AccountSetup(name="main", network=network.network, settings=settings)
        self.purse = Purse(secrets)
        self.engine = Engine(
            self.store,
            [self.setup],
            secrets=self.purse,
            settings=EngineSettings(agent="Mira", shop=SHOP),
            clock=self.clock,
            connect=lambda _network: network,
        )
        self._life: asyncio.Task[None] | None = None

    @property
    def now(self) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + self._moved

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self._moved += timedelta(seconds=seconds)

    async def open(self) -> Office:
        await self.engine.prepare()
        self.session = Session(
            self.setup, self.engine._connector(self.setup), self.store, self.purse, self.clock,
            changed=lambda: None,
        )  # fmt: skip
        self.engine.sessions["main"] = self.session
        self.dispatch = Dispatch(self.session, self.store, self.clock)
        self._life = asyncio.create_task(self.session.run())
        async with asyncio.timeout(10):
            await self.session.caught_up.wait()
        self.engine._status_changed()
        return self
