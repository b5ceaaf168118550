"""Answering by keyboard: what is typed is kept, what is sent leaves once, to whom it was for."""

from __future__ import annotations

import pytest

from connectors.contract import Lane, Reason
from connectors.stage.faults import Fault
from console.desk.model import DeliveryState, DraftKind
from console.store import accounts
from tests.engine.office import Office
from tests.ui.counter import counter

ANA = {"ana": "@kiln my parcel 4711 never came, what now?"}
THREE = {
    "ana": "@kiln my parcel 4711 never came, what now?",
    "budi": "@kiln ukuran L masih ada kak?",
    "chloe": "@kiln le suivi ne bouge plus.",
}


async def test_a_reply_is_held_leaves_and_is_called_sent_when_its_receipt_is_there(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.paste("It left on Monday.")
        await shop.press("ctrl+s")
        await shop.sees("It left on Monday.", "held, leaves in 8 s")
        assert "sent 1" not in shop.screen()
        assert shop.posted() == []
        await shop.later()
        await shop.sees("sent ")
        assert shop.posted() == ["It left on Monday."]
        assert await shop.drafts() == []


async def test_letters_typed_on_at_once_are_the_reply_and_no_commands(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await shop.rattle("r", "e", "e", "x", "q", "j")
        await shop.until(lambda: shop.desk.writing.writing)
        await shop.press("escape")
        await shop.has(lambda: _drafted(shop, "eexqj"))
        assert len(shop.desk.inbox.list.ids) == 3
        assert not shop.desk.inbox.list.marked


async def _drafted(shop, text: str) -> bool:
    return [draft.text for draft in await shop.drafts()] == [text]


async def test_ctrl_s_twice_sends_once(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.paste("Once.")
        await shop.rattle("ctrl+s", "ctrl+s", "ctrl+s")
        await shop.sees("held, leaves in 8 s")
        await shop.later()
        await shop.sees("sent ")
        assert len(shop.posted()) == 1
        assert await shop.drafts() == []


async def test_esc_right_after_a_letter_loses_none(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.rattle(*"half a sent", "escape")
        await shop.has(lambda: _drafted(shop, "half a sent"))
        await shop.press("r")
        assert shop.desk.writing.composer.text == "half a sent"


async def test_quitting_right_after_a_letter_loses_none(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.rattle(*"bye", "escape", "q")
        await shop.app.finish()
        assert await _drafted(shop, "bye")


async def test_an_emptied_draft_is_no_draft(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.rattle("a", "escape")
        await shop.has(lambda: _drafted(shop, "a"))
        await shop.press("r", "backspace", "escape")
        await shop.has(lambda: _none(shop))


async def _none(shop) -> bool:
    return await shop.drafts() == []


async def test_a_reply_goes_to_the_thread_it_was_begun_for(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await shop.press("j")
        thread = shop.current
        await shop.press("r")
        await shop.paste("Masih, kak.")
        # The list changes by itself meanwhile; the composer stays with its thread.
        await shop.office.engine.work.waiting_on([thread])
        shop.writes("dana", "@kiln hello?")
        await shop.until(lambda: shop.desk.listing.new or len(shop.desk.inbox.list.ids) > 3)
        await shop.press("ctrl+s")
        await shop.until(lambda: not shop.desk.writing.writing)
        held = await shop.outbox()
        assert [(one.thread_id, one.outgoing.text) for one in held] == [(thread, "Masih, kak.")]
        assert shop.shown == thread


async def test_what_was_written_meanwhile_stops_the_send_once_and_is_shown(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.paste("Where did you order?")
        shop.writes("ana", "Never mind, it came!", reply_to=(await _newest(shop)))
        await shop.until(lambda: "Never mind, it came!" in shop.screen())
        await shop.press("ctrl+s")
        await shop.until(lambda: shop.desk.sending.stopped)
        await shop.sees("Never mind, it came!", "Where did you order?")
        assert await shop.outbox() == []
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")


async def _newest(shop) -> str:
    return next(m for m in reversed((await shop.view()).messages) if not m.ours).remote_id


async def test_an_open_slot_stops_the_send_with_the_cursor_on_it(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.paste("It comes {{ ask.day }}, dear {{ ask.name }}.")
        await shop.press("ctrl+s")
        await shop.until(lambda: shop.desk.sending.stopped)
        editor = shop.desk.writing.composer.editor
        assert editor.selected_text == "{{ ask.day }}"
        assert await shop.outbox() == []
        await shop.rattle(*"on Friday")
        await shop.press("tab")
        assert editor.selected_text == "{{ ask.name }}"
        await shop.rattle(*"Ana")
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")
        assert (await shop.outbox())[0].outgoing.text == "It comes on Friday, dear Ana."


async def test_a_template_is_found_by_its_name_typed_on_at_once(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        offers = await shop.office.engine.work.offers(shop.current, Lane.PUBLIC)
        wanted = next(offer for offer in offers if "{{ ask." in offer.text)
        await shop.rattle(";", *wanted.title)
        await shop.until(lambda: "Templates" in shop.screen() and wanted.title in shop.screen())
        await shop.press("enter")
        await shop.until(lambda: shop.desk.writing.writing)
        await shop.until(lambda: "{{ ask." in shop.desk.writing.composer.editor.selected_text)
        assert shop.desk.writing.piece.template == wanted.name


async def test_a_paste_of_a_megabyte_is_refused_in_words(tmp_path):
    async with counter(tmp_path, letters=ANA, size=(80, 24)) as shop:
        await shop.press("r")
        await shop.paste("x" * 1_000_000)
        await shop.until(lambda: "1,000,000 characters" in shop.footer())
        assert shop.desk.writing.composer.text == ""


async def test_another_size_keeps_words_and_hands_where_they_are(tmp_path):
    async with counter(tmp_path, letters=THREE, size=(160, 45)) as shop:
        await shop.press("j", "r")
        await shop.paste("Still here")
        thread = shop.shown
        for size in ((80, 24), (100, 30), (200, 50), (80, 24)):
            await shop.pilot.resize_terminal(*size)
            await shop.pilot.pause()
            assert "Still here" in shop.screen()
        await shop.rattle(*" and well", "escape")
        await shop.has(lambda: _drafted(shop, "Still here and well"))
        assert shop.shown == thread


# --- the move to DM -------------------------------------------------------------------------------


async def test_m_holds_both_and_z_brings_both_back(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("m")
        await shop.sees("held, leaves in 8 s", "leaves after the message above")
        await shop.press("z")
        await shop.until(lambda: shop.desk.writing.writing)
        composer = shop.desk.writing.composer
        assert "4711 never came" in composer.text
        assert composer.acknowledgement
        assert await shop.outbox() == []
        await shop.rattle(*"P.S. ")
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")
        await shop.later()
        await shop.until(lambda: len(shop.posted()) == 2)
        assert "P.S." in shop.posted(Lane.PRIVATE)[0]
        assert "4711" not in shop.posted(Lane.PUBLIC)[0]
        await shop.sees("their turn", "public and private")


async def test_what_would_be_asked_in_vain_is_shown_before_it_leaves(tmp_path):
    office = Office(tmp_path, shop={"name": "Kiln"}, shut=True)
    async with counter(tmp_path, office=office, letters=ANA) as shop:
        await shop.press("m")
        await shop.sees("which this account doesn't let everyone begin")
        assert shop.posted() == []
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")


async def test_m_then_enter_edits_the_public_line_before_it_leaves(tmp_path):
    async with counter(tmp_path, letters=ANA, size=(80, 24)) as shop:
        await shop.rattle("m", "enter")
        await shop.until(lambda: shop.desk.writing.writing)
        await shop.press("tab")
        await shop.rattle(*" Cheers!")
        await shop.press("ctrl+s")
        await shop.until(lambda: not shop.desk.writing.writing)
        await shop.later()
        await shop.until(lambda: len(shop.posted()) == 2)
        assert shop.posted(Lane.PUBLIC)[0].endswith("Cheers!")
        assert await shop.drafts() == []


async def test_m_twice_is_one_move(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.rattle("m", "m")
        await shop.until(lambda: "on its way" in shop.footer())
        assert len(await shop.outbox()) == 2


async def test_a_customer_who_takes_no_messages_is_answered_truthfully(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        shop.network.customer("ana").refuses_private()
        await shop.press("m")
        await shop.later()
        await shop.until(lambda: len(shop.posted()) == 1)
        await shop.sees("refused, it didn't arrive", "r answer anew")
        said = shop.posted(Lane.PUBLIC)[0]
        assert "help@kiln.example" in said
        assert "sent you" not in said


async def test_a_private_thread_says_why_it_cannot_move(tmp_path):
    async with counter(tmp_path) as shop:
        shop.writes("ana", "psst", Lane.PRIVATE)
        await shop.sees("psst", "private")
        await shop.press("m")
        await shop.until(lambda: "private already" in shop.footer())
        assert await shop.outbox() == []
        await shop.press("colon")
        await shop.until(lambda: "Commands" in shop.screen())
        await shop.rattle(*"move")
        await shop.sees("Move to DM", "private already")
        await shop.press("enter")
        assert "Commands" in shop.screen(), "greyed out: it isn't done"


async def test_m_is_for_all_that_are_selected(tmp_path):
    async with counter(tmp_path, letters=THREE) as shop:
        await shop.press("x", "x", "m")
        await shop.until(lambda: "2 threads moved to DM" in shop.footer())
        held = await shop.outbox()
        assert len(held) == 4
        assert len({one.thread_id for one in held}) == 2


async def test_who_writes_again_while_the_message_is_held_is_seen_before_it_goes_on(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("m")
        await shop.sees("held, leaves in 8 s")
        newest = await _newest(shop)
        await shop.press("enter")
        await shop.until(lambda: shop.desk.writing.writing)
        shop.writes("ana", "Found it at the neighbours!", reply_to=newest)
        await shop.sees("Found it at the neighbours!")
        await shop.press("ctrl+s")
        await shop.until(lambda: shop.desk.sending.stopped)
        assert await shop.outbox() == []
        assert [draft.kind for draft in await shop.drafts()] == [DraftKind.HANDOFF]


# --- what becomes of it ---------------------------------------------------------------------------


def _conversation(shop) -> list[str]:
    """The words of the conversation, without the keys at their right."""
    timeline = shop.desk.conversation.timeline
    lines = [timeline.render_line(y).text for y in range(timeline.size.height)]
    return " ".join(lines).replace("r answer anew", "").split()


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (Fault.REFUSED, Reason.TOO_LONG, "The text is too long"),
        (Fault.REFUSED, Reason.BLOCKED, "has blocked you"),
    ],
)
async def test_a_refusal_shows_the_networks_words_and_a_key(tmp_path, fault, reason, words):
    async with counter(tmp_path, letters=ANA) as shop:
        shop.network.fault(fault, reason=reason)
        await shop.press("r")
        await shop.paste("Hello.")
        await shop.press("ctrl+s")
        await shop.until(lambda: not shop.desk.writing.writing)
        await shop.later()
        await shop.sees("refused, it didn't arrive", "r answer anew")
        assert words in (await shop.view()).deliveries[0].words
        await shop.until(lambda: words in " ".join(_conversation(shop)))


async def test_a_doubtful_message_is_settled_in_the_outbox(tmp_path):
    async with counter(tmp_path, letters=ANA, idempotent=False, finds_sent=False) as shop:
        shop.network.fault(Fault.ANSWER_LOST)
        await shop.press("r")
        await shop.paste("Hello.")
        await shop.press("ctrl+s")
        await shop.until(lambda: not shop.desk.writing.writing)
        await shop.later()
        await shop.sees("may have arrived", "g o")
        await shop.press("g", "o")
        await shop.sees("Outbox, 1", "it arrived")
        await shop.press("a")
        await shop.has(lambda: _empty(shop))
        assert len(shop.posted()) == 1


async def _empty(shop) -> bool:
    return await shop.outbox() == []


async def test_with_the_server_down_it_waits_and_leaves_when_the_server_is_back(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        shop.network.stop()
        await shop.sees("main offline since")
        await shop.press("r")
        await shop.paste("Hello.")
        await shop.press("ctrl+s")
        await shop.sees("It leaves when the network is back")
        await shop.later()
        await shop.sees("leaves next")
        assert shop.posted() == []
        shop.network.start()
        shop.office.engine.try_again()
        await shop.until(lambda: len(shop.posted()) == 1)
        await shop.sees("sent ", "main live")
        states = [one.state for one in (await shop.view()).deliveries]
        assert DeliveryState.DOUBTFUL not in states


async def test_a_key_that_is_refused_says_what_to_run(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        shop.network.revoke()
        await shop.sees("main sign in again")
        await shop.press("escape", "g", "n")
        await shop.sees("greenroom account check main")


async def _reading_above(shop) -> None:
    """The beginning of a long thread is in view when the customer writes on in private."""
    await shop.press("enter", "g", "g")
    shop.network.customer("ana").writes_privately("my street is Ilica 5")
    await shop.sees("1 new message below")


LONG = {"ana": "@kiln my parcel never came\n" + "line\n" * 60}


async def test_an_answer_is_on_top_of_what_has_been_in_view(tmp_path):
    """Words in private had come in below what was read, and the answer went to the public lane."""
    async with counter(tmp_path, letters=LONG, size=(80, 24)) as shop:
        await _reading_above(shop)
        await shop.press("r")
        await shop.sees("[PRIVATE]", "my street is Ilica 5")
        assert shop.desk.writing.piece.lane is Lane.PRIVATE


@pytest.mark.parametrize(("key", "what"), [("m", "m again"), ("e", "e again"), ("w", "w again")])
async def test_what_is_decided_is_decided_on_top_of_what_has_been_in_view(tmp_path, key, what):
    async with counter(tmp_path, letters=LONG, size=(80, 24)) as shop:
        await _reading_above(shop)
        before = (await shop.view()).row.state
        await shop.press(key)
        await shop.sees("my street is Ilica 5", what)
        after = await shop.view()
        assert after.deliveries == ()
        assert after.row.state is before


async def test_a_thread_that_opens_at_its_unread_words_says_what_is_below(tmp_path):
    async with counter(tmp_path, letters=LONG, size=(80, 24)) as shop:
        shop.network.customer("ana").writes_privately("and in private: Ilica 5")
        await shop.has(lambda: _two(shop))
        await shop.press("enter")
        await shop.sees("1 new message below")
        await shop.press("r")
        await shop.sees("[PRIVATE]", "Ilica 5")


async def _two(shop) -> bool:
    return len((await shop.view()).messages) == 2


async def test_what_is_sent_while_the_account_rests_is_said_to_wait(tmp_path):
    """It said “It leaves in 8 s” of what was not to leave at all."""
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.paste("It left on Monday.")
        office = shop.office
        await office.store.write(accounts.pause, "main", office.now)
        await shop.sees("main paused")
        await shop.press("ctrl+s")
        await shop.sees("It leaves when main is resumed", "takes it back until then")
