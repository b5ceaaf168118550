"""Whom a batch is about: known addresses are looked up at once, strangers become contacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connectors.contract import Address
from console.desk.sameness import same
from console.store.connection import Work, among
from console.store.moments import to_ms

_CONTACT = (
    "INSERT INTO contacts (id, name, language, created_at) "
    "VALUES (:contact_id, :contact_name, :language, :now)"
)
_ADDRESS = (
    "INSERT INTO addresses (id, contact_id, account, remote_id, handle, name, url, language, "
    "automated) VALUES (:id, :contact_id, :account, :remote_id, :handle, :name, :url, :language, "
    ":automated)"
)
_RENAME_ADDRESS = (
    "UPDATE addresses SET handle = :handle, name = :name, url = :url, "
    "language = COALESCE(:language, language), automated = :automated WHERE id = :id"
)
_VOUCH = "INSERT OR IGNORE INTO vouched (address_id, what) VALUES (:id, :what)"
# A name that a person gave the contact stays.
_RENAME_CONTACT = "UPDATE contacts SET name = :name WHERE id = :contact_id AND name = :old"


class People:
    """The addresses that a batch may touch, and what it changes about them."""

    def __init__(self, work: Work, account: str, now: datetime) -> None:
        self.work = work
        self.account = account
        self.now = now
        self._known: dict[str, tuple[int, int, Address]] = {}
        """remote id of a person -> address id, contact id, the address as stored"""
        self._new: list[dict[str, object]] = []
        self._renamed: list[dict[str, object]] = []
        self._vouched: set[tuple[int, str]] = set()
        self._next_contact = (work.value("SELECT MAX(id) FROM contacts") or 0) + 1
        self._next_address = (work.value("SELECT MAX(id) FROM addresses") or 0) + 1

    def learn(self, people: Iterable[str]) -> None:
        """Look these people up."""
        names, params = among("a", list(people))
        for (
            address_id,
            contact_id,
            remote_id,
            handle,
            name,
            url,
            language,
            automated,
        ) in self.work.all(
            "SELECT id, contact_id, remote_id, handle, name, url, language, automated "
            f"FROM addresses WHERE remote_id IN {names} AND account = :account",
            {**params, "account": self.account},
        ):
            self._known[remote_id] = (
                address_id,
                contact_id,
                Address(
                    remote_id=remote_id,
                    handle=handle,
                    name=name,
                    url=url,
                    language=language,
                    automated=bool(automated),
                ),
            )

    def address_of(self, address: Address | None) -> int | None:
        """The address's id; None for a stranger."""
        known = self._known.get(address.remote_id) if address is not None else None
        return known[0] if known else None

    def addresses(self) -> set[int]:
        """The ids of every address that was looked up."""
        return {address for address, _, _ in self._known.values()}

    def contacts(self) -> set[int]:
        """The ids of everybody who was looked up."""
        return {contact for _, contact, _ in self._known.values()}

    def person(self, address: Address) -> tuple[int, int]:
        """The address's id and its contact's id; both are made for a stranger."""
        known = self._known.get(address.remote_id)
        if known is not None:
            address_id, contact_id, stored = known
            self._vouch(address_id, address)
            if address.name and _face(stored) != _face(address):
                self._renamed.append(
                    {
                        **_address_params(address),
                        "id": address_id,
                        "contact_id": contact_id,
                        "old": stored.name or stored.handle,
                    }
                )
                self._known[address.remote_id] = (address_id, contact_id, address)
            return address_id, contact_id
        contact_id, address_id = self._next_contact, self._next_address
        self._next_contact += 1
        self._next_address += 1
        self._new.append(
            {
                **_address_params(address),
                "id": address_id,
                "contact_id": contact_id,
                "contact_name": address.name or address.handle,
                "account": self.account,
                "remote_id": address.remote_id,
                "now": to_ms(self.now),
            }
        )
        self._known[address.remote_id] = (address_id, contact_id, address)
        self._vouch(address_id, address)
        return address_id, contact_id

    def _vouch(self, address_id: int, address: Address) -> None:
        self._vouched.update((address_id, what) for what in map(same, address.vouched) if what)

    def write(self) -> None:
        """Store the strangers and the new names."""
        self.work.many(_CONTACT, self._new)
        self.work.many(_ADDRESS, self._new)
        self.work.many(_RENAME_ADDRESS, self._renamed)
        self.work.many(_RENAME_CONTACT, self._renamed)
        self.work.many(_VOUCH, [{"id": id_, "what": what} for id_, what in self._vouched])


def _face(address: Address) -> tuple[object, ...]:
    return address.handle, address.name, address.url, address.automated


def _address_params(address: Address) -> dict[str, object]:
    return {
        "handle": address.handle,
        "name": address.name,
        "url": address.url,
        "language": address.language,
        "automated": int(address.automated),
    }
