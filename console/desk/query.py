"""The search language: words, phrases and filters, read without ever refusing a line.

    parcel "never came" -refund from:ana network:mastodon lane:private is:waiting before:2026-11-01

A space means *and*; a minus takes out. A filter given twice means *or* (`tag:a tag:b`), except
`is:` and `has:`, which add up. What can't be read as a filter is searched as words, with a hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum

from connectors.contract import Lane


class Is(StrEnum):
    """What `is:` asks of a thread."""

    OPEN = "open"
    DONE = "done"
    SNOOZED = "snoozed"
    WAITING = "waiting"
    UNREAD = "unread"


class Has(StrEnum):
    """What `has:` asks of a thread."""

    DRAFT = "draft"
    NOTE = "note"
    ATTACHMENT = "attachment"
    OUTBOX = "outbox"
    """A delivery that is not settled, or was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked of a thread beside its words; of each kind, one fit is enough."""

    senders: tuple[str, ...] = ()
    """Parts of names or handles, without the first `@`."""
    networks: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    tags: tuple[str, ...] = ()
    states: tuple[Is, ...] = ()
    """In `Query.only` all of them must fit."""
    having: tuple[Has, ...] = ()
    """In `Query.only` all of them must fit."""


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for, in small letters throughout."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    """Words that stand one after the other, with a space between."""
    partial: str | None = None
    """The last word, still being typed: anything that begins with it. It isn't in `words`."""
    without: tuple[str, ...] = ()
    """Words and phrases that must not be there."""
    only: Filters = NO_FILTERS
    never: Filters = NO_FILTERS
    """None of these may fit."""
    since: date | None = None
    """Messages of this day or later."""
    before: date | None = None
    """Messages of before this day."""
    hints: tuple[str, ...] = ()
    """What was not understood, for people; the search runs all the same."""

    @property
    def empty(self) -> bool:
        """True when it asks for nothing: everything fits."""
        return self == Query(hints=self.hints)

    @property
    def has_text(self) -> bool:
        """True when it looks for words, not for filters alone."""
        return bool(self.words or self.phrases or self.partial or self.without)


PREFIXES = (
    "from",
    "network",
    "account",
    "lane",
    "is",
    "has",
    "tag",
    "after",
    "before",
)
"""The filters there are, in the order to offer them."""

CHOICES: dict[str, tuple[str, ...]] = {
    "lane": tuple(Lane),
    "is": tuple(Is),
    "has": tuple(Has),
}
"""Filters that take one of a few values."""

_ALIASES = {"in": "lane", "since": "after", "until": "before", "label": "tag", "on": "network"}

_TOKEN = re.compile(
    r"""(?P<minus>-)?(?:(?P<prefix>[^\W\d_]{2,12}):|(?=\S))"""
    r"""(?:"(?P<quoted>[^"]*)(?P<closed>")?|(?P<bare>[^\s"]+))?""",
)
# Not `\W`: the vowel signs of Hindi or Thai are no word characters to Python.
_BETWEEN = re.compile(r"[\s!-/:-@\[-`{-~¡«»¿‐-‧‹›⁇-⁉\u2000-\u200b\u3000-\u303f]+")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_AGO_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse(text: str, today: date, *, partial: bool = False) -> Query:
    """Read a line. `partial`: somebody is still typing, so the last word may be its beginning."""
    reader = _Reader(today)
    tokens = list(_TOKEN.finditer(text))
    for token in tokens:
        growing = partial and token.end() == len(text) and not token["closed"]
        reader.take(token, growing=growing)
    return reader.query()


class _Reader:
    def __init__(self, today: date) -> None:
        self.today = today
        self.words: list[str] = []
        self.phrases: list[str] = []
        self.without: list[str] = []
        self.partial: str | None = None
        self.filters: dict[tuple[str, bool], list[str]] = {}
        self.days: dict[str, date] = {}
        self.hints: list[str] = []

    def take(self, token: re.Match[str], *, growing: bool) -> None:
        minus = token["minus"] is not None
        prefix = (token["prefix"] or "").lower()
        value = token["quoted"] or token["bare"] or ""
        if prefix and self._filter(_ALIASES.get(prefix, prefix), value.strip(), minus, growing):
            return
        words = _words(f"{prefix} {value}" if prefix else value)
        if not words:
            return
        if minus:
            self.without.append(" ".join(words))
        elif growing:
            self.words.extend(words[:-1])
            self.partial = words[-1]
        elif len(words) > 1 and not prefix:
            # 4711-A and o'clock too: what stands together is looked for together.
            self.phrases.append(" ".join(words))
        else:
            self.words.extend(words)

    def _filter(self, name: str, value: str, minus: bool, growing: bool) -> bool:
        if name not in PREFIXES:
            near = get_close_matches(name, (*PREFIXES, *_ALIASES), n=1, cutoff=0.7)
            if near:
                meant = _ALIASES.get(near[0], near[0])
                self.hints.append(
                    f"There is no filter {name}:, so it is searched as a word."
                    f" Did you mean {meant}:?"
                )
            return False
        if not value:
            if not growing:
                self.hints.append(f"{name}: needs {_needs(name)}.")
            return True
        if name in ("after", "before"):
            self._day(name, value, minus=minus)
            return True
        folded = value.casefold()
        if name == "from":
            folded = folded.removeprefix("@")
        if name in CHOICES and folded not in CHOICES[name]:
            near = get_close_matches(folded, CHOICES[name], n=1)
            meant = f" Did you mean {name}:{near[0]}?" if near else ""
            self.hints.append(f"{name}: needs {_needs(name)}, not “{value}”.{meant}")
            return True
        self.filters.setdefault((name, minus), []).append(folded)
        return True

    def _day(self, name: str, value: str, *, minus: bool) -> None:
        day = _day(value, self.today)
        if day is None:
            self.hints.append(f"{name}: needs {_needs(name)}, not “{value}”.")
            return
        if minus:
            name = "after" if name == "before" else "before"
        known = self.days.get(name)
        narrower = max if name == "after" else min
        self.days[name] = day if known is None else narrower(day, known)

    def query(self) -> Query:
        return Query(
            words=tuple(self.words),
            phrases=tuple(self.phrases),
            partial=self.partial,
            without=tuple(self.without),
            only=self._filters(minus=False),
            never=self._filters(minus=True),
            since=self.days.get("after"),
            before=self.days.get("before"),
            hints=tuple(dict.fromkeys(self.hints)),
        )

    def _filters(self, *, minus: bool) -> Filters:
        def given(name: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(self.filters.get((name, minus), ())))

        return Filters(
            senders=given("from"),
            networks=given("network"),
            accounts=given("account"),
            lanes=tuple(Lane(one) for one in given("lane")),
            tags=given("tag"),
            states=tuple(Is(one) for one in given("is")),
            having=tuple(Has(one) for one in given("has")),
        )


def _words(text: str) -> list[str]:
    pieces = _BETWEEN.split(text.casefold())
    return [piece for piece in pieces if any(one.isalnum() for one in piece)]


def _needs(name: str) -> str:
    if name in CHOICES:
        return f"one of {', '.join(CHOICES[name])}"
    if name in ("after", "before"):
        return "a day like 2026-11-01, yesterday or 3d"
    return "a name"


def _day(value: str, today: date) -> date | None:
    """A day, the first of a month or year, or a length of time ago."""
    value = value.casefold()
    if value in ("today", "yesterday"):
        return today - timedelta(days=value == "yesterday")
    try:
        found = _DAY.fullmatch(value)
        if found:
            return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
        ago = _AGO.fullmatch(value)
        if ago:
            return today - timedelta(days=int(ago[1]) * _AGO_DAYS[ago[2]])
    except (ValueError, OverflowError):
        pass
    return None
