"""The move to DM where only the customer can begin: the message waits, for that person alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import Began, Lane
from connectors.stage.faults import Fault
from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState, DraftKind
from console.desk.story import stands, what_next
from console.ui.wording import delivery_state
from tests.engine.office import Office


async def moved(offices):
    office = await offices(opens=False, invites=True)
    post = office.network.customer("ana", name="Ana Horvat").writes_public("my parcel never came")
    plan, handoff = await office.hand_off(await office.hears(post.remote_id))
    return office, plan, handoff


async def waiting(offices):
    """The invitation stands in public, the message waits."""
    office, plan, handoff = await moved(offices)
    await office.step(9)
    assert office.posted() == [plan.acknowledgement.refused]
    return office, plan, handoff


async def key_of(office: Office, handoff) -> str:
    return (await office.delivery(handoff.private)).key


async def heard(office: Office, attempts: int) -> None:
    """Wait until the desk has written down so many attempts and beginnings."""

    async def there() -> bool:
        found = await office.store.read(lambda work: work.value("SELECT COUNT(*) FROM attempts"))
        return bool(found >= attempts)

    await office.until(there)


async def test_the_plan_says_that_it_may_wait(offices):
    _, plan, _ = await moved(offices)
    assert "waits" in plan.hint
    assert plan.private is not None


async def test_the_public_line_goes_out_with_the_link_and_the_message_waits(offices):
    office, _, handoff = await waiting(offices)
    key = await key_of(office, handoff)
    assert list(office.network.links.values()) == [key]
    private = await office.delivery(handoff.private)
    assert (private.state, private.awaits) == (DeliveryState.DUE, True)
    said, _ = delivery_state(private, office.now)
    assert said.startswith("waits until they begin")
    assert "Nobody else" in what_next(private)
    assert (await office.engine.reading.counts()).leaving == 0
    assert stands(private) == "waits until the customer begins in private"
    assert await office.state(handoff.acknowledgement) is DeliveryState.SENT
    await office.step(86_400)
    assert office.posted(Lane.PRIVATE) == []


async def test_who_follows_the_link_gets_the_message_once(offices):
    office, plan, handoff = await waiting(offices)
    ana = office.network.customer("ana")
    for _ in range(3):
        ana.begins(await key_of(office, handoff))
    await heard(office, 3)
    await office.step(1)
    assert office.posted(Lane.PRIVATE) == [plan.private]
    assert await office.state(handoff.private) is DeliveryState.SENT
    ana.begins(await key_of(office, handoff))
    post = ana.answers_privately("it was order 4711")
    found = await office.hears(post.remote_id)
    assert found.row.id == 1
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == [plan.private]


async def test_a_stranger_who_follows_the_link_gets_nothing(offices):
    office, _, handoff = await waiting(offices)
    mallory = office.network.customer("mallory")
    mallory.begins(await key_of(office, handoff))
    mallory.begins()
    await office.hears(mallory.writes_privately("give it to me").remote_id)
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == []
    assert mallory.received == []
    assert (await office.delivery(handoff.private)).awaits


async def test_another_ones_link_lets_nothing_go(offices):
    office, _, handoff = await waiting(offices)
    budi = office.network.customer("budi")
    _, other = await office.hand_off(await office.hears(budi.writes_public("and mine?").remote_id))
    await office.step(9)
    budi.begins(await key_of(office, handoff))
    await office.hears(budi.writes_public("pressed it").remote_id)
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == []
    assert (await office.delivery(other.private)).awaits


async def test_who_comes_by_themselves_gets_it_too(offices):
    office, plan, _ = await waiting(offices)
    office.network.customer("ana").begins()
    await heard(office, 3)
    await office.step(1)
    assert office.posted(Lane.PRIVATE) == [plan.private]


async def test_who_writes_in_private_instead_is_read_before_anything_leaves(offices):
    office, plan, handoff = await waiting(offices)
    post = office.network.customer("ana").writes_privately("it came after all!")
    found = await office.hears(post.remote_id)
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == []
    assert await office.state(handoff.private) is DeliveryState.RECALLED
    assert found.row.id == 1
    (draft,) = (await office.view()).drafts
    assert (draft.kind, draft.text) == (DraftKind.HANDOFF, plan.private)


async def test_what_waits_can_be_taken_back_and_the_link_is_dead(offices):
    office, plan, handoff = await waiting(offices)
    key = await key_of(office, handoff)
    draft = await office.engine.work.recall(handoff.private)
    assert draft.text == plan.private
    office.network.customer("ana").begins(key)
    await office.hears(office.network.customer("ana").writes_public("pressed it").remote_id)
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == []


async def test_a_lost_answer_after_they_began_is_never_a_second_message(offices):
    office, plan, handoff = await waiting(offices)
    office.network.customer("ana").begins(await key_of(office, handoff))
    await heard(office, 3)
    office.network.fault(Fault.ANSWER_LOST)
    await office.step(1)
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == [plan.private]
    assert await office.state(handoff.private) is DeliveryState.SENT


async def test_a_network_that_is_away_for_a_while_changes_nothing(offices):
    office, plan, handoff = await moved(offices)
    office.network.fault(Fault.NO_ROUTE)
    await office.step(9)
    assert office.posted() == []
    await office.step(120)
    assert office.posted(Lane.PUBLIC) == [plan.acknowledgement.refused]
    assert (await office.delivery(handoff.private)).awaits


async def test_a_person_may_have_it_tried_again_and_it_waits_again(offices):
    office, _, handoff = await waiting(offices)
    await office.engine.work.settle(handoff.private, DeliveryEvent.PERSON_SAYS_RESEND)
    await office.step(1)
    private = await office.delivery(handoff.private)
    assert (private.state, private.awaits) == (DeliveryState.DUE, True)
    assert len(office.posted(Lane.PUBLIC)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_it_outlives_restarts(tmp_path, offices, when):
    """Stopped while it waits, or after they began and before it left."""
    office, plan, handoff = await waiting(offices)
    key = await key_of(office, handoff)
    if when == "after":
        office.network.customer("ana").begins(key)
        await heard(office, 3)
    await office.close()
    again = await Office(office.path.parent, office.network).open()
    try:
        assert again.posted(Lane.PRIVATE) == []
        if when == "before":
            office.network.customer("ana").begins(key)
            await heard(again, 3)
        await again.step(1)
        await again.step(60)
        assert again.posted() == [plan.acknowledgement.refused, plan.private]
        assert await again.state(handoff.private) is DeliveryState.SENT
    finally:
        await again.close()


async def test_a_line_that_has_not_left_when_they_begin_is_worded_anew(offices):
    office, plan, handoff = await moved(offices)
    office.later(9)
    await office.dispatch._one(await office.delivery(handoff.private))
    assert (await office.delivery(handoff.private)).awaits
    assert (await office.delivery(handoff.acknowledgement)).outgoing.invites
    office.network.customer("ana").begins()
    await heard(office, 2)
    await office.step(1)
    assert office.posted() == [plan.private, plan.acknowledgement.sent]
    assert office.network.links == {}


async def test_the_same_batch_twice_lets_go_once(offices):
    office, plan, handoff = await waiting(offices)
    ana = office.network.customer("ana")
    ana.begins(await key_of(office, handoff))
    await heard(office, 3)
    for came in [a for a in office.network.log.arrivals if isinstance(a, Began)]:
        office.network.log.append(replace(came))
    await office.step(1)
    await office.hears(ana.answers_privately("thank you").remote_id)
    await office.step(60)
    assert office.posted(Lane.PRIVATE) == [plan.private]
