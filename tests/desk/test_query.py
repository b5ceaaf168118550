"""Any line is a search, and what it means is what a person would think it means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Lane
from console.desk.query import CHOICES, PREFIXES, Filters, Has, Is, Query, parse
from tests.hostile.corpus import TEXTS

TODAY = date(2026, 11, 22)


def read(text: str) -> Query:
    return parse(text, TODAY)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  \t ", Query()),
        ("Parcel", Query(words=("parcel",))),
        ("ČEVAPI straße", Query(words=("čevapi", "strasse"))),
        ('"Never  came" now', Query(phrases=("never came",), words=("now",))),
        ('"one"', Query(words=("one",))),
        ('parcel "never ca', Query(words=("parcel",), phrases=("never ca",))),
        ("mug-0042 o'clock", Query(phrases=("mug 0042", "o clock"))),
        ('parcel -refund -"not this"', Query(words=("parcel",), without=("refund", "not this"))),
        ("- -- : :: \"\" '", Query()),
        ("14:30", Query(phrases=("14 30",))),
        ("https://x.example/a", Query(words=("https", "x", "example", "a"))),
        ("from:@Ana", Query(only=Filters(senders=("ana",)))),
        ('from:"Ana Horvat"', Query(only=Filters(senders=("ana horvat",)))),
        ("from:ana from:iva -from:budi", Query(
            only=Filters(senders=("ana", "iva")), never=Filters(senders=("budi",)))),
        ("NETWORK:Mastodon on:mail", Query(only=Filters(networks=("mastodon", "mail")))),
        ("lane:private", Query(only=Filters(lanes=(Lane.PRIVATE,)))),
        ("in:public", Query(only=Filters(lanes=(Lane.PUBLIC,)))),
        ("is:waiting is:unread -is:done", Query(
            only=Filters(states=(Is.WAITING, Is.UNREAD)), never=Filters(states=(Is.DONE,)))),
        ("has:draft -has:note", Query(
            only=Filters(having=(Has.DRAFT,)), never=Filters(having=(Has.NOTE,)))),
        ("tag:refund tag:refund account:Shop", Query(
            only=Filters(tags=("refund",), accounts=("shop",)))),
        ("before:2026-11-01", Query(before=date(2026, 11, 1))),
        ("after:2026-10 before:2026", Query(since=date(2026, 10, 1), before=date(2026, 1, 1))),
        ("after:yesterday", Query(since=date(2026, 11, 21))),
        ("since:2w until:today", Query(since=date(2026, 11, 8), before=TODAY)),
        ("after:2026-01-01 after:3d", Query(since=date(2026, 11, 19))),
        ("before:2026-03-01 before:2026-02-01", Query(before=date(2026, 2, 1))),
        ("-before:2026-03-01", Query(since=date(2026, 3, 1))),
        ("मेरा पार्सल", Query(words=("मेरा", "पार्सल"))),
        ("پاکت\u200cها", Query(words=("پاکت\u200cها",))),
        ("我的包裹。没到", Query(phrases=("我的包裹 没到",))),
    ],
)  # fmt: skip
def test_what_a_line_means(text: str, query: Query) -> None:
    assert read(text) == query


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("form:ana", "There is no filter form:, so it is searched as a word. Did you mean from:?"),
        ("netwrk:mail", "Did you mean network:?"),
        ("is:dnoe", "is: needs one of open, done, snoozed, waiting, unread, not “dnoe”. Did you"),
        ("is:dnoe", " Did you mean is:done?"),
        ("lane:dm", "lane: needs one of public, private, not “dm”."),
        ("before:soon", "before: needs a day like 2026-11-01, yesterday or 3d, not “soon”."),
        ("after:2026-13-01", "not “2026-13-01”"),
        ("after:9999y", "not “9999y”"),
        ("from:", "from: needs a name."),
        ('tag:""', "tag: needs a name."),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(text: str, hint: str) -> None:
    query = read(text)
    assert query.empty or query.words
    assert hint in query.hints[0]


def test_a_filter_that_is_still_being_typed_is_no_mistake() -> None:
    assert parse("parcel from:", TODAY, partial=True).hints == ()


def test_an_unknown_filter_is_words() -> None:
    assert read("size:L").words == ("size", "l")
    assert read("size:L").hints == ()
    assert read("form:ana").words == ("form", "ana")


@pytest.mark.parametrize(
    ("text", "words", "partial"),
    [
        ("par", (), "par"),
        ("parcel nev", ("parcel",), "nev"),
        ("parcel ", ("parcel",), None),
        ('parcel "never ca', ("parcel", "never"), "ca"),
        ('parcel "never"', ("parcel", "never"), None),
        ("parcel from:an", ("parcel",), None),
        ("parcel -re", ("parcel",), None),
        ("mug-00", ("mug",), "00"),
        ("", (), None),
        ("!", (), None),
    ],
)
def test_the_last_word_while_typing(text: str, words: tuple[str, ...], partial: str | None) -> None:
    query = parse(text, TODAY, partial=True)
    assert (query.words, query.partial) == (words, partial)
    assert parse(text, TODAY).partial is None


def test_what_it_asks_for() -> None:
    assert read("").empty
    assert read("is:nonsense").empty
    assert not read("is:done").empty
    assert not read("is:done").has_text
    assert read("-x").has_text
    assert parse("x", TODAY, partial=True).has_text


@pytest.mark.parametrize("name", PREFIXES)
def test_every_filter_is_one(name: str) -> None:
    value = CHOICES.get(name, ("2026-11-01",))[0]
    query = read(f"{name}:{value}")
    assert not query.empty
    assert not query.has_text
    assert query.hints == ()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_lines_are_searches(text: str) -> None:
    assert isinstance(read(text), Query)


pieces = st.one_of(
    st.text(max_size=8),
    st.sampled_from([f"{name}:" for name in PREFIXES]),
    st.sampled_from(['"', "-", ":", " ", "done", "3d", "2026-02-30"]),
)


@given(st.lists(pieces, max_size=10).map("".join), st.booleans())
def test_no_line_is_refused(text: str, partial: bool) -> None:
    query = parse(text, TODAY, partial=partial)
    for word in (*query.words, *query.without, *query.phrases, query.partial or "x"):
        assert word
        assert '"' not in word
        assert word == " ".join(word.split())


@given(st.text(max_size=30))
def test_typing_on_finds_no_less(text: str) -> None:
    """Looking while typing asks for the same words as the finished line does."""
    done = parse(text, TODAY)
    typing = parse(text, TODAY, partial=True)
    everything = " ".join((*typing.words, *typing.phrases, typing.partial or "")).split()
    assert sorted(everything) == sorted(" ".join((*done.words, *done.phrases)).split())
