"""The door to the screen: nothing acts, nothing is wider than it says, nothing takes forever."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.ui import safe
from tests.hostile.corpus import TEXTS, acts_on_a_terminal

SMALL = {name: text for name, text in TEXTS.items() if len(text) < 20_000}
WIDTHS = st.integers(min_value=2, max_value=60)
WORDS = st.text(alphabet=st.sampled_from("ab \n\u0301漢字👩\u200d👧אב-"), max_size=120).map(
    safe.block
)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("room", [1, 7, 40])
def test_hostile_texts_stay_text_and_in_their_room(name: str, room: int) -> None:
    text = SMALL[name]
    for raw in (text, safe.line(text), safe.block(text)):
        strip = safe.strip([("a ", None), (raw, None)], room)
        assert acts_on_a_terminal(strip.text) is None
        assert sum(cell_len(segment.text) for segment in strip) == room
        assert all(segment.control is None for segment in strip)
    clean = safe.block(text)
    for part in safe.wrap(clean, max(room, 2)):
        assert cell_len(part) <= max(room, 2)
        assert "\n" not in part


@pytest.mark.parametrize("name", SMALL)
def test_content_reads_no_markup(name: str) -> None:
    shown = safe.content(SMALL[name])
    assert shown.spans == []
    assert shown.plain == safe.block(SMALL[name])


@given(WORDS, WIDTHS)
def test_wrapping_loses_no_letter(text: str, room: int) -> None:
    lines = safe.wrap(text, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= room for line in lines)


@given(WORDS.map(lambda text: text.replace("\n", " ")), st.integers(min_value=0, max_value=60))
def test_cutting_and_fitting_keep_to_the_room(text: str, room: int) -> None:
    assert cell_len(safe.cut(text, room)) <= room
    assert cell_len(safe.fit(text, room)) == room
    if 0 < room >= cell_len(text):
        assert safe.cut(text, room) == text


def test_wrap_breaks_between_words_and_keeps_indents() -> None:
    assert safe.wrap("where is my parcel", 9) == ["where is", "my parcel"]
    assert safe.wrap("  two\n\nthree", 20) == ["  two", "", "three"]
    assert safe.wrap("https://shop.example/a", 10) == ["https://sh", "op.example", "/a"]


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "a b " * 250_000, "漢" * 300_000, "e\u0301 " * 200_000]
)
def test_a_megabyte_is_wrapped_in_linear_time(text: str) -> None:
    # A quarter must cost roughly a quarter: a slope, not a stopwatch of this machine.
    def cost(part: str) -> float:
        begun = time.process_time()
        safe.wrap(part, 60)
        return time.process_time() - begun

    quarter = max(cost(text[: len(text) // 4]), 0.002)
    assert cost(text) < quarter * 12


def test_both_ends_gives_way_on_the_left() -> None:
    strip = safe.both_ends([("a long name indeed", None)], [("2 h", None)], 12)
    assert strip.text == "a long … 2 h"
