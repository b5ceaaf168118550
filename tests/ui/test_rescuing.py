"""Words that the disk did not take: said, tried again, saved elsewhere, asked about."""

from __future__ import annotations

import stat

import pytest

from connectors.contract import Lane
from console.desk.model import DraftKind
from tests.store.disks import a_disk
from tests.ui.counter import counter

LETTERS = {
    "ana": "@kiln my parcel 4711 never came, what now?",
    "budi": "@kiln ukuran L masih ada kak?",
}


@pytest.fixture
def disk(tmp_path):
    with a_disk(tmp_path) as made:
        yield made


@pytest.fixture
def person(tmp_path, monkeypatch):
    """A home folder on a disk that has room."""
    home = tmp_path / "person"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


async def types_on_a_full_disk(shop, disk, words="It left on Monday."):
    await shop.press("r")
    disk.fill()
    await shop.paste(words)
    await shop.sees("These words are not on disk yet")


async def drafted(shop, words) -> bool:
    return [draft.text for draft in await shop.drafts()] == [words]


async def test_it_is_said_tried_again_and_said_to_be_well(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        await shop.sees("Ctrl+G", "Make room")
        assert any(
            told.words.startswith("Your words are not on disk yet. The disk")
            for told in shop.desk.telling.told
        )
        await shop.paste(" And more.")
        disk.free()
        shop.desk.rescuing.try_again()
        await shop.has(lambda: drafted(shop, "It left on Monday. And more."))
        await shop.sees("Your words are on disk now.")
        assert "not on disk yet" not in shop.screen()
        assert shop.desk.rescuing.waiting == {}


async def test_the_notices_say_it_as_long_as_it_is_so(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        await shop.press("escape", "escape", "g", "n")
        await shop.sees("1 draft not on disk yet", "Ctrl+G saves them")
        disk.free()
        await shop.press("escape")


async def test_leaving_the_composer_drops_nothing(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        await shop.press("escape", "escape", "j")
        await shop.until(lambda: not shop.desk.writing.writing)
        await shop.press("k", "r")
        await shop.sees("It left on Monday.", "These words are not on disk yet")
        await shop.paste(" Truly.")
        await shop.press("escape")
        await shop.until(lambda: not shop.desk.writing.writing)
        disk.free()
        shop.desk.rescuing.try_again()
        await shop.has(lambda: drafted(shop, "It left on Monday. Truly."))


async def test_words_are_saved_to_a_file_of_ones_choice(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        there = person / "there.txt"
        there.write_text("somebody's")
        await shop.press("ctrl+g")
        await shop.sees("To which file?", "~/greenroom-words-")
        await shop.press("ctrl+u")
        await shop.paste("~/there.txt")
        await shop.press("enter")
        await shop.sees("is there already, and it was left as it is.")
        assert there.read_text() == "somebody's"
        await shop.press("ctrl+u")
        await shop.paste("~/nowhere/words.txt")
        await shop.press("enter")
        await shop.sees("can't be made (No such file or directory)")
        await shop.press("ctrl+u")
        await shop.paste("~/words.txt")
        await shop.press("enter")
        saved = person / "words.txt"
        await shop.sees("saved in", "words.txt")
        page = saved.read_text()
        assert "It left on Monday." in page
        assert "--- PUBLIC reply to" in page
        assert "thread 1" in page
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        # It is still tried, and the words that are in a file are not asked about.
        await shop.press("ctrl+g")
        await shop.sees("in a file already")
        disk.free()
        shop.desk.rescuing.try_again()
        await shop.has(lambda: drafted(shop, "It left on Monday."))


async def test_quitting_asks_first(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        await shop.press("escape", "escape", "q")
        await shop.sees("Words of yours are not on disk. To which file?", "type drop")
        await shop.press("escape")
        await shop.until(lambda: shop.app.screen is shop.desk)
        assert shop.app.is_running
        await shop.press("q")
        await shop.sees("Words of yours are not on disk")
        await shop.press("enter")
        await shop.until(lambda: not shop.app.is_running)
        (saved,) = person.glob("greenroom-words-*.txt")
        assert "It left on Monday." in saved.read_text()
        disk.free()


async def test_whoever_types_that_they_may_be_dropped_leaves_without_them(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        await shop.press("ctrl+q")
        await shop.sees("Words of yours are not on disk")
        await shop.press("ctrl+u", "d", "r", "o", "p", "enter")
        await shop.until(lambda: not shop.app.is_running)
        assert list(person.iterdir()) == []
        assert shop.desk.rescuing.last_resort() == ""
        disk.free()


async def test_a_program_that_ends_by_itself_puts_the_words_somewhere(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        said = shop.desk.rescuing.last_resort()
        (saved,) = person.glob("greenroom-words-*.txt")
        assert str(saved) in said
        assert "It left on Monday." in saved.read_text()
        disk.free()
        shop.desk.rescuing.try_again()
        await shop.has(lambda: drafted(shop, "It left on Monday."))


async def test_what_can_t_be_committed_is_not_called_a_draft(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await types_on_a_full_disk(shop, disk)
        await shop.press("ctrl+s")
        await shop.sees("Not sent, and not on disk. The disk")
        disk.free()
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")
        assert shop.desk.rescuing.waiting == {}


async def test_both_texts_of_a_handoff_are_kept(disk, person):
    async with counter(disk.folder, letters=LETTERS) as shop:
        await shop.press("m")
        await shop.sees("held, leaves in")
        await shop.press("enter")
        await shop.press("enter")
        await shop.until(lambda: shop.desk.writing.writing)
        disk.fill()
        await shop.paste("I look into it.")
        await shop.sees("These words are not on disk yet")
        page = shop.desk.rescuing._page(shop.desk.rescuing._now())
        assert "--- PRIVATE message to" in page
        assert "I look into it." in page
        assert "--- PUBLIC line with it ---" in page
        disk.free()


async def test_a_draft_that_another_greenroom_writes_is_left_to_it(tmp_path):
    async with counter(tmp_path, letters=LETTERS) as shop:
        await shop.press("r")
        await shop.paste("It left")
        await shop.has(lambda: drafted(shop, "It left"))
        # Another console, on the same thread: whose words stand in the draft is not asked there.
        await shop.office.engine.work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, "Sorry, Ana.")
        await shop.paste(" on Monday.")
        await shop.sees("This draft is being written elsewhere too")
        assert await drafted(shop, "Sorry, Ana.")
        (note,) = (await shop.view(1)).notes
        assert note.text.endswith("It left on Monday.")
        await shop.press("ctrl+s")
        await shop.sees("held, leaves in 8 s")
        await shop.has(lambda: _notes_of(shop, 0))
        assert await drafted(shop, "Sorry, Ana.")


async def _notes_of(shop, number) -> bool:
    return len((await shop.view(1)).notes) == number
