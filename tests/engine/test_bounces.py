"""What came back: a delivery that counted as sent is refused, and nothing else changes."""

from __future__ import annotations

from connectors.contract import Batch, Bounced
from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState
from console.engine import intake
from console.store import deliveries
from tests.engine.office import Office


async def moved(office: Office):
    post = office.network.customer("ana", name="Ana Horvat").writes_public("@kiln where is it?")
    return await office.hand_off(await office.hears(post.remote_id))


async def comes_back(office: Office, remote_id: str, key: str | None = None) -> None:
    bounced = Bounced(
        remote_id=remote_id, at=office.now, words="It came back: \x1b[31mno such user", key=key
    )
    batch = Batch(arrivals=(bounced,))
    await office.store.write(intake.take_in, "main", batch, office.now)


async def test_a_bounce_refuses_the_delivery_that_was_sent(office):
    _, handoff = await moved(office)
    await office.step(9)
    sent = await office.delivery(handoff.private)
    assert sent.state is DeliveryState.SENT
    await comes_back(office, sent.remote_id)
    refused = await office.delivery(handoff.private)
    assert refused.state is DeliveryState.REFUSED
    assert refused.words.startswith("It came back")
    assert "\x1b" not in refused.words
    assert await office.state(handoff.acknowledgement) is DeliveryState.SENT


async def test_the_same_bounce_twice_is_one(office):
    _, handoff = await moved(office)
    await office.step(9)
    remote_id = (await office.delivery(handoff.private)).remote_id

    def bounces(work):
        return work.value("SELECT COUNT(*) FROM attempts WHERE what = 'bounce'")

    for _ in range(2):
        await comes_back(office, remote_id)
        assert await office.store.read(bounces) == 1


async def test_a_bounce_settles_a_doubt(office):
    _, handoff = await moved(office)
    for event in (DeliveryEvent.WINDOW_PASSED, DeliveryEvent.BEGIN, DeliveryEvent.UNSURE):
        await office.store.write(deliveries.move, handoff.private, event, office.now)
    found = await office.delivery(handoff.private)
    await comes_back(office, "its own id", key=found.key)
    refused = await office.delivery(handoff.private)
    assert refused.state is DeliveryState.REFUSED
    assert refused.remote_id == "its own id"


async def test_a_bounce_of_somebody_elses_mail_changes_nothing(office):
    _, handoff = await moved(office)
    await office.step(9)
    await comes_back(office, "nobody's", key="nobody's")
    assert await office.state(handoff.private) is DeliveryState.SENT
