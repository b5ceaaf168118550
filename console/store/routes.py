"""Where the words of a lane go: mostly to where the customer wrote from, and by the account that
heard it; a private lane may go on at another address of the same person.

It does so where a handoff ended elsewhere: the thread's own network takes no private message, and
the person is known on one that is private altogether. Which addresses are the same person's is for
a person to say (`store.contacts`). A lane whose address turns out to be somebody else's is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract import Address, Capability, Lane
from console.desk.model import Route
from console.store.connection import Work
from console.store.moments import hello_from

_ROUTE = "a.account, COALESCE(n.network, '?'), a.remote_id, a.handle, a.name, a.url, a.language"
_ELSEWHERE = (
    "(SELECT l.address_id FROM lanes l JOIN addresses a ON a.id = l.address_id "
    "AND a.contact_id = t.contact_id WHERE l.thread_id = t.id AND l.address_id IS NOT NULL)"
)
_BEGINS = {Capability.OPEN_PRIVATE, Capability.INVITE}


def elsewhere_of(work: Work) -> str:
    """SQL for the address where the private lane of a thread `t` goes on, where it does so
    elsewhere. On a desk where none does, nothing is looked up for each thread."""
    some = work.value("SELECT 1 FROM lanes WHERE address_id IS NOT NULL LIMIT 1")
    return _ELSEWHERE if some else "NULL"


def of_lanes(work: Work, thread_id: int) -> dict[Lane, Route]:
    """The lanes of a thread that go on at another address of its contact, and where."""
    return {
        Lane(row[0]): _route(row[1:])
        for row in work.all(
            f"SELECT l.lane, {_ROUTE} FROM lanes l JOIN threads t ON t.id = l.thread_id "
            "JOIN addresses a ON a.id = l.address_id AND a.contact_id = t.contact_id "
            "LEFT JOIN accounts n ON n.name = a.account "
            "WHERE l.thread_id = :id AND l.address_id IS NOT NULL",
            {"id": thread_id},
        )
    }


def elsewhere(work: Work, thread_id: int) -> Route | None:
    """Where a private message to the customer of a thread would go because the thread's own network
    takes none: the address that was heard of last. None where it isn't so, or nothing is known."""
    row = work.one(
        "SELECT t.contact_id, t.account, n.hello, EXISTS (SELECT 1 FROM deliveries d "
        "WHERE d.thread_id = t.id AND d.account = t.account AND d.leg = 'private' "
        "AND d.state = 'refused') FROM threads t JOIN accounts n ON n.name = t.account "
        "WHERE t.id = :id",
        {"id": thread_id},
    )
    if row is None or row[2] is None:
        return None
    contact_id, account, said, refused = row
    if _BEGINS & hello_from(said).can and not refused:
        return None
    for found in work.all(
        f"SELECT n.hello, {_ROUTE} FROM addresses a JOIN accounts n ON n.name = a.account "
        "WHERE a.contact_id = :contact AND a.account <> :account AND a.automated = 0 "
        "AND n.hello IS NOT NULL AND n.paused_at IS NULL ORDER BY a.id DESC",
        {"contact": contact_id, "account": account},
    ):
        can = hello_from(found[0]).can
        if Capability.OPEN_PRIVATE in can and Capability.REPLY_PUBLIC not in can:
            return _route(found[1:])
    return None


def address_id(work: Work, thread_id: int, account: str, remote_id: str) -> int | None:
    """The id of the address that a lane of a thread goes on at; None: it is the thread's own
    account, so nothing has to be remembered."""
    found: int | None = work.value(
        "SELECT a.id FROM addresses a JOIN threads t ON t.account <> a.account "
        "WHERE t.id = :id AND a.account = :account AND a.remote_id = :remote_id",
        {"id": thread_id, "account": account, "remote_id": remote_id},
    )
    return found


def astray(work: Work, thread_id: int, account: str, remote_id: str) -> bool:
    """True for words that would go to an address which isn't the thread's contact's any more."""
    return bool(
        work.value(
            "SELECT 1 FROM threads t JOIN addresses a ON a.contact_id <> t.contact_id "
            "WHERE t.id = :id AND t.account <> :account AND a.account = :account "
            "AND a.remote_id = :remote_id",
            {"id": thread_id, "account": account, "remote_id": remote_id},
        )
    )


def networks(work: Work) -> dict[str, str]:
    """The network of each account."""
    return dict(work.all("SELECT name, network FROM accounts"))


def _route(row: Sequence[Any]) -> Route:
    return Route(
        account=row[0],
        network=row[1],
        address=Address(remote_id=row[2], handle=row[3], name=row[4], url=row[5], language=row[6]),
    )
