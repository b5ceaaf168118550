"""Where we stopped listening, and what a connector has met since it was made.

`Mark` is the cursor. `Memory` is no record: it may be forgotten at any time. Then a conversation
is called after the message that is answered. Who has begun in private is in the cursor as well, so
that the hint outlives a restart; it is a hint all the same.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field

from connectors.contract import Cursor

KEPT = 20_000
MOST_MOVES = 50
MOST_BEGUN = 500
"""People of whom the cursor knows whether they have begun: those who were met last."""


@dataclass(slots=True)
class Mark:
    """The offset that confirms all that was told, the groups that have another id now, and who has
    begun in private (False: they blocked us, or were found not to have)."""

    offset: int | None = None
    moves: dict[int, int] = field(default_factory=dict)
    begun: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: Cursor | None) -> Mark:
        """The mark that a cursor stands for. One that can't be read is the beginning."""
        try:
            raw = json.loads(cursor or "")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(raw, dict):
            return cls()
        offset, moves = raw.get("o"), raw.get("m")
        found = cls(offset if isinstance(offset, int) else None)
        for old, new in moves.items() if isinstance(moves, dict) else ():
            if isinstance(new, int) and old.lstrip("-").isdigit() and len(old) < 20:
                found.moves[int(old)] = new
        for people, begun in (("n", False), ("y", True)):
            named = raw.get(people)
            for person in named if isinstance(named, list) else ():
                if isinstance(person, int) and not isinstance(person, bool):
                    found.begun[person] = begun
        return found

    def cursor(self) -> Cursor | None:
        """The mark as a cursor; None at the beginning."""
        if self.offset is None:
            return None
        kept = list(self.moves.items())[-MOST_MOVES:]
        begun = list(self.begun.items())[-MOST_BEGUN:]
        said: dict[str, object] = {"o": self.offset, "m": {str(old): new for old, new in kept}}
        for people, yes in (("y", True), ("n", False)):
            if found := [person for person, has in begun if has is yes]:
                said[people] = found
        return json.dumps(said, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a message in a group."""

    conversation: str
    author: int
    topic: int | None = None
    served: bool = False
    """It was for us, or by us: who goes on from it goes on with us."""


class Memory:
    """Messages that were met, groups that moved, and people who have begun in private."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._begun: OrderedDict[int, bool] = OrderedDict()
        self.moves: dict[int, int] = {}

    def known(self, remote_id: str | None) -> Known | None:
        """What is remembered of a message."""
        return self._known.get(remote_id or "")

    def place(self, remote_id: str, known: Known) -> None:
        """Remember a message."""
        self._known[remote_id] = known
        self._known.move_to_end(remote_id)
        if len(self._known) > self._kept:
            self._known.popitem(last=False)

    def now(self, chat: int) -> int:
        """The id that a group has now."""
        for _ in range(5):
            if chat not in self.moves:
                break
            chat = self.moves[chat]
        return chat

    def opened(self, person: int, opened: bool) -> None:
        """Whether somebody takes our private messages, as far as was seen."""
        self._begun[person] = opened
        self._begun.move_to_end(person)
        if len(self._begun) > self._kept:
            self._begun.popitem(last=False)

    def begun(self) -> dict[int, bool]:
        """Who takes our private messages and who doesn't: those who were met last."""
        return dict(list(self._begun.items())[-MOST_BEGUN:])

    def is_open(self, person: int) -> bool | None:
        """Whether somebody takes our private messages; None: never seen."""
        return self._begun.get(person)
