"""Bytes become values of ours, or an oddity that names the field; nothing else ever happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.matrix import wire
from connectors.matrix.heard import Gone, Said
from connectors.matrix.memory import Place
from connectors.matrix.wire import Odd
from tests.connectors.matrix.payloads import (
    EDIT,
    EVENTS,
    MESSAGE,
    PAGE,
    PICTURE,
    REDACTED,
    ROOM,
    SEALED,
    SYNC,
    US,
)
from tests.hostile.corpus import TEXTS

NAMES = {"@ana:localhost": "Ana"}
JUNK: list[object] = [
    None, True, -1, 0, 10**30, 1.5, "", " ", "\x00", "\x1b]52;c;aGk=\x07", "\ud800", "x" * 10_000,
    [], {}, [[]], [None], {"a": None}, "$a/$b", "!", "@", "$",
]  # fmt: skip


def said(raw: object) -> Said:
    found = wire.item(raw, ROOM, NAMES)
    assert isinstance(found, Said)
    return found


def test_a_message() -> None:
    assert said(MESSAGE) == Said(
        room=ROOM,
        event=MESSAGE["event_id"],
        sender="@ana:localhost",
        name="Ana",
        text="where is my order?",
        at=datetime(2026, 11, 22, 20, 38, 54, 972000, tzinfo=UTC),
        reply_to="$Zch_RjENC783S88I-NVB9uGLgqhx4ulhp7rnTVaCsX0",
        named=(US,),
        marked=True,
    )


def test_an_edit() -> None:
    found = said(EDIT)
    assert (found.text, found.replaces) == ("size L", MESSAGE["event_id"])


def test_a_picture_is_listed_and_not_fetched() -> None:
    found = said(PICTURE)
    assert found.text == "look at this"
    (one,) = found.attachments
    assert (one.kind, one.description) == ("image", "plate.jpg")
    assert one.url.startswith("https://matrix.to/#/!")


def test_a_file_with_no_caption() -> None:
    raw = copy.deepcopy(PICTURE)
    del raw["content"]["filename"]
    found = said(raw)
    assert (found.text, found.attachments[0].description) == ("", "look at this")


def test_what_is_encrypted_is_named() -> None:
    found = said(SEALED)
    assert found.sealed
    assert "encrypted" in found.text


def test_what_was_taken_away() -> None:
    found = wire.item(REDACTED, ROOM, NAMES)
    assert isinstance(found, Gone)
    assert found.event == REDACTED["event_id"]


def test_the_quote_of_older_apps_is_no_word_of_theirs() -> None:
    raw = copy.deepcopy(MESSAGE)
    raw["content"]["body"] = (
        "> <@shop:localhost> which order?\n> and when?\n\nnumber 4711\n\nthanks"
    )
    assert said(raw).text == "number 4711\n\nthanks"
    raw["content"]["body"] = "> <- that isn't a quote"
    assert said(raw).text == "> <- that isn't a quote"


def test_an_emote_and_a_notice() -> None:
    raw = copy.deepcopy(MESSAGE)
    raw["content"] = {"msgtype": "m.emote", "body": "waves"}
    assert said(raw).text == "* Ana waves"
    raw["content"] = {"msgtype": "m.notice", "body": "I'm a bot"}
    assert said(raw).automated


def test_a_sync() -> None:
    found = wire.sync(json.dumps(SYNC))
    (news,) = found.rooms
    assert news.limited
    assert news.moved
    assert [type(one) for one in news.items] == [Said, Said, Said, Said, Gone, Gone]
    assert found.direct == {"@ana:localhost": ["!dm:localhost"]}
    (asked,) = found.invitations
    assert (asked.room, asked.by, asked.direct) == ("!dm:localhost", "@ana:localhost", True)
    assert not found.oddities


def test_a_page() -> None:
    found = wire.page(json.dumps(PAGE), ROOM)
    assert (found.size, len(found.items), found.end) == (7, 6, "t13-14_1")


def test_the_name_of_a_message_is_taken_apart_again() -> None:
    for room, event in ((ROOM, MESSAGE["event_id"]), ("!a/b:x", "$c/d"), ("!a:x", "$1:x")):
        assert wire.split(wire.remote_id(room, event)) == (room, event)
    for bad in ("", "/", "!a", "$a", "a/$b", "!a/$", "/$b"):
        assert wire.split(bad) is None


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("event_id",), "event_id"),
        (("sender",), "sender"),
        (("origin_server_ts",), "origin_server_ts"),
        (("content", "body"), "content.body"),
    ],
)
def test_the_wrong_field_is_named_and_the_rest_goes_on(path: tuple[str, ...], named: str) -> None:
    bad = copy.deepcopy(MESSAGE)
    at = bad
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = 7.5
    found = wire.page(json.dumps({"chunk": [bad, MESSAGE]}), ROOM)
    assert len(found.items) == 1
    (odd,) = found.oddities
    assert named in odd.what
    assert json.loads(odd.raw)["type"] == "m.room.message"


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_hostile_texts_are_texts(name: str) -> None:
    raw = copy.deepcopy(MESSAGE)
    del raw["content"]["m.relates_to"]
    raw["content"]["body"] = TEXTS[name]
    assert said(raw).text == TEXTS[name]


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_hostile_names_and_ids(name: str) -> None:
    text = TEXTS[name]
    for raw in (
        {**MESSAGE, "sender": text},
        {**MESSAGE, "event_id": text},
        {**MESSAGE, "event_id": "$" + text},
        {**MESSAGE, "content": {"body": "hi", "m.mentions": {"user_ids": [text, "@" + text]}}},
    ):
        page = wire.page(json.dumps({"chunk": [raw], "state": []}), ROOM)
        assert len(page.items) + len(page.oddities) == 1
        for odd in page.oddities:
            assert len(odd.what) < 200
            assert odd.what.isprintable()
        for one in page.items:
            assert one.event.isprintable()
            assert isinstance(one, Gone) or all(user.isprintable() for user in one.named)


def places(raw: object, at: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The way to every value within a payload."""
    if at:
        yield at
    if isinstance(raw, dict):
        for name, value in raw.items():
            yield from places(value, (*at, name))
    elif isinstance(raw, list):
        for number, value in enumerate(raw):
            yield from places(value, (*at, number))


@pytest.mark.parametrize("junk", JUNK, ids=lambda one: ascii(one)[:20])
def test_every_field_of_a_sync_can_be_anything(junk: object) -> None:
    for place in places(SYNC):
        raw: Any = copy.deepcopy(SYNC)
        at: Any = raw
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = junk
        if place == ("next_batch",) and not (isinstance(junk, str) and junk):
            with pytest.raises(Odd, match="next_batch"):
                wire.sync(json.dumps(raw))
            continue
        found = wire.sync(json.dumps(raw))
        assert all(odd.what and odd.raw for odd in found.oddities)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_anything_at_all(raw: object) -> None:
    for body in (json.dumps(raw), json.dumps({"chunk": [raw]}), json.dumps({"rooms": raw})):
        for read in (wire.sync, lambda text: wire.page(text, ROOM), wire.members):
            try:
                read(body)
            except Odd:
                continue
    wire.direct(raw)
    Place.read(json.dumps(raw))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    for read in (wire.sync, lambda text: wire.page(text, ROOM), wire.members):
        try:
            read(body)
        except Odd:
            continue


def test_depth_is_no_way_in() -> None:
    with pytest.raises(Odd):
        wire.sync("[" * 100_000)
    assert Place.read("[" * 100_000) == Place()


def test_a_cursor_is_read_as_it_was_written() -> None:
    place = Place("s1", {ROOM: "t1"}, {"!dm:x": ["$a"]})
    assert Place.read(place.cursor()) == place
    for broken in (None, "", "x", "[]", "{}", '{"s":7}', '{"s":"a","o":[],"u":{"x":7}}'):
        assert isinstance(Place.read(broken), Place)


def test_twenty_thousand_a_second() -> None:
    body = json.dumps({"chunk": EVENTS * 200, "state": []})
    wire.page(body, ROOM)
    best = min(_seconds(body) for _ in range(5))
    # A quarter of the promise: machines that test are slow.
    assert len(EVENTS) * 200 / best > 5_000


def _seconds(body: str) -> float:
    began = perf_counter()
    wire.page(body, ROOM)
    return perf_counter() - began
