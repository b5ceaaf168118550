"""The inbox: which threads are shown, in which order, and what is new without moving a row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from console.desk.model import ThreadRow
from console.engine.reading import Order, View, view_of
from console.ui import safe
from console.ui.doing.part import Part

if TYPE_CHECKING:
    from console.store.connection import Changed
    from console.ui.panes.inbox import InboxList, InboxPane
    from console.ui.screens.desk import DeskScreen

MOST_AT_ONCE = 400
"""Changed threads that are looked at one by one; for more, only what is on screen is read anew."""

TITLES = {
    View.INBOX: "Inbox",
    View.WAITING: "Waiting for the customer",
    View.SNOOZED: "Snoozed",
    View.DONE: "Done",
    View.ALL: "All threads",
}
EMPTY = {
    View.INBOX: "Nobody waits for you. What customers write shows up here by itself.",
    View.WAITING: "You are waiting for no customer.",
    View.SNOOZED: "Nothing is snoozed. b puts a thread aside until a moment that you name.",
    View.DONE: "Nothing is done yet. e marks a thread as done.",
    View.ALL: "There are no threads yet.",
}
NO_ACCOUNT = (
    "No account yet. Leave with q and run: greenroom account add mastodon. "
    "Or look around first with: greenroom demo."
)


class Present:
    """Which thread ids the list holds, one byte each: asked at every change, for 100,000 rows."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._here = bytearray(1024)
        self.add(ids)

    def add(self, ids: Iterable[int]) -> None:
        """These are in the list."""
        for thread_id in ids:
            if thread_id >= len(self._here):
                self._here.extend(bytes(thread_id + 1024 - len(self._here)))
            self._here[thread_id] = 1

    def remove(self, ids: Iterable[int]) -> None:
        """These aren't any more."""
        for thread_id in ids:
            if thread_id < len(self._here):
                self._here[thread_id] = 0

    def __contains__(self, thread_id: int) -> bool:
        return thread_id < len(self._here) and bool(self._here[thread_id])


class Listing(Part):
    """What the inbox pane shows."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.view = View.INBOX
        self.order = Order.LONGEST
        self.present = Present(())
        self.new: dict[int, None] = {}
        """Threads that belong here and would move rows: they wait for Space."""
        self._loading = 0

    @property
    def pane(self) -> InboxPane:
        """The pane."""
        return self.screen.inbox

    @property
    def rows(self) -> InboxList:
        """The list in it."""
        return self.pane.list

    # --- reading ----------------------------------------------------------------------------

    def show_first(self, ids: array[int], rows: dict[int, ThreadRow]) -> None:
        """The first page, read while Textual was starting."""
        self.present = Present(ids)
        self.rows.put_rows(rows)
        self.rows.set_ids(ids, keep=False)
        self.rows.words = self._empty_words()
        self._title()

    def reload(self, *, keep: bool = True) -> None:
        """Read the list anew; the row under the cursor stays where it is."""
        self._loading += 1
        self.begin(self._reload(self._loading, keep))

    async def reload_to(self, thread_id: int) -> None:
        """Read the list anew, and put the cursor on this thread if it is there."""
        self._loading += 1
        await self._reload(self._loading, keep=True)
        if self.rows.move_to_id(thread_id) and not self.screen.in_conversation:
            self.screen.highlight(thread_id)

    async def _reload(self, number: int, keep: bool) -> None:
        reading = self.engine.reading
        ids = await reading.ids(self.view, self.order)
        if number != self._loading:
            return
        current = self.rows.current
        if keep and current is not None and current == self.screen.busy_with and current not in ids:
            # It belongs elsewhere by now, yet it isn't taken from under somebody's eyes.
            ids.insert(min(self.rows.cursor, len(ids)), current)
        self.new.clear()
        self.present = Present(ids)
        if len(ids) != len(self.rows.ids) or ids != self.rows.ids:
            self.rows.set_ids(ids, keep=keep)
        self.rows.words = self._empty_words()
        self._title()

    async def fetch(self, ids: list[int]) -> None:
        """Bring rows that came into view."""
        self.rows.put_rows(await self.engine.reading.rows(ids))
        self.screen.showing.prefetch()

    def on_changed(self, changed: Changed) -> None:
        """Threads changed: read again what is in view, and notice what is new."""
        if changed.everything:
            self.begin(self._look_for_new())
            self.rows.forget_rows()
            return
        here = [thread_id for thread_id in changed.threads if thread_id in self.present]
        self.rows.forget_rows(here)
        strangers = [thread_id for thread_id in changed.threads if thread_id not in self.present]
        for thread_id in strangers:
            # What was known of a row that left the list is old when it comes back.
            self.rows.rows.pop(thread_id, None)
        if strangers:
            self.begin(self._judge(strangers[:MOST_AT_ONCE]))

    async def _look_for_new(self) -> None:
        ids = await self.engine.reading.ids(self.view, self.order)
        strangers = [thread_id for thread_id in ids if thread_id not in self.present]
        if strangers:
            await self._judge(strangers[:MOST_AT_ONCE])

    async def _judge(self, ids: list[int]) -> None:
        """Which of these belong in the list, and whether they can come in without moving a row."""
        rows = await self.engine.reading.rows(ids)
        belong = {
            thread_id: row
            for thread_id, row in rows.items()
            if thread_id not in self.present
            and (self.view is View.ALL or view_of(row) is self.view)
        }
        for thread_id in ids:
            if thread_id not in belong:
                self.new.pop(thread_id, None)
        if belong and self._comes_last(belong):
            ordered = sorted(belong.values(), key=lambda row: (_since(row), row.id))
            self.rows.put_rows(belong)
            self.rows.append_ids(row.id for row in ordered)
            self.present.add(belong)
        elif belong and not self.screen.touched:
            # Nobody reads yet: the first catch-up may put rows where they belong.
            self.reload(keep=False)
            return
        else:
            self.new.update(dict.fromkeys(belong))
        self._title()

    def _comes_last(self, belong: dict[int, ThreadRow]) -> bool:
        """True when rows added at the end are in order there, so that nothing has to move."""
        if self.new:
            return False
        if not self.rows.ids:
            return True
        if self.order is not Order.LONGEST:
            return False
        last = self.rows.rows.get(self.rows.ids[-1])
        return last is not None and all(_since(row) >= _since(last) for row in belong.values())

    def leave(self, ids: tuple[int, ...]) -> None:
        """Take rows out at once: the person has just dealt with them."""
        self.present.remove(ids)
        self.rows.remove_ids(ids)
        self._title()

    def _title(self) -> None:
        order = self._order_words()
        number = len(self.rows.ids) + len(self.new)
        self.pane.show(TITLES[self.view], order, number, len(self.rows.marked))
        self.pane.arrivals.say(len(self.new))

    def _order_words(self) -> str:
        """How the view is ordered; where nobody waits, the oldest is what has waited longest."""
        if self.view is View.SNOOZED:
            return ""
        waits = self.view in {View.INBOX, View.ALL}
        return self.order.value if waits or self.order is Order.NEWEST else "oldest first"

    def _empty_words(self) -> str:
        if self.view is View.INBOX and not self.engine.statuses:
            return NO_ACCOUNT
        return EMPTY[self.view]

    # --- commands ---------------------------------------------------------------------------

    def go(self, view: View) -> None:
        """Show another view."""
        self.screen.leave_thread()
        if view is not self.view:
            self.view = view
            self.rows.clear_marks()
            self.rows.set_ids((), keep=False)
            self.rows.words = safe.unfinished("reading")
            self.present = Present(())
        self.reload(keep=False)

    def do_inbox(self) -> None:
        """`g i`"""
        self.go(View.INBOX)

    def do_snoozed(self) -> None:
        """`g s`"""
        self.go(View.SNOOZED)

    def do_waiting_view(self) -> None:
        """`g w`"""
        self.go(View.WAITING)

    def do_done_view(self) -> None:
        """`g e`"""
        self.go(View.DONE)

    def do_all_view(self) -> None:
        """`g a`"""
        self.go(View.ALL)

    def do_order(self) -> None:
        """`s`"""
        self.order = Order.NEWEST if self.order is Order.LONGEST else Order.LONGEST
        self.begin(self.engine.reading.remember("order", self.order.name))
        self.reload(keep=False)
        self.say(f"Showing {self._order_words() or 'what comes back first'}.")

    def do_take_in(self) -> None:
        """Space"""
        if self.new:
            self.reload()
        else:
            self.screen.conversation.timeline.to_end()

    def do_select(self) -> None:
        """`x`"""
        self.rows.toggle_mark()
        self.rows.move(1)
        self._title()

    def unselect(self) -> bool:
        """Let go of what is selected; False when nothing was."""
        if not self.rows.marked:
            return False
        self.rows.clear_marks()
        self._title()
        return True


def _since(row: ThreadRow) -> datetime:
    return row.waiting_since if row.waiting_since is not None else row.last_at
