"""How long a text is, and whom it names."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Address, Lane
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.counting import length
from connectors.mastodon.naming import addressed, fingerprint, for_one, names
from tests.connectors.mastodon.conftest import Shop

HERE = frozenset({"social.example"})
LONG_URL = "https://example.com/" + "x" * 100


@pytest.mark.parametrize(
    ("text", "mastodon", "others"),
    [
        ("", 0, 0),
        ("hello", 5, 5),
        ("👨‍👩‍👧‍👦", 1, 7),
        ("e\u0301", 1, 2),
        ("a\r\nb", 3, 4),
        (LONG_URL, 23, 120),
        (f"see {LONG_URL}.", 28, 125),
        ("http://a.b", 23, 10),
        ("@ana@far.example hi", 7, 19),
        ("@ana hi", 7, 7),
        ("mail ana@far.example", 20, 20),
        (f"@ana@far.example {LONG_URL} 👋🏽", 30, 140),
    ],
)
def test_length(text: str, mastodon: int, others: int) -> None:
    assert length(text, as_mastodon=True) == mastodon
    assert length(text, as_mastodon=False) == others


async def test_the_handle_and_the_warning_count(shop: Shop) -> None:
    to = Address(remote_id="1", handle="@ana@far.example")
    async with shop.connected() as connector:
        room = connector.measure("hi", Lane.PUBLIC, to=to, warning="food")
        named = connector.measure("hi @ana@far.example", Lane.PUBLIC, to=to, warning=None)
    like_mastodon = shop.fake.profile.software == "mastodon"
    assert room.used == (len("@ana hi") if like_mastodon else len("@ana@far.example hi")) + 4
    assert named.used == (len("@ana hi") if like_mastodon else len("@ana@far.example hi"))


@pytest.mark.parametrize("lane", Lane)
async def test_what_is_measured_is_what_leaves(shop: Shop, lane: Lane) -> None:
    text = "Hi 👋🏽 @budi, see https://example.com/a"
    async with shop.connected() as connector:
        outgoing = shop.reply(text, shop.ana, lane=lane)
        room = connector.measure(text, lane, to=outgoing.to, warning=None)
        await connector.send(outgoing, "k")
    left = shop.posts()[0].text
    like_mastodon = shop.fake.profile.software == "mastodon"
    assert room.used == length(left, as_mastodon=like_mastodon)


def test_measuring_keeps_up_with_typing() -> None:
    from datetime import UTC, datetime

    connector = Mastodon({}, remembered=None, clock=lambda: datetime.now(UTC))
    to = Address(remote_id="1", handle="@ana@far.example")
    begin = perf_counter()
    for _ in range(20):
        connector.measure("words & @names 👋🏽 " * 400, Lane.PRIVATE, to=to, warning=None)
    assert (perf_counter() - begin) / 20 < 0.05


@pytest.mark.parametrize(
    ("text", "handle", "there"),
    [
        ("@ana hi", "@ana", True),
        ("hi @Ana@social.example!", "@ana", True),
        ("hi @ana", "@ana@far.example", False),
        ("hi @ana@far.example", "@ana", False),
        ("ana@far.example", "@ana@far.example", False),
        ("https://x.example/@ana", "@ana", False),
        ("@anabel", "@ana", False),
        ("@ana.", "@ana", True),
        ("(@ana)", "@ana", True),
    ],
)
def test_naming(text: str, handle: str, there: bool) -> None:
    assert names(text, handle, HERE) is there
    assert names(addressed(text, handle, HERE), handle, HERE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@budi told @ana", "@\u200bbudi told @\u200bana"),
        ("@ana@far.example, @ana@x.example", "@ana@far.example, @\u200bana@\u200bx.example"),
        ("mail me at budi@far.example", "mail me at budi@far.example"),
        ("@shop@social.example", "@\u200bshop@\u200bsocial.example"),
        ("no names", "no names"),
    ],
)
def test_others_are_broken(text: str, shown: str) -> None:
    assert for_one(text, "@ana@far.example", HERE) == shown


@given(st.text(alphabet="@ab .\u200b/-é", max_size=60))
def test_nobody_else_is_ever_named(text: str) -> None:
    import re

    left = for_one(text, "@ana@far.example", HERE)
    # As Mastodon finds names: the account's letters are ASCII.
    found = re.findall(r"(?<![=/\w])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?(?:@[\w.-]+\w+)?)", left)
    assert set(found) <= {"ana@far.example"}


@given(st.text(max_size=300), st.booleans())
def test_length_of_anything(text: str, as_mastodon: bool) -> None:
    assert (
        0
        <= length(text, as_mastodon=as_mastodon)
        <= max(len(text), 23 * (text.count("://") + 1) + len(text))
    )


@pytest.mark.parametrize(
    "text",
    [
        "@a." + "." * 100_000,
        "@" * 100_000,
        "@a@" * 30_000,
        "http://" * 15_000,
        "a@" * 50_000,
        "https://x" + ")" * 100_000,
    ],
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    begin = perf_counter()
    length(text, as_mastodon=True)
    for_one(text, "@ana", HERE)
    addressed(text, "@ana", HERE)
    fingerprint(text)
    assert perf_counter() - begin < 3.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@ana@far.example Hi\n\nthere", "@ana Hi there"),
        ("@\u200bbudi", "@budi"),
        ("**bold** & co", "bold & co"),
        ("e\u0301", "é"),
    ],
)
def test_fingerprints_see_through_wrapping(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Hi", "Ho"), ("👋", "👍"), ("4711", "4712"), ("!", "?")]
)
def test_fingerprints_tell_words_apart(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)
