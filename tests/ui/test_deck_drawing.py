"""A draft of the deck laid out: nothing acts, nothing is lost, and nothing hangs on colour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Lane, Room
from console.desk.checks import Finding, FindingKind
from console.desk.freshness import News, NewsKind
from console.desk.handoff import Acknowledgement, HandoffPlan
from console.desk.model import Draft, DraftKind, Seen
from console.engine.reading import DraftRow
from console.engine.reviewing import Card
from console.ui import safe
from console.ui.doing.rounds import Outcome, Round
from console.ui.glyphs import FULL
from console.ui.lists import Look
from console.ui.panes.card import draft_lines, thread_lines, verdict, what, written
from console.ui.panes.timeline import Line, Setting
from console.ui.screens.drafts import Drafts
from console.ui.screens.frame import draw_entry
from console.ui.themes import DARK, inks
from tests.hostile.corpus import BIG, TEXTS, acts_on_a_terminal
from tests.ui.made_up import NOW, a_message, a_row, a_view

INK = inks(DARK).page
SMALL = [name for name in TEXTS if name not in BIG]


def a_draft(**changes: Any) -> Draft:
    draft = Draft(
        id=1,
        key="k",
        thread_id=1,
        lane=Lane.PUBLIC,
        kind=DraftKind.REPLY,
        text="It left on Monday.",
        acknowledgement=None,
        template=None,
        seen=Seen(1),
        author="Mira",
        created_at=NOW - timedelta(hours=1),
        updated_at=NOW - timedelta(hours=1),
        ready_at=NOW,
    )
    return replace(draft, **changes)


def a_card(draft: Draft | None = None, **changes: Any) -> Card:
    card = Card(
        draft=draft or a_draft(),
        view=a_view(),
        news=(),
        findings=(),
        room=Room(used=18, limit=500),
        public_room=None,
        template_text=None,
        plan=None,
    )
    return replace(card, **changes)


def setting(room: int = 78) -> Setting:
    return Setting(room=room, now=NOW, zone=NOW.tzinfo, ink=INK, signs=FULL, siblings={}, recall="")


def text(lines: list[Line]) -> str:
    return "\n".join("".join(part for part, _ in line) for line in lines)


def both(card: Card, room: int = 78) -> str:
    return text(thread_lines(card, setting(room))[0]) + "\n" + shown(card, room)


def shown(card: Card, room: int = 78) -> str:
    return text(draft_lines(card, setting(room), lambda _lane: "characters").lines)


def news(kind: NewsKind, message: int, was: str = "") -> News:
    return News(kind=kind, words="Ana Horvat wrote again.", message=message, was=was)


def test_what_it_answers_and_what_is_new_stand_in_words() -> None:
    messages = (
        a_message(1, text="@shop where is my parcel?"),
        a_message(2, text="@shop it came"),
        a_message(3, text="@shop thanks"),
    )
    card = a_card(
        a_draft(seen=Seen(2)),
        view=a_view(messages=messages),
        news=(
            news(NewsKind.WROTE, 3),
            news(NewsKind.EDITED, 2, "it never came"),
            news(NewsKind.DELETED, 1, "where is it?"),
        ),
    )
    said = both(card)
    assert said.index(">> what it answers") < said.index("it came")
    assert ">> NEW since it was written" in said
    assert ">> EDITED since it was written. It said: “it never came”" in said
    assert ">> DELETED since it was written. It said: “where is it?”" in said
    assert "!! Ana Horvat wrote again" in said
    assert verdict(card) == "needs another look"


def test_a_private_draft_answers_the_private_words() -> None:
    messages = (
        a_message(1, lane=Lane.PRIVATE, text="my address is 5 Elm Street"),
        a_message(2, text="@shop anybody there?"),
    )
    card = a_card(a_draft(lane=Lane.PRIVATE, seen=Seen(2)), view=a_view(messages=messages))
    lines = text(thread_lines(card, setting())[0])
    assert lines.index(">> what it answers") < lines.index("Elm Street")
    assert lines.index("Elm Street") < lines.index(">> the last words when it was written")


def test_lane_room_and_findings_are_there_without_colour() -> None:
    finding = Finding(kind=FindingKind.HOLE, words="A slot is open.", stops=True)
    card = a_card(findings=(finding,), room=Room(used=512, limit=500))
    said = shown(card)
    assert "PUBLIC" in said.splitlines()[0]
    assert "12 characters too many" in said
    assert "!  A slot is open. It can't leave like this." in said
    assert verdict(card) == "1 thing against it"
    private = shown(a_card(a_draft(lane=Lane.PRIVATE)))
    assert private.startswith("[PRIVATE] only Ana Horvat")


def test_the_template_is_compared_by_signs() -> None:
    card = a_card(
        a_draft(template="on-its-way", text="It left on Monday."),
        template_text="It left on {{ ask.day }}.",
    )
    said = shown(card)
    assert "Beside the template on-its-way" in said
    assert "It left on [-{{ ask.day }}-]{+Monday+}." in said
    same = a_card(a_draft(template="t"), template_text="It left on Monday.")
    assert "Word for word as the template t says it here." in shown(same)
    assert "template" not in shown(a_card())


def test_a_handoff_has_both_texts_in_their_order() -> None:
    said = Acknowledgement(sent="We wrote to you.", refused="Write to us.", unknown="Hm.")
    plan = HandoffPlan(private="Hi Ana", acknowledgement=said, template=None, hint="")
    draft = a_draft(kind=DraftKind.HANDOFF, lane=Lane.PRIVATE, text="Hi Ana")
    lines = shown(a_card(draft, plan=plan, public_room=Room(used=1, limit=500)))
    order = [lines.index(part) for part in ("[PRIVATE]", "Hi Ana", "PUBLIC▐", "We wrote to you.")]
    assert order == sorted(order)
    invited = replace(plan, private=None)
    alone = shown(a_card(draft, plan=invited, public_room=Room(used=1, limit=500)))
    assert "Write to us." in alone
    assert "[PRIVATE]" not in alone


@given(st.text(max_size=400), st.text(max_size=400), st.integers(20, 120))
def test_no_word_of_a_difference_is_lost_at_the_end_of_a_line(before, after, room) -> None:
    card = a_card(a_draft(template="t", text="x" + after), template_text="y" + before)
    said = shown(card, room)
    assert all(safe.width(line) <= room for line in said.splitlines())
    kept = "".join(said.split())
    for word in safe.block("x" + after).split()[:3]:
        assert safe.line(word)[:1] in kept


def hostile_card(words: str) -> Card:
    finding = Finding(kind=FindingKind.HOLE, words=words, stops=True)
    row = a_row(contact_name=words, handle=words, network=words)
    messages = (a_message(1, author=words, text=words), a_message(2, text=words))
    return a_card(
        a_draft(text=words, author=words, template=words, stopped=words),
        view=a_view(row=row, messages=messages),
        news=(news(NewsKind.WROTE, 2), news(NewsKind.EDITED, 1, words)),
        findings=(finding,),
        template_text="Hello, " + words,
        trouble=words,
    )


def everything(words: str, room: int) -> list[str]:
    card = hostile_card(words)
    lines = thread_lines(card, setting(room))[0]
    lines += draft_lines(card, setting(room), lambda _lane: words).lines
    for said in (what(card), written(card, setting(room)), verdict(card)):
        lines.append([(safe.line(said), None)])
    strips = [safe.strip(line, room) for line in lines]
    listed = Drafts([DraftRow(card.draft, card.view.row)], NOW, news={1: card.news})
    look = Look(cursor=True, marked=False, focused=True)
    strips += draw_entry(listed._entry(listed.drafts[0]), room, 3, look, INK)
    assert all(strip.cell_length == room for strip in strips)
    return [strip.text for strip in strips]


@pytest.mark.parametrize("name", SMALL)
def test_hostile_words_stay_words_in_the_deck_and_the_list(name: str) -> None:
    for room in (38, 80):
        for line in everything(TEXTS[name], room):
            assert acts_on_a_terminal(line) is None


@pytest.mark.parametrize("name", sorted(BIG))
def test_big_texts_are_laid_out(name: str) -> None:
    for line in everything(TEXTS[name], 80):
        assert acts_on_a_terminal(line) is None


# --- the walk through the deck --------------------------------------------------------------------


def test_a_walk_counts_what_left_and_ends_behind_the_postponed() -> None:
    walk = Round([1, 2, 3])
    walk.decide(Outcome.APPROVED, [1])
    assert (walk.current, walk.number, walk.total) == (2, 2, 3)
    walk.decide(Outcome.POSTPONED, [2])
    assert (walk.current, walk.number, walk.total) == (3, 2, 3)
    walk.decide(Outcome.DISCARDED, [3])
    assert walk.current is None
    assert walk.summary() == "Approved 1, postponed 1, discarded 1."
    assert walk.backward()
    assert walk.current == 2


def test_a_walk_follows_what_others_do_and_stays_where_it_is() -> None:
    walk = Round([1, 2, 3, 4], at=3)
    walk.follow([2, 3, 4, 5])
    assert (walk.current, walk.ids) == (3, [2, 3, 4, 5])
    walk.follow([2, 4, 5])
    assert walk.current == 4


steps = st.lists(
    st.tuples(st.sampled_from(["n", "N", "y", "x", "p", "z", "follow"]), st.integers(0, 9)),
    max_size=40,
)


@given(st.lists(st.integers(1, 9), unique=True), steps)
def test_a_walk_never_points_beside_its_drafts_nor_loses_one(ids, taken) -> None:
    walk, gone = Round(ids), list[int]()
    for step, number in taken:
        current = walk.current
        if step == "n":
            walk.forward()
        elif step == "N":
            walk.backward()
        elif step == "z" and gone:
            walk.undone()
            walk.came_back(gone[-1])
            assert walk.current == gone.pop()
        elif step == "follow" and number not in walk.ids:
            walk.follow([*walk.ids, number + 10])
        elif step in "yxp" and current is not None:
            outcome = {"y": Outcome.APPROVED, "x": Outcome.DISCARDED, "p": Outcome.POSTPONED}[step]
            walk.decide(outcome, [current])
            if step != "p":
                gone.append(current)
        assert 0 <= walk.place <= len(walk.ids)
        assert len(set(walk.ids)) == len(walk.ids)
        assert set(ids) - set(gone) <= set(walk.ids)
        assert walk.current is None or 1 <= walk.number <= walk.total
