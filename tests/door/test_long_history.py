"""A long history was missed: progress is told, and a kill in the middle costs nothing.

The whole hundred thousand: `HISTORY=100000 pytest tests/door/test_long_history.py`. Mastodon takes
the better part of an hour, as it would with any server that lets 300 requests through in five
minutes; Telegram 77 seconds, e-mail 123, Matrix 40 and Bluesky 42, the filling, the kill and both
halves together, on two cores that others used too (November 2026).
"""

from __future__ import annotations

import os
import re
import sqlite3

import pytest

from console.commands.exits import Exit
from tests.door.histories import HISTORIES
from tests.door.test_two_at_once import call, watching

MANY = int(os.environ.get("HISTORY", "12000"))
KILLED_AT = MANY // 4


@pytest.fixture(params=HISTORIES, ids=lambda history: history.network)
async def server(home, monkeypatch, request):
    made = request.param()
    await made.start()
    monkeypatch.setenv("SHOP_TOKEN", made.token)
    settings = "".join(f'{name} = "{value}"\n' for name, value in made.settings.items())
    home.config_file.write_text(
        f'[accounts.shop]\nnetwork = "{made.network}"\ntoken_env = "SHOP_TOKEN"\n'
        f"[accounts.shop.settings]\n{settings}",
        encoding="utf-8",
    )
    home.config_file.chmod(0o600)
    yield made
    await made.stop()


async def test_a_kill_in_the_middle_of_a_long_catch_up_loses_and_doubles_nothing(home, server):
    await server.asks(MANY)
    assert (await call("watch", "--once"))[0] == Exit.DONE
    for number in range(MANY):
        await server.asks(number)
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
    # Who hasn't the time for all of it is told so, and goes on where that one stopped.
    code, out = await call("watch", "--once", "--limit", "1")
    assert code == Exit.UNSETTLED, out
    assert "The next run goes on from there." in out
    assert "Everything is caught up" not in out
    enough = MANY / 25
    code, out = await call("watch", "--once", "--limit", f"{enough}", seconds=60 + enough)
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
