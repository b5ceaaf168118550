"""What has left is deleted or edited: asked until the network says yes or no; nothing is lost."""

from __future__ import annotations

import asyncio

import pytest

from connectors.contract import Lane, Reason
from connectors.stage.faults import Fault
from console.desk.model import DeliveryState
from console.desk.withdrawal import CannotWithdraw, WithdrawalKind, WithdrawalState
from console.engine.work import FindingKind, Stopped
from console.store import withdrawals
from tests.engine.office import Office

LOST = [Fault.NO_ROUTE, Fault.TOO_MANY, Fault.REQUEST_LOST, Fault.SERVER_ERROR]
DONE_UNHEARD = [Fault.ANSWER_LOST, Fault.ANSWER_GARBLED]


async def asked(office, text="where is my parcel?", who="ana"):
    return await office.hears(office.network.customer(who).writes_public(text).remote_id)


async def sent(office, text="It left on Mnoday."):
    """A public reply that stands on the network; its delivery."""
    delivery = await office.reply(await asked(office), text)
    await office.step(9)
    assert await office.state(delivery) is DeliveryState.SENT
    return delivery


async def wish(office, delivery):
    """The newest wish for a delivery."""
    return (await office.engine.recalls.offer(delivery)).legs[0].withdrawals[-1]


async def again(offices_folder, office):
    """The same desk in another process, after this one was killed."""
    await office.close()
    return await Office(offices_folder, office.network).open()


# --- deleting ---------------------------------------------------------------------------------


async def test_a_sent_message_is_deleted_and_the_thread_keeps_its_words(office):
    delivery = await sent(office)
    await office.engine.recalls.delete([delivery])
    assert office.posted() == ["It left on Mnoday."]
    assert (await office.view()).withdrawals[0].pending
    await office.step()
    assert office.posted() == []
    view = await office.view()
    ours = next(message for message in view.messages if message.ours)
    assert ours.deleted_at == office.now
    assert ours.text == "It left on Mnoday."
    assert view.row.waiting_since is not None
    (done,) = view.withdrawals
    assert (done.kind, done.state, done.author) == (
        WithdrawalKind.DELETE,
        WithdrawalState.DONE,
        "Mira",
    )
    assert await office.state(delivery) is DeliveryState.SENT


@pytest.mark.parametrize("fault", DONE_UNHEARD)
async def test_a_deletion_that_nobody_answered_is_done_once_it_is_heard_of(office, fault):
    """By the next answer, or by the network telling that it is gone, whichever is first."""
    delivery = await sent(office)
    office.network.fault(fault, recalling=True, times=2)
    await office.engine.recalls.delete([delivery])
    for _ in range(3):
        await office.step(60)
    found = await wish(office, delivery)
    assert found.state is WithdrawalState.DONE
    assert 1 <= found.tries <= 3
    assert office.posted() == []


@pytest.mark.parametrize("fault", LOST)
async def test_a_deletion_is_asked_again_until_the_network_says_so(office, fault):
    delivery = await sent(office)
    office.network.fault(fault, recalling=True, times=2)
    await office.engine.recalls.delete([delivery])
    await office.step()
    assert office.posted() == ["It left on Mnoday."]
    found = await wish(office, delivery)
    assert found.pending
    assert found.words
    await office.step(60)
    await office.step(60)
    found = await wish(office, delivery)
    assert (found.state, found.tries) == (WithdrawalState.DONE, 3)
    assert office.posted() == []


async def test_a_refused_deletion_says_that_it_stands(office):
    delivery = await sent(office)
    office.network.fault(Fault.REFUSED, reason=Reason.NOT_ALLOWED, recalling=True)
    await office.engine.recalls.delete([delivery])
    await office.step()
    found = await wish(office, delivery)
    assert found.state is WithdrawalState.REFUSED
    assert "scopes" in found.words
    assert office.posted() == ["It left on Mnoday."]
    assert (await office.view()).messages[-1].deleted_at is None
    # A person may ask anew.
    await office.engine.recalls.delete([delivery])
    await office.step()
    assert office.posted() == []


async def test_a_dead_key_waits_for_the_sign_in(office):
    delivery = await sent(office)
    office.network.fault(Fault.KEY_DEAD, recalling=True)
    await office.engine.recalls.delete([delivery])
    await office.step()
    assert not office.session.open.is_set()
    assert (await wish(office, delivery)).pending


@pytest.mark.parametrize("when", ["before it is asked", "while it is asked", "after the answer"])
async def test_a_kill_loses_no_wish(tmp_path, when):
    office = await Office(tmp_path).open()
    delivery = await sent(office)
    await office.engine.recalls.delete([delivery])
    asked_for = (await wish(office, delivery)).id
    if when != "before it is asked":
        # The try is counted, and then nothing comes to disk any more.
        began = await office.store.write(withdrawals.begin, asked_for, office.now)
        if when == "after the answer":
            await office.session.connector.delete(began.remote_id)
    office = await again(tmp_path, office)
    assert (await wish(office, delivery)).pending or office.posted() == []
    await office.step()
    assert (await wish(office, delivery)).state is WithdrawalState.DONE
    assert office.posted() == []
    await office.close()


async def test_the_same_wish_twice_is_one(office):
    delivery = await sent(office)
    first = await office.engine.recalls.delete([delivery])
    assert await office.engine.recalls.delete([delivery]) == first
    await office.step()
    with pytest.raises(CannotWithdraw) as caught:
        await office.engine.recalls.delete([delivery])
    assert "deleted already" in caught.value.words


async def test_a_wish_is_dropped_before_it_was_asked(office):
    delivery = await sent(office)
    (number,) = await office.engine.recalls.delete([delivery])
    await office.engine.recalls.drop(number)
    await office.step()
    assert office.posted() == ["It left on Mnoday."]
    assert (await office.view()).withdrawals == ()
    (number,) = await office.engine.recalls.delete([delivery])
    office.network.fault(Fault.SERVER_ERROR, recalling=True)
    await office.step()
    with pytest.raises(CannotWithdraw):
        await office.engine.recalls.drop(number)


async def test_what_has_not_left_is_taken_back_instead(office):
    delivery = await office.reply(await asked(office))
    with pytest.raises(CannotWithdraw) as caught:
        await office.engine.recalls.delete([delivery])
    assert "take it back" in caught.value.words


async def test_a_network_that_cannot_says_why(offices):
    office = await offices(edits=False, deletes=False)
    delivery = await sent(office)
    offer = (await office.engine.recalls.offer(delivery)).legs[0]
    assert offer.cannot_delete
    assert offer.cannot_edit
    with pytest.raises(CannotWithdraw) as caught:
        await office.engine.recalls.delete([delivery])
    assert caught.value.words == offer.cannot_delete


async def test_what_a_person_only_says_arrived_has_no_receipt(offices):
    from console.desk.delivery import DeliveryEvent

    office = await offices(finds_sent=False, idempotent=False)
    view = await asked(office)
    office.network.fault(Fault.ANSWER_LOST)
    delivery = await office.reply(view)
    await office.step(9)
    await office.engine.work.settle(delivery, DeliveryEvent.PERSON_SAYS_SENT)
    assert "receipt" in (await office.engine.recalls.offer(delivery)).legs[0].cannot_delete


# --- editing ----------------------------------------------------------------------------------


async def test_a_sent_message_is_edited_and_the_ledger_keeps_the_former_words(office):
    delivery = await sent(office)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    assert (await office.view()).messages[-1].text == "It left on Mnoday."
    office.later(30)
    await office.step()
    assert office.posted() == ["It left on Monday."]
    ours = (await office.view()).messages[-1]
    assert ours.text == "It left on Monday."
    assert ours.edited_at == office.now
    assert (await office.delivery(delivery)).outgoing.text == "It left on Mnoday."
    done = await wish(office, delivery)
    assert (done.was, done.text) == ("It left on Mnoday.", "It left on Monday.")
    found = await office.engine.reading.search("Monday")
    assert [hit.thread_id for hit in found.hits] == [1]
    assert (await office.engine.reading.search("Mnoday")).hits == ()


@pytest.mark.parametrize("fault", [*LOST, *DONE_UNHEARD])
async def test_an_edit_is_asked_again_until_the_network_says_so(office, fault):
    delivery = await sent(office)
    office.network.fault(fault, recalling=True)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    await office.step()
    assert (await wish(office, delivery)).pending
    await office.step(60)
    assert (await wish(office, delivery)).state is WithdrawalState.DONE
    assert office.posted() == ["It left on Monday."]
    assert len((await office.view()).messages) == 2


async def test_an_edit_goes_through_the_checks(office):
    delivery = await sent(office)
    with pytest.raises(Stopped) as caught:
        await office.engine.recalls.edit(delivery, "Write to ana.horvat@mail.example")
    assert [one.kind for one in caught.value.findings] == [FindingKind.PRIVATE_IN_PUBLIC]
    with pytest.raises(Stopped):
        await office.engine.recalls.edit(delivery, "It comes on {{ ask.day }}.")
    await office.step()
    assert office.posted() == ["It left on Mnoday."]
    await office.engine.recalls.edit(
        delivery,
        "Write to ana.horvat@mail.example",
        overridden=frozenset({FindingKind.PRIVATE_IN_PUBLIC}),
    )
    await office.step()
    assert office.posted() == ["Write to ana.horvat@mail.example"]


async def test_two_edits_in_turn_and_then_a_deletion(office):
    delivery = await sent(office)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    await office.engine.recalls.edit(delivery, "It left on Tuesday.")
    await office.engine.recalls.delete([delivery])
    with pytest.raises(CannotWithdraw):
        await office.engine.recalls.edit(delivery, "too late")
    await office.step()
    view = await office.view()
    assert [one.state for one in view.withdrawals] == [WithdrawalState.DONE]
    assert office.posted() == []
    assert view.messages[-1].text == "It left on Mnoday."
    (row,) = await office.engine.reading.outbox(settled_since=office.now)
    assert [one.text for one in row.withdrawals if one.state is WithdrawalState.DROPPED] == [
        "It left on Monday.",
        "It left on Tuesday.",
    ]


async def test_a_newer_edit_never_loses_to_an_older_one(office):
    delivery = await sent(office)
    office.network.fault(Fault.TOO_MANY, recalling=True)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    await office.step()
    await office.engine.recalls.edit(delivery, "It left on Tuesday.")
    await office.step()
    await office.step(3600)
    assert office.posted() == ["It left on Tuesday."]
    assert (await office.view()).messages[-1].text == "It left on Tuesday."


async def test_what_was_dropped_under_way_and_done_all_the_same_is_told(office):
    delivery = await sent(office)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    office.network.hold()
    asking = asyncio.create_task(office.dispatch.step())
    await office.network.waiting.wait()
    await office.engine.recalls.edit(delivery, "It left on Tuesday.")
    office.network.let_go()
    await asking
    states = [one.state for one in (await office.view()).withdrawals]
    assert states == [WithdrawalState.DONE, WithdrawalState.ASKED]
    await office.step()
    assert office.posted() == ["It left on Tuesday."]


async def test_the_same_words_are_no_edit(office):
    delivery = await sent(office)
    with pytest.raises(CannotWithdraw):
        await office.engine.recalls.edit(delivery, "It left on Mnoday.")


async def test_an_edit_of_what_was_deleted_elsewhere_is_refused(office):
    delivery = await sent(office)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    remote_id = (await office.delivery(delivery)).remote_id
    office.network.take_away(remote_id)
    await office.step()
    found = await wish(office, delivery)
    assert found.state is WithdrawalState.REFUSED
    assert (await office.view()).messages[-1].deleted_at is not None


async def test_our_own_edit_that_comes_back_changes_nothing_twice(office):
    delivery = await sent(office)
    await office.engine.recalls.edit(delivery, "It left on Monday.")
    await office.step()
    # What the customer writes next comes after it in the stream.
    view = await office.hears(office.network.customer("ana").writes_public("thanks").remote_id)
    thread = await office.view(1)
    assert [message.text for message in thread.messages if message.ours] == ["It left on Monday."]
    assert view is not None


# --- a handoff --------------------------------------------------------------------------------


async def both_sent(office):
    _, handoff = await office.hand_off(await asked(office))
    await office.step(9)
    await office.step()
    assert len(office.posted()) == 2
    return handoff


async def test_deleting_one_leg_offers_the_other_and_both_go_in_one_act(office):
    handoff = await both_sent(office)
    offer = await office.engine.recalls.offer(handoff.private)
    assert [leg.delivery.id for leg in offer.legs] == [handoff.private, handoff.acknowledgement]
    assert "public line says" in offer.warning
    assert "nobody else could" in offer.legs[0].seen_by
    assert "in public" in offer.legs[1].seen_by
    await office.engine.recalls.delete([leg.delivery.id for leg in offer.legs])
    await office.step()
    assert office.posted() == []


async def test_one_leg_alone_can_go(office):
    handoff = await both_sent(office)
    await office.engine.recalls.delete([handoff.acknowledgement])
    await office.step()
    assert len(office.posted(Lane.PRIVATE)) == 1
    assert office.posted(Lane.PUBLIC) == []


async def test_an_acknowledgement_that_has_not_left_goes_with_its_message(office):
    _, handoff = await office.hand_off(await asked(office))
    office.later(9)
    await office.dispatch._one(await office.delivery(handoff.private))
    assert await office.state(handoff.private) is DeliveryState.SENT
    assert not (await office.state(handoff.acknowledgement)).settled
    await office.engine.recalls.delete([handoff.private])
    await office.step()
    assert await office.state(handoff.acknowledgement) is DeliveryState.RECALLED
    assert office.posted() == []


async def test_after_both_are_deleted_the_private_lane_is_opened_anew(office):
    handoff = await both_sent(office)
    await office.engine.recalls.delete([handoff.private, handoff.acknowledgement])
    await office.step()
    assert (await office.view()).lane(Lane.PRIVATE) is None
    _, again = await office.hand_off(await office.view())
    await office.step(9)
    await office.step()
    assert await office.state(again.private) is DeliveryState.SENT
    assert len(office.posted(Lane.PRIVATE)) == 1


async def test_after_a_deletion_a_reply_answers_what_still_stands(office):
    handoff = await both_sent(office)
    answer = office.network.customer("ana").answers_privately("it was 4711")
    await office.hears(answer.remote_id)
    await office.engine.recalls.delete([handoff.private])
    await office.step()
    bound = (await office.view()).lane(Lane.PRIVATE)
    assert bound is not None
    assert bound.reply_to == answer.remote_id
