"""The corpus is what it claims: it acts, it is big, and innocent texts are not accused."""

from __future__ import annotations

import pytest

from tests.hostile.corpus import ACTS, BIG, BYTES, TEXTS, acts_on_a_terminal


def test_every_way_of_acting_has_a_text() -> None:
    for what, pattern in ACTS.items():
        assert any(pattern.search(text) for text in TEXTS.values()), what


def test_there_is_a_line_of_a_megabyte() -> None:
    assert any(len(TEXTS[name]) >= 1 << 20 and "\n" not in TEXTS[name] for name in BIG)


@pytest.mark.parametrize("name", [n for n in BYTES if n.startswith("utf8-") and n != "utf8-bom"])
def test_the_bytes_are_not_utf_8(name: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        BYTES[name].decode()


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel 4711?\n\tsize M",
        TEXTS["rtl-arabic"],
        TEXTS["rtl-hebrew-mixed"],
        TEXTS["zwj-family"],
        TEXTS["emoji-flag-of-scotland"],
        TEXTS["brackets-of-a-customer"],
    ],
)
def test_innocent_texts_are_not_accused(text: str) -> None:
    assert acts_on_a_terminal(text) is None
