"""One person, many addresses: contacts are put together and taken apart, never by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from console.desk.model import Contact
from console.desk.sameness import Likeness, shown
from console.store import threads
from console.store.connection import Work
from console.store.errors import NotThere

_LIKE = """
    SELECT DISTINCT c.id, c.name, b.handle, b.account, COALESCE(n.network, ''), theirs.what
    FROM addresses a JOIN vouched ours ON ours.address_id = a.id
    JOIN vouched theirs ON theirs.what = ours.what AND theirs.address_id <> a.id
    JOIN addresses b ON b.id = theirs.address_id JOIN contacts c ON c.id = b.contact_id
    LEFT JOIN accounts n ON n.name = b.account
    WHERE a.contact_id = :id AND b.contact_id <> :id ORDER BY c.id, theirs.what LIMIT :most
"""
MOST = 20
"""Suggestions that are read; what so many share is nobody's own."""


class CannotSplit(ValueError):
    """The contact has no such address, or no other; the words say which."""


def merge(work: Work, into: int, other: int) -> list[list[int]]:
    """Give a contact the addresses and threads of another; where each of them was, for undo.

    The other contact stays, with nobody in it, so that it can come back. Raises `NotThere`.
    """
    for contact_id in (into, other):
        if not threads.contact(work, contact_id).addresses:
            raise NotThere(f"There is no contact {contact_id}.")
    if into == other:
        return []
    moved = _addresses(work, other)
    _move(work, [(address_id, into) for address_id, _ in moved])
    return [list(item) for item in moved]


def split(work: Work, contact_id: int, handle: str) -> tuple[int, list[list[int]]]:
    """Give an address of a contact a contact of its own; its id, and where the address was.

    Raises `NotThere` and `CannotSplit`.
    """
    contact = threads.contact(work, contact_id)
    wanted = handle.casefold().lstrip("@")
    rows = work.all(
        "SELECT id, handle, name, account, language FROM addresses WHERE contact_id = :id "
        "ORDER BY id",
        {"id": contact_id},
    )
    found = [row for row in rows if row[1].casefold().lstrip("@") == wanted]
    names = ", ".join(row[1] for row in rows)
    if not found:
        raise CannotSplit(f"{contact.name} has no address {handle}, only {names}.")
    if len(found) == len(rows):
        raise CannotSplit(f"{contact.name} has no other address than {names}.")
    made = work.add(
        "INSERT INTO contacts (name, language, created_at) "
        "SELECT :name, :language, created_at FROM contacts WHERE id = :id",
        {"name": found[0][2] or found[0][1], "language": found[0][4], "id": contact_id},
    )
    moved = [(row[0], contact_id) for row in found]
    _move(work, [(address_id, made) for address_id, _ in moved])
    return made, [list(item) for item in moved]


def put_back(work: Work, moved: Sequence[Sequence[int]]) -> list[int]:
    """Have addresses belong to contacts as they did; the threads that this changed."""
    return _move(work, [(address_id, contact_id) for address_id, contact_id in moved])


def like(work: Work, contact_id: int) -> tuple[Likeness, ...]:
    """Others who may be the same person: a network vouches for the same link or e-mail of both."""
    return tuple(
        Likeness(contact_id=id_, name=name, handle=handle, network=network, by=shown(what))
        for id_, name, handle, _account, network, what in work.all(
            _LIKE, {"id": contact_id, "most": MOST}
        )
    )


def called(work: Work, words: str, limit: int) -> tuple[Contact, ...]:
    """Contacts by a part of their name or of an address, those with most addresses first."""
    escaped = words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    found = work.all(
        "SELECT c.id FROM contacts c JOIN addresses a ON a.contact_id = c.id "
        "WHERE c.name LIKE :part ESCAPE '!' OR a.handle LIKE :part ESCAPE '!' "
        "GROUP BY c.id ORDER BY COUNT(*) DESC, c.id LIMIT :limit",
        {"part": f"%{escaped}%", "limit": limit},
    )
    return tuple(threads.contact(work, row[0]) for row in found)


def _addresses(work: Work, contact_id: int) -> list[tuple[int, int]]:
    return [
        (row[0], contact_id)
        for row in work.all(
            "SELECT id FROM addresses WHERE contact_id = :id ORDER BY id", {"id": contact_id}
        )
    ]


def _move(work: Work, moves: Sequence[tuple[int, int]]) -> list[int]:
    touched: set[int] = set()
    for address_id, contact_id in moves:
        params = {"address": address_id, "contact": contact_id}
        work.do("UPDATE addresses SET contact_id = :contact WHERE id = :address", params)
        work.do("UPDATE threads SET contact_id = :contact WHERE address_id = :address", params)
        touched.update(
            row[0] for row in work.all("SELECT id FROM threads WHERE address_id = :address", params)
        )
    work.touch(*touched)
    return sorted(touched)
