"""The ledger: every delivery with all that was tried and wanted for it. Nothing disappears here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.desk.model import Attempt, Delivery
from console.desk.withdrawal import Withdrawal
from console.store import withdrawals
from console.store.connection import Work, among
from console.store.deliveries import COLUMNS, delivery_from
from console.store.moments import from_ms, to_ms

_OPEN = (
    "SELECT id FROM deliveries WHERE state IN ('held', 'due', 'sending', 'doubtful') "
    "UNION SELECT delivery_id FROM withdrawals WHERE state = 'asked'"
)
_SINCE = (
    " UNION SELECT id FROM deliveries WHERE settled_at >= :since "
    "UNION SELECT delivery_id FROM attempts WHERE at >= :since "
    "UNION SELECT delivery_id FROM withdrawals WHERE asked_at >= :since"
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A delivery with whom it is for, everything that was tried, and what a person wants done to
    it now that it has left."""

    delivery: Delivery
    contact_name: str
    handle: str
    network: str
    attempts: tuple[Attempt, ...]
    withdrawals: tuple[Withdrawal, ...] = ()

    @property
    def settled(self) -> bool:
        """True when nothing will happen to it any more unless a person asks."""
        return self.delivery.state.settled and not any(wish.pending for wish in self.withdrawals)


def outbox(work: Work, since: datetime | None) -> tuple[OutboxRow, ...]:
    """What isn't settled, oldest first; with a moment also everything that moved since then."""
    wanted = _OPEN if since is None else _OPEN + _SINCE
    rows = work.all(
        f"SELECT {COLUMNS}, c.name, CASE WHEN d.account = t.account THEN p.handle END, "
        "COALESCE(a.network, '?') FROM deliveries d "
        "JOIN threads t ON t.id = d.thread_id JOIN contacts c ON c.id = t.contact_id "
        "JOIN addresses p ON p.id = t.address_id LEFT JOIN accounts a ON a.name = d.account "
        f"WHERE d.id IN ({wanted}) ORDER BY d.id",
        {} if since is None else {"since": to_ms(since)},
    )
    ids = [row[0] for row in rows]
    tried = attempts_of(work, ids)
    wishes = withdrawals.of_deliveries(work, ids)
    found = []
    for row in rows:
        delivery, (name, handle, network) = delivery_from(row[:-3]), row[-3:]
        found.append(
            OutboxRow(
                delivery,
                name,
                handle or delivery.outgoing.to.handle,
                network,
                tried.get(delivery.id, ()),
                wishes.get(delivery.id, ()),
            )
        )
    return tuple(found)


def attempts_of(work: Work, ids: Sequence[int]) -> dict[int, tuple[Attempt, ...]]:
    """What was asked of the network for these deliveries, and what it said; oldest first."""
    names, params = among("d", ids)
    tried: dict[int, list[Attempt]] = {}
    for delivery_id, at, what, outcome, words, receipt in work.all(
        "SELECT delivery_id, at, what, outcome, words, receipt FROM attempts "
        f"WHERE delivery_id IN {names} ORDER BY id",
        params,
    ):
        tried.setdefault(delivery_id, []).append(
            Attempt(at=from_ms(at), what=what, outcome=outcome, words=words, receipt=receipt)
        )
    return {delivery_id: tuple(found) for delivery_id, found in tried.items()}
