"""The stage as an account: its settings, its cursor over a restart, its weight."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from connectors.contract import Lane, Outgoing, Post, Refused, Unreachable
from connectors.registry import connector_class
from connectors.stage.connector import Stage
from tests.connectors.stage.hand import Hand
from tests.contract.ear import listening


class Silent:
    """A person who is told things and is asked nothing."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def say(self, words: str) -> None:
        self.told.append(words)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        raise AssertionError(question)


async def test_signing_in_asks_nothing() -> None:
    person = Silent()
    signed = await Stage.sign_in(person, {"seed": "7", "server": "x"}, clock=Hand())
    assert signed.settings == {"seed": "7"}
    assert not signed.secrets
    assert signed.hello.account.handle == "@mudlark@market.example"
    assert person.told


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"speed": "fast"}, "speed"),
        ({"speed": "-1"}, "speed"),
        ({"speed": "nan"}, "speed"),
        ({"ahead": "inf"}, "ahead"),
        ({"quirks": "idempotency,charm"}, "quirks"),
    ],
)
async def test_a_wrong_setting_is_named(settings: dict[str, str], named: str) -> None:
    stage = Stage(settings, remembered=None, clock=Hand())
    with pytest.raises(Refused) as caught:
        await stage.open({})
    assert named in caught.value.words


@pytest.mark.parametrize(("quirks", "held"), [("", False), (" filters, streaming", True)])
async def test_messages_are_held_back_where_asked_for(quirks: str, held: bool) -> None:
    stage = Stage({"quirks": quirks}, remembered=None, clock=Hand())
    hello = await stage.open({})
    async with listening(stage, 5) as ear:
        await ear.caught_up()
    assert any(post.held_back for post in ear.posts) is held
    assert bool(hello.advice) is held


async def test_a_network_that_nobody_holds_is_unreachable() -> None:
    stage = Stage({"network": "never shared"}, remembered=None, clock=Hand())
    with pytest.raises(Unreachable):
        await stage.open({})


async def test_nothing_works_before_open() -> None:
    stage = Stage({}, remembered=None, clock=Hand())
    with pytest.raises(Unreachable):
        await anext(stage.listen(None))
    assert stage.measure("hello", Lane.PUBLIC, to=None, warning=None).used == 5


async def test_the_day_is_heard_live() -> None:
    """With the real clock, very fast: the listener itself moves the story."""
    stage = Stage({"speed": "5000"}, remembered=None, clock=lambda: datetime.now(UTC))
    await stage.open({})
    async with listening(stage, 10) as ear:
        await ear.caught_up()
        before = len(ear.posts)
        await ear.until(lambda: len(ear.posts) > before + 5, "the day goes on")
    await stage.close()


async def test_closing_ends_the_listening() -> None:
    stage = Stage({"speed": "0"}, remembered=None, clock=Hand())
    await stage.open({})
    async with listening(stage, 5) as ear:
        await ear.caught_up()
        await stage.close()
        assert isinstance(await ear.failed(), Unreachable)


async def test_listening_leaves_no_task_behind() -> None:
    stage = Stage({}, remembered=None, clock=Hand())
    await stage.open({})
    before = asyncio.all_tasks()
    async with listening(stage, 5) as ear:
        await ear.caught_up()
    await stage.close()
    assert asyncio.all_tasks() == before


async def test_a_restart_goes_on_with_the_day() -> None:
    """Another process has another network: the same posts by the same ids, and the day goes on."""
    clock = Hand()
    first = Stage({"seed": "7"}, remembered=None, clock=clock)
    await first.open({})
    async with listening(first, 5) as ear:
        await ear.caught_up()
        clock.pass_by(300)
        assert first._world is not None
        first._world.advance()
        await ear.until(lambda: ear.posts[-1].at > clock.at.replace(minute=4), "the day goes on")
    known = {post.remote_id: post.text for post in ear.posts}
    clock.pass_by(7_200)
    second = Stage({"seed": "7"}, remembered=None, clock=clock)
    await second.open({})
    async with listening(second, 5, since=ear.cursor) as later:
        await later.caught_up()
        told = {post.remote_id: post.text for post in later.posts}
        assert known.items() <= told.items()
        clock.pass_by(60)
        assert second._world is not None
        second._world.advance()
        await later.until(
            lambda: any(p.remote_id not in told for p in later.posts), "somebody new writes"
        )


async def test_what_an_earlier_process_played_can_be_answered() -> None:
    stage = Stage({}, remembered=None, clock=Hand())
    await stage.open({})
    async with listening(stage, 5) as ear:
        await ear.caught_up()
    ana = next(p for p in ear.posts if p.author.handle.startswith("@ana@"))
    receipt = await stage.send(
        Outgoing(
            lane=Lane.PRIVATE,
            text="about what you wrote yesterday",
            to=ana.author,
            reply_to="posted-by-an-earlier-process",
            conversation="opened-by-an-earlier-process",
        ),
        "k",
    )
    assert receipt.conversation == "opened-by-an-earlier-process"


def test_the_registry_knows_the_stage() -> None:
    assert connector_class("stage") is Stage


def test_importing_the_stage_is_light() -> None:
    heavy = ("regex", "aiohttp", "textual", "tomllib", "connectors.stage.story", "keyring")
    code = (
        "import sys, connectors.stage.connector as c\n"
        "from datetime import datetime, UTC\n"
        "s = c.Stage({}, remembered=None, clock=lambda: datetime.now(UTC))\n"
        "s.measure('hello', c.Lane.PUBLIC, to=None, warning=None)\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("hello", 5),
        ("a\r\nb", 3),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", 1),
        ("\U0001f1ed\U0001f1f7", 1),
        ("e\u0301", 1),
        ("注文", 2),
    ],
)
def test_length_is_counted_in_graphemes(text: str, used: int) -> None:
    stage = Stage({}, remembered=None, clock=Hand())
    assert stage.measure(text, Lane.PUBLIC, to=None, warning=None).used == used
    assert stage.measure(text, Lane.PUBLIC, to=None, warning="cw").used == used + 2


async def test_history_comes_in_pages_that_count_down() -> None:
    stage = Stage({"speed": "0"}, remembered=None, clock=Hand())
    await stage.open({})
    async with listening(stage, 5) as ear:
        await ear.caught_up()
    behind = [batch.behind for batch in ear.batches if batch.behind is not None]
    assert behind == sorted(behind, reverse=True)
    assert behind[-1] == 0
    assert len(behind) > 2
    assert all(isinstance(a, Post) for a in ear.arrivals)
