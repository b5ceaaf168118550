"""Wishes for words that have left: asked, tried, and what came of them, each step on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from connectors.contract import Outgoing, Receipt
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import Delivery, DeliveryState, Leg
from console.desk.withdrawal import (
    CannotWithdraw,
    Withdrawal,
    WithdrawalKind,
    WithdrawalState,
    why_not,
)
from console.store import deliveries, echoes, lanes
from console.store.connection import Work, among
from console.store.errors import NotThere
from console.store.moments import from_ms, maybe_from_ms, maybe_ms, to_ms
from console.store.threads import recount, refresh_preview

_COLUMNS = (
    "w.id, w.delivery_id, w.kind, w.state, w.was, w.text, w.author, w.asked_at, w.next_at, "
    "w.tries, w.words, w.settled_at"
)


REPLACED = "A newer wish took its place."


class Asked(NamedTuple):
    """A wish that is to be asked of the network, with all that asking takes."""

    wish: Withdrawal
    remote_id: str
    outgoing: Outgoing
    """What was sent, with the new words in it."""


def _withdrawal(row: tuple[Any, ...]) -> Withdrawal:
    return Withdrawal(
        id=row[0],
        delivery_id=row[1],
        kind=WithdrawalKind(row[2]),
        state=WithdrawalState(row[3]),
        was=row[4],
        text=row[5],
        author=row[6],
        asked_at=from_ms(row[7]),
        next_at=maybe_from_ms(row[8]),
        tries=row[9],
        words=row[10],
        settled_at=maybe_from_ms(row[11]),
    )


def withdrawal(work: Work, wish_id: int) -> Withdrawal:
    """One wish. Raises `NotThere`."""
    row = work.one(f"SELECT {_COLUMNS} FROM withdrawals w WHERE w.id = :id", {"id": wish_id})
    if row is None:
        raise NotThere(f"There is no wish {wish_id}.")
    return _withdrawal(row)


def of_deliveries(work: Work, ids: Sequence[int]) -> dict[int, tuple[Withdrawal, ...]]:
    """The wishes for these deliveries, oldest first, with those that were dropped."""
    names, params = among("d", ids)
    found: dict[int, tuple[Withdrawal, ...]] = {}
    for row in work.all(
        f"SELECT {_COLUMNS} FROM withdrawals w WHERE w.delivery_id IN {names} ORDER BY w.id",
        params,
    ):
        wish = _withdrawal(row)
        found[wish.delivery_id] = (*found.get(wish.delivery_id, ()), wish)
    return found


def of_thread(work: Work, thread_id: int) -> tuple[Withdrawal, ...]:
    """The wishes for a thread's messages, oldest first; those that were dropped are none."""
    return tuple(
        _withdrawal(row)
        for row in work.all(
            f"SELECT {_COLUMNS} FROM withdrawals w WHERE w.state <> 'dropped' AND w.delivery_id "
            "IN (SELECT id FROM deliveries WHERE thread_id = :id) ORDER BY w.id",
            {"id": thread_id},
        )
    )


def pending_of(work: Work, account: str) -> tuple[Withdrawal, ...]:
    """The account's wishes that the network has neither confirmed nor refused, oldest first."""
    return tuple(
        _withdrawal(row)
        for row in work.all(
            f"SELECT {_COLUMNS} FROM withdrawals w JOIN deliveries d ON d.id = w.delivery_id "
            "WHERE w.state = 'asked' AND d.account = :account ORDER BY w.id",
            {"account": account},
        )
    )


# --- asking ----------------------------------------------------------------------------------


def ask(
    work: Work,
    delivery_id: int,
    kind: WithdrawalKind,
    text: str | None,
    author: str,
    now: datetime,
) -> int:
    """Write a wish down; its id. The same wish twice is one. Raises `CannotWithdraw`, `NotThere`.

    A newer wish takes the place of one that the network has not confirmed. With the private
    message of a handoff, an acknowledgement that has not left is taken back: it would say that
    there is a message.
    """
    found = deliveries.delivery(work, delivery_id)
    row = work.one("SELECT text, deleted_at FROM messages WHERE id = :id", {"id": found.message_id})
    stands, gone = (row[0], row[1] is not None) if row is not None else ("", True)
    why = why_not(found, kind, None, gone=gone)
    if why:
        raise CannotWithdraw(why)
    if kind is WithdrawalKind.EDIT and not (text or "").strip():
        raise CannotWithdraw("There are no words in it. Delete the message instead.")
    before = [
        wish for wish in of_deliveries(work, [delivery_id]).get(delivery_id, ()) if wish.pending
    ]
    for wish in before:
        if wish.kind is WithdrawalKind.DELETE:
            if kind is WithdrawalKind.DELETE:
                return wish.id
            raise CannotWithdraw("It is being deleted already.")
    if before and kind is WithdrawalKind.EDIT and before[-1].text == text:
        return before[-1].id
    if not before and kind is WithdrawalKind.EDIT and stands == text:
        raise CannotWithdraw("These are the words that stand there already.")
    for wish in before:
        # It would come after the newer one if it waited longer.
        _settle(work, wish, WithdrawalState.DROPPED, REPLACED, now)
    if kind is WithdrawalKind.DELETE and found.leg is Leg.PRIVATE:
        _take_back_acknowledgement(work, found, now)
    wish_id = work.add(
        "INSERT INTO withdrawals (delivery_id, kind, state, was, text, author, asked_at, next_at) "
        "VALUES (:delivery_id, :kind, 'asked', :was, :text, :author, :now, :now)",
        {
            "delivery_id": delivery_id,
            "kind": kind.value,
            "was": stands,
            "text": text if kind is WithdrawalKind.EDIT else None,
            "author": author,
            "now": to_ms(now),
        },
    )
    work.touch(found.thread_id)
    return wish_id


def drop(work: Work, wish_id: int, now: datetime) -> None:
    """Take a wish back. Raises `CannotWithdraw` when it may have been asked already."""
    wish = withdrawal(work, wish_id)
    if wish.state is WithdrawalState.DROPPED:
        return
    if wish.state is not WithdrawalState.ASKED or wish.tries:
        raise CannotWithdraw("The network has been asked already; this can't be taken back.")
    _settle(work, wish, WithdrawalState.DROPPED, "", now)


def _take_back_acknowledgement(work: Work, private: Delivery, now: datetime) -> None:
    assert private.handoff_id is not None
    for leg in deliveries.legs(work, private.handoff_id):
        if leg.id != private.id and leg.state in {DeliveryState.HELD, DeliveryState.DUE}:
            try:
                deliveries.move(work, leg.id, DeliveryEvent.GIVE_UP, now)
            except Impossible:
                continue


# --- trying ----------------------------------------------------------------------------------


def begin(work: Work, wish_id: int, now: datetime) -> Asked | None:
    """Count a try before it is made; None when it isn't asked for any more."""
    wish = withdrawal(work, wish_id)
    if not wish.pending:
        return None
    found = deliveries.delivery(work, wish.delivery_id)
    if found.remote_id is None:
        _settle(work, wish, WithdrawalState.REFUSED, "Nobody knows which post it is.", now)
        return None
    work.do("UPDATE withdrawals SET tries = tries + 1 WHERE id = :id", {"id": wish_id})
    outgoing = found.outgoing
    if wish.text is not None:
        outgoing = replace(outgoing, text=wish.text)
    return Asked(
        wish=replace(wish, tries=wish.tries + 1), remote_id=found.remote_id, outgoing=outgoing
    )


def not_yet(
    work: Work, wish_id: int, outcome: str, words: str, next_at: datetime, now: datetime
) -> None:
    """Nothing is settled: it is asked again at a moment."""
    wish = withdrawal(work, wish_id)
    _note(work, wish, outcome, words, None, now)
    if wish.pending:
        work.do(
            "UPDATE withdrawals SET words = :words, next_at = :next_at WHERE id = :id",
            {"words": words, "next_at": maybe_ms(next_at), "id": wish_id},
        )
    work.touch(deliveries.delivery(work, wish.delivery_id).thread_id)


def done(work: Work, wish_id: int, receipt: Receipt | None, now: datetime) -> None:
    """The network confirmed it: the message in the thread is as it is there."""
    wish = withdrawal(work, wish_id)
    _note(work, wish, "edited" if receipt else "deleted", "", receipt, now)
    _settle(work, wish, WithdrawalState.DONE, "", now)
    found = deliveries.delivery(work, wish.delivery_id)
    if receipt is not None and wish.text is not None:
        _replace(work, found, wish.text, receipt)
    else:
        _take_away(work, found, now)


def refused(work: Work, wish_id: int, words: str, now: datetime, *, gone: bool) -> None:
    """The network said no. `gone`: since the message doesn't stand there any more."""
    wish = withdrawal(work, wish_id)
    _note(work, wish, "refused", words, None, now)
    _settle(work, wish, WithdrawalState.REFUSED, words, now)
    if gone:
        _take_away(work, deliveries.delivery(work, wish.delivery_id), now)


def heard_gone(work: Work, message_id: int, now: datetime) -> None:
    """The network tells that our message is gone: a deletion that was tried has been done, also
    where its answer was lost, or a second try was refused because nothing was left to delete."""
    work.do(
        "UPDATE withdrawals SET state = 'done', words = '', next_at = NULL, settled_at = :now "
        "WHERE kind = 'delete' AND tries > 0 AND state IN ('asked', 'refused') AND delivery_id = "
        "(SELECT delivery_id FROM messages WHERE id = :id)",
        {"now": to_ms(now), "id": message_id},
    )


def _note(
    work: Work, wish: Withdrawal, outcome: str, words: str, receipt: Receipt | None, now: datetime
) -> None:
    deliveries.note_attempt(
        work,
        wish.delivery_id,
        now,
        wish.kind.value,
        outcome,
        words,
        receipt=receipt.remote_id if receipt is not None else None,
    )


def _settle(
    work: Work, wish: Withdrawal, state: WithdrawalState, words: str, now: datetime
) -> None:
    # What was dropped while the network was asked may have been done all the same.
    proved = state is WithdrawalState.DONE
    work.do(
        "UPDATE withdrawals SET state = :state, words = :words, next_at = NULL, "
        "settled_at = :now WHERE id = :id "
        "AND (state = 'asked' OR (state = 'dropped' AND :proved = 1))",
        {
            "state": state.value,
            "words": words,
            "now": to_ms(now),
            "id": wish.id,
            "proved": int(proved),
        },
    )
    work.touch(deliveries.delivery(work, wish.delivery_id).thread_id)


def _take_away(work: Work, found: Delivery, now: datetime) -> None:
    """The message stands there no more; the thread keeps its words."""
    work.do(
        "UPDATE messages SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL",
        {"now": to_ms(now), "id": found.message_id},
    )
    if found.remote_id is not None:
        lanes.without(work, found.thread_id, found.remote_id)
    recount(work, found.thread_id)
    refresh_preview(work, found.thread_id)


def _replace(work: Work, found: Delivery, text: str, receipt: Receipt) -> None:
    """The message says the new words, under the id that it has now."""
    echo = deliveries.become(work, found, receipt)
    echoes.reword(work, echo, text)
    work.do(
        "UPDATE messages SET edited_at = :at WHERE id = :id",
        {"at": to_ms(receipt.at), "id": echo},
    )
    refresh_preview(work, found.thread_id)
