"""The only door from a string to the screen.

Strangers' text was cleaned when it came in. It is cleaned here again, because one forgotten path
would hand the terminal to whoever writes to us. What leaves this door is made of segments, which
know no markup: `[bold]` stays `[bold]`, and nothing becomes a link or an action.

Widths are cells of the terminal, not characters. Terminals disagree on how wide joined emoji, skin
tones, flags and presentation marks are, and a line that is wider than was counted pushes the panes
apart. So they are drawn apart and plain: the same width everywhere. What is stored and sent keeps
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.content import Content
from textual.strip import Strip

from console.desk.plain import LIMIT, plain, plain_line

Span = tuple[str, Style | None]
"""A piece of a line and how it looks."""

_WORD = re.compile(r"\s*\S+")
_UNSURE = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]+")
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+")
_SPACE = " " * 256
# Textual's filters, such as the one for NO_COLOR, take no segment without a style.
_NO_STYLE = Style.null()
# More characters than any cell of our own text needs: marks stand on one character.
_DEEP = 12


_ellipsis = "…"


def use_ellipsis(sign: str) -> None:
    """How what is left out is shown; a terminal that writes ASCII only needs another sign."""
    global _ellipsis
    _ellipsis = sign


def ascii_only() -> bool:
    """True on a terminal whose own signs are to be ASCII."""
    return _ellipsis != "…"


def unfinished(words: str) -> str:
    """Words with the sign that more will come: `reading…`."""
    return words + _ellipsis


def line(text: str, limit: int = 400) -> str:
    """The text on one line, harmless."""
    return even(plain_line(text, limit))


def block(text: str, limit: int = LIMIT) -> str:
    """The text with its line breaks, harmless."""
    return even(plain(text, limit=limit))


def even(text: str) -> str:
    """The text without what makes its width a matter of opinion."""
    if text.isascii():
        return text
    text = _UNSURE.sub("", text)
    return _FLAGS.sub(_letters, text) if _FLAGS.search(text) else text


def _letters(flag: re.Match[str]) -> str:
    """A flag as the country's letters, `🇭🇷` as `HR`."""
    return "".join(chr(ord(sign) - 0x1F1E6 + ord("A")) for sign in flag.group())


def content(text: str, style: str = "") -> Content:
    """The text for a stock widget: harmless, and never read as markup."""
    shown = Content(block(text))
    return shown.stylize(style) if style else shown


def width(text: str) -> int:
    """How many cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, room: int, ellipsis: str = "") -> str:
    """The text in at most `room` cells, with an ellipsis where something is missing."""
    ellipsis = ellipsis or _ellipsis
    if room <= 0:
        return ""
    if text.isascii():
        if len(text) <= room:
            return text
        return text[: max(room - len(ellipsis), 0)] + ellipsis[:room]
    head = text[: room * _DEEP + 64]
    if len(head) == len(text) and cell_len(text) <= room:
        return text
    space = room - len(ellipsis)
    if space <= 0:
        return ellipsis[:room]
    taken, end = 0, 0
    for start, stop, cells in split_graphemes(head)[0]:
        if taken + cells > space:
            end = start
            break
        taken += cells
        end = stop
    return head[:end].rstrip() + ellipsis


def fit(text: str, room: int, *, right: bool = False) -> str:
    """The text in exactly `room` cells: cut, or filled with blanks."""
    text = cut(text, room)
    blank = " " * (room - width(text))
    return blank + text if right else text + blank


def wrap(text: str, room: int) -> list[str]:
    """The text in lines of at most `room` cells; words that are longer are broken.

    Takes time in proportion to the text, whatever it is made of.
    """
    room = max(room, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if paragraph.isascii():
            if len(paragraph) <= room:
                lines.append(paragraph.rstrip())
            else:
                _wrap_narrow(paragraph, room, lines)
        else:
            _wrap_wide(paragraph, room, lines)
    return lines


def _wrap_narrow(text: str, room: int, lines: list[str]) -> None:
    start, end = 0, len(text)
    while end - start > room:
        stop = text.rfind(" ", start, start + room + 1)
        # A blank at the very start is an indent, not a place to break.
        if stop <= start or not text[start:stop].strip():
            lines.append(text[start : start + room])
            start += room
        else:
            lines.append(text[start:stop].rstrip())
            start = stop
        # Each blank is passed once.
        while start < end and text[start] == " ":
            start += 1
    if start < end:
        lines.append(text[start:].rstrip())


def _wrap_wide(text: str, room: int, lines: list[str]) -> None:
    parts: list[str] = []
    used = 0
    for match in _WORD.finditer(text):
        word = match.group()
        cells = cell_len(word)
        if used + cells <= room:
            parts.append(word)
            used += cells
            continue
        if parts:
            lines.append("".join(parts))
            parts, used = [], 0
            word = word.lstrip()
            cells = cell_len(word)
        if cells <= room:
            parts, used = [word], cells
            continue
        *whole, rest = _broken(word, room)
        lines.extend(whole)
        parts, used = [rest], cell_len(rest)
    if parts or not text.strip():
        lines.append("".join(parts).rstrip())


def _broken(word: str, room: int) -> list[str]:
    """One long word in pieces of at most `room` cells, between its graphemes."""
    pieces: list[str] = []
    begin, used = 0, 0
    for start, _, cells in split_graphemes(word)[0]:
        if used + cells > room and start > begin:
            pieces.append(word[begin:start])
            begin, used = start, 0
        used += cells
    pieces.append(word[begin:])
    return pieces


class _Nothing(FIFOCache[Any, Any]):
    """Keeps nothing."""

    __slots__ = ()

    def get(self, key: object, default: object = None) -> Any:  # noqa: ANN401 - as Textual's
        return default

    def __setitem__(self, key: object, value: object) -> None:
        return


_NOTHING = _Nothing(0)


class _Line(Strip):
    """A strip that keeps no cuts of itself: ours are painted as they are, and there are many."""

    __slots__ = ()

    def __init__(self, segments: list[Segment], cells: int) -> None:
        self._segments = segments
        self._cell_length = cells
        self._divide_cache = self._crop_cache = self._style_cache = self._filter_cache = _NOTHING
        self._line_length_cache = self._crop_extend_cache = self._offsets_cache = _NOTHING
        self._render_cache = self._link_ids = self._cell_count = None


def strip(spans: Iterable[Span], room: int, fill: Style | None = None) -> Strip:
    """One line of exactly `room` cells. Whatever could act is cleaned away even here."""
    segments: list[Segment] = []
    used = 0
    for text, style in spans:
        if not text:
            continue
        if not text.isprintable():
            text = plain(text).replace("\n", " ")
        if ascii_only():
            # The store cuts previews with its own sign.
            text = text.replace("…", _ellipsis)
        if text.isascii():
            cells = len(text)
        else:
            text = even(text)
            cells = cell_len(text)
        if used + cells > room:
            text = cut(text, room - used)
            cells = width(text)
        if cells:
            segments.append(Segment(text, style or _NO_STYLE))
            used += cells
        if used >= room:
            break
    if used < room:
        blank = room - used
        segments.append(Segment(_SPACE[:blank] if blank <= 256 else " " * blank, fill or _NO_STYLE))
    return _Line(segments, room)


def joined(left: Strip, right: Strip) -> Strip:
    """Two parts of a line as one."""
    return _Line([*left, *right], left.cell_length + right.cell_length)


@lru_cache(maxsize=32)
def blank(room: int) -> Strip:
    """An empty line; the same one each time."""
    return strip((), room)


def both_ends(
    left: Sequence[Span], right: Sequence[Span], room: int, fill: Style | None = None
) -> Strip:
    """One line with something at either end; the left end is what gives way."""
    end = sum(width(text) for text, _ in right)
    if not right or end + 2 > room:
        return strip(left, room, fill)
    space = room - end - 1
    spans: list[Span] = []
    used = 0
    for text, style in left:
        cells = width(text)
        if used + cells > space:
            kept = cut(text, space - used)
            spans.append((kept, style))
            used += width(kept)
            break
        spans.append((text, style))
        used += cells
    spans.append((" " * (room - end - used), fill))
    spans.extend(right)
    return strip(spans, room, fill)
