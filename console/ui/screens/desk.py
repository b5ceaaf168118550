"""The desk: status, inbox, conversation, aside and keys on one screen.

The screen lays the panes out, says what a key means, and hands each command to the part that does
it (`console.ui.doing`). It never waits: whatever needs disk or network is begun and comes back.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from console.desk.model import ThreadRow, ThreadView
from console.engine.reading import Order
from console.ui import safe
from console.ui.doing.aiming import ON_TOP, Aiming
from console.ui.doing.asking import Asking
from console.ui.doing.listing import Listing
from console.ui.doing.looking import Looking
from console.ui.doing.part import Part
from console.ui.doing.recalling import Recalling
from console.ui.doing.rescuing import Rescuing
from console.ui.doing.reviewing import Reviewing
from console.ui.doing.sending import Sending
from console.ui.doing.showing import Showing
from console.ui.doing.sorting import Sorting
from console.ui.doing.telling import Telling
from console.ui.doing.writing import Writing
from console.ui.glyphs import PLAIN, Glyphs
from console.ui.keymap import Chords, Keymap, Pending, pressed
from console.ui.keys import Command, Context
from console.ui.lists import LineList
from console.ui.panes.aside import Aside
from console.ui.panes.conversation import ConversationPane, Timeline
from console.ui.panes.footer import KeyLine
from console.ui.panes.inbox import InboxPane
from console.ui.panes.said import Said
from console.ui.panes.status import StatusLine
from console.ui.quick import QuickScreen

if TYPE_CHECKING:
    from console.engine.engine import Engine
    from console.store.connection import Changed
    from console.ui.app import Greenroom

TWO_PANES = 100
THREE_PANES = 140
COALESCE = 0.1
"""Seconds in which changes are gathered before the panes read again."""

COUNT_EVERY = 0.5


class DeskScreen(QuickScreen):
    """The one screen that everything else stands over."""

    CSS = """
    DeskScreen { background: $background; layers: desk said; }
    DeskScreen #middle { width: 1fr; border-left: solid $panel; }
    DeskScreen Aside { border-left: solid $panel; }
    DeskScreen Composer { border-top: solid $panel; }
    DeskScreen.-wide InboxPane { width: 46; }
    DeskScreen.-one InboxPane { width: 1fr; }
    DeskScreen.-one #middle { display: none; border-left: none; }
    DeskScreen.-one Aside { display: none; }
    DeskScreen.-two Aside { display: none; }
    DeskScreen.-one.-in InboxPane { display: none; }
    DeskScreen.-one.-in #middle { display: block; }
    DeskScreen.-ascii #middle { border-left: ascii $panel; }
    DeskScreen.-ascii Aside { border-left: ascii $panel; }
    DeskScreen.-ascii Composer { border-top: ascii $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        engine: Engine,
        keys: Keymap,
        signs: Glyphs,
        *,
        density: str,
        editor_command: str,
        facts: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        safe.use_ellipsis(signs.ellipsis)
        self.engine = engine
        self.keys = keys
        self.signs = signs
        self.editor_command = editor_command
        self.chords = Chords(keys)
        self.status = StatusLine()
        self.inbox = InboxPane(signs=signs, clock=engine.clock, density=density)
        self.conversation = ConversationPane(
            signs=signs, clock=engine.clock, recall=keys.key("undo")
        )
        self.inbox.list.words = safe.unfinished("reading")
        timeline = self.conversation.timeline
        timeline.words = "No thread is chosen."
        timeline.reply, timeline.outbox = keys.key("reply"), keys.key("outbox")
        timeline.unfold = keys.key("unfold")
        self.aside = Aside(clock=engine.clock)
        self.footer = KeyLine(keys)
        self.said = Said()
        self.telling = Telling(self)
        self.asking = Asking(self)
        self.aiming = Aiming(self)
        self.listing = Listing(self)
        self.showing = Showing(self)
        self.writing = Writing(self)
        self.rescuing = Rescuing(self)
        self.sending = Sending(self)
        self.recalling = Recalling(self)
        self.sorting = Sorting(self)
        self.reviewing = Reviewing(self)
        self.looking = Looking(self)
        self.in_conversation = False
        """True while the hands are in the conversation rather than the inbox."""
        self.touched = False
        """True once a person has pressed a key: from then on nothing on the screen moves."""
        self._deeds: dict[str, Callable[[], None]] = {}
        for part in self.parts():
            self._deeds.update(part.deeds())
        self._threads: set[int] = set()
        self._everything: Changed | None = None
        self._gathering: Timer | None = None
        self._counting: Timer | None = None

    def parts(self) -> tuple[Part, ...]:
        """Who does what the table's rows name; each command in one of them."""
        return (
            self.telling,
            self.asking,
            self.aiming,
            self.listing,
            self.showing,
            self.writing,
            self.rescuing,
            self.sending,
            self.recalling,
            self.sorting,
            self.reviewing,
            self.looking,
        )

    def compose(self) -> ComposeResult:
        """The panes, the lines over and under them."""
        yield self.status
        with Horizontal():
            yield self.inbox
            with Vertical(id="middle"):
                yield self.conversation
            yield self.aside
        yield self.footer
        yield self.said

    @property
    def home(self) -> Greenroom:
        """The program."""
        from console.ui.app import Greenroom

        assert isinstance(self.app, Greenroom)
        return self.app

    # --- life -------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show what was read while Textual was starting, and listen from then on."""
        self.set_class(self.signs is PLAIN, "-ascii")
        self.inbox.list.focus()
        self.telling.show_status()

    def show_first(self, order: Order, ids: array[int], rows: dict[int, ThreadRow]) -> None:
        """The first page has been read."""
        self.listing.order = order
        self.listing.show_first(ids, rows)
        self.highlight(self.inbox.list.current)

    def read_on(self) -> None:
        """The first page is on the screen: read the whole list, and listen from now on."""
        self.engine.on_change(self._on_change)
        self.engine.on_status(self.telling.show_status)
        self.listing.reload()
        self._count()
        self.set_interval(1.0, self._tick)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what waits for disk or network. It is ended before the program is."""
        self.home.begin(work)

    def open(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin what puts something else under the hands: keys typed meanwhile wait for it."""
        self.home.begin(self.home.typed.opens(work))

    async def leave(self, *, asking: bool = True) -> None:
        """Save what is being written and quit. Words that are not on disk are asked about."""
        self.reviewing.forget()
        self.writing.close()
        await asyncio.sleep(0)  # so that the last words are in the row of what is saved
        await self.writing.settled()
        if asking and not await self.rescuing.may_leave():
            return
        self.home.exit(message=self.telling.farewell())

    # --- keys -------------------------------------------------------------------------------

    @property
    def busy_with(self) -> int | None:
        """The thread that somebody is reading or writing in, rather than passing by."""
        if self.writing.writing:
            return self.writing.thread_id
        return self.showing.thread_id if self.in_conversation else None

    @property
    def context(self) -> Context:
        """What the keys are about just now."""
        if self.writing.writing:
            return Context.COMPOSER
        return Context.CONVERSATION if self.in_conversation else Context.INBOX

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means; False when it means nothing here."""
        self.touched = True
        answer = self.chords.press(pressed(event.key, event.character), self.context)
        self.footer.show(begun=self.chords.begun)
        if answer is None:
            return not self.writing.writing and event.character is not None
        if self.writing.writing and not isinstance(answer, Pending):
            self.open(lambda: self._do_after_typing(answer))
        elif not isinstance(answer, Pending):
            self.do(answer)
        self.paint_now()
        return True

    async def _do_after_typing(self, command: Command) -> None:
        """The letters that were typed before a command are in the text before it is done."""
        if self.writing.composer is not None:
            await self.writing.composer.typed_out()
        self.do(command)

    def do(self, command: Command) -> None:
        """Do a command, or say why it can't be done."""
        self.telling.quiet()
        why = self.aiming.cannot().get(command.id)
        if why is not None:
            self.telling.say(why)
            return
        if command.id in ON_TOP and self.aiming.unread_below():
            key = self.key(command.id)
            self.telling.say(f"Something was still unread: it is shown now. {key} again does it.")
            return
        self._deeds[command.does]()

    def key(self, command: str) -> str:
        """The key to name for a command, here."""
        return self.keys.key(command, self.context)

    # --- panes ------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """One pane, two or three: what the width allows."""
        width = event.size.width
        self.set_class(width < TWO_PANES, "-one")
        self.set_class(TWO_PANES <= width < THREE_PANES, "-two")
        self.set_class(width >= THREE_PANES, "-wide")
        if self.showing.view is not None:
            self.call_after_refresh(self.showing.aside, self.showing.view)

    @property
    def thread_in_view(self) -> bool:
        """True when a person can see the conversation."""
        return not self.has_class("-one") or self.has_class("-in")

    def enter_thread(self) -> None:
        """Go into the conversation."""
        if self.showing.thread_id is None:
            return
        self.add_class("-in")
        self.in_conversation = True
        self.set_focus(self.conversation.timeline)
        self.showing.begin_to_read()
        self.show_keys()

    def leave_thread(self) -> None:
        """Go back to the inbox."""
        self.writing.close()
        self.remove_class("-in")
        self.in_conversation = False
        self.set_focus(self.inbox.list)
        self.highlight(self.inbox.list.current)
        self.show_keys()

    def next_thread(self) -> None:
        """After a thread was dealt with: the list has put the next one under the cursor."""
        if self.inbox.list.current is None:
            self.leave_thread()
        else:
            self.highlight(self.inbox.list.current)

    def mark_place(self) -> None:
        """The cursor in the list says which thread is shown, or that it is none of the list."""
        shown, row = self.showing.thread_id, self.inbox.list.current
        away = shown is not None and shown != row
        self.inbox.list.go_away(away)
        self.conversation.heading.say_where("not in this list" if away else "")

    def on_shown(self, view: ThreadView) -> None:
        """Another thread, or the same one with something new, is in the conversation."""
        self.writing.on_shown(view)
        self.show_keys()

    # --- what the lists say -----------------------------------------------------------------

    def on_line_list_highlighted(self, notice: LineList.Highlighted) -> None:
        """The cursor stands on another row. While somebody reads or writes in the conversation,
        a list that changed by itself doesn't take it away from under their eyes."""
        if notice.list is not self.inbox.list or notice.id != self.inbox.list.current:
            return
        if self.in_conversation or self.writing.writing:
            self.mark_place()
        else:
            self.highlight(notice.id)

    def highlight(self, thread_id: int | None) -> None:
        """Show the thread under the cursor; what was being written for another is put away."""
        if self.writing.writing and thread_id != self.writing.thread_id:
            self.writing.close()
        self.showing.show(thread_id)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click puts the hands elsewhere too."""
        if event.widget is self.inbox.list and self.in_conversation:
            self.leave_thread()
        elif event.widget is self.conversation.timeline and not self.in_conversation:
            self.in_conversation = True
            self.show_keys()

    def on_line_list_chosen(self, notice: LineList.Chosen) -> None:
        """A thread was opened with the mouse."""
        if notice.list is self.inbox.list:
            self.enter_thread()

    def on_line_list_needed(self, notice: LineList.Needed) -> None:
        """Rows came into view that have not been read."""
        if notice.list is self.inbox.list:
            self.begin(self.listing.fetch(notice.ids))

    def on_timeline_earlier_wanted(self, notice: Timeline.EarlierWanted) -> None:
        """A person scrolled up to where older messages were left out."""
        notice.stop()
        self.showing.more()

    def on_composer_edited(self) -> None:
        """The words changed and rest."""
        self.writing.save()

    def on_composer_template_wanted(self) -> None:
        """A slash on an empty line."""
        self.writing.do_insert_template()

    def on_composer_said(self, notice: Any) -> None:  # noqa: ANN401 - imported when first needed
        """The composer has something to say."""
        self.telling.say(notice.words)

    # --- what changes -----------------------------------------------------------------------

    def _on_change(self, changed: Changed) -> None:
        if changed.everything:
            self._everything = changed
        self._threads |= changed.threads
        if self._gathering is None:
            self._gathering = self.set_timer(COALESCE, self._read_again)

    def _read_again(self) -> None:
        from console.store.connection import Changed

        everything, self._everything = self._everything, None
        threads, self._threads = frozenset(self._threads), set()
        self._gathering = None
        changed = Changed(threads, 0, everything=everything is not None)
        self.listing.on_changed(changed)
        self.showing.on_changed(changed)
        if self._counting is None:
            self._counting = self.set_timer(COUNT_EVERY, self._count)

    def _count(self) -> None:
        self._counting = None
        self.begin(self.telling.count())

    def _tick(self) -> None:
        self.conversation.timeline.tick()
        now = self.engine.clock()
        self.inbox.list.tick(int(now.timestamp()) // 30)

    def show_keys(self) -> None:
        """The keys that act here."""
        missing = set(self.aiming.cannot())
        if self.in_conversation and self.conversation.timeline.held is None:
            # Enter edits what is held; nothing is.
            missing.add("open")
        self.footer.show(context=self.context, missing=frozenset(missing))
