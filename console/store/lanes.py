"""What a reply in a lane answers, when the message that it answered is gone or has another id."""

from __future__ import annotations

from dataclasses import replace

from console.store.connection import Work
from console.store.moments import outgoing_from, outgoing_json


def without(work: Work, thread_id: int, remote_id: str) -> None:
    """A message of ours stands there no more: a reply answers the newest of theirs that does.

    A private lane in which nothing stands any more has to be opened anew. What has been committed
    and not left follows.
    """
    gone = {"thread_id": thread_id, "gone": remote_id}
    for (lane,) in work.all(
        "SELECT lane FROM lanes WHERE thread_id = :thread_id AND reply_to = :gone", gone
    ):
        params = {**gone, "lane": lane}
        answered = work.value(
            "SELECT remote_id FROM messages WHERE thread_id = :thread_id AND lane = :lane "
            "AND deleted_at IS NULL AND remote_id IS NOT NULL AND remote_id <> :gone "
            "ORDER BY ours, at DESC, id DESC LIMIT 1",
            params,
        )
        if answered is None and lane == "private":
            work.do("DELETE FROM lanes WHERE thread_id = :thread_id AND lane = :lane", params)
            public = work.value(
                "SELECT reply_to FROM lanes WHERE thread_id = :thread_id AND lane = 'public'",
                params,
            )
            _follow(work, thread_id, remote_id, public, opens=True)
            continue
        work.do(
            "UPDATE lanes SET reply_to = :answered WHERE thread_id = :thread_id AND lane = :lane",
            {**params, "answered": answered},
        )
        _follow(work, thread_id, remote_id, answered)


def renamed(work: Work, thread_id: int, old: str | None, new: str) -> None:
    """A message of ours has another id now."""
    if old is not None and old != new:
        work.do(
            "UPDATE lanes SET reply_to = :new WHERE thread_id = :thread_id AND reply_to = :old",
            {"thread_id": thread_id, "old": old, "new": new},
        )
        _follow(work, thread_id, old, new)


def _follow(work: Work, thread_id: int, old: str, new: str | None, *, opens: bool = False) -> None:
    """What has not left and would answer the old message answers the new one, or opens a private
    lane about it."""
    for delivery_id, text in work.all(
        "SELECT id, outgoing FROM deliveries WHERE thread_id = :id AND state IN ('held', 'due')",
        {"id": thread_id},
    ):
        outgoing = outgoing_from(text)
        if outgoing.reply_to != old:
            continue
        outgoing = replace(outgoing, reply_to=new)
        if opens:
            outgoing = replace(outgoing, conversation=None, about=new)
        work.do(
            "UPDATE deliveries SET outgoing = :outgoing WHERE id = :id",
            {"outgoing": outgoing_json(outgoing), "id": delivery_id},
        )
