"""The outbox and what has left: everything is told, and nothing is deleted but on purpose."""

from __future__ import annotations

import pytest

from connectors.contract import Lane, Reason
from connectors.stage.faults import Fault
from console.desk.withdrawal import WithdrawalState
from console.ui.keys import BY_ID, COMMANDS, Context
from console.ui.screens.details import Details
from console.ui.screens.outbox import Outbox
from console.ui.screens.recall import Recall
from console.ui.screens.reword import Reword
from tests.ui.counter import counter

ANA = {"ana": "@kiln my parcel 4711 never came, what now?"}


async def say(shop, text: str) -> None:
    """Answer, and let it leave."""
    await shop.press("r")
    await shop.paste(text)
    await shop.press("ctrl+s")
    await shop.until(lambda: not shop.desk.writing.writing)
    await shop.later()


async def sent(shop, text: str = "It left on Mnoday.") -> None:
    await say(shop, text)
    await shop.sees("sent ")


async def top(shop, kind: type) -> None:
    await shop.until(lambda: isinstance(shop.app.screen, kind) and shop.app.screen.ready, kind)


async def on_desk(shop) -> None:
    await shop.until(lambda: shop.app.screen is shop.desk, "the desk")


async def wishes(shop):
    return (await shop.view()).withdrawals


# --- z on what has left -----------------------------------------------------------------------


async def test_z_on_a_sent_message_asks_and_says_who_may_have_seen_it(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.sees("It has left: PUBLIC reply", "anybody may have read it", "Delete it")
        await shop.press("D")
        await shop.sees("deleted by us")
        assert shop.posted() == []
        ours = (await shop.view()).messages[-1]
        assert ours.text == "It left on Mnoday."


async def test_z_pressed_again_and_again_deletes_nothing(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        await shop.rattle(*"zzzzzz")
        await top(shop, Recall)
        await shop.press("z", "z", "d", "e", "x", "j", "enter")
        await shop.press("escape")
        await on_desk(shop)
        assert shop.posted() == ["It left on Mnoday."]
        assert await wishes(shop) == ()
        # It was decided to leave it: the next z takes what was before.
        await shop.press("z")
        await shop.sees("nothing to undo")


async def test_what_the_network_cannot_is_grey_with_its_reason(tmp_path):
    async with counter(tmp_path, letters=ANA, edits=False, deletes=False) as shop:
        await sent(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.sees("Delete it: can't be done", "Edit it: can't be done")
        await shop.press("D", "E")
        assert isinstance(shop.app.screen, Recall)
        await shop.press("escape")
        await on_desk(shop)
        assert shop.posted() == ["It left on Mnoday."]


async def test_other_words_are_asked_about_before_they_go_there(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.press("E")
        await top(shop, Reword)
        editor = shop.app.screen.editor
        assert editor.text == "It left on Mnoday."
        editor.set_text("It left on Monday.")
        await shop.press("ctrl+s")
        await shop.sees("Put these words there (PUBLIC)?")
        await shop.press("enter")
        assert await wishes(shop) == ()
        await shop.press("y")
        await shop.sees("edited by us")
        assert shop.posted() == ["It left on Monday."]


async def test_new_words_that_are_left_are_kept(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.press("E")
        await top(shop, Reword)
        shop.app.screen.editor.set_text("It left on Mon")
        await shop.press("escape")
        await on_desk(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.press("E")
        await top(shop, Reword)
        assert shop.app.screen.editor.text == "It left on Mon"
        await shop.press("escape")
        await on_desk(shop)
        assert shop.posted() == ["It left on Mnoday."]


async def test_new_words_go_through_the_checks(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.press("E")
        await top(shop, Reword)
        shop.app.screen.editor.set_text("Write to ana.horvat@mail.example")
        await shop.press("ctrl+s")
        await shop.until(lambda: isinstance(shop.app.screen, Reword) and shop.app.screen.objections)
        await shop.sees("all the same")
        await shop.press("ctrl+o")
        await shop.sees("Put these words there")
        await shop.press("n")
        await top(shop, Reword)
        await shop.press("escape")
        await on_desk(shop)
        assert await wishes(shop) == ()


async def test_both_messages_of_a_move_go_in_one_act(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("m")
        await shop.sees("held, leaves in")
        await shop.later()
        await shop.until(lambda: len(shop.posted()) == 2)
        await shop.has(lambda: _settled(shop))
        await shop.press("z")
        await top(shop, Recall)
        await shop.sees("It has left: PRIVATE message", "public line says", "Delete both")
        await shop.press("B")
        await shop.until(lambda: shop.posted() == [])
        await shop.has(lambda: _all_done(shop, 2))


async def _settled(shop) -> bool:
    return await shop.outbox() == []


async def _all_done(shop, number: int) -> bool:
    found = await wishes(shop)
    return [one.state for one in found] == [WithdrawalState.DONE] * number


async def test_capital_z_is_for_the_message_that_is_read(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("Z")
        await shop.sees("Nothing of ours stands")
        await sent(shop)
        await shop.press("e")
        await shop.press("g", "e")
        await shop.until(lambda: shop.shown is not None)
        await shop.press("Z")
        await top(shop, Recall)
        await shop.press("escape")


async def test_z_is_not_stuck_at_what_nobody_knows(tmp_path):
    async with counter(tmp_path, letters=ANA, idempotent=False, finds_sent=False) as shop:
        await shop.press("t")
        await shop.rattle(*"late", "enter")
        await shop.has(lambda: _tagged(shop))
        shop.network.fault(Fault.ANSWER_LOST)
        await say(shop, "Hello.")
        await shop.sees("may have arrived")
        await shop.press("z")
        await shop.sees("isn't settled yet")
        assert shop.app.screen is shop.desk
        await shop.press("z")
        await shop.sees("Undone: 1 thread tagged late")


async def _tagged(shop) -> bool:
    return (await shop.view()).row.tags == ("late",)


async def test_a_refusal_of_the_deletion_stands_in_the_thread(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        shop.network.fault(Fault.REFUSED, reason=Reason.NOT_ALLOWED, recalling=True)
        await shop.press("z")
        await top(shop, Recall)
        await shop.press("D")
        await shop.sees("not deleted: The network said")
        assert shop.posted() == ["It left on Mnoday."]


def test_the_keys_that_delete_mean_nothing_anywhere_else():
    deleting = {key for name in ("recall-delete", "recall-both") for key in BY_ID[name].keys}
    others = [row for row in COMMANDS if Context.RECALL not in row.contexts]
    assert not deleting & {key for row in others for key in row.keys}


# --- the outbox -------------------------------------------------------------------------------


async def test_what_was_sent_is_shown_with_its_attempts_and_receipt(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await sent(shop)
        await shop.press("g", "o")
        await top(shop, Outbox)
        await shop.sees("Nothing waits to leave")
        await shop.press("s")
        await shop.sees("Outbox with what is settled, 1", "It left on Mnoday.")
        await shop.press("enter")
        await top(shop, Details)
        receipt = shop.network.posts_of_shop()[0].remote_id
        await shop.sees(
            f"receipt {receipt}",
            "the same at every attempt",
            "post a public reply to @ana@social.example: the network took it",
            "written by Mira",
        )
        await shop.press("escape")
        await top(shop, Outbox)
        await shop.press("z")
        await top(shop, Recall)
        await shop.press("D")
        await shop.sees("deleted by us")
        await shop.press("s")
        await shop.sees("Nothing waits to leave")


async def test_both_legs_of_a_handoff_are_one_row(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("m")
        await shop.sees("held, leaves in")
        await shop.press("g", "o")
        await top(shop, Outbox)
        await shop.sees("Outbox, 1", "move to DM on", "PRIVATE", "PUBLIC")
        await shop.press("enter")
        await top(shop, Details)
        await shop.sees("PRIVATE to Ana")
        await shop.press("G")
        await shop.sees("PUBLIC to Ana", "leaves when its private message is settled")
        await shop.press("z")
        await top(shop, Outbox)
        await shop.has(lambda: _settled(shop))
        assert [draft.lane for draft in await shop.drafts()] != []


@pytest.mark.parametrize(("key", "posts"), [("a", 1), ("r", 2), ("x", 1)])
async def test_a_doubtful_message_shows_the_evidence_and_takes_three_answers(tmp_path, key, posts):
    async with counter(tmp_path, letters=ANA, idempotent=False, finds_sent=False) as shop:
        shop.network.fault(Fault.ANSWER_LOST)
        await say(shop, "Hello.")
        await shop.sees("may have arrived", "g o")
        await shop.press("g", "o")
        await top(shop, Outbox)
        await shop.press("enter")
        await top(shop, Details)
        await shop.sees("Evidence so far", "it arrived", "look for it on the network")
        await shop.press(key)
        await shop.until(lambda: isinstance(shop.app.screen, Outbox))
        await shop.later()
        await shop.has(lambda: _settled(shop))
        assert len(shop.posted()) == posts


async def test_o_opens_the_thread(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        shop.network.stop()
        await shop.sees("main offline since")
        await say(shop, "Hello.")
        await shop.press("g", "o")
        await top(shop, Outbox)
        await shop.press("o")
        await on_desk(shop)
        await shop.until(lambda: shop.desk.in_conversation)


async def test_it_works_in_a_small_terminal(tmp_path):
    async with counter(tmp_path, letters=ANA, size=(80, 24)) as shop:
        await sent_small(shop)
        await shop.press("z")
        await top(shop, Recall)
        await shop.sees("anybody may have read it", "Delete it", "Edit it", "Leave it as it is")
        await shop.press("escape")
        await on_desk(shop)
        await shop.press("g", "o")
        await top(shop, Outbox)
        await shop.press("s", "enter")
        await top(shop, Details)
        await shop.sees("What was tried")


async def sent_small(shop) -> None:
    await say(shop, "It left on Monday.")
    await shop.until(lambda: shop.posted(Lane.PUBLIC))
    await shop.has(lambda: _settled(shop))


async def test_what_is_sent_while_one_looks_says_so(tmp_path):
    """Its page said “It is settled, and not in this list any more”, and not that it had left."""
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("r")
        await shop.paste("It left on Monday.")
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")
        await shop.press("g", "o")
        await shop.sees("Outbox, 1", "It left on Monday.")
        await shop.press("enter")
        await shop.sees("Delivery", "What was tried")
        await shop.later()
        await shop.sees("receipt ", "sent")
        await shop.press("escape")
        await shop.sees("Outbox", "It left on Monday.", "sent ")
        await shop.press("escape", "g", "o")
        await shop.sees("Nothing waits to leave")
