"""How long a text is, as the server will count it.

Mastodon counts what a person sees as one sign (a grapheme), any web address as 23, somebody on
another server as `@name` alone, and the content warning too. GoToSocial, snac2 and others count
every character as it stands. Source: mastodon's StatusLengthValidator, and section 2.1b.
"""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"(?<![\w@/])https?://[^\s<>\"]+", re.IGNORECASE)
_SOMEBODY = re.compile(r"(?<![=/\w])@(\w(?:[\w.-]{0,120}\w)?)@[\w.-]{1,250}\w")
_TRAILING = re.compile(r"[.,:;!?'\")\]}]+$")


def length(text: str, *, as_mastodon: bool, url_length: int = 23) -> int:
    """The length of a text in the server's own unit."""
    if not text:
        return 0
    if not as_mastodon:
        return len(text)
    if "://" in text:
        text = _ADDRESS.sub(lambda found: _stand_in(found[0], url_length), text)
    if "@" in text:
        text = _SOMEBODY.sub(r"@\1", text)
    return graphemes(text)


def graphemes(text: str) -> int:
    """How many signs a person sees (Unicode UAX #29)."""
    if text.isascii() and "\r" not in text:
        return len(text)
    # 10 ms at the start, and most texts never need it.
    from regex import findall  # type: ignore[import-untyped]

    return len(findall(r"\X", text))


def _stand_in(address: str, url_length: int) -> str:
    """As many signs as the server counts for an address; what follows it is not part of it."""
    tail = _TRAILING.search(address)
    return "x" * url_length + (tail[0] if tail else "")
