"""The review of drafts: marked ready, into the deck, from there into the composer and back.

The visit itself is `leafing`, what is decided there `deciding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk.model import Draft
from console.engine.reviewing import Card
from console.ui.doing.deciding import Deciding
from console.ui.doing.leafing import Leafing
from console.ui.doing.part import Part
from console.ui.doing.rounds import Outcome, Round
from console.ui.keys import Context

if TYPE_CHECKING:
    from console.engine.reading import Counts
    from console.ui.doing.writing import Piece
    from console.ui.screens.desk import DeskScreen


class Reviewing(Part):
    """What is done with drafts that are ready."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.visit: Leafing | None = None
        """The deck while it is on the screen."""
        self.alone = False
        """True where the deck is all that was asked for: leaving it leaves the program."""
        self._walk: Round | None = None
        """Where the review stands while a draft of it is being changed in the composer."""
        self._edited: Draft | None = None
        """That draft, as it was."""
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
        if self._edited is None and self.visit is None:
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
        await self._go_on(Round(await self.engine.review.deck(), at))

    async def _go_on(self, walk: Round) -> None:
        visit = self.visit = Leafing(self.screen, walk, lambda name: deciding.act(name))
        deciding = Deciding(self.screen, visit)
        try:
            answer = await visit.visit()
        finally:
            self.visit = None
        await self._left(walk, answer, visit.card)

    async def _left(self, walk: Round, answer: str | None, card: Card | None) -> None:
        """The deck was left: back, or on to something that leads back to it."""
        if answer == "edit" and card is not None:
            self._edited, self._walk = card.draft, walk
            await self.screen.writing.open_draft(card.draft)
            back, ready = self._key("back"), self._key("ready")
            self.say(f"You are changing a draft of the deck. {back} or {ready} goes back to it.")
        elif answer == "thread" and card is not None:
            self.alone, self._left_at = False, card.draft.id
            if await self.screen.aiming.go_to(card.draft.thread_id) is not None:
                self.screen.enter_thread()
                self.say(f"{self._key('drafts')} goes back to the deck.")
        elif answer == "list":
            await self._list(walk)
        elif self.alone:
            self.begin(self.screen.leave())
        elif walk.summary():
            self.say(walk.summary())

    def forget(self) -> None:
        """The program is being left: a composer that closes leads nowhere."""
        self._edited = None

    # --- in the composer and back -----------------------------------------------------------

    @property
    def editing(self) -> bool:
        """True while a draft of the deck is being changed in the composer."""
        return self._edited is not None

    def put_away(self, piece: Piece) -> None:
        """The composer was closed: a draft of the deck goes back to it."""
        before, self._edited = self._edited, None
        walk = self._walk
        if before is not None and walk is not None:
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
        await self._go_on(walk)

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
            await self._go_on(walk)
        elif found is not None and found.ready_at is not None:
            await self.walk(found.id)
        elif found is not None:
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
        if self.visit is not None and self.visit.deck.is_attached:
            self.visit.deck.say(words, loud=loud)

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
