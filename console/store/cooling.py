"""Cool-off: answers in a heated thread are held longer, and leave earlier only on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from console.desk.delivery import Impossible
from console.desk.model import DeliveryState
from console.store import deliveries
from console.store.connection import Work
from console.store.moments import to_ms


class Cooling(Impossible):
    """The thread is heated: leaving before the cool-off is over asks for a typed word."""


def heat(
    work: Work, thread_id: int, *, on: bool, cool_off: timedelta | None, now: datetime
) -> bool:
    """Mark a thread as heated, or not; whether it was.

    With a `cool_off` its held answers are held at least that long from now; with None, or when the
    thread is no longer heated, they are left as they are and may leave earlier again.
    """
    was = bool(work.value("SELECT heated FROM threads WHERE id = :id", {"id": thread_id}))
    work.do("UPDATE threads SET heated = :on WHERE id = :id", {"on": int(on), "id": thread_id})
    if on and cool_off is not None:
        work.do(
            "UPDATE deliveries SET cooling = 1, "
            "held_until = CASE WHEN held_until < :until THEN :until ELSE held_until END "
            "WHERE thread_id = :id AND state = 'held'",
            {"id": thread_id, "until": to_ms(now + cool_off)},
        )
    elif not on:
        work.do(
            "UPDATE deliveries SET cooling = 0 WHERE thread_id = :id AND state = 'held'",
            {"id": thread_id},
        )
    work.touch(thread_id)
    return was


def cooling(work: Work, thread_id: int) -> list[int]:
    """The deliveries of a thread that are held for a cool-off."""
    return [
        row[0]
        for row in work.all(
            "SELECT id FROM deliveries WHERE thread_id = :id AND state = 'held' AND cooling = 1 "
            "ORDER BY id",
            {"id": thread_id},
        )
    ]


def cool(work: Work, ids: Iterable[int]) -> None:
    """What of these is held still leaves earlier only on purpose."""
    work.many(
        "UPDATE deliveries SET cooling = 1 WHERE id = :id AND state = 'held'",
        ({"id": delivery_id} for delivery_id in ids),
    )


def leave_now(work: Work, delivery_id: int, now: datetime, *, on_purpose: bool) -> None:
    """End the undo window of a held delivery, a handoff's of both legs.

    Raises `Cooling` in a cool-off unless it is `on_purpose`, `Impossible` when it isn't held.
    """
    found = deliveries.delivery(work, delivery_id)
    if found.state is not DeliveryState.HELD:
        raise Impossible("This message isn't held any more.")
    if found.cooling and not on_purpose:
        raise Cooling("This thread is heated: the answer is held so that it can cool off.")
    work.do(
        "UPDATE deliveries SET held_until = :now, cooling = 0 WHERE state = 'held' AND "
        "(id = :id OR (handoff_id IS NOT NULL AND handoff_id = :handoff))",
        {"now": to_ms(now), "id": delivery_id, "handoff": found.handoff_id},
    )
    work.touch(found.thread_id)
