"""Strangers' text comes out as text, whole where it is harmless, and in time."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from console.desk import plain as room
from console.desk.plain import CHAIN, LIMIT, TOWER, plain, plain_line
from tests.hostile.corpus import TEXTS

# Much of the danger lies in how rare characters meet, so they are not rare here.
_SHARP = (
    "\x00\x07\x08\t\n\x0b\x0c\r\x1b\x1c\x1f\x7f\x84\x85\x9b\x9d\x9f\xa0\xad"
    "\u0301\u093e\U0001f3fd\u034f\u061c\u0651\u115f\u1160\u1161\u11ff\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029"
    "\u202a\u202e\u2060\u2066\u2069\u206f\u3000\u3164\ud800\udfff\ufdd0\ufe0e\ufe0f\ufeff\uffa0\ufff9"
    "\ufffd\uffff\U0001bca0\U0001d173\U0001f3fb\U0001f468\U0001f469\U000e0001\U000e0061\U000e007f"
    "\U000e0100\U000e01ef\U000e0fff\U000f0000\U0010ffff\u2800 ab]52;c[0m"
)
sharp_texts = st.text(st.one_of(st.sampled_from(_SHARP), st.characters(codec=None)), max_size=60)
texts = st.one_of(
    sharp_texts,
    st.lists(
        st.one_of(
            st.builds(lambda text, times: text * times, sharp_texts, st.integers(1, 12)),
            sharp_texts,
        ),
        max_size=4,
    ).map("".join),
)

KEPT = {
    "ascii": "my parcel 4711 never came,\nwhat now?",
    "croatian": "Šalica je stigla razbijena, što sada?",
    "decomposed": "cafe\u0301 nai\u0308ve",
    "family": "we all \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 love it",
    "astronaut": "\U0001f469\U0001f3fd\u200d\U0001f680",
    "heart": "thank you \u2764\ufe0f",
    "rainbow": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "keycap": "size 4\ufe0f\u20e3 please",
    "flag": "\U0001f1ed\U0001f1f7",
    "persian": "می\u200cخواهم کتاب\u200cها را بخرم",
    "arabic": "طَرْدِي لَمْ يَصِلْ بَعْدُ",
    "hebrew": "בְּרֵאשִׁ֖ית בָּרָ֣א",
    "hindi": "मेरा पार्सल अभी तक नहीं आया",
    "thai": "พัสดุของฉันยังไม่มาถึงเลยค่ะ",
    "malayalam": "എന്റെ പാഴ്\u200cസൽ വന്നില്ല ന്\u200d",
    "tibetan": "བསྒྲུབས་",
    "japanese": "葛\U000e0100飾区から\u3000注文しました",
    "korean": "택배가 아직 안 왔어요",
    "french": "Où est mon colis\u202f? Il a coûté 20\xa0€",
    "markup": "[red]hello[/foo] [@click=app.quit]x[/] <b>&amp;</b> {{ shop.email }}",
    "math": "\U0001d4f1\U0001d4ee\U0001d4f5\U0001d4f5\U0001d4f8" * 3,
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_what_people_write_comes_back_as_the_same_object(text: str) -> None:
    assert plain(text) is text


MADE_SAFE = {
    "colour": ("\x1b[31mred\x1b[0m", "[31mred[0m"),
    "clipboard": ("\x1b]52;c;aGk=\x07paste", "]52;c;aGk=paste"),
    "c1 csi": ("\x9b31mred", "31mred"),
    "link": ("\x1b]8;;http://x\x1b\\click", "]8;;http://x\\click"),
    "nul": ("a\x00b", "ab"),
    "line ends": ("a\r\nb\rc\u2028d\u2029e\x0bf\x0cg\x85h", "a\nb\nc\nd\ne\nf\ng\nh"),
    "tab": ("a\tb\n\tc", "a   b\n    c"),
    "override": ("pay \u202eelgoog\u202c now", "pay elgoog now"),
    "isolate": ("\u2066x\u2069\u200e\u200f\u061c", "x"),
    "surrogate": ("a\ud83db", "a\ufffdb"),
    "noncharacter": ("a\uffffb\U0001fffe\ufdd0", "a\ufffdb\ufffd\ufffd"),
    "private plane": ("\U0010eeee\u0305", "\ufffd\u0305"),
    "tags": ("hi\U000e0068\U000e0069", "hi"),
    "no width": ("par\u200bcel\ufeff \u2060x\xad", "parcel x"),
    "blank letters": ("\u3164\u115f\u1160\uffa0x\u034f", "x"),
    "idle joiners": ("\u200d a \u200db\u200d\u200dc\n\u200cd", " a b\u200dc\nd"),
    "tower": ("a" + "\u0301" * 50 + "b", "a" + "\u0301" * TOWER + "b"),
    "jamo tower": ("\u1100" + "\u1161" * 50, "\u1100" + "\u1161" * TOWER),
    "tower of joiners": ("a" + "\u0301\u200d" * 50, "a" + "\u0301\u200d" * (TOWER // 2)),
    "tower far away": (
        "\U00011013" + "\U00011038" * 20,
        "\U00011013" + "\U00011038" * TOWER,
    ),
    "spacing tower": ("\u0915" + "\u093e" * 50, "\u0915" + "\u093e" * TOWER),
    "tones": (
        "a\U0001f3fb \U0001f44d\U0001f3fd\U0001f3fd\U0001f3fb \U0001f3ff",
        "a \U0001f44d\U0001f3fd ",
    ),
    "chain": (
        "\U0001f468\u200d" * 20 + "\U0001f468",
        "\U0001f468\u200d" * CHAIN + "\U0001f468" * (21 - CHAIN),
    ),
}


@pytest.mark.parametrize(("text", "safe"), MADE_SAFE.values(), ids=MADE_SAFE.keys())
def test_what_could_act_is_taken_out(text: str, safe: str) -> None:
    assert plain(text) == safe


def assert_only_text(safe: str) -> None:
    for character in safe:
        category = unicodedata.category(character)
        assert category not in ("Cs", "Zl", "Zp")
        assert category != "Cc" or character == "\n"
        assert unicodedata.bidirectional(character) not in (
            ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
        )
    safe.encode()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_hostile_corpus_comes_out_as_text(text: str) -> None:
    safe = plain(text)
    assert_only_text(safe)
    assert plain(safe) is safe
    assert_only_text(plain_line(text))


@given(texts)
@example("a\u200d\ud800\u200d\u0301\u0301")
@settings(max_examples=400)
def test_only_text_comes_out_and_once_is_enough(text: str) -> None:
    safe = plain(text)
    assert plain(safe) is safe
    assert_only_text(safe)


@given(texts)
def test_no_tower_and_no_chain_is_left(text: str) -> None:
    safe = plain(text)
    height = 0
    for character in safe:
        height = height + 1 if unicodedata.category(character) in ("Mn", "Me", "Mc") else 0
        assert height <= TOWER
    assert not re.search("(?:\u200d[^\\s\u200c\u200d])" + f"{{{CHAIN + 1}}}", safe)
    assert not re.search("(?:\\A|[\\s\u200c\u200d])[\u200c\u200d]", safe)


@given(texts, st.integers(0, 80))
def test_the_limit_holds_and_what_is_missing_is_counted(text: str, limit: int) -> None:
    whole = plain(text)
    cut = plain(text, limit=limit)
    assert len(cut) <= limit or cut == whole
    assert plain(cut, limit=limit) is cut
    if cut.endswith(" more characters)") and not whole.endswith(" more characters)"):
        kept, _, tail = cut.rpartition("… (")
        assert whole.startswith(kept)
        assert int(tail.split()[0]) == len(whole) - len(kept)


@given(texts, st.integers(0, 60))
def test_a_line_is_one_line(text: str, limit: int) -> None:
    line = plain_line(text, limit)
    assert len(line) <= limit
    assert plain_line(line, limit) == line
    assert line == " ".join(line.split())
    assert line[:1] == "" or unicodedata.category(line[0]) not in ("Mn", "Me", "Mc")


def test_a_line_is_squeezed_and_cut() -> None:
    assert plain_line("  my \r\n\t parcel\u2028 came ") == "my parcel came"
    assert plain_line("my parcel never came", 10) == "my parcel…"
    assert plain_line("\u0301\u0301Ana") == "Ana"
    assert plain_line("\u3164\u200d") == ""
    assert plain_line("\u2800 \u2800") == ""
    assert plain_line("\u0301\u2800 \u0301Ana \u2800") == "Ana"


def test_a_long_text_says_how_much_is_missing() -> None:
    cut = plain("x" * 1_000_000)
    assert len(cut) <= LIMIT
    assert cut.endswith(" more characters)")


def test_every_mark_is_among_those_that_may_be_a_tower() -> None:
    found = room._pattern(room._PERHAPS_TOWER)
    missed = [
        hex(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Mn", "Me", "Mc")
        and plain(chr(code)) != ""
        and not found.search(chr(code) * (TOWER + 1))
    ]
    assert missed == []


def test_what_takes_no_room_on_the_screen_cannot_pile_up() -> None:
    piles = [
        hex(code)
        for code in range(0x300, 0x110000)
        if not cell_len(chr(code)) and len(plain_line("a" + chr(code) * 50)) > 1 + TOWER
    ]
    assert piles == []


MEGABYTES = {
    "escapes": "\x1b[31m",
    "marks": "\u0301",
    "joined": "\U0001f468\u200d",
    "joiners": "\u200d",
    "idle joiners": " \u200d",
    "nearly towers": "\u0301" * TOWER + "a",
    "nearly chains": "\U0001f468\u200d" * CHAIN + " ",
    "marks and joiners": "a\u0301\u200d",
    "line ends": "\r\n",
    "tabs": "\t",
    "surrogates": "\ud800",
    "overrides": "\u202ea",
    "letters that may be marks": "\U0001d4f1",
}


@pytest.mark.parametrize("piece", MEGABYTES.values(), ids=MEGABYTES.keys())
def test_a_megabyte_takes_time_by_its_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            plain(text)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(1_000_000) < 20 * seconds(125_000) + 0.1
