"""The move to DM: the public line is true whatever becomes of the private message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import Advice, Audience, Capability, Lane, Reason, Room
from connectors.stage.faults import Fault
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.handoff import CannotHandOff
from console.desk.model import DeliveryState, DraftKind
from console.engine.setup import EngineSettings
from console.engine.texts import Texts
from console.engine.work import FindingKind, Stopped
from tests.engine.office import Office


async def moved(office: Office, text="@kiln my parcel 4711 never came, what now?"):
    post = office.network.customer("ana", name="Ana Horvat").writes_public(text)
    view = await office.hears(post.remote_id)
    return await office.hand_off(view)


async def test_both_are_held_and_the_private_one_goes_first(office):
    plan, handoff = await moved(office)
    found = await office.view()
    assert [(m.lane, m.ours) for m in found.messages] == [
        (Lane.PUBLIC, False),
        (Lane.PRIVATE, True),
        (Lane.PUBLIC, True),
    ]
    assert office.posted() == []
    await office.step(9)
    assert office.posted() == [plan.private, plan.acknowledgement.sent]
    assert await office.state(handoff.acknowledgement) is DeliveryState.SENT


async def test_the_private_message_quotes_the_post_and_carries_its_link(office):
    plan, _ = await moved(office)
    post = (await office.view()).messages[0]
    assert "my parcel 4711 never came, what now?" in plan.private
    assert post.url in plan.private
    assert "4711" not in plan.acknowledgement.sent


async def test_the_acknowledgement_is_not_wider_than_quiet(office):
    await moved(office)
    await office.step(9)
    post = office.network.posts_of_shop(lane=Lane.PUBLIC)[0]
    assert post.audience is Audience.QUIET


async def test_where_everything_public_is_announced_the_acknowledgement_says_so(offices):
    """It was shown as “not announced” on networks that announce all alike."""
    office = await offices(quiet=False)
    await moved(office)
    line = (await office.view()).messages[-1]
    assert (line.lane, line.audience) == (Lane.PUBLIC, Audience.EVERYONE)


async def test_a_refused_message_is_never_said_to_be_sent(office):
    office.network.customer("ana", name="Ana Horvat").refuses_private()
    plan, handoff = await moved(office)
    await office.step(9)
    assert office.posted() == [plan.acknowledgement.refused]
    assert plan.acknowledgement.refused != plan.acknowledgement.sent
    assert await office.state(handoff.private) is DeliveryState.REFUSED


async def test_where_refusals_are_silent_the_line_says_where_else_to_look(offices):
    office = await offices(refusal_shown=False)
    plan, _ = await moved(office)
    loud, _ = await moved(await offices())
    assert plan.acknowledgement.sent != loud.acknowledgement.sent
    assert "help@kiln.example" in plan.acknowledgement.sent


async def test_when_nobody_can_tell_the_line_is_neutral(offices):
    office = await offices(finds_sent=False, idempotent=False)
    office.network.fault(Fault.ANSWER_LOST)
    plan, handoff = await moved(office)
    await office.step(9)
    await office.step(60)
    assert await office.state(handoff.private) is DeliveryState.DOUBTFUL
    assert office.posted(Lane.PUBLIC) == [plan.acknowledgement.unknown]
    assert len(office.posted(Lane.PRIVATE)) == 1


async def test_a_doubt_that_is_settled_is_worded_by_what_was_found(office):
    office.network.fault(Fault.ANSWER_LOST)
    plan, _ = await moved(office)
    await office.step(9)
    await office.step(60)
    assert office.posted() == [plan.private, plan.acknowledgement.sent]


async def test_a_failed_acknowledgement_is_tried_alone(office):
    plan, handoff = await moved(office)
    office.later(9)
    office.network.fault(Fault.NO_ROUTE)
    # The fault befalls the next request: let the private one pass first.
    await office.step(0)
    await office.step(120)
    assert sorted(office.posted()) == sorted([plan.private, plan.acknowledgement.sent])
    assert await office.state(handoff.private) is DeliveryState.SENT


async def test_the_line_waits_while_the_private_message_cannot_leave(office):
    office.network.fault(Fault.NO_ROUTE)
    plan, handoff = await moved(office)
    await office.step(9)
    assert office.posted() == []
    assert await office.state(handoff.acknowledgement) is DeliveryState.DUE
    await office.step(120)
    assert office.posted() == [plan.private, plan.acknowledgement.sent]


async def test_both_are_taken_back_together(office):
    plan, handoff = await moved(office)
    undone = await office.engine.work.undo()
    await office.step(60)
    assert office.posted() == []
    assert undone.drafts[0].kind is DraftKind.HANDOFF
    assert undone.drafts[0].text == plan.private
    assert undone.drafts[0].acknowledgement == plan.acknowledgement.sent
    for leg in (handoff.private, handoff.acknowledgement):
        assert await office.state(leg) is DeliveryState.RECALLED


async def test_once_the_private_message_left_it_cannot_be_taken_back(office):
    _, handoff = await moved(office)
    await office.step(9)
    with pytest.raises(Impossible):
        await office.engine.work.recall(handoff.private)


async def test_the_customers_private_answer_comes_into_the_same_thread(office):
    await moved(office)
    await office.step(9)
    post = office.network.customer("ana").answers_privately("it was order 4711")
    found = await office.hears(post.remote_id)
    assert found.row.id == 1
    assert found.messages[-1].lane is Lane.PRIVATE
    assert found.row.waiting_since is not None
    delivery = await office.reply(found, "Thanks, it leaves again today.")
    await office.step(9)
    assert await office.state(delivery) is DeliveryState.SENT
    assert office.posted(Lane.PRIVATE)[-1] == "Thanks, it leaves again today."


async def invited(offices, words):
    """Press `m` where only the customer can begin in private, with other words."""
    office = await offices(opens=False)
    view = await office.hears(office.network.customer("ana").writes_public("hello?").remote_id)
    plan = await office.engine.work.plan_handoff(1)
    assert plan.private is None
    handoff = await office.engine.work.hand_off(
        1,
        private=None,
        acknowledgement=replace(plan.acknowledgement, refused=words),
        template=None,
        seen=view.seen,
    )
    return office, handoff


async def test_an_invitation_that_is_taken_back_keeps_its_words(offices):
    office, _ = await invited(offices, "Please write to us in private, Ana.")
    undone = await office.engine.work.undo()
    (draft,) = undone.drafts
    assert (draft.kind, draft.lane) == (DraftKind.HANDOFF, Lane.PRIVATE)
    assert (draft.text, draft.acknowledgement) == ("", "Please write to us in private, Ana.")


async def test_taking_both_back_keeps_two_texts_that_were_begun_meanwhile(office):
    plan, _ = await moved(office)
    await office.engine.work.save_draft(
        1, Lane.PRIVATE, DraftKind.HANDOFF, "Other words.", acknowledgement="Another line."
    )
    (draft,) = (await office.engine.work.undo()).drafts
    assert draft.text == f"{plan.private}\n\nOther words."
    assert draft.acknowledgement == f"{plan.acknowledgement.sent}\n\nAnother line."


async def test_an_invitation_is_stopped_by_news_like_any_answer(offices):
    office, handoff = await invited(offices, "Please write to us in private, Ana.")
    first = (await office.view()).messages[0].remote_id
    post = office.network.customer("ana").writes_public("found it!", reply_to=first)
    await office.hears(post.remote_id)
    await office.step(9)
    assert office.posted() == []
    assert await office.state(handoff.acknowledgement) is DeliveryState.RECALLED


async def test_a_customer_who_was_invited_comes_back_to_the_same_thread(office):
    office.network.customer("ana", name="Ana Horvat").refuses_private()
    await moved(office)
    await office.step(9)
    ana = office.network.customer("ana")
    ana.takes_private()
    found = await office.hears(ana.writes_privately("here I am").remote_id)
    assert found.row.id == 1


async def test_a_customer_who_writes_again_stops_both(office):
    _, handoff = await moved(office)
    first = (await office.view()).messages[0]
    post = office.network.customer("ana").writes_public("it came!", reply_to=first.remote_id)
    await office.hears(post.remote_id)
    await office.step(9)
    assert office.posted() == []
    assert await office.state(handoff.acknowledgement) is DeliveryState.RECALLED
    assert (await office.view()).drafts[0].kind is DraftKind.HANDOFF


async def test_an_acknowledgement_that_tells_is_stopped(office):
    post = office.network.customer("ana", name="Ana").writes_public("parcel 4711 never came")
    view = await office.hears(post.remote_id)
    plan = await office.engine.work.plan_handoff(1)
    with pytest.raises(Stopped) as stopped:
        await office.engine.work.hand_off(
            1,
            private=plan.private,
            acknowledgement=replace(plan.acknowledgement, sent="We wrote to you about 4711."),
            template=None,
            seen=view.seen,
        )
    assert FindingKind.ACK_TELLS in {finding.kind for finding in stopped.value.findings}
    assert (await office.view()).deliveries == ()


@pytest.mark.parametrize("email", ["help@kiln.example", ""])
async def test_who_can_not_begin_is_not_asked_in_vain_without_a_word(office, email):
    """The account takes private messages from some people only, and the line may ask anybody."""
    post = office.network.customer("ana").writes_public("where is it?")
    view = await office.hears(post.remote_id)
    shut = Advice(key="open", words="Only some can begin.", shuts_out=True)
    hello = replace(office.session.connector.hello, advice=(shut,))
    shop = {"name": "Kiln", **({"email": email} if email else {})}
    texts = Texts(EngineSettings(agent="Mira", shop=shop), office.clock)
    try:
        plan = await texts.plan(view, hello, lambda text, _lane: Room(used=len(text), limit=None))
    finally:
        texts.close()
    assert plan.in_vain is (not email)
    assert ("account check main" in plan.hint) is (not email)


async def test_a_line_that_goes_alone_says_why(office):
    post = office.network.customer("ana").writes_public("where is it?")
    view = await office.hears(post.remote_id)
    hello = office.session.connector.hello
    both = {Capability.OPEN_PRIVATE, Capability.INVITE}
    why = dict.fromkeys(both, "This password doesn't reach private messages.")
    hello = replace(hello, can=hello.can - both, cannot={**hello.cannot, **why})
    plan = await office.engine.texts.plan(
        view, hello, lambda text, _lane: Room(used=len(text), limit=None)
    )
    assert plan.private is None
    assert plan.hint == "This password doesn't reach private messages."
    assert not plan.in_vain


async def test_a_private_thread_cannot_be_handed_off(office):
    post = office.network.customer("ana").writes_privately("hello")
    view = await office.hears(post.remote_id)
    with pytest.raises(CannotHandOff, match="private already"):
        await office.engine.work.plan_handoff(view.row.id)


async def test_a_given_up_private_message_takes_the_waiting_line_along(office):
    _, handoff = await moved(office)
    office.network.fault(Fault.NO_ROUTE)
    await office.step(9)
    await office.engine.work.settle(handoff.private, DeliveryEvent.GIVE_UP)
    await office.step(600)
    assert office.posted() == []
    assert await office.state(handoff.acknowledgement) is DeliveryState.RECALLED


async def test_a_given_up_private_message_takes_a_neutral_line_along_that_has_not_left(offices):
    """The line was let go with neutral words, and the network was gone before it could leave."""
    office = await offices(finds_sent=False, idempotent=False)
    office.network.fault(Fault.REQUEST_LOST)
    office.network.fault(Fault.NO_ROUTE)
    _, handoff = await moved(office)
    await office.step(9)
    assert await office.state(handoff.acknowledgement) is DeliveryState.DUE
    await office.engine.work.settle(handoff.private, DeliveryEvent.GIVE_UP)
    await office.step(120)
    assert await office.state(handoff.acknowledgement) is DeliveryState.RECALLED
    assert office.posted() == []


async def refused_then_resent(office):
    """The customer refused the private message, opened their door, and it is sent again."""
    ana = office.network.customer("ana", name="Ana Horvat")
    ana.refuses_private()
    plan, handoff = await moved(office)
    await office.step(9)
    assert await office.state(handoff.private) is DeliveryState.REFUSED
    ana.takes_private()
    await office.engine.work.settle(handoff.private, DeliveryEvent.PERSON_SAYS_RESEND)
    return plan, handoff


async def wrote_again(office):
    first = (await office.view()).messages[0]
    post = office.network.customer("ana").writes_public("it came!", reply_to=first.remote_id)
    await office.hears(post.remote_id)


async def test_news_stops_a_private_message_whose_line_has_left(office):
    plan, handoff = await refused_then_resent(office)
    await wrote_again(office)
    await office.step(9)
    assert await office.state(handoff.private) is DeliveryState.RECALLED
    assert await office.state(handoff.acknowledgement) is DeliveryState.SENT
    (draft,) = (await office.view()).drafts
    assert (draft.text, draft.acknowledgement) == (plan.private, None)


async def test_undo_takes_back_a_private_message_whose_line_has_left(office):
    plan, handoff = await refused_then_resent(office)
    (draft,) = (await office.engine.work.undo()).drafts
    assert draft.text == plan.private
    assert await office.state(handoff.private) is DeliveryState.RECALLED


async def test_a_line_that_has_not_left_waits_for_what_is_sent_again(office):
    """It was worded by the refusal, which isn't true any more once the message has arrived."""
    office.network.customer("ana", name="Ana Horvat").refuses_private()
    plan, handoff = await moved(office)
    office.network.fault(Fault.REFUSED, reason=Reason.NOT_ACCEPTED)
    office.network.fault(Fault.NO_ROUTE)
    await office.step(9)
    assert await office.state(handoff.acknowledgement) is DeliveryState.DUE
    office.network.customer("ana").takes_private()
    await office.engine.work.settle(handoff.private, DeliveryEvent.PERSON_SAYS_RESEND)
    await office.step(120)
    assert office.posted(Lane.PRIVATE) == [plan.private]
    assert office.posted(Lane.PUBLIC) == [plan.acknowledgement.sent]


async def test_a_refused_line_leaves_the_private_message_alone(office):
    _, handoff = await moved(office)
    office.later(9)
    await office.dispatch._one(await office.delivery(handoff.private))
    office.network.fault(Fault.REFUSED, reason=Reason.GONE)
    await office.step(1)
    assert await office.state(handoff.private) is DeliveryState.SENT
    assert await office.state(handoff.acknowledgement) is DeliveryState.REFUSED
    assert len(office.posted()) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("@support where is it?", "where is it?"),
        ("@support@social.example, hello", "hello"),
        ("@support@127.0.0.1:34453 hello", "hello"),
        ("@a @b: hi\n\nthere", "hi there"),
        ("thanks @support", "thanks @support"),
        ("@support", None),
        ("one two three four", "one two…"),
    ],
)
def test_a_quote_is_one_line_without_the_handles_it_began_with(text, line):
    from console.engine.texts import quoted

    assert quoted(text, 13 if "four" in text else 80) == line
