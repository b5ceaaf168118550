"""One draft, written in two Greenrooms at once: neither's words are lost.

Who saves says which words they know to be in the draft's place: those they began with, or saved
last. If others stand there, somebody else is writing the same draft. Theirs stay where they are,
and ours become a note on the thread, never sent, that is reworded as we write on.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from connectors.contract import Lane
from console.desk.model import Draft, DraftKind, Seen
from console.store import dialect, drafts, notes
from console.store.connection import Work
from console.store.moments import to_ms

ABOUT = "Not sent. Written here while the same draft was being written in another Greenroom:"

Words = tuple[str, str]
"""A draft's text and its acknowledgement, empty where it has none."""


class Saved(NamedTuple):
    """Where the words are now: in the draft, or in a note."""

    draft_id: int | None
    note_id: int | None


def save(
    work: Work,
    thread_id: int,
    lane: Lane,
    kind: DraftKind,
    words: Words,
    *,
    known: Words | None,
    note_id: int | None,
    acknowledgement: bool,
    template: str | None,
    seen: Seen,
    author: str,
    now: datetime,
) -> Saved:
    """Put these words into the draft's place, or into a note where others stand there."""
    there = drafts.in_place(work, thread_id, lane, kind)
    if there is not None and words_of(there) != known:
        return Saved(draft_id=None, note_id=_note(work, thread_id, note_id, words, now))
    if note_id is not None:
        notes.remove_note(work, note_id, now)
    draft_id = drafts.save(
        work,
        thread_id,
        lane,
        kind,
        words[0],
        acknowledgement=words[1] if acknowledgement else None,
        template=template,
        seen=seen,
        author=author,
        now=now,
    )
    return Saved(draft_id=draft_id, note_id=None)


def words_of(draft: Draft) -> Words:
    """A draft's words."""
    return draft.text, draft.acknowledgement or ""


def is_known(work: Work, draft_id: int, known: Words | None) -> bool:
    """True while the draft says what the writer knows of it: then it may be dropped."""
    there = drafts.draft(work, draft_id)
    return there is None or words_of(there) == known


def _note(work: Work, thread_id: int, note_id: int | None, words: Words, now: datetime) -> int:
    text = "\n\n".join((ABOUT, *(part for part in words if part.strip())))
    row = None
    if note_id is not None:
        row = work.one(
            "SELECT text FROM notes WHERE id = :id AND removed_at IS NULL", {"id": note_id}
        )
    if row is None:
        return notes.add_note(work, thread_id, text, now)
    assert note_id is not None
    if row[0] != text:
        work.do(dialect.UNINDEX_NOTE, {"id": note_id, "text": row[0]})
        work.do(
            "UPDATE notes SET text = :text, at = :now WHERE id = :id",
            {"text": text, "now": to_ms(now), "id": note_id},
        )
        work.do(dialect.INDEX_NOTE, {"id": note_id, "text": text})
        work.touch(thread_id)
    return note_id
