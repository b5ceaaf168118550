"""How long somebody has been waiting, when we are open, and when a snoozed thread comes back.

Moments come in and go out aware and in UTC. A day's hours are wall-clock times in the shop's time
zone, so they move with daylight saving; a target counts hours in which we are open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
MORNING = time(9)
"""When a morning begins where the shop says nothing."""
LATER = timedelta(hours=3)
"""What "later today" adds."""
SOON = 0.75
"""The part of a target after which it is due soon."""

_LOOK_AHEAD = 370
"""How many days ahead an opening is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When the shop is open: spans of wall-clock time by weekday, Monday first.

    Spans are in their order and apart, and each ends after it begins; one that ends at
    `time.max` goes on to midnight. No spans at all mean that the shop says nothing about its
    hours, and time always counts.
    """

    zone: ZoneInfo
    week: tuple[tuple[tuple[time, time], ...], ...] = ((),) * 7

    @property
    def said(self) -> bool:
        """False when the shop says nothing about its hours."""
        return any(self.week)


class Pressure(StrEnum):
    """How a wait stands against its target."""

    NONE = "none"
    """Nobody waits, or there is no target."""
    FINE = "fine"
    DUE_SOON = "due soon"
    OVERDUE = "overdue"


class NotAMoment(ValueError):
    """Words that say no moment to come back at; the message says what would."""


def read_week(table: dict[str, str]) -> tuple[tuple[tuple[time, time], ...], ...]:
    """Weekly hours from `{"mon-fri": "9-17", "sat": "9:00-12:00, 13:00-15:00"}`.

    Raises `ValueError` with the words for a person.
    """
    week: list[list[tuple[time, time]]] = [[] for _ in DAYS]
    for days, spans in table.items():
        for day in _days(days):
            week[day].extend(_span(span) for span in spans.split(",") if span.strip())
    return tuple(_merged(sorted(day)) for day in week)


def in_words(length: timedelta) -> str:
    """A length of time, short: `now`, `40 m`, `2 h`, `3 d`, `5 w`."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} m"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    days = minutes // (24 * 60)
    return f"{days} d" if days < 21 else f"{days // 7} w"


def waited(since: datetime | None, now: datetime) -> str:
    """How long somebody has been waiting, in words; nothing when nobody is."""
    return "" if since is None else in_words(now - since)


def moment_in_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment as people say it: `today at 14:00`, `tomorrow at 9:00`, `Monday at 9:00`."""
    there, here = moment.astimezone(zone), now.astimezone(zone)
    days = (there.date() - here.date()).days
    clock = f"{there.hour}:{there.minute:02}"
    if days in (0, 1):
        return f"{('today', 'tomorrow')[days]} at {clock}"
    if 1 < days < 7:
        return f"{DAYS[there.weekday()].capitalize()} at {clock}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{there.day} {MONTHS[there.month - 1]}{year} at {clock}"


def is_open(now: datetime, hours: Hours) -> bool:
    """True when the shop is open, or says nothing about its hours."""
    if not hours.said:
        return True
    today = now.astimezone(hours.zone).date()
    return any(begin <= now < end for begin, end in _spans_of(today, hours))


def next_open(now: datetime, hours: Hours) -> datetime | None:
    """When the shop opens next; now when it is open. None when it never does within a year."""
    if is_open(now, hours):
        return now
    return next((begin for begin, _ in _spans_from(now, hours) if begin > now), None)


def open_time(since: datetime, now: datetime, hours: Hours) -> timedelta:
    """How much of the time between two moments the shop was open."""
    if not hours.said:
        return max(now - since, timedelta())
    total = timedelta()
    for begin, end in _spans_from(since, hours):
        if begin >= now:
            break
        total += max(min(end, now) - max(begin, since), timedelta())
    return total


def due_at(since: datetime, target: timedelta, hours: Hours) -> datetime | None:
    """When a wait reaches its target, in open time. None when it doesn't within a year."""
    if not hours.said:
        return since + target
    left = target
    for begin, end in _spans_from(since, hours):
        counted = end - max(begin, since)
        if counted <= timedelta():
            continue
        if left <= counted:
            return max(begin, since) + left
        left -= counted
    return None


def pressure(
    since: datetime | None, now: datetime, target: timedelta | None, hours: Hours
) -> Pressure:
    """How a wait stands against its target."""
    if since is None or target is None:
        return Pressure.NONE
    due = due_at(since, target, hours)
    soon = due_at(since, target * SOON, hours)
    if due is not None and now >= due:
        return Pressure.OVERDUE
    return Pressure.DUE_SOON if soon is not None and now >= soon else Pressure.FINE


SNOOZES = ("later today", "tonight", "tomorrow", "monday", "next week", "in 3 h", "in 2 d")
"""What to offer somebody who snoozes a thread."""


def snoozed_until(words: str, now: datetime, hours: Hours) -> datetime:
    """The moment that words like `tomorrow morning`, `in 3 h` or `12-24 14:30` mean.

    A day without a time means the morning, when the shop opens. It is always later than now.
    Raises `NotAMoment`.
    """
    asked = " ".join(words.casefold().replace(",", " ").split())
    try:
        moment = _length_from(asked, now) or _named(asked, now, hours) or _dated(asked, now, hours)
    except OverflowError:
        moment = None
    if moment is None:
        raise NotAMoment(f"“{words}” is no moment that is understood. Try {', '.join(SNOOZES)}.")
    if moment <= now:
        raise NotAMoment(f"“{words}” is over already. Name a moment that is to come.")
    return moment


# --- hours -----------------------------------------------------------------------------------


def _days(words: str) -> Iterable[int]:
    found: list[int] = []
    for part in words.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        begin = _day(first, words)
        end = _day(last, words) if dash else begin
        found.extend((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return found


def _merged(spans: list[tuple[time, time]]) -> tuple[tuple[time, time], ...]:
    merged: list[tuple[time, time]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def _day(word: str, words: str) -> int:
    for place, day in enumerate(DAYS):
        if len(word) >= 2 and day.startswith(word):
            return place
    raise ValueError(f'"{words}" is no day: write mon, tue-fri, or sat, sun')


def _span(words: str) -> tuple[time, time]:
    first, _, last = words.partition("-")
    begin, end = _time(first), _time(last)
    if begin is None or end is None:
        raise ValueError(f'"{words.strip()}" is no span of time: write 9-17 or 9:30-12:00')
    if end == time(0):
        end = time.max
    if end <= begin:
        raise ValueError(f'"{words.strip()}" ends before it begins; split it at midnight')
    return begin, end


def _time(words: str) -> time | None:
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2}))?", words.strip())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour == 24 and minute == 0:
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A wall-clock time in UTC; one that a clock change skips is moved behind it."""
    if clock == time.max:
        day, clock = day + timedelta(days=1), time(0)
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _spans_of(day: date, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    for begin, end in hours.week[day.weekday()]:
        yield _at(day, begin, hours.zone), _at(day, end, hours.zone)


def _spans_from(moment: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """Open spans in their order, from the one that the moment is in or before."""
    today = moment.astimezone(hours.zone).date()
    for ahead in range(_LOOK_AHEAD):
        for begin, end in _spans_of(today + timedelta(days=ahead), hours):
            if end > moment:
                yield begin, end


# --- snoozing ----------------------------------------------------------------------------------


_UNITS = {"m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60, "d": 1440, "day": 1440, "w": 10080}
_UNITS |= {"week": 10080}

_pattern = cache(re.compile)


def _length_from(asked: str, now: datetime) -> datetime | None:
    found = _pattern(r"(?:in )?(\d{1,4}) ?([a-z]+?)s?").fullmatch(asked)
    if not found or found[2] not in _UNITS:
        return None
    return now + timedelta(minutes=int(found[1]) * _UNITS[found[2]])


def _named(asked: str, now: datetime, hours: Hours) -> datetime | None:
    here = now.astimezone(hours.zone)
    if asked in ("later", "later today"):
        return now + LATER
    if asked in ("tonight", "this evening", "evening"):
        return _at(here.date(), time(18), hours.zone)
    if asked in ("next open", "when open", "opening"):
        opens = next_open(now, hours)
        return opens if opens != now else None
    first, _, rest = asked.partition(" ")
    if first == "next":
        first, _, rest = rest.partition(" ")
        first = "monday" if first == "week" else first
    day = _named_day(first, here.date())
    return None if day is None else _on(day, rest, hours)


def _named_day(word: str, today: date) -> date | None:
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
    for place, day in enumerate(DAYS):
        if len(word) >= 3 and day.startswith(word):
            return today + timedelta(days=(place - today.weekday() - 1) % 7 + 1)
    return None


def _dated(asked: str, now: datetime, hours: Hours) -> datetime | None:
    today = now.astimezone(hours.zone).date()
    clock = _pattern(r"(?:at )?(\d{1,2}:\d{2})").fullmatch(asked)
    if clock:
        at = _time(clock[1])
        if at is None:
            return None
        moment = _at(today, at, hours.zone)
        return moment if moment > now else _at(today + timedelta(days=1), at, hours.zone)
    found = _pattern(
        r"(?:(?P<y>\d{4})-)?(?P<m>\d{1,2})-(?P<d>\d{1,2})(?: (?P<t>.+))?"  # 2026-12-24, 12-24
        r"|(?P<d2>\d{1,2})\. ?(?P<m2>\d{1,2})\.(?: ?(?P<y2>\d{4})\.?)?(?: (?P<t2>.+))?"  # 24.12.
    ).fullmatch(asked)
    if not found:
        return None
    year, month, dayth, rest = (found[one] or found[one + "2"] for one in "ymdt")
    try:
        day = date(int(year or today.year), int(month), int(dayth))
        if not year and day < today:
            day = day.replace(year=today.year + 1)
    except ValueError:
        return None
    return _on(day, rest or "", hours)


_PARTS = {"noon": time(12), "afternoon": time(14), "evening": time(18), "night": time(20)}


def _on(day: date, rest: str, hours: Hours) -> datetime | None:
    """A day at what the rest of the words say: nothing and `morning` mean when we open."""
    rest = rest.removeprefix("at ")
    if rest in ("", "morning"):
        spans = hours.week[day.weekday()]
        return _at(day, spans[0][0] if spans else MORNING, hours.zone)
    clock = _PARTS.get(rest) or _time(rest)
    return None if clock is None else _at(day, clock, hours.zone)
