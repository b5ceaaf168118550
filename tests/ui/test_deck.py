"""The review deck by keyboard: what a person read leaves, once, and nothing else does."""

from __future__ import annotations

import pytest

from connectors.contract import Lane
from console.desk.model import DraftKind
from tests.engine.office import Office
from tests.ui.counter import counter

THREE = {
    "ana": "@kiln my parcel 4711 never came, what now?",
    "budi": "@kiln is there a size L?",
    "chloe": "@kiln the tracking doesn't move.",
}
SIZES = [(80, 24), (160, 45)]


async def ready(shop, thread: int, text: str, lane=Lane.PUBLIC, **more) -> int:
    """A draft in the deck, on top of what is there."""
    view = await shop.view(thread)
    draft = await shop.office.engine.work.save_draft(
        thread, lane, more.pop("kind", DraftKind.REPLY), text, seen=view.seen, **more
    )
    await shop.office.engine.review.mark_ready(draft)
    return draft


async def filled(shop, *texts: str) -> list[int]:
    """A draft for each of the first threads."""
    ids = list(shop.desk.inbox.list.ids)
    return [await ready(shop, thread, text) for thread, text in zip(ids, texts, strict=False)]


async def newest(shop, thread: int) -> str:
    return next(m for m in reversed((await shop.view(thread)).messages) if not m.ours).remote_id


async def deck(shop) -> list[int]:
    return list(await shop.office.engine.review.deck())


def card(shop):
    visit = shop.desk.reviewing.visit
    return visit.card if visit is not None else None


async def on_card(shop, text: str) -> None:
    """The draft with this text is before somebody's eyes, and nothing is under way."""
    await shop.until(
        lambda: (
            card(shop) is not None
            and card(shop).draft.text == text
            and shop.desk.reviewing.visit.judged is not None
            and not shop.desk.reviewing.visit.busy
        ),
        text,
    )


async def at_the_end(shop) -> None:
    await shop.until(
        lambda: (
            shop.desk.reviewing.visit is not None
            and shop.desk.reviewing.visit.deck.summary
            and not shop.desk.reviewing.visit.busy
        ),
        "the end of the deck",
    )


async def test_ctrl_r_puts_a_draft_into_the_deck_and_says_how_many_are_there(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await shop.press("r")
        await shop.paste("It left on Monday.")
        await shop.press("ctrl+r")
        await shop.sees("Ready for review: 1 in the deck. d opens it.")
        assert not shop.desk.writing.writing
        assert len(await deck(shop)) == 1
        await shop.sees("Drafts 1, 1 ready")
        await shop.press("r")
        await shop.sees("it stands in the deck until you write on it")
        await shop.rattle("!", "escape")
        await shop.has(lambda: none_ready(shop))


async def none_ready(shop) -> bool:
    return not await deck(shop)


async def test_ctrl_r_without_words_is_refused_in_words(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await shop.press("r", "ctrl+r")
        await shop.sees("There is nothing to review yet")
        assert shop.desk.writing.writing


@pytest.mark.parametrize("size", SIZES)
async def test_what_has_to_be_judged_is_in_view_without_scrolling(tmp_path, size):
    async with counter(tmp_path, letters=THREE, size=size) as shop:
        await filled(shop, "It left on Monday, {{ ask.day }}.", "Yes, there is.")
        await shop.press("d")
        await on_card(shop, "It left on Monday, {{ ask.day }}.")
        await shop.sees(
            "1 of 2", "PUBLIC", "It left on Monday", "1 thing against it", "It can't leave like",
            "y approve", "x discard", "n next", ">> what it answers", "4711", "left",
        )  # fmt: skip


async def test_y_lets_it_leave_through_the_undo_window_and_shows_the_next(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.", "Three.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("y")
        await on_card(shop, "Two.")
        await shop.sees("Approved: it leaves in 8 s; z takes it back.", "2 of 3")
        assert [one.outgoing.text for one in await shop.outbox()] == ["One."]
        assert [one.approved_by for one in await shop.outbox()] == ["Mira"]
        await shop.press("p")
        await on_card(shop, "Three.")
        await shop.press("x")
        await at_the_end(shop)
        await shop.sees("Approved 1, postponed 1, discarded 1.", "1 draft is still in the deck.")
        await shop.later()
        await shop.until(lambda: shop.posted() == ["One."])
        await shop.press("escape")
        await shop.until(lambda: shop.desk.reviewing.visit is None)


async def test_y_held_down_approves_only_what_was_on_the_screen(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.", "Three.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.rattle("y", "y", "y", "y")
        await on_card(shop, "Two.")
        assert len(await shop.outbox()) == 1


async def test_n_and_shift_n_go_through_them_and_to_the_end(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.", "Three.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.rattle("n", "n")
        await on_card(shop, "Three.")
        await shop.press("n")
        await at_the_end(shop)
        await shop.sees("3 drafts are still in the deck.")
        await shop.press("N")
        await on_card(shop, "Three.")
        await shop.press("N", "N", "N")
        await on_card(shop, "One.")
        await shop.sees("This is the first one.")


async def test_z_brings_back_step_by_step_and_shows_it(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.", "Three.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("y")
        await on_card(shop, "Two.")
        await shop.press("x")
        await on_card(shop, "Three.")
        await shop.press("z")
        await on_card(shop, "Two.")
        await shop.sees("Undone: draft dropped.")
        await shop.press("z")
        await on_card(shop, "One.")
        await shop.sees("Undone: reply.", "1 of 3")
        assert await shop.outbox() == []
        assert len(await deck(shop)) == 3


# --- news -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_news_stop_it_once_and_are_marked(tmp_path, size):
    async with counter(tmp_path, letters=THREE, size=size) as shop:
        thread = shop.current
        await ready(shop, thread, "It left on Monday.")
        shop.writes("ana", "Never mind, it came!", reply_to=await newest(shop, thread))
        await shop.has(lambda: wrote(shop, thread, "Never mind"))
        await shop.press("d")
        await on_card(shop, "It left on Monday.")
        await shop.sees("needs another look", ">> NEW since it was written", "Never mind, it came!")
        await shop.press("y")
        await shop.sees("y again sends it as it is")
        assert await shop.outbox() == []
        await on_card(shop, "It left on Monday.")
        await shop.press("y")
        await at_the_end(shop)
        assert [one.outgoing.text for one in await shop.outbox()] == ["It left on Monday."]


async def wrote(shop, thread: int, words: str) -> bool:
    return any(words in message.text for message in (await shop.view(thread)).messages)


async def test_what_comes_while_it_is_read_shows_at_once_and_stops_the_key(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        thread = shop.current
        await ready(shop, thread, "It left on Monday.")
        await shop.press("d")
        await on_card(shop, "It left on Monday.")
        shop.writes("ana", "Never mind, it came!", reply_to=await newest(shop, thread))
        await shop.sees("needs another look", "Never mind, it came!")
        await shop.press("y")
        await shop.sees("Ana")
        assert await shop.outbox() == []


async def test_an_edit_shows_the_former_words(tmp_path):
    async with counter(tmp_path, letters=THREE, size=(160, 45)) as shop:
        thread = shop.current
        await ready(shop, thread, "It left on Monday.")
        shop.network.edit(await newest(shop, thread), "@kiln it came, thank you")
        await shop.has(lambda: wrote(shop, thread, "it came, thank you"))
        await shop.press("d")
        await shop.sees(">> EDITED since it was written. It said:", "4711 never came")


async def test_a_finding_asks_for_ctrl_o_and_a_hole_for_words(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "Write to ana.horvat@mail.example, please.", "On {{ ask.day }}.")
        await shop.press("d")
        await on_card(shop, "Write to ana.horvat@mail.example, please.")
        await shop.press("y")
        await shop.sees("Ctrl+O sends it all the same")
        assert await shop.outbox() == []
        await on_card(shop, "Write to ana.horvat@mail.example, please.")
        await shop.press("ctrl+o")
        await on_card(shop, "On {{ ask.day }}.")
        assert len(await shop.outbox()) == 1
        await shop.press("ctrl+o")
        await shop.sees("It can't leave like this")
        assert len(await shop.outbox()) == 1


async def test_a_delivery_that_was_stopped_is_said_and_needs_another_look(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        thread = shop.current
        await ready(shop, thread, "It left on Monday.")
        await shop.press("d")
        await on_card(shop, "It left on Monday.")
        await shop.press("y")
        await at_the_end(shop)
        await shop.press("escape")
        shop.writes("ana", "Never mind, it came!", reply_to=await newest(shop, thread))
        await shop.has(lambda: wrote(shop, thread, "Never mind"))
        await shop.later()
        await shop.sees("A draft came back and needs another look.")
        assert shop.posted() == []
        await shop.press("d")
        await on_card(shop, "It left on Monday.")
        await shop.sees("So it didn't leave.")
        await shop.press("y")
        await shop.sees("y again sends it as it is")
        await on_card(shop, "It left on Monday.")
        await shop.press("y")
        await at_the_end(shop)
        await shop.later()
        await shop.until(lambda: shop.posted() == ["It left on Monday."])


# --- all of them ----------------------------------------------------------------------------------


async def test_all_that_are_clean_leave_after_a_list_and_come_back_with_one_z(
    tmp_path,
):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "On {{ ask.day }}.", "Three.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("A")
        await shop.sees("2 drafts leave", "1 stays", "PUBLIC on stage to", "One.", "Three.")
        await shop.press("escape")
        await on_card(shop, "One.")
        assert await shop.outbox() == []
        await shop.press("A")
        await shop.sees("2 drafts leave")
        await shop.press("y")
        await on_card(shop, "On {{ ask.day }}.")
        await shop.sees("2 drafts approved: they leave in 8 s; z takes them back.")
        assert len(await shop.outbox()) == 2
        await shop.press("z")
        await on_card(shop, "One.")
        await shop.sees("2 drafts approved")
        assert await shop.outbox() == []
        assert len(await deck(shop)) == 3


# --- editing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["escape", "ctrl+r"])
async def test_e_edits_in_the_composer_and_comes_back_to_the_same_place(tmp_path, key):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.", "Three.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("n")
        await on_card(shop, "Two.")
        await shop.press("e")
        await shop.until(lambda: shop.desk.writing.writing)
        await shop.rattle(*" Yes", key)
        await on_card(shop, "Two. Yes")
        await shop.sees("2 of 3")
        assert len(await deck(shop)) == 3
        await shop.press("z")
        await on_card(shop, "Two.")
        await shop.sees("Undone: draft changed.")


async def test_leaving_the_editor_without_a_change_changes_nothing(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.")
        before = [draft.seen for draft in await shop.drafts()]
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("e")
        await shop.until(lambda: shop.desk.writing.writing)
        await shop.press("escape")
        await on_card(shop, "One.")
        assert [draft.seen for draft in await shop.drafts()] == before


async def test_sending_from_the_editor_comes_back_to_the_next_one(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("e")
        await shop.until(lambda: shop.desk.writing.writing)
        await shop.press("ctrl+s")
        await on_card(shop, "Two.")
        await shop.office.engine.review.take_out((await deck(shop))[0])
        await shop.sees("This draft has left the deck")
        await shop.press("n")
        await at_the_end(shop)
        await shop.sees("1 draft is being written: l lists them.")
        assert [one.outgoing.text for one in await shop.outbox()] == ["One."]


async def test_enter_opens_the_thread_and_d_comes_back_to_the_draft(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        ids = list(shop.desk.inbox.list.ids)
        await filled(shop, "One.", "Two.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("n")
        await on_card(shop, "Two.")
        await shop.press("enter")
        await shop.until(lambda: shop.shown == ids[1] and shop.desk.in_conversation)
        await shop.press("d")
        await on_card(shop, "Two.")


# --- handoff, list, offline -----------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_a_handoff_shows_both_texts_in_the_order_in_which_they_leave(tmp_path, size):
    async with counter(tmp_path, letters=THREE, size=size) as shop:
        thread = shop.current
        plan = await shop.office.engine.work.plan_handoff(thread)
        await ready(
            shop, thread, plan.private or "", Lane.PRIVATE, kind=DraftKind.HANDOFF,
            acknowledgement=plan.acknowledgement.sent, template=plan.template,
        )  # fmt: skip
        await shop.press("d")
        await on_card(shop, plan.private)
        screen = shop.screen()
        assert screen.index("[PRIVATE]") < screen.index("reply to Ana")
        await shop.press("y")
        await at_the_end(shop)
        assert len(await shop.outbox()) == 2
        await shop.press("z")
        await on_card(shop, plan.private)
        assert await shop.outbox() == []


async def test_the_list_has_what_needs_a_look_what_is_ready_and_what_is_being_written(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        ids = list(shop.desk.inbox.list.ids)
        await ready(shop, ids[0], "Old.")
        await ready(shop, ids[1], "Ready.")
        await shop.office.engine.work.save_draft(ids[2], Lane.PUBLIC, DraftKind.REPLY, "Half a")
        shop.writes("ana", "Never mind!", reply_to=await newest(shop, ids[0]))
        await shop.has(lambda: wrote(shop, ids[0], "Never mind"))
        await shop.press("d")
        await on_card(shop, "Old.")
        await shop.press("l")
        await shop.sees(
            "3 drafts: 1 needs another look, 1 ready, 1 being written", "needs another look: Ana"
        )
        await shop.press("j", "x")
        await shop.sees("2 drafts: 1 needs another look, 1 being written")
        await shop.press("z")
        await shop.sees("3 drafts:")
        await shop.press("G", "enter")
        await shop.until(lambda: shop.desk.writing.writing)
        assert shop.desk.writing.composer.text == "Half a"


async def test_where_nothing_is_ready_d_lists_all_drafts(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await shop.press("d")
        await shop.sees("There are no drafts.")
        await shop.press("escape")
        await shop.office.engine.work.save_draft(shop.current, Lane.PUBLIC, DraftKind.REPLY, "Half")
        await shop.press("d")
        await shop.sees("1 draft: nothing is ready for review, 1 being written")


async def test_approving_while_the_network_is_away_queues(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.")
        shop.network.stop()
        await shop.sees("main offline since")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("y")
        await shop.sees("Approved and queued: it leaves when the network is back")
        await shop.later()
        shop.network.start()
        shop.office.engine.try_again()
        await shop.until(lambda: shop.posted() == ["One."])


# --- somebody else at the same deck ---------------------------------------------------------------


async def test_a_draft_that_leaves_the_deck_elsewhere_is_not_swapped_under_the_eyes(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        one, *_ = await filled(shop, "One.", "Two.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.office.engine.review.discard(one)
        await shop.sees("This draft has left the deck")
        await shop.press("y")
        await shop.sees("n goes on")
        assert await shop.outbox() == []
        await shop.press("n")
        await on_card(shop, "Two.")


async def test_words_that_change_elsewhere_are_not_sent_by_a_key_meant_for_others(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        one, *_ = await filled(shop, "One.", "Two.")
        await shop.press("d")
        await on_card(shop, "One.")
        seen = (await shop.view()).seen
        await shop.office.engine.review.rewrite(one, "Another.", None, seen=seen)
        await shop.press("y")
        await on_card(shop, "Another.")
        assert await shop.outbox() == []
        await shop.sees("changed")
        await shop.press("y")
        if not await shop.outbox():
            await shop.press("y")
        await on_card(shop, "Two.")
        assert [held.outgoing.text for held in await shop.outbox()] == ["Another."]


async def test_a_draft_that_becomes_ready_elsewhere_comes_last(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        ids = list(shop.desk.inbox.list.ids)
        await ready(shop, ids[0], "One.")
        await shop.press("d")
        await on_card(shop, "One.")
        await ready(shop, ids[1], "Two.")
        await shop.sees("1 of 2")
        await shop.press("n")
        await on_card(shop, "Two.")


async def test_a_draft_with_news_says_so_when_its_composer_opens(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        thread = shop.current
        await shop.press("r")
        await shop.paste("It left on Monday.")
        await shop.press("escape")
        shop.writes("ana", "Never mind, it came!", reply_to=await newest(shop, thread))
        await shop.sees("Never mind, it came!")
        await shop.press("r")
        await shop.sees("wrote again. Sending asks once more.")


async def test_z_after_it_has_left_asks_what_to_do_about_it(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await filled(shop, "One.", "Two.")
        await shop.press("d")
        await on_card(shop, "One.")
        await shop.press("y")
        await on_card(shop, "Two.")
        await shop.later()
        await shop.until(lambda: shop.posted() == ["One."])
        await shop.has(lambda: settled(shop))
        await shop.press("z")
        await shop.sees("Delete it", "Leave it as it is")
        await shop.press("escape")
        await on_card(shop, "Two.")


async def settled(shop) -> bool:
    return await shop.outbox() == []


# --- the deck alone -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1])
async def test_the_deck_alone_opens_at_the_start_and_ends_the_program(tmp_path, number):
    office = Office(tmp_path)
    office.network.customer("ana").writes_public("@kiln where is my parcel?")
    async with counter(tmp_path, office=office) as shop:
        await shop.until(lambda: shop.desk.inbox.list.ids)
        if number:
            await filled(shop, "One.")
        shop.desk.reviewing.review_alone()
        if number:
            await on_card(shop, "One.")
            await shop.press("y")
        await at_the_end(shop)
        await shop.sees("Approved 1." if number else "Nothing is ready for review.")
        await shop.press("escape")
        await shop.until(lambda: shop.app._exit)
