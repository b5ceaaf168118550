"""A long history was missed: progress is told, and a kill in the middle costs nothing.

The whole hundred thousand: `HISTORY=100000 pytest tests/door/test_long_history.py`. It takes the
better part of an hour, as it would with any server that lets 300 requests through in five minutes.
"""

from __future__ import annotations

import os
import re
import sqlite3

import pytest

from console.commands.exits import Exit
from tests.connectors.mastodon.fake import Fake
from tests.door.test_two_at_once import call, configure, watching

MANY = int(os.environ.get("HISTORY", "12000"))
KILLED_AT = MANY // 4


@pytest.fixture
async def server(home, monkeypatch):
    fake = Fake()
    await fake.start()
    monkeypatch.setenv("SHOP_TOKEN", fake.token_for(fake.shop))
    configure(home, fake, undo=0)
    yield fake
    await fake.stop()


async def test_a_kill_in_the_middle_of_a_long_catch_up_loses_and_doubles_nothing(home, server):
    people = [server.person(f"customer{number}", "social.example") for number in range(200)]
    await server.write(people[0], "@support the first question")
    assert (await call("watch", "--once"))[0] == Exit.DONE
    for number in range(MANY):
        await server.write(people[number % 200], f"@support question {number}")
    async with watching() as first:
        taken = 0
        while taken < KILLED_AT:
            line = (await first.stdout.readline()).decode()
            assert line, "it ended before it had taken anything in"
            told = re.search(r"([\d,]+) messages taken in", line)
            if told:
                taken = int(told[1].replace(",", ""))
        first.kill()
    assert KILLED_AT <= _messages(home) < MANY
    code, out = await call("watch", "--once")
    assert code == Exit.DONE, out
    assert _messages(home) == MANY + 1


def _messages(home) -> int:
    found = sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)
    try:
        (rows, ids) = found.execute(
            "SELECT COUNT(*), COUNT(DISTINCT remote_id) FROM messages"
        ).fetchone()
    finally:
        found.close()
    assert rows == ids
    return rows
