"""The fields of what a Bot API server says: read, or named as what is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

Raw = Mapping[str, object]

BIGGEST = 1 << 53
"""Ids have up to 52 bits (Bot API)."""


class Odd(ValueError):
    """Something isn't what the Bot API says it is. The words name the field."""


def thing(raw: object, name: str) -> Raw:
    """An object. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"{name}: not an object")
    return raw


def number(raw: Raw, field: str, name: str = "") -> int:
    """A whole number that Telegram can mean (up to 52 bits). Raises `Odd`."""
    found = raw.get(field)
    if not isinstance(found, int) or isinstance(found, bool) or not -BIGGEST < found < BIGGEST:
        raise Odd(f"{name or field}: not a number")
    return found


def maybe_number(raw: Raw, field: str) -> int | None:
    """A number that may be missing. Raises `Odd` where it is something else."""
    return None if raw.get(field) is None else number(raw, field)


def text(raw: Raw, field: str, name: str = "") -> str:
    """A text that isn't empty. Raises `Odd`."""
    found = raw.get(field)
    if not isinstance(found, str) or not found:
        raise Odd(f"{name or field}: not a text")
    return found


def moment(raw: Raw, field: str) -> datetime:
    """A moment, given in seconds since 1970. Raises `Odd`."""
    try:
        return datetime.fromtimestamp(number(raw, field), tz=UTC)
    except (OverflowError, OSError, ValueError):
        raise Odd(f"{field}: not a moment") from None


def some(found: object) -> str:
    """A text that may be missing, without what surrounds it."""
    return found.strip() if isinstance(found, str) else ""


def as_username(found: object) -> str:
    """A username that can be part of a link; else empty."""
    name = some(found)
    return name if re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) else ""
