"""Triage: done, snoozed, waiting, tagged; each for the selected threads, or the one in view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from console.desk.model import Contact
from console.engine.reading import View
from console.engine.work import Undone
from console.ui.doing.part import Part
from console.ui.wording import count, wait


class Sorting(Part):
    """What a person does to threads."""

    def _targets(self) -> tuple[int, ...]:
        return self.screen.aiming.targets()

    def _put_away(
        self,
        verb: str,
        work: Callable[[Sequence[int]], Awaitable[None]],
        *,
        out_of: set[View],
        goes_on: bool = True,
    ) -> None:
        ids = self._targets()
        if not ids:
            self.say("There is no thread here.")
            return

        async def do() -> None:
            await work(ids)

        self.begin(do())
        listing = self.screen.listing
        one = not listing.rows.marked and ids == (listing.rows.current,)
        if listing.view in out_of:
            listing.leave(ids)
        else:
            listing.unselect()
            if one and goes_on:
                listing.rows.move(1)
        self.screen.next_thread()
        self.say(f"{_threads(len(ids))} {verb}. {self.screen.key('undo')} undoes it.")

    def do_done(self) -> None:
        """`e`"""
        everywhere = {View.INBOX, View.WAITING, View.SNOOZED}
        self._put_away("done", self.engine.work.done, out_of=everywhere)

    def do_reopen(self) -> None:
        """`E`"""
        self._put_away(
            "reopened", self.engine.work.reopen, out_of={View.DONE, View.SNOOZED}, goes_on=False
        )

    def do_waiting(self) -> None:
        """`w`"""
        self._put_away("waiting for the customer", self.engine.work.waiting_on, out_of={View.INBOX})

    def do_snooze(self) -> None:
        """`b`"""
        self.screen.asking.snooze("Snooze until", self._snoozed)

    def _snoozed(self, until: datetime) -> None:
        async def snooze(ids: Sequence[int]) -> None:
            await self.engine.work.snooze(ids, until)

        moment = until.astimezone().strftime("%a %d %b %H:%M")
        self._put_away(f"snoozed until {moment}", snooze, out_of={View.INBOX, View.WAITING})

    def do_tag(self) -> None:
        """`t`"""
        self.screen.asking.line("Tag", "a word; -word takes it away", self._tagged)

    def _tagged(self, text: str) -> None:
        tag = "-".join(text.strip().lstrip("-#").split()).lower()
        ids = self._targets()
        if not tag or not ids:
            return
        on = not text.strip().startswith("-")
        self.begin(self.engine.work.tag(ids, tag, on=on))
        self.say(f"{_threads(len(ids))} {'tagged' if on else 'no longer tagged'} {tag}.")

    def do_same_person(self) -> None:
        """`=`"""
        view = self.screen.showing.view
        if view is None:
            self.say("There is no thread here.")
            return
        self.begin(self._same_person(view.contact))

    async def _same_person(self, contact: Contact) -> None:
        like = await self.engine.contacts.like(contact.id)
        if not like:
            self.say(
                "Nobody else has the same e-mail or verified link. `greenroom contact merge` puts "
                "any two together."
            )
            return
        from console.ui.screens.ask import Confirm

        other = like[0]
        question = (
            f"Is {contact.name} the same person as {other.name} {other.handle} on {other.network}?"
        )
        if await self.screen.asking.over(Confirm(question)):
            await self.engine.contacts.merge(contact.id, other.contact_id)
            self.say(f"They are one person now. {self.screen.key('undo')} undoes it.")

    def do_note(self) -> None:
        """`n`"""
        self.screen.asking.line("Note", "never sent, only for you", self._noted)

    def _noted(self, text: str) -> None:
        ids = self._targets()
        if text.strip() and ids:
            self.begin(self._note(ids, text.strip()))

    async def _note(self, ids: Sequence[int], text: str) -> None:
        for thread_id in ids:
            await self.engine.work.note(thread_id, text)
        self.say(f"Note written on {_threads(len(ids))}.")

    def do_severity_0(self) -> None:
        """`0`"""
        self._severe(0)

    def do_severity_1(self) -> None:
        """`1`"""
        self._severe(1)

    def do_severity_2(self) -> None:
        """`2`"""
        self._severe(2)

    def do_severity_3(self) -> None:
        """`3`"""
        self._severe(3)

    def _severe(self, severity: int) -> None:
        ids = self._targets()
        if ids:
            self.begin(self.engine.work.severity(ids, severity))
            self.say(f"{_threads(len(ids))} severity {severity}.")

    def do_undo(self) -> None:
        """`z`"""
        self.screen.open(self._undo)

    async def _undo(self) -> None:
        undone = await self.engine.work.undo()
        if undone is None:
            self.say("There is nothing to undo.")
            return
        if undone.nothing:
            await self.screen.recalling.offer(undone.left, undone.change)
            return
        if len(undone.drafts) == 1 and not undone.left:
            await self.screen.writing.open_draft(undone.drafts[0])
            self.say(f"The {undone.words} is taken back; nothing has left.")
            return
        await self._show_again(undone)

    async def _show_again(self, undone: Undone) -> None:
        """What came back is on the screen."""
        words = f"Undone: {undone.words}."
        deck = await self.engine.review.deck()
        back = [*(draft.id for draft in undone.drafts), *undone.deck]
        ready = next((draft_id for draft_id in back if draft_id in deck), None)
        if ready is not None:
            self.say(words)
            await self.screen.reviewing.walk(ready)
            return
        if back:
            card = await self.engine.review.card(back[0])
            if card is not None:
                await self.screen.writing.open_draft(card.draft)
                self.say(words)
                return
        if undone.threads:
            await self.screen.listing.reload_to(undone.threads[0])
        else:
            self.screen.listing.reload()
        self.say(f"{words} {self.screen.key('undo')} undoes what was before it.")

    # --- heated -----------------------------------------------------------------------------

    def do_heat(self) -> None:
        """`H`"""
        ids = self._targets()
        if ids:
            self.begin(self._heat(ids))
        else:
            self.say("There is no thread here.")

    async def _heat(self, ids: Sequence[int]) -> None:
        rows = await self.engine.reading.rows(ids)
        on = not all(row.heated for row in rows.values())
        await self.engine.work.heat(ids, on=on)
        undo = self.screen.key("undo")
        if on:
            cool = wait(self.engine.settings.cool_off)
            self.say(
                f"{_threads(len(ids))} heated: answers are held for {cool} before they leave. "
                f"{undo} undoes it."
            )
        else:
            self.say(f"{_threads(len(ids))} no longer heated. {undo} undoes it.")


def _threads(number: int) -> str:
    return count(number, "thread")
