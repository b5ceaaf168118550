"""Drafts are read again before they leave: what is new stops them, and one undo takes them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import Lane
from console.desk.checks import FindingKind
from console.desk.delivery import Impossible
from console.desk.freshness import NewsKind
from console.desk.model import DeliveryState, DraftKind
from console.engine.work import Stopped
from console.store import accounts
from console.store.cooling import Cooling
from console.store.errors import NotThere

WORDS = "It left on Monday."


async def asked(office, text="where is my parcel?", who="ana"):
    return await office.hears(office.network.customer(who).writes_public(text).remote_id)


async def drafted(office, view, text=WORDS, *, kind=DraftKind.REPLY, lane=Lane.PUBLIC, **rest):
    """A draft on top of what the view shows, in the deck."""
    draft = await office.engine.work.save_draft(
        view.row.id, lane, kind, text, seen=view.seen, **rest
    )
    await office.engine.review.mark_ready(draft)
    return draft


async def wrote_again(office, view):
    post = office.network.customer("ana").writes_public(
        "and the cup?", reply_to=view.messages[0].remote_id
    )
    return await office.hears(post.remote_id)


async def edited(office, view):
    office.network.edit(view.messages[0].remote_id, "never mind, it came")

    async def there():
        return (await office.view()).messages[0].edited_at

    await office.until(there)


async def deleted(office, view):
    office.network.take_away(view.messages[0].remote_id)

    async def gone():
        return (await office.view()).messages[0].deleted_at

    await office.until(gone)


async def closed(office, view):
    await office.engine.work.done([view.row.id])


async def window_passed(office, _view):
    def unit(work):
        from dataclasses import replace

        hello = accounts.account(work, "main").hello
        limits = replace(hello.limits, public_window=timedelta(hours=24))
        accounts.set_hello(work, "main", replace(hello, limits=limits))

    await office.store.write(unit)
    office.later(25 * 3600)


NEWS = {
    NewsKind.WROTE: wrote_again,
    NewsKind.EDITED: edited,
    NewsKind.DELETED: deleted,
    NewsKind.CLOSED: closed,
    NewsKind.WINDOW: window_passed,
}


async def test_an_approved_draft_leaves_through_the_undo_window_and_says_who_released_it(office):
    view = await asked(office)
    draft = await drafted(office, view)
    card = await office.engine.review.card(draft)
    assert card.clean
    (delivery,) = await office.engine.review.approve(draft, seen=card.draft.seen)
    assert await office.engine.review.deck() == ()
    await office.step(7)
    assert office.posted() == []
    await office.step(2)
    assert office.posted() == [WORDS]
    found = await office.delivery(delivery)
    assert (found.author, found.approved_by) == ("Mira", "Mira")
    assert found.draft_key == card.draft.key


@pytest.mark.parametrize("kind", NEWS)
async def test_news_stop_an_approval(office, kind):
    view = await asked(office)
    draft = await drafted(office, view)
    await NEWS[kind](office, view)
    card = await office.engine.review.card(draft)
    assert [one.kind for one in card.news] == [kind]
    with pytest.raises(Stopped) as stopped:
        await office.engine.review.approve(draft, seen=card.draft.seen)
    assert stopped.value.findings[0].kind in {FindingKind.STALE, FindingKind.WINDOW}
    assert await office.engine.review.deck() == (draft,)
    await office.step(60)
    assert office.posted() == []


@pytest.mark.parametrize("kind", [NewsKind.WROTE, NewsKind.EDITED, NewsKind.CLOSED])
async def test_whoever_has_read_the_news_may_approve_on_top_of_them(office, kind):
    view = await asked(office)
    draft = await drafted(office, view)
    await NEWS[kind](office, view)
    card = await office.engine.review.card(draft)
    await office.engine.review.approve(draft, seen=card.view.seen)
    await office.step(9)
    assert office.posted() == [WORDS]


async def test_a_passed_window_can_not_be_looked_away(office):
    view = await asked(office)
    draft = await drafted(office, view)
    await window_passed(office, view)
    card = await office.engine.review.card(draft)
    with pytest.raises(Stopped) as stopped:
        await office.engine.review.approve(
            draft, seen=card.view.seen, overridden=frozenset(FindingKind)
        )
    assert [finding.kind for finding in stopped.value.findings] == [FindingKind.WINDOW]


@pytest.mark.parametrize("kind", [kind for kind in NEWS if kind is not NewsKind.CLOSED])
async def test_news_stop_an_approved_draft_at_sending_after_days_offline(office, kind):
    view = await asked(office)
    draft = await drafted(office, view)
    card = await office.engine.review.card(draft)
    (delivery,) = await office.engine.review.approve(draft, seen=card.draft.seen)
    office.later(-1)
    await NEWS[kind](office, view)
    await office.step(3 * 86400)
    assert office.posted() == []
    assert await office.state(delivery) is DeliveryState.RECALLED
    (back,) = await office.engine.review.deck()
    again = await office.engine.review.card(back)
    assert again.draft.text == WORDS
    assert again.draft.key == card.draft.key
    assert again.draft.stopped
    assert [one.kind for one in again.news] == [kind]


async def test_closing_after_the_release_does_not_stop_it(office):
    view = await asked(office)
    draft = await drafted(office, view)
    await office.engine.review.approve(draft, seen=view.seen)
    await office.engine.work.done([1])
    await office.step(9)
    assert office.posted() == [WORDS]


async def test_a_thread_that_was_closed_before_the_draft_was_begun_is_no_news(office):
    view = await asked(office)
    await office.engine.work.done([1])
    view = await office.view()
    draft = await drafted(office, view)
    assert (await office.engine.review.card(draft)).news == ()


async def test_what_the_network_delivers_late_is_news_as_well(office):
    view = await asked(office)
    draft = await drafted(office, view)
    late = office.network.customer("ana").writes_public(
        "the green one", reply_to=view.messages[0].remote_id
    )
    office.network.edit(late.remote_id, "the green one", at=view.messages[0].at)
    await office.hears(late.remote_id)
    assert NewsKind.WROTE in {one.kind for one in (await office.engine.review.card(draft)).news}


async def test_an_edit_in_the_deck_is_on_top_of_what_is_seen_and_can_be_undone(office):
    view = await asked(office)
    draft = await drafted(office, view)
    await wrote_again(office, view)
    seen = (await office.view()).seen
    await office.engine.review.rewrite(draft, "Both left on Monday.", None, seen=seen)
    card = await office.engine.review.card(draft)
    assert (card.draft.text, card.news) == ("Both left on Monday.", ())
    assert (await office.engine.work.undo()).words == "draft changed"
    card = await office.engine.review.card(draft)
    assert (card.draft.text, len(card.news)) == (WORDS, 1)


async def test_a_draft_that_is_written_on_leaves_the_deck(office):
    view = await asked(office)
    draft = await drafted(office, view)
    await office.engine.work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, WORDS)
    assert await office.engine.review.deck() == (draft,)
    await office.engine.work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, WORDS + " Or not.")
    assert await office.engine.review.deck() == ()


async def test_approving_something_that_was_changed_a_moment_ago_is_refused(office):
    view = await asked(office)
    draft = await drafted(office, view)
    await office.engine.review.approve(draft, seen=view.seen)
    with pytest.raises(NotThere):
        await office.engine.review.approve(draft, seen=view.seen)


async def several(office):
    made = []
    for who in ("ana", "budi", "tess"):
        view = await asked(office, who=who)
        made.append(await drafted(office, view, f"{WORDS} {who}"))
    return made


async def test_all_without_findings_leave_in_one_act_and_come_back_in_one(office):
    made = await several(office)
    view = await asked(office, who="luka")
    bad = await drafted(office, view, "It comes on {{ ask.day }}.")
    leaving = await office.engine.review.leaving()
    assert [one.draft.id for one in leaving] == made
    released = await office.engine.review.approve_all(leaving)
    assert len(released.deliveries) == 3
    assert await office.engine.review.deck() == (bad,)
    undone = await office.engine.work.undo()
    assert undone.words == "3 drafts approved"
    assert len(undone.drafts) == 3
    assert set(await office.engine.review.deck()) == {bad} | {one.id for one in undone.drafts}
    await office.step(60)
    assert office.posted() == []


async def test_what_changed_since_the_list_was_read_stays(office):
    made = await several(office)
    leaving = await office.engine.review.leaving()
    first = (await office.view(1)).messages[0]
    post = office.network.customer("ana").writes_public("and?", reply_to=first.remote_id)
    await office.hears(post.remote_id)
    await office.engine.work.save_draft(2, Lane.PUBLIC, DraftKind.REPLY, "Other words.")
    released = await office.engine.review.approve_all(leaving)
    assert len(released.deliveries) == 1
    assert set(released.stayed) == set(made[:2])
    assert "wrote again" in released.stayed[made[0]]


async def test_an_undo_of_many_says_what_had_left(office):
    await several(office)
    released = await office.engine.review.approve_all(await office.engine.review.leaving())
    await office.step(9)
    assert len(office.posted()) == 3
    undone = await office.engine.work.undo()
    assert undone.nothing
    assert undone.left == released.deliveries
    assert (await office.engine.work.undo()).change == undone.change
    await office.engine.work.pass_by(undone.change)
    assert (await office.engine.work.undo()).words == "draft marked ready"


async def test_a_handoff_waits_in_the_deck_with_both_texts(office):
    view = await asked(office)
    plan = await office.engine.work.plan_handoff(1)
    draft = await drafted(
        office,
        view,
        plan.private + " Mira",
        kind=DraftKind.HANDOFF,
        lane=Lane.PRIVATE,
        acknowledgement="Thanks, we wrote to you.",
        template=plan.template,
    )
    card = await office.engine.review.card(draft)
    assert card.clean
    assert card.template_text == plan.private
    assert card.public_room is not None
    await office.engine.review.approve(draft, seen=card.draft.seen)
    await office.step(9)
    await office.step(9)
    assert office.posted() == [plan.private + " Mira", "Thanks, we wrote to you."]


async def test_postponed_ones_come_last_and_discarded_ones_come_back(office):
    made = await several(office)
    await office.engine.review.postpone(made[0])
    assert await office.engine.review.deck() == (made[1], made[2], made[0])
    await office.engine.review.discard(made[1])
    assert await office.engine.review.deck() == (made[2], made[0])
    assert (await office.engine.work.undo()).drafts[0].id == made[1]
    assert (await office.engine.work.undo()).words == "draft postponed"
    assert await office.engine.review.deck() == tuple(made)


async def test_a_heated_thread_holds_its_answers_until_they_have_cooled(office):
    view = await asked(office)
    await office.engine.work.heat([1])
    delivery = await office.reply(view)
    await office.step(9 * 60)
    assert office.posted() == []
    with pytest.raises(Cooling):
        await office.engine.work.leave_now(delivery)
    await office.engine.work.leave_now(delivery, on_purpose=True)
    await office.step()
    assert office.posted() == [WORDS]


async def test_marking_a_thread_as_heated_holds_what_is_held_already(office):
    view = await asked(office)
    delivery = await office.reply(view)
    await office.engine.work.heat([1])
    await office.step(60)
    assert await office.state(delivery) is DeliveryState.HELD
    await office.engine.work.undo()
    await office.engine.work.leave_now(delivery)
    await office.step()
    assert office.posted() == [WORDS]


async def test_what_has_left_can_not_leave_earlier(office):
    delivery = await office.reply(await asked(office))
    await office.step(9)
    with pytest.raises(Impossible):
        await office.engine.work.leave_now(delivery)


async def test_words_that_were_changed_since_they_were_read_are_not_released(office):
    """Another console writes on while a card is read: a person approves what they have read."""
    view = await asked(office)
    draft = await drafted(office, view)
    card = await office.engine.review.card(draft)
    await office.engine.work.save_draft(
        1, Lane.PUBLIC, DraftKind.REPLY, "Never heard of it.", seen=view.seen
    )
    with pytest.raises(NotThere):
        await office.engine.review.approve(draft, seen=view.seen, read=card.draft)
    assert [found.text for found in (await office.view()).drafts] == ["Never heard of it."]


async def test_undo_of_a_change_leaves_what_was_written_after_it(office):
    view = await asked(office)
    draft = await drafted(office, view)
    await office.engine.review.rewrite(draft, "It left on Tuesday.", None, seen=view.seen)
    await office.engine.work.save_draft(
        1, Lane.PUBLIC, DraftKind.REPLY, "It left on Tuesday, by train.", seen=view.seen
    )
    await office.engine.work.undo()
    assert [found.text for found in (await office.view()).drafts] == [
        "It left on Tuesday, by train."
    ]


async def test_undo_never_touches_another_draft_that_was_given_the_number(office):
    """Numbers of drafts are given again: what was done to one that has left is not done to it."""
    view = await asked(office)
    draft = await drafted(office, view)
    await office.engine.review.rewrite(draft, "It left on Tuesday.", None, seen=view.seen)
    await office.engine.review.approve(draft, seen=view.seen)
    await office.step(9)
    other = await asked(office, "and mine?", who="budi")
    again = await office.engine.work.save_draft(
        other.row.id, Lane.PUBLIC, DraftKind.REPLY, "We look into it.", seen=other.seen
    )
    assert again == draft
    sent = await office.engine.work.undo()
    assert sent.nothing
    await office.engine.work.pass_by(sent.change)
    while await office.engine.work.undo() is not None:
        pass
    (found,) = (await office.view(other.row.id)).drafts
    assert (found.text, found.ready_at) == ("We look into it.", None)
