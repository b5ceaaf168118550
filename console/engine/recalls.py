"""Words that have left: what can still be done to them, who may have seen them, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from connectors.contract import Clock, Hello, Lane
from console.desk.audience import what_stays, who_may_have_seen
from console.desk.checks import Finding, FindingKind
from console.desk.model import Delivery, DeliveryState, Leg, Message, ThreadView
from console.desk.withdrawal import (
    CannotWithdraw,
    Withdrawal,
    WithdrawalKind,
    standing,
    why_not,
)
from console.engine.committing import Stopped, findings_of
from console.engine.reading import Reading
from console.engine.work import Desk
from console.store import conversation, deliveries, withdrawals
from console.store.connection import Store, Work
from console.store.errors import NotThere

_OF_ANSWERS = frozenset({FindingKind.STALE, FindingKind.SAME_AS_LAST, FindingKind.WINDOW})
"""What is objected to in an answer and means nothing for the edit of one."""


class Sent(NamedTuple):
    """A message that has left, and what can be done to it.

    `cannot_delete` and `cannot_edit` say why not; empty where it can be asked of the network.
    """

    delivery: Delivery
    text: str
    """The words that stand there now."""
    seen_by: str
    """Who may have seen it, in words."""
    stays: str
    """What remains after a deletion, in words."""
    stays_edited: str
    cannot_delete: str
    cannot_edit: str
    withdrawals: tuple[Withdrawal, ...]

    @property
    def pending(self) -> Withdrawal | None:
        """What is being asked of the network just now."""
        return next((wish for wish in reversed(self.withdrawals) if wish.pending), None)


class RecallOffer(NamedTuple):
    """What can be done to a delivery that has left, with the other leg of its handoff."""

    contact_name: str
    network: str
    account: str
    legs: tuple[Sent, ...]
    """The one that was asked about, and the other leg where that has left too."""
    warning: str = ""
    """What would be untrue if only one leg were deleted; empty when nothing would."""


class Recalls:
    """Deleting and editing what has left."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        reading: Reading,
        clock: Clock,
        *,
        hello: Callable[[str], Hello | None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._reading = reading
        self._clock = clock
        self._hello = hello

    async def offer(self, delivery_id: int) -> RecallOffer:
        """What can be done, and who may have seen it. Raises `NotThere`."""
        legs, said, wishes = await self._store.read(_read, delivery_id)
        view = await self._view(legs[0].thread_id)
        now = self._clock()
        sent = []
        for leg in legs:
            hello = self._hello(leg.account)
            message = said.get(leg.id)
            gone = message is None or message.deleted_at is not None
            sent.append(
                Sent(
                    delivery=leg,
                    text=message.text if message is not None else leg.outgoing.text,
                    seen_by=who_may_have_seen(message, leg.outgoing.to.handle, view.messages, now)
                    if message is not None
                    else "",
                    stays=what_stays(leg.outgoing.lane, edited=False),
                    stays_edited=what_stays(leg.outgoing.lane, edited=True),
                    cannot_delete=why_not(leg, WithdrawalKind.DELETE, hello, gone=gone),
                    cannot_edit=why_not(leg, WithdrawalKind.EDIT, hello, gone=gone),
                    withdrawals=standing(wishes.get(leg.id, ())),
                )
            )
        return RecallOffer(
            contact_name=view.row.contact_name or view.row.handle,
            network=view.row.network,
            account=view.row.account,
            legs=tuple(sent),
            warning=_warning(legs),
        )

    async def delete(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Have these messages deleted, all of them or none; the wishes' ids.

        Raises `CannotWithdraw` and `NotThere`.
        """
        author = ""
        for delivery_id in ids:
            sent = (await self.offer(delivery_id)).legs[0]
            if sent.cannot_delete:
                raise CannotWithdraw(sent.cannot_delete)
            author = await self._agent(sent.delivery)

        def unit(work: Work) -> tuple[int, ...]:
            return tuple(
                withdrawals.ask(
                    work, delivery_id, WithdrawalKind.DELETE, None, author, self._clock()
                )
                for delivery_id in ids
            )

        return await self._store.write(unit)

    async def edit(
        self,
        delivery_id: int,
        text: str,
        *,
        overridden: frozenset[FindingKind] = frozenset(),
    ) -> int:
        """Have other words put in a message's place, through the checks; the wish's id.

        Raises `Stopped`, `CannotWithdraw` and `NotThere`.
        """
        offer = await self.offer(delivery_id)
        sent = offer.legs[0]
        if sent.cannot_edit:
            raise CannotWithdraw(sent.cannot_edit)
        findings = tuple(
            found
            for found in await self.check(delivery_id, text)
            if found.stops or found.kind not in overridden
        )
        if findings:
            raise Stopped(findings)
        return await self._store.write(
            withdrawals.ask,
            delivery_id,
            WithdrawalKind.EDIT,
            text,
            await self._agent(sent.delivery),
            self._clock(),
        )

    async def check(self, delivery_id: int, text: str) -> tuple[Finding, ...]:
        """What there is to say about the new words of a message that has left."""
        found = await self._reading.delivery(delivery_id)
        view = await self._view(found.thread_id)
        words = self._desk.words(view, view.seen)
        return tuple(
            finding
            for finding in findings_of(
                view,
                found.outgoing.lane,
                text,
                words,
                self._desk.measured(view),
                (),
                acknowledges=found.leg is Leg.ACKNOWLEDGEMENT,
            )
            if finding.kind not in _OF_ANSWERS
        )

    async def drop(self, wish_id: int) -> None:
        """Take a wish back, as long as the network has not been asked. Raises
        `CannotWithdraw`."""
        await self._store.write(withdrawals.drop, wish_id, self._clock())

    async def _agent(self, found: Delivery) -> str:
        view = await self._view(found.thread_id)
        return self._desk.words(view, view.seen).agent

    async def _view(self, thread_id: int) -> ThreadView:
        view = await self._reading.thread(thread_id)
        if view is None:
            raise NotThere(f"There is no thread {thread_id}.")
        return view


def _read(
    work: Work, delivery_id: int
) -> tuple[tuple[Delivery, ...], dict[int, Message], dict[int, tuple[Withdrawal, ...]]]:
    """A delivery and the other leg of its handoff that has left, with what they say."""
    asked = deliveries.delivery(work, delivery_id)
    found = [asked]
    if asked.handoff_id is not None:
        found += [
            leg
            for leg in deliveries.legs(work, asked.handoff_id)
            if leg.id != asked.id and leg.state is DeliveryState.SENT
        ]
    said = {}
    for leg in found:
        message = conversation.message(work, leg.message_id)
        if message is not None and message.delivery_id == leg.id:
            said[leg.id] = message
    return tuple(found), said, withdrawals.of_deliveries(work, [leg.id for leg in found])


def _warning(legs: Sequence[Delivery]) -> str:
    if len(legs) < 2:
        return ""
    asked = legs[0]
    if asked.outgoing.lane is Lane.PRIVATE:
        if legs[1].outgoing.invites is not None:
            return "The public line asked them to come here: delete both, or edit the line too."
        return "The public line says that you sent a message: delete both, or edit the line too."
    return "The private message stays where it is unless you delete both."
