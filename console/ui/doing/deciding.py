"""What is decided about a draft of the deck: approved, postponed, discarded, and taken back.

One decision at a time, about what is on the screen. What stands against a draft is said before
anything leaves, and what is new in its thread is shown first.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from console.desk.freshness import NewsKind, in_words
from console.desk.handoff import CannotHandOff
from console.desk.model import Seen
from console.engine.reviewing import Card
from console.engine.work import Stopped
from console.store.errors import NotThere, StoreError
from console.ui.doing.leaving import leaves
from console.ui.doing.part import Part
from console.ui.doing.rounds import Outcome
from console.ui.wording import count, wait

if TYPE_CHECKING:
    from console.ui.doing.leafing import Leafing
    from console.ui.screens.desk import DeskScreen


class Deciding(Part):
    """What the deciding keys of the deck do."""

    def __init__(self, screen: DeskScreen, leafing: Leafing) -> None:
        super().__init__(screen)
        self.leafing = leafing
        self._asked: tuple[int, Seen] | None = None
        """The draft whose news were said, and what its reader has seen with them."""

    def act(self, name: str) -> None:
        """What a key of the deck means. Keys that come while a decision is under way decide
        nothing: whoever holds `y` down has not read what comes up."""
        leafing = self.leafing
        if name == "back":
            leafing.deck.answer(None)
        elif name == "list-drafts":
            leafing.deck.answer("list")
        elif leafing.busy:
            return
        elif name in {"next-draft", "previous-draft"}:
            self._asked = None
            leafing.go(forward=name == "next-draft")
        elif name == "undo":
            self._do(self._undo())
        elif name == "approve-all":
            self._do(self._approve_all())
        elif leafing.gone:
            self.say(f"This draft has left the deck. {leafing.key('next-draft')} goes on.")
        elif leafing.judged is not None:
            self._judge(name, leafing.judged)

    def _judge(self, name: str, card: Card) -> None:
        if name == "edit-draft":
            self.leafing.deck.answer("edit")
        elif name in {"open", "open-thread"}:
            self.leafing.deck.answer("thread")
        elif name in {"approve", "override"}:
            self._do(self._approve(card, override=name == "override"))
        elif name == "postpone":
            self._do(self._postpone(card))
        elif name == "discard":
            self._do(self._discard(card))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self.leafing.busy = True
        self.begin(self._one_at_a_time(work))

    async def _one_at_a_time(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except NotThere as error:
            self.leafing.drop()
            self.leafing.walk.follow(await self.engine.review.deck())
            await self.leafing.bring()
            self.say(str(error))
        except StoreError as error:
            self.screen.telling.trouble(error.words)
        finally:
            self.leafing.busy = False

    async def _approve(self, card: Card, *, override: bool) -> None:
        draft = card.draft
        if self.leafing.surprised:
            self.leafing.surprised = False
            again = self.leafing.key("approve")
            self.say(f"Its words were changed elsewhere. {again} again sends what is shown now.")
            return
        objection = self._objection(card, override=override)
        if objection:
            self.say(objection)
            return
        news = bool(card.news) or bool(draft.stopped)
        try:
            made = await self.engine.review.approve(
                draft.id,
                seen=card.view.seen if news else draft.seen,
                overridden=frozenset(finding.kind for finding in card.findings),
                read=draft,
                to=card.view.route(draft.lane),
            )
        except Stopped as error:
            # It came in between: it is shown now, and the next key is on top of it.
            self.leafing.drop(draft.id)
            await self.leafing.bring()
            shown = self.leafing.card
            if shown is not None and shown.draft.id == draft.id:
                self._asked = (draft.id, shown.view.seen)
            self.say(error.findings[0].words)
            return
        except CannotHandOff as error:
            self.say(error.words)
            return
        self.leafing.walk.decide(Outcome.APPROVED, [draft.id])
        self._asked = None
        words = await self._when(made[0], len(made))
        await self.leafing.bring()
        self.say(words)

    def _objection(self, card: Card, *, override: bool) -> str:
        """What is to be said instead of letting it leave; empty when it may."""
        approve, same = self.leafing.key("approve"), self.leafing.key("override")
        edit, discard = self.leafing.key("edit-draft"), self.leafing.key("discard")
        if card.trouble:
            return f"It can't be sent. {card.trouble} {discard} discards it."
        passed = next((one for one in card.news if one.kind is NewsKind.WINDOW), None)
        if passed is not None:
            return f"{passed.words} {discard} discards it; {edit} shows it in its thread."
        stops = next((finding for finding in card.findings if finding.stops), None)
        if stops is not None:
            return f"{stops.words} It can't leave like this: {edit} edits it."
        asked = (card.draft.id, card.view.seen)
        if (card.news or card.draft.stopped) and self._asked != asked:
            self._asked = asked
            what = in_words(card.news) or "It came back."
            does = f"{same} sends" if card.findings else f"{approve} again sends"
            return (
                f"It needs another look. {what} Read what is marked. {does} it as it is, on top "
                f"of what is shown now; {edit} edits it."
            )
        if card.findings and not override:
            return f"{card.findings[0].words} {same} sends it all the same, {edit} edits it."
        if override and not card.findings and not card.news and not card.draft.stopped:
            return f"Nothing stands against it: {approve} approves."
        return ""

    async def _when(self, first: int, number: int, what: str = "Approved") -> str:
        """When what was approved leaves, and how to take it back."""
        delivery = await self.engine.reading.delivery(first)
        undo = self.leafing.key("undo")
        go = "it leaves" if number == 1 else "they leave"
        back = f"{undo} takes {'it' if number == 1 else 'them'} back"
        left = wait(delivery.held_until - self.engine.clock())
        if delivery.cooling:
            return f"{what} and held to cool off: {go} in {left}; {back}."
        when, off = leaves(self.engine, delivery.account, left)
        if off:
            return f"{what} and queued: {go} {when}; {back} until then."
        return f"{what}: {go} {when}; {back}."

    async def _approve_all(self) -> None:
        from console.ui.screens.deck import LeavingList

        walk = self.leafing.walk
        self.say("Reading them all again.")
        leaving = await self.engine.review.leaving()
        stay = len(await self.engine.review.deck()) - len(leaving)
        if not self.leafing.deck.is_current:
            return
        if not leaving:
            self.say("Something stands against each of them. Read them one by one.")
            return
        self.say("")
        yes = await self.screen.asking.over(LeavingList(leaving, stay, keys=self.screen.keys))
        if not yes:
            self.say("Nothing was approved.")
            return
        released = await self.engine.review.approve_all(leaving)
        gone = [one.draft.id for one in leaving if one.draft.id not in released.stayed]
        if gone:
            walk.decide(Outcome.APPROVED, gone)
        words = "Nothing was approved."
        if released.deliveries:
            what = f"{count(len(gone), 'draft')} approved"
            words = await self._when(released.deliveries[0], len(gone), what)
        for draft_id, why in list(released.stayed.items())[:1]:
            who = next(one.view.row for one in leaving if one.draft.id == draft_id)
            stayed = len(released.stayed)
            words += f" {stayed:,} stayed: {who.contact_name or who.handle}: {why}"
        self.leafing.drop()
        await self.leafing.bring()
        self.say(words)

    async def _postpone(self, card: Card) -> None:
        await self.engine.review.postpone(card.draft.id)
        self.leafing.walk.decide(Outcome.POSTPONED, [card.draft.id])
        await self.leafing.bring()
        self.say("Postponed: it comes last.")

    async def _discard(self, card: Card) -> None:
        await self.engine.review.discard(card.draft.id)
        self.leafing.walk.decide(Outcome.DISCARDED, [card.draft.id])
        await self.leafing.bring()
        self.say(f"Discarded. It is kept for 30 days; {self.leafing.key('undo')} brings it back.")

    async def _undo(self) -> None:
        undone = await self.engine.work.undo()
        walk = self.leafing.walk
        if undone is None:
            self.say("There is nothing to undo.")
            return
        if undone.nothing:
            await self.screen.recalling.offer(undone.left, undone.change)
            return
        ids = await self.engine.review.deck()
        walk.undone(len(undone.left))
        back = [*(draft.id for draft in undone.drafts), *undone.deck]
        here = [draft_id for draft_id in back if draft_id in ids]
        walk.follow(ids)
        if back:
            self.leafing.drop(*back)
        if here:
            walk.came_back(here[0])
        await self.leafing.bring()
        rest = ""
        if back and not here:
            rest = (
                f" It is with the drafts that are being written: {self.leafing.key('list-drafts')}."
            )
        self.say(f"Undone: {undone.words}.{rest}")
