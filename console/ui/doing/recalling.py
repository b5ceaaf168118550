"""The outbox, and what has left: recalled, settled, deleted or edited, each only when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.contract import Room
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import DeliveryState
from console.desk.withdrawal import CannotWithdraw
from console.engine.work import Stopped
from console.store.errors import NotThere, StoreError
from console.ui.doing.part import Part
from console.ui.wording import LANES

if TYPE_CHECKING:
    from console.desk.checks import Finding
    from console.engine.recalls import RecallOffer, Sent
    from console.ui.screens.outbox import Outbox

SETTLED = timedelta(days=7)
"""How far back the outbox shows what is settled."""


class Recalling(Part):
    """What is done to deliveries."""

    # --- the outbox -------------------------------------------------------------------------

    def do_outbox(self) -> None:
        """`g o`"""
        self.screen.open(self._outbox)

    async def _outbox(self) -> None:
        from console.ui.screens.outbox import Outbox

        # What is settled while one looks stays, and says what became of it.
        opened = self.engine.clock() + timedelta(milliseconds=1)
        shown = Outbox(
            await self.engine.reading.outbox(),
            settle=lambda number, event: self.begin(self._settle(number, event)),
            recall=lambda number: self.begin(self._recall(number)),
            again=lambda _settled: self.begin(self._again(shown, opened)),
            clock=self.engine.clock,
            keys=self.screen.keys,
        )
        stop = self.engine.on_change(lambda _changed: self.begin(self._again(shown, opened)))
        try:
            thread_id = await self.screen.asking.over(shown)
        finally:
            stop()
        if thread_id is not None and await self.screen.aiming.go_to(thread_id) is not None:
            self.screen.enter_thread()

    async def _again(self, shown: Outbox, opened: datetime) -> None:
        since = None if shown.hides else opened
        if shown.settled:
            since = self.engine.clock() - SETTLED
        rows = await self.engine.reading.outbox(settled_since=since)
        if shown.is_attached:
            shown.show(rows)

    async def _settle(self, delivery_id: int, event: DeliveryEvent) -> None:
        try:
            await self.engine.work.settle(delivery_id, event)
        except Impossible as error:
            self.screen.telling.trouble(str(error))

    async def _recall(self, delivery_id: int) -> None:
        """`z` on a row: what has not left comes back, what has left is asked about."""
        found = await self.engine.reading.delivery(delivery_id)
        if found.state is DeliveryState.SENT:
            await self.offer([delivery_id])
            return
        try:
            await self.engine.work.recall(delivery_id)
        except Impossible as error:
            self.screen.telling.trouble(str(error))
            return
        self.say("Taken back; it is in your drafts.")

    def do_recall(self) -> None:
        """`Z`"""
        self.screen.open(self._recall_in_view)

    async def _recall_in_view(self) -> None:
        view = await self.screen.aiming.to_answer()
        if view is None:
            return
        ours = [one for one in view.messages if one.ours and one.delivery_id is not None]
        reading = self.screen.conversation.timeline.reading if self.screen.in_conversation else None
        said = next((one for one in ours if reading is not None and one.id == reading.id), None)
        said = said or next((one for one in reversed(ours) if one.deleted_at is None), None)
        if said is None or said.delivery_id is None:
            self.say("Nothing of ours stands in this thread that was sent from here.")
            return
        found = await self.engine.reading.delivery(said.delivery_id)
        if found.state is not DeliveryState.SENT:
            undo = self.screen.key("undo")
            self.say(f"It has not left, or isn't settled: {undo} takes back what has not left.")
            return
        await self.offer([found.id])

    # --- what has left ----------------------------------------------------------------------

    async def offer(self, ids: Sequence[int], change: int | None = None) -> None:
        """Ask what to do about words that have left. `change` is what `z` could not undo: whatever
        is decided here, the next `z` takes the one before it."""
        from console.ui.screens.recall import Recall

        newest = await self._newest(ids)
        if newest is None:
            undo, outbox = self.screen.key("undo"), self.screen.key("outbox")
            words = f"It has left and isn't settled yet: {outbox} shows it."
            if change is not None:
                await self.engine.work.pass_by(change)
                words += f" {undo} undoes what was before it."
            self.say(words)
            return
        offer = await self.engine.recalls.offer(newest)
        chosen = await self.screen.asking.over(
            Recall(offer, self.engine.clock(), keys=self.screen.keys)
        )
        try:
            if chosen is not None and not await self._do(chosen, offer):
                return
        except (CannotWithdraw, NotThere, StoreError) as error:
            self.screen.telling.trouble(error.words)
            return
        if change is not None:
            await self.engine.work.pass_by(change)
        rest = len(set(ids) - {leg.delivery.id for leg in offer.legs})
        if rest and change is not None:
            outbox = self.screen.key("outbox")
            self.say(f"{rest} more of it have left as well: {outbox} shows them, one by one.")
        elif chosen is None:
            undo = self.screen.key("undo")
            before = f" {undo} undoes what was before it." if change is not None else ""
            self.say(f"Left as it is.{before}")
        await self.screen.showing.refresh()

    async def _newest(self, ids: Sequence[int]) -> int | None:
        """The one to ask about: a handoff's private message, else the newest that has left."""
        sent = []
        for number in ids:
            found = await self.engine.reading.delivery(number)
            if found.state is DeliveryState.SENT:
                sent.append(found.id)
        if not sent:
            return None
        one = await self.engine.reading.delivery(sent[-1])
        return sent[0] if one.handoff_id is not None else one.id

    async def _do(self, chosen: str, offer: RecallOffer) -> bool:
        """Do what was chosen; False when the person went back from it."""
        first = offer.legs[0]
        if chosen == "recall-edit":
            return await self._edit(offer, first)
        if chosen == "recall-drop":
            assert first.pending is not None
            await self.engine.recalls.drop(first.pending.id)
            self.say("Left as it is: the network was not asked.")
            return True
        both = chosen == "recall-both"
        legs = offer.legs if both else offer.legs[:1]
        await self.engine.recalls.delete([leg.delivery.id for leg in legs])
        what = "Both are" if both else "It is"
        self.say(f"{what} being deleted. The thread says when the network has done it.")
        return True

    async def _edit(self, offer: RecallOffer, sent: Sent) -> bool:
        from console.ui.screens.ask import Confirm
        from console.ui.screens.reword import Reword

        reading, delivery = self.engine.reading, sent.delivery
        place = f"rewording {delivery.id}"
        text = await reading.remembered(place) or sent.text
        lane = LANES[delivery.outgoing.lane]
        objections: tuple[Finding, ...] = ()
        while True:
            words = await self.screen.asking.over(
                Reword(
                    f"{lane}, new words for {offer.contact_name}",
                    text,
                    measure=lambda said: self._room(sent, said),
                    keep=lambda said: self.begin(reading.remember(place, said)),
                    objections=objections,
                    keys=self.screen.keys,
                )
            )
            if words is None:
                self.say("Nothing is changed. Your new words are kept for when you come back.")
                return False
            text, objections = words.text, await self.engine.recalls.check(delivery.id, words.text)
            if any(one.stops for one in objections) or (objections and not words.anyway):
                continue
            sure = f"Put these words there ({lane})? Who was told of the former ones keeps them."
            if not await self.screen.asking.over(Confirm(sure)):
                objections = ()
                continue
            try:
                await self.engine.recalls.edit(
                    delivery.id, text, overridden=frozenset(one.kind for one in objections)
                )
            except Stopped as error:
                objections = error.findings
                continue
            await reading.remember(place, "")
            self.say("It is being changed. The thread shows the new words when they stand there.")
            return True

    def _room(self, sent: Sent, text: str) -> Room:
        outgoing = sent.delivery.outgoing
        return self.engine.measure(
            sent.delivery.account, text, outgoing.lane, to=outgoing.to, warning=outgoing.warning
        )
