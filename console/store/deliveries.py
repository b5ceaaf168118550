"""Deliveries: words committed to be sent, each move of theirs written down before it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.contract import Outgoing, Receipt
from console.desk.delivery import DeliveryEvent, after
from console.desk.model import Delivery, DeliveryState, Leg, Seen
from console.store import echoes, lanes, routes
from console.store.connection import Work
from console.store.echoes import Echo
from console.store.errors import NotThere
from console.store.moments import (
    from_ms,
    maybe_from_ms,
    maybe_ms,
    outgoing_from,
    outgoing_json,
    to_ms,
)
from console.store.threads import recount, refresh_preview

COLUMNS = (
    "d.id, d.key, d.thread_id, d.account, d.state, d.outgoing, d.created_at, d.held_until, "
    "d.next_at, d.tried_at, d.tries, d.looks, d.words, d.handoff_id, d.leg, d.remote_id, d.url, "
    "d.settled_at, d.message_id, d.waits_for, d.base, d.seen_revision, d.author, d.approved_by, "
    "d.template, d.draft_key, d.cooling, d.awaits"
)


def delivery_from(row: tuple[Any, ...]) -> Delivery:
    """A delivery from a row that begins with `COLUMNS`."""
    return Delivery(
        id=row[0],
        key=row[1],
        thread_id=row[2],
        account=row[3],
        state=DeliveryState(row[4]),
        outgoing=outgoing_from(row[5]),
        created_at=from_ms(row[6]),
        held_until=from_ms(row[7]),
        next_at=maybe_from_ms(row[8]),
        tried_at=maybe_from_ms(row[9]),
        tries=row[10],
        looks=row[11],
        words=row[12],
        handoff_id=row[13],
        leg=Leg(row[14]) if row[14] else None,
        remote_id=row[15],
        url=row[16],
        settled_at=maybe_from_ms(row[17]),
        message_id=row[18],
        waits_for=row[19],
        seen=Seen(row[20], row[21]),
        author=row[22],
        approved_by=row[23],
        template=row[24],
        draft_key=row[25],
        cooling=bool(row[26]),
        awaits=bool(row[27]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What a delivery is made from. `key` is unique and stays the same at every attempt."""

    key: str
    thread_id: int
    account: str
    outgoing: Outgoing
    author: str
    agent: str
    """The name that the local echo carries."""
    template: str | None
    seen: Seen
    held_until: datetime
    approved_by: str = ""
    draft_key: str | None = None
    cooling: bool = False
    handoff_id: int | None = None
    leg: Leg | None = None
    waits_for: int | None = None


def commit(work: Work, made: Commitment, now: datetime) -> int:
    """Write a delivery down as `held`, with its local echo in the thread; its id."""
    # Networks' clocks and ours differ: an answer always stands after what it answers.
    newest = work.value(
        "SELECT MAX(at) FROM messages WHERE thread_id = :id", {"id": made.thread_id}
    )
    at = max(to_ms(now), (newest or 0) + 1)
    echo = Echo(made.thread_id, made.account, made.outgoing, made.agent, at)
    message_id = echoes.write(work, echo)
    delivery_id = work.add(
        "INSERT INTO deliveries (key, thread_id, account, state, outgoing, template, base, "
        "seen_revision, author, approved_by, draft_key, cooling, created_at, held_until, "
        "handoff_id, leg, waits_for, message_id) VALUES (:key, :thread_id, :account, :state, "
        ":outgoing, :template, :base, :seen_revision, :author, :approved_by, :draft_key, "
        ":cooling, :now, :held_until, :handoff_id, :leg, :waits_for, :message_id)",
        {
            "key": made.key,
            "thread_id": made.thread_id,
            "account": made.account,
            "state": DeliveryState.HELD.value,
            "outgoing": outgoing_json(made.outgoing),
            "template": made.template,
            "base": made.seen.message,
            "seen_revision": made.seen.revision,
            "author": made.author,
            "approved_by": made.approved_by,
            "draft_key": made.draft_key,
            "cooling": int(made.cooling),
            "now": to_ms(now),
            "held_until": to_ms(made.held_until),
            "handoff_id": made.handoff_id,
            "leg": made.leg.value if made.leg else None,
            "waits_for": made.waits_for,
            "message_id": message_id,
        },
    )
    echoes.bind(work, message_id, delivery_id)
    refresh_preview(work, made.thread_id)
    recount(work, made.thread_id)
    return delivery_id


def delivery(work: Work, delivery_id: int) -> Delivery:
    """One delivery. Raises `NotThere`."""
    row = work.one(f"SELECT {COLUMNS} FROM deliveries d WHERE d.id = :id", {"id": delivery_id})
    if row is None:
        raise NotThere(f"There is no delivery {delivery_id}.")
    return delivery_from(row)


def open_deliveries(work: Work) -> tuple[Delivery, ...]:
    """The outbox: every delivery that isn't settled, oldest first."""
    return tuple(
        delivery_from(row)
        for row in work.all(
            f"SELECT {COLUMNS} FROM deliveries d "
            "WHERE d.state IN ('held', 'due', 'sending', 'doubtful') ORDER BY d.id"
        )
    )


def deliveries_of(work: Work, thread_id: int) -> tuple[Delivery, ...]:
    """The deliveries of a thread that have something to say: on their way, doubtful, refused."""
    return tuple(
        delivery_from(row)
        for row in work.all(
            f"SELECT {COLUMNS} FROM deliveries d WHERE d.thread_id = :id "
            "AND d.state NOT IN ('recalled', 'sent') ORDER BY d.id",
            {"id": thread_id},
        )
    )


def legs(work: Work, handoff_id: int) -> tuple[Delivery, ...]:
    """The deliveries of a handoff, the private one first."""
    return tuple(
        delivery_from(row)
        for row in work.all(
            f"SELECT {COLUMNS} FROM deliveries d WHERE d.handoff_id = :id ORDER BY d.id",
            {"id": handoff_id},
        )
    )


def claimed(work: Work, account: str, but: int) -> frozenset[str]:
    """The remote ids that a delivery can't have: other deliveries count them as theirs, or they
    were heard before it was committed (the same words, said with another app)."""
    return frozenset(
        row[0]
        for row in work.all(
            "SELECT remote_id FROM deliveries WHERE remote_id IS NOT NULL AND account = :account "
            "AND id <> :but "
            "UNION SELECT heard.remote_id FROM deliveries mine "
            "JOIN messages echo ON echo.thread_id = mine.thread_id AND echo.delivery_id = mine.id "
            "JOIN threads here ON here.id = mine.thread_id "
            "JOIN threads theirs ON theirs.address_id = here.address_id "
            "JOIN messages heard ON heard.thread_id = theirs.id "
            "WHERE mine.id = :but AND heard.ours = 1 AND heard.delivery_id IS NULL "
            "AND heard.remote_id IS NOT NULL AND heard.id < echo.id",
            {"account": account, "but": but},
        )
    )


# --- moves -----------------------------------------------------------------------------------


def move(
    work: Work,
    delivery_id: int,
    event: DeliveryEvent,
    now: datetime,
    *,
    words: str = "",
    next_at: datetime | None = None,
    receipt: Receipt | None = None,
    awaits: bool = False,
) -> Delivery:
    """Move a delivery as the table says. Raises `Impossible` and `NotThere`.

    What follows from the move is done in the same transaction: a receipt merges our own post with
    the local echo, a recalled echo disappears, and the thread's waiting time is worked out anew.
    """
    before = delivery(work, delivery_id)
    state = after(before.state, event)
    settled = state.settled and not before.state.settled
    work.do(
        "UPDATE deliveries SET state = :state, words = :words, next_at = :next_at, "
        "awaits = :awaits, tried_at = CASE WHEN :begin = 1 THEN :now ELSE tried_at END, "
        "tries = tries + :begin, "
        "settled_at = CASE WHEN :settled = 1 THEN :now WHEN :open = 1 THEN NULL "
        "ELSE settled_at END WHERE id = :id",
        {
            "state": state.value,
            "words": words,
            "next_at": maybe_ms(next_at),
            "awaits": int(awaits),
            "begin": int(event is DeliveryEvent.BEGIN),
            "now": to_ms(now),
            "settled": int(settled),
            "open": int(not state.settled),
            "id": delivery_id,
        },
    )
    if receipt is not None:
        _merge(work, before, receipt)
    if state is DeliveryState.RECALLED and before.state is not DeliveryState.RECALLED:
        echo = echoes.of(work, before)
        if echo is not None:
            echoes.erase(work, echo)
    if {before.state, state} & {
        DeliveryState.REFUSED,
        DeliveryState.RECALLED,
    } and state is not before.state:
        recount(work, before.thread_id)
        refresh_preview(work, before.thread_id)
    work.touch(before.thread_id)
    return delivery(work, delivery_id)


def looked(work: Work, delivery_id: int, words: str, next_at: datetime | None) -> None:
    """A look for a doubtful delivery told nothing. `next_at` None: no further look by itself."""
    work.do(
        "UPDATE deliveries SET looks = looks + 1, words = :words, next_at = :next_at "
        "WHERE id = :id",
        {"words": words, "next_at": maybe_ms(next_at), "id": delivery_id},
    )
    work.touch(delivery(work, delivery_id).thread_id)


def note_attempt(
    work: Work,
    delivery_id: int,
    at: datetime,
    what: str,
    outcome: str,
    words: str,
    *,
    receipt: str | None = None,
) -> None:
    """Keep what was asked of the network and what it said, with the id that it gave."""
    work.do(
        "INSERT INTO attempts (delivery_id, at, what, outcome, words, receipt) "
        "VALUES (:delivery_id, :at, :what, :outcome, :words, :receipt)",
        {"delivery_id": delivery_id, "at": to_ms(at), "what": what, "outcome": outcome,
         "words": words, "receipt": receipt},
    )  # fmt: skip


def reword(work: Work, delivery_id: int, text: str, *, invites: str | None = None) -> None:
    """Give a delivery that has not left other words, in its echo too. `invites`: the key of the
    private delivery that waits for the customer whom the words invite."""
    found = delivery(work, delivery_id)
    outgoing = replace(found.outgoing, text=text, invites=invites)
    if outgoing == found.outgoing:
        return
    work.do(
        "UPDATE deliveries SET outgoing = :outgoing WHERE id = :id",
        {"outgoing": outgoing_json(outgoing), "id": delivery_id},
    )
    echoes.reword(work, found.message_id, text)
    refresh_preview(work, found.thread_id)
    work.touch(found.thread_id)


def awaited(work: Work, delivery_id: int) -> None:
    """The customer whom it waited for has begun: it may leave now."""
    work.do(
        "UPDATE deliveries SET awaits = 0, words = '', next_at = NULL WHERE id = :id",
        {"id": delivery_id},
    )


def let_go(work: Work, delivery_id: int) -> None:
    """It waits for no other delivery any more."""
    work.do("UPDATE deliveries SET waits_for = NULL WHERE id = :id", {"id": delivery_id})


def wait_for(work: Work, delivery_id: int, other: int) -> None:
    """It leaves only when the other's outcome is known."""
    work.do(
        "UPDATE deliveries SET waits_for = :other WHERE id = :id",
        {"other": other, "id": delivery_id},
    )


def doubt_all_sending(work: Work, words: str, now: datetime) -> tuple[int, ...]:
    """On start: every delivery that was under way may or may not have arrived. Their ids."""
    found = [
        row[0] for row in work.all("SELECT id FROM deliveries WHERE state = 'sending' ORDER BY id")
    ]
    for delivery_id in found:
        move(work, delivery_id, DeliveryEvent.RESTARTED, now, words=words, next_at=now)
        note_attempt(work, delivery_id, now, "send", "unknown", words)
    return tuple(found)


def become(work: Work, before: Delivery, receipt: Receipt) -> int:
    """The post is known by another id now; the message that shows it. It may have come back under
    it in the stream before its receipt: one message is enough."""
    echo = echoes.of(work, before)
    twin: int | None = work.value(
        "SELECT id FROM messages WHERE remote_id = :remote_id AND account = :account "
        "AND id <> :echo",
        {"remote_id": receipt.remote_id, "account": before.account, "echo": echo or 0},
    )
    if echo is None:
        # It was taken back, and stands there all the same.
        echo = twin or echoes.write(work, _echo_again(before, receipt))
        echoes.bind(work, echo, before.id)
        work.do(
            "UPDATE deliveries SET message_id = :echo WHERE id = :id",
            {"echo": echo, "id": before.id},
        )
    elif twin is not None:
        work.do(
            "UPDATE messages SET extras = (SELECT extras FROM messages WHERE id = :twin) "
            "WHERE id = :echo",
            {"twin": twin, "echo": echo},
        )
        echoes.erase(work, twin)
    lanes.renamed(work, before.thread_id, before.remote_id, receipt.remote_id)
    names = {"remote_id": receipt.remote_id, "url": receipt.url}
    work.do(
        "UPDATE deliveries SET remote_id = :remote_id, url = :url WHERE id = :id",
        {**names, "id": before.id},
    )
    work.do(
        "UPDATE messages SET remote_id = :remote_id, url = :url WHERE id = :id",
        {**names, "id": echo},
    )
    return echo


def _echo_again(before: Delivery, receipt: Receipt) -> Echo:
    author = before.approved_by or before.author
    return Echo(before.thread_id, before.account, before.outgoing, author, to_ms(receipt.at))


def _merge(work: Work, before: Delivery, receipt: Receipt) -> None:
    """The echo is what stands on the network: under its id, at its moment."""
    echo = become(work, before, receipt)
    work.do("UPDATE messages SET at = :at WHERE id = :id", {"at": to_ms(receipt.at), "id": echo})
    bind_lane(work, before, receipt)
    refresh_preview(work, before.thread_id)
    recount(work, before.thread_id)


def bind_lane(work: Work, before: Delivery, receipt: Receipt) -> None:
    """A private message that opened a lane binds it to the conversation it opened."""
    outgoing = before.outgoing
    work.do(
        "INSERT INTO lanes (thread_id, lane, account, conversation, reply_to, audience, warning, "
        "url, address_id) VALUES (:thread_id, :lane, :account, :conversation, :reply_to, "
        ":audience, :warning, :url, :address_id) ON CONFLICT (thread_id, lane) DO UPDATE SET "
        "conversation = COALESCE(lanes.conversation, excluded.conversation) "
        "WHERE lanes.account = excluded.account",
        {
            "address_id": routes.address_id(
                work, before.thread_id, before.account, outgoing.to.remote_id
            ),
            "thread_id": before.thread_id,
            "lane": outgoing.lane.value,
            "account": before.account,
            "conversation": receipt.conversation,
            "reply_to": receipt.remote_id,
            "audience": outgoing.audience.value,
            "warning": outgoing.warning,
            "url": receipt.url,
        },
    )
