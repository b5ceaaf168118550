"""Triage, moving about and reading by keyboard: nothing lies, nothing jumps, everything says."""

from __future__ import annotations

import pytest

from console.desk.model import ThreadState
from console.engine.engine import Engine
from console.engine.setup import EngineSettings, NoSecrets
from console.ui import safe
from console.ui.app import Appearance
from console.ui.keys import COMMANDS, Context
from tests.engine.office import Office
from tests.ui.counter import counter

FORTY = {f"c{number:02}": f"@kiln question number {number:02}" for number in range(40)}
FIVE = dict(list(FORTY.items())[:5])


def inbox(shop) -> list[str]:
    """The rows in view, without the mark of how far down they are."""
    return [line[:36] for line in shop.screen().split("\n")[2:26]]


def reading(shop) -> list[str]:
    """The words in view, without the mark of how far down they are."""
    return [line[:76].rstrip() for line in shop.screen().split("\n")[1:15]]


async def states(shop) -> list[ThreadState]:
    return [(await shop.view(number)).row.state for number in range(1, 6)]


async def test_each_command_of_the_table_is_done_by_exactly_one_part(tmp_path):
    async with counter(tmp_path) as shop:
        deeds = [name for part in shop.desk.parts() for name in part.deeds()]
        assert len(deeds) == len(set(deeds))
        # What only screens over the desk know, they do themselves.
        over = {Context.OUTBOX, Context.RECALL, Context.DECK, Context.DRAFTS}
        elsewhere = {command.does for command in COMMANDS if command.contexts <= over}
        assert set(deeds) == {command.does for command in COMMANDS} - elsewhere


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45), (200, 50)])
async def test_row_and_conversation_belong_together_however_fast_one_moves(tmp_path, size):
    async with counter(tmp_path, letters=FORTY, size=size) as shop:
        for keys in ("jjjjjjj", "kkjjjj", "Gkk", "ggj"):
            await shop.rattle(*keys)
            await shop.until(lambda: shop.shown == shop.current)
        await shop.press("enter")
        words = f"question number {shop.current - 1:02}"
        await shop.sees(words)
        assert shop.desk.conversation.heading.where == ""


async def test_done_goes_on_and_undo_comes_back_step_by_step(tmp_path):
    async with counter(tmp_path, letters=FIVE) as shop:
        first = shop.current
        await shop.press("e")
        await shop.until(lambda: shop.current != first and shop.shown == shop.current)
        second = shop.current
        await shop.press("w")
        await shop.press("2")
        await shop.until(lambda: "severity 2" in shop.footer())
        third = shop.current
        await shop.press("z")
        await shop.until(lambda: "Undone: 1 thread severity 2" in shop.footer())
        assert shop.current == third
        await shop.press("z")
        await shop.until(lambda: shop.current == second == shop.shown)
        await shop.press("z")
        await shop.until(lambda: shop.current == first == shop.shown)
        assert set(await states(shop)) == {ThreadState.OPEN}


async def test_forty_threads_are_sorted_by_hand_and_by_selection(tmp_path):
    async with counter(tmp_path, letters=FORTY, size=(80, 24)) as shop:
        await shop.rattle(*"eeeeewwwww")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 30)
        await shop.rattle(*"xxxxx")
        await shop.sees("5 selected")
        await shop.rattle("3")
        await shop.rattle("t", *"lost", "enter")
        await shop.until(lambda: "5 threads tagged lost" in shop.footer())
        await shop.rattle("e")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 25)
        await shop.rattle("b", *"tomorrow", "enter")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 24)
        await shop.until(lambda: shop.desk.status.counts.needs_us == 24)
        await shop.rattle("g", "s")
        await shop.sees("Snoozed", "until")
        await shop.rattle("g", "e")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 10)
        await shop.sees("#lost", "sev 3")
        await shop.rattle("g", "w")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 5)
        await shop.rattle("g", "a")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 40)
        await shop.rattle("g", "i")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 24)


async def test_an_empty_view_says_what_it_is_for(tmp_path):
    async with counter(tmp_path, letters=FIVE) as shop:
        for key, words in (
            ("s", "Nothing is snoozed."),
            ("e", "Nothing is done yet."),
            ("w", "You are waiting for no customer."),
        ):
            await shop.rattle("g", key)
            await shop.sees(words)
            await shop.press("e", "r", "m", "o", "y", "enter", "z")
        await shop.rattle("g", "i")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 5)


async def test_new_threads_wait_below_and_nothing_moves(tmp_path):
    async with counter(tmp_path, letters=FORTY, size=(100, 30)) as shop:
        await shop.press("s")
        await shop.until(lambda: "newest first" in shop.screen())
        await shop.rattle(*"jjjjj")
        await shop.until(lambda: shop.shown == shop.current)
        before, rows = shop.current, inbox(shop)
        for number in range(3):
            shop.writes(f"new{number}", f"@kiln brand new {number}")
        await shop.sees("3 new  (Space takes them in)")
        assert inbox(shop) == rows
        assert shop.current == shop.shown == before
        await shop.press("space")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 43)
        assert shop.current == shop.shown == before


async def test_a_thread_from_the_search_says_that_it_is_not_in_the_list(tmp_path):
    async with counter(tmp_path, letters=FIVE) as shop:
        await shop.press("e")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 4)
        row = shop.current
        await shop.rattle("/", *"number 00")
        await shop.until(lambda: getattr(shop.app.screen, "hits", ()))
        await shop.press("enter")
        await shop.until(lambda: shop.shown == 1)
        await shop.sees("not in this list", "done")
        assert shop.desk.inbox.list.away
        await shop.press("r")
        await shop.until(lambda: shop.desk.writing.writing)
        assert shop.desk.writing.thread_id == 1
        await shop.press("escape", "escape")
        await shop.until(lambda: shop.shown == shop.current == row)
        assert not shop.desk.inbox.list.away


async def test_drafts_open_their_own_thread(tmp_path):
    async with counter(tmp_path, letters=FIVE) as shop:
        await shop.press("j", "r")
        await shop.rattle(*"for the second", "escape", "escape", "k")
        await shop.until(lambda: shop.current == 1)
        await shop.press("d")
        await shop.sees("1 draft", "for the second")
        await shop.press("enter", "!")
        await shop.until(lambda: shop.desk.writing.composer.text == "for the second!")
        assert shop.shown == shop.desk.writing.thread_id == shop.current == 2


async def test_what_streams_in_while_one_reads_stands_below(tmp_path):
    async with counter(tmp_path, letters={"ana": "@kiln " + "line\n" * 60}, size=(80, 24)) as shop:
        await shop.press("enter", "g", "g")
        newest = (await shop.view()).messages[-1].remote_id
        before = reading(shop)
        for number in range(3):
            shop.writes("ana", f"and another thing {number}", reply_to=newest)
        await shop.sees("3 new messages below")
        assert reading(shop) == before
        await shop.press("G")
        await shop.sees("and another thing 2")


async def test_a_long_unread_message_opens_at_its_beginning(tmp_path):
    text = "@kiln the beginning\n" + "line\n" * 80 + "the end"
    async with counter(tmp_path, letters={"ana": text}, size=(80, 24)) as shop:
        await shop.press("enter")
        await shop.sees("the beginning")


async def test_long_words_are_read_whole_at_eighty_columns(tmp_path):
    async with counter(tmp_path, letters=FIVE, size=(80, 24)) as shop:
        shop.desk.telling.trouble("What happened. " * 12 + "The end of it.")
        await shop.sees("The end of it.")
        lines = [line for line in shop.screen().split("\n") if "What happened." in line]
        assert 2 <= len(lines) <= 4
        await shop.press("escape")
        await shop.until(lambda: "What happened." not in shop.screen())
        await shop.rattle("g", "n")
        await shop.sees("What was said", "The end of it.", "All is well.")


async def test_one_trouble_does_not_hide_another(tmp_path):
    async with counter(tmp_path, letters=FIVE, size=(80, 24)) as shop:
        telling = shop.desk.telling
        telling.matter("A first thing is the matter.")
        telling.matter("And a second one.")
        telling.matter("And a second one.")
        await shop.sees("A first thing is the matter.")
        assert "And a second one." not in shop.screen()
        await shop.press("escape")
        await shop.sees("And a second one.")
        await shop.press("escape")
        await shop.until(lambda: "And a second one." not in shop.screen())
        await shop.rattle("g", "n")
        await shop.sees("A first thing", "And a second one.")


async def test_keys_that_cannot_be_used_are_named_and_the_tables_own_act(tmp_path):
    look = Appearance(keys={"dome": "a"})
    async with counter(tmp_path, letters=FIVE, appearance=look, size=(80, 24)) as shop:
        await shop.sees("Your keys are not used.")
        assert "Did you mean 'done'?" in " ".join(shop.screen().split())
        await shop.press("e")
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 4)


def an_office(folder, setups, **settings) -> Office:
    """An office whose engine has other accounts or settings."""
    office = Office(folder)
    engine = office.engine
    office.engine = Engine(
        office.store,
        setups(office),
        secrets=NoSecrets(),
        settings=EngineSettings(agent="Mira", **settings),
        clock=office.clock,
        connect=engine._connect,
    )
    return office


async def test_without_an_account_it_says_what_to_run(tmp_path):
    office = an_office(tmp_path, lambda _office: [])
    async with counter(tmp_path, office=office, size=(80, 24)) as shop:
        await shop.sees("greenroom account add mastodon", "no account yet")
        await shop.press("r", "m", "e", "slash", "escape", "question_mark", "escape")
        await shop.rattle("g", "n")
        await shop.sees("What was said")


async def test_offline_by_choice_reads_and_drafts_and_says_so(tmp_path):
    async with counter(tmp_path, letters=FIVE) as shop:
        await shop.press("e")
    again = an_office(tmp_path, lambda office: [office.setup], offline=True)
    async with counter(tmp_path, office=again) as shop:
        await shop.until(lambda: len(shop.desk.inbox.list.ids) == 4)
        await shop.sees("main offline by choice")
        await shop.press("r")
        await shop.rattle(*"Later.", "ctrl+s")
        await shop.sees("held, leaves in")
        await shop.later()
        assert shop.posted() == []


def beyond_ascii(shop) -> list[str]:
    return [line for line in shop.screen().split("\n") if not line.isascii()]


async def test_ascii_terminals_get_no_other_sign_from_the_chrome(tmp_path):
    look = Appearance(ascii_only=True)
    letters = {**FIVE, "long": "@kiln " + "a very long question " * 20}
    try:
        async with counter(tmp_path, letters=letters, appearance=look) as shop:
            await shop.press("G", "m")
            await shop.sees("held, leaves in 8 s")
            assert beyond_ascii(shop) == []
            await shop.press("z")
            await shop.until(lambda: shop.desk.writing.writing)
            # The words themselves are sent as they are.
            assert [line for line in beyond_ascii(shop) if "question" not in line] == []
            await shop.press("escape", "d")
            await shop.sees("1 draft")
            assert beyond_ascii(shop) == []
    finally:
        safe.use_ellipsis("…")


async def test_esc_pressed_too_often_closes_one_screen_at_a_time(tmp_path):
    async with counter(tmp_path, letters=FIVE) as shop:
        for key in ("slash", "colon", "question_mark", "d", "t", "b", "n"):
            await shop.press(key)
            await shop.until(lambda: shop.app.screen is not shop.desk)
            await shop.rattle("escape", "escape", "escape")
            await shop.until(lambda: shop.app.screen is shop.desk)
        await shop.press("j")
        assert shop.current == 2


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_without_colour_everything_is_drawn(tmp_path, monkeypatch, size):
    monkeypatch.setenv("NO_COLOR", "1")
    async with counter(tmp_path, letters=FIVE, size=size) as shop:
        await shop.press("e", "m")
        await shop.sees("held, leaves in 8 s", "PRIVATE", "PUBLIC")
        for keys in (("g", "o"), ("d",), ("/",), ("?",), ("g", "n")):
            await shop.rattle(*keys)
            await shop.until(lambda: shop.app.screen is not shop.desk)
            await shop.press("escape")
            await shop.until(lambda: shop.app.screen is shop.desk)
        await shop.press("z")
        await shop.until(lambda: shop.desk.writing.writing)
