"""By what two people may be one: written differently, the same place; anything else is no place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.desk.sameness import same, shown
from tests.hostile.corpus import TEXTS

SAME = {
    "mailto:Ana@Example.org": "mailto:ana@example.org",
    "MAILTO:ana%40example.org": "mailto:ana@example.org",
    "http://Ana.Example/": "https://ana.example",
    "https://ana.example/about/?from=profile#top": "https://ana.example/about",
    "https://ana.example.:8443/x": "https://ana.example:8443/x",
    "https://ana.example/Über": "https://ana.example/Über",
}
NOWHERE = ("", "ana", "mailto:ana", "mailto:@example.org", "mailto:a b@example.org", "ftp://a.b/c",
           "https://localhost/", "https://[half", "https://a.b:port/", "javascript:alert(1)",
           "https://a.b/" + "x" * 600)  # fmt: skip


@pytest.mark.parametrize("written", SAME)
def test_the_same_place_has_one_form(written):
    assert same(written) == SAME[written]
    assert same(SAME[written]) == SAME[written]
    assert ":" not in shown(SAME[written]).split("@")[0].split("/")[0].replace(":8443", "")


@pytest.mark.parametrize("written", NOWHERE)
def test_what_is_no_place_is_nobody_s(written):
    assert same(written) is None


@given(st.text(max_size=80) | st.sampled_from(list(TEXTS.values())))
def test_nothing_that_a_network_says_raises(words):
    for what in (words, f"https://{words}", f"mailto:{words}"):
        found = same(what)
        assert found is None or same(found) == found
