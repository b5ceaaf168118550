"""Notes: words on a thread that are never sent."""

from __future__ import annotations

from datetime import datetime

from console.store import dialect
from console.store.connection import Work
from console.store.errors import NotThere
from console.store.moments import to_ms


def add_note(work: Work, thread_id: int, text: str, now: datetime) -> int:
    """Write a note; its id. Raises `NotThere`."""
    if work.one("SELECT 1 FROM threads WHERE id = :id", {"id": thread_id}) is None:
        raise NotThere(f"There is no thread {thread_id}.")
    note_id = work.add(
        "INSERT INTO notes (thread_id, text, at) VALUES (:thread_id, :text, :at)",
        {"thread_id": thread_id, "text": text, "at": to_ms(now)},
    )
    work.do(dialect.INDEX_NOTE, {"id": note_id, "text": text})
    work.touch(thread_id)
    return note_id


def remove_note(work: Work, note_id: int, now: datetime) -> int | None:
    """Take a note away; it stays in the database. Its thread, None when it was away already."""
    row = work.one(
        "SELECT thread_id, text FROM notes WHERE id = :id AND removed_at IS NULL", {"id": note_id}
    )
    if row is None:
        return None
    work.do("UPDATE notes SET removed_at = :now WHERE id = :id", {"now": to_ms(now), "id": note_id})
    work.do(dialect.UNINDEX_NOTE, {"id": note_id, "text": row[1]})
    thread_id: int = row[0]
    work.touch(thread_id)
    return thread_id
