"""Customers who begin in private: what waited for that very person may leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connectors.contract import Arrival, Began, Lane, Post
from console.desk.model import DeliveryState
from console.store import deliveries, handoffs
from console.store.connection import Work


def take_in(work: Work, account: str, arrivals: Iterable[Arrival], now: datetime) -> None:
    """Let go what waits for whoever began, or wrote to us in private. Both may be told twice."""
    came = [
        arrival if isinstance(arrival, Began) else Began(who=arrival.author, at=arrival.at)
        for arrival in arrivals
        if isinstance(arrival, Began)
        or (isinstance(arrival, Post) and arrival.lane is Lane.PRIVATE and not arrival.ours)
    ]
    if not came:
        return
    for row in work.all(
        f"SELECT {deliveries.COLUMNS} FROM deliveries d WHERE d.account = :account "
        "AND d.state IN ('held', 'due', 'sending', 'doubtful') AND d.awaits = 1 ORDER BY d.id",
        {"account": account},
    ):
        found = deliveries.delivery_from(row)
        if found.state is DeliveryState.DUE and any(
            began.who.remote_id == found.outgoing.to.remote_id and began.key in (None, found.key)
            for began in came
        ):
            deliveries.awaited(work, found.id)
            # A public line that hasn't left would ask for what they have done already.
            handoffs.wait_again(work, found)
            deliveries.note_attempt(work, found.id, now, "begin", "began", "")
            work.touch(found.thread_id)
