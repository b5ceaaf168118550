"""What a mail connector has met since it was made, and where it stopped listening.

Nothing in `Memory` is a record: without it a conversation is named by its first mail all the same,
and an answer names fewer of the mails above it.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field

from connectors.contract import Cursor, Post
from connectors.mail import naming

KEPT = 20_000
CHAIN = 20
RECENT = 5


class Memory:
    """Which mail answers which, and the conversation that a subject belongs to."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._answers: OrderedDict[str, str | None] = OrderedDict()
        self.subjects: OrderedDict[str, str] = OrderedDict()
        """`naming.by_subject` -> conversation"""

    def meet(self, post: Post) -> None:
        """Remember a mail."""
        self._answers[post.remote_id] = post.reply_to
        person = post.to if post.ours else post.author
        if person is not None and post.warning and post.conversation:
            self.subjects[naming.by_subject(post.warning, person.remote_id)] = post.conversation
        for store in (self._answers, self.subjects):
            while len(store) > self._kept:
                store.popitem(last=False)

    def above(self, remote_id: str | None) -> tuple[str, ...]:
        """The mails above one, as far as they are known, the first one first."""
        chain: list[str] = []
        at = self._answers.get(remote_id) if remote_id else None
        while at is not None and at not in chain and len(chain) < CHAIN:
            chain.append(at)
            at = self._answers.get(at)
        return tuple(reversed(chain))


@dataclass(slots=True)
class Mark:
    """How far one folder was told: its ids are good under this validity only."""

    validity: int
    uid: int


@dataclass(slots=True)
class Place:
    """Where we stopped listening, in both folders."""

    inbox: Mark | None = None
    sent: Mark | None = None
    day: str = ""
    """The day (ISO) of the newest mail told: from there it is looked again when ids changed."""
    recent: list[str] = field(default_factory=list)
    """The last Message-IDs told, to find our place under new ids."""

    @classmethod
    def read(cls, cursor: Cursor | None) -> Place:
        """The place that a cursor stands for. One that can't be read is the beginning."""
        try:
            raw = json.loads(cursor or "")
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            return cls()
        recent = raw.get("m")
        said = raw.get("d")
        return cls(
            _mark(raw.get("i")),
            _mark(raw.get("s")),
            said if isinstance(said, str) else "",
            [one for one in recent if isinstance(one, str)][-RECENT:]
            if isinstance(recent, list)
            else [],
        )

    def cursor(self) -> Cursor:
        """The place as a cursor."""
        place: dict[str, object] = {"d": self.day, "m": self.recent}
        for name, mark in (("i", self.inbox), ("s", self.sent)):
            if mark is not None:
                place[name] = [mark.validity, mark.uid]
        return json.dumps(place, separators=(",", ":"))


def _mark(raw: object) -> Mark | None:
    if (
        isinstance(raw, list)
        and len(raw) == 2
        and all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in raw)
    ):
        return Mark(raw[0], raw[1])
    return None
