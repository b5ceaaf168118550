"""What can be undone: each change a person makes is written down with the way back.

A way back is a list of small steps by name (`STEPS`), so that it survives a restart and two
consoles can undo on one desk. `undo` takes the newest change that is not undone yet; called again,
the one before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.desk.digest import digest
from console.desk.model import Draft, Seen
from console.store import contacts, cooling, drafts, imported, notes, recalling, threads
from console.store.connection import Work
from console.store.moments import dumps, maybe_ms, to_ms

KEEP = 500
"""Changes that are kept, newest first."""

Step = list[Any]
"""A step's name and its arguments, as JSON has them."""


@dataclass(slots=True)
class WayBack:
    """What came of undoing one change."""

    change: int
    words: str
    """What the change was: `3 threads done`."""
    drafts: list[Draft] = field(default_factory=list)
    """Words that are drafts again."""
    left: list[int] = field(default_factory=list)
    """Deliveries that could not be taken back: they have left."""
    threads: list[int] = field(default_factory=list)
    """Threads that stand as they stood."""
    stay: list[int] = field(default_factory=list)
    """Threads that stay where they are, since the customer has written."""
    deck: list[int] = field(default_factory=list)
    """Drafts that stand in the review deck, or outside it, as they stood, or say what they said."""


def stand_again(work: Work, _now: datetime, way: WayBack, items: list[list[Any]]) -> None:
    """Threads stand as they stood, unless that is aside and a customer has written since."""
    for thread_id, state, snoozed_until, waiting_since, *seen in items:
        aside = state != "open" or waiting_since is None
        # An older desk's change doesn't tell which message was the newest.
        if aside and seen and threads.newest(work, thread_id) != seen[0]:
            way.stay.append(thread_id)
            continue
        threads.stand(work, [threads.Standing(thread_id, state, snoozed_until, waiting_since)])
        way.threads.append(thread_id)
        if waiting_since is not None or (state != "done" and not seen):
            threads.recount(work, thread_id)


def severity_again(work: Work, _now: datetime, way: WayBack, thread_id: int, severity: int) -> None:
    """The severity it had."""
    way.threads.append(thread_id)
    threads.set_severity(work, thread_id, severity)


def heat_again(
    work: Work, now: datetime, way: WayBack, thread_id: int, on: bool, cooled: list[int]
) -> None:
    """Heated or not, as it was. What is held is held as long as it was, and of that `cooled` leaves
    earlier only on purpose again."""
    way.threads.append(thread_id)
    cooling.heat(work, thread_id, on=on, cool_off=None, now=now)
    cooling.cool(work, cooled)


def tag_again(work: Work, _now: datetime, way: WayBack, thread_id: int, tag: str, on: bool) -> None:
    """The tag it had, or had not."""
    way.threads.append(thread_id)
    threads.set_tag(work, thread_id, tag, on=on)


def note_away(work: Work, now: datetime, way: WayBack, note_id: int) -> None:
    """The note is no more."""
    thread_id = notes.remove_note(work, note_id, now)
    if thread_id is not None:
        way.threads.append(thread_id)


def draft_again(work: Work, now: datetime, way: WayBack, draft_id: int) -> None:
    """The dropped draft is back, over the words that stand in its place now."""
    found = drafts.bring_back(work, draft_id, now)
    if found is not None:
        way.drafts.append(found)


def deck_again(
    work: Work,
    _now: datetime,
    way: WayBack,
    key: str,
    ready: int | None,
    postponed: int | None,
    stopped: str,
) -> None:
    """In the deck or out of it, as it stood, where it still is a draft."""
    found = drafts.by_key(work, key)
    if found is not None:
        way.deck.append(found.id)
        drafts.stand(work, found.id, ready, postponed, stopped)


def draft_words_again(
    work: Work,
    now: datetime,
    way: WayBack,
    key: str,
    said: str,
    text: str,
    acknowledgement: str | None,
    seen: list[Any],
    stopped: str,
) -> None:
    """The words that the draft had, unless somebody has written on it since: `said` is the digest
    of what the change made of it."""
    found = drafts.by_key(work, key)
    if found is not None and digest(found.text, found.acknowledgement) == said:
        way.deck.append(found.id)
        drafts.rewrite(work, found.id, text, acknowledgement, Seen(*seen), now)
        ready, postponed = maybe_ms(found.ready_at), maybe_ms(found.postponed_at)
        drafts.stand(work, found.id, ready, postponed, stopped)


def addresses_again(work: Work, _now: datetime, way: WayBack, moved: list[list[int]]) -> None:
    """Addresses belong to the contacts that they belonged to."""
    way.threads += contacts.put_back(work, moved)


def words_again(work: Work, now: datetime, way: WayBack, ids: list[int]) -> None:
    """What has not left is a draft again; what has left is told."""
    back, left = recalling.recall_each(work, ids, now)
    way.drafts += back
    way.left += left


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step
    for step in (
        stand_again,
        severity_again,
        heat_again,
        tag_again,
        note_away,
        draft_again,
        deck_again,
        draft_words_again,
        addresses_again,
        words_again,
        imported.put_back,
    )
}


def remember(work: Work, words: str, back: Sequence[Step], now: datetime) -> int:
    """Write a change down: its words ("3 threads done") and its way back; its number."""
    change = work.add(
        "INSERT INTO changes (at, words, back) VALUES (:at, :words, :back)",
        {"at": to_ms(now), "words": words, "back": dumps(list(back))},
    )
    work.do("DELETE FROM changes WHERE id <= (SELECT MAX(id) FROM changes) - :keep", {"keep": KEEP})
    return change


def go_on(work: Work, change: int | None, words: str, back: Sequence[Step], now: datetime) -> int:
    """Add to a change that is made in several transactions; a new one where it was undone
    meanwhile. The number of the change that holds it."""
    kept = work.value(
        "SELECT back FROM changes WHERE id = :id AND undone_at IS NULL", {"id": change}
    )
    if change is None or kept is None:
        return remember(work, words, back, now)
    work.do(
        "UPDATE changes SET at = :at, words = :words, back = :back WHERE id = :id",
        {
            "at": to_ms(now),
            "words": words,
            "back": dumps([*json.loads(kept), *back]),
            "id": change,
        },
    )
    return change


def undo(work: Work, now: datetime) -> WayBack | None:
    """Take the newest change back; what came of it, or None when there is nothing to undo.

    A change of which nothing could be taken back, because all of it has left, stays where it is:
    `pass_by` says that a person leaves it so.
    """
    while True:
        row = work.one(
            "SELECT id, words, back FROM changes WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1"
        )
        if row is None:
            return None
        way = WayBack(change=row[0], words=row[1])
        steps = json.loads(row[2])
        for name, *arguments in steps:
            STEPS[name](work, now, way, *arguments)
        if not way.left or way.drafts:
            pass_by(work, way.change, now)
        only_words = all(name == words_again.__name__ for name, *_ in steps)
        if way.drafts or way.left or not only_words:
            return way
        # The words were taken back by other means: there is nothing to undo here.


def pass_by(work: Work, change: int, now: datetime) -> None:
    """The change is undone, or is to be left as it is: the next undo takes the one before it."""
    work.do("UPDATE changes SET undone_at = :now WHERE id = :id", {"now": to_ms(now), "id": change})
