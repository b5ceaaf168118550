"""The review of drafts: into the deck, one by one before somebody's eyes, and out of it.

A key decides only about what is on the screen, one decision at a time. The next draft is read
ahead; what changes in the thread of the one that is shown is shown.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from console.desk.freshness import NewsKind, in_words
from console.desk.handoff import CannotHandOff
from console.desk.model import Draft, Seen
from console.engine.reviewing import Card
from console.engine.work import Stopped
from console.store.errors import NotThere, StoreError
from console.ui.doing.part import Part
from console.ui.doing.rounds import Outcome, Round, left_words
from console.ui.keys import Context
from console.ui.wording import count, wait

if TYPE_CHECKING:
    from console.engine.reading import Counts
    from console.store.connection import Changed
    from console.ui.doing.writing import Piece
    from console.ui.screens.deck import Deck
    from console.ui.screens.desk import DeskScreen

AGAIN = 0.1
"""Seconds in which changes are gathered before the deck is read again."""

AT_ONCE = 100
"""Drafts whose news are read in one go."""


class Reviewing(Part):
    """What is done with drafts that are ready."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.round: Round | None = None
        self.deck: Deck | None = None
        """The deck while it is on the screen."""
        self.alone = False
        """True where the deck is all that was asked for: leaving it leaves the program."""
        self._cards: dict[int, Card] = {}
        self._busy = False
        self._looking = False
        self._asked: tuple[int, Seen] | None = None
        """The draft whose news were said, and what its reader has seen with them."""
        self._surprised = False
        """True when the words on the screen were changed elsewhere, under somebody's eyes."""
        self._edited: Draft | None = None
        """The draft of the deck that is being changed in the composer, as it was."""
        self._left_at: int | None = None
        self._stopped = 0

    # --- into the deck ----------------------------------------------------------------------

    def do_ready(self) -> None:
        """Ctrl+R"""
        writing = self.screen.writing
        composer, piece = writing.composer, writing.piece
        if composer is None or piece is None:
            return
        if self._edited is not None:
            writing.close()
            return
        text, acknowledgement = composer.text, composer.acknowledgement
        if not text.strip() and not (acknowledgement or "").strip():
            self.say("There is nothing to review yet. Write some words first.")
            return
        composer.changed()
        self.screen.open(lambda: self._ready(piece, text, acknowledgement))

    async def _ready(self, piece: Piece, text: str, acknowledgement: str | None) -> None:
        writing = self.screen.writing
        await writing.write_down(piece, text, acknowledgement)
        if piece in self.screen.rescuing.waiting or piece.draft_id is None:
            self.screen.telling.trouble(
                "Not in the deck: the words are not on disk yet. They stay in the composer."
            )
            return
        await self.engine.review.mark_ready(piece.draft_id)
        if writing.piece is piece:
            writing.put_away()
        number = len(await self.engine.review.deck())
        self.say(f"Ready for review: {number:,} in the deck. {self._key('drafts')} opens it.")

    # --- the deck ---------------------------------------------------------------------------

    def do_drafts(self) -> None:
        """`d`"""
        self.screen.writing.close()
        if self._edited is None and self.deck is None:
            self.screen.open(self._drafts)

    def review_alone(self) -> None:
        """Show the deck, and leave the program when it is left."""
        self.alone = True
        self.screen.open(lambda: self.walk(None))

    async def _drafts(self) -> None:
        await self.screen.writing.settled()
        if await self.engine.review.deck():
            await self.walk(self._left_at)
        else:
            await self._list()

    async def walk(self, at: int | None) -> None:
        """Review from the beginning, or from this draft on."""
        self._left_at = None
        await self._walk(Round(await self.engine.review.deck(), at))

    async def _walk(self, walk: Round) -> None:
        from console.ui.screens.deck import Deck

        self.round, self._cards, self._asked, self._surprised = walk, {}, None, False
        deck = Deck(
            do=self._act,
            signs=self.screen.signs,
            clock=self.engine.clock,
            keys=self.screen.keys,
        )
        self.deck = deck
        await self._bring()
        stop = self.engine.on_change(self._on_change)
        try:
            answer = await self.screen.asking.over(deck)
        finally:
            stop()
            self.deck = None
        await self._left(answer, deck.card)

    async def _left(self, answer: str | None, card: Card | None) -> None:
        """The deck was left: back, or on to something that leads back to it."""
        walk = self.round
        if answer == "edit" and card is not None:
            self._edited = card.draft
            await self.screen.writing.open_draft(card.draft)
            back, ready = self._key("back"), self._key("ready")
            self.say(f"You are changing a draft of the deck. {back} or {ready} goes back to it.")
        elif answer == "thread" and card is not None:
            self.round, self.alone, self._left_at = None, False, card.draft.id
            if await self.screen.go_to_thread(card.draft.thread_id) is not None:
                self.screen.enter_thread()
                self.say(f"{self._key('drafts')} goes back to the deck.")
        elif answer == "list":
            await self._list(walk)
        else:
            self.round = None
            if self.alone:
                self.begin(self.screen.leave())
            elif walk is not None and walk.summary():
                self.say(walk.summary())

    def forget(self) -> None:
        """The program is being left: a composer that closes leads nowhere."""
        self._edited = None

    # --- reading ----------------------------------------------------------------------------

    async def _bring(self) -> None:
        """Show the draft that is to be looked at; at the end, how it went."""
        walk, deck = self.round, self.deck
        while walk is not None and deck is not None:
            current = walk.current
            if current is None:
                await self._sum_up(walk, deck)
                return
            card = self._cards.get(current) or await self.engine.review.card(current)
            if walk is not self.round or walk.current != current:
                return
            if card is not None and card.draft.ready_at is not None:
                self._show(card)
                return
            walk.follow(await self.engine.review.deck())
            if walk.current == current:
                walk.follow([one for one in walk.ids if one != current])

    def _show(self, card: Card) -> None:
        walk, deck = self.round, self.deck
        if walk is None or deck is None:
            return
        self._cards[card.draft.id] = card
        hello = self.engine.hello(card.view.row.account)
        unit = hello.limits.unit if hello is not None else "characters"
        deck.show(card, number=walk.number, total=walk.total, unit=unit)
        near = walk.near()
        for draft_id in [one for one in self._cards if one not in near and one != card.draft.id]:
            del self._cards[draft_id]
        if any(draft_id not in self._cards for draft_id in near):
            self.begin(self._read_ahead(walk, near))

    async def _read_ahead(self, walk: Round, near: Sequence[int]) -> None:
        for draft_id in near:
            if walk is not self.round or draft_id not in walk.near():
                return
            if draft_id not in self._cards:
                card = await self.engine.review.card(draft_id)
                if card is not None and card.draft.ready_at is not None:
                    self._cards[draft_id] = card

    def _on_change(self, changed: Changed) -> None:
        for draft_id, card in list(self._cards.items()):
            if changed.everything or card.view.row.id in changed.threads:
                del self._cards[draft_id]
        self._look_soon()

    def _look_soon(self) -> None:
        if self.deck is not None and self.deck.is_attached and not self._looking:
            self._looking = True
            self.deck.set_timer(AGAIN, lambda: self.begin(self._look_again()))

    async def _look_again(self) -> None:
        """Something changed somewhere: the deck is as it is now, and so is what is shown."""
        self._looking = False
        if self._busy:
            self._look_soon()
            return
        walk, deck = self.round, self.deck
        ids = await self.engine.review.deck()
        if walk is None or deck is None or walk is not self.round or self._busy:
            return
        shown = deck.card.draft if deck.card is not None else None
        walk.follow(ids)
        if shown is not None and shown.id not in ids:
            # Another draft under the same eyes would be taken for this one.
            self.say(
                "This draft has left the deck: it was approved, discarded or written on elsewhere. "
                f"{self._key('next-draft')} goes on."
            )
            return
        await self._bring()
        if shown is not None and deck.card is not None and deck.card.draft.id == shown.id:
            now = deck.card.draft
            if (now.text, now.acknowledgement) != (shown.text, shown.acknowledgement):
                self._surprised = True
                self.say("Its words were changed elsewhere a moment ago. Read them again.")

    async def _sum_up(self, walk: Round, deck: Deck) -> None:
        rows = [row for row in await self.engine.reading.drafts() if row.draft.ready_at is not None]
        look = {row.draft.id for row in rows if row.draft.stopped}
        for start in range(0, len(rows), AT_ONCE):
            some = [row.draft for row in rows[start : start + AT_ONCE]]
            look |= (await self.engine.reading.news(some)).keys()
        if walk is not self.round or walk.current is not None:
            return
        before, back = self._key("previous-draft"), self._key("back")
        said = [walk.summary()] if walk.summary() else []
        if not rows and not said:
            said.append("Nothing is ready for review.")
        said.append(left_words(len(rows), len(look)))
        hint = f"{back} leaves."
        if walk.ids:
            hint = f"{before} goes back to the last one, {hint}"
        if walk.decided:
            hint = f"{self._key('undo')} takes back what you did last, {hint}"
        deck.show_summary("The end of the deck" if said[0] else "Review", [*said, "", hint])

    # --- deciding ---------------------------------------------------------------------------

    def _act(self, name: str) -> None:
        """What a key of the deck means. Keys that come while a decision is under way decide
        nothing: whoever holds `y` down has not read what comes up."""
        deck, walk = self.deck, self.round
        if deck is None or walk is None:
            return
        if name == "back":
            deck.answer(None)
        elif name == "list-drafts":
            deck.answer("list")
        elif self._busy:
            return
        elif name in {"next-draft", "previous-draft"}:
            self._go(walk, forward=name == "next-draft")
        elif name == "undo":
            self._do(self._undo())
        elif name == "approve-all":
            self._do(self._approve_all())
        else:
            card = deck.card
            if card is not None and card.draft.id not in walk.ids:
                self.say(f"This draft has left the deck. {self._key('next-draft')} goes on.")
                return
            if card is None or deck.looked_at != card.draft.id or card.draft.id != walk.current:
                return
            if name == "edit-draft":
                deck.answer("edit")
            elif name in {"open", "open-thread"}:
                deck.answer("thread")
            elif name in {"approve", "override"}:
                self._do(self._approve(card, override=name == "override"))
            elif name == "postpone":
                self._do(self._postpone(card))
            elif name == "discard":
                self._do(self._discard(card))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self._busy = True
        self.begin(self._one_at_a_time(work))

    async def _one_at_a_time(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except NotThere as error:
            self._cards.clear()
            if self.round is not None:
                self.round.follow(await self.engine.review.deck())
            await self._bring()
            self.say(str(error))
        except StoreError as error:
            self.screen.telling.trouble(error.words)
        finally:
            self._busy = False

    def _go(self, walk: Round, *, forward: bool) -> None:
        self._asked, self._surprised = None, False
        shown = self.deck.card if self.deck is not None else None
        if forward and shown is not None and shown.draft.id not in walk.ids:
            # What came up in its place has not been looked at yet.
            self.begin(self._bring())
            return
        if not (walk.forward() if forward else walk.backward()):
            self.say("There is nothing behind this." if forward else "This is the first one.")
            return
        card = self._cards.get(walk.current) if walk.current is not None else None
        if card is not None:
            self._show(card)
        else:
            self.begin(self._bring())

    async def _approve(self, card: Card, *, override: bool) -> None:
        draft = card.draft
        if self._surprised:
            self._surprised = False
            again = self._key("approve")
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
            )
        except Stopped as error:
            # It came in between: it is shown now, and the next key is on top of it.
            self._cards.pop(draft.id, None)
            await self._bring()
            shown = self.deck.card if self.deck is not None else None
            if shown is not None and shown.draft.id == draft.id:
                self._asked = (draft.id, shown.view.seen)
            self.say(error.findings[0].words)
            return
        except CannotHandOff as error:
            self.say(error.words)
            return
        if self.round is not None:
            self.round.decide(Outcome.APPROVED, [draft.id])
        self._asked = None
        words = await self._when(card.view.row.account, made[0], len(made))
        await self._bring()
        self.say(words)

    def _objection(self, card: Card, *, override: bool) -> str:
        """What is to be said instead of letting it leave; empty when it may."""
        approve, same = self._key("approve"), self._key("override")
        edit, discard = self._key("edit-draft"), self._key("discard")
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

    async def _when(self, account: str, first: int, number: int, what: str = "Approved") -> str:
        """When what was approved leaves, and how to take it back."""
        delivery = await self.engine.reading.delivery(first)
        undo = self._key("undo")
        leaves = "it leaves" if number == 1 else "they leave"
        back = f"{undo} takes {'it' if number == 1 else 'them'} back"
        left = wait(delivery.held_until - self.engine.clock())
        if delivery.cooling:
            return f"{what} and held to cool off: {leaves} in {left}; {back}."
        status = self.engine.statuses.get(account)
        if self.engine.elsewhere:
            return f"{what}: {leaves} in {left}, from {self.engine.elsewhere}; {back}."
        if self.engine.settings.offline or status is None or not status.well:
            return f"{what} and queued: {leaves} when the network is back; {back} until then."
        return f"{what}: {leaves} in {left}; {back}."

    async def _approve_all(self) -> None:
        from console.ui.screens.deck import LeavingList

        walk = self.round
        self.say("Reading them all again.")
        leaving = await self.engine.review.leaving()
        stay = len(await self.engine.review.deck()) - len(leaving)
        if walk is None or walk is not self.round or self.deck is None:
            return
        if not leaving:
            self.say("Something stands against each of them. Read them one by one.")
            return
        self.say("")
        yes = await self.screen.asking.over(LeavingList(leaving, stay, keys=self.screen.keys))
        if not yes or walk is not self.round:
            self.say("Nothing was approved.")
            return
        released = await self.engine.review.approve_all(leaving)
        gone = [one.draft.id for one in leaving if one.draft.id not in released.stayed]
        if gone:
            walk.decide(Outcome.APPROVED, gone)
        words = "Nothing was approved."
        if released.deliveries:
            account = next(one.view.row.account for one in leaving if one.draft.id in gone)
            what = f"{count(len(gone), 'draft')} approved"
            words = await self._when(account, released.deliveries[0], len(gone), what)
        for draft_id, why in list(released.stayed.items())[:1]:
            who = next(one.view.row for one in leaving if one.draft.id == draft_id)
            stayed = len(released.stayed)
            words += f" {stayed:,} stayed: {who.contact_name or who.handle}: {why}"
        self._cards.clear()
        await self._bring()
        self.say(words)

    async def _postpone(self, card: Card) -> None:
        await self.engine.review.postpone(card.draft.id)
        if self.round is not None:
            self.round.decide(Outcome.POSTPONED, [card.draft.id])
        await self._bring()
        self.say("Postponed: it comes last.")

    async def _discard(self, card: Card) -> None:
        await self.engine.review.discard(card.draft.id)
        if self.round is not None:
            self.round.decide(Outcome.DISCARDED, [card.draft.id])
        await self._bring()
        self.say(f"Discarded. It is kept for 30 days; {self._key('undo')} brings it back.")

    async def _undo(self) -> None:
        undone = await self.engine.work.undo()
        walk = self.round
        if undone is None or walk is None:
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
        for draft_id in back:
            self._cards.pop(draft_id, None)
        if here:
            walk.came_back(here[0])
        await self._bring()
        rest = ""
        if back and not here:
            rest = f" It is with the drafts that are being written: {self._key('list-drafts')}."
        self.say(f"Undone: {undone.words}.{rest}")

    # --- in the composer and back -----------------------------------------------------------

    @property
    def editing(self) -> bool:
        """True while a draft of the deck is being changed in the composer."""
        return self._edited is not None

    def put_away(self, piece: Piece) -> None:
        """The composer was closed: a draft of the deck goes back to it."""
        before, self._edited = self._edited, None
        if before is not None and self.round is not None:
            walk = self.round
            self.screen.open(lambda: self._back(walk, before, piece))

    async def _back(self, walk: Round, before: Draft, piece: Piece) -> None:
        await self.screen.writing.settled()
        review = self.engine.review
        if piece in self.screen.rescuing.waiting:
            self.screen.telling.trouble(
                "What you changed is not on disk yet, and the deck shows the words before it. They "
                "are kept and tried again; don't approve this draft before that."
            )
        if piece.sent:
            walk.decide(Outcome.APPROVED, [before.id])
        elif piece.draft_id is None:
            walk.decide(Outcome.DISCARDED, [before.id])
        elif piece.draft_id != before.id:
            await review.mark_ready(piece.draft_id)
            walk.replace(before.id, piece.draft_id)
        elif await review.written_on(before, seen=piece.view.seen):
            card = await review.card(before.id)
            if card is not None and (card.draft.text, card.public) != (before.text, card.public):
                walk.changed()
        walk.follow(await review.deck())
        await self._walk(walk)

    # --- all drafts -------------------------------------------------------------------------

    async def _list(self, walk: Round | None = None) -> None:
        from console.ui.screens.drafts import Drafts

        reading = self.engine.reading
        shown: Drafts

        async def again() -> None:
            rows = await reading.drafts()
            ready = [row.draft for row in rows if row.draft.ready_at is not None]
            news = await reading.news(ready)
            if shown.is_attached:
                shown.show(rows, news, self.engine.clock())

        def do(command: str, draft_id: int | None) -> None:
            if command == "undo":
                self.begin(self._undo_in_list())
            elif draft_id is not None:
                self.begin(self.engine.work.drop_draft(draft_id))
                self.say(f"Discarded; {self.screen.keys.key('undo')} brings it back.")

        rows = await reading.drafts()
        shown = Drafts(rows, self.engine.clock(), keys=self.screen.keys, do=do)
        self.begin(again())
        stop = self.engine.on_change(lambda _changed: self.begin(again()))
        try:
            chosen = await self.screen.asking.over(shown)
        finally:
            stop()
        found = next((row.draft for row in shown.drafts if row.draft.id == chosen), None)
        if found is None and walk is not None:
            walk.follow(await self.engine.review.deck())
            await self._walk(walk)
        elif found is not None and found.ready_at is not None:
            await self.walk(found.id)
        elif found is not None:
            self.round = None
            await self.screen.writing.open_draft(found)

    async def _undo_in_list(self) -> None:
        undone = await self.engine.work.undo()
        if undone is None:
            self.say("There is nothing to undo.")
        elif undone.nothing:
            await self.screen.recalling.offer(undone.left, undone.change)
        else:
            self.say(f"Undone: {undone.words}.")

    # --- what is told -----------------------------------------------------------------------

    def show_words(self, words: str, *, loud: bool) -> None:
        """Show in the deck what the desk says under it."""
        if self.deck is not None and self.deck.is_attached:
            self.deck.say(words, loud=loud)

    def counted(self, counts: Counts) -> None:
        """Say that drafts came back which must be looked at again."""
        if counts.stopped > self._stopped:
            number = counts.stopped
            which = "A draft came back and needs" if number == 1 else f"{number:,} drafts need"
            self.say(f"{which} another look. {self._key('drafts')} shows what is new.")
        self._stopped = counts.stopped

    def _key(self, name: str) -> str:
        context = Context.COMPOSER if name == "ready" else Context.DECK
        return self.screen.keys.key(name, context)
