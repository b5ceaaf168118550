"""Each answer of a network becomes the right word: sent, due, refused or doubtful; never twice."""

from __future__ import annotations

import asyncio

import pytest

from connectors.contract import Lane, Reason
from connectors.stage.faults import Fault
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import DeliveryState, DraftKind
from console.engine.work import FindingKind, Stopped
from console.store import accounts


async def asked(office, text="where is my parcel?", who="ana"):
    return await office.hears(office.network.customer(who).writes_public(text).remote_id)


async def test_a_reply_is_held_then_sent_and_meets_its_own_echo(office):
    view = await asked(office)
    delivery = await office.reply(view)
    await office.step(7)
    assert await office.state(delivery) is DeliveryState.HELD
    assert office.posted() == []
    await office.step(2)
    assert await office.state(delivery) is DeliveryState.SENT
    assert office.posted() == ["It left on Monday."]
    found = await office.view()
    assert [message.text for message in found.messages] == [
        "where is my parcel?",
        "It left on Monday.",
    ]
    assert found.messages[1].remote_id is not None
    assert found.row.waiting_since is None


async def test_a_held_reply_is_taken_back_into_its_draft(office):
    view = await asked(office)
    delivery = await office.reply(view)
    undone = await office.engine.work.undo()
    assert undone.drafts[0].text == "It left on Monday."
    await office.step(60)
    assert await office.state(delivery) is DeliveryState.RECALLED
    assert office.posted() == []
    found = await office.view()
    assert len(found.messages) == 1
    assert found.row.waiting_since is not None
    assert [draft.text for draft in found.drafts] == ["It left on Monday."]


async def test_taking_back_keeps_words_that_were_begun_meanwhile(office):
    view = await asked(office)
    await office.reply(view)
    await office.engine.work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, "also this")
    undone = await office.engine.work.undo()
    assert undone.drafts[0].text == "It left on Monday.\n\nalso this"


@pytest.mark.parametrize(
    ("fault", "state", "stands"),
    [
        (Fault.NO_ROUTE, DeliveryState.DUE, 0),
        (Fault.TOO_MANY, DeliveryState.DUE, 0),
        (Fault.KEY_DEAD, DeliveryState.DUE, 0),
        (Fault.REFUSED, DeliveryState.REFUSED, 0),
        (Fault.REQUEST_LOST, DeliveryState.SENT, 1),
        (Fault.SERVER_ERROR, DeliveryState.SENT, 1),
        (Fault.ANSWER_LOST, DeliveryState.SENT, 1),
        (Fault.ANSWER_GARBLED, DeliveryState.SENT, 1),
    ],
)
async def test_each_fault_ends_in_the_right_state(office, fault, state, stands):
    """After a doubt the network is asked; what it proves decides, and nothing stands twice."""
    view = await asked(office)
    office.network.fault(fault, reason=Reason.GONE)
    delivery = await office.reply(view)
    await office.step(9)
    assert await office.state(delivery) is state
    assert len(office.posted()) == stands


@pytest.mark.parametrize("fault", [Fault.NO_ROUTE, Fault.TOO_MANY])
async def test_what_did_not_leave_leaves_later_and_once(office, fault):
    view = await asked(office)
    office.network.fault(fault)
    delivery = await office.reply(view)
    await office.step(9)
    assert (await office.delivery(delivery)).words
    await office.step(120)
    assert await office.state(delivery) is DeliveryState.SENT
    assert len(office.posted()) == 1


async def test_where_nobody_can_tell_a_person_decides(offices):
    office = await offices(finds_sent=False, idempotent=False)
    view = await asked(office)
    office.network.fault(Fault.ANSWER_LOST)
    delivery = await office.reply(view)
    await office.step(9)
    await office.step(3600)
    found = await office.delivery(delivery)
    assert found.state is DeliveryState.DOUBTFUL
    assert "outbox" in found.words
    assert len(office.posted()) == 1
    with pytest.raises(Impossible):
        await office.engine.work.recall(delivery)
    await office.engine.work.settle(delivery, DeliveryEvent.PERSON_SAYS_SENT)
    await office.step(3600)
    assert await office.state(delivery) is DeliveryState.SENT
    assert len(office.posted()) == 1


async def test_a_refusal_puts_the_thread_back_into_the_inbox(office):
    view = await asked(office)
    office.network.fault(Fault.REFUSED, reason=Reason.BLOCKED)
    delivery = await office.reply(view)
    assert (await office.view()).row.waiting_since is None
    await office.step(9)
    found = await office.view()
    assert found.row.waiting_since is not None
    assert found.row.outbox is DeliveryState.REFUSED
    assert "blocked" in (await office.delivery(delivery)).words


async def test_a_customer_who_writes_again_stops_a_reply_that_is_held(office):
    """Promise 7: the answer fits the question."""
    view = await asked(office)
    delivery = await office.reply(view)
    post = office.network.customer("ana").writes_public(
        "never mind, it came!", reply_to=view.messages[0].remote_id
    )
    await office.hears(post.remote_id)
    await office.step(9)
    assert await office.state(delivery) is DeliveryState.RECALLED
    assert office.posted() == []
    assert (await office.view()).drafts[0].text == "It left on Monday."


async def test_a_reply_on_top_of_something_unseen_is_stopped_at_sending(office):
    view = await asked(office)
    post = office.network.customer("ana").writes_public(
        "and the cup?", reply_to=view.messages[0].remote_id
    )
    await office.hears(post.remote_id)
    with pytest.raises(Stopped) as stopped:
        await office.engine.work.reply(1, Lane.PUBLIC, "On its way.", seen=view.seen)
    assert [finding.kind for finding in stopped.value.findings] == [FindingKind.STALE]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It comes on {{ ask.day }}.", FindingKind.HOLE),
        ("", FindingKind.EMPTY),
        ("x" * 600, FindingKind.TOO_LONG),
        ("Write to ana.horvat@mail.example", FindingKind.PRIVATE_IN_PUBLIC),
    ],
)
async def test_the_checks_stop_a_reply_and_commit_nothing(office, text, kind):
    view = await asked(office)
    with pytest.raises(Stopped) as stopped:
        await office.reply(view, text)
    assert kind in {finding.kind for finding in stopped.value.findings}
    assert (await office.view()).deliveries == ()


async def test_a_person_may_override_what_does_not_stop(office):
    view = await asked(office)
    await office.engine.work.reply(
        1,
        Lane.PUBLIC,
        "Write to orders@kiln-support.example",
        seen=view.seen,
        overridden=frozenset({FindingKind.PRIVATE_IN_PUBLIC}),
    )
    await office.step(9)
    assert len(office.posted()) == 1


async def test_our_own_post_that_comes_back_before_its_receipt_is_one_message(office):
    view = await asked(office)
    office.network.fault(Fault.ANSWER_LOST)
    delivery = await office.reply(view)
    office.later(9)
    await office.dispatch.step()

    async def both_there():
        return (
            await office.store.read(
                lambda work: work.value("SELECT COUNT(*) FROM messages WHERE remote_id IS NOT NULL")
            )
            >= 2
        )

    await office.until(both_there)
    await office.step(60)
    assert await office.state(delivery) is DeliveryState.SENT
    assert len((await office.view()).messages) == 2


async def test_the_key_is_stored_before_the_first_request(office):
    view = await asked(office)
    delivery = await office.reply(view)
    key = (await office.delivery(delivery)).key
    await office.step(9)
    assert office.network.posted_with(key) is not None


async def test_a_restart_doubts_what_was_under_way_and_never_sends_it_again(office):
    from console.desk.delivery import DeliveryEvent as Event
    from console.store import deliveries, sending

    view = await asked(office)
    delivery = await office.reply(view)
    office.later(9)
    await office.store.write(deliveries.move, delivery, Event.WINDOW_PASSED, office.now)
    began = await office.store.write(sending.begin, delivery, office.now)
    office.network.post(began.outgoing, began.key)
    await office.store.write(deliveries.doubt_all_sending, "stopped", office.now)
    assert await office.state(delivery) is DeliveryState.DOUBTFUL
    await office.step(1)
    assert await office.state(delivery) is DeliveryState.SENT
    assert len(office.posted()) == 1


async def test_a_revoked_key_keeps_the_words_and_says_so(office):
    view = await asked(office)
    office.network.revoke()
    delivery = await office.reply(view)
    await office.step(9)
    assert await office.state(delivery) is DeliveryState.DUE
    assert office.session.status.state.value == "sign in again"
    office.network.accept_key()
    office.session.poke()
    async with asyncio.timeout(10):
        await office.session.abreast.wait()
    await office.step(60)
    assert await office.state(delivery) is DeliveryState.SENT


async def test_the_cursor_is_stored_with_what_it_stands_after(office):
    await asked(office)
    stored = await office.engine.reading.account("main")
    assert stored.cursor is not None
    assert stored.caught_up
    assert isinstance(stored, accounts.StoredAccount)


async def test_a_network_is_loaded_in_a_thread_before_it_is_opened(tmp_path):
    """Importing a network's library takes long, and a key must not wait for it."""
    import threading

    from connectors.stage.connector import Stage
    from tests.engine.office import Office

    threads = []

    class Heavy(Stage):
        @classmethod
        def load(cls):
            threads.append(threading.current_thread())

    office = Office(tmp_path)
    office._stage = lambda settings, **rest: Heavy(settings, world=office.network, **rest)
    await office.open()
    await office.close()
    assert threads
    assert threading.main_thread() not in threads


async def test_what_came_while_we_were_away_is_heard_before_anything_leaves(office):
    """Promise 7 holds after days offline: an answer that is due waits until we know the news."""
    view = await asked(office)
    delivery = await office.reply(view)
    await office.offline()
    office.network.customer("ana").writes_public(
        "never mind, it came!", reply_to=view.messages[0].remote_id
    )
    office.later(3 * 86_400)
    await office.engine.start()

    async def settled():
        return (await office.delivery(delivery)).state.settled

    await office.until(settled)
    assert await office.state(delivery) is DeliveryState.RECALLED
    assert office.posted() == []
