"""The moment before a request leaves: what is next, whether it still fits, and `sending`."""

from __future__ import annotations

from datetime import datetime

from connectors.contract import Lane
from console.desk.delivery import DeliveryEvent
from console.desk.freshness import in_words
from console.desk.model import Delivery, DeliveryState, DraftKind, Leg
from console.store import deliveries, drafts, freshness, handoffs, routes
from console.store.connection import Work

CAME_BACK = (
    "{news} So it didn't leave. It is back in your drafts and needs another look: read what is "
    "new, then approve it again, change it or discard it."
)

ASTRAY = (
    "It would have gone to {handle}, which isn't this customer's address any more. So it didn't "
    "leave. It is back in your drafts and needs another look."
)


def open_of_account(work: Work, account: str) -> tuple[Delivery, ...]:
    """The account's deliveries that aren't settled, oldest first."""
    return tuple(found for found in deliveries.open_deliveries(work) if found.account == account)


def open_window(work: Work, delivery_id: int, now: datetime) -> Delivery | None:
    """Make a held delivery due, if its window has passed; None when it isn't held any more or is
    to be held longer."""
    found = deliveries.delivery(work, delivery_id)
    if found.state is not DeliveryState.HELD or found.held_until > now:
        return None
    return deliveries.move(
        work, delivery_id, DeliveryEvent.WINDOW_PASSED, now, next_at=found.next_at
    )


def begin(work: Work, delivery_id: int, now: datetime) -> Delivery | None:
    """Write `sending` down, or stop a delivery that no longer fits its question (promise 7).

    None when it isn't due any more, waits for another, or was stopped.
    """
    found = deliveries.delivery(work, delivery_id)
    if found.state is not DeliveryState.DUE or found.waits_for is not None or found.awaits:
        return None
    if routes.astray(work, found.thread_id, found.account, found.outgoing.to.remote_id):
        back_to_draft(work, found, now, ASTRAY.format(handle=found.outgoing.to.handle))
        return None
    if not _acknowledges(work, found):
        # Whoever closes the thread after this was committed has it before their eyes.
        news = freshness.news(
            work, found.thread_id, found.outgoing.lane, found.seen, now, closing=False
        )
        if news:
            back_to_draft(work, found, now, CAME_BACK.format(news=in_words(news)))
            return None
    return deliveries.move(work, delivery_id, DeliveryEvent.BEGIN, now)


def back_to_draft(work: Work, found: Delivery, now: datetime, why: str) -> int:
    """Recall a delivery (a whole handoff, if it is part of one) into its draft; the draft's id.

    With a reason it goes into the review deck, to be looked at again; so it does where it came
    from there. Raises `Impossible` when it has left.
    """
    public = None
    text = found.outgoing.text
    kind = DraftKind.REPLY
    lane = found.outgoing.lane
    if found.handoff_id is not None:
        kind = DraftKind.HANDOFF
        words = handoffs.words_of(work, found.handoff_id)
        legs = handoffs.recall(work, found, now)
        lane = Lane.PRIVATE
        alone = legs[0].leg is Leg.ACKNOWLEDGEMENT
        text = "" if alone else legs[0].outgoing.text
        public = legs[0].outgoing.text if alone else words.sent
        if len(legs) == 1 and not alone:
            # The acknowledgement has left: the next one is worded by what happens next.
            public = None
    else:
        deliveries.move(work, found.id, DeliveryEvent.RECALL, now)
    if why:
        deliveries.note_attempt(work, found.id, now, "stop", "stopped", why)
    draft_id = keep_words(work, found, lane, kind, text, public, now)
    if why or found.approved_by:
        kept = drafts.draft(work, draft_id)
        joined = kept.stopped if kept is not None else ""
        drafts.put_in_deck(work, draft_id, now, stopped=f"{why} {joined}".strip())
    return draft_id


def _acknowledges(work: Work, found: Delivery) -> bool:
    """True for the public line of a handoff that says what became of its private message. An
    invitation says that itself: it is an answer like any other."""
    if found.handoff_id is None or found.leg is not Leg.ACKNOWLEDGEMENT:
        return False
    return len(deliveries.legs(work, found.handoff_id)) > 1


def keep_words(
    work: Work,
    found: Delivery,
    lane: Lane,
    kind: DraftKind,
    text: str,
    acknowledgement: str | None,
    now: datetime,
) -> int:
    """Words that came back become a draft; its id. Words that stand there already are kept too."""
    standing = drafts.in_place(work, found.thread_id, lane, kind)
    if standing is not None:
        # Somebody has begun other words there meanwhile.
        return drafts.join(work, standing, text, acknowledgement, found.template, found.seen, now)
    return drafts.save(
        work,
        found.thread_id,
        lane,
        kind,
        text,
        acknowledgement=acknowledgement,
        template=found.template,
        seen=found.seen,
        author=found.author,
        now=now,
        key=None if drafts.known(work, found.draft_key) else found.draft_key,
    )
