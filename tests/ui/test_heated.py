"""Heated threads by keyboard: answers cool off, and leave earlier only on purpose."""

from __future__ import annotations

import pytest

from console.desk.model import DeliveryState
from tests.ui.counter import counter

ANA = {"ana": "@kiln this is a scandal!"}
TWO = {**ANA, "budi": "@kiln is there a size L?"}


async def replies(shop, text: str) -> None:
    await shop.press("r")
    await shop.paste(text)
    await shop.press("ctrl+s")
    await shop.until(lambda: not shop.desk.writing.writing)


async def heated(shop) -> bool:
    return (await shop.view()).row.heated


async def test_h_heats_says_so_in_words_and_z_takes_it_back(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("H")
        await shop.sees("1 thread heated: answers are held for 10 min", "heated, our turn")
        assert await heated(shop)
        await shop.press("z")
        await shop.sees("Undone: 1 thread heated.")
        assert not await heated(shop)
        await shop.press("H", "H")
        await shop.sees("no longer heated")


async def test_h_is_for_all_that_are_selected(tmp_path):
    async with counter(tmp_path, letters=TWO) as shop:
        await shop.press("x", "x", "H")
        await shop.sees("2 threads heated")
        await shop.press("z")
        await shop.sees("Undone: 2 threads heated.")


async def test_an_answer_is_held_and_leaves_when_it_cooled_off(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("H")
        await replies(shop, "We are sorry.")
        await shop.sees("held to cool off, leaves in 10 min", "Held to cool off. It leaves in 10")
        await shop.later(60)
        assert shop.posted() == []
        await shop.sees("leaves in 9 min")
        await shop.later(9 * 60 + 1)
        await shop.until(lambda: shop.posted() == ["We are sorry."])


@pytest.mark.parametrize("typed", ["", "yes", "sen", "n"])
async def test_leaving_earlier_asks_for_a_word_and_anything_else_leaves_it_held(tmp_path, typed):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("H")
        await replies(shop, "We are sorry.")
        await shop.press("L")
        await shop.sees("Type send to let the answer leave")
        await shop.rattle(*typed)
        await shop.press("enter")
        await shop.sees("It stays held.")
        await shop.later(30)
        assert shop.posted() == []


async def test_the_word_lets_it_leave(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("H")
        await replies(shop, "We are sorry.")
        await shop.press("L")
        await shop.sees("Type send")
        await shop.rattle(*"send", "enter")
        await shop.sees("It leaves now.")
        await shop.until(lambda: shop.posted() == ["We are sorry."])


async def test_esc_leaves_it_held(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await shop.press("H")
        await replies(shop, "We are sorry.")
        await shop.press("L")
        await shop.sees("Type send")
        await shop.press("escape")
        await shop.sees("It stays held.")
        assert [one.state for one in await shop.outbox()] == [DeliveryState.HELD]


async def test_l_ends_an_ordinary_undo_window_at_once(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await replies(shop, "It left on Monday.")
        await shop.press("L")
        await shop.sees("It leaves now.")
        await shop.until(lambda: shop.posted() == ["It left on Monday."])
        await shop.press("L")
        await shop.sees("Nothing here is held back.")


async def test_heating_a_thread_holds_what_is_held_already(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        await replies(shop, "We are sorry.")
        await shop.press("H")
        await shop.sees("held to cool off, leaves in 10 min")
        await shop.later(20)
        assert shop.posted() == []


async def test_news_are_said_in_the_composer_when_they_come(tmp_path):
    async with counter(tmp_path, letters=ANA) as shop:
        first = (await shop.view()).messages[-1].remote_id
        await shop.press("r")
        await shop.paste("We are sorry.")
        shop.writes("ana", "Never mind, it came!", reply_to=first)
        await shop.sees("wrote again. Sending asks once more.")
        await shop.press("ctrl+s")
        await shop.until(lambda: shop.desk.sending.stopped)
        await shop.until(lambda: "Sending asks once more" not in shop.screen())
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")


UNDONE = {
    "done": ("e", "1 thread done"),
    "severity": ("3", "1 thread severity 3"),
    "waiting": ("w", "waiting for the customer"),
}


@pytest.mark.parametrize(("key", "words"), UNDONE.values(), ids=UNDONE)
async def test_z_goes_back_several_steps_to_the_thread_it_was_about(tmp_path, key, words):
    async with counter(tmp_path, letters=TWO) as shop:
        first = shop.current
        await shop.press(key)
        await shop.press("n")
        await shop.rattle(*"a note", "enter")
        await shop.sees("Note written")
        await shop.press("z")
        await shop.sees("Undone: note written")
        await shop.press("z")
        await shop.sees("Undone:", words)
        await shop.until(lambda: shop.current == first)
        await shop.press("z")
        await shop.sees("There is nothing to undo.")


async def test_z_takes_back_a_draft_marked_ready_and_shows_it(tmp_path):
    async with counter(tmp_path, letters=TWO) as shop:
        await shop.press("r")
        await shop.paste("We are sorry.")
        await shop.press("ctrl+r")
        await shop.sees("Ready for review: 1 in the deck")
        await shop.press("z")
        await shop.until(lambda: shop.desk.writing.writing)
        assert shop.desk.writing.composer.text == "We are sorry."
        assert not list(await shop.office.engine.review.deck())
