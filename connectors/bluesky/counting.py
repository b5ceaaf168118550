"""How long a text is as Bluesky counts it: in signs as a person sees them, and in bytes."""

from __future__ import annotations

POST, MESSAGE = 300, 1_000
"""Signs (grapheme clusters) of a post and of a private message."""
BYTES_EACH = 10
"""A text may also have ten bytes for each sign that it may have (lexicons of app.bsky.feed.post
and chat.bsky.convo)."""


def used(text: str) -> int:
    """What a text uses of its limit: its signs, or the tenth of its bytes where that is more."""
    size = len(text.encode("utf-8", "replace"))
    return max(_signs(text), -(-size // BYTES_EACH))


def _signs(text: str) -> int:
    if text.isascii() and "\r" not in text:
        return len(text)
    # 10 ms at the start, and most texts never need it.
    from regex import findall  # type: ignore[import-untyped]

    return len(findall(r"\X", text))
