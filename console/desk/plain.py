"""Makes strangers' text safe as text: nothing in it may act, hide or climb out of its line.

What comes back holds no control but the line feed, no bidi control, nothing that occupies no room
and shows nothing, at most `TOWER` marks on one character and at most `CHAIN` characters joined
into one. What people write survives: every script, emoji families, the Persian non-joiner.
Cleaning twice is cleaning once, and text that needs nothing comes back as the same object.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

LIMIT = 40_000
"""Longest text kept, in characters; what is beyond is counted in words at its end."""
LINE_LIMIT = 400
"""Longest line kept, for names and previews."""
TOWER = 8
"""Most marks that may stand on one character. Tibetan and Hebrew need five or six."""
CHAIN = 8
"""Most joins in one emoji. The longest in use have four."""
TAB = 4

_ENDINGS = "\r\v\f\x85\u2028\u2029"
_REMOVED = (
    "\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f"  # C0, DEL, C1
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u206f"  # bidi controls
    "\\xad\\u034f\\u180e\\u200b\\u2060-\\u2065\\ufeff\\ufff0-\\ufffb"  # no width, nothing to see
    "\\u115f\\u1160\\u3164\\uffa0"  # fillers: letters that look like nothing
    # controls of hieroglyphs, shorthand and music
    "\\U00013430-\\U0001345f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U000e00ff\\U000e01f0-\\U000e0fff"  # tags and their unassigned neighbours
)
_BROKEN = (
    "\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff"  # lone surrogates, noncharacters
    "\\U0001fffe\\U0001ffff\\U0002fffe\\U0002ffff\\U0003fffe-\\U000dffff\\U000e1000-\\U0010ffff"
)
_JOINERS = "\\u200c\\u200d"

_MARKS = (
    "\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670"
    "\\u06d6-\\u06ed\\u0711\\u0730-\\u074a\\u07a6-\\u07b0\\u07eb-\\u07fd\\u0816-\\u082d"
    "\\u0859-\\u085b\\u0890-\\u089f\\u08ca-\\u0903"
    + "".join(
        f"\\u{block + first:04x}-\\u{block + last:04x}"
        for block in range(0x0900, 0x0E00, 0x80)
        for first, last in ((0x00, 0x04), (0x3A, 0x57), (0x62, 0x63), (0x70, 0x7F))
    )
    + "\\u0dca-\\u0ddf\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece"
    "\\u0f18-\\u0fc6\\u102b-\\u109d\\u1160-\\u11ff\\u135d-\\u135f\\u1712-\\u1734\\u1752-\\u1773"
    "\\u17b4-\\u17dd\\u180b-\\u180f\\u1885-\\u18a9\\u1920-\\u193b\\u1a17-\\u1ace\\u1acf-\\u1aff"
    "\\u1b00-\\u1bf3\\u1c24-\\u1c37\\u1cd0-\\u1cf9\\u1dc0-\\u1dff\\u200c\\u200d\\u20d0-\\u20ff"
    "\\u2cef-\\u2cf1\\u2d7f\\u2de0-\\u2dff\\u302a-\\u302f\\u3099\\u309a\\ua66f-\\ua6f1"
    "\\ua802-\\ua82c\\ua880-\\ua8ff\\ua926-\\uaaf6\\uabe3-\\uabed\\ud7b0-\\ud7ff\\ufb1e"
    "\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\U000101fd-\\U0001efff\\U000e0100-\\U000e01ef"
)
"""Every mark, and in scripts that mix marks with letters some letters too: what may be a tower."""

_PRINTED_BLANKS = ("\u034f", "\u115f", "\u1160", "\u3164", "\uffa0")
"""Those of `_REMOVED` that Python calls printable."""

_ENDING = f"\r\n|[{_ENDINGS}]"
_GONE = f"[{_REMOVED}]+"
_WRONG = f"[{_BROKEN}]"
# One and then the rest, not a counted run: the engine then skips along by the first class alone.
_PERHAPS_TOWER = f"[{_MARKS}][{_MARKS}]{{{TOWER},}}"
_IDLE_JOINER = f"[{_JOINERS}](?<![^\\s{_JOINERS}].)"
"""A joiner that doesn't come right after something visible."""
_LONG_CHAIN = (
    f"(?:\\u200d[^\\s\\u200c\\u200d][\\ufe0e\\ufe0f\\U0001f3fb-\\U0001f3ff]*){{{CHAIN + 1},}}"
)

_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_STRAY_TONE = (
    f"(?<![\\u2600-\\u27bf\\ufe0f\\U0001f300-\\U0001f3fa\\U0001f400-\\U0001faff])[{_TONES}]+"
)
"""Skin tones with nothing to colour: no cell to Textual, two to the terminal."""

_pattern = cache(re.compile)
"""Compiled when first needed: all of them together would cost the start 8 ms."""


def plain(text: str, *, limit: int = LIMIT) -> str:
    """The text as harmless text of at most `limit` characters, its line breaks as line feeds.

    What is beyond the limit is replaced by `… (N more characters)`.
    """
    if text.isascii():
        if not text.replace("\n", "").isprintable():
            text = _clean(text)
    else:
        text = _clean_wide(text)
    if len(text) <= limit:
        return text
    return _cut(text, limit)


def plain_line(text: str, limit: int = LINE_LIMIT) -> str:
    """The text on one line: breaks and runs of blanks become one space; `…` where it was cut."""
    # A pattern of no dots is a letter to Python, and a name of nothing to people.
    text = " ".join(plain(text).split()).strip(" \u2800")
    if text and not text[0].isascii():
        # A mark at the start would stand on whatever the screen shows before the line.
        text = text[_beginning(text) :]
    if len(text) <= limit:
        return text
    return text[: max(limit - 1, 0)].rstrip(" \u2800\u200c\u200d") + "…"[:limit]


def _clean_wide(text: str) -> str:
    if not _printable(text):
        text = _clean(text)
    if any(tone in text for tone in _TONES):
        text = _pattern(_STRAY_TONE).sub("", text)
    joined = "\u200d" in text
    if joined or "\u200c" in text:
        text = _pattern(_IDLE_JOINER).sub("", text)
    if _pattern(_PERHAPS_TOWER).search(text):
        lowered = _pattern(_PERHAPS_TOWER).sub(_lowered, text)
        text = lowered if len(lowered) < len(text) else text
    if joined:
        text = _pattern(_LONG_CHAIN).sub(_unchained, text)
    return text


def _printable(text: str) -> bool:
    """True when nothing in it is to be cleaned; False when something may be."""
    for blank in _PRINTED_BLANKS:
        if blank in text:
            return False
    for harmless in "\n\xa0\u200c\u200d\u202f\u3000":
        text = text.replace(harmless, "")
    return text.isprintable()


def _clean(text: str) -> str:
    text = _pattern(_ENDING).sub("\n", text)
    text = _pattern(_WRONG).sub("\ufffd", _pattern(_GONE).sub("", text))
    return text.expandtabs(TAB)


def _stands_on_another(character: str) -> bool:
    """True for what a terminal draws onto the character before.

    Spacing marks are among them: terminals give them no cell. So are marks of a Unicode newer
    than this Python, which have no category yet.
    """
    return (
        character in "\u200c\u200d"
        or "\u1161" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7ff"
        or unicodedata.category(character) in ("Mn", "Me", "Mc", "Cn")
    )


def _lowered(run: re.Match[str]) -> str:
    kept: list[str] = []
    height = 0
    for character in run.group():
        height = height + 1 if _stands_on_another(character) else 0
        if height <= TOWER:
            kept.append(character)
    return "".join(kept)


def _unchained(run: re.Match[str]) -> str:
    links = run.group().split("\u200d")
    return "\u200d".join(links[: CHAIN + 1]) + "".join(links[CHAIN + 1 :])


def _beginning(line: str) -> int:
    for place, character in enumerate(line):
        if character not in " \u2800" and not _stands_on_another(character):
            return place
    return len(line)


def _cut(text: str, limit: int) -> str:
    room = limit - len(f"… ({len(text)} more characters)")
    if room <= 0:
        return "…"[: max(limit, 0)]
    kept = text[:room].rstrip(" \n\u200c\u200d")
    return f"{kept}… ({len(text) - len(kept)} more characters)"
