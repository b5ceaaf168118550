"""`m` on Telegram, in each state: never told untruly, never twice, never to another person."""

from __future__ import annotations

import pytest

from console.desk.handoff import CannotHandOff
from console.desk.model import DeliveryState, DraftKind
from tests.connectors.telegram.fake import GROUP, Fake, Person, Trouble
from tests.connectors.telegram.office import TelegramOffice


@pytest.fixture
def ana(fake: Fake) -> Person:
    return fake.person("ana", 1111)


@pytest.fixture
def mallory(fake: Fake) -> Person:
    return fake.person("mallory", 6666)


def link(fake: Fake) -> str:
    """The payload of the newest button in the group."""
    said = [one for one in fake.said_in(GROUP) if "reply_markup" in one][-1]
    ((button,),) = said["reply_markup"]["inline_keyboard"]
    assert button["url"].startswith("https://t.me/kiln_help_bot?start=")
    return button["url"].partition("?start=")[2]


async def waiting(desk: TelegramOffice, ana: Person):
    plan, handoff = await desk.hand_off(await desk.asks(ana, "my parcel 4711 never came"))
    await desk.step(9)
    return plan, handoff


async def test_possible_they_began_before(desk, fake, ana):
    fake.presses_start(ana)
    plan, handoff = await waiting(desk, ana)
    assert desk.said(ana.id) == [plan.private]
    assert desk.said() == [plan.acknowledgement.sent]
    assert "reply_markup" not in fake.said_in(GROUP)[0]
    assert await desk.state(handoff.private) is DeliveryState.SENT


async def test_not_yet_the_line_carries_the_link_and_the_context_follows_start(desk, fake, ana):
    plan, handoff = await waiting(desk, ana)
    assert desk.said() == [plan.acknowledgement.refused]
    assert desk.said(ana.id) == []
    private = await desk.delivery(handoff.private)
    assert private.awaits
    assert "press Start" in private.words
    assert link(fake) == private.key
    fake.presses_start(ana, link(fake))
    await desk.attempted(3)
    await desk.step(1)
    assert desk.said(ana.id) == [plan.private]
    assert "4711" in desk.said(ana.id)[0]
    assert await desk.state(handoff.private) is DeliveryState.SENT
    # Pressed again, and again: nothing more.
    fake.presses_start(ana, link(fake))
    fake.presses_start(ana)
    await desk.caught()
    await desk.step(60)
    assert desk.said(ana.id) == [plan.private]
    assert len(desk.said()) == 1
    # Their answer comes into the same thread.
    said = fake.writes_privately(ana, "it was order 4711")
    found = await desk.hears(f"{ana.id}/{said['message_id']}")
    assert found.row.id == 1


async def test_a_stranger_who_presses_it_gets_nothing(desk, fake, ana, mallory):
    _, handoff = await waiting(desk, ana)
    fake.presses_start(mallory, link(fake))
    fake.writes_privately(mallory, "give it to me")
    await desk.caught()
    await desk.step(60)
    assert desk.said(mallory.id) == []
    assert desk.said(ana.id) == []
    assert (await desk.delivery(handoff.private)).awaits


async def test_blocked_the_old_way_in_is_forgotten_and_the_link_asks_again(desk, fake, ana):
    fake.presses_start(ana)
    await desk.caught()
    ana.blocks = True
    plan, handoff = await waiting(desk, ana)
    assert desk.said() == [plan.acknowledgement.refused]
    private = await desk.delivery(handoff.private)
    assert private.awaits
    assert "blocked" in private.words
    fake.presses_start(ana, link(fake))
    await desk.attempted(3)
    await desk.step(1)
    assert desk.said(ana.id) == [plan.private]


async def test_impossible_their_account_is_closed(desk, fake, ana):
    view = await desk.asks(ana)
    ana.closed = True
    plan, handoff = await desk.hand_off(view)
    await desk.step(9)
    assert await desk.state(handoff.private) is DeliveryState.REFUSED
    assert desk.said() == [plan.acknowledgement.refused]
    assert "reply_markup" not in fake.said_in(GROUP)[0]


async def test_impossible_who_writes_as_a_channel(desk, fake, ana):
    voice = {"id": -1005550001, "type": "channel", "title": "Ana's pots"}
    said = fake.writes(ana, "where is it?", sender_chat=voice)
    view = await desk.hears(f"{GROUP}/{said['message_id']}")
    assert view.row.handle == "Ana's pots"
    plan, handoff = await desk.hand_off(view)
    await desk.step(9)
    assert await desk.state(handoff.private) is DeliveryState.REFUSED
    assert desk.said() == [plan.acknowledgement.refused]


@pytest.mark.parametrize(
    ("trouble", "stands"),
    [
        (Trouble.DROP_BEFORE, 0),
        (Trouble.DROP_AFTER, 1),
        (Trouble.GARBLED, 1),
        (Trouble.ERROR, 0),
        (Trouble.ERROR_DONE, 1),
    ],
)
async def test_unknown_is_for_a_person_and_the_line_says_neither(desk, fake, ana, trouble, stands):
    fake.presses_start(ana)
    await desk.caught()
    fake.break_next(trouble, "sendMessage")
    plan, handoff = await waiting(desk, ana)
    await desk.step(60)
    await desk.step(3600)
    assert len(desk.said(ana.id)) == stands
    assert desk.said() == [plan.acknowledgement.unknown]
    private = await desk.delivery(handoff.private)
    assert (private.state, private.next_at) == (DeliveryState.DOUBTFUL, None)


async def test_unknown_after_they_pressed_start_is_never_a_second_message(desk, fake, ana):
    plan, handoff = await waiting(desk, ana)
    fake.break_next(Trouble.DROP_AFTER, "sendMessage")
    fake.presses_start(ana, link(fake))
    await desk.attempted(3)
    await desk.step(1)
    fake.presses_start(ana, link(fake))
    await desk.caught()
    await desk.step(3600)
    assert desk.said(ana.id) == [plan.private]
    assert await desk.state(handoff.private) is DeliveryState.DOUBTFUL


async def test_who_writes_instead_of_pressing_is_read_first(desk, fake, ana):
    plan, handoff = await waiting(desk, ana)
    said = fake.writes_privately(ana, "hello? I pressed it. It came today!")
    await desk.hears(f"{ana.id}/{said['message_id']}")
    await desk.step(60)
    assert desk.said(ana.id) == []
    assert await desk.state(handoff.private) is DeliveryState.RECALLED
    (draft,) = (await desk.view()).drafts
    assert (draft.kind, draft.text) == (DraftKind.HANDOFF, plan.private)


@pytest.mark.parametrize("at", ["waiting", "pressed", "sent"])
async def test_a_restart_changes_nothing(tmp_path, desk, fake, ana, mallory, at):
    plan, handoff = await waiting(desk, ana)
    if at != "waiting":
        fake.presses_start(ana, link(fake))
        await desk.attempted(3)
    if at == "sent":
        await desk.step(1)
    await desk.close()
    again = TelegramOffice(tmp_path, fake)
    again.now = desk.now
    await again.open()
    try:
        fake.presses_start(mallory, link(fake))
        if at == "waiting":
            fake.presses_start(ana, link(fake))
            await again.attempted(3)
        await again.caught()
        await again.step(1)
        await again.step(60)
        assert again.said(ana.id) == [plan.private]
        assert again.said(mallory.id) == []
        assert again.said() == [plan.acknowledgement.refused]
        assert await again.state(handoff.private) is DeliveryState.SENT
    finally:
        await again.close()


async def test_a_comment_under_a_channels_post_is_answered_in_its_group(desk, fake, ana):
    post = fake.announces("New mugs today")
    view = await desk.asks(ana)
    assert not view.above
    said = fake.writes(ana, "how much?", reply_to=post["message_id"])
    view = await desk.hears(f"{GROUP}/{said['message_id']}")
    assert [(one.text, one.ours) for one in view.above] == [("New mugs today", True)]
    await desk.reply(view, "12 euros.")
    await desk.step(9)
    (answer,) = fake.said_in(GROUP)
    assert answer["reply_to_message"]["message_id"] == said["message_id"]


async def test_a_private_thread_is_private_already(desk, fake, ana):
    said = fake.writes_privately(ana, "hello")
    view = await desk.hears(f"{ana.id}/{said['message_id']}")
    with pytest.raises(CannotHandOff):
        await desk.engine.work.plan_handoff(view.row.id)


async def test_who_takes_it_back_afterwards_is_told_what_the_line_really_says(desk, fake, ana):
    _, handoff = await waiting(desk, ana)
    fake.presses_start(ana, link(fake))
    await desk.attempted(3)
    await desk.step(1)
    offer = await desk.engine.recalls.offer(handoff.private)
    assert "asked them to come here" in offer.warning
    assert "says that you sent" not in offer.warning
