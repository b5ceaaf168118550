"""A key that was refused and a person who signs in elsewhere: an open console goes on at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.engine.status import AccountState
from console.store import accounts
from tests.engine.office import Office
from tests.engine.test_paused import state
from tests.engine.test_two_at_once import another, until


@pytest.fixture
async def desk(tmp_path):
    office = Office(tmp_path)
    office.network.customer("ana").writes_public("where is my parcel?")
    yield office
    office.store.close()


async def test_a_sign_in_in_another_terminal_is_seen_at_once(desk):
    async with another(desk, "console") as engine:
        await until(engine, state(engine, AccountState.STREAMING))
        desk.network.revoke()
        await until(engine, state(engine, AccountState.SIGN_IN))
        # Whatever else another process writes wakes nobody: a refused key isn't tried all the time.
        desk.store.write_now(accounts.put_setting, "order", "newest")
        desk.network.accept_key()
        # As `greenroom account add` and `account check` do it.
        desk.store.write_now(accounts.signed_in, "main", desk.now + timedelta(seconds=1))
        await until(engine, state(engine, AccountState.STREAMING))
