"""What needs no server: names, marks, counting, refusals, the way back, what importing costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answers import DELETING, POSTING, Answer, Asking, until_reset
from connectors.bluesky.auth import home_of
from connectors.bluesky.connector import Bluesky
from connectors.bluesky.counting import used
from connectors.bluesky.facets import facets, marks
from connectors.bluesky.heard import Page, Said
from connectors.bluesky.history import FIRST_PAGES, PAGES_KEPT, History, stamp
from connectors.bluesky.memory import MARKED, Place, Told
from connectors.bluesky.opening import hello
from connectors.bluesky.pace import Pace
from connectors.bluesky.refusals import Expired, Taken, refused
from connectors.bluesky.session import Session
from connectors.bluesky.tid import encoded, for_key, microseconds
from connectors.contract import (
    Address,
    Capability,
    Lane,
    Outgoing,
    Reason,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.http import BadAddress, Http
from connectors.registry import connector_class

ANA = Address(remote_id="did:plc:ana", handle="@ana.test")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PARENT = "at://did:plc:ana/app.bsky.feed.post/3n2wp6epqtk24"


def connector(**given: str) -> Bluesky:
    return Bluesky({"server": "pds.example", **given}, remembered=None, clock=lambda: NOW)


# --- names of posts --------------------------------------------------------------------------


def test_a_tid_stands_for_a_moment() -> None:
    at = microseconds("3n2wp6epqtk24")
    assert at is not None
    assert datetime.fromtimestamp(at / 1e6, tz=UTC).date().isoformat() == "2026-11-22"
    for wrong in ("", "3n2wp6epqtk2", "3n2wp6epqtk244", "zn2wp6epqtk24", "3n2wp6epqtk2A", "self"):
        assert microseconds(wrong) is None


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_tid_comes_back(number: int) -> None:
    assert microseconds(encoded(number)) == number >> 10
    assert len(encoded(number)) == 13


@given(
    st.text(min_size=1), st.sampled_from([PARENT, None, "at://x/y/self", "at://x/y/jzzzzzzzzzzzz"])
)
def test_a_key_always_makes_the_same_name(key: str, answered: str | None) -> None:
    made = for_key(key, answered)
    assert made == for_key(key, answered)
    assert microseconds(made) is not None
    assert made != for_key(key + "2", answered)


def test_a_name_stands_soon_after_what_it_answers() -> None:
    parent, made = microseconds("3n2wp6epqtk24"), microseconds(for_key("k", PARENT))
    assert parent is not None
    assert made is not None
    assert 0 < made - parent < 72 * 60 * 1_000_000
    assert for_key("k", PARENT) != for_key("k", PARENT + "x")


# --- marks and length ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x)", ["https://a.example/x"]),
        ("https://a.example/(x)", ["https://a.example/(x)"]),
        ("http://a.example, b", ["http://a.example"]),
        ("HTTPS://A.example", ["HTTPS://A.example"]),
        ("https://", []),
        ("javascript:alert(1)", []),
        ("hi @ana.test!", ["ana.test"]),
        ("hi @Ana.Test.", ["ana.test"]),
        ("mail me@shop.example", []),
        ("@ana", []),
        ("#glaze, #1 ##x #", ["glaze", "1"]),
        ("https://a.example/#part @ana.test", ["https://a.example/#part", "ana.test"]),
    ],
)
def test_what_is_marked(text: str, found: list[str]) -> None:
    assert [one.names for one in marks(text)] == found


def test_marks_stand_between_bytes() -> None:
    text = "žluť 🧶 @ana.test"
    (one,) = facets(text, {"ana.test": "did:plc:ana"})
    data = text.encode()
    begin, end = one["index"]["byteStart"], one["index"]["byteEnd"]
    assert data[begin:end].decode() == "@ana.test"
    assert facets(text, {}) == []


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_can_be_marked_and_counted(text: str) -> None:
    for one in facets(text, {}):
        begin, end = one["index"]["byteStart"], one["index"]["byteEnd"]
        assert text.encode()[begin:end].decode() in text
    assert used(text) >= 0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("\r\n", 1),
        ("žluť", 4),
        ("🧑‍🧑‍🧒" * 10, 18),
        ("e\u0301", 1),
        ("\ud800", 1),
    ],
)
def test_signs_are_counted_and_bytes(text: str, size: int) -> None:
    assert used(text) == size
    room = connector().measure(text, Lane.PRIVATE, to=ANA, warning=None)
    assert (room.used, room.limit) == (size, 1_000)
    assert connector().measure(text, Lane.PUBLIC, to=ANA, warning=None).limit == 300


# --- refusals --------------------------------------------------------------------------------


def answer(error: str, message: str, status: int = 400) -> Answer:
    body = f'{{"error": "{error}", "message": "{message}"}}'.encode()
    return Answer(status=status, headers={}, body=body)


@pytest.mark.parametrize(
    ("error", "message", "reason"),
    [
        ("InvalidRequest", "recipient has disabled incoming messages", Reason.NOT_ACCEPTED),
        (
            "InvalidRequest",
            "recipient requires incoming messages to come from someone they follow",
            Reason.NOT_ACCEPTED,
        ),
        ("MessagesDisabled", "x", Reason.NOT_ACCEPTED),
        ("NotFollowedBySender", "x", Reason.NOT_ACCEPTED),
        ("ConvoLocked", "x", Reason.NOT_ACCEPTED),
        ("BlockedActor", "x", Reason.BLOCKED),
        ("BlockedSubject", "x", Reason.BLOCKED),
        ("RecipientNotFound", "x", Reason.GONE),
        ("AccountSuspended", "x", Reason.GONE),
        ("InvalidConvo", "x", Reason.GONE),
        ("ReplyTargetNotFound", "x", Reason.GONE),
        ("RecordNotFound", "x", Reason.GONE),
        ("AccountTakedown", "x", Reason.NOT_ALLOWED),
        ("InvalidToken", "Bad token method", Reason.NOT_ALLOWED),
        ("InvalidToken", "Bad token scope", Reason.NOT_ALLOWED),
        ("InvalidRequest", "grapheme too big (maximum 300, got 301)", Reason.TOO_LONG),
        ("InvalidRequest", "string too big (maximum 3000, got 5400)", Reason.TOO_LONG),
        ("InvalidRequest", "something else", Reason.UNKNOWN),
    ],
)
@pytest.mark.parametrize("asking", [POSTING, DELETING])
def test_refusals(error: str, message: str, reason: Reason, asking: Asking) -> None:
    no = refused("x", answer(error, message), message, asking)
    assert type(no) is Refused
    assert no.reason is reason
    assert message in no.words
    assert asking is POSTING or "posted" not in no.words


def test_what_has_expired_or_is_taken_is_told_apart() -> None:
    for error, message, kind in (
        ("ExpiredToken", "Token has expired", Expired),
        ("InvalidToken", "Token could not be verified", Expired),
        ("InvalidSwap", "Record was at bafy", Taken),
    ):
        assert type(refused("x", answer(error, message), message, POSTING)) is kind


def test_an_errors_words_are_for_people_and_its_name_is_not() -> None:
    assert answer("InvalidSwap", "Record was at bafy").words() == "Record was at bafy"
    assert Answer(status=401, headers={}, body=b'{"error": "AuthMissing"}').words() == "AuthMissing"


def test_the_headers_of_its_limits() -> None:
    reset = str(int((NOW + timedelta(minutes=3)).timestamp()))
    assert until_reset({"ratelimit-reset": reset}, NOW) == NOW + timedelta(minutes=3)
    assert until_reset({"retry-after": "7"}, NOW) == NOW + timedelta(seconds=7)


# --- the way back ----------------------------------------------------------------------------


class Listing:
    """Posts newest first, `size` at a time, before a moment."""

    def __init__(self, posts: list[Said], size: int = 10, *, by_moment: bool = True) -> None:
        self.posts = sorted(posts, key=lambda one: one.at, reverse=True)
        self.size = size
        self.by_moment = by_moment
        self.asked: list[str | None] = []

    async def __call__(self, cursor: str | None) -> Page:
        self.asked.append(cursor)
        if self.by_moment:
            before = datetime.fromisoformat(cursor) if cursor else None
            rest = [one for one in self.posts if before is None or one.at < before]
        else:
            rest = self.posts[int(cursor or 0) :]
        page = rest[: self.size]
        last = None
        if len(rest) > self.size:
            last = (
                page[-1].at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
                if self.by_moment
                else str(int(cursor or 0) + self.size)
            )
        return Page(said=tuple(page), oddities=(), cursor=last, size=len(page))


def post(number: int, at: float | None = None) -> Said:
    return Said(
        uri=f"at://did:plc:ana/app.bsky.feed.post/{number}",
        cid=f"bafy{number}",
        author=ANA,
        text=str(number),
        at=NOW + timedelta(seconds=number if at is None else at),
    )


async def told(
    listing: Listing, so_far: Told, *, deep: bool = True, most: int = 10_000
) -> list[str]:
    """What a walk tells, as a listener that stops after so many pages takes it."""
    found: list[str] = []
    pages = 0
    async for page, _ in History(listing, so_far).missed(deep=deep):
        if page is None:
            continue
        for one in page.said:
            so_far.take(one, at=stamp(one))
            found.append(one.text)
        pages += 1
        if pages == most:
            break
    return found


@pytest.mark.parametrize("by_moment", [True, False])
async def test_a_long_absence_is_told_in_order(by_moment: bool) -> None:
    so_far = Told()
    await told(Listing([post(0)]), so_far)
    listing = Listing([post(number) for number in range(500)], by_moment=by_moment)
    assert await told(listing, so_far) == [str(number) for number in range(1, 500)]
    # The oldest pages were kept, the others were asked for again.
    pages = len(set(listing.asked))
    assert len(listing.asked) == pages + pages - PAGES_KEPT


async def test_a_stop_in_the_middle_goes_on_where_it_was() -> None:
    so_far = Told()
    await told(Listing([post(0)]), so_far)
    listing = Listing([post(number) for number in range(200)])
    heard = await told(listing, so_far, most=3)
    again = Place.read(Place(heard=so_far).cursor()).heard
    heard += await told(listing, again)
    assert heard == [str(number) for number in range(1, 200)]


async def test_the_first_listening_goes_back_so_far() -> None:
    listing = Listing([post(number) for number in range(500)])
    # Each page but the first begins with the post that the one before it ended with.
    assert len(await told(listing, Told())) == FIRST_PAGES * 10 - FIRST_PAGES + 1


async def test_posts_of_one_millisecond_at_a_pages_end() -> None:
    so_far = Told()
    await told(Listing([post(0)]), so_far)
    posts = [post(number, at=float(number // 4)) for number in range(1, 200)]
    heard = await told(Listing([*posts, post(0)]), so_far)
    assert sorted(map(int, heard)) == list(range(1, 200))


async def test_more_of_one_millisecond_than_a_page_holds_come_to_an_end() -> None:
    so_far = Told()
    await told(Listing([post(0)]), so_far)
    await told(Listing([post(number, at=9.0) for number in range(1, 50)]), so_far)


async def test_a_quiet_look_is_one_request() -> None:
    so_far = Told()
    listing = Listing([post(number) for number in range(30)])
    await told(listing, so_far)
    listing.asked.clear()
    assert await told(listing, so_far, deep=False) == []
    assert listing.asked == [None]


async def test_what_is_listed_late_is_told_all_the_same() -> None:
    so_far = Told()
    posts = [post(number, at=number * 60.0) for number in range(10)]
    await told(Listing(posts), so_far)
    late = post(99, at=90.0)
    assert await told(Listing([*posts, late]), so_far, deep=False) == ["99"]


async def test_what_is_gone_is_suspected_only_where_it_would_be_seen() -> None:
    so_far = Told()
    posts = [post(number) for number in range(30)]
    listing = Listing(posts)
    history = History(listing, so_far)
    async for page, _ in history.missed(deep=True):
        assert page is not None
        for one in page.said:
            so_far.take(one, at=stamp(one))
    del listing.posts[3]
    async for _ in history.missed(deep=False):
        pass
    assert history.gone(set()) == [post(26).uri]
    assert history.gone({post(26).uri}) == []


def test_what_is_marked_as_told_is_bounded() -> None:
    so_far = Told()
    for number in range(2 * MARKED):
        so_far.take(post(number), at=stamp(post(number)))
    assert len(so_far.marks) == MARKED
    assert len(Place(heard=so_far).cursor()) < 20_000
    assert so_far.knows(post(2 * MARKED - 1))
    assert not so_far.knows(Said(**{**_fields(post(2 * MARKED - 1)), "cid": "other"}))
    assert so_far.knew(Said(**{**_fields(post(2 * MARKED - 1)), "cid": "other"}))
    so_far.forget(post(2 * MARKED - 1).uri)
    assert not so_far.knew(post(2 * MARKED - 1))


def _fields(one: Said) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


# --- the rest --------------------------------------------------------------------------------


def test_the_pace() -> None:
    assert Pace.of({}) == Pace()
    assert Pace.of({"poll_seconds": "0.8"}) == Pace(heard=0.8, own=3.0, still=6.0)
    for wrong in ("", "-1", "x", "nan", "inf"):
        assert Pace.of({"poll_seconds": wrong}) == Pace()


def test_hello_says_each_capability_once() -> None:
    for chats in (True, False):
        said = hello(ANA, "x", chats=chats, advice=())
        assert set(said.can) | set(said.cannot) == set(Capability)
        assert not set(said.can) & set(said.cannot)


def test_whoever_is_asked_over_https_sends_nobody_to_plain_http() -> None:
    asked = "https://bsky.social"
    assert home_of("https://pds.example", asked, plain=False) == "https://pds.example"
    assert home_of(None, asked, plain=False) == asked
    assert home_of("http://pds.example", asked, plain=True) == asked
    assert home_of("http://127.0.0.1:1", asked, plain=False) == asked
    with pytest.raises(BadAddress):
        home_of("http://pds.example", asked, plain=False)


async def test_nothing_works_before_open_and_close_is_safe() -> None:
    made = connector()
    await made.close()
    await made.close()
    with pytest.raises(Unreachable):
        await made.send(Outgoing(lane=Lane.PRIVATE, text="Hi", to=ANA), "k")
    with pytest.raises(Unreachable):
        async for _ in made.listen(None):
            pass
    with pytest.raises(Unauthorised):
        await made.open({})
    with pytest.raises(Refused):
        await made.take_advice("something else")


async def test_plain_http_beyond_this_machine_is_refused() -> None:
    with pytest.raises(Unreachable) as caught:
        await connector(server="http://pds.example").open({"token": "t"})
    assert "encrypted" in caught.value.words


async def test_what_a_session_had_is_hidden_from_the_first() -> None:
    http = Http("https://pds.example", clock=lambda: NOW)
    Session(
        http, identifier="shop", password="aaaa-bbbb", keep=None,
        kept='{"access": "access-token", "refresh": "refresh-token"}',
    )  # fmt: skip
    assert http.redact("aaaa-bbbb access-token refresh-token") == "… … …"
    await http.close()


def test_the_registry_knows_it() -> None:
    assert connector_class("bluesky") is Bluesky


def test_importing_it_loads_no_network_library() -> None:
    script = (
        "import sys; from connectors.bluesky.connector import Bluesky;"
        "from datetime import UTC, datetime; from connectors.contract import Lane;"
        "c = Bluesky({}, remembered=None, clock=lambda: datetime.now(UTC));"
        "c.measure('hello', Lane.PRIVATE, to=None, warning=None);"
        "print([m for m in ('aiohttp', 'ssl', 'asyncio', 'connectors.http') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
