"""Finds threads and messages: words by full text, accents folded; everything else by filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from console.desk.model import ThreadState
from console.desk.query import Filters, Has, Is, Query
from console.store import dialect
from console.store.connection import Work, among
from console.store.moments import to_ms
from console.store.threads import Pile

SCANNED = 4_000
"""Matching messages looked at for one answer; the newest ones."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thread that fits, and the newest of its messages that does (None: the thread as such)."""

    thread_id: int
    message_id: int | None


class _Where:
    """Conditions and their parameters."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.params: dict[str, object] = {}

    def value(self, value: object) -> str:
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def within(self, values: Iterable[object]) -> str:
        names, params = among(f"w{len(self.params)}_", list(values))
        self.params.update(params)
        return names

    def sql(self) -> str:
        return " AND ".join(self.conditions) or "1 = 1"


def search(work: Work, query: Query, limit: int) -> tuple[Hit, ...]:
    """The threads that fit, the newest words first, each once."""
    if query.empty:
        return ()
    where = _Where()
    _filters(where, query.only, wanted=True)
    _filters(where, query.never, wanted=False)
    wanted, unwanted = dialect.matching(query)
    if not wanted:
        return _threads(work, query, where, unwanted, limit)
    hits = _messages(work, query, where, wanted, unwanted, limit)
    if query.only.senders or query.only.lanes or len(hits) >= limit:
        return hits
    seen = {hit.thread_id for hit in hits}
    noted = [hit for hit in _notes(work, query, where, limit) if hit.thread_id not in seen]
    return (*hits, *noted)[:limit]


def _messages(
    work: Work, query: Query, where: _Where, wanted: str, unwanted: str, limit: int
) -> tuple[Hit, ...]:
    match = f"({wanted}) NOT ({unwanted})" if unwanted else wanted
    conditions = [where.sql(), *_dates(where, query, "m.at"), "m.deleted_at IS NULL"]
    if query.only.lanes:
        conditions.append(f"m.lane IN {where.within(lane.value for lane in query.only.lanes)}")
    rows = work.all(
        "SELECT m.thread_id, m.id FROM messages_text f JOIN messages m ON m.id = f.rowid "
        "JOIN threads t ON t.id = m.thread_id LEFT JOIN accounts a ON a.name = t.account "
        f"WHERE messages_text MATCH :match AND {' AND '.join(conditions)} "
        "ORDER BY f.rowid DESC LIMIT :scanned",
        {**where.params, "match": match, "scanned": max(SCANNED, limit)},
    )
    newest: dict[int, int] = {}
    for thread_id, message_id in rows:
        newest.setdefault(thread_id, message_id)
    return tuple(Hit(*found) for found in list(newest.items())[:limit])


def _notes(work: Work, query: Query, where: _Where, limit: int) -> tuple[Hit, ...]:
    match = dialect.words_of(query)
    if not match:
        return ()
    conditions = [where.sql(), *_dates(where, query, "n.at")]
    rows = work.all(
        "SELECT n.thread_id FROM notes_text f JOIN notes n ON n.id = f.rowid "
        "JOIN threads t ON t.id = n.thread_id LEFT JOIN accounts a ON a.name = t.account "
        f"WHERE notes_text MATCH :match AND {' AND '.join(conditions)} "
        "ORDER BY f.rowid DESC LIMIT :limit",
        {**where.params, "match": match, "limit": limit},
    )
    return tuple(Hit(thread_id, None) for thread_id in dict.fromkeys(row[0] for row in rows))


def _threads(work: Work, query: Query, where: _Where, unwanted: str, limit: int) -> tuple[Hit, ...]:
    conditions = [where.sql(), *_dates(where, query, "t.last_at")]
    if query.only.lanes:
        lanes = where.within(lane.value for lane in query.only.lanes)
        conditions.append(f"EXISTS (SELECT 1 FROM lanes l WHERE l.thread_id = t.id "
                          f"AND l.lane IN {lanes})")  # fmt: skip
    if unwanted:
        conditions.append(
            "t.id NOT IN (SELECT m.thread_id FROM messages_text f "
            f"JOIN messages m ON m.id = f.rowid WHERE messages_text MATCH {where.value(unwanted)})"
        )
    rows = work.all(
        "SELECT t.id FROM threads t LEFT JOIN accounts a ON a.name = t.account "
        f"WHERE {' AND '.join(conditions)} ORDER BY t.last_at DESC, t.id DESC LIMIT :limit",
        {**where.params, "limit": limit},
    )
    return tuple(Hit(row[0], None) for row in rows)


def _filters(where: _Where, asked: Filters, *, wanted: bool) -> None:
    found: list[str] = []
    if asked.networks:
        found.append(f"COALESCE(a.network, '') IN {where.within(asked.networks)}")
    if asked.accounts:
        found.append(f"LOWER(t.account) IN {where.within(asked.accounts)}")
    if asked.tags:
        found.append(
            "EXISTS (SELECT 1 FROM thread_tags g WHERE g.thread_id = t.id "
            f"AND LOWER(g.tag) IN {where.within(asked.tags)})"
        )
    if asked.lanes and not wanted:
        lanes = where.within(lane.value for lane in asked.lanes)
        found.append(
            f"EXISTS (SELECT 1 FROM lanes l WHERE l.thread_id = t.id AND l.lane IN {lanes})"
        )
    found += [_state(where, state) for state in asked.states]
    found += [_HAS[having] for having in asked.having]
    where.conditions += [one if wanted else f"NOT ({one})" for one in found]


def _state(where: _Where, state: Is) -> str:
    match state:
        case Is.OPEN:
            return f"t.state = {where.value(ThreadState.OPEN.value)}"
        case Is.DONE:
            return f"t.pile = {where.value(Pile.DONE.value)}"
        case Is.SNOOZED:
            return f"t.pile = {where.value(Pile.SNOOZED.value)}"
        case Is.WAITING:
            return f"t.pile = {where.value(Pile.WAITING.value)}"
    return "t.unread > 0"


_HAS = {
    Has.DRAFT: "EXISTS (SELECT 1 FROM drafts r WHERE r.thread_id = t.id "
    "AND r.discarded_at IS NULL)",
    Has.NOTE: "EXISTS (SELECT 1 FROM notes n WHERE n.thread_id = t.id AND n.removed_at IS NULL)",
    Has.ATTACHMENT: "EXISTS (SELECT 1 FROM messages x WHERE x.thread_id = t.id "
    "AND x.extras IS NOT NULL AND x.extras NOT LIKE '[[],%')",
    Has.OUTBOX: "EXISTS (SELECT 1 FROM deliveries d WHERE d.thread_id = t.id "
    "AND d.state IN ('held', 'due', 'sending', 'doubtful', 'refused'))",
}


def _dates(where: _Where, query: Query, column: str) -> list[str]:
    found = []
    if query.since is not None:
        found.append(f"{column} >= {where.value(_midnight(query.since))}")
    if query.before is not None:
        found.append(f"{column} < {where.value(_midnight(query.before))}")
    return found


def _midnight(day: date) -> int:
    """The beginning of a day where this machine stands, in milliseconds."""
    return to_ms(datetime(day.year, day.month, day.day).astimezone())
