"""How long a text is, as it stands in an event."""

from __future__ import annotations

import json

LIMIT = 28_000
"""Bytes of a text. An event has 65,536; an edit carries its text twice, and a frame goes around."""


def size(text: str) -> int:
    """Bytes of a text within an event: UTF-8, with JSON's escapes."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2
