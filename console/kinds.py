"""The kinds of values in `config.toml`: what is expected, in words, and how each is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import Any

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Week = tuple[tuple[tuple[time, time], ...], ...]
"""The seven days from Monday, each with the spans in which the shop is open."""


class Kind:
    """One kind of value: what is expected, in words, and how it is read.

    `read` raises ValueError or TypeError for a value that doesn't fit.
    """

    __slots__ = ("expects", "read")

    def __init__(self, expects: str, read: Callable[[Any], object]) -> None:
        self.expects = expects
        self.read = read


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _some_text(value: object) -> str:
    if not _text(value).strip():
        raise ValueError
    return _text(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def within(least: float, most: float) -> Callable[[object], float]:
    """Reads a number from `least` to `most`."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError
        if not least <= value <= most:
            raise ValueError
        return float(value)

    return read


def one_of(kind: type[StrEnum]) -> Kind:
    """One of the words of an enum."""
    words = [f'"{each.value}"' for each in kind]
    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", lambda value: kind(_text(value)))


def _span(value: object) -> timedelta:
    number, unit = "", ""
    for sign in _text(value).replace(" ", ""):
        if sign.isdecimal() and not unit:
            number += sign
        else:
            unit += sign
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[unit]: int(number)})


def _zone(value: object) -> str:
    from zoneinfo import ZoneInfo

    ZoneInfo(_some_text(value))
    return _text(value)


def read_week(value: object) -> Week:
    """The seven days from Monday. Raises ValueError and TypeError."""
    if not isinstance(value, Mapping):
        raise TypeError
    return tuple(read_day(value.get(day, "")) for day in DAYS)


def read_day(value: object) -> tuple[tuple[time, time], ...]:
    """The spans of one day, in order and apart. Raises ValueError and TypeError."""
    spans = [_opening(span) for span in _text(value).split(",") if span.strip()]
    if any(spans[at][1] > spans[at + 1][0] for at in range(len(spans) - 1)):
        raise ValueError
    return tuple(spans)


def _opening(span: str) -> tuple[time, time]:
    opens, _, closes = span.partition("-")
    begin, end = _moment(opens), _moment(closes)
    if begin >= end:
        raise ValueError
    return begin, end


def _moment(text: str) -> time:
    hour, _, minute = text.strip().partition(":")
    if hour == "24" and minute in ("", "00"):
        return time.max
    return time(int(hour), int(minute or "0"))


def _table(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError
    plain = {}
    for key, setting in value.items():
        if isinstance(setting, bool):
            plain[key] = "yes" if setting else "no"
        elif isinstance(setting, str | int | float):
            plain[key] = str(setting)
        else:
            raise TypeError
    return plain


def _keys(value: object) -> str | list[str]:
    if isinstance(value, list) and value:
        return [_some_text(key) for key in value]
    return _some_text(value)


TEXT = Kind("text in quotes", _text)
SOME_TEXT = Kind("text in quotes, not empty", _some_text)
YES_OR_NO = Kind("true or false", _truth)
SPAN = Kind('a span like "30m", "4h" or "2d"', _span)
ZONE = Kind('the name of a time zone, like "Europe/Zagreb"', _zone)
HOURS = Kind(
    'a table of days, each like "9:00-12:00, 13:00-17:00", in order; a day without one is closed',
    read_week,
)
SETTINGS = Kind("a table of texts, numbers and true or false", _table)
KEY_NAMES = Kind('a key in quotes, like "r", or a list of such keys', _keys)
