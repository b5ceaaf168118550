"""How long a text is on Telegram: in UTF-16 units, as its entities are counted."""

from __future__ import annotations

LIMIT = 4096
"""Of a message (Bot API, sendMessage)."""
UNIT = "UTF-16 units"


def units(text: str) -> int:
    """The length of a text: an emoji beyond the first 65,536 signs counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
