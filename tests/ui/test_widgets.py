"""The panes in a running app: what moves, what stays, what is asked for."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message as Notice
from textual.widget import Widget

from connectors.contract import Lane, Room
from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState
from console.ui.keymap import standard
from console.ui.lists import LineList
from console.ui.outside import edit
from console.ui.panes.band import Whom
from console.ui.panes.composer import Composer, Objection
from console.ui.panes.conversation import ConversationPane, Timeline
from console.ui.panes.editor import Editor
from console.ui.panes.inbox import InboxList
from console.ui.screens.ask import Ask, Confirm
from console.ui.screens.outbox import Outbox
from console.ui.screens.palette import Palette
from console.ui.screens.picker import Picker
from console.ui.screens.search import Search
from console.ui.themes import THEMES
from tests.ui.made_up import NOW, a_delivery, a_handoff, a_message, a_row, a_view, rows


class Shop(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.given = widgets
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "greenroom-dark"

    def compose(self) -> ComposeResult:
        yield from self.given


@asynccontextmanager
async def running(
    *widgets: Widget, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Any, list[Notice]]]:
    heard: list[Notice] = []
    app = Shop(*widgets)
    async with app.run_test(size=size, message_hook=heard.append) as pilot:
        await pilot.pause()
        yield pilot, heard


def shown(widget: Any) -> str:
    return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.size.height))


def words(widget: Any) -> list[str]:
    """Without the mark of where we are, which may move."""
    return [line.rstrip(" ┃") for line in shown(widget).split("\n")]


def of(heard: list[Notice], kind: type[Notice]) -> list[Any]:
    found: list[Any] = []
    for notice in heard:
        if type(notice) is kind and notice not in found:
            found.append(notice)
    return found


def a_list(number: int) -> InboxList:
    threads = InboxList(clock=lambda: NOW, density="snug")
    threads.set_ids(array("q", range(1, number + 1)))
    return threads


async def test_a_list_of_a_hundred_thousand_asks_for_what_is_near() -> None:
    threads = a_list(100_000)
    async with running(threads) as (pilot, heard):
        await pilot.pause()
        asked = of(heard, LineList.Needed)[0].ids
        assert asked[0] == 1
        assert 12 <= len(asked) <= 120
        assert 100_000 in asked, "going to the other end must not wait"
        assert "reading…" in shown(threads)
        threads.put_rows(rows(40))
        assert "> Ana Horvat" in shown(threads)
        threads.last()
        await pilot.pause()
        assert threads.current == 100_000
        assert 99_980 in of(heard, LineList.Needed)[-1].ids


async def test_moving_posts_where_the_cursor_is_and_stays_at_the_ends() -> None:
    threads = a_list(30)
    async with running(threads) as (pilot, heard):
        threads.put_rows(rows(30))
        for _ in range(15):
            threads.move(1)
        threads.page(1)
        threads.move(-500)
        threads.move(-1)
        await pilot.pause()
        assert [notice.id for notice in of(heard, LineList.Highlighted)][-1] == 1
        assert threads.top == 0


async def test_what_is_read_does_not_move_when_threads_arrive() -> None:
    threads = a_list(60)
    async with running(threads) as (pilot, heard):
        threads.put_rows(rows(60))
        threads.move_to(20)
        await pilot.pause()
        before = shown(threads)
        heard.clear()
        threads.append_ids([61, 62])
        assert shown(threads) == before
        threads.put_rows({99: a_row(99)})
        threads.set_ids([99, *range(1, 63)])
        await pilot.pause()
        assert threads.current == 21
        assert shown(threads) == before, "the same rows stand in the same places"
        assert not of(heard, LineList.Highlighted)


async def test_done_and_next() -> None:
    threads = a_list(5)
    async with running(threads) as (_, _heard):
        threads.move_to(1)
        threads.remove_ids([2])
        assert threads.current == 3
        threads.move_to(3)
        threads.remove_ids([5])
        assert threads.current == 4
        threads.remove_ids([1, 3, 4])
        threads.words = "Nobody waits for you."
        assert threads.current is None
        assert "Nobody waits for you." in shown(threads)


async def test_verbs_are_for_all_that_are_selected() -> None:
    threads = a_list(5)
    async with running(threads) as (_, _heard):
        assert threads.targets() == (1,)
        threads.toggle_mark()
        threads.move(3)
        threads.toggle_mark()
        assert threads.targets() == (1, 4)
        threads.set_ids([4, 5])
        assert threads.targets() == (4,)


def a_long_view(number: int, **changes: Any) -> Any:
    messages = tuple(a_message(place, text=f"message {place}") for place in range(1, number + 1))
    return a_view(messages=messages, **changes)


async def test_a_conversation_opens_at_its_end_and_follows_it() -> None:
    timeline = Timeline(clock=lambda: NOW)
    async with running(timeline) as (_, _heard):
        timeline.show(a_long_view(40))
        assert timeline.at_end
        assert "message 40" in shown(timeline)
        timeline.show(a_long_view(41))
        assert "message 41" in shown(timeline)
        assert timeline.below == 0


async def test_words_being_read_stay_when_a_message_arrives() -> None:
    pane = ConversationPane(clock=lambda: NOW)
    async with running(pane) as (pilot, _heard):
        timeline = pane.timeline
        timeline.show(a_long_view(40))
        timeline.scroll(-30)
        before = shown(timeline)
        pane.show(a_long_view(42))
        assert words(timeline)[:20] == [line.rstrip(" ┃") for line in before.split("\n")][:20]
        await pilot.pause()
        assert pane.below.display
        assert "2 new messages below  (G goes there)" in shown(pane.below)
        timeline.to_end()
        await pilot.pause()
        assert not pane.below.display


async def test_five_thousand_messages_are_laid_out_as_they_are_reached() -> None:
    timeline = Timeline(clock=lambda: NOW)
    async with running(timeline) as (pilot, heard):
        timeline.show(a_long_view(5_000, earlier=3))
        assert len(timeline._laid) < 100
        timeline.to_start()
        assert "3 earlier messages" in shown(timeline)
        assert "message 1" in shown(timeline)
        timeline.scroll(-1)
        await pilot.pause()
        assert of(heard, Timeline.EarlierWanted)


async def test_a_countdown_repaints_its_line_and_no_other() -> None:
    now = [NOW]
    timeline = Timeline(clock=lambda: now[0])
    async with running(timeline, size=(80, 40)) as (_, _heard):
        timeline.show(a_handoff())
        assert timeline.restless
        assert timeline.held is not None
        before = shown(timeline).split("\n")
        now[0] += timedelta(seconds=1)
        painted: list[Any] = []
        timeline.refresh = lambda *regions, **_: painted.extend(regions)  # type: ignore[method-assign]
        timeline.tick()
        after = shown(timeline).split("\n")
        changed = [y for y, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        assert len(changed) == 1
        assert "leaves in 5 s" in after[changed[0]]
        assert [(region.y, region.height) for region in painted] == [(changed[0], 1)]


async def test_another_width_keeps_the_place() -> None:
    timeline = Timeline(clock=lambda: NOW)
    async with running(timeline) as (pilot, _heard):
        timeline.show(a_long_view(60))
        timeline.scroll(-45)
        top = shown(timeline).split("\n")[0]
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert shown(timeline).split("\n")[0].split()[:3] == top.split()[:3]


def measure(text: str, lane: Lane) -> Room:
    return Room(used=len(text), limit=20)


PUBLIC = Whom(Lane.PUBLIC, "Ana", "mastodon")
PRIVATE = Whom(Lane.PRIVATE, "Ana", "mastodon")


async def test_the_composer_walks_the_slots_and_wraps_round() -> None:
    composer = Composer()
    async with running(composer) as (pilot, heard):
        text = "Hi {{ ask.name }},\nit is {{ ask.day }}."
        composer.open_reply(PUBLIC, text, measure, lambda _lane: "characters")
        composer.editor.focus()
        found = []
        for _ in range(3):
            composer.next_slot()
            found.append(composer.editor.selected_text)
        assert found == ["{{ ask.name }}", "{{ ask.day }}", "{{ ask.name }}"]
        composer.editor.put("Ana")
        composer.next_slot()
        assert composer.editor.selected_text == "{{ ask.day }}"
        composer.editor.put("Monday")
        composer.next_slot()
        await pilot.pause()
        assert of(heard, Composer.Said)[0].words == "There is no open slot in this text."
        assert composer.text == "Hi Ana,\nit is Monday."
        assert "1 character too many" in shown(composer.upper)


async def test_the_composer_asks_to_be_saved_once_for_many_keys() -> None:
    composer = Composer()
    async with running(composer) as (pilot, heard):
        composer.open_reply(PUBLIC, "", measure, lambda _lane: "characters")
        composer.editor.focus()
        await pilot.pause()
        await pilot.press("h", "i", "enter")
        composer.flush()
        composer.flush()
        await pilot.pause()
        assert len(of(heard, Composer.Edited)) == 1
        assert composer.text == "hi\n"


async def test_a_slash_on_an_empty_line_asks_for_a_template() -> None:
    composer = Composer()
    async with running(composer) as (pilot, heard):
        composer.open_reply(PUBLIC, "", measure, lambda _lane: "characters")
        composer.editor.focus()
        await pilot.pause()
        await pilot.press("slash")
        assert of(heard, Composer.TemplateWanted)
        assert composer.text == ""
        await pilot.press("a", "slash")
        assert composer.text == "a/"


async def test_pastes_are_made_harmless_and_long_lines_broken() -> None:
    composer = Composer()
    async with running(composer) as (pilot, heard):
        composer.open_reply(PUBLIC, "", measure, lambda _lane: "characters")
        composer.editor.paste("a\x1b]52;c;QQ==\x07b\u202e")
        assert composer.text == "a]52;c;QQ==b"
        composer.editor.clear()
        composer.editor.paste("x" * 5_000)
        assert max(len(line) for line in composer.text.split("\n")) <= 2_000
        composer.editor.clear()
        composer.editor.paste("y" * 50_000)
        await pilot.pause()
        assert composer.text == ""
        assert "Nothing was put in" in of(heard, Editor.Pasted)[-1].words


async def test_a_handoff_shows_both_texts_and_what_the_public_line_may_say() -> None:
    composer = Composer()
    async with running(composer, size=(100, 40)) as (pilot, _heard):
        composer.open_handoff(
            PRIVATE,
            PUBLIC,
            "Hi Ana",
            "Thanks, Ana.",
            measure,
            lambda _lane: "characters",
            refused="Please write to us.",
            unknown="We look into it.",
        )
        composer.editor.focus()
        await pilot.pause()
        assert shown(composer.upper).startswith("[PRIVATE] only Ana")
        assert shown(composer.lower).startswith("▌PUBLIC▐")
        assert "the public line says: Please write to us." in shown(composer.foretold)
        assert "if nobody can tell: We look into it." in shown(composer.foretold)
        assert composer.lane is Lane.PRIVATE
        composer.next_slot()
        await pilot.pause()
        assert composer.lane is Lane.PUBLIC
        assert composer.acknowledgement == "Thanks, Ana."
        composer.show_objections([Objection("This is an order number.", True)], "Ctrl+O")
        await pilot.pause()
        assert "This is an order number." in shown(composer.objections)
        assert "Ctrl+O sends it all the same." in shown(composer.objections)
        composer.open_reply(PUBLIC, "", measure, lambda _lane: "characters")
        assert composer.acknowledgement is None
        assert not composer.other.display
        assert not composer.objections.display


async def test_an_editor_that_cannot_be_used_is_said(tmp_path: Any) -> None:
    async with running() as (pilot, _heard):
        text, words = edit(pilot.app, "no-such-editor-at-all", "my words")
        assert text is None
        assert "Your text is as it was" in words


class Asked:
    """What a screen answered."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def __call__(self, answer: Any) -> None:
        self.answers.append(answer)


async def test_the_palette_answers_with_a_command() -> None:
    async with running(size=(100, 30)) as (pilot, _heard):
        asked = Asked()
        palette = Palette(standard(), cannot={"note": "There is no thread here."})
        await pilot.app.push_screen(palette, asked)
        await pilot.press("s", "n", "o", "o", "enter")
        await pilot.pause()
        assert asked.answers == ["snooze"]


async def test_a_command_that_cannot_be_used_says_why() -> None:
    async with running(size=(100, 30)) as (pilot, _heard):
        palette = Palette(standard(), cannot={"note": "There is no thread here."})
        await pilot.app.push_screen(palette, Asked())
        palette.find("note")
        assert "There is no thread here." in shown(palette.list)
        palette.list.choose()
        await pilot.pause()
        assert pilot.app.screen is palette


async def test_the_picker_filters_and_shows_open_slots() -> None:
    offers = [
        SimpleNamespace(name="late", title="It is late", language="en", text="On {{ ask.day }}."),
        SimpleNamespace(name="thanks", title="Thanks", language="en", text="Thank you!"),
    ]
    async with running(size=(100, 30)) as (pilot, _heard):
        asked = Asked()
        picker = Picker(offers)
        await pilot.app.push_screen(picker, asked)
        await pilot.pause()
        assert "1 to fill" in shown(picker.list)
        assert "On {{ ask.day }}." in shown(picker.preview)
        picker.find("thnk")
        assert "Thank you!" in shown(picker.preview)
        picker.list.choose()
        await pilot.pause()
        assert asked.answers == ["thanks"]


async def test_a_question_says_what_is_wrong_with_an_answer() -> None:
    async with running() as (pilot, _heard):
        asked = Asked()
        check: Callable[[str], str] = lambda text: "" if text == "3 d" else "Write it like 3 d."  # noqa: E731
        ask = Ask("Until when?", check=check, given="x")
        await pilot.app.push_screen(ask, asked)
        await pilot.press("enter")
        assert "Write it like 3 d." in shown(ask.below)
        ask.line.value = "3 d"
        await pilot.press("enter")
        assert asked.answers == ["3 d"]


async def test_enter_is_not_a_yes() -> None:
    async with running() as (pilot, _heard):
        asked = Asked()
        await pilot.app.push_screen(Confirm("Give it up?"), asked)
        await pilot.press("enter", "y")
        assert asked.answers == [True]


async def test_the_outbox_offers_what_can_be_answered() -> None:
    told: list[Any] = []
    found: Any = [
        SimpleNamespace(
            delivery=delivery,
            contact_name="Ana",
            handle="@ana",
            network="mastodon",
            attempts=(),
            withdrawals=(),
            settled=False,
        )
        for delivery in (a_delivery(1, state=DeliveryState.DOUBTFUL), a_delivery(2))
    ]
    async with running(size=(100, 30)) as (pilot, _heard):
        outbox = Outbox(
            found,
            settle=lambda number, event: told.append((number, event)),
            recall=lambda number: told.append((number, "recall")),
            clock=lambda: NOW,
        )
        await pilot.app.push_screen(outbox)
        await pilot.pause()
        assert "It is never sent again on a guess" in shown(outbox.list) or "Look on the" in shown(
            outbox.list
        )
        await pilot.press("z", "a", "j", "a", "z")
        assert told == [(1, DeliveryEvent.PERSON_SAYS_SENT), (2, "recall")]


async def test_search_shows_what_it_finds() -> None:
    everything = rows(30)

    async def find(words: str, partial: bool) -> Any:
        hits = tuple(
            SimpleNamespace(thread_id=row.id, message_id=None)
            for row in everything.values()
            if words in row.preview
        )
        return SimpleNamespace(hits=hits, hints=("on: what?",) if words == "on:" else ())

    async def rows_of(ids: Any) -> Any:
        return {number: everything[number] for number in ids}

    async with running(size=(100, 30)) as (pilot, _heard):
        asked = Asked()
        search = Search(find, rows_of)
        await pilot.app.push_screen(search, asked)
        search.line.value = "invoice"
        await pilot.pause()
        await search.workers.wait_for_complete()
        assert "Tess" in shown(search.list)
        search.line.value = "on:"
        await pilot.pause()
        await search.workers.wait_for_complete()
        assert "on: what?" in shown(search.below)
        search.line.value = "invoice"
        await pilot.pause()
        await search.workers.wait_for_complete()
        await pilot.press("down", "enter")
        assert asked.answers[0].thread_id == 10


@pytest.mark.parametrize("theme", list(THEMES))
async def test_every_theme_draws(theme: str) -> None:
    threads = a_list(10)
    async with running(threads) as (pilot, _heard):
        pilot.app.theme = THEMES[theme].name
        threads.put_rows(rows(10))
        await pilot.pause()
        assert "Ana Horvat" in shown(threads)


async def test_what_joins_signs_is_kept_as_it_is_typed() -> None:
    """A family of emoji, and a Persian word whose letters don't join."""
    composer = Composer()
    typed = "👨\u200d👩 می\u200cخواهم"
    async with running(composer) as (pilot, _heard):
        composer.open_reply(PUBLIC, "", measure, lambda _lane: "characters")
        composer.editor.focus()
        await pilot.pause()
        for sign in typed:
            composer.editor.post_message(events.Key(key=sign, character=sign))
        await pilot.pause()
        assert composer.text == typed
