"""Whatever stands in a body, it is judged and nothing breaks."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from templates.fill import Unfillable, fill_body
from templates.model import Purpose, TemplateLane
from templates.parse import read
from templates.rules import faults
from templates.slots import NAMES
from tests.templates.test_parse import GOOD

PIECES = (
    *("{{", "}}", "{%", "%}", "{%-", "-%}", "|", ":", ",", ".", "'", '"', "(1..3)", "[", "]"),
    *("if", "endif", "else", "elsif", "unless", "endunless", "case", "when", "endcase"),
    *("assign", "comment", "endcomment", "#", "echo", "raw", "for", "in", "liquid", "doc"),
    *("contact.name", "contact", "ask.x", "ask", "order.name", "today", "x", "nil", "empty"),
    *("default", "truncate", "append", "upcase", "=", "==", "!=", "<", "contains", "and", "or"),
    *("1", "-1", "1.5", "1e999", "99999999999999999999", "\n", "{", "}", "é", "\ud800"),
)
bodies = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map(
        lambda words: "{{ " + " ".join(words) + " }}"
    ),
    st.lists(st.sampled_from(PIECES), max_size=8).map(
        lambda words: "{% " + " ".join(words) + " %}"
    ),
    st.text(max_size=30),
)


@given(bodies, st.sampled_from(TemplateLane))
def test_any_body_is_judged(body: str, lane: TemplateLane) -> None:
    found = faults(body, lane, Purpose.REPLY)
    for fault in found:
        assert fault.words
        assert 1 <= fault.line <= body.count("\n") + 1


@given(bodies, st.text(max_size=20), st.sets(st.sampled_from(sorted(NAMES))))
def test_what_is_judged_right_can_be_filled(body: str, value: str, known: set[str]) -> None:
    if faults(body, TemplateLane.PRIVATE, Purpose.REPLY):
        return
    fill_body(body, dict.fromkeys(known, value))


@given(bodies)
def test_any_body_is_filled_or_said_to_be_unfillable(body: str) -> None:
    with suppress(Unfillable):
        assert isinstance(fill_body(body, {}), str)


@given(st.data())
def test_any_file_is_read(data: st.DataObject) -> None:
    text = GOOD
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        put = data.draw(st.text("\n\"'[]{}=,.#% a1\\", max_size=3))
        text = text[:place] + put + text[place + data.draw(st.integers(0, 3)) :]
    templates, broken = read(text)
    assert len(templates) + len(broken) <= text.count("template") + 1
    for one in broken:
        assert 0 <= one.line <= text.count("\n") + 1
