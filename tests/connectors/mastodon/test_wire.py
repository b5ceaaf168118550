"""Bytes become contract types, or an oddity that names the field; nothing else ever happens."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Audience, Lane, Post
from connectors.mastodon import wire
from connectors.mastodon.instance import Facts, advice, facts, pending
from connectors.mastodon.stream import Event, SseReader, read_frame
from connectors.mastodon.wire import Odd, Us

US = Us("14715", "shop", frozenset({"social.example"}))
SAMPLE: dict[str, Any] = {
    "id": "34975861",
    "type": "mention",
    "created_at": "2019-11-23T07:49:02.064Z",
    "account": {"id": "971724", "acct": "zsc@elsewhere.example", "display_name": "zsc"},
    "status": {
        "id": "103186126728896492",
        "created_at": "2019-11-23T07:49:01.940Z",
        "in_reply_to_id": "103186038209478945",
        "in_reply_to_account_id": "14715",
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": "https://elsewhere.example/users/zsc/statuses/103186126728896492",
        "url": "https://elsewhere.example/@zsc/103186126728896492",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "edited_at": None,
        "content": '<p><span class="h-card"><a href="https://social.example/@shop" '
        'class="u-url mention">@<span>shop</span></a></span> where is my order? It should have '
        "been here on Monday &amp; nothing came. Number 4711.</p>",
        "reblog": None,
        "account": {
            "id": "971724",
            "username": "zsc",
            "acct": "zsc@elsewhere.example",
            "display_name": "Zoe :blob:",
            "locked": False,
            "bot": False,
            "created_at": "2019-11-23T07:49:02.064Z",
            "note": "<p>Hi there, I write about plants and about the shops that sell them.</p>",
            "url": "https://elsewhere.example/@zsc",
            "avatar": "https://files.social.example/accounts/avatars/000/971/724/original/a.png",
            "header": "https://files.social.example/accounts/headers/000/971/724/original/b.png",
            "followers_count": 17,
            "following_count": 12,
            "statuses_count": 400,
            "emojis": [],
            "fields": [],
        },
        "media_attachments": [],
        "mentions": [
            {
                "id": "14715",
                "username": "shop",
                "url": "https://social.example/@shop",
                "acct": "shop",
            }
        ],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    },
}


def status(**more: object) -> dict[str, Any]:
    found = copy.deepcopy(SAMPLE["status"])
    found.update(more)
    return found


def test_a_notification() -> None:
    heard = wire.notification(SAMPLE, US)
    assert heard is not None
    assert heard.id == "34975861"
    post = heard.post
    assert post.remote_id == "103186126728896492"
    assert post.text.startswith("@shop where is my order?")
    assert post.at == datetime(2019, 11, 23, 7, 49, 1, 940_000, tzinfo=UTC)
    assert post.author.handle == "@zsc@elsewhere.example"
    assert post.author.name == "Zoe :blob:"
    assert post.lane is Lane.PUBLIC
    assert post.also == ()
    assert not post.ours
    assert not post.held_back


def test_other_notifications_are_passed_over() -> None:
    for kind in ("favourite", "reblog", "follow", "poll", "update", "admin.report", "new one", 5):
        assert wire.notification({**SAMPLE, "type": kind}, US) is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2019-11-23T07:49:01.940Z", datetime(2019, 11, 23, 7, 49, 1, 940_000, tzinfo=UTC)),
        ("2019-11-23T07:49:01.000Z", datetime(2019, 11, 23, 7, 49, 1, tzinfo=UTC)),
        ("2019-11-23T07:49:01Z", datetime(2019, 11, 23, 7, 49, 1, tzinfo=UTC)),
        ("2019-11-23T09:49:01+02:00", datetime(2019, 11, 23, 7, 49, 1, tzinfo=UTC)),
        ("2019-11-23T07:49:01", datetime(2019, 11, 23, 7, 49, 1, tzinfo=UTC)),
    ],
)
def test_moments(value: str, moment: datetime) -> None:
    found = wire.status(status(created_at=value), US).at
    assert found == moment
    assert found.utcoffset() is not None
    assert found.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", ""),
        ("id", []),
        ("id", True),
        ("id", "x" * 300),
        ("id", 10**60),
        ("content", None),
        ("content", 5),
        ("content", ["x"]),
        ("created_at", None),
        ("created_at", "yesterday"),
        ("created_at", 5),
        ("created_at", "0001-01-01T00:00:00+14:00"),
        ("visibility", None),
        ("visibility", 3),
        ("account", None),
        ("account", "zsc"),
        ("account", {}),
        ("account", {"id": "1"}),
        ("account", {"id": "1", "acct": ""}),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(Odd) as caught:
        wire.status(status(**{field: value}), US)
    assert field in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("in_reply_to_id", {}),
        ("mentions", None),
        ("mentions", "x"),
        ("mentions", [5, {}, None]),
        ("media_attachments", None),
        ("media_attachments", {"a": 1}),
        ("spoiler_text", None),
        ("language", 7),
        ("edited_at", "soon"),
        ("url", "javascript:alert(1)"),
        ("url", None),
        ("url", "https://x.example/\x1b]8;;"),
        ("url", 5),
    ],
)
def test_a_wrong_detail_falls_back(field: str, value: object) -> None:
    post = wire.status(status(**{field: value}), US)
    assert post.remote_id == "103186126728896492"
    if field == "url":
        assert post.url is None


def test_verified_links_of_a_profile_vouch_for_a_person() -> None:
    """The shape of `verified_at`: Mastodon's documentation of `Account`."""
    raw = status()
    verified = {
        "name": "Web",
        "value": '<a href="https://zoe.example/" rel="me nofollow noopener"><span '
        'class="invisible">https://</span><span class="">zoe.example/</span></a>',
        "verified_at": "2019-11-10T10:31:10.744+00:00",
    }
    raw["account"]["fields"] = [
        verified,
        {**verified, "value": "<a href='https://other.example'>x</a>", "verified_at": None},
        {**verified, "value": "she/her"},
        {**verified, "value": 7},
        "odd",
    ]
    assert wire.status(raw, US).author.vouched == ("https://zoe.example/",)
    raw["account"]["fields"] = {"odd": True}
    assert wire.status(raw, US).author.vouched == ()


def test_fields_may_be_missing() -> None:
    raw = status()
    for name in ("edited_at", "url", "mentions", "media_attachments", "spoiler_text", "language"):
        del raw[name]
    assert wire.status(raw, US).edited_at is None


@pytest.mark.parametrize(
    ("visibility", "audience"),
    [
        ("public", Audience.EVERYONE),
        ("unlisted", Audience.QUIET),
        ("private", Audience.FOLLOWERS),
        ("direct", Audience.NAMED),
        ("limited", Audience.NAMED),
        ("some new word", Audience.NAMED),
    ],
)
def test_audiences(visibility: str, audience: Audience) -> None:
    assert wire.status(status(visibility=visibility), US).audience is audience


def test_snac_calls_direct_private() -> None:
    snac = Us("14715", "shop", frozenset({"social.example"}), snac=True)
    assert wire.status(status(visibility="private"), snac).lane is Lane.PRIVATE


def test_one_bad_item_never_stops_a_page() -> None:
    bad = {**SAMPLE, "id": "7", "status": {"id": "8"}}
    page = wire.notifications([SAMPLE, bad, None, "x", SAMPLE], US)
    assert len(page.heard) == 2
    assert [one.what for one in page.oddities] == [
        "notification: account: None",
        "notification: an object was expected, not NoneType",
        "notification: an object was expected, not str",
    ]
    assert json.loads(page.oddities[0].raw) == bad
    assert page.size == 5


def test_the_order_of_a_page_is_seen() -> None:
    older = {**SAMPLE, "id": "1", "created_at": "2018-01-01T00:00:00Z"}
    for raw in ([SAMPLE, older], [older, SAMPLE]):
        page = wire.notifications(raw, US)
        assert [one.id for one in page.oldest_first()] == ["1", "34975861"]
        assert (page.newest, page.oldest) == ("34975861", "1")


def test_boosts_are_not_posts() -> None:
    assert wire.statuses([status(reblog=status())], US).heard == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def paths(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, one in inner:
        found += paths(one, (*at, name))
    return found


PATHS = paths(SAMPLE)


def mutated(changes: list[tuple[tuple[Any, ...], object]]) -> dict[str, Any]:
    found = copy.deepcopy(SAMPLE)
    for path, value in changes:
        inner: Any = found
        try:
            for name in path[:-1]:
                inner = inner[name]
            if value is ...:
                del inner[path[-1]]
            else:
                inner[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    return found


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON | st.just(...)), min_size=1, max_size=4))
def test_a_mutated_item_is_a_post_or_an_oddity(changes: list[Any]) -> None:
    raw = mutated(changes)
    page = wire.notifications([raw, SAMPLE], US)
    assert page.heard[-1].post.remote_id == "103186126728896492"
    assert len(page.heard) + len(page.oddities) <= 2
    for heard in page.heard:
        check(heard.post)


def check(post: Post) -> None:
    assert isinstance(post.remote_id, str)
    assert post.remote_id
    assert isinstance(post.text, str)
    assert post.at.tzinfo is not None
    assert isinstance(post.author.handle, str)
    assert post.url is None or post.url.startswith("http")
    assert hash(post) is not None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda one: json.dumps(one).encode()))
def test_any_bytes(body: bytes) -> None:
    for read in (wire.items, wire.thing):
        try:
            read(body)
        except Odd:
            continue
    with suppress(Odd):
        wire.context(body, US)
    read_frame(body.decode("utf-8", "replace"))


def test_too_deep() -> None:
    with pytest.raises(Odd):
        wire.load(b"[" * 200_000)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_any_instance(instance: object, nodeinfo: object) -> None:
    base = "https://social.example"
    raw = (
        instance if isinstance(instance, dict) else {"configuration": instance, "version": instance}
    )
    info = nodeinfo if isinstance(nodeinfo, dict) else {"software": nodeinfo}
    known = facts(base, raw, info)
    assert Facts.remembered(known.stored()) == known
    advice(raw)
    pending(raw)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["update", "delete", "x"]), st.text(alphabet='ab{}"é', max_size=9)
        )
    ),
    st.lists(st.integers(1, 9), min_size=1),
    st.sampled_from(["\n", "\r\n"]),
)
def test_events_however_they_are_cut(
    events: list[tuple[str, str]], cuts: list[int], end: str
) -> None:
    sent = f":thump{end}{end}".join(
        f"event: {name}{end}data: {data}{end}{end}" for name, data in events
    ).encode()
    reader = SseReader()
    found: list[Event] = []
    at = turn = 0
    while at < len(sent):
        size = cuts[turn % len(cuts)]
        found += reader.feed(sent[at : at + size])
        at += size
        turn += 1
    assert [(one.name, one.payload) for one in found] == events


def test_an_event_without_end_is_an_error() -> None:
    reader = SseReader()
    for _ in range(20):
        reader.feed(b"data: " + b"x" * 100_000)
    with pytest.raises(ValueError, match="too long"):
        reader.feed(b"x" * 500_000)


def test_it_is_fast_enough() -> None:
    """A page of notifications, from bytes to posts: 40 µs each on the machine it was written on."""
    body = json.dumps([SAMPLE] * 40).encode()
    best = 1.0
    for _ in range(20):
        begin = perf_counter()
        page = wire.notifications(wire.items(body), US)
        best = min(best, perf_counter() - begin)
        assert len(page.heard) == 40
    assert best / 40 < 100e-6
