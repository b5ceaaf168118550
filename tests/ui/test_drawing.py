"""What the panes draw: the right words, in their room, whatever a stranger wrote."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from connectors.contract import Address, Attachment, Audience, Lane, Quoted, Room
from console.desk.model import Contact, DeliveryState, Leg, Note, Route, ThreadState
from console.desk.sameness import Likeness
from console.ui import safe
from console.ui.glyphs import FULL, PLAIN
from console.ui.keymap import keymap, standard
from console.ui.keys import COMMANDS, Context
from console.ui.lists import Look
from console.ui.panes.aside import draw_aside
from console.ui.panes.band import Whom, draw_band, room_words, whom_of
from console.ui.panes.footer import draw_footer
from console.ui.panes.heading import ThreadHeading
from console.ui.panes.inbox import draw_thread
from console.ui.panes.status import draw_status
from console.ui.panes.timeline import Setting, blocks, lay
from console.ui.screens.frame import Entry, draw_entry
from console.ui.screens.help import help_lines
from console.ui.screens.outbox import draw_outbox_row
from console.ui.screens.palette import ranked
from console.ui.themes import DARK, THEMES, inks
from console.ui.wording import delivery_state, span
from tests.hostile.corpus import TEXTS, acts_on_a_terminal
from tests.ui.made_up import NOW, a_delivery, a_handoff, a_message, a_row, a_view

INK = inks(DARK).page
LOOK = Look(True, True, True)
BIGGEST = 60_000


def timeline(view: Any, room: int, signs: Any = FULL, *, unfolded: bool = True) -> list[Strip]:
    setting = Setting(
        room=room,
        now=NOW,
        zone=NOW.tzinfo,
        ink=INK,
        signs=signs,
        siblings={delivery.id: delivery for delivery in view.deliveries},
        recall="z",
        headed=view.headed,
        unfold="v",
        unfolded=unfolded,
    )
    return [
        safe.strip(line, room)
        for block in blocks(view, NOW, NOW.tzinfo)
        for line in lay(block, setting)
    ]


def text(strips: list[Strip]) -> str:
    return "\n".join(strip.text.rstrip() for strip in strips)


def everything_from(hostile: str, room: int) -> list[Strip]:
    """Every pane, with these words wherever a stranger's words may stand."""
    row = a_row(
        contact_name=hostile, handle=hostile, preview=hostile, network=hostile, tags=(hostile,)
    )
    quoted = Quoted(remote_id="q", author=hostile, text=hostile, at=NOW)
    attached = Attachment(kind=hostile, url=hostile, description=hostile)
    message = a_message(
        author=hostile,
        handle=hostile,
        text=hostile,
        warning=hostile,
        attachments=(attached,),
        also=(hostile, hostile),
        delivery_id=1,
        edited_at=NOW,
        held_back=True,
        unread=hostile,
        folded=hostile,
    )
    address = Address(remote_id="a", handle=hostile, name=hostile, language=hostile)
    likeness = Likeness(contact_id=2, name=hostile, handle=hostile, network=hostile, by=hostile)
    refused = a_delivery(state=DeliveryState.REFUSED, words=hostile)
    view = a_view(
        row=row,
        contact=Contact(id=1, name=hostile, language=hostile, addresses=(address,)),
        subject=hostile,
        above=(quoted,),
        messages=(message,),
        notes=(Note(id=1, thread_id=1, text=hostile, at=NOW),),
        deliveries=(refused,),
    )
    out: Any = SimpleNamespace(
        delivery=refused,
        contact_name=hostile,
        handle=hostile,
        network=hostile,
        attempts=(),
        withdrawals=(),
    )
    whom = Whom(Lane.PUBLIC, hostile, hostile, Audience.EVERYONE, hostile)
    account: Any = SimpleNamespace(
        name=hostile,
        state=SimpleNamespace(value="offline"),
        since=NOW,
        behind=None,
        taken_in=0,
    )
    found: list[Strip] = []
    for height in (1, 2, 3):
        found += draw_thread(row, room, height, LOOK, INK, now=NOW, signs=FULL)
        found += draw_entry(Entry(hostile, hostile[:20], hostile), room, min(height, 3), LOOK, INK)
    found += timeline(view, room)
    found += draw_aside(view, (row,), room, INK, now=NOW, like=(likeness,), same_key="=")
    found += draw_outbox_row([out], room, LOOK, INK, now=NOW, zone=None)
    found.append(
        draw_band(whom, room, INK, left=Room(used=1, limit=2), unit="characters", signs=FULL)
    )
    found.append(draw_status(None, (account,), room, INK, now=NOW, holder=hostile))
    found.append(draw_status(None, (account,), room, INK, now=NOW))
    found.append(draw_footer(standard(), Context.INBOX, room, INK, words=hostile))
    return found


@pytest.mark.parametrize("name", [name for name in TEXTS if len(TEXTS[name]) < BIGGEST])
def test_hostile_words_stay_words_in_every_pane(name: str) -> None:
    for room in (38, 80):
        for strip in everything_from(TEXTS[name], room):
            assert acts_on_a_terminal(strip.text) is None
            assert sum(cell_len(segment.text) for segment in strip) == room
            for segment in strip:
                assert segment.control is None
                assert segment.style is None or segment.style.link is None
                assert segment.style is None or not segment.style.meta


@pytest.mark.parametrize("name", [name for name in TEXTS if len(TEXTS[name]) >= BIGGEST])
def test_big_texts_are_drawn(name: str) -> None:
    for strip in everything_from(TEXTS[name], 60):
        assert cell_len(strip.text) == 60


@pytest.mark.parametrize("room", [12, 20, 28, 38, 60, 80, 200])
def test_every_pane_keeps_to_its_room(room: int) -> None:
    for strip in everything_from("[bold]Ana[/] 漢字 👩‍👩‍👧 https://x.example/" + "y" * 90, room):
        assert cell_len(strip.text) == room


def test_a_handoff_in_the_timeline_tells_lanes_and_people_apart_without_colour() -> None:
    shown = text(timeline(a_handoff(), 64))
    lines = shown.split("\n")
    private = next(line for line in lines if "PRIVATE" in line)
    assert private.startswith("   │ 14:10  Shop (us)")
    assert "   │ held, leaves in 6 s" in shown
    assert "leaves after the message above" in shown
    assert shown.count("z recall") == 2
    assert next(line for line in lines if "12:10" in line).startswith("   12:10  Ana Horvat")
    assert "ABOVE" in shown
    assert "NOTE" in shown
    assert "[image] a door  https://f.example/1.jpg" in shown
    assert "── yesterday ─" in shown


def test_ascii_signs_are_ascii() -> None:
    drawn = timeline(a_handoff(), 64, PLAIN)
    drawn += draw_thread(a_row(), 38, 2, LOOK, INK, now=NOW, signs=PLAIN)
    assert text(drawn).isascii()
    for sign in PLAIN:
        assert sign.isascii()


def test_what_happened_to_a_message_is_said() -> None:
    view = a_view(
        messages=(
            a_message(1, edited_at=NOW - timedelta(hours=1)),
            a_message(2, deleted_at=NOW),
            a_message(3, warning="spiders", also=("@x@y.example",), held_back=True),
            a_message(4, audience=Audience.FOLLOWERS, text=""),
            a_message(5, ours=True, unread="invited, not joined"),
        ),
        earlier=120,
    )
    shown = text(timeline(view, 70))
    for words in (
        "edited 13:10",
        "deleted 14:10",
        "content warning: spiders",
        "also read by @x@y.example",
        "held back by the network's filter",
        "PUBLIC followers only",
        "(no words)",
        "invited, not joined",
        "120 earlier messages",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("changes", "said", "key"),
    [
        ({}, "held, leaves in 6 s", "z recall"),
        ({"state": DeliveryState.DUE}, "leaves next", "z recall"),
        (
            {"state": DeliveryState.DUE, "words": "no network", "tries": 1},
            "waiting for the network: no network",
            "z recall",
        ),
        ({"state": DeliveryState.SENDING}, "sending", ""),
        (
            {"state": DeliveryState.REFUSED, "words": "too long"},
            "refused, it didn't arrive: too long",
            "r answer anew",
        ),
        (
            {"state": DeliveryState.DOUBTFUL},
            "may have arrived, not sent again on a guess",
            "g o settle",
        ),
        (
            {"state": DeliveryState.DOUBTFUL, "next_at": NOW, "words": "no answer came"},
            "may have arrived, being looked for: no answer came",
            "g o outbox",
        ),
        ({"leg": Leg.ACKNOWLEDGEMENT}, "leaves after the message above", "z recall"),
    ],
)
def test_delivery_states_are_said(changes: dict[str, Any], said: str, key: str) -> None:
    assert delivery_state(a_delivery(**changes), NOW) == (said, key)


def test_a_row_says_what_is_on() -> None:
    row = a_row(
        outbox=DeliveryState.DOUBTFUL, severity=2, has_draft=True, tags=("refund",), unread=3
    )
    first, second = draw_thread(row, 80, 2, LOOK, INK, now=NOW, signs=FULL)
    assert "X Ana Horvat • 3 new" in first.text
    assert first.text.rstrip().endswith("mastodon    2 h")
    assert second.text.startswith("  PUB doubtful! sev 2 draft #refund @shop my parcel")


def test_a_snoozed_row_says_until_when() -> None:
    row = a_row(
        state=ThreadState.SNOOZED, waiting_since=None, snoozed_until=NOW + timedelta(days=3)
    )
    first = draw_thread(row, 60, 2, LOOK, INK, now=NOW, signs=FULL)[0]
    assert "until Friday" in first.text


def test_the_bands_differ_in_words_and_shape() -> None:
    def band(lane: Lane, used: int, room: int = 80) -> str:
        whom = Whom(lane, "Ana", "mastodon")
        left = Room(used=used, limit=500)
        return draw_band(whom, room, INK, left=left, unit="characters", signs=FULL).text

    assert band(Lane.PUBLIC, 88).startswith("▌PUBLIC▐ reply to Ana on mastodon, everyone can read")
    assert band(Lane.PUBLIC, 88).endswith("412 characters left ")
    assert band(Lane.PRIVATE, 512).startswith("[PRIVATE] only Ana on mastodon")
    assert band(Lane.PRIVATE, 512).endswith("12 characters too many ")
    assert room_words(Room(used=499, limit=500), "characters") == "1 character left"
    assert room_words(Room(used=80, limit=None), "characters") == "80 characters"


COUNTS: Any = SimpleNamespace(
    needs_us=12, due_soon=3, waiting=5, snoozed=0, drafts=4, leaving=2, doubtful=0, ready=0
)


def an_account(name: str, state: str) -> Any:
    return SimpleNamespace(
        name=name, state=SimpleNamespace(value=state), since=NOW, behind=None, taken_in=0
    )


def test_the_status_line_gives_way_to_trouble() -> None:
    accounts = (
        an_account("mastodon", "live"),
        an_account("bluesky", "live"),
        an_account("mail", "offline"),
    )

    def status(room: int) -> str:
        return draw_status(COUNTS, accounts, room, INK, now=NOW, zone=NOW.tzinfo).text

    assert "mastodon live   bluesky live   mail offline since 14:10" in status(120)
    assert "Inbox 12" in status(80)
    assert "mail offline" in status(80)
    assert "mail offline" in status(40)


def test_the_footer_comes_from_the_table_and_the_keymap() -> None:
    keys = keymap({"done": "a"})
    shown = draw_footer(keys, Context.INBOX, 120, INK, leaving=2).text
    assert "r reply  m move to DM  a done" in shown
    assert shown.endswith("2 leaving ")
    narrow = draw_footer(standard(), Context.INBOX, 30, INK).text
    assert "? help" in narrow
    writing = draw_footer(standard(), Context.COMPOSER, 80, INK).text
    assert "Ctrl+S send  Ctrl+R ready  Tab slot  Ctrl+T template" in writing
    chord = draw_footer(standard(), Context.INBOX, 120, INK, begun=("g",)).text
    assert "g then: " in chord
    assert "i inbox" in chord


def test_help_shows_every_command() -> None:
    lines = help_lines(standard(), Context.INBOX, 76, INK)
    shown = "\n".join("".join(part for part, _ in line) for line in lines)
    for command in COMMANDS:
        assert command.title in shown
        assert command.keys[0] in shown
    assert all(cell_len("".join(part for part, _ in line)) <= 76 for line in lines)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("move", "handoff"), ("snz", "snooze"), ("draft", "drafts"), ("otbx", "outbox"), ("", "next")],
)
def test_the_palette_finds_commands(typed: str, first: str) -> None:
    assert ranked(typed, COMMANDS)[0].id == first


def test_the_palette_finds_nothing_in_nonsense() -> None:
    assert ranked("qqqqqq", COMMANDS) == []


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=25), "25 m"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=13), "13 d"),
        (timedelta(days=14), "2 w"),
    ],
)
def test_spans(length: timedelta, said: str) -> None:
    assert span(length) == said


@pytest.mark.parametrize("name", ["dark", "light", "contrast"])
def test_the_themes_can_be_read(name: str) -> None:
    theme = THEMES[name]

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for behind in (theme.background, theme.variables["cursor"], theme.variables["rest"]):
        fronts = (
            theme.foreground,
            theme.variables["quiet"],
            theme.accent,
            theme.warning,
            theme.error,
        )
        for front in fronts:
            assert front is not None
            assert behind is not None
            above, below = sorted((light(front), light(behind)), reverse=True)
            assert (above + 0.05) / (below + 0.05) >= 4.5, (name, front, behind)


def test_a_subject_line_is_no_warning():
    """A mail's subject was shown as a content warning."""
    mail = a_view(messages=(a_message(warning="parcel 4711", headed=True),))
    shown = "\n".join(strip.text for strip in timeline(mail, 80))
    assert "subject: parcel 4711" in shown
    assert "warning" not in shown
    warned = a_view(messages=(a_message(warning="spoilers"),))
    shown = "\n".join(strip.text for strip in timeline(warned, 80))
    assert "content warning: spoilers" in shown


def test_words_that_go_elsewhere_name_the_address_they_go_to():
    mail = Route(
        account="post",
        network="mail",
        address=Address(remote_id="ana@x.example", handle="ana@x.example", name="Ana"),
    )
    view = a_view(elsewhere=mail)
    band = draw_band(
        whom_of(view, Lane.PRIVATE), 140, INK, left=None, unit="characters", signs=FULL
    ).text
    assert "only Ana Horvat on mail, ana@x.example, under the subject: my parcel 4711" in band
    assert "mastodon" in whom_of(view, Lane.PUBLIC).network
    aside = text(draw_aside(view, (), 60, INK, now=NOW))
    assert "would go by mail to ana@x.example" in " ".join(aside.split())


def test_a_message_from_elsewhere_says_where_it_stands():
    here, there = a_message(1), a_message(2, lane=Lane.PRIVATE, network="mail")
    shown = text(timeline(a_view(messages=(here, there)), 80))
    assert "PRIVATE by mail" in shown
    assert "PUBLIC by" not in shown


def test_what_is_folded_away_is_told_of_and_shown_when_it_is_asked_for():
    view = a_view(messages=(a_message(text="it came", folded="Mira wrote:\n> when?\n-- \nAna"),))
    folded = text(timeline(view, 80, unfolded=False))
    assert "4 lines of a quote or a signature: v unfolds" in folded
    assert "> when?" not in folded
    unfolded = text(timeline(view, 80))
    assert "v folds" in unfolded
    assert "> when?" in unfolded
    assert "folded" not in text(timeline(a_view(), 80)).lower()


def test_who_is_a_program_is_told_before_anything_is_written():
    def heading(**rest: Any) -> str:
        drawn = ThreadHeading()
        drawn.view = a_view(address=Address(remote_id="a", handle="ana@x.example", **rest))
        return text(drawn.draw(80, INK))

    assert "automated" in heading(automated=True)
    assert "automated" not in heading()


def test_who_has_no_other_name_than_their_handle_is_named_once():
    heading = ThreadHeading()
    for name, said in (("Ana", "Ana  @ana.test"), ("@ana.test", "@ana.test")):
        heading.view = a_view(row=a_row(contact_name=name, handle="@ana.test"))
        (line,) = heading.draw(80, INK)
        assert line.text.split("  our turn")[0].split("   ")[0].strip() == said
