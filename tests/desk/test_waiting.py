"""Waiting is counted right across nights, weekends and clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.desk.waiting import (
    SNOOZES,
    Hours,
    NotAMoment,
    Pressure,
    due_at,
    in_words,
    is_open,
    moment_in_words,
    next_open,
    open_time,
    pressure,
    read_week,
    snoozed_until,
    waited,
)

ZAGREB = ZoneInfo("Europe/Zagreb")
SHOP = Hours(zone=ZAGREB, week=read_week({"mon-fri": "9-12, 13-17", "sat": "10-12"}))
SILENT = Hours(zone=ZAGREB)


def at(words: str, zone: ZoneInfo = ZAGREB) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone).astimezone(UTC)


MONDAY = at("2026-11-23 10:00")

moments = st.datetimes(
    datetime.fromisoformat("2026-01-01"),
    datetime.fromisoformat("2027-12-31"),
    timezones=st.just(UTC),
)
zones = st.sampled_from(
    [
        ZAGREB,
        ZoneInfo("Asia/Jakarta"),
        ZoneInfo("America/St_Johns"),
        ZoneInfo("Australia/Lord_Howe"),
    ]
)
clocks = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    week = []
    for _ in range(7):
        marks = sorted(draw(st.sets(clocks, max_size=4)))
        spans = list(zip(marks[::2], marks[1::2], strict=False))
        if len(marks) % 2:
            spans.append((marks[-1], time.max))
        week.append(tuple(spans))
    return Hours(zone=draw(zones), week=tuple(week))


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 m"),
        (timedelta(minutes=59, seconds=59), "59 m"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 d"),
        (timedelta(days=20, hours=23), "20 d"),
        (timedelta(days=21), "3 w"),
    ],
)
def test_a_length_in_words(length: timedelta, words: str) -> None:
    assert in_words(length) == words
    assert waited(MONDAY, MONDAY + length) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23 14:05", "today at 14:05"),
        ("2026-11-24 00:00", "tomorrow at 0:00"),
        ("2026-11-29 09:00", "Sunday at 9:00"),
        ("2026-11-30 09:00", "30 November at 9:00"),
        ("2027-01-02 09:00", "2 January 2027 at 9:00"),
        ("2026-11-22 09:00", "22 November at 9:00"),
    ],
)
def test_a_moment_in_words(moment: str, words: str) -> None:
    assert moment_in_words(at(moment), MONDAY, ZAGREB) == words


def test_nobody_waits() -> None:
    assert waited(None, MONDAY) == ""
    assert pressure(None, MONDAY, timedelta(hours=1), SHOP) is Pressure.NONE
    assert pressure(MONDAY, MONDAY, None, SHOP) is Pressure.NONE


@pytest.mark.parametrize(
    ("table", "day", "spans"),
    [
        ({"mon-fri": "9-17"}, 4, [(time(9), time(17))]),
        ({"mon-fri": "9-17"}, 5, []),
        ({"sat, sun": "10:30-12.15"}, 6, [(time(10, 30), time(12, 15))]),
        ({"sat-mon": "9h30-12"}, 0, [(time(9, 30), time(12))]),
        ({"Monday": "0-24"}, 0, [(time(0), time.max)]),
        ({"mo": "13-17, 9-12"}, 0, [(time(9), time(12)), (time(13), time(17))]),
        ({"mon": "9-13", "mon-tue": "12-17"}, 0, [(time(9), time(17))]),
        ({"mon": ""}, 0, []),
    ],
)
def test_a_week_is_read(table: dict[str, str], day: int, spans: list[tuple[time, time]]) -> None:
    assert list(read_week(table)[day]) == spans


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"mondey": "9-17"}, '"mondey" is no day'),
        ({"m": "9-17"}, "is no day"),
        ({"mon": "9"}, '"9" is no span'),
        ({"mon": "9-25"}, "is no span"),
        ({"mon": "9-17:60"}, "is no span"),
        ({"mon": "17-9"}, "ends before it begins"),
    ],
)
def test_a_week_that_is_wrong(table: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_week(table)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 12:00", "2026-11-23 13:00"),
        ("2026-11-23 17:00", "2026-11-24 09:00"),
        ("2026-11-28 12:00", "2026-11-30 09:00"),
        ("2026-03-28 13:00", "2026-03-30 09:00"),  # over the night when clocks go forward
        ("2026-10-24 13:00", "2026-10-26 09:00"),  # and back
    ],
)
def test_when_the_shop_opens_next(now: str, opens: str) -> None:
    assert next_open(at(now), SHOP) == at(opens)
    assert is_open(at(now), SHOP) is (now == opens)


def test_a_shop_that_says_nothing_is_always_open() -> None:
    assert is_open(MONDAY, SILENT)
    assert next_open(MONDAY, SILENT) == MONDAY
    assert open_time(MONDAY, MONDAY + timedelta(days=2), SILENT) == timedelta(days=2)
    assert due_at(MONDAY, timedelta(hours=4), SILENT) == MONDAY + timedelta(hours=4)


def test_a_span_to_midnight_meets_the_next_day() -> None:
    hours = Hours(zone=ZAGREB, week=read_week({"mon-sun": "0-24"}))
    for change in ("2026-03-29", "2026-10-25", "2026-11-23"):
        begin = at(f"{change} 00:00")
        assert open_time(begin, begin + timedelta(days=2), hours) == timedelta(days=2)
        assert is_open(begin - timedelta(microseconds=1), hours)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-27 16:30", Pressure.FINE),
        ("2026-11-28 11:30", Pressure.DUE_SOON),
        ("2026-11-28 12:00", Pressure.OVERDUE),
        ("2026-11-30 09:01", Pressure.OVERDUE),
    ],
)
def test_a_target_counts_open_hours_only(now: str, expected: Pressure) -> None:
    friday = at("2026-11-27 16:00")
    assert pressure(friday, at(now), timedelta(hours=3), SHOP) is expected


@given(moments, moments, some_hours())
def test_open_time_is_what_a_clock_on_the_wall_would_count(
    one: datetime, other: datetime, hours: Hours
) -> None:
    since = min(one, other)
    now = min(max(one, other), since + timedelta(days=4))
    counted = timedelta()
    step = timedelta(minutes=7)
    moment = since
    while moment < now:
        counted += step * (is_open(moment, hours))
        moment += step
    edges = 10 * 5 + 2  # every span's edge, and both ends, may be off by one step
    assert abs(open_time(since, now, hours) - counted) <= edges * step


@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=9)), some_hours())
def test_due_is_when_the_target_is_used_up(
    since: datetime, target: timedelta, hours: Hours
) -> None:
    due = due_at(since, target, hours)
    if due is not None:
        assert open_time(since, due, hours) == target
        assert pressure(since, due, target, hours) is Pressure.OVERDUE
        before = pressure(since, due - timedelta(microseconds=1), target, hours)
        assert before is not Pressure.OVERDUE


@given(moments, some_hours())
def test_the_next_opening_is_open_and_the_first(now: datetime, hours: Hours) -> None:
    opens = next_open(now, hours)
    if opens is None:
        assert all(not is_open(now + timedelta(hours=3 * n), hours) for n in range(60))
    else:
        assert is_open(opens, hours)
        assert open_time(now, opens, hours) == timedelta() or opens == now


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("later today", "2026-11-23 13:00"),
        ("Later", "2026-11-23 13:00"),
        ("tonight", "2026-11-23 18:00"),
        ("this evening", "2026-11-23 18:00"),
        ("tomorrow", "2026-11-24 09:00"),
        ("tomorrow morning", "2026-11-24 09:00"),
        ("tomorrow afternoon", "2026-11-24 14:00"),
        ("tomorrow, at 15:30", "2026-11-24 15:30"),
        ("today 17", "2026-11-23 17:00"),
        ("monday", "2026-11-30 09:00"),
        ("next week", "2026-11-30 09:00"),
        ("wed", "2026-11-25 09:00"),
        ("next friday noon", "2026-11-27 12:00"),
        ("sat", "2026-11-28 10:00"),
        ("sunday", "2026-11-29 09:00"),
        ("in 3 h", "2026-11-23 13:00"),
        ("3h", "2026-11-23 13:00"),
        ("in 40 min", "2026-11-23 10:40"),
        ("in 2 days", "2026-11-25 10:00"),
        ("2 weeks", "2026-12-07 10:00"),
        ("14:30", "2026-11-23 14:30"),
        ("at 9:30", "2026-11-24 09:30"),
        ("12-24", "2026-12-24 09:00"),
        ("2026-12-24 14:30", "2026-12-24 14:30"),
        ("24.12.", "2026-12-24 09:00"),
        ("24. 12. 2026. 8", "2026-12-24 08:00"),
        ("01-02", "2027-01-02 10:00"),
    ],
)
def test_snooze(words: str, moment: str) -> None:
    assert snoozed_until(words, MONDAY, SHOP) == at(moment)


def test_snooze_until_we_open() -> None:
    assert snoozed_until("next open", at("2026-11-28 12:00"), SHOP) == at("2026-11-30 09:00")
    with pytest.raises(NotAMoment):
        snoozed_until("next open", MONDAY, SHOP)


@pytest.mark.parametrize("words", SNOOZES)
def test_what_is_offered_is_understood(words: str) -> None:
    assert snoozed_until(words, MONDAY, SILENT) > MONDAY


@pytest.mark.parametrize(
    "words", ["", "soon", "in 0 h", "today 9", "2020-01-01", "13-45", "25:99", "monday 99", "02-30"]
)
def test_what_is_no_moment_is_said(words: str) -> None:
    with pytest.raises(NotAMoment, match=r"Try|Name"):
        snoozed_until(words, MONDAY, SHOP)


def test_a_morning_stays_a_morning_when_the_clocks_change() -> None:
    saturday = at("2026-10-24 20:00")
    assert snoozed_until("monday", saturday, SHOP) == at("2026-10-26 09:00")
    assert snoozed_until("monday", saturday, SHOP) - saturday == timedelta(hours=38)


PIECES = (
    *("in", "at", "next", "today", "tomorrow", "mon", "week", "tonight", "3", "99", "9999", "h"),
    *("d", "w", "12:30", "0001-01-01", "9999-12-31", "31.12.", "23:59", "morning"),
)
words = st.one_of(
    st.text(max_size=20),
    st.lists(
        st.sampled_from(PIECES),
        max_size=4,
    ).map(" ".join),
)


@given(words, moments, some_hours())
def test_any_words_mean_a_later_moment_or_none(text: str, now: datetime, hours: Hours) -> None:
    try:
        moment = snoozed_until(text, now, hours)
    except NotAMoment:
        return
    assert moment > now
    assert moment.tzinfo is UTC
