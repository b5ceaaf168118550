"""What changes after it has arrived: edits, deletions, and items that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.contract import Deleted, Oddity, Post
from console.desk.freshness import NewsKind
from console.desk.model import ThreadState
from console.store import dialect, lanes, revisions, withdrawals
from console.store.connection import Work
from console.store.moments import extras_from, extras_json, maybe_ms, to_ms
from console.store.threads import Pile, recount, refresh_preview

KEEP_ODDITIES = 500
"""Unreadable items kept per account, newest first."""


def edit(work: Work, message_id: int, post: Post, now: datetime) -> int | None:
    """A post came again: follow its words. The thread's id, if a customer changed something."""
    row = work.one(
        "SELECT thread_id, text, author, handle, warning, ours, extras, delivery_id, "
        "edited_at FROM messages WHERE id = :id",
        {"id": message_id},
    )
    if row is None:
        return None
    thread_id, text, author, handle, warning, ours, extras, delivery_id, edited_at = row
    if post.edited_at is not None and edited_at is not None and to_ms(post.edited_at) < edited_at:
        # A version from before the one that is known.
        return None
    new_extras = extras_json(post)
    if (text, warning, extras) == (post.text, post.warning, new_extras):
        return None
    before = extras_from(extras).unread
    if before != post.unread:
        work.do(
            "UPDATE messages SET extras = :extras WHERE id = :id",
            {"id": message_id, "extras": new_extras},
        )
        work.touch(thread_id)
        if before is not None and post.unread is not None:
            _our_turn(work, thread_id, now)
    if post.edited_at is None and (before != post.unread or delivery_id is not None):
        # Our own words come back as the network dressed them; that is no edit.
        return None
    if delivery_id is not None and _dressed(post.text, text):
        return None
    old = {"id": message_id, "text": text, "author": author, "handle": handle}
    work.do(dialect.UNINDEX_MESSAGE, {**old, "warning": warning})
    work.do(
        "UPDATE messages SET text = :text, warning = :warning, extras = :extras, "
        "edited_at = :edited_at WHERE id = :id",
        {
            "id": message_id,
            "text": post.text,
            "warning": post.warning,
            "extras": new_extras,
            "edited_at": maybe_ms(post.edited_at) or to_ms(now),
        },
    )
    work.do(dialect.INDEX_MESSAGE, {**old, "text": post.text, "warning": post.warning})
    if not ours:
        revisions.revised(work, thread_id, message_id, NewsKind.EDITED, text, now)
    refresh_preview(work, thread_id)
    work.touch(thread_id)
    changed: int | None = None if ours else thread_id
    return changed


def _our_turn(work: Work, thread_id: int, now: datetime) -> None:
    """An open thread in which it was the customer's turn is ours: they don't read what we said."""
    work.do(
        "UPDATE threads SET waiting_since = :now, pile = :pile, since = :now "
        "WHERE id = :id AND state = :open AND waiting_since IS NULL",
        {
            "now": to_ms(now),
            "pile": Pile.NEEDS_US.value,
            "id": thread_id,
            "open": ThreadState.OPEN.value,
        },
    )


def _dressed(theirs: str, ours: str) -> bool:
    """True where the network's words are ours, with names in front."""
    return _unnamed(theirs) == _unnamed(ours)


def _unnamed(text: str) -> list[str]:
    words = text.split()
    while words and words[0].startswith("@"):
        words.pop(0)
    return words


def delete(work: Work, message_id: int, gone: Deleted, now: datetime) -> tuple[int, bool] | None:
    """A post was taken away: its thread, and whether it was the customer's. None: known already."""
    changed = work.do(
        "UPDATE messages SET deleted_at = :at WHERE id = :id AND deleted_at IS NULL",
        {"at": to_ms(gone.at), "id": message_id},
    )
    if not changed:
        return None
    row = work.one("SELECT thread_id, ours, text FROM messages WHERE id = :id", {"id": message_id})
    assert row is not None
    thread_id, ours, text = row
    if ours:
        lanes.without(work, thread_id, gone.remote_id)
        withdrawals.heard_gone(work, message_id, now)
    else:
        revisions.revised(work, thread_id, message_id, NewsKind.DELETED, text, now)
    recount(work, thread_id)
    refresh_preview(work, thread_id)
    work.touch(thread_id)
    return thread_id, not ours


def keep_oddities(work: Work, account: str, oddities: Sequence[Oddity], now: datetime) -> None:
    """Keep what could not be read, so that nothing is lost and a report can be made."""
    if not oddities:
        return
    work.many(
        "INSERT INTO oddities (account, at, what, raw) VALUES (:account, :at, :what, :raw)",
        (
            {"account": account, "at": to_ms(now), "what": odd.what, "raw": odd.raw}
            for odd in oddities
        ),
    )
    work.do(
        "DELETE FROM oddities WHERE account = :account AND id NOT IN "
        "(SELECT id FROM oddities WHERE account = :account ORDER BY id DESC LIMIT :keep)",
        {"account": account, "keep": KEEP_ODDITIES},
    )
