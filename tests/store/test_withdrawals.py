"""Wishes for what has left, as the disk has them: each step whole, and nothing forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import Audience, Deleted, Lane, Outgoing, Receipt
from console.desk.delivery import DeliveryEvent
from console.desk.model import NOTHING_SEEN
from console.desk.withdrawal import CannotWithdraw, WithdrawalKind, WithdrawalState
from console.store import conversation, deliveries, ledger, search, withdrawals
from console.store.deliveries import Commitment
from tests.store.desk import ANA, SHOP

EDIT, DELETE = WithdrawalKind.EDIT, WithdrawalKind.DELETE


@pytest.fixture
def sent(desk):
    """A reply of ours that stands there as o-1; its delivery."""
    asked = desk.post()
    desk.take(asked)
    delivery = desk.write(
        deliveries.commit,
        Commitment(
            key="k",
            thread_id=1,
            account="main",
            outgoing=Outgoing(
                lane=Lane.PUBLIC,
                text="It left on Mnoday.",
                to=ANA,
                reply_to=asked.remote_id,
                audience=Audience.EVERYONE,
            ),
            author="Mira",
            agent="Mira",
            template=None,
            seen=NOTHING_SEEN,
            held_until=desk.now,
        ),
        desk.now,
    )
    for event in (DeliveryEvent.WINDOW_PASSED, DeliveryEvent.BEGIN):
        desk.write(deliveries.move, delivery, event, desk.now)
    receipt = Receipt(remote_id="o-1", at=desk.now)
    desk.write(deliveries.move, delivery, DeliveryEvent.ACCEPTED, desk.now, receipt=receipt)
    return delivery


def ask(desk, delivery, kind, text=None):
    return desk.write(withdrawals.ask, delivery, kind, text, "Mira", desk.now)


def ours(desk):
    return [one for one in desk.read(conversation.thread_view, 1, 50).messages if one.ours]


def test_an_edit_that_changes_the_id_leaves_one_message(desk, sent):
    wish = ask(desk, sent, EDIT, "It left on Monday.")
    desk.write(withdrawals.begin, wish, desk.now)
    # Before its receipt the edited post comes back in the stream, under its new id.
    desk.take(
        desk.post(SHOP, "@ana It left on Monday.", remote_id="o-2", to=ANA, reply_to="p1"),
    )
    assert len(ours(desk)) == 2
    desk.write(withdrawals.done, wish, Receipt(remote_id="o-2", at=desk.now), desk.now)
    (message,) = ours(desk)
    assert (message.remote_id, message.text) == ("o-2", "It left on Monday.")
    assert message.edited_at == desk.now
    assert desk.read(deliveries.delivery, sent).remote_id == "o-2"


def test_the_id_in_the_lane_follows(desk, sent):
    from console.store.connection import Work

    def bind(work: Work) -> None:
        work.do("UPDATE lanes SET reply_to = 'o-1' WHERE thread_id = 1")

    desk.write(bind)
    wish = ask(desk, sent, EDIT, "It left on Monday.")
    desk.write(withdrawals.done, wish, Receipt(remote_id="o-2", at=desk.now), desk.now)
    assert desk.read(conversation.thread_view, 1, 50).lane(Lane.PUBLIC).reply_to == "o-2"
    desk.take(Deleted(remote_id="o-2", at=desk.now))
    assert desk.read(conversation.thread_view, 1, 50).lane(Lane.PUBLIC).reply_to == "p1"


def test_the_search_knows_the_new_words_only(desk, sent):
    from datetime import date

    from console.desk import query

    wish = ask(desk, sent, EDIT, "It left on Friday.")
    desk.write(withdrawals.done, wish, Receipt(remote_id="o-1", at=desk.now), desk.now)
    for words, hits in (("Friday", 1), ("Mnoday", 0)):
        asked = query.parse(words, date(2026, 11, 20))
        assert len(desk.read(search.search, asked, 10)) == hits


def test_the_ledger_keeps_what_stood_there(desk, sent):
    wish = ask(desk, sent, EDIT, "It left on Monday.")
    desk.write(withdrawals.done, wish, Receipt(remote_id="o-1", at=desk.now), desk.now)
    gone = ask(desk, sent, DELETE)
    desk.write(withdrawals.done, gone, None, desk.now)
    assert desk.read(ledger.outbox, None) == ()
    (row,) = desk.read(ledger.outbox, desk.now - timedelta(days=1))
    assert row.delivery.outgoing.text == "It left on Mnoday."
    assert [one.was for one in row.withdrawals] == ["It left on Mnoday.", "It left on Monday."]
    assert [tried.what for tried in row.attempts] == ["edit", "delete"]
    assert row.attempts[0].receipt == "o-1"
    desk.later(days=40)
    assert desk.read(ledger.outbox, desk.now - timedelta(days=30)) == ()
    (row,) = desk.read(ledger.outbox, desk.now - timedelta(days=50))
    assert row.settled


def test_a_pending_wish_is_in_the_outbox(desk, sent):
    ask(desk, sent, DELETE)
    (row,) = desk.read(ledger.outbox, None)
    assert not row.settled


def test_what_came_too_late_changes_nothing(desk, sent):
    """Two processes may have asked: the second answer finds it settled."""
    wish = ask(desk, sent, DELETE)
    desk.write(withdrawals.done, wish, None, desk.now)
    at = ours(desk)[0].deleted_at
    desk.later(minutes=5)
    desk.write(withdrawals.refused, wish, "no", desk.now, gone=False)
    desk.write(withdrawals.not_yet, wish, "unknown", "?", desk.now, desk.now)
    assert desk.write(withdrawals.begin, wish, desk.now) is None
    found = desk.read(withdrawals.withdrawal, wish)
    assert (found.state, found.words) == (WithdrawalState.DONE, "")
    assert ours(desk)[0].deleted_at == at


def test_nothing_is_asked_of_what_the_customer_wrote_or_what_is_gone(desk, sent):
    desk.take(Deleted(remote_id="o-1", at=desk.now))
    with pytest.raises(CannotWithdraw):
        ask(desk, sent, DELETE)
    with pytest.raises(CannotWithdraw):
        ask(desk, sent, EDIT, "  ")


def test_a_deletion_whose_answer_was_lost_is_done_when_the_network_tells_of_it(desk, sent):
    wish = ask(desk, sent, DELETE)
    desk.write(withdrawals.begin, wish, desk.now)
    desk.write(withdrawals.not_yet, wish, "unknown", "no answer", desk.now, desk.now)
    desk.take(Deleted(remote_id="o-1", at=desk.now))
    assert desk.read(withdrawals.withdrawal, wish).state is WithdrawalState.DONE


def test_a_deletion_whose_second_try_was_refused_is_done_all_the_same(desk, sent):
    wish = ask(desk, sent, DELETE)
    desk.write(withdrawals.begin, wish, desk.now)
    desk.write(withdrawals.begin, wish, desk.now)
    desk.write(withdrawals.refused, wish, "no", desk.now, gone=False)
    desk.take(Deleted(remote_id="o-1", at=desk.now))
    assert desk.read(withdrawals.withdrawal, wish).state is WithdrawalState.DONE


def test_what_somebody_else_deleted_is_no_deed_of_a_wish_that_was_not_tried(desk, sent):
    wish = ask(desk, sent, DELETE)
    desk.take(Deleted(remote_id="o-1", at=desk.now))
    assert desk.read(withdrawals.withdrawal, wish).state is WithdrawalState.ASKED
