"""Two Greenrooms on one desk, each a process of its own, against a server that counts posts."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from contextlib import asynccontextmanager

import pytest

from console.commands.exits import Exit
from tests.connectors.mastodon.fake import Fake
from tests.engine.test_two_at_once import STATED
from tests.terminal.harness import Terminal

GREENROOM = [sys.executable, "-u", "-c", "from console.cli import main; raise SystemExit(main())"]
CONFIG = """
[sending]
undo_seconds = {undo}

[accounts.shop]
network = "mastodon"
server = "{server}"
token_env = "SHOP_TOKEN"
"""
SLACK = 3.0
"""Seconds that a machine with other work may add to what is promised."""


class Holding(Fake):
    """A server that keeps its first post's answer for itself, posted or not."""

    step = ""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def _post(self, request):
        if not self.step:
            return await super()._post(request)
        step, self.step = self.step, ""
        if step == "posted":
            await super()._post(request)
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


@pytest.fixture
async def server(home, monkeypatch):
    fake = Holding()
    await fake.start()
    await fake.write(fake.person("ana", "social.example"), "@support where is my parcel?")
    monkeypatch.setenv("SHOP_TOKEN", fake.token_for(fake.shop))
    configure(home, fake, undo=0)
    yield fake
    await fake.stop()


def configure(home, server: Fake, *, undo: int) -> None:
    home.config_file.write_text(CONFIG.format(server=server.url, undo=undo), encoding="utf-8")
    home.config_file.chmod(0o600)


def ours(server: Fake) -> list[str]:
    return [each.text for each in server.statuses.values() if each.account is server.shop]


async def call(*words: str, seconds: float = 60) -> tuple[int, str]:
    """Call a command in a process of its own."""
    running = await asyncio.create_subprocess_exec(
        *GREENROOM, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(running.communicate(), seconds)
    return running.returncode, out.decode()


@asynccontextmanager
async def watching():
    """`greenroom watch`; ended without a word if it still runs."""
    running = await asyncio.create_subprocess_exec(
        *GREENROOM, "watch", stdout=asyncio.subprocess.PIPE
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def says(running, words: str) -> str:
    """Read what it says until a line has these words; the line."""
    async with asyncio.timeout(60):
        while True:
            line = (await running.stdout.readline()).decode()
            assert line, f"it ended before it said {words!r}"
            if words in line:
                return line


@pytest.mark.parametrize("step", ["asked", "posted"])
async def test_the_other_takes_over_what_was_leaving_and_it_stands_once(home, server, step):
    async with watching() as first:
        await says(first, "live")
        async with watching() as second:
            line = await says(second, "another Greenroom")
            assert f"another Greenroom (watch, process {first.pid})" in line
            server.step = step
            code, out = await call("reply", "1", "--text", "It left on Monday.")
            assert code == Exit.DONE, out
            assert f"another Greenroom (watch, process {first.pid}) sends it" in out
            async with asyncio.timeout(30):
                await server.asked.wait()
            first.kill()
            began = time.monotonic()
            await says(second, "connecting")
            assert time.monotonic() - began < STATED + SLACK
            await says(second, "live")
            async with asyncio.timeout(60):
                while (await call("outbox", "--json"))[1].strip() != "[]":
                    pass
            assert ours(server) == ["@ana@social.example It left on Monday."]
            _, doctor = await call("doctor", "--offline")
            assert f"another Greenroom (watch, process {second.pid}) holds it" in doctor


async def test_two_consoles_and_a_watch_show_the_same_and_one_of_them_takes_over(home, server):
    configure(home, server, undo=3)
    async with watching() as watch:
        await says(watch, "live")
        with (
            Terminal(GREENROOM, columns=120, rows=30, deadline=40) as left,
            Terminal(GREENROOM, columns=120, rows=30, deadline=40) as right,
        ):
            for terminal in (left, right):
                await asyncio.to_thread(terminal.wait_for, "where is my parcel?")
                await asyncio.to_thread(
                    terminal.wait_for, f"another Greenroom (watch, process {watch.pid})"
                )
            left.send("r")
            await asyncio.to_thread(left.wait_for, "Ctrl+S send")
            left.send("It left on Monday.", "Ctrl+S")
            await asyncio.to_thread(left.wait_for, "held, leaves in")
            began = time.monotonic()
            await asyncio.to_thread(right.wait_for, "It left on Monday.")
            # Stated: within a second.
            assert time.monotonic() - began < 1 + SLACK
            for terminal in (left, right):
                await asyncio.to_thread(terminal.wait_for, "sent ")
            assert ours(server) == ["@ana@social.example It left on Monday."]
            watch.kill()
            began = time.monotonic()

            def live() -> bool:
                while time.monotonic() - began < STATED + SLACK:
                    for terminal in (left, right):
                        terminal.pump(0.1)
                        if "shop live" in terminal.text():
                            return True
                return False

            assert await asyncio.to_thread(live), left.text() + right.text()
            holder = right if "shop live" in left.text() else left
            await asyncio.to_thread(holder.wait_for, "another Greenroom (console, process")


async def test_a_draft_that_is_typed_in_two_consoles_loses_nobody_s_words(home, server):
    with (
        Terminal(GREENROOM, columns=120, rows=30, deadline=40) as left,
        Terminal(GREENROOM, columns=120, rows=30, deadline=40) as right,
    ):
        for terminal in (left, right):
            await asyncio.to_thread(terminal.wait_for, "where is my parcel?")
            terminal.send("r")
        for terminal in (left, right):
            await asyncio.to_thread(terminal.wait_for, "Ctrl+S send")
        left.send("It left ")
        await asyncio.to_thread(_stored, home, left, right, "It left ")
        right.send("Sorry ")
        await asyncio.to_thread(right.wait_for, "This draft is being written elsewhere too")
        left.send("on Monday.")
        right.send("it is lost.")
        await asyncio.to_thread(_stored, home, left, right, "It left on Monday.", "it is lost.")
        left.kill()
        right.kill()
    assert any("Sorry it is lost." in words for words in _words(home))


def _words(home) -> list[str]:
    found = sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)
    try:
        return [
            text
            for (text,) in found.execute(
                "SELECT text FROM drafts WHERE discarded_at IS NULL "
                "UNION ALL SELECT text FROM notes WHERE removed_at IS NULL"
            )
        ]
    finally:
        found.close()


def _stored(home, left: Terminal, right: Terminal, *wanted: str) -> None:
    """Wait until the words are on disk; promised is a second."""
    end = time.monotonic() + 1 + SLACK
    while not all(any(words in there for there in _words(home)) for words in wanted):
        assert time.monotonic() < end, _words(home)
        left.pump(0.05)
        right.pump(0.05)
