"""Opens the panes on made-up data: `python -m tests.ui.gallery [theme] [many|hostile]`.

Keys: j k move, r reply, m handoff, o outbox, d drafts, / search, ; templates, : palette, ? help.
"""

from __future__ import annotations

import sys
from array import array
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from connectors.contract import Lane, Room
from console.desk.model import DeliveryState, DraftKind
from console.ui.keymap import Chords, Pending, pressed, standard
from console.ui.keys import Context
from console.ui.lists import LineList
from console.ui.panes.aside import Aside
from console.ui.panes.band import Whom
from console.ui.panes.composer import Composer, Objection
from console.ui.panes.conversation import ConversationPane
from console.ui.panes.footer import KeyLine
from console.ui.panes.inbox import InboxPane
from console.ui.panes.status import StatusLine
from console.ui.screens.ask import Ask
from console.ui.screens.drafts import Drafts
from console.ui.screens.help import Help
from console.ui.screens.outbox import Outbox
from console.ui.screens.palette import Palette
from console.ui.screens.picker import Picker
from console.ui.screens.search import Search
from console.ui.themes import THEMES
from tests.ui.made_up import NOW, a_delivery, a_handoff, a_row, a_view, hostile_threads, rows

COUNTS: Any = SimpleNamespace(
    needs_us=12, due_soon=3, waiting=5, snoozed=0, drafts=4, leaving=2, doubtful=1, ready=1
)


def account(name: str, state: str, **more: Any) -> Any:
    said = {"behind": None, "taken_in": 0, "words": "", "advice": (), **more}
    return SimpleNamespace(
        name=name, network=name, state=SimpleNamespace(value=state), since=NOW, **said
    )


ACCOUNTS = (account("mastodon", "live"), account("bluesky", "live"), account("mail", "offline"))


class Desk(Screen[None]):
    CSS = """
    Desk { background: $background; }
    Desk ConversationPane { border-left: solid $panel; }
    Desk Aside { border-left: solid $panel; }
    Desk Composer { border-top: solid $panel; display: none; }
    Desk.-one InboxPane { width: 1fr; }
    Desk.-one #middle { display: none; }
    Desk.-one Aside { display: none; }
    Desk.-one ConversationPane { border-left: none; }
    Desk.-two Aside { display: none; }
    Desk.-one.-in InboxPane { display: none; }
    Desk.-one.-in #middle { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys = standard()
        self.chords = Chords(self.keys)
        self.hostile = hostile_threads() if "hostile" in sys.argv else {}
        self.all = rows(100_000 if "many" in sys.argv else 60)
        if self.hostile:
            self.all = {number: view.row for number, view in self.hostile.items()}

    def compose(self) -> ComposeResult:
        yield StatusLine()
        with Horizontal():
            yield InboxPane(clock=lambda: NOW)
            with Vertical(id="middle"):
                yield ConversationPane(clock=lambda: NOW)
                yield Composer()
            yield Aside(clock=lambda: NOW)
        yield KeyLine(self.keys)

    def on_mount(self) -> None:
        self.query_one(StatusLine).show(COUNTS, ACCOUNTS, NOW)
        pane = self.query_one(InboxPane)
        pane.show("Inbox", "waiting longest first", len(self.all))
        pane.list.set_ids(array("q", self.all))
        pane.arrivals.say(4)
        self.query_one(KeyLine).show(leaving=2)
        pane.list.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 100, "-one")
        self.set_class(100 <= event.size.width < 140, "-two")

    def on_line_list_needed(self, notice: LineList.Needed) -> None:
        notice.list.put_rows({number: self.all[number] for number in notice.ids})

    def on_line_list_highlighted(self, notice: LineList.Highlighted) -> None:
        self.read(notice.id)

    def read(self, number: int | None) -> None:
        shown = self.query_one(ConversationPane).timeline.view
        if number is None or (shown is not None and shown.row.id == number):
            return
        row = self.all[number]
        view = a_handoff() if row.id % 7 == 1 else a_view(row=row)
        view = self.hostile.get(row.id, view)
        self.query_one(ConversationPane).show(view)
        others = (a_row(90, preview="size exchange", last_at=NOW - timedelta(days=70)),)
        self.query_one(Aside).show(view, others)

    def on_key(self, event: events.Key) -> None:
        writing = self.query_one(Composer).has_focus_within
        context = Context.COMPOSER if writing else Context.INBOX
        answer = self.chords.press(pressed(event.key, event.character), context)
        self.query_one(KeyLine).show(begun=self.chords.begun, context=context)
        if answer is None or isinstance(answer, Pending):
            return
        event.stop()
        self.act(answer.id)
        self.call_after_refresh(self.say_keys)

    def say_keys(self) -> None:
        writing = self.query_one(Composer).has_focus_within
        self.query_one(KeyLine).show(context=Context.COMPOSER if writing else Context.INBOX)

    def act(self, name: str) -> None:
        threads = self.query_one(InboxPane).list
        composer = self.query_one(Composer)
        measure = lambda text, lane: Room(used=len(text), limit=500)  # noqa: E731
        counted = lambda _lane: "characters"  # noqa: E731
        if name == "next":
            threads.move(1)
            # In the same breath as the row: a notice would come a frame later.
            self.read(threads.current)
        elif name == "previous":
            threads.move(-1)
            self.read(threads.current)
        elif name == "last":
            threads.last()
        elif name == "first":
            threads.first()
        elif name == "select":
            threads.toggle_mark()
        elif name == "open":
            self.add_class("-in")
        elif name == "back":
            self.remove_class("-in")
            composer.display = False
            threads.focus()
        elif name == "reply":
            self.add_class("-in")
            composer.display = True
            whom = Whom(Lane.PUBLIC, "Ana", "mastodon")
            composer.open_reply(whom, "Hi Ana, {{ ask.size }} is ", measure, counted)
            composer.show_objections([Objection("A slot is still open.", False)], "Ctrl+O")
            composer.editor.focus()
        elif name == "handoff":
            self.add_class("-in")
            composer.display = True
            composer.open_handoff(
                Whom(Lane.PRIVATE, "Ana", "mastodon"),
                Whom(Lane.PUBLIC, "Ana", "mastodon"),
                'Hi Ana, you wrote: "my parcel never came"\nWhich address?',
                "Thanks, Ana. We've sent you a private message.",
                measure,
                counted,
                refused="Thanks, Ana. Please write to us at help@shop.example.",
                unknown="Thanks, Ana. We are looking into it.",
            )
            composer.editor.focus()
        elif name == "help":
            self.app.push_screen(Help(self.keys, Context.INBOX))
        elif name == "palette":
            self.app.push_screen(Palette(self.keys, cannot={"done": "Select a thread first."}))
        elif name == "tag":
            self.app.push_screen(Ask("Which tag?", hint="refund"))
        elif name == "template":
            offers = [
                SimpleNamespace(
                    name="sorry-late",
                    title="Sorry, it is late",
                    language="en",
                    text="Hi Ana,\nwe are sorry. It arrives on {{ ask.day }}.",
                ),
                SimpleNamespace(name="thanks", title="Thanks", language="en", text="Thank you!"),
            ]
            self.app.push_screen(Picker(offers))
        elif name == "drafts":
            draft = SimpleNamespace(
                kind=DraftKind.REPLY,
                lane=Lane.PUBLIC,
                updated_at=NOW,
                author="Mia",
                text="Hi Ana, about your parcel",
                thread_id=1,
            )
            found: Any = [SimpleNamespace(draft=draft, row=a_row())]
            self.app.push_screen(Drafts(found, NOW))
        elif name == "outbox":
            states = [
                a_delivery(1),
                a_delivery(2, state=DeliveryState.DOUBTFUL, words="the answer was lost"),
                a_delivery(3, state=DeliveryState.REFUSED, words="mastodon said: too long"),
                a_delivery(4, state=DeliveryState.DUE, words="no network"),
            ]
            out: Any = [
                SimpleNamespace(
                    delivery=d,
                    contact_name="Ana Horvat",
                    handle="@ana",
                    network="mastodon",
                    attempts=(),
                    withdrawals=(),
                )
                for d in states
            ]
            self.app.push_screen(Outbox(out, settle=print, recall=print, clock=lambda: NOW))
        elif name == "search":
            self.app.push_screen(Search(self.find, self.rows_of))

    async def find(self, words: str, partial: bool) -> Any:
        hits = [
            SimpleNamespace(thread_id=row.id, message_id=None)
            for row in self.all.values()
            if words in row.preview or words in row.contact_name
        ]
        return SimpleNamespace(hits=tuple(hits), hints=())

    async def rows_of(self, ids: Any) -> Any:
        return {number: self.all[number] for number in ids}


class Gallery(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def on_mount(self) -> None:
        for theme in THEMES.values():
            self.register_theme(theme)
        named = [name for name in sys.argv[1:] if name in THEMES]
        self.theme = THEMES[named[0] if named else "dark"].name
        self.push_screen(Desk())


if __name__ == "__main__":
    Gallery().run()
