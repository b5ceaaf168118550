"""What tells a draft's words from others: a digest that editors' blanks don't change."""

from __future__ import annotations


def digest(text: str, acknowledgement: str | None) -> str:
    """A digest of a draft's words. Blanks at line ends and at the end are no part of them: editors
    add them and take them away."""
    # Not at the top: every start of the console imports this room, and few need a digest.
    from hashlib import sha256

    parts = [_trimmed(text)]
    if acknowledgement is not None and acknowledgement.strip():
        parts.append(_trimmed(acknowledgement))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")
