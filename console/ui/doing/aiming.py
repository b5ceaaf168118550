"""What a command is for: which threads, which lane, and whether all of it has been in view."""

from __future__ import annotations

from connectors.contract import Lane
from console.desk.model import ThreadView
from console.ui.doing.abilities import cannot
from console.ui.doing.part import Part

ON_TOP = {"handoff", "done", "waiting", "snooze"}
"""What is decided on top of all that the customer has written."""


class Aiming(Part):
    """Threads and lanes, by what is selected and what is in view."""

    def targets(self) -> tuple[int, ...]:
        """What a verb is for: the selected threads, or the one under the cursor or in view."""
        if self.screen.in_conversation and self.screen.showing.thread_id is not None:
            return (self.screen.showing.thread_id,)
        return self.screen.inbox.list.targets()

    async def to_answer(self) -> ThreadView | None:
        """The thread that a reply is for, as it is now."""
        thread_id = next(iter(self.targets()), None)
        if thread_id is None:
            self.say("There is no thread here.")
            return None
        # Words that were left a moment ago are on their way to the disk; they are its draft.
        await self.screen.writing.settled()
        if thread_id != self.screen.showing.thread_id:
            return await self.go_to(thread_id)
        view = await self.screen.showing.refresh()
        # An answer is on top of all that the customer has written: so all of it is in view.
        self.unread_below()
        return view

    async def go_to(self, thread_id: int) -> ThreadView | None:
        """Show a thread, with the cursor on it where it is in the list."""
        view = await self.screen.showing.now(thread_id)
        if view is None:
            self.say("That thread is not there any more.")
            return None
        if self.screen.inbox.list.current != thread_id:
            self.screen.inbox.list.move_to_id(thread_id)
        self.screen.showing.show(thread_id)
        return view

    def lane_of(self, view: ThreadView) -> Lane:
        """The lane a person is in: of the words in view, else of the newest ones."""
        if self.screen.in_conversation and not self.screen.conversation.timeline.at_end:
            reading = self.screen.conversation.timeline.reading
            if reading is not None:
                return reading.lane
        theirs = next((m for m in reversed(view.messages) if not m.ours), None)
        return theirs.lane if theirs is not None else view.row.lane

    def cannot(self) -> dict[str, str]:
        """Commands that this thread's account or lane doesn't allow now, each with the reason."""
        view = self.screen.showing.view
        if view is None or (
            not self.screen.in_conversation and len(self.screen.inbox.list.marked) > 1
        ):
            return {}
        lane = self.lane_of(view)
        if view.lane(lane) is None:
            lane = Lane.PRIVATE if lane is Lane.PUBLIC else Lane.PUBLIC
        return cannot(view, self.engine.hello, lane, self.screen.key("reply"))

    def unread_below(self) -> bool:
        """True where words of the customer were not in view yet; they are now."""
        timeline = self.screen.conversation.timeline
        below = bool(self.screen.in_conversation and timeline.below)
        if below:
            timeline.to_end()
        return below
