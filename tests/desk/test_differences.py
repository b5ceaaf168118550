"""Two texts word by word: nothing is lost between them, and what reads as one change is one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.desk.differences import Change, Difference, differences
from tests.hostile.corpus import TEXTS

K, A, R = Change.KEPT, Change.ADDED, Change.REMOVED

words = st.lists(st.sampled_from(["Hi", "Ana", ",", " ", "\n", "{{ day }}", "ž", "\x1b", "a b"]))
texts = st.one_of(st.text(), words.map("".join))


@given(texts, texts)
def test_kept_and_removed_is_what_it_was_kept_and_added_what_it_is(before, after):
    found = differences(before, after)
    assert "".join(text for change, text in found if change is not A) == before
    assert "".join(text for change, text in found if change is not R) == after
    assert all(text for _, text in found)


@given(texts)
def test_the_same_text_has_no_changes(text):
    assert [change for change, _ in differences(text, text)] == ([K] if text else [])


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Hi Ana, ok.", "Hi Budi, ok.", [(K, "Hi "), (R, "Ana"), (A, "Budi"), (K, ", ok.")]),
        ("It comes {{ ask.day }}.", "It comes on Friday.",
         [(K, "It comes "), (R, "{{ ask.day }}"), (A, "on Friday"), (K, ".")]),
        ("one two three", "un deux three", [(R, "one two"), (A, "un deux"), (K, " three")]),
        ("", "new", [(A, "new")]),
        ("old", "", [(R, "old")]),
    ],
)  # fmt: skip
def test_changes_read_as_one_would_mark_them(before, after, found):
    assert differences(before, after) == tuple(Difference(*one) for one in found)


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts_are_compared_like_any_other(name):
    text = TEXTS[name][:20_000]
    found = differences("Hello, " + text, text + " bye")
    assert "".join(one for change, one in found if change is not A) == "Hello, " + text


def test_two_long_texts_with_nothing_in_common_are_quick():
    before = " ".join(f"a{number}" for number in range(8_000))
    after = " ".join(f"b{number}" for number in range(8_000))
    began = time.perf_counter()
    assert len(differences(before, after)) == 2
    assert time.perf_counter() - began < 1
