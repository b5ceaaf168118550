"""Words that come back, also where others stand: nothing is lost, and nothing leaves unread."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Audience, Capability, Lane, Outgoing
from console.desk.handoff import CannotHandOff
from console.desk.model import DeliveryState, DraftKind, Seen, ThreadState
from console.engine.exchange import Exchange
from console.engine.judging import Outcome
from console.engine.work import Stopped
from console.store import drafts
from console.store.drafts import JOINED
from tests.engine.test_review import WORDS, asked, closed, drafted, wrote_again

NEW = "half of another thou"


async def approved(office, draft):
    card = await office.engine.review.card(draft)
    return await office.engine.review.approve(draft, seen=card.draft.seen)


async def begun(office, view):
    """Somebody begins other words in the same place."""
    return await office.engine.work.save_draft(
        view.row.id, Lane.PUBLIC, DraftKind.REPLY, NEW, seen=view.seen
    )


async def the_draft(office):
    (found,) = (await office.view()).drafts
    return found


async def invites_only(office):
    """The network opens no private conversation any more."""
    connector = office.session.connector
    can = connector.hello.can - {Capability.OPEN_PRIVATE}
    connector.hello = replace(connector.hello, can=can)
    office.engine._status_changed()


async def test_an_approval_taken_back_over_other_words_is_not_released_in_bulk(office):
    view = await asked(office)
    await approved(office, await drafted(office, view))
    await begun(office, view)
    await office.engine.work.undo()
    found = await the_draft(office)
    assert (found.text, found.stopped) == (f"{WORDS}\n\n{NEW}", JOINED)
    assert await office.engine.review.leaving() == ()


async def test_what_was_stopped_keeps_its_news_over_words_that_were_begun_later(office):
    view = await asked(office)
    await approved(office, await drafted(office, view))
    await begun(office, await wrote_again(office, view))
    await office.step(60)
    found = await the_draft(office)
    assert found.seen == view.seen
    assert found.stopped.startswith("Ana wrote again.")
    assert JOINED in found.stopped
    assert (await office.engine.review.card(found.id)).news
    assert await office.engine.review.leaving() == ()
    assert office.posted() == []


async def test_a_discarded_draft_comes_back_over_the_words_in_its_place(office):
    view = await asked(office)
    await office.engine.review.discard(await drafted(office, view))
    await begun(office, view)
    undone = await office.engine.work.undo()
    found = await the_draft(office)
    assert undone.drafts == (found,)
    assert (found.text, found.stopped) == (f"{WORDS}\n\n{NEW}", JOINED)
    assert await office.engine.review.deck() == ()


async def test_an_acknowledgement_that_stands_is_kept(office):
    view = await asked(office)

    def unit(work):
        made = drafts.save(
            work,
            view.row.id,
            Lane.PRIVATE,
            DraftKind.HANDOFF,
            NEW,
            acknowledgement="We wrote to you.",
            template=None,
            seen=view.seen,
            author="Mira",
            now=office.now,
        )
        standing = drafts.draft(work, made)
        drafts.join(work, standing, WORDS, None, None, Seen(None), office.now)

    await office.store.write(unit)
    found = await the_draft(office)
    assert (found.text, found.acknowledgement) == (f"{WORDS}\n\n{NEW}", "We wrote to you.")


async def test_a_draft_that_is_put_back_stands_where_it_stood(office):
    first = await drafted(office, await asked(office))
    office.later(5)
    second = await drafted(office, await asked(office, "and mine?", "budi"))
    office.later(5)
    await office.engine.review.take_out(first)
    await office.engine.work.undo()
    assert await office.engine.review.deck() == (first, second)


async def test_undo_of_a_delay_or_an_edit_keeps_why_a_draft_came_back(office):
    view = await asked(office)
    await approved(office, await drafted(office, view))
    await wrote_again(office, view)
    await office.step(60)
    before = await the_draft(office)
    assert before.stopped
    await office.engine.review.postpone(before.id)
    await office.engine.work.undo()
    assert await the_draft(office) == before
    seen = (await office.view()).seen
    await office.engine.review.rewrite(before.id, NEW, None, seen=seen)
    assert (await the_draft(office)).stopped == ""
    await office.engine.work.undo()
    assert await the_draft(office) == before


async def test_an_invitation_in_the_deck_is_stopped_by_a_closed_thread(office):
    view = await asked(office)
    await invites_only(office)
    draft = await drafted(
        office,
        view,
        "",
        kind=DraftKind.HANDOFF,
        lane=Lane.PRIVATE,
        acknowledgement="Please write to help@kiln.example.",
    )
    await closed(office, view)
    with pytest.raises(Stopped):
        await approved(office, draft)


async def test_private_words_that_can_not_be_sent_any_more_are_not_dropped(office):
    view = await asked(office)
    draft = await drafted(office, view, WORDS, kind=DraftKind.HANDOFF, lane=Lane.PRIVATE)
    await invites_only(office)
    card = await office.engine.review.card(draft)
    assert "private words can't be sent" in card.trouble
    with pytest.raises(CannotHandOff):
        await approved(office, draft)
    assert (await the_draft(office)).text == WORDS


async def test_a_thread_that_we_began_is_news_once_they_answer(office):
    ana = office.network.customer("ana")
    ours = office.network.post(
        Outgoing(
            lane=Lane.PRIVATE,
            text="Hello Ana, from the telephone.",
            to=ana.address,
            audience=Audience.NAMED,
        ),
        "another client",
    )
    view = await office.hears(ours.remote_id)
    draft = await drafted(office, view, "And one thing more.", lane=Lane.PRIVATE)
    post = ana.writes_privately("oh, I have moved!", reply_to=ours.remote_id)
    assert (await office.hears(post.remote_id)).row.id == view.row.id
    with pytest.raises(Stopped):
        await approved(office, draft)


@pytest.mark.parametrize("aside", ["done", "snoozed"])
async def test_undo_hides_no_thread_in_which_a_customer_has_written_since(office, aside):
    view = await asked(office)
    if aside == "done":
        await office.engine.work.done([1])
    else:
        await office.engine.work.snooze([1], office.now + timedelta(days=3))
    await office.engine.work.reopen([1])
    await wrote_again(office, view)
    undone = await office.engine.work.undo()
    assert "the customer has written since" in undone.words
    row = (await office.view()).row
    assert (row.state, row.waiting_since is not None) == (ThreadState.OPEN, True)


async def test_undo_puts_back_whose_turn_it_was(office):
    await asked(office)
    await office.engine.work.waiting_on([1])
    await office.engine.work.done([1])
    await office.engine.work.undo()
    row = (await office.view()).row
    assert (row.state, row.waiting_since) == (ThreadState.OPEN, None)


async def test_undo_of_no_longer_heated_asks_for_the_word_again(office):
    view = await asked(office)
    await office.engine.work.heat([1])
    reply = await office.reply(view)
    await office.engine.work.heat([1], on=False)
    assert not (await office.delivery(reply)).cooling
    await office.engine.work.undo()
    assert (await office.delivery(reply)).cooling


async def test_an_acknowledgement_of_somebody_else_stays_a_draft(office):
    view = await asked(office)
    plan = await office.engine.work.plan_handoff(1)
    await office.engine.work.save_draft(
        1,
        Lane.PRIVATE,
        DraftKind.HANDOFF,
        plan.private,
        acknowledgement="A line of another Greenroom.",
        seen=view.seen,
    )
    await office.hand_off(view)
    assert (await the_draft(office)).acknowledgement == "A line of another Greenroom."


@pytest.mark.parametrize("wish", ["delete", "edit"])
async def test_what_waits_to_answer_our_own_message_follows_it(office, wish):
    _plan, handoff = await office.hand_off(await asked(office))
    await office.step(9)
    view = await office.view()
    second = await office.engine.work.reply(1, Lane.PRIVATE, "And one more.", seen=view.seen)
    first = (await office.delivery(handoff.private)).remote_id
    assert (await office.delivery(second)).outgoing.reply_to == first
    if wish == "delete":
        await office.engine.recalls.delete([handoff.private])
    else:
        await office.engine.recalls.edit(handoff.private, "Hello Ana, please tell us more.")
    await office.step(1)
    await office.step(9)
    assert await office.state(second) is DeliveryState.SENT


async def test_undo_of_an_import_puts_a_draft_back_where_it_stood(office):
    view = await asked(office)
    await approved(office, await drafted(office, view))
    await wrote_again(office, view)
    await office.step(60)
    before = await the_draft(office)
    office.later(60)
    exchange = Exchange(office.store, office.engine.review, office.clock)
    (file,) = (await exchange.export()).written
    text = file.text.replace(WORDS, NEW)
    (came,) = await exchange.take_in([("a.txt", text.encode())])
    assert came.outcome is Outcome.CHANGED
    assert (await the_draft(office)).text == NEW
    await office.engine.work.undo()
    after = await the_draft(office)
    assert replace(after, updated_at=before.updated_at) == before


async def test_words_that_come_in_late_open_a_thread_that_was_answered_and_closed(office):
    view = await asked(office)
    office.later(60)
    await office.reply(view)
    await office.engine.work.done([1])
    post = office.network.customer("ana").writes_public(
        "and the cup?", reply_to=view.messages[0].remote_id, at=office.now - timedelta(seconds=30)
    )
    assert (await office.hears(post.remote_id)).row.state is ThreadState.OPEN
    await office.step(60)
    assert office.posted() == []
    row = (await office.view()).row
    assert (row.state, row.waiting_since is not None) == (ThreadState.OPEN, True)
