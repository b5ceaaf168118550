"""The outbox, a delivery's page and the recall: the right words, whatever a stranger wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from connectors.contract import Address, Lane, Outgoing
from console.desk.model import Attempt, Delivery, DeliveryState, Leg
from console.desk.withdrawal import Withdrawal, WithdrawalKind, WithdrawalState
from console.engine.recalls import RecallOffer, Sent
from console.store.ledger import OutboxRow
from console.ui import safe
from console.ui.keymap import standard
from console.ui.lists import Look
from console.ui.panes.timeline import Setting, blocks, lay
from console.ui.screens.details import detail_lines
from console.ui.screens.outbox import draw_outbox_row, items, pressing
from console.ui.screens.recall import RecallPage, choices
from console.ui.themes import DARK, inks
from tests.hostile.corpus import TEXTS, acts_on_a_terminal
from tests.ui.made_up import NOW, a_delivery, a_message, a_view

INK = inks(DARK).page
LOOK = Look(True, True, True)
SMALL = [name for name in TEXTS if len(TEXTS[name]) < 60_000]


def a_wish(**changes: object) -> Withdrawal:
    wish = Withdrawal(
        id=1,
        delivery_id=1,
        kind=WithdrawalKind.EDIT,
        state=WithdrawalState.ASKED,
        was="Mnoday",
        text="Monday",
        author="Mira",
        asked_at=NOW,
        next_at=NOW + timedelta(minutes=3),
        tries=0,
        words="",
        settled_at=None,
    )
    return replace(wish, **changes)  # type: ignore[arg-type]


def a_row(delivery: Delivery, *tried: Attempt, wishes: tuple[Withdrawal, ...] = ()) -> OutboxRow:
    return OutboxRow(delivery, "Ana Horvat", "@ana@social.example", "mastodon", tried, wishes)


def page(row: OutboxRow, room: int = 120) -> str:
    lines = detail_lines(row, room, INK, now=NOW, zone=NOW.tzinfo)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def drawn(rows: list[OutboxRow], room: int = 76) -> str:
    strips = draw_outbox_row(rows, room, LOOK, INK, now=NOW, zone=NOW.tzinfo)
    assert len(strips) == 6
    return "\n".join(strip.text.rstrip() for strip in strips)


@pytest.mark.parametrize("name", SMALL)
def test_hostile_words_stay_words(name: str) -> None:
    hostile = TEXTS[name]
    to = Address(remote_id="1", handle=hostile, name=hostile)
    delivery = a_delivery(
        1,
        state=DeliveryState.SENT,
        outgoing=Outgoing(lane=Lane.PUBLIC, text=hostile, to=to),
        words=hostile,
        remote_id=hostile,
        url=hostile,
        author=hostile,
        template=hostile,
    )
    tried = Attempt(at=NOW, what="send", outcome="sent", words=hostile, receipt=hostile)
    wish = a_wish(was=hostile, text=hostile, words=hostile, author=hostile)
    row = OutboxRow(delivery, hostile, hostile, hostile, (tried,), (wish,))
    sent = Sent(delivery, hostile, hostile, hostile, hostile, hostile, "", (wish,))
    offer = RecallOffer(hostile, hostile, hostile, (sent, sent), hostile)
    for room in (38, 80):
        found: list[Strip] = draw_outbox_row([row], room, LOOK, INK, now=NOW, zone=None)
        found += draw_outbox_row([row, row], room, LOOK, INK, now=NOW, zone=None)
        found += [
            safe.strip(line, room) for line in detail_lines(row, room, INK, now=NOW, zone=None)
        ]
        recall = RecallPage(offer, standard(), NOW, None)
        found += [safe.strip(line, room) for line in recall.lines(room, INK)]
        for strip in found:
            assert acts_on_a_terminal(strip.text) is None
            assert cell_len(strip.text) == room


def test_the_page_tells_every_attempt_with_its_receipt() -> None:
    tried = [
        Attempt(at=NOW, what="send", outcome="asked to wait", words="wait a minute"),
        Attempt(at=NOW, what="send", outcome="sent", words="", receipt="113"),
    ]
    delivery = a_delivery(
        1, state=DeliveryState.SENT, remote_id="113", author="Mira", approved_by="Sasha"
    )
    said = page(a_row(delivery, *tried))
    assert "send a private message to @ana@social.example: the network asked to wait" in said
    assert "it was said: wait a minute" in said
    assert said.count("receipt 113") == 2
    assert "key key-1, the same at every attempt" in said
    assert "written by Mira 14:09, approved by Sasha" in said


def test_the_page_tells_what_comes_next_and_when() -> None:
    assert "In 6 s." in page(a_row(a_delivery(1)))
    due = a_delivery(1, state=DeliveryState.DUE, next_at=NOW + timedelta(minutes=40))
    assert "as soon as the network takes it. In 40 minutes." in page(a_row(due))
    waits = a_delivery(2, leg=Leg.ACKNOWLEDGEMENT, handoff_id=1, waits_for=1)
    assert "It leaves when its private message is settled" in page(a_row(waits))
    doubtful = a_delivery(1, state=DeliveryState.DOUBTFUL)
    look = Attempt(at=NOW, what="look", outcome="can't tell", words="It isn't in any listing.")
    said = page(a_row(doubtful, look))
    assert "Evidence so far: It isn't in any listing." in said
    assert "never sent again on a guess" in " ".join(said.split())


def test_a_look_and_a_persons_word_are_no_attempts_to_send() -> None:
    tried = [
        Attempt(at=NOW, what=what, outcome=outcome, words="")
        for what, outcome in (("send", "unknown"), ("look", "can't tell"), ("person", "found"))
    ]
    doubtful = a_delivery(1, state=DeliveryState.DOUBTFUL)
    assert "1 attempt; " in drawn([a_row(doubtful, *tried)])
    assert "2 attempts; " in drawn([a_row(doubtful, tried[0], *tried)])


def test_the_page_keeps_the_words_before_an_edit() -> None:
    said = page(a_row(a_delivery(1, state=DeliveryState.SENT, remote_id="1"), wishes=(a_wish(),)))
    assert "Mira wanted it edited: being changed to “Monday”" in said
    assert "before: Mnoday" in said
    assert "after: Monday" in said
    assert "asked for the new words until it says yes or no. In 3 minutes." in said


def test_both_legs_of_a_handoff_are_one_row_in_the_order_they_leave() -> None:
    private = a_delivery(4, handoff_id=1, leg=Leg.PRIVATE, state=DeliveryState.SENT)
    public = a_delivery(
        5,
        handoff_id=1,
        leg=Leg.ACKNOWLEDGEMENT,
        state=DeliveryState.REFUSED,
        words="too long",
        outgoing=Outgoing(lane=Lane.PUBLIC, text="Thanks", to=private.outgoing.to),
    )
    other = a_delivery(6)
    found = items([a_row(private), a_row(public), a_row(other)])
    assert list(found) == [4, 6]
    assert pressing(found[4]).delivery.id == 5
    shown = drawn(list(found[4]))
    assert "move to DM on mastodon" in shown
    assert shown.index("PRIVATE  Hi Ana") < shown.index("PUBLIC   Thanks")
    assert "refused, it didn't arrive: too long" in shown


@pytest.mark.parametrize("room", [20, 38, 60, 80, 200])
def test_a_row_keeps_to_its_room(room: int) -> None:
    row = a_row(a_delivery(1, state=DeliveryState.SENT, settled_at=NOW), wishes=(a_wish(),))
    for strip in draw_outbox_row([row], room, LOOK, INK, now=NOW, zone=None):
        assert cell_len(strip.text) == room


# --- what can be done -------------------------------------------------------------------------


def an_offer(*wishes: Withdrawal, legs: int = 1, cannot: str = "") -> RecallOffer:
    sent = Sent(a_delivery(1), "Hi", "Anybody.", "Notices stay.", "It shows.", cannot, "", wishes)
    return RecallOffer("Ana", "mastodon", "shop", (sent,) * legs)


def test_the_choices_say_why_not() -> None:
    assert choices(an_offer()) == {"recall-delete": "", "recall-edit": ""}
    assert choices(an_offer(cannot="No."))["recall-delete"] == "No."
    assert choices(an_offer(legs=2))["recall-both"] == ""
    assert choices(an_offer(legs=2, cannot="No."))["recall-both"] == "No."
    assert choices(an_offer(a_wish()))["recall-drop"] == ""
    assert choices(an_offer(a_wish(tries=1)))["recall-drop"]
    deleting = a_wish(kind=WithdrawalKind.DELETE, text=None)
    assert choices(an_offer(deleting))["recall-delete"]
    assert choices(an_offer(deleting))["recall-edit"]


# --- in the thread ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "changes", "words"),
    [
        (a_wish(kind=WithdrawalKind.DELETE, text=None), {}, "being deleted"),
        (
            a_wish(kind=WithdrawalKind.DELETE, text=None, state=WithdrawalState.DONE),
            {"deleted_at": NOW},
            "deleted by us 14:10",
        ),
        (
            a_wish(
                kind=WithdrawalKind.DELETE,
                text=None,
                state=WithdrawalState.REFUSED,
                words="The network said no.",
            ),
            {},
            "not deleted: The network said no.",
        ),
        (a_wish(), {}, "being changed to “Monday”"),
        (a_wish(state=WithdrawalState.DONE), {"edited_at": NOW}, "edited by us 14:10"),
    ],
)
def test_the_thread_says_what_becomes_of_it(
    wish: Withdrawal, changes: dict[str, object], words: str
) -> None:
    message = a_message(1, ours=True, delivery_id=1, text="It left on Mnoday.", **changes)
    view = a_view(messages=(message,), withdrawals=(wish,))
    from console.ui.glyphs import FULL

    setting = Setting(
        room=70, now=NOW, zone=NOW.tzinfo, ink=INK, signs=FULL, siblings={}, recall="z"
    )
    lines = [line for block in blocks(view, NOW, NOW.tzinfo) for line in lay(block, setting)]
    shown = "\n".join("".join(text for text, _ in line) for line in lines)
    assert words in shown
    assert "It left on Mnoday." in shown
