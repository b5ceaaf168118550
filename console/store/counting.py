"""How many there are: the numbers of the status line, each one walk along an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.store.connection import Work
from console.store.moments import to_ms
from console.store.threads import Pile


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many threads, drafts and deliveries there are of each kind."""

    needs_us: int
    due_soon: int
    waiting: int
    snoozed: int
    drafts: int
    leaving: int
    """Held, due or under way; not what waits for a customer."""
    doubtful: int
    ready: int = 0
    """Of the drafts, those that stand in the review deck."""
    stopped: int = 0
    """Of the drafts, those that came back from the outbox to be looked at again."""


def counts(work: Work, waited_since: datetime) -> Counts:
    """Count. Who has waited since before `waited_since` is due soon."""
    piles: dict[int, int] = dict(
        work.all("SELECT pile, COUNT(*) FROM threads WHERE pile < 3 GROUP BY pile")
    )
    states: dict[str, int] = dict(
        work.all(
            "SELECT state, COUNT(*) FROM deliveries "
            "WHERE state IN ('held', 'due', 'sending', 'doubtful') "
            "AND (awaits = 0 OR state <> 'due') GROUP BY state"
        )
    )
    written: tuple[int, int, int] = work.one(
        "SELECT COUNT(*), COUNT(ready_at), COUNT(CASE WHEN stopped <> '' THEN 1 END) FROM drafts "
        "WHERE discarded_at IS NULL"
    ) or (0, 0, 0)
    return Counts(
        needs_us=piles.get(Pile.NEEDS_US.value, 0),
        due_soon=work.value(
            "SELECT COUNT(*) FROM threads WHERE pile = 0 AND since <= :since",
            {"since": to_ms(waited_since)},
        ),
        waiting=piles.get(Pile.WAITING.value, 0),
        snoozed=piles.get(Pile.SNOOZED.value, 0),
        drafts=written[0],
        leaving=sum(states.get(state, 0) for state in ("held", "due", "sending")),
        doubtful=states.get("doubtful", 0),
        ready=written[1],
        stopped=written[2],
    )
