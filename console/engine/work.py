"""The use cases of the desk: what a person does, each as one unit of work.

Whoever calls these (a screen, a shell command) gets back ids once they are on disk, and hears of
what changed through the store's listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.contract import Clock, Hello, Lane, Room
from console.desk.checks import Finding, FindingKind
from console.desk.delivery import DeliveryEvent
from console.desk.handoff import Acknowledgement, HandoffPlan
from console.desk.model import NOTHING_SEEN, Draft, DraftKind, Route, Seen, ThreadState, ThreadView
from console.engine.committing import (
    Astray,
    Measure,
    Stopped,
    Words,
    commit_handoff,
    commit_reply,
    findings_of,
)
from console.engine.reading import Reading
from console.engine.setup import EngineSettings
from console.engine.texts import Offer, Texts
from console.store import changes, cooling, drafts, freshness, notes, recalling, threads
from console.store.connection import Store, Work
from console.store.errors import NotThere
from console.store.handoffs import Handoff
from console.store.moments import to_ms
from console.store.threads import Standing

__all__ = ["Astray", "Desk", "Finding", "FindingKind", "Stopped", "Undone", "Words"]


@dataclass(frozen=True, slots=True)
class Undone:
    """What `undo` came to.

    `drafts` are the drafts that recalled words are in again. `left` are deliveries that could not
    be taken back because they have left; where that is all there is, nothing was undone, and
    `pass_by(change)` leaves it so. `threads` and `deck` (ids of drafts) stand as they stood.
    """

    words: str
    change: int
    drafts: tuple[Draft, ...] = ()
    left: tuple[int, ...] = ()
    threads: tuple[int, ...] = ()
    deck: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        """True when nothing was undone, since all of it has left."""
        return bool(self.left) and not self.drafts


class Desk:
    """Everything that can be done."""

    def __init__(
        self,
        store: Store,
        reading: Reading,
        texts: Texts,
        settings: EngineSettings,
        clock: Clock,
        *,
        measure: Callable[[str, Lane, ThreadView], Room],
        hello: Callable[[str], Hello | None],
    ) -> None:
        self._store = store
        self._reading = reading
        self._texts = texts
        self._settings = settings
        self._clock = clock
        self._measure = measure
        self._hello = hello

    # --- words ------------------------------------------------------------------------------

    async def save_draft(
        self,
        thread_id: int,
        lane: Lane,
        kind: DraftKind,
        text: str,
        *,
        acknowledgement: str | None = None,
        template: str | None = None,
        seen: Seen = NOTHING_SEEN,
    ) -> int:
        """Put a draft on disk; its id."""
        return await self._store.write(
            drafts.save,
            thread_id,
            lane,
            kind,
            text,
            acknowledgement=acknowledgement,
            template=template,
            seen=seen,
            author=self._settings.agent,
            now=self._clock(),
        )

    async def drop_draft(self, draft_id: int) -> None:
        """Put a draft aside; it is kept for 30 days and `undo` brings it back."""

        def unit(work: Work, now: datetime) -> None:
            if drafts.drop(work, draft_id, now) is not None:
                changes.remember(work, "draft dropped", [["draft_again", draft_id]], now)

        await self._store.write(unit, self._clock())

    async def offers(self, thread_id: int, lane: Lane) -> tuple[Offer, ...]:
        """The templates that may be said in this lane, filled for this thread."""
        return await self._texts.offers(await self._thread(thread_id), lane)

    async def check(
        self, thread_id: int, lane: Lane, text: str, *, seen: Seen
    ) -> tuple[Finding, ...]:
        """What there is to say about a text before it is sent."""
        view = await self._thread(thread_id)
        news = await self._store.read(freshness.news, thread_id, lane, seen, self._clock())
        return findings_of(view, lane, text, self.words(view, seen), self.measured(view), news)

    async def reply(
        self,
        thread_id: int,
        lane: Lane,
        text: str,
        *,
        seen: Seen,
        overridden: frozenset[FindingKind] = frozenset(),
        window: timedelta | None = None,
        template: str | None = None,
        to: Route | None = None,
    ) -> int:
        """Commit a reply; the delivery's id. `to`: where the person saw it go. Raises `Stopped`,
        `Astray` and `NotThere`."""
        view = await self._thread(thread_id)
        words = self.words(view, seen, overridden, window, template)
        words = replace(words, keeps_others=True, to=to)
        return await self._store.write(
            commit_reply, thread_id, lane, text, words, self.measured(view), self._clock()
        )

    async def plan_handoff(self, thread_id: int) -> HandoffPlan:
        """The words that `m` would send. Raises `CannotHandOff` and `NotThere`."""
        view = await self._thread(thread_id)
        return await self._texts.plan(view, self._hello(view.row.account), self.measured(view))

    async def hand_off(
        self,
        thread_id: int,
        *,
        private: str | None,
        acknowledgement: Acknowledgement,
        template: str | None,
        seen: Seen,
        overridden: frozenset[FindingKind] = frozenset(),
        window: timedelta | None = None,
        to: Route | None = None,
    ) -> Handoff:
        """Commit a move to DM, both legs at once. `to`: where the person saw the private one go.
        Raises `Stopped`, `Astray` and `NotThere`."""
        view = await self._thread(thread_id)
        words = self.words(view, seen, overridden, window, template)
        words = replace(words, keeps_others=True, to=to)
        return await self._store.write(
            commit_handoff,
            thread_id,
            private,
            acknowledgement,
            words,
            self.measured(view),
            self._clock(),
        )

    async def recall(self, delivery_id: int) -> Draft:
        """Take a delivery back into its draft; a handoff's with both legs. Raises `Impossible`."""
        return await self._store.write(recalling.recall, delivery_id, self._clock())

    async def settle(self, delivery_id: int, event: DeliveryEvent) -> None:
        """A person says what became of a doubtful delivery. Raises `Impossible`."""
        await self._store.write(recalling.settle_by_person, delivery_id, event, self._clock())

    async def undo(self) -> Undone | None:
        """Take back what was done last: words that have not left, or a change of the desk.

        None when there is nothing to undo. Called again, it takes back what was done before.
        """
        way = await self._store.write(changes.undo, self._clock())
        if way is None:
            return None
        words = way.words
        if way.drafts and way.left:
            words += f": {len(way.drafts)} taken back, {len(way.left)} had left"
        elif way.left:
            words += " has left"
        if way.stay:
            words += f", but for {len(way.stay)} in which the customer has written since"
        return Undone(
            words,
            way.change,
            drafts=tuple(way.drafts),
            left=tuple(way.left),
            threads=tuple(way.threads),
            deck=tuple(way.deck),
        )

    async def pass_by(self, change: int) -> None:
        """Leave a change that could not be undone: the next `undo` takes the one before it."""
        await self._store.write(changes.pass_by, change, self._clock())

    async def leave_now(self, delivery_id: int, *, on_purpose: bool = False) -> None:
        """End the undo window now. Raises `Cooling` in a cool-off, unless it is `on_purpose`."""
        await self._store.write(
            cooling.leave_now, delivery_id, self._clock(), on_purpose=on_purpose
        )

    # --- threads ----------------------------------------------------------------------------

    async def opened(self, thread_id: int) -> None:
        """The thread was read."""
        await self._store.write(threads.mark_read, thread_id)

    async def done(self, ids: Sequence[int]) -> None:
        """These matters are finished."""
        await self._stand(ids, ThreadState.DONE, None, "done")

    async def reopen(self, ids: Sequence[int]) -> None:
        """These matters need us again."""
        await self._stand(ids, ThreadState.OPEN, None, "reopened", recount=True)

    async def snooze(self, ids: Sequence[int], until: datetime) -> None:
        """Out of the inbox until then, or until the customer writes."""
        await self._stand(ids, ThreadState.SNOOZED, until, "snoozed")

    async def waiting_on(self, ids: Sequence[int]) -> None:
        """It is somebody else's turn: out of the inbox until the customer writes."""
        await self._stand(ids, ThreadState.OPEN, None, "waiting for the customer")

    async def severity(self, ids: Sequence[int], severity: int) -> None:
        """How bad it is, 0 (not marked) to 3."""

        def unit(work: Work, now: datetime) -> None:
            back: list[changes.Step] = [
                ["severity_again", thread_id, threads.set_severity(work, thread_id, severity)]
                for thread_id in ids
            ]
            changes.remember(work, f"{_threads(len(back))} severity {severity}", back, now)

        await self._store.write(unit, self._clock())

    async def heat(self, ids: Sequence[int], *, on: bool = True) -> None:
        """Mark these threads as heated: their answers are held for the cool-off."""

        def unit(work: Work, now: datetime) -> None:
            cool_off = self._settings.cool_off
            back: list[changes.Step] = []
            for thread_id in ids:
                cooled = cooling.cooling(work, thread_id)
                if cooling.heat(work, thread_id, on=on, cool_off=cool_off, now=now) is not on:
                    back.append(["heat_again", thread_id, not on, cooled])
            if back:
                words = "heated" if on else "no longer heated"
                changes.remember(work, f"{_threads(len(back))} {words}", back, now)

        await self._store.write(unit, self._clock())

    async def tag(self, ids: Sequence[int], tag: str, *, on: bool = True) -> None:
        """Put a tag on, or take it off."""

        def unit(work: Work, now: datetime) -> None:
            back: list[changes.Step] = [
                ["tag_again", thread_id, tag, not on]
                for thread_id in ids
                if threads.set_tag(work, thread_id, tag, on=on)
            ]
            if back:
                verb = "tagged" if on else "no longer tagged"
                changes.remember(work, f"{_threads(len(back))} {verb} {tag}", back, now)

        await self._store.write(unit, self._clock())

    async def note(self, thread_id: int, text: str) -> int:
        """Write a note, never sent; its id. Raises `NotThere`."""

        def unit(work: Work, now: datetime) -> int:
            note_id = notes.add_note(work, thread_id, text, now)
            changes.remember(work, "note written", [["note_away", note_id]], now)
            return note_id

        return await self._store.write(unit, self._clock())

    async def _stand(
        self,
        ids: Sequence[int],
        state: ThreadState,
        until: datetime | None,
        verb: str,
        *,
        recount: bool = False,
    ) -> None:
        def unit(work: Work, now: datetime) -> None:
            before = threads.standing(work, ids)
            ms = to_ms(until) if until is not None else None
            # A snoozed thread keeps its turn for when it wakes.
            threads.stand(
                work,
                [
                    Standing(
                        item.thread_id,
                        state.value,
                        ms,
                        item.waiting_since if state is ThreadState.SNOOZED else None,
                    )
                    for item in before
                ],
            )
            if recount:
                for item in before:
                    threads.recount(work, item.thread_id)
            back = [
                [
                    item.thread_id,
                    item.state,
                    item.snoozed_until,
                    item.waiting_since,
                    threads.newest(work, item.thread_id),
                ]
                for item in before
            ]
            if back:
                changes.remember(
                    work, f"{_threads(len(back))} {verb}", [["stand_again", back]], now
                )

        await self._store.write(unit, self._clock())

    # --- what a commitment needs ------------------------------------------------------------

    async def _thread(self, thread_id: int) -> ThreadView:
        view = await self._reading.thread(thread_id)
        if view is None:
            raise NotThere(f"There is no thread {thread_id}.")
        return view

    def words(
        self,
        view: ThreadView,
        seen: Seen,
        overridden: frozenset[FindingKind] = frozenset(),
        window: timedelta | None = None,
        template: str | None = None,
    ) -> Words:
        """Who says something in a thread, on top of what, and how long it is held."""
        hello = self._hello(view.row.account)
        return Words(
            agent=self._settings.agent or self._own_name(view.row.account),
            shop=self._settings.shop,
            seen=seen,
            overridden=overridden,
            window=self._settings.undo_window if window is None else window,
            cool_off=self._settings.cool_off,
            template=template,
            quietly=hello is not None and hello.quiet,
        )

    def _own_name(self, account: str) -> str:
        hello = self._hello(account)
        return hello.account.name or hello.account.handle if hello is not None else account

    def measured(self, view: ThreadView) -> Measure:
        """What tells how long a text for this thread is."""
        return lambda text, lane: self._measure(text, lane, view)


def _threads(number: int) -> str:
    return "1 thread" if number == 1 else f"{number} threads"
