"""The deck while it is on the screen: which draft is shown, the next ones read ahead.

What changes in the thread of the draft that is shown is shown; what somebody else does to it is
said, and nothing else takes its place by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from console.engine.reviewing import Card
from console.ui.doing.part import Part
from console.ui.doing.rounds import Round, left_words
from console.ui.keys import Context
from console.ui.wording import count

if TYPE_CHECKING:
    from console.store.connection import Changed
    from console.ui.screens.desk import DeskScreen

AGAIN = 0.1
"""Seconds in which changes are gathered before the deck is read again."""

AT_ONCE = 100
"""Drafts whose news are read in one go."""


class Leafing(Part):
    """One visit to the deck. `act` is told what its keys mean."""

    def __init__(self, screen: DeskScreen, walk: Round, act: Callable[[str], None]) -> None:
        from console.ui.screens.deck import Deck

        super().__init__(screen)
        self.walk = walk
        self.deck = Deck(do=act, signs=screen.signs, clock=self.engine.clock, keys=screen.keys)
        self.busy = False
        """True while a decision is under way."""
        self.surprised = False
        """True when the words on the screen were changed elsewhere, under somebody's eyes."""
        self._cards: dict[int, Card] = {}
        self._looking = False
        self._over = False
        self._changes = 0

    async def visit(self) -> str | None:
        """Show the deck until it is left; where to from there."""
        await self.bring()
        stop = self.engine.on_change(self._on_change)
        try:
            return await self.screen.asking.over(self.deck)
        finally:
            stop()
            self._over = True

    @property
    def card(self) -> Card | None:
        """The draft on the screen."""
        return self.deck.card

    @property
    def judged(self) -> Card | None:
        """The draft that a key may decide about: it stands before somebody's eyes."""
        card = self.deck.card
        if card is None or self.deck.looked_at != card.draft.id:
            return None
        return card if card.draft.id == self.walk.current else None

    @property
    def gone(self) -> bool:
        """True where the draft on the screen was taken out of the deck elsewhere."""
        return self.card is not None and self.card.draft.id not in self.walk.ids

    def drop(self, *ids: int) -> None:
        """What was read of these drafts is old; of all, where none is named."""
        for draft_id in ids or tuple(self._cards):
            self._cards.pop(draft_id, None)

    def key(self, name: str) -> str:
        """The key to name for a command, here."""
        return self.screen.keys.key(name, Context.DECK)

    # --- reading ----------------------------------------------------------------------------

    async def bring(self) -> None:
        """Show the draft that is to be looked at; at the end, how it went."""
        walk = self.walk
        while not self._over:
            current = walk.current
            if current is None:
                await self._sum_up()
                return
            card = self._cards.get(current) or await self.engine.review.card(current)
            if walk.current != current:
                # Another key has gone on meanwhile, and brings what it went to.
                return
            if card is not None and card.draft.ready_at is not None:
                self.show(card)
                return
            walk.follow(await self.engine.review.deck())
            if walk.current == current:
                walk.follow([one for one in walk.ids if one != current])

    def show(self, card: Card) -> None:
        """Show a draft, and read its neighbours ahead."""
        walk = self.walk
        self._cards[card.draft.id] = card
        view = card.view
        self.deck.show(
            card,
            number=walk.number,
            total=walk.total,
            units=lambda lane: self.engine.unit(lane, view),
        )
        near = walk.near()
        for draft_id in [one for one in self._cards if one not in near and one != card.draft.id]:
            del self._cards[draft_id]
        if any(draft_id not in self._cards for draft_id in near):
            self.begin(self._read_ahead(near))

    async def _read_ahead(self, near: Sequence[int]) -> None:
        for draft_id in near:
            if self._over or draft_id not in self.walk.near():
                return
            if draft_id in self._cards:
                continue
            changes = self._changes
            card = await self.engine.review.card(draft_id)
            # What changed while it was read may be missing in it.
            if card is not None and card.draft.ready_at is not None and changes == self._changes:
                self._cards[draft_id] = card

    def _on_change(self, changed: Changed) -> None:
        self._changes += 1
        for draft_id, card in list(self._cards.items()):
            if changed.everything or card.view.row.id in changed.threads:
                del self._cards[draft_id]
        self._look_soon()

    def _look_soon(self) -> None:
        if self.deck.is_attached and not self._looking:
            self._looking = True
            self.deck.set_timer(AGAIN, lambda: self.begin(self._look_again()))

    async def _look_again(self) -> None:
        """Something changed somewhere: the deck is as it is now, and so is what is shown."""
        self._looking = False
        if self.busy:
            self._look_soon()
            return
        ids = await self.engine.review.deck()
        if self._over or self.busy:
            return
        shown = self.card.draft if self.card is not None else None
        self.walk.follow(ids)
        if shown is not None and shown.id not in ids:
            # Another draft under the same eyes would be taken for this one.
            self.say(
                "This draft has left the deck: it was approved, discarded or written on elsewhere. "
                f"{self.key('next-draft')} goes on."
            )
            return
        await self.bring()
        if shown is not None and self.card is not None and self.card.draft.id == shown.id:
            now = self.card.draft
            if (now.text, now.acknowledgement) != (shown.text, shown.acknowledgement):
                self.surprised = True
                self.say("Its words were changed elsewhere a moment ago. Read them again.")

    async def _sum_up(self) -> None:
        walk = self.walk
        every = await self.engine.reading.drafts()
        rows = [row for row in every if row.draft.ready_at is not None]
        look = {row.draft.id for row in rows if row.draft.stopped}
        for start in range(0, len(rows), AT_ONCE):
            some = [row.draft for row in rows[start : start + AT_ONCE]]
            look |= (await self.engine.reading.news(some)).keys()
        if self._over or walk.current is not None:
            return
        before, back = self.key("previous-draft"), self.key("back")
        said = [walk.summary()] if walk.summary() else []
        if rows or said:
            said.append(left_words(len(rows), len(look)))
        else:
            said.append("Nothing is ready for review.")
        if len(every) > len(rows):
            being = count(len(every) - len(rows), "draft is", "drafts are")
            said.append(f"{being} being written: {self.key('list-drafts')} lists them.")
        hint = f"{back} leaves."
        if walk.ids:
            hint = f"{before} goes back to the last one, {hint}"
        if walk.decided:
            hint = f"{self.key('undo')} takes back what you did last, {hint}"
        self.deck.show_summary("The end of the deck" if said[0] else "Review", [*said, "", hint])

    # --- moving -----------------------------------------------------------------------------

    def go(self, *, forward: bool) -> None:
        """To the next draft or the one before, at once where it was read ahead."""
        self.surprised = False
        walk = self.walk
        if forward and self.gone:
            # What came up in its place has not been looked at yet.
            self.begin(self.bring())
            return
        if not (walk.forward() if forward else walk.backward()):
            self.say("There is nothing behind this." if forward else "This is the first one.")
            return
        card = self._cards.get(walk.current) if walk.current is not None else None
        if card is not None:
            self.show(card)
        else:
            self.begin(self.bring())
