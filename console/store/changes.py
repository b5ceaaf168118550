"""What can be undone: each change a person makes is written down with the way back.

A way back is a list of small steps by name (`STEPS`), so that it survives a restart and two
consoles can undo on one desk. `undo` takes the newest change that is not undone yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from console.store import drafts, notes, threads
from console.store.connection import Work
from console.store.moments import dumps, to_ms

KEEP = 500
"""Changes that are kept, newest first."""

Step = list[Any]
"""A step's name and its arguments, as JSON has them."""


def stand_again(work: Work, _now: datetime, items: list[list[Any]]) -> None:
    """Threads stand as they stood, unless a customer has written since they were put aside."""
    wanted = [threads.Standing(*item) for item in items]
    threads.stand(work, wanted)
    for item in wanted:
        if item.state != "done" and item.waiting_since is None:
            threads.recount(work, item.thread_id)


def severity_again(work: Work, _now: datetime, thread_id: int, severity: int) -> None:
    """The severity it had."""
    threads.set_severity(work, thread_id, severity)


def tag_again(work: Work, _now: datetime, thread_id: int, tag: str, on: bool) -> None:
    """The tag it had, or had not."""
    threads.set_tag(work, thread_id, tag, on=on)


def note_away(work: Work, now: datetime, note_id: int) -> None:
    """The note is no more."""
    notes.remove_note(work, note_id, now)


def draft_again(work: Work, _now: datetime, draft_id: int) -> None:
    """The dropped draft is back."""
    drafts.bring_back(work, draft_id)


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step for step in (stand_again, severity_again, tag_again, note_away, draft_again)
}


def remember(work: Work, words: str, back: Sequence[Step], now: datetime) -> None:
    """Write a change down: its words ("3 threads done") and its way back."""
    work.do(
        "INSERT INTO changes (at, words, back) VALUES (:at, :words, :back)",
        {"at": to_ms(now), "words": words, "back": dumps(list(back))},
    )
    work.do("DELETE FROM changes WHERE id <= (SELECT MAX(id) FROM changes) - :keep", {"keep": KEEP})


def undo(work: Work, now: datetime) -> str | None:
    """Take the newest change back; its words, or None when there is nothing to undo."""
    row = work.one(
        "SELECT id, words, back FROM changes WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1"
    )
    if row is None:
        return None
    change_id, words, back = row
    for name, *arguments in json.loads(back):
        STEPS[name](work, now, *arguments)
    work.do(
        "UPDATE changes SET undone_at = :now WHERE id = :id", {"now": to_ms(now), "id": change_id}
    )
    found: str = words
    return found
