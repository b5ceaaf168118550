"""Words, names and filters find threads; any line is an answer, never an error."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Address, Lane
from console.desk import query
from console.store import notes, threads
from console.store.search import search
from tests.store.desk import BUDI, DeskOnDisk

TODAY = date(2026, 11, 22)
ZOE = Address(remote_id="zoe", handle="@zoe@s.example", name="Zoë Šarić")


@pytest.fixture
def full(desk):
    first = desk.post(text="Where is my parcel 4711?")
    desk.take(
        first,
        desk.post(BUDI, "ukuran L masih ada kak?"),
        desk.post(ZOE, "gdje je moja narudžba, stigao je krivi paket"),
    )
    desk.take(desk.post(text="the parcel came", lane=Lane.PRIVATE, reply_to=first.remote_id))
    desk.write(notes.add_note, 2, "prefers e-mail", desk.now)
    desk.write(threads.set_tag, 2, "sizes", on=True)
    return desk


def found(desk, line, *, partial=False):
    asked = query.parse(line, TODAY, partial=partial)
    return [hit.thread_id for hit in desk.read(search, asked, 50)]


@pytest.mark.parametrize(
    ("line", "threads_found"),
    [
        ("parcel", [1]),
        ("PARCEL 4711", [1]),
        ("parcel -4711", [1]),
        ("narudzba", [3]),
        ("saric", [3]),
        ("zoe", [3]),
        ('"my parcel"', [1]),
        ('"parcel my"', []),
        ("from:budi", [2]),
        ("ukuran from:ana", []),
        ("e-mail", [2]),
        ("tag:sizes", [2]),
        ("-tag:sizes", [1, 3]),
        ("network:stage", [1, 3, 2]),
        ("network:mastodon", []),
        ("lane:private parcel", [1]),
        ("lane:private", [1]),
        ("is:unread", [1, 3, 2]),
        ("is:done", []),
        ("has:note", [2]),
        ("has:draft", []),
        ("nothing-like-it", []),
        ("", []),
    ],
)
def test_lines_find_what_they_say(full, line, threads_found):
    assert sorted(found(full, line)) == sorted(threads_found)


def test_a_word_that_is_being_typed_finds_its_beginning(full):
    assert found(full, "parc", partial=True) == [1]
    assert found(full, "parc") == []


def test_the_newest_words_come_first_and_each_thread_once(full):
    assert found(full, "is:open")[0] == 1
    assert found(full, "parcel") == [1]


def test_an_edited_word_is_found_and_the_old_one_is_not(full):
    from dataclasses import replace

    post = full.post(BUDI, "first wording")
    full.take(post)
    full.take(replace(post, text="second wording", edited_at=full.now))
    assert found(full, "first wording") == []
    assert len(found(full, "second wording")) == 1


@settings(max_examples=200, deadline=None)
@given(line=st.text(max_size=60), partial=st.booleans())
def test_no_line_is_an_error(shared, line, partial):
    found(shared, line, partial=partial)


@settings(max_examples=100, deadline=None)
@given(
    line=st.lists(
        st.sampled_from(
            ["from:", "-", '"', "(", ")", "*", "AND", "NOT", "NEAR", ":", "a", "^", "{", "}", "ä"]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_no_sign_of_the_index_is_an_error(shared, line):
    found(shared, line, partial=True)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = DeskOnDisk(tmp_path_factory.mktemp("search"))
    made.take(made.post(), made.post(BUDI, "ukuran L"))
    yield made
    made.close()
