"""Taking words back, and a person's word on what became of them."""

from __future__ import annotations

from datetime import datetime

from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import Delivery, DeliveryState, Draft, DraftKind, Leg
from console.store import deliveries, drafts, handoffs, sending
from console.store.connection import Work
from console.store.errors import NotThere


def recall(work: Work, delivery_id: int, now: datetime) -> Draft:
    """Take a delivery back into its draft, a handoff's with both legs.

    When only the acknowledgement of a handoff is left to take back, it alone comes back. Raises
    `Impossible` when it has left, `NotThere`.
    """
    found = deliveries.delivery(work, delivery_id)
    if found.handoff_id is not None:
        first = deliveries.legs(work, found.handoff_id)[0]
        if first.id != found.id and first.state is DeliveryState.SENT:
            return _acknowledgement_alone(work, found, now)
    draft = drafts.draft(work, sending.back_to_draft(work, found, now, ""))
    if draft is None:
        raise NotThere("The draft is gone.")
    return draft


def _acknowledgement_alone(work: Work, found: Delivery, now: datetime) -> Draft:
    deliveries.move(work, found.id, DeliveryEvent.RECALL, now)
    draft_id = sending.keep_words(
        work, found, found.outgoing.lane, DraftKind.REPLY, found.outgoing.text, None, now
    )
    draft = drafts.draft(work, draft_id)
    if draft is None:
        raise NotThere("The draft is gone.")
    return draft


def recall_newest(work: Work, now: datetime) -> Draft | None:
    """Take back the newest words that have not left, if nothing was done to the desk since.

    None when there are none. Raises `Impossible` when they are leaving this very moment.
    """
    row = work.one(
        "SELECT id, created_at FROM deliveries WHERE state IN ('held', 'due', 'sending') "
        "ORDER BY created_at DESC, id DESC LIMIT 1"
    )
    if row is None:
        return None
    changed = work.value("SELECT MAX(at) FROM changes WHERE undone_at IS NULL")
    if changed is not None and changed > row[1]:
        return None
    return recall(work, row[0], now)


def settle_by_person(work: Work, delivery_id: int, event: DeliveryEvent, now: datetime) -> Delivery:
    """A person says what became of a doubtful or refused delivery. Raises `Impossible`.

    A private message that is given up takes an acknowledgement that still waits for it along.
    """
    found = deliveries.move(work, delivery_id, event, now)
    deliveries.note_attempt(work, delivery_id, now, "person", event.value, "")
    handoffs.settle_acknowledgement(work, found)
    if found.state is DeliveryState.RECALLED and found.leg is Leg.PRIVATE:
        assert found.handoff_id is not None
        for leg in deliveries.legs(work, found.handoff_id):
            if leg.waits_for == found.id:
                try:
                    deliveries.move(work, leg.id, DeliveryEvent.GIVE_UP, now)
                except Impossible:
                    continue
    return found
