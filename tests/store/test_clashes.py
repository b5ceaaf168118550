"""One draft, written in two Greenrooms at once: whatever the order, neither's words are lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Lane
from console.desk.model import DraftKind, Seen
from console.store import clashes, conversation, drafts
from console.store.clashes import ABOUT, Saved, Words
from tests.store.desk import DeskOnDisk
from tests.store.disks import open_folder


class Writer:
    """A composer on a desk, as it saves and knows what it saved."""

    def __init__(self, desk: DeskOnDisk) -> None:
        self.desk = desk
        draft = desk.read(drafts.in_place, 1, Lane.PUBLIC, DraftKind.REPLY)
        self.known: Words | None = clashes.words_of(draft) if draft is not None else None
        self.text = draft.text if draft is not None else ""
        self.saved = Saved(draft_id=draft.id if draft else None, note_id=None)

    def types(self, text: str) -> None:
        self.text = text
        words = (text, "")
        self.saved = self.desk.write(
            clashes.save, 1, Lane.PUBLIC, DraftKind.REPLY, words, known=self.known,
            note_id=self.saved.note_id, acknowledgement=False, template=None, seen=Seen(None),
            author="Mira", now=self.desk.later(seconds=1),
        )  # fmt: skip
        if self.saved.note_id is None:
            self.known = words


@pytest.fixture
def asked(desk):
    desk.take(desk.post())
    return desk


def draft(desk: DeskOnDisk) -> str | None:
    found = desk.read(drafts.in_place, 1, Lane.PUBLIC, DraftKind.REPLY)
    return None if found is None else found.text


def notes(desk: DeskOnDisk) -> list[str]:
    view = desk.read(conversation.thread_view, 1, 50)
    return [note.text.removeprefix(ABOUT).strip() for note in view.notes]


def test_who_began_keeps_the_draft_and_the_other_a_note_that_follows_their_words(asked):
    first, second = Writer(asked), Writer(asked)
    first.types("It left")
    second.types("Sorry")
    first.types("It left on Monday.")
    second.types("Sorry, it is lost.")
    assert draft(asked) == "It left on Monday."
    assert notes(asked) == ["Sorry, it is lost."]


def test_going_on_with_a_draft_that_another_goes_on_with(asked):
    Writer(asked).types("Dear Ana,")
    first, second = Writer(asked), Writer(asked)
    second.types("Dear Ana, it is lost.")
    first.types("Dear Ana, it left on Monday.")
    assert draft(asked) == "Dear Ana, it is lost."
    assert notes(asked) == ["Dear Ana, it left on Monday."]


def test_the_same_words_are_two_drafts_too(asked):
    first, second = Writer(asked), Writer(asked)
    first.types("Dear Ana,")
    second.types("Dear Ana,")
    first.types("Dear Budi,")
    assert draft(asked) == "Dear Budi,"
    assert notes(asked) == ["Dear Ana,"]


def test_when_the_other_draft_is_gone_ours_takes_its_place(asked):
    first, second = Writer(asked), Writer(asked)
    first.types("It left")
    second.types("Sorry")
    asked.write(drafts.drop, first.saved.draft_id, asked.now)
    second.types("Sorry, it is lost.")
    assert draft(asked) == "Sorry, it is lost."
    assert notes(asked) == []


@settings(max_examples=60, deadline=None)
@given(turns=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abcdef")), max_size=14))
def test_whatever_the_order_everybody_s_last_words_are_on_disk(turns):
    with open_folder() as folder:
        desk = DeskOnDisk(folder)
        desk.take(desk.post())
        writers = [Writer(desk) for _ in range(3)]
        for who, sign in turns:
            writers[who].types(f"{writers[who].text}{sign}")
            there = {draft(desk), *notes(desk)}
            assert {writer.text for writer in writers if writer.text} <= there
        desk.close()
