"""Asks one account's network for the deletions and edits that a person wants.

Each try is counted on disk before the request leaves, and what came of it is written down after.
Asking twice changes nothing twice, so whatever isn't a clear yes or no is asked again later.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import NamedTuple

from connectors.contract import (
    Clock,
    ConnectorError,
    Reason,
    Receipt,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from console.desk.withdrawal import Withdrawal, WithdrawalKind
from console.engine.session import Session, backoff
from console.store import withdrawals
from console.store.connection import Store
from console.store.withdrawals import Asked

log = logging.getLogger(__name__)


class _Later(NamedTuple):
    """Not settled: what it is called, why, and when it is asked again."""

    outcome: str
    words: str
    next_at: datetime


class Withdrawing:
    """The wishes of one account."""

    def __init__(self, session: Session, store: Store, clock: Clock) -> None:
        self._session = session
        self._store = store
        self._clock = clock

    async def due(self) -> tuple[tuple[Withdrawal, ...], datetime | None]:
        """What can be asked now, and when there will be more."""
        pending = await self._store.read(withdrawals.pending_of, self._session.setup.name)
        if not self._session.open.is_set():
            # The session wakes us when it is back.
            return (), None
        now = self._clock()
        ready = tuple(wish for wish in pending if wish.next_at is None or wish.next_at <= now)
        moments = [wish.next_at for wish in pending if wish.next_at is not None]
        return ready, min((moment for moment in moments if moment > now), default=None)

    async def attempt(self, wish: Withdrawal) -> None:
        """Ask the network once, and write down what came of it."""
        asked = await self._store.write(withdrawals.begin, wish.id, self._clock())
        if asked is None:
            return
        try:
            receipt = await self._ask(asked)
        except Refused as error:
            gone = error.reason is Reason.GONE
            await self._store.write(
                withdrawals.refused, wish.id, error.words, self._clock(), gone=gone
            )
            return
        except ConnectorError as error:
            later = self._later(error, asked.wish.tries)
        except Exception as error:
            log.exception("wish %d: the connector failed", wish.id)
            later = _Later(
                outcome="unknown",
                words=f"Greenroom stumbled ({type(error).__name__}); it asks again.",
                next_at=self._clock() + backoff(min(asked.wish.tries, 6)),
            )
        else:
            await self._store.write(withdrawals.done, wish.id, receipt, self._clock())
            return
        await self._store.write(
            withdrawals.not_yet, wish.id, later.outcome, later.words, later.next_at, self._clock()
        )

    async def _ask(self, asked: Asked) -> Receipt | None:
        connector = self._session.connector
        async with self._session.uncut:
            if asked.wish.kind is WithdrawalKind.EDIT:
                return await connector.edit(asked.remote_id, asked.outgoing)
            await connector.delete(asked.remote_id)
        return None

    def _later(self, error: ConnectorError, tries: int) -> _Later:
        again = self._clock() + backoff(min(tries, 6))
        match error:
            case SlowDown():
                return _Later(outcome="asked to wait", words=error.words, next_at=error.until)
            case Unauthorised():
                self._session.key_refused(error)
                return _Later(outcome="sign in again", words=error.words, next_at=self._clock())
            case Unreachable():
                return _Later(outcome="not reached", words=error.words, next_at=again)
        return _Later(outcome="unknown", words=error.words, next_at=again)
