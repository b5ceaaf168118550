"""Empties one account's outbox: one delivery at a time, each step stored before the next.

`sending` is committed before the request leaves. Whatever happens then is written down as what it
is: sent, refused, may be tried again because nothing left, or doubtful. A doubtful one is looked
for on the network until that settles it, and left to a person when it can't be settled.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import (
    CannotTell,
    Capability,
    Clock,
    ConnectorError,
    Doubtful,
    Found,
    NotSent,
    NotYet,
    Receipt,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import Delivery, DeliveryState
from console.engine.session import Session, backoff
from console.store import deliveries, handoffs, sending
from console.store.connection import Store, Work
from console.store.errors import StoreError

log = logging.getLogger(__name__)

LOOKS = 8
"""How often a doubtful delivery is looked for before it is left to a person."""

LOOK_AGAIN = timedelta(seconds=15)

STARTED_AGAIN = (
    "Greenroom stopped while this was on its way; it is being looked for on the network."
)
_NOBODY_KNOWS = (
    "It may have arrived: the network can't say. Look on the network (o), then answer in the "
    "outbox (g o): it arrived, it didn't, or give it up."
)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What an attempt or a look came to."""

    event: DeliveryEvent | None
    outcome: str
    words: str
    next_at: datetime | None = None
    receipt: Receipt | None = None
    awaits: bool = False


class Dispatch:
    """The outbox of one account."""

    def __init__(self, session: Session, store: Store, clock: Clock) -> None:
        self._session = session
        self._store = store
        self._clock = clock
        self._wake = asyncio.Event()
        self._ending = False
        # Not needed before the first paint.
        from console.engine.withdrawing import Withdrawing

        self._withdrawing = Withdrawing(session, store, clock)

    def wake(self) -> None:
        """Something changed: look at the outbox now."""
        self._wake.set()

    async def run(self) -> None:
        """Live until cancelled. A request under way is waited for, never cut."""
        failures = 0
        while True:
            self._wake.clear()
            try:
                next_at = await self.step()
                failures = 0
            except StoreError as error:
                log.error("%s: the outbox can't be read: %s", self._session.setup.name, error.words)
                failures += 1
                next_at = self._clock() + backoff(failures)
            except Exception:
                log.exception("%s: the outbox stumbled", self._session.setup.name)
                failures += 1
                next_at = self._clock() + backoff(failures)
            wait = None if next_at is None else (next_at - self._clock()).total_seconds()
            try:
                async with asyncio.timeout(None if wait is None else max(0.0, wait)):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def step(self) -> datetime | None:
        """Do all that can be done now; the moment when there will be more, if it is known."""
        next_at: datetime | None = None
        for found in await self._store.read(sending.open_of_account, self._session.setup.name):
            moment = await self._one(found)
            if moment is not None and (next_at is None or moment < next_at):
                next_at = moment
        moment = await self._withdraw()
        if moment is not None and (next_at is None or moment < next_at):
            next_at = moment
        return next_at

    async def _withdraw(self) -> datetime | None:
        """Ask for the deletions and edits of what was sent; when there will be more to ask."""
        ready, next_at = await self._withdrawing.due()
        for wish in ready:
            await self._uncut(self._withdrawing.attempt(wish))
        return self._clock() if ready else next_at

    async def _one(self, found: Delivery) -> datetime | None:
        now = self._clock()
        state = found.state
        if state is DeliveryState.HELD:
            if found.held_until > now:
                return found.held_until
            opened = await self._store.write(sending.open_window, found.id, now)
            if opened is None:
                return None
            found, state = opened, opened.state
        if not self._session.open.is_set():
            # The session wakes us when it is back.
            return None
        if found.next_at is not None and found.next_at > now:
            return found.next_at
        if state is DeliveryState.DUE and found.waits_for is None and not found.awaits:
            if not self._session.abreast.is_set():
                # What came in since we were last here may stop it; then we are woken too.
                return None
            await self._uncut(self._attempt(found))
            return self._clock()
        if state is DeliveryState.DOUBTFUL and found.next_at is not None:
            await self._look(found)
            return self._clock()
        return None

    async def _uncut(self, attempt: object) -> None:
        """Wait for an attempt to end even while we are being cancelled."""
        task = asyncio.ensure_future(attempt)  # type: ignore[call-overload]
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            self._ending = True
            await asyncio.wait([task])
            raise

    async def _attempt(self, found: Delivery) -> None:
        async with self._session.uncut:
            if not self._session.open.is_set():
                # It closed while we waited. The session wakes us when it is back.
                return
            began = await self._store.write(sending.begin, found.id, self._clock())
            if began is None:
                return
            came = await self._ask(began)
        await self._write_down(began.id, came)

    async def _ask(self, began: Delivery) -> _Outcome:
        """Send it once; what that came to."""
        try:
            receipt = await self._session.connector.send(began.outgoing, began.key)
        except Unreachable as error:
            next_at = self._clock() + backoff(min(began.tries, 6))
            return _Outcome(DeliveryEvent.NOT_LEFT, "not reached", error.words, next_at=next_at)
        except NotYet as error:
            return _Outcome(DeliveryEvent.NOT_LEFT, "not yet", error.words, awaits=True)
        except SlowDown as error:
            return _Outcome(DeliveryEvent.NOT_LEFT, "asked to wait", error.words, error.until)
        except Unauthorised as error:
            self._session.key_refused(error)
            return _Outcome(DeliveryEvent.NOT_LEFT, "sign in again", error.words)
        except Refused as error:
            return _Outcome(DeliveryEvent.REJECTED, "refused", error.words)
        except Doubtful as error:
            return self._unsure(error.words)
        except Exception as error:
            log.exception("delivery %d: the connector failed while sending", began.id)
            return self._unsure(f"Greenroom stumbled while sending ({type(error).__name__}).")
        return _Outcome(DeliveryEvent.ACCEPTED, "sent", "", receipt=receipt)

    async def _write_down(self, delivery_id: int, came: _Outcome) -> None:
        """Write an outcome down, however long the disk refuses it: it is known only here.

        A process that ends before the disk takes it leaves `sending` behind, which is looked for
        on the network at the next start.
        """
        failures = 0
        while True:
            try:
                await self._store.write(_settle, delivery_id, came, "send", self._clock())
                return
            except StoreError as error:
                failures += 1
                log.error("delivery %d: its outcome is not on disk: %s", delivery_id, error.words)
                if self._ending:
                    return
                await asyncio.sleep(backoff(failures).total_seconds())

    def _unsure(self, words: str) -> _Outcome:
        return _Outcome(DeliveryEvent.UNSURE, "unknown", words, next_at=self._clock())

    async def _look(self, found: Delivery) -> None:
        claimed = await self._store.read(deliveries.claimed, self._session.setup.name, found.id)
        hello = self._session.connector.hello
        if hello is not None and Capability.FIND_SENT not in hello.can:
            why = hello.cannot.get(Capability.FIND_SENT, "")
            answer: Found | ConnectorError = CannotTell(words=why)
        else:
            try:
                answer = await self._session.connector.find_sent(
                    found.outgoing,
                    found.key,
                    tried_at=found.tried_at or found.created_at,
                    claimed=claimed,
                )
            except ConnectorError as error:
                answer = error
            except Exception as error:
                log.exception("delivery %d: the connector failed while looking", found.id)
                answer = ConnectorError(f"Greenroom stumbled ({type(error).__name__}).")
        await self._store.write(
            _settle, found.id, self._read_answer(found, answer), "look", self._clock()
        )

    def _read_answer(self, found: Delivery, answer: Found | ConnectorError) -> _Outcome:
        now = self._clock()
        match answer:
            case Receipt():
                return _Outcome(DeliveryEvent.FOUND, "found", "", receipt=answer)
            case NotSent():
                return _Outcome(DeliveryEvent.PROVED_UNSENT, "not there", answer.words)
            case CannotTell():
                again = answer.again_at if found.looks < LOOKS else None
                words = f"{answer.words} " if answer.words else ""
                return _Outcome(
                    None,
                    "can't tell",
                    answer.words if again else words + _NOBODY_KNOWS,
                    next_at=again,
                )
            case SlowDown():
                return _Outcome(None, "asked to wait", answer.words, next_at=answer.until)
            case Unauthorised():
                self._session.key_refused(answer)
                return _Outcome(None, "sign in again", answer.words, next_at=now)
            case Refused():
                return _Outcome(None, "can't tell", f"{answer.words} {_NOBODY_KNOWS}")
        return _Outcome(None, "not reached", answer.words, next_at=now + LOOK_AGAIN)


def _settle(work: Work, delivery_id: int, came: _Outcome, what: str, now: datetime) -> None:
    """Write down what came of an attempt or a look, with all that follows from it."""
    receipt = came.receipt.remote_id if came.receipt is not None else None
    deliveries.note_attempt(work, delivery_id, now, what, came.outcome, came.words, receipt=receipt)
    if came.event is None:
        deliveries.looked(work, delivery_id, came.words, came.next_at)
    else:
        try:
            deliveries.move(
                work,
                delivery_id,
                came.event,
                now,
                words=came.words,
                next_at=came.next_at,
                receipt=came.receipt,
                awaits=came.awaits,
            )
        except Impossible as error:
            # A person settled it while we looked; what the network said stays in the attempts.
            log.info("delivery %d: %s", delivery_id, error)
    handoffs.settle_acknowledgement(work, deliveries.delivery(work, delivery_id))
