"""What came back: a delivery that counted as sent is refused after all."""

from __future__ import annotations

from datetime import datetime

from connectors.contract import Bounced, Receipt
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import DeliveryState
from console.store import deliveries, handoffs
from console.store.connection import Work


def take_in(work: Work, account: str, bounced: Bounced, now: datetime) -> int | None:
    """Refuse the delivery that came back; its id. None: no delivery of ours, or known already.

    A bounce of one whose answer was lost proves that it had left, and gives it its id. The same
    bounce twice changes nothing.
    """
    row = work.one(
        "SELECT id FROM deliveries WHERE account = :account "
        "AND (remote_id = :remote_id OR key = :key) "
        "ORDER BY CASE WHEN remote_id = :remote_id THEN 0 ELSE 1 END",
        {"account": account, "remote_id": bounced.remote_id, "key": bounced.key},
    )
    if row is None:
        return None
    found = deliveries.delivery(work, row[0])
    if found.state is DeliveryState.REFUSED:
        return None
    try:
        if found.state is DeliveryState.DOUBTFUL:
            receipt = Receipt(
                remote_id=bounced.remote_id,
                at=found.tried_at or bounced.at,
                conversation=found.outgoing.conversation,
            )
            deliveries.move(work, found.id, DeliveryEvent.FOUND, now, receipt=receipt)
        refused = deliveries.move(work, found.id, DeliveryEvent.REJECTED, now, words=bounced.words)
    except Impossible:
        return None
    deliveries.note_attempt(work, found.id, now, "bounce", "refused", bounced.words)
    handoffs.settle_acknowledgement(work, refused)
    return found.id
