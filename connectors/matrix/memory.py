"""Where we stopped listening, and what a connector has met since it was made.

`Place` is the cursor. Of each room that has more to tell than was told it says from where on: so a
long absence is caught up page by page, and a stop in the middle goes on where it was.

`Memory` is no record: it may be forgotten at any time, and then a message is told again (which is
harmless) or asked about once more.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.contract import Cursor, Post, Quoted

T = TypeVar("T")

KEPT = 20_000
MOST_UNREAD, MOST_ROOMS = 20, 200
RECENT = ""
"""A room whose recent history is to be told: not yet known from where on."""
INVITED = "+"
"""A room that we are asked into: its recent history is told when we are in."""
BEGINNING = "^"
"""From a room's first message on."""


@dataclass(slots=True)
class Place:
    """A position of the server's, and the rooms that are owed: each with where to go on."""

    since: str | None = None
    owed: dict[str, str] = field(default_factory=dict)
    unread: dict[str, list[str]] = field(default_factory=dict)
    """Rooms into which we asked somebody who hasn't come, and what we said there."""
    due: dict[str, int] = field(default_factory=dict)
    """Of these, when it is told that they still haven't: milliseconds since 1970."""

    @classmethod
    def read(cls, cursor: Cursor | None) -> Place:
        """The place that a cursor stands for. One that can't be read is the beginning."""
        try:
            raw = json.loads(cursor or "")
        except (ValueError, RecursionError):
            return cls()
        since = raw.get("s") if isinstance(raw, dict) else None
        if not isinstance(since, str) or not since:
            return cls()
        owed = raw.get("o")
        if not isinstance(owed, dict):
            owed = {}
        unread = raw.get("u")
        if not isinstance(unread, dict):
            unread = {}
        due = raw.get("d")
        if not isinstance(due, dict):
            due = {}
        return cls(
            since,
            {room: at for room, at in owed.items() if isinstance(at, str)},
            {
                room: [one for one in said if isinstance(one, str)]
                for room, said in unread.items()
                if isinstance(said, list)
            },
            {room: at for room, at in due.items() if type(at) is int},
        )

    def cursor(self) -> Cursor | None:
        """The place as a cursor; None at the beginning."""
        if self.since is None:
            return None
        place = {"s": self.since, "o": self.owed, "u": self.unread, "d": self.due}
        return json.dumps(place, separators=(",", ":"))

    def waits(self, room: str, event: str, due: int | None) -> None:
        """Our words stand in a room whose person hasn't come in. `due`: when that is told again."""
        said = self.unread.setdefault(room, [])
        if event not in said:
            said.append(event)
            del said[:-MOST_UNREAD]
        if due is not None:
            self.due.setdefault(room, due)
        if len(self.unread) > MOST_ROOMS:
            self.came(next(iter(self.unread)))

    def came(self, room: str) -> list[str]:
        """Nothing waits in a room any more; what was said there."""
        self.due.pop(room, None)
        return self.unread.pop(room, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a message."""

    conversation: str
    author: str
    threaded: bool = False
    """It stands in a thread of the network's own kind, whose root its conversation is."""
    served: bool = False
    """It was for us, or by us: who goes on from it goes on with us."""


class Memory:
    """Messages that were met: their conversation, their author, and what they said."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._said: OrderedDict[str, int] = OrderedDict()
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._above: OrderedDict[str, tuple[Quoted, ...]] = OrderedDict()

    def begin(self) -> None:
        """A new listening: what was told before may not have been kept by who was told."""
        self._said.clear()

    def told(self, remote_id: str) -> bool:
        """True where the message was told already, with whatever words."""
        return remote_id in self._said

    def known(self, remote_id: str | None) -> Known | None:
        """What is remembered of a message."""
        return self._known.get(remote_id or "")

    def place(self, remote_id: str, known: Known) -> None:
        """Remember where a message stands."""
        _put(self._known, remote_id, known, self._kept)

    def above(self, remote_id: str) -> tuple[Quoted, ...]:
        """What was found above a message: whoever tells it again tells this too."""
        return self._above.get(remote_id, ())

    def put_above(self, remote_id: str, above: tuple[Quoted, ...]) -> None:
        """Remember what stands above a message."""
        if above:
            _put(self._above, remote_id, above, self._kept)

    def news(self, post: Post) -> bool:
        """True where this wasn't told yet with these words; from now on it is."""
        mark = hash((post.text, post.edited_at, post.attachments, post.unread))
        if self._said.get(post.remote_id) == mark:
            return False
        _put(self._said, post.remote_id, mark, self._kept)
        return True

    def forget(self, remote_id: str) -> None:
        """The message is gone."""
        self._said.pop(remote_id, None)


def _put(store: OrderedDict[str, T], key: str, value: T, kept: int) -> None:
    store[key] = value
    store.move_to_end(key)
    if len(store) > kept:
        store.popitem(last=False)
