"""Where we stopped listening, and what a connector has met since it was made.

`Place` is the cursor. Listings come newest first, so it holds up to which moment each was told, and
marks of the last posts told: what is listed and has no mark is new, whatever its date. (A post is
listed by its author's clock where that is behind.)

`Memory` is no record: it may be forgotten at any time, and then a post is told again (which is
harmless) or asked about once more.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeVar

from connectors.bluesky.heard import Convo, Said
from connectors.contract import Cursor, Post, Quoted

T = TypeVar("T")

KEPT = 20_000
MARKED = 400
LAST = 25
"""How many posts are remembered by their whole address, to see whether they still stand."""


@dataclass(slots=True)
class Told:
    """Up to where a listing was told."""

    at: str = ""
    """The newest moment told, as the listing gives it; empty before the first."""
    marks: dict[str, str] = field(default_factory=dict)
    """Of the last posts told: the hash of the address, and of what it held."""
    last: list[str] = field(default_factory=list)
    """The addresses of the last posts told."""

    @classmethod
    def read(cls, raw: object) -> Told:
        """From a cursor."""
        if not isinstance(raw, dict):
            return cls()
        at, marks, last = raw.get("at"), raw.get("marks"), raw.get("last")
        return cls(
            at if isinstance(at, str) else "",
            {one: to for one, to in marks.items() if isinstance(to, str)}
            if isinstance(marks, dict)
            else {},
            [one for one in last if isinstance(one, str)] if isinstance(last, list) else [],
        )

    def knows(self, post: Said) -> bool:
        """It was told as it is."""
        return self.marks.get(_hash(post.uri)) == _hash(post.cid)

    def knew(self, post: Said) -> bool:
        """It was told, perhaps with other words."""
        return _hash(post.uri) in self.marks

    def take(self, post: Said, *, at: str) -> None:
        """It is told now."""
        named = _hash(post.uri)
        self.marks.pop(named, None)
        self.marks[named] = _hash(post.cid)
        while len(self.marks) > MARKED:
            del self.marks[next(iter(self.marks))]
        if post.uri in self.last:
            self.last.remove(post.uri)
        self.last.append(post.uri)
        del self.last[:-LAST]
        self.at = max(self.at, at)

    def forget(self, uri: str) -> None:
        """It doesn't stand any more."""
        self.marks.pop(_hash(uri), None)
        if uri in self.last:
            self.last.remove(uri)

    def raw(self) -> dict[str, object]:
        """For a cursor."""
        return {"at": self.at, "marks": self.marks, "last": self.last}


@dataclass(slots=True)
class Place:
    """Where we stand in what is said to us, in what we say, and in private."""

    heard: Told = field(default_factory=Told)
    own: Told = field(default_factory=Told)
    rev: str = ""
    """The place in private up to which everything was told; empty before the first."""
    ahead: dict[str, str] = field(default_factory=dict)
    """Conversations that were told beyond it, and how far: a catching up that isn't complete."""

    @classmethod
    def read(cls, cursor: Cursor | None) -> Place:
        """The place that a cursor stands for. One that can't be read is the beginning."""
        try:
            raw = json.loads(cursor or "")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(raw, dict):
            return cls()
        rev, ahead = raw.get("rev"), raw.get("ahead")
        return cls(
            Told.read(raw.get("heard")),
            Told.read(raw.get("own")),
            rev if isinstance(rev, str) else "",
            {one: to for one, to in ahead.items() if isinstance(to, str)}
            if isinstance(ahead, dict)
            else {},
        )

    def cursor(self) -> Cursor:
        """The place as a cursor."""
        raw = {
            "heard": self.heard.raw(), "own": self.own.raw(), "rev": self.rev, "ahead": self.ahead,
        }  # fmt: skip
        return json.dumps(raw, separators=(",", ":"))


class Memory:
    """Posts and conversations that were met."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._said: OrderedDict[str, int] = OrderedDict()
        self._above: OrderedDict[str, tuple[Quoted, ...]] = OrderedDict()
        self._convos: OrderedDict[str, Convo] = OrderedDict()
        self._before: OrderedDict[str, str] = OrderedDict()

    def begin(self) -> None:
        """A new listening: what was told before may not have been kept by who was told."""
        self._said.clear()

    def told(self, remote_id: str) -> bool:
        """True where the post was told already, with whatever words."""
        return remote_id in self._said

    def news(self, post: Post) -> bool:
        """True where this wasn't told yet with these words; from now on it is."""
        mark = hash((post.text, post.attachments, post.above))
        if self._said.get(post.remote_id) == mark:
            return False
        _put(self._said, post.remote_id, mark, self._kept)
        return True

    def forget(self, remote_id: str) -> None:
        """The post is gone."""
        self._said.pop(remote_id, None)

    def above(self, remote_id: str) -> tuple[Quoted, ...] | None:
        """What was found above a post; None where it wasn't asked."""
        return self._above.get(remote_id)

    def put_above(self, remote_id: str, above: tuple[Quoted, ...]) -> None:
        """Remember what stands above a post."""
        _put(self._above, remote_id, above, self._kept)

    def convo(self, convo: str) -> Convo | None:
        """Who is in a conversation."""
        return self._convos.get(convo)

    def put_convo(self, convo: Convo) -> None:
        """Remember who is in a conversation."""
        _put(self._convos, convo.id, convo, self._kept)

    def before(self, key: str) -> str:
        """Where a conversation stood before the first attempt of a delivery; empty where that
        isn't remembered."""
        return self._before.get(key, "")

    def put_before(self, key: str, rev: str) -> None:
        """An attempt of a delivery begins. Of several the first counts."""
        _put(self._before, key, self._before.get(key, rev), self._kept)


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _put(store: OrderedDict[str, T], key: str, value: T, kept: int) -> None:
    store[key] = value
    store.move_to_end(key)
    if len(store) > kept:
        store.popitem(last=False)
