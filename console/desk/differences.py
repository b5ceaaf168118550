"""What was changed between two texts, word by word: a draft beside what its template says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

_TOKEN = re.compile(r"\{\{.*?\}\}|\w+|\s+|[^\w\s]", re.DOTALL)

MOST = 400_000
"""Word pairs that are compared at most: two long texts with nothing in common take too long."""


class Change(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


class Difference(NamedTuple):
    """A run of words with what became of them."""

    change: Change
    text: str


def differences(before: str, after: str) -> tuple[Difference, ...]:
    """The runs of words that lead from one text to the other, in order.

    What was kept and removed is `before`, what was kept and added is `after`, sign by sign.
    """
    olds, news = _tokens(before), _tokens(after)
    start = _alike(olds, news)
    rest = min(len(olds), len(news)) - start
    end = min(_alike(olds[::-1], news[::-1]), rest)
    found: list[Difference] = []
    _add(found, Change.KEPT, olds[:start])
    _middle(found, olds[start : len(olds) - end], news[start : len(news) - end])
    _add(found, Change.KEPT, olds[len(olds) - end :])
    return tuple(found)


def _middle(found: list[Difference], olds: Sequence[str], news: Sequence[str]) -> None:
    if len(olds) * len(news) > MOST:
        _add(found, Change.REMOVED, olds)
        _add(found, Change.ADDED, news)
        return
    for what, i, j, m, n in _whole(SequenceMatcher(None, olds, news, autojunk=False), olds):
        if what == "equal":
            _add(found, Change.KEPT, olds[i:j])
        else:
            _add(found, Change.REMOVED, olds[i:j])
            _add(found, Change.ADDED, news[m:n])


def _whole(
    matcher: SequenceMatcher[str], olds: Sequence[str]
) -> list[tuple[str, int, int, int, int]]:
    """The steps with changes that only a blank keeps apart made one: they read better whole."""
    steps: list[tuple[str, int, int, int, int]] = []
    codes = matcher.get_opcodes()
    for place, (tag, i, j, m, n) in enumerate(codes):
        blank = tag == "equal" and "".join(olds[i:j]).isspace() and "\n" not in "".join(olds[i:j])
        between = 0 < place < len(codes) - 1
        what = "other" if tag != "equal" or (blank and between) else "equal"
        if steps and what == "other" and steps[-1][0] == "other":
            _, i0, _, m0, _ = steps[-1]
            steps[-1] = ("other", i0, j, m0, n)
        else:
            steps.append((what, i, j, m, n))
    return steps


def _alike(ones: Sequence[str], others: Sequence[str]) -> int:
    place = 0
    for one, other in zip(ones, others, strict=False):
        if one != other:
            break
        place += 1
    return place


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _add(found: list[Difference], change: Change, tokens: Sequence[str]) -> None:
    if tokens:
        found.append(Difference(change, "".join(tokens)))
