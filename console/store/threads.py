"""Threads: the lists that the inbox shows, and what a person does to a thread.

Every thread lies in one of four piles, kept in a column so that each list is one walk along an
index: it needs us, it is the customer's turn, it is snoozed, it is done.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from connectors.contract import Address, Audience, Lane
from console.desk.model import Contact, DeliveryState, LaneState, Note, ThreadRow, ThreadState
from console.store import routes
from console.store.connection import Work, among
from console.store.errors import NotThere
from console.store.moments import extras_from, from_ms, maybe_from_ms, preview, to_ms


class Pile(IntEnum):
    """Where a thread lies, as the database numbers it."""

    NEEDS_US = 0
    WAITING = 1
    SNOOZED = 2
    DONE = 3


class View(StrEnum):
    """The lists a person can look at."""

    INBOX = "inbox"
    WAITING = "waiting"
    """It is the customer's turn."""
    SNOOZED = "snoozed"
    DONE = "done"
    ALL = "all"


class Order(StrEnum):
    """How a list is ordered."""

    LONGEST = "waiting longest first"
    NEWEST = "newest first"


_PILE = {
    View.INBOX: Pile.NEEDS_US,
    View.WAITING: Pile.WAITING,
    View.SNOOZED: Pile.SNOOZED,
    View.DONE: Pile.DONE,
}

# The delivery that a row speaks of: the most pressing one.
_OUTBOX = """(SELECT state FROM deliveries d WHERE d.thread_id = t.id
     AND (d.state IN ('held', 'due', 'sending', 'doubtful')
          OR (d.state = 'refused' AND d.settled_at >= t.last_at))
     ORDER BY CASE d.state WHEN 'doubtful' THEN 0 WHEN 'refused' THEN 1 WHEN 'sending' THEN 2
                           WHEN 'due' THEN 3 ELSE 4 END LIMIT 1)"""
_ROW = f"""
    SELECT t.id, t.account, a.network, t.contact_id, c.name, p.handle, t.last_lane, t.state,
           t.waiting_since, t.last_at, t.preview, t.last_ours, t.unread, t.severity,
           (SELECT GROUP_CONCAT(tag, char(10)) FROM thread_tags g WHERE g.thread_id = t.id),
           t.snoozed_until,
           EXISTS (SELECT 1 FROM drafts r WHERE r.thread_id = t.id AND r.discarded_at IS NULL),
           {_OUTBOX}, t.heated
    FROM threads t
    JOIN contacts c ON c.id = t.contact_id
    JOIN addresses p ON p.id = t.address_id
    LEFT JOIN accounts a ON a.name = t.account
"""


def pile_of(state: str, waiting_since: int | None) -> Pile:
    """The pile that follows from a thread's state and whose turn it is."""
    if state == ThreadState.DONE.value:
        return Pile.DONE
    if state == ThreadState.SNOOZED.value:
        return Pile.SNOOZED
    return Pile.WAITING if waiting_since is None else Pile.NEEDS_US


def thread_ids(work: Work, view: View, order: Order, limit: int | None = None) -> array[int]:
    """The ids of a list, in order. With a limit, only its first ones."""
    column, direction = ("since", "ASC") if order is Order.LONGEST else ("last_at", "DESC")
    where = "" if view is View.ALL else "WHERE pile = :pile "
    sql = f"SELECT id FROM threads {where}ORDER BY {column} {direction}, id {direction}"
    params: dict[str, object] = {} if view is View.ALL else {"pile": _PILE[view].value}
    if limit is not None:
        sql += " LIMIT :limit"
        params["limit"] = limit
    return array("q", (row[0] for row in work.all(sql, params)))


def view_of(row: ThreadRow) -> View:
    """The list that a thread belongs to."""
    if row.state is ThreadState.DONE:
        return View.DONE
    if row.state is ThreadState.SNOOZED:
        return View.SNOOZED
    return View.WAITING if row.waiting_since is None else View.INBOX


def thread_rows(work: Work, ids: Sequence[int]) -> dict[int, ThreadRow]:
    """The rows of these threads, by id; those that don't exist are left out."""
    names, params = among("t", ids)
    return {row[0]: _row(row) for row in work.all(f"{_ROW} WHERE t.id IN {names}", params)}


def rows_of_contact(work: Work, contact_id: int, but: int, limit: int) -> tuple[ThreadRow, ...]:
    """A person's other threads, newest first."""
    return tuple(
        _row(row)
        for row in work.all(
            f"{_ROW} WHERE t.contact_id = :contact AND t.id <> :but "
            "ORDER BY t.last_at DESC LIMIT :limit",
            {"contact": contact_id, "but": but, "limit": limit},
        )
    )


def _row(row: tuple[object, ...]) -> ThreadRow:
    (
        id_, account, network, contact_id, name, handle, lane, state, waiting, last_at, preview,
        last_ours, unread, severity, tags, snoozed, has_draft, outbox, heated,
    ) = row  # fmt: skip
    return ThreadRow(
        id=id_,  # type: ignore[arg-type]
        account=account,  # type: ignore[arg-type]
        network=network or "?",  # type: ignore[arg-type]
        contact_id=contact_id,  # type: ignore[arg-type]
        contact_name=name,  # type: ignore[arg-type]
        handle=handle,  # type: ignore[arg-type]
        lane=Lane(lane),  # type: ignore[arg-type]
        state=ThreadState(state),  # type: ignore[arg-type]
        waiting_since=maybe_from_ms(waiting),  # type: ignore[arg-type]
        last_at=from_ms(last_at),  # type: ignore[arg-type]
        preview=preview,  # type: ignore[arg-type]
        last_ours=bool(last_ours),
        unread=unread,  # type: ignore[arg-type]
        severity=severity,  # type: ignore[arg-type]
        tags=tuple(sorted(str(tags).split("\n"))) if tags else (),
        snoozed_until=maybe_from_ms(snoozed),  # type: ignore[arg-type]
        has_draft=bool(has_draft),
        outbox=DeliveryState(outbox) if outbox else None,  # type: ignore[arg-type]
        heated=bool(heated),
    )


# --- keeping a row true ----------------------------------------------------------------------


def recount(work: Work, thread_id: int) -> None:
    """Work out anew since when the customer waits, and so the pile.

    They wait since their first message after our last one that stands or is on its way. A refused
    or recalled answer is no answer.
    """
    row = work.one(
        "SELECT state, last_at, waiting_on FROM (SELECT state, last_at, "
        "(SELECT MAX(m.at) FROM messages m LEFT JOIN deliveries d ON d.id = m.delivery_id "
        "  WHERE m.thread_id = t.id AND m.ours = 1 AND m.deleted_at IS NULL "
        "  AND (d.id IS NULL OR d.state NOT IN ('refused', 'recalled'))) AS waiting_on "
        "FROM threads t WHERE id = :id) AS found",
        {"id": thread_id},
    )
    if row is None:
        return
    state, last_at, answered = row
    waiting: int | None = work.value(
        "SELECT MIN(at) FROM messages WHERE thread_id = :id AND ours = 0 AND deleted_at IS NULL "
        "AND at > :answered",
        {"id": thread_id, "answered": -1 if answered is None else answered},
    )
    work.do(
        "UPDATE threads SET waiting_since = :waiting, pile = :pile, since = :since WHERE id = :id",
        {
            "waiting": waiting,
            "pile": pile_of(state, waiting).value,
            "since": waiting if waiting is not None else last_at,
            "id": thread_id,
        },
    )
    work.touch(thread_id)


def refresh_preview(work: Work, thread_id: int) -> None:
    """Take the last words anew from the newest message that still stands."""
    row = work.one(
        "SELECT at, lane, ours, text, extras FROM messages WHERE thread_id = :id "
        "AND deleted_at IS NULL ORDER BY at DESC, id DESC LIMIT 1",
        {"id": thread_id},
    )
    if row is None:
        work.do(
            "UPDATE threads SET preview = :words WHERE id = :id",
            {"words": "(deleted by its author)", "id": thread_id},
        )
        return
    at, lane, ours, text, extras = row
    work.do(
        "UPDATE threads SET last_at = :at, last_lane = :lane, last_ours = :ours, "
        "preview = :preview WHERE id = :id",
        {
            "at": at,
            "lane": lane,
            "ours": ours,
            "preview": preview(text, extras_from(extras).attachments),
            "id": thread_id,
        },
    )


# --- what a person does ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What a change of state may put back: enough to undo it."""

    thread_id: int
    state: str
    snoozed_until: int | None
    waiting_since: int | None


def standing(work: Work, ids: Iterable[int]) -> list[Standing]:
    """How these threads stand now."""
    names, params = among("t", list(ids))
    return [
        Standing(*row)
        for row in work.all(
            f"SELECT id, state, snoozed_until, waiting_since FROM threads WHERE id IN {names}",
            params,
        )
    ]


def newest(work: Work, thread_id: int) -> int:
    """The customer's message that came in last; 0 where there is none."""
    found: int | None = work.value(
        "SELECT MAX(id) FROM messages WHERE thread_id = :id AND ours = 0", {"id": thread_id}
    )
    return found or 0


def stand(work: Work, wanted: Iterable[Standing]) -> None:
    """Put threads where they are wanted."""
    for item in wanted:
        work.do(
            "UPDATE threads SET state = :state, snoozed_until = :snoozed, "
            "waiting_since = :waiting, pile = :pile, since = COALESCE(:waiting, last_at) "
            "WHERE id = :id",
            {
                "state": item.state,
                "snoozed": item.snoozed_until,
                "waiting": item.waiting_since,
                "pile": pile_of(item.state, item.waiting_since).value,
                "id": item.thread_id,
            },
        )
        work.touch(item.thread_id)


def wake(work: Work, now: datetime) -> list[int]:
    """Put threads whose snooze is over back into the inbox; their ids."""
    rows = work.all(
        "SELECT id FROM threads WHERE snoozed_until IS NOT NULL AND snoozed_until <= :now "
        "AND state = :state",
        {"now": to_ms(now), "state": ThreadState.SNOOZED.value},
    )
    for (thread_id,) in rows:
        work.do(
            "UPDATE threads SET state = :state, snoozed_until = NULL WHERE id = :id",
            {"state": ThreadState.OPEN.value, "id": thread_id},
        )
        recount(work, thread_id)
    return [row[0] for row in rows]


def mark_read(work: Work, thread_id: int) -> None:
    """Nothing in this thread is unread any more."""
    if work.do("UPDATE threads SET unread = 0 WHERE id = :id AND unread > 0", {"id": thread_id}):
        work.touch(thread_id)


def set_severity(work: Work, thread_id: int, severity: int) -> int:
    """Set how bad it is, 0 to 3; what it was. Raises `NotThere`."""
    before: int | None = work.value(
        "SELECT severity FROM threads WHERE id = :id", {"id": thread_id}
    )
    if before is None:
        raise NotThere(f"There is no thread {thread_id}.")
    work.do(
        "UPDATE threads SET severity = :severity WHERE id = :id",
        {"severity": severity, "id": thread_id},
    )
    work.touch(thread_id)
    return before


def set_tag(work: Work, thread_id: int, tag: str, *, on: bool) -> bool:
    """Put a tag on or take it off; False when it was so already."""
    params = {"id": thread_id, "tag": tag}
    changed = (
        work.do("INSERT INTO thread_tags VALUES (:id, :tag) ON CONFLICT DO NOTHING", params)
        if on
        else work.do("DELETE FROM thread_tags WHERE thread_id = :id AND tag = :tag", params)
    )
    if changed:
        work.touch(thread_id)
    return bool(changed)


# --- what belongs to a thread ----------------------------------------------------------------


def lanes_of(work: Work, thread_id: int) -> tuple[LaneState, ...]:
    """How the lanes of a thread are bound, the public one first."""
    elsewhere = routes.of_lanes(work, thread_id)
    return tuple(
        LaneState(
            lane=Lane(lane),
            conversation=conversation,
            reply_to=reply_to,
            audience=Audience(audience),
            url=url,
            warning=warning,
            route=elsewhere.get(Lane(lane)),
        )
        for lane, conversation, reply_to, audience, url, warning, address_id in work.all(
            "SELECT lane, conversation, reply_to, audience, url, warning, address_id FROM lanes "
            "WHERE thread_id = :id ORDER BY lane DESC",
            {"id": thread_id},
        )
        # Where the address is somebody else's, nothing of it is this thread's.
        if address_id is None or Lane(lane) in elsewhere
    )


def address_of(work: Work, thread_id: int) -> Address:
    """The address that a thread's customer wrote from. Raises `NotThere`."""
    row = work.one(
        "SELECT a.remote_id, a.handle, a.name, a.url, a.language, a.automated FROM threads t "
        "JOIN addresses a ON a.id = t.address_id WHERE t.id = :id",
        {"id": thread_id},
    )
    if row is None:
        raise NotThere(f"There is no thread {thread_id}.")
    return _address(row)


def contact(work: Work, contact_id: int) -> Contact:
    """A person with all their addresses. Raises `NotThere`."""
    row = work.one("SELECT id, name, language FROM contacts WHERE id = :id", {"id": contact_id})
    if row is None:
        raise NotThere(f"There is no contact {contact_id}.")
    return Contact(
        id=row[0],
        name=row[1],
        language=row[2],
        addresses=tuple(
            _address(found)
            for found in work.all(
                "SELECT remote_id, handle, name, url, language, automated FROM addresses "
                "WHERE contact_id = :id ORDER BY id",
                {"id": contact_id},
            )
        ),
    )


def _address(row: tuple[str, str, str, str | None, str | None, int]) -> Address:
    remote_id, handle, name, url, language, automated = row
    return Address(
        remote_id=remote_id,
        handle=handle,
        name=name,
        url=url,
        language=language,
        automated=bool(automated),
    )


def notes_of(work: Work, thread_id: int) -> tuple[Note, ...]:
    """The notes of a thread, oldest first."""
    return tuple(
        Note(id=id_, thread_id=thread_id, text=text, at=from_ms(at))
        for id_, text, at in work.all(
            "SELECT id, text, at FROM notes WHERE thread_id = :id AND removed_at IS NULL "
            "ORDER BY at, id",
            {"id": thread_id},
        )
    )
