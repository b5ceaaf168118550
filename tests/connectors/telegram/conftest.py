"""A Bot API server on loopback, and the shop's bot against it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest_asyncio

from connectors.telegram.connector import Telegram
from tests.connectors.telegram.fake import GROUP, Fake
from tests.connectors.telegram.office import TelegramOffice

Shops = Callable[..., Awaitable[Telegram]]


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[Fake]:
    made = Fake()
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def shops(fake: Fake) -> AsyncIterator[Shops]:
    """Makes open connectors for the bot: `await shops(hear="named")`."""
    made: list[Telegram] = []

    async def make(**settings: str) -> Telegram:
        given = {"server": fake.url, "groups": str(GROUP), **settings}
        made.append(Telegram(given, remembered=None, clock=lambda: datetime.now(UTC)))
        await made[-1].open({"token": fake.token})
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest_asyncio.fixture
async def shop(shops: Shops) -> Telegram:
    return await shops()


@pytest_asyncio.fixture
async def desk(tmp_path, fake: Fake) -> AsyncIterator[TelegramOffice]:
    """A whole desk with the bot as its account."""
    made = TelegramOffice(tmp_path, fake)
    fake.clock = made.clock
    await made.open()
    yield made
    await made.close()
