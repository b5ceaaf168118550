"""Taking words back, and a person's word on what became of them."""

from __future__ import annotations

from collections.abc import Sequence
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


def recall_each(work: Work, ids: Sequence[int], now: datetime) -> tuple[list[Draft], list[int]]:
    """Take back what has not left; the drafts it is in again, and the ids of what has left."""
    back: list[Draft] = []
    left: list[int] = []
    for delivery_id in ids:
        try:
            if deliveries.delivery(work, delivery_id).state is DeliveryState.RECALLED:
                continue
            back.append(recall(work, delivery_id, now))
        except Impossible:
            left.append(delivery_id)
    return back, left


def settle_by_person(work: Work, delivery_id: int, event: DeliveryEvent, now: datetime) -> Delivery:
    """A person says what became of a doubtful or refused delivery. Raises `Impossible`.

    A private message that is given up takes an acknowledgement along that still waits for it, or
    that was let go because nobody could tell and hasn't left.
    """
    doubted = deliveries.delivery(work, delivery_id).state is DeliveryState.DOUBTFUL
    found = deliveries.move(work, delivery_id, event, now)
    deliveries.note_attempt(work, delivery_id, now, "person", event.value, "")
    handoffs.settle_acknowledgement(work, found)
    if event is DeliveryEvent.PERSON_SAYS_RESEND:
        handoffs.wait_again(work, found)
    if found.state is DeliveryState.RECALLED and found.leg is Leg.PRIVATE:
        assert found.handoff_id is not None
        for leg in deliveries.legs(work, found.handoff_id):
            let_go = doubted and leg.state in {DeliveryState.HELD, DeliveryState.DUE}
            if leg.waits_for == found.id or let_go:
                try:
                    deliveries.move(work, leg.id, DeliveryEvent.GIVE_UP, now)
                except Impossible:
                    continue
    return found
