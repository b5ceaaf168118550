"""Offices that are closed again."""

from __future__ import annotations

import pytest_asyncio

from tests.engine.office import Office


@pytest_asyncio.fixture
async def offices(tmp_path):
    """Makes open offices: `await offices(idempotent=False)`."""
    made: list[Office] = []

    async def make(**quirks) -> Office:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Office(folder, **quirks))
        return await made[-1].open()

    yield make
    for office in made:
        await office.close()


@pytest_asyncio.fixture
async def office(offices):
    """An open office on a network that can do everything."""
    return await offices()
