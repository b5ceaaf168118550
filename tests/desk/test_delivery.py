"""The life of a delivery: the table answers everything, and its promises hold along any path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.desk.delivery import TABLE, DeliveryEvent, Impossible, after
from console.desk.model import DeliveryState

events = st.sampled_from(DeliveryEvent)


def test_every_state_has_an_answer_for_every_event():
    assert set(TABLE) == {(state, event) for state in DeliveryState for event in DeliveryEvent}
    assert all(
        isinstance(answer, DeliveryState) or (answer and not answer.endswith("."))
        for answer in TABLE.values()
    )


@given(st.lists(events, max_size=30))
def test_nothing_is_sent_again_on_a_guess(path):
    """Between two attempts there is proof that the first one left nothing, or a person's word."""
    state = DeliveryState.HELD
    open_attempt = False
    for event in path:
        try:
            state = after(state, event)
        except Impossible:
            continue
        if event is DeliveryEvent.BEGIN:
            assert not open_attempt
            open_attempt = True
        elif event in {
            DeliveryEvent.NOT_LEFT,
            DeliveryEvent.PROVED_UNSENT,
            DeliveryEvent.PERSON_SAYS_RESEND,
            DeliveryEvent.REJECTED,
        } and state in {DeliveryState.DUE, DeliveryState.REFUSED}:
            open_attempt = False


def test_a_restart_never_makes_anything_due():
    for state in DeliveryState:
        try:
            came = after(state, DeliveryEvent.RESTARTED)
        except Impossible:
            continue
        assert came is (DeliveryState.DOUBTFUL if state is DeliveryState.SENDING else state)


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.SENT])
def test_what_has_left_cannot_be_recalled(state):
    with pytest.raises(Impossible, match=r"its way|left"):
        after(state, DeliveryEvent.RECALL)


@given(st.lists(events, max_size=30))
def test_a_doubtful_one_is_settled_by_proof_or_by_a_person(path):
    state = DeliveryState.DOUBTFUL
    proof = {
        DeliveryEvent.FOUND,
        DeliveryEvent.ACCEPTED,
        DeliveryEvent.PROVED_UNSENT,
        DeliveryEvent.PERSON_SAYS_SENT,
        DeliveryEvent.PERSON_SAYS_RESEND,
        DeliveryEvent.GIVE_UP,
    }
    for event in path:
        if event in proof:
            break
        try:
            state = after(state, event)
        except Impossible:
            continue
        assert state is DeliveryState.DOUBTFUL
