"""What a connector has met since it was made: enough to say each thing once.

Nothing here is a record: it may be forgotten at any time, and then a post is told again (which is
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
RECENT = 20
MENTION = "n"
OWN = "s"
"""The names of the two kinds in a cursor."""


class Memory:
    """Posts that were told, the conversation of each, and what they said."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._said: OrderedDict[str, int] = OrderedDict()
        self._conversations: OrderedDict[str, str | None] = OrderedDict()
        self._above: OrderedDict[str, tuple[Quoted, ...]] = OrderedDict()

    def begin(self) -> None:
        """A new listening: what was told before may not have been kept by who was told."""
        self._said.clear()

    def knows(self, remote_id: str) -> bool:
        """True where the post's place in a conversation is known."""
        return remote_id in self._conversations

    def told(self, remote_id: str) -> bool:
        """True where the post was told already, with whatever words."""
        return remote_id in self._said

    def conversation(self, remote_id: str) -> str | None:
        """The conversation that a post is part of, where it is known."""
        return self._conversations.get(remote_id)

    def above(self, remote_id: str) -> tuple[Quoted, ...]:
        """What was found above a post: whoever tells it again tells this too."""
        return self._above.get(remote_id, ())

    def put_above(self, remote_id: str, above: tuple[Quoted, ...]) -> None:
        """Remember what stands above a post."""
        if above:
            _put(self._above, remote_id, above, self._kept)

    def place(self, remote_id: str, conversation: str | None) -> None:
        """Remember where a post stands."""
        _put(self._conversations, remote_id, conversation, self._kept)

    def news(self, post: Post) -> bool:
        """True where this post wasn't told yet with these words; from now on it is."""
        mark = hash((post.text, post.warning, post.edited_at, post.attachments, post.audience))
        if self._said.get(post.remote_id) == mark:
            return False
        _put(self._said, post.remote_id, mark, self._kept)
        return True

    def forget(self, remote_id: str) -> None:
        """The post is gone."""
        self._said.pop(remote_id, None)


@dataclass(slots=True)
class Place:
    """Where we stopped listening: the last mention, the last post of ours, and those just before,
    so that what was taken away meanwhile is noticed. The ids are of two kinds, never compared."""

    mention: str | None = None
    own: str | None = None
    mentions: list[str] = field(default_factory=list)
    owns: list[str] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    """The kinds whose history was read once: there, everything later is news."""

    @classmethod
    def read(cls, cursor: Cursor | None) -> Place:
        """The place that a cursor stands for. One that can't be read is the beginning."""
        try:
            raw = json.loads(cursor or "")
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            return cls()
        return cls(
            _text(raw.get(MENTION)),
            _text(raw.get(OWN)),
            _texts(raw.get("r")),
            _texts(raw.get("o")),
            {kind for kind in (MENTION, OWN) if kind in raw},
        )

    def move(self, to: str | None, *, own: bool) -> None:
        """Go forward."""
        if to is None:
            return
        if own:
            self.own = to
        else:
            self.mention = to
        self.begun.add(OWN if own else MENTION)

    def cursor(self) -> Cursor:
        """The place as a cursor."""
        place: dict[str, object] = {"r": self.mentions, "o": self.owns}
        if MENTION in self.begun:
            place[MENTION] = self.mention
        if OWN in self.begun:
            place[OWN] = self.own
        return json.dumps(place, separators=(",", ":"))


def remember_last(ids: list[str], remote_id: str) -> None:
    """Keep the last few ids, the newest at the end."""
    if remote_id in ids:
        return
    ids.append(remote_id)
    del ids[:-RECENT]


def _put(store: OrderedDict[str, T], key: str, value: T, kept: int) -> None:
    store[key] = value
    store.move_to_end(key)
    if len(store) > kept:
        store.popitem(last=False)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> list[str]:
    return (
        [one for one in value if isinstance(one, str)][-RECENT:] if isinstance(value, list) else []
    )
