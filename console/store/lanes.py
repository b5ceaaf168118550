"""What a reply in a lane answers, when the message that it answered is gone or has another id."""

from __future__ import annotations

from console.store.connection import Work


def without(work: Work, thread_id: int, remote_id: str) -> None:
    """A message of ours stands there no more: a reply answers the newest of theirs that does.

    A private lane in which nothing stands any more has to be opened anew.
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
            continue
        work.do(
            "UPDATE lanes SET reply_to = :answered WHERE thread_id = :thread_id AND lane = :lane",
            {**params, "answered": answered},
        )


def renamed(work: Work, thread_id: int, old: str | None, new: str) -> None:
    """A message of ours has another id now."""
    if old is not None and old != new:
        work.do(
            "UPDATE lanes SET reply_to = :new WHERE thread_id = :thread_id AND reply_to = :old",
            {"thread_id": thread_id, "old": old, "new": new},
        )
