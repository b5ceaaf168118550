"""What needs no server: measuring, names of rooms, power, and what importing costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from connectors.answers import DELETING, EDITING, POSTING, Answer, Asking
from connectors.contract import (
    Capability,
    Lane,
    Outgoing,
    Reason,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.matrix import wire
from connectors.matrix.api import refused
from connectors.matrix.connector import Matrix
from connectors.matrix.counting import LIMIT
from connectors.matrix.opening import hello, named_rooms, needed, power
from connectors.registry import connector_class


def connector(**given: str) -> Matrix:
    return Matrix(
        {"server": "matrix.example", **given}, remembered=None, clock=lambda: datetime.now(UTC)
    )


@pytest.mark.parametrize(
    ("text", "used"), [("", 0), ("abc", 3), ("ž", 2), ("注", 3), ('"', 2), ("a\nb", 4), ("\x00", 6)]
)
def test_a_text_is_as_long_as_it_stands_in_an_event(text: str, used: int) -> None:
    room = connector().measure(text, Lane.PUBLIC, to=None, warning=None)
    assert (room.used, room.limit) == (used, LIMIT)


def test_half_a_sign_can_be_measured() -> None:
    assert connector().measure("\ud800", Lane.PUBLIC, to=None, warning=None).used > 0


def test_rooms_in_the_setting() -> None:
    assert named_rooms(" #help:x.example, !a:x  nonsense #help:x.example ") == [
        "#help:x.example",
        "!a:x",
    ]
    assert named_rooms("") == []


def test_power() -> None:
    levels = {"users": {"@shop:x": 50}, "events": {"m.room.message": 25}, "events_default": "0"}
    assert (power(levels, "@shop:x"), power(levels, "@ana:x"), needed(levels)) == (50, 0, 25)
    assert (power({}, "@shop:x"), needed({}), needed({"events_default": 50})) == (0, 0, 50)
    assert power({"users": [], "users_default": True}, "@shop:x") == 0


def test_hello_says_each_capability_once() -> None:
    for public in ((), None, ("!a:x",)):
        said = hello(wire.address("@shop:x"), "x", public, (), "D")
        assert set(said.can) | set(said.cannot) == set(Capability)
        assert not set(said.can) & set(said.cannot)


@pytest.mark.parametrize(
    ("status", "code", "words", "reason"),
    [
        (403, "M_FORBIDDEN", "You don't have permission to post that", Reason.NOT_ALLOWED),
        (403, "M_FORBIDDEN", "You are banned from this room", Reason.BLOCKED),
        (403, "M_INVITE_BLOCKED", "no", Reason.NOT_ACCEPTED),
        (404, "M_NOT_FOUND", "Event not found.", Reason.GONE),
        (413, "M_TOO_LARGE", "event too large", Reason.TOO_LONG),
        (400, "M_BAD_JSON", "?", Reason.UNKNOWN),
        (404, "", "", Reason.GONE),
    ],
)
@pytest.mark.parametrize("asking", [POSTING, EDITING, DELETING])
def test_refusals(status: int, code: str, words: str, reason: Reason, asking: Asking) -> None:
    body = f'{{"errcode": "{code}", "error": "{words}"}}'.encode() if code else b"<html>"
    no = refused("x", Answer(status=status, headers={}, body=body), words, asking)
    assert no.reason is reason
    assert words in no.words
    assert asking is POSTING or "posted" not in no.words


async def test_nothing_works_before_open_and_close_is_safe() -> None:
    made = connector()
    await made.close()
    await made.close()
    outgoing = Outgoing(lane=Lane.PRIVATE, text="Hi", to=wire.address("@ana:x"))
    with pytest.raises(Unreachable):
        await made.send(outgoing, "k")
    with pytest.raises(Unreachable):
        async for _ in made.listen(None):
            pass
    with pytest.raises(Unauthorised):
        await made.open({})


async def test_plain_http_beyond_this_machine_is_refused() -> None:
    made = connector(server="http://matrix.example")
    with pytest.raises(Unreachable) as caught:
        await made.open({"token": "t"})
    assert "encrypted" in caught.value.words


async def test_unknown_advice() -> None:
    with pytest.raises(Refused):
        await connector().take_advice("join:#elsewhere:x")


def test_the_registry_knows_it() -> None:
    assert connector_class("matrix") is Matrix


def test_importing_it_loads_no_network_library() -> None:
    script = (
        "import sys; from connectors.matrix.connector import Matrix;"
        "from datetime import UTC, datetime; from connectors.contract import Lane;"
        "c = Matrix({}, remembered=None, clock=lambda: datetime.now(UTC));"
        "c.measure('hello', Lane.PRIVATE, to=None, warning=None);"
        "print([m for m in ('aiohttp', 'ssl', 'asyncio', 'connectors.http') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
