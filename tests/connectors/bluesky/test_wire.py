"""Bytes become values of ours, or an oddity that names the field; nothing else ever happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bluesky import shapes, talks, wire
from connectors.bluesky.memory import Place
from connectors.bluesky.shapes import Odd
from tests.connectors.bluesky.payloads import (
    ANA,
    ANSWERS,
    AUTHOR,
    CID,
    CONVO,
    FEED,
    LOG,
    MESSAGE,
    MESSAGES,
    NOTIFICATION,
    NOTIFICATIONS,
    SESSION,
    THREAD,
    URI,
    US,
    VIEW,
)
from tests.hostile.corpus import TEXTS

READERS: dict[str, Callable[[bytes], object]] = {
    "notifications": wire.notifications,
    "feed": wire.feed,
    "posts": wire.posts,
    "above": wire.above,
    "below": wire.below,
    "tokens": wire.tokens,
    "convos": talks.convos,
    "messages": lambda body: talks.messages(body, "3lconvo"),
    "log": talks.log,
}
JUNK: list[object] = [
    None, True, -1, 0, 10**30, 1.5, "", " ", "\x00", "\x1b]52;c;aGk=\x07", "\ud800", "x" * 10_000,
    [], {}, [[]], [None], {"a": None}, "did:", "at://did:plc:x//", "9999-99-99T99:99:99Z",
    "0001-01-01T00:00:00+14:00",
]  # fmt: skip


def test_a_notification() -> None:
    found = wire.said(NOTIFICATION, "notification")
    assert (found.uri, found.cid) == (URI, CID)
    assert found.at == datetime(2026, 11, 22, 22, 49, 3, 193000, tzinfo=UTC)
    assert (found.author.handle, found.author.name) == ("@ana.test", "Ana")
    # What was shortened is whole again.
    assert found.text == "@shop.test žluť: https://kiln.example/orders/4711 broke"
    assert found.named == ((US, "@shop.test"),)
    assert found.root is not None
    assert found.parent is not None
    assert (found.root.cid, found.parent.cid) == ("bafyroot", "bafyparent")
    assert found.language == "en"
    (picture,) = found.attachments
    assert (picture.kind, picture.description) == ("image", "a cracked plate")
    assert picture.url == f"https://bsky.app/profile/{ANA}/post/3n2wp6epqtk24"
    assert not found.shut


def test_a_view_knows_more() -> None:
    found = wire.said(VIEW, "post")
    assert found.shut
    assert found.attachments[0].url == "https://cdn.test/f"


def test_reposts_are_left_out() -> None:
    page = wire.feed(json.dumps(FEED))
    assert len(page.said) == 1
    assert page.said[0].answered is not None
    assert page.oddities == ()


def test_what_stands_above_ends_at_a_gap() -> None:
    assert [one.uri for one in wire.above(json.dumps(THREAD))] == [URI + "b"]


def test_only_what_its_author_went_on_with_stands_below() -> None:
    assert [one.uri for one in wire.below(json.dumps(THREAD))] == [URI + "d"]


def test_a_session() -> None:
    found = wire.tokens(json.dumps(SESSION))
    assert found.pds == "https://morel.us-east.host.bsky.network"
    assert wire.scope(found.access) == "com.atproto.appPass"
    assert wire.scope("nonsense") == wire.scope("a.b.c") == wire.scope(found.refresh) == ""


def test_a_conversation_and_its_messages() -> None:
    convo = talks.convo(CONVO)
    assert not convo.accepted
    assert [one.handle for one in convo.members] == ["@shop.test", "@ana.test"]
    talk = talks.messages(json.dumps(MESSAGES), "3lconvo")
    (words,) = talk.words
    assert (words.id, words.sender, words.text) == ("3lmessage", ANA, "my order is 4711")
    assert words.about is not None
    assert words.about.uri == URI
    assert (talk.newest, talk.size) == ("222222bzq2q", 2)
    (logged,) = talks.log(json.dumps(LOG)).words
    assert logged == words


def test_a_name_that_leads_nowhere_is_its_owners_id() -> None:
    found = wire.address({**AUTHOR, "handle": "handle.invalid"})
    assert (found.handle, found.vouched) == (ANA, ())


def test_a_domain_that_is_a_name_is_vouched_for() -> None:
    assert wire.address({**AUTHOR, "handle": "Ana.example"}).vouched == ("https://ana.example",)
    assert wire.address({**AUTHOR, "handle": "ana.bsky.social"}).vouched == ()
    assert wire.address({**AUTHOR, "handle": "ana"}).vouched == ()


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_comes_through(name: str) -> None:
    raw = {**NOTIFICATION, "record": {"text": TEXTS[name]}}
    assert wire.said(raw, "notification").text == TEXTS[name]
    message = {**MESSAGE, "text": TEXTS[name]}
    found = talks.words(message, "c")
    assert found is not None
    assert found.text == TEXTS[name]


def paths(raw: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a payload."""
    if at:
        yield at
    if isinstance(raw, dict):
        for name in raw:
            yield from paths(raw[name], (*at, name))
    elif isinstance(raw, list):
        for number, item in enumerate(raw):
            yield from paths(item, (*at, number))


def changed(raw: Any, at: tuple[Any, ...], value: object) -> Any:
    made = copy.deepcopy(raw)
    inside = made
    for step in at[:-1]:
        inside = inside[step]
    if value is ...:
        del inside[at[-1]]
    else:
        inside[at[-1]] = value
    return made


@pytest.mark.parametrize("which", ANSWERS)
def test_a_recorded_answer_with_any_field_wrong(which: str) -> None:
    for at in paths(ANSWERS[which]):
        for value in (..., *JUNK):
            body = json.dumps(changed(ANSWERS[which], at, value)).encode()
            with suppress(Odd):
                READERS[which](body)


@pytest.mark.parametrize("which", ["notifications", "feed", "posts", "messages", "log"])
def test_one_bad_item_stops_no_other(which: str) -> None:
    answer = copy.deepcopy(ANSWERS[which])
    name = "logs" if which == "log" else which
    first = answer[name][-1 if which == "log" else 0]
    for value in JUNK:
        if value == {} and which in ("messages", "log"):
            # What isn't a message is passed over.
            continue
        body = json.dumps({**answer, name: [first, value, first]}).encode()
        found: Any = READERS[which](body)
        assert len(found.said if hasattr(found, "said") else found.words) == 2
        if which != "log" or not isinstance(value, dict):
            (odd,) = found.oddities
            assert odd.what
            assert json.loads(odd.raw) == value or isinstance(value, str)


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("uri", "notification.uri"),
        ("cid", "notification.cid"),
        ("author", "author"),
        ("indexedAt", "notification.indexedAt"),
        ("record", "notification.record"),
    ],
)
def test_the_wrong_field_is_named(field: str, named: str) -> None:
    with pytest.raises(Odd) as caught:
        wire.said({**NOTIFICATION, field: 7}, "notification")
    assert str(caught.value).startswith(named)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(sorted({*NOTIFICATION, *MESSAGE, *CONVO})), inner,
                      max_size=6),
    max_leaves=20,
)  # fmt: skip


@given(anything)
@settings(max_examples=150, deadline=None)
def test_anything_at_all(raw: object) -> None:
    for name in READERS:
        plural = {"log": "logs", "above": "thread", "below": "thread"}.get(name, name)
        for body in (json.dumps(raw), json.dumps({plural: [raw]}), json.dumps({plural: raw})):
            try:
                READERS[name](body.encode())
            except Odd:
                continue


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes(body: bytes) -> None:
    for read in READERS.values():
        with pytest.raises(Odd):
            read(b"\xff" + body)


def test_deep_nesting() -> None:
    for read in READERS.values():
        with pytest.raises(Odd):
            read(b'{"a":' * 100_000)


@given(anything | st.text())
@settings(max_examples=150, deadline=None)
def test_any_cursor(raw: object) -> None:
    place = Place.read(raw if isinstance(raw, str) else json.dumps(raw))
    assert Place.read(place.cursor()) == place


def test_a_link_that_goes_elsewhere_is_shown() -> None:
    text = "see bank.example now"
    mark = {
        "index": {"byteStart": 4, "byteEnd": 16},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://thief.example/"}],
    }
    raw = {**NOTIFICATION, "record": {"text": text, "facets": [mark]}}
    found = wire.said(raw, "n")
    assert found.text == "see bank.example (https://thief.example/) now"


def test_names_of_things() -> None:
    assert shapes.split_uri(URI) == (ANA, "app.bsky.feed.post", "3n2wp6epqtk24")
    for wrong in ("", "at://x", "at://did:plc:x/a", "https://bsky.app/a/b/c", "at://did:p/a//"):
        assert shapes.split_uri(wrong) is None
        assert shapes.page_of(wrong) is None
    assert shapes.split_message("c/m") == ("c", "m")
    assert shapes.split_message(URI) is None


def test_twenty_thousand_notifications_a_second() -> None:
    body = json.dumps({**NOTIFICATIONS, "notifications": [NOTIFICATION] * 100}).encode()
    wire.notifications(body)
    best = min(_timed(body) for _ in range(20))
    # 20,000/s on an idle machine; here others work as well.
    assert 100 / best > 5_000


def _timed(body: bytes) -> float:
    began = perf_counter()
    wire.notifications(body)
    return perf_counter() - began
