"""Handoffs: two deliveries that are committed together, recalled together and worded by outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from console.desk.delivery import TABLE, DeliveryEvent, after
from console.desk.handoff import Acknowledgement, Outcome, outcome_of
from console.desk.model import Delivery, DeliveryState, Leg
from console.store import deliveries
from console.store.connection import Work
from console.store.deliveries import Commitment
from console.store.moments import to_ms


@dataclass(frozen=True, slots=True)
class Handoff:
    """A committed move to DM: the ids of its deliveries. `private` is None for an invitation."""

    id: int
    thread_id: int
    private: int | None
    acknowledgement: int


def begin(work: Work, thread_id: int, words: Acknowledgement, now: datetime) -> int:
    """Write a handoff down; its id. Its legs are committed in the same transaction."""
    return work.add(
        "INSERT INTO handoffs (thread_id, words_sent, words_refused, words_unknown, created_at) "
        "VALUES (:thread_id, :sent, :refused, :unknown, :now)",
        {
            "thread_id": thread_id,
            "sent": words.sent,
            "refused": words.refused,
            "unknown": words.unknown,
            "now": to_ms(now),
        },
    )


def words_of(work: Work, handoff_id: int) -> Acknowledgement:
    """The acknowledgement's words for each outcome."""
    row = work.one(
        "SELECT words_sent, words_refused, words_unknown FROM handoffs WHERE id = :id",
        {"id": handoff_id},
    )
    assert row is not None
    return Acknowledgement(sent=row[0], refused=row[1], unknown=row[2])


def settle_acknowledgement(work: Work, private: Delivery) -> Outcome | None:
    """After the private leg moved: word the acknowledgement and let it go, once that is known.

    An acknowledgement that has been let go is never reworded: it may have left.
    """
    if private.handoff_id is None or private.leg is not Leg.PRIVATE:
        return None
    outcome = outcome_of(private)
    if outcome is None:
        return None
    for leg in deliveries.legs(work, private.handoff_id):
        if leg.leg is Leg.ACKNOWLEDGEMENT and leg.waits_for == private.id:
            if leg.state in {DeliveryState.HELD, DeliveryState.DUE}:
                words = words_of(work, private.handoff_id).for_outcome(outcome)
                invites = private.key if outcome is Outcome.INVITED else None
                deliveries.reword(work, leg.id, words, invites=invites)
            deliveries.let_go(work, leg.id)
            work.do(
                "UPDATE handoffs SET outcome = :outcome WHERE id = :id",
                {"outcome": outcome.value, "id": private.handoff_id},
            )
            return outcome
    return None


def commit_legs(
    work: Work,
    thread_id: int,
    words: Acknowledgement,
    private: Commitment | None,
    acknowledgement: Commitment,
    now: datetime,
) -> Handoff:
    """Commit both legs as `held`; the acknowledgement waits for the private one."""
    handoff_id = begin(work, thread_id, words, now)
    private_id = None
    if private is not None:
        private_id = deliveries.commit(work, _in(private, handoff_id, Leg.PRIVATE, None), now)
    acknowledgement_id = deliveries.commit(
        work, _in(acknowledgement, handoff_id, Leg.ACKNOWLEDGEMENT, private_id), now
    )
    return Handoff(handoff_id, thread_id, private_id, acknowledgement_id)


def _in(made: Commitment, handoff_id: int, leg: Leg, waits_for: int | None) -> Commitment:
    return replace(made, handoff_id=handoff_id, leg=leg, waits_for=waits_for)


def wait_again(work: Work, private: Delivery) -> None:
    """The private message is sent once more: an acknowledgement that hasn't left waits for it."""
    if private.handoff_id is not None and private.leg is Leg.PRIVATE:
        for leg in deliveries.legs(work, private.handoff_id):
            if leg.id != private.id and leg.state in {DeliveryState.HELD, DeliveryState.DUE}:
                deliveries.wait_for(work, leg.id, private.id)


def recall(work: Work, asked: Delivery, now: datetime) -> tuple[Delivery, ...]:
    """Take both legs back; those that were. An acknowledgement that has left stays, unless it is
    the one that is asked for. Raises `Impossible` and moves neither when that, or the private one,
    has left."""
    assert asked.handoff_id is not None
    legs = deliveries.legs(work, asked.handoff_id)
    for leg in legs:
        if leg.id == asked.id or leg.leg is Leg.PRIVATE:
            after(leg.state, DeliveryEvent.RECALL)
    return tuple(
        deliveries.move(work, leg.id, DeliveryEvent.RECALL, now)
        for leg in legs
        if isinstance(TABLE[leg.state, DeliveryEvent.RECALL], DeliveryState)
    )
