"""Every sign the chrome is drawn with, each with an ASCII twin."""

from __future__ import annotations

import locale
from typing import NamedTuple


class Glyphs(NamedTuple):
    """The signs of one set. Words carry the meaning; a sign only helps the eye."""

    cursor: str
    unread: str
    mark: str
    bar: str
    quote: str
    rule: str
    column: str
    open: str
    close: str
    ellipsis: str
    dot: str
    flag: str
    down: str
    thumb: str


FULL = Glyphs(
    cursor=">",
    unread="•",
    mark="x",
    bar="│",
    quote="┆",
    rule="─",
    column="│",
    open="▌",
    close="▐",
    ellipsis="…",
    dot="·",
    flag="!",
    down="↓",
    thumb="┃",
)
PLAIN = Glyphs(
    cursor=">",
    unread="*",
    mark="x",
    bar="|",
    quote=":",
    rule="-",
    column="|",
    open="[[",
    close="]]",
    ellipsis="~",
    dot="-",
    flag="!",
    down="v",
    thumb="#",
)


def glyphs(*, ascii_only: bool | None = None) -> Glyphs:
    """The set for this terminal. None: what the locale can write decides."""
    if ascii_only is None:
        encoding = locale.getpreferredencoding(do_setlocale=False).lower()
        ascii_only = encoding.replace("-", "") not in {"utf8", "utf"}
    return PLAIN if ascii_only else FULL
