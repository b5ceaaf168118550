"""The shop's account on a fake server of every kind, and ways to hear from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import (
    Address,
    Arrival,
    Audience,
    Batch,
    Cursor,
    Deleted,
    Hearing,
    Lane,
    Oddity,
    Outgoing,
    Post,
)
from connectors.mastodon.connector import Mastodon
from tests.connectors.mastodon.fake import MASTODON43, PROFILES, Account, Fake, Profile, Status

QUICK = {
    "poll_seconds": "0.02",
    "own_seconds": "0.02",
    "sweep_seconds": "0.05",
    "look_seconds": "0.05",
}


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Ear:
    """One listening, read in the background; tells when something has been heard."""

    def __init__(self, connector: Mastodon, since: Cursor | None) -> None:
        self.batches: list[Batch] = []
        self.error: BaseException | None = None
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._run(connector, since))

    async def _run(self, connector: Mastodon, since: Cursor | None) -> None:
        try:
            async for batch in connector.listen(since):
                async with self._changed:
                    self.batches.append(batch)
                    self._changed.notify_all()
        except Exception as trouble:
            async with self._changed:
                self.error = trouble
                self._changed.notify_all()

    @property
    def arrivals(self) -> list[Arrival]:
        return [one for batch in self.batches for one in batch.arrivals]

    @property
    def posts(self) -> list[Post]:
        return [one for one in self.arrivals if isinstance(one, Post)]

    @property
    def gone(self) -> list[str]:
        return [one.remote_id for one in self.arrivals if isinstance(one, Deleted)]

    @property
    def oddities(self) -> list[Oddity]:
        return [one for batch in self.batches for one in batch.oddities]

    @property
    def hearing(self) -> Hearing | None:
        return self.batches[-1].hearing if self.batches else None

    @property
    def cursor(self) -> Cursor | None:
        return next((one.cursor for one in reversed(self.batches) if one.cursor), None)

    @property
    def caught_up(self) -> bool:
        return any(batch.hearing is not Hearing.CATCHING_UP for batch in self.batches)

    async def until(self, true: Callable[[Ear], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: self.error is not None or true(self))
        if self.error is not None and not true(self):
            raise self.error

    async def until_text(self, text: str) -> Post:
        await self.until(lambda ear: any(text in post.text for post in ear.posts))
        return next(post for post in reversed(self.posts) if text in post.text)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Shop:
    """The shop's side: a fake server, an account with a key, a connector."""

    def __init__(self, fake: Fake, time: Time) -> None:
        self.fake = fake
        self.time = time
        self.token = fake.token_for(fake.shop)
        self.ana = fake.person("ana", "far.example")
        self.budi = fake.person("budi")

    @asynccontextmanager
    async def connected(self, **settings: str) -> AsyncIterator[Mastodon]:
        connector = Mastodon(
            {"server": self.fake.url, **QUICK, **settings}, remembered=None, clock=self.time
        )
        await connector.open({"token": self.token})
        try:
            yield connector
        finally:
            await connector.close()

    @asynccontextmanager
    async def listening(
        self, connector: Mastodon, since: Cursor | None = None, *, ready: bool = True
    ) -> AsyncIterator[Ear]:
        ear = Ear(connector, since)
        try:
            if ready:
                await ear.until(lambda one: one.caught_up)
            yield ear
        finally:
            await ear.stop()

    def posts(self) -> list[Status]:
        return [one for one in self.fake.statuses.values() if one.account is self.fake.shop]

    def reply(
        self, text: str, to: Account, *, reply_to: Status | None = None, **more: object
    ) -> Outgoing:
        fields: dict[str, object] = {
            "lane": Lane.PUBLIC,
            "text": text,
            "to": Address(remote_id=to.id, handle=f"@{to.acct}"),
            "reply_to": reply_to.id if reply_to else None,
            "audience": Audience.EVERYONE,
            **more,
        }
        return Outgoing(**fields)  # type: ignore[arg-type]


@pytest.fixture
def time() -> Time:
    return Time()


@asynccontextmanager
async def shop_on(profile: Profile, time: Time) -> AsyncIterator[Shop]:
    fake = Fake(profile, clock=time)
    await fake.start()
    try:
        yield Shop(fake, time)
    finally:
        await fake.stop()


@pytest.fixture(params=PROFILES, ids=lambda one: one.name)
async def shop(request: pytest.FixtureRequest, time: Time) -> AsyncIterator[Shop]:
    """The shop on each kind of server."""
    async with shop_on(request.param, time) as found:
        yield found


@pytest.fixture
async def on_mastodon(time: Time) -> AsyncIterator[Shop]:
    """The shop on Mastodon 4.3."""
    async with shop_on(MASTODON43, time) as found:
        yield found
