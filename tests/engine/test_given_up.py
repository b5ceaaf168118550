"""What was given up may stand there all the same, and its number may be somebody else's by now."""

from __future__ import annotations

import pytest

from connectors.contract import Receipt
from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState
from console.store import deliveries
from tests.engine.test_review import WORDS, asked


async def given_up(office):
    """A reply whose answer was lost, and that a person gave up: its echo is no more."""
    view = await asked(office)
    reply = await office.reply(view, WORDS)

    def unit(work):
        for event in (
            DeliveryEvent.WINDOW_PASSED,
            DeliveryEvent.BEGIN,
            DeliveryEvent.UNSURE,
            DeliveryEvent.GIVE_UP,
        ):
            deliveries.move(work, reply, event, office.now)

    await office.store.write(unit)
    assert len((await office.view()).messages) == 1
    return reply


async def found(office, reply, remote_id):
    receipt = Receipt(remote_id=remote_id, at=office.now)
    await office.store.write(
        deliveries.move, reply, DeliveryEvent.FOUND, office.now, receipt=receipt
    )


async def test_a_customer_whose_message_got_its_number_keeps_their_words(office):
    reply = await given_up(office)
    post = office.network.customer("budi").writes_public("an unrelated question")
    other = await office.hears(post.remote_id)
    assert other.messages[0].id == (await office.delivery(reply)).message_id
    offer = await office.engine.recalls.offer(reply)
    assert offer.legs[0].text == WORDS
    await found(office, reply, "found-1")
    assert (await office.view(other.row.id)).messages == other.messages
    assert (await office.state(reply)) is DeliveryState.SENT
    _theirs, ours = (await office.view()).messages
    assert (ours.text, ours.remote_id, ours.delivery_id) == (WORDS, "found-1", reply)
    assert (await office.engine.recalls.offer(reply)).legs[0].text == WORDS


@pytest.mark.parametrize("first", ["the look", "the stream"])
async def test_it_is_shown_once_whoever_finds_it_first(office, first):
    reply = await given_up(office)
    outgoing = (await office.delivery(reply)).outgoing
    if first == "the stream":
        post = office.network.post(outgoing, "another key")
        await office.hears(post.remote_id)
        await found(office, reply, post.remote_id)
    else:
        await found(office, reply, "found-1")
    _theirs, ours = (await office.view()).messages
    assert (ours.text, ours.delivery_id) == (WORDS, reply)
