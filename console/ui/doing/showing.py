"""The conversation: which thread is shown, read ahead so that `j` finds the next one ready."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from console.desk.model import Message, ThreadView
from console.ui import safe
from console.ui.doing.part import Part

if TYPE_CHECKING:
    from textual.timer import Timer

    from console.store.connection import Changed
    from console.ui.screens.desk import DeskScreen

KEPT = 24
"""Threads kept ready."""

AHEAD = (1, 2, -1, 3)
"""Which neighbours of the cursor are read ahead, in this order."""

READ_AFTER = 0.8
"""Seconds that a thread is looked at before it counts as read."""

SLOW = 0.15
"""Seconds after which the pane says that it is still reading."""

MESSAGES = 200
MORE = 400


class Showing(Part):
    """What the conversation pane and the aside show."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.thread_id: int | None = None
        self.limit = MESSAGES
        self._ready: OrderedDict[int, ThreadView] = OrderedDict()
        self._fetching: set[int] = set()
        self._outdated: set[int] = set()
        self._seen: Timer | None = None

    @property
    def view(self) -> ThreadView | None:
        """The thread that is shown."""
        view = self.screen.conversation.timeline.view
        return view if view is not None and view.row.id == self.thread_id else None

    def show(self, thread_id: int | None) -> None:
        """Show a thread, at once when it was read ahead."""
        if thread_id == self.thread_id:
            return
        self.thread_id = thread_id
        self.limit = MESSAGES
        if self._seen is not None:
            self._seen.stop()
            self._seen = None
        if thread_id is None:
            self.screen.conversation.show(None)
            self.screen.aside.show(None)
            self.screen.mark_place()
            return
        ready = self._ready.get(thread_id)
        if ready is not None:
            self._put(ready)
            self.prefetch()
        else:
            self.begin(self._fetch(thread_id))
            self.screen.set_timer(SLOW, lambda: self._reading(thread_id))
        self.screen.mark_place()
        self.begin_to_read()

    def _reading(self, thread_id: int) -> None:
        """The disk is slow: another thread's words mustn't stand beside this row meanwhile."""
        if self.thread_id == thread_id and self.view is None:
            self.screen.conversation.say(safe.unfinished("reading"))

    def begin_to_read(self) -> None:
        """Count the thread as read after it has been in view for a moment."""
        if self.screen.thread_in_view:
            self._seen = self.screen.set_timer(READ_AFTER, self._read)

    def _read(self) -> None:
        view = self.view
        if view is not None and view.row.unread:
            self.begin(self.engine.work.opened(view.row.id))

    def _put(self, view: ThreadView) -> None:
        self.screen.conversation.show(view)
        self.aside(view)
        self.screen.on_shown(view)

    def aside(self, view: ThreadView) -> None:
        """Show who this is, right after row and conversation have been painted."""
        if self.screen.aside.display:
            self.screen.call_later(self._aside, view)

    def _aside(self, view: ThreadView) -> None:
        """Their other threads follow when they are read."""
        if self.thread_id != view.row.id:
            return
        same = (
            self.screen.aside.view is not None
            and self.screen.aside.view.contact.id == view.contact.id
        )
        self.screen.aside.show(
            view, self.screen.aside.earlier if same else (), self.screen.aside.like if same else ()
        )
        self.begin(self._earlier(view))

    async def _earlier(self, view: ThreadView) -> None:
        if not self.screen.aside.region.width:
            return
        earlier = await self.engine.reading.threads_of(view.contact.id, view.row.id)
        like = await self.engine.contacts.like(view.contact.id)
        if self.thread_id == view.row.id:
            self.screen.aside.same_key = self.screen.key("same-person")
            self.screen.aside.show(view, earlier, like)

    async def _fetch(self, thread_id: int) -> None:
        if thread_id in self._fetching:
            # What is being read may be older than what has just changed.
            self._outdated.add(thread_id)
            return
        self._fetching.add(thread_id)
        try:
            limit = self.limit if thread_id == self.thread_id else MESSAGES
            view = await self.engine.reading.thread(thread_id, limit)
        finally:
            self._fetching.discard(thread_id)
            outdated = thread_id in self._outdated
            self._outdated.discard(thread_id)
        if outdated:
            self.begin(self._fetch(thread_id))
        if view is None:
            if thread_id == self.thread_id:
                self.screen.conversation.say("This thread is not there any more.")
            return
        self._keep(view)
        if thread_id == self.thread_id:
            self._put(view)
            self.prefetch()
        else:
            self.screen.conversation.timeline.lay_ahead(view)

    def _keep(self, view: ThreadView) -> None:
        self._ready[view.row.id] = view
        self._ready.move_to_end(view.row.id)
        while len(self._ready) > KEPT:
            self._ready.popitem(last=False)

    def prefetch(self) -> None:
        """Read the neighbours of the cursor ahead, and the two ends of the list."""
        rows = self.screen.inbox.list
        last = len(rows.ids) - 1
        for place in (*(rows.cursor + step for step in AHEAD), 0, last):
            if not 0 <= place <= last:
                continue
            thread_id = rows.ids[place]
            if thread_id in self._ready:
                self._ready.move_to_end(thread_id)
            elif thread_id not in self._fetching:
                self.begin(self._fetch(thread_id))

    def on_changed(self, changed: Changed) -> None:
        """Threads changed: what is kept of them is old."""
        if changed.everything:
            self._ready.clear()
        else:
            for thread_id in changed.threads:
                self._ready.pop(thread_id, None)
        if self.thread_id is not None and (changed.everything or self.thread_id in changed.threads):
            self.begin(self._fetch(self.thread_id))

    def more(self) -> None:
        """Read older messages of the thread."""
        if self.thread_id is not None:
            self.limit += MORE
            self.begin(self._fetch(self.thread_id))

    async def now(self, thread_id: int) -> ThreadView | None:
        """A thread as it is this moment."""
        view = await self.engine.reading.thread(thread_id, MESSAGES)
        if view is not None:
            self._keep(view)
        return view

    async def refresh(self) -> ThreadView | None:
        """Show the thread as it is this moment."""
        if self.thread_id is None:
            return None
        view = await self.engine.reading.thread(self.thread_id, self.limit)
        if view is not None:
            self._keep(view)
            if view.row.id == self.thread_id:
                self._put(view)
        return view


def base_of(view: ThreadView | None) -> int | None:
    """The customer's newest message."""
    messages: tuple[Message, ...] = view.messages if view is not None else ()
    return next((message.id for message in reversed(messages) if not message.ours), None)
