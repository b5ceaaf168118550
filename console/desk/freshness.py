"""Whether an answer still fits its question: what has happened since its writer last looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.desk.model import Message, MessageId


class NewsKind(StrEnum):
    """What can have happened since."""

    WROTE = "wrote again"
    EDITED = "edited"
    DELETED = "deleted"
    CLOSED = "closed"
    WINDOW = "the reply window passed"
    """Nobody can look this away: the network takes no answer any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that happened since. `was` holds the former words of an edit or a deletion."""

    kind: NewsKind
    words: str
    message: MessageId | None = None
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A customer's message was edited or taken away: what it had said, and when we heard of it."""

    id: int
    message: MessageId
    kind: NewsKind
    was: str
    at: datetime


def news(
    *,
    name: str,
    wrote: Sequence[Message],
    revisions: Iterable[Revision],
    closed: bool,
    window: timedelta | None,
    asked_at: datetime | None,
    now: datetime,
) -> tuple[News, ...]:
    """What a writer has not seen, the gravest first; nothing when the answer still fits.

    `wrote` are the customer's messages since, `revisions` the edits and deletions since of what
    they wrote before, `asked_at` their last words in the lane that would be answered.
    """
    found: list[News] = []
    if window is not None and asked_at is not None and now > asked_at + window:
        found.append(
            News(
                kind=NewsKind.WINDOW,
                words=f"The network takes an answer within {_span(window)} of {name}'s last words, "
                "and that has passed. It can't be sent there any more.",
            )
        )
    found += [
        News(kind=NewsKind.WROTE, message=message.id, words=f"{name} wrote again.")
        for message in wrote
    ]
    first: dict[MessageId, Revision] = {}
    last: dict[MessageId, Revision] = {}
    for revision in revisions:
        first.setdefault(revision.message, revision)
        last[revision.message] = revision
    verbs = {
        NewsKind.EDITED: "edited what they wrote.",
        NewsKind.DELETED: "took back what they wrote.",
    }
    found += [
        News(
            kind=revision.kind,
            message=message,
            words=f"{name} {verbs[revision.kind]}",
            was=first[message].was,
        )
        for message, revision in last.items()
    ]
    if closed:
        found.append(News(kind=NewsKind.CLOSED, words="The thread was closed."))
    return tuple(found)


def in_words(found: Sequence[News]) -> str:
    """News in one sentence or two: each kind once, several messages counted."""
    said: dict[str, int] = {}
    for one in found:
        said[one.words] = said.get(one.words, 0) + 1
    return " ".join(
        words if number == 1 else f"{words[:-1]}, {number} times." for words, number in said.items()
    )


def _span(window: timedelta) -> str:
    hours = window // timedelta(hours=1)
    if hours >= 48 and hours % 24 == 0:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"
