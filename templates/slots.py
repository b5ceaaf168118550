"""The names that a template may use, what each one is, and which of them are private."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple


class Slot(NamedTuple):
    """A name that a template may use."""

    name: str
    words: str
    """What it holds, for the table in the documentation."""
    private: bool = False
    """True for what must not be said in public."""


SLOTS = (
    Slot("contact.name", "what the customer calls themselves"),
    Slot("contact.first_name", "the first word of that name"),
    Slot("contact.handle", "how they are addressed on this network"),
    Slot("contact.language", "the language they write in"),
    Slot("contact.email", "their e-mail address, where we know it", private=True),
    Slot("contact.phone", "their phone number, where we know it", private=True),
    Slot("agent.name", "your name"),
    Slot("agent.first_name", "the first word of it"),
    Slot("shop.name", "the shop's name"),
    Slot("shop.url", "the shop's address on the web"),
    Slot("shop.email", "the shop's public e-mail address"),
    Slot("shop.support_phone", "the shop's public phone number"),
    Slot("shop.hours", "the opening hours, in words"),
    Slot("shop.next_open", "when somebody is there again, in words"),
    Slot("order.name", "the order's number", private=True),
    Slot("order.status", "where the order stands", private=True),
    Slot("order.eta", "when it should arrive", private=True),
    Slot("order.tracking_number", "the parcel's number", private=True),
    Slot("order.tracking_url", "where the parcel can be followed", private=True),
    Slot("order.status_url", "the order's own page", private=True),
    Slot("thread.url", "the link of the customer's public post"),
    Slot("thread.quote", "the words of that post, on one line", private=True),
    Slot("thread.network", "the network's name"),
    Slot("today", "today's date, in words"),
)

NAMES = frozenset(slot.name for slot in SLOTS)
PRIVATE_NAMES = frozenset(slot.name for slot in SLOTS if slot.private)
ASK = "ask."
"""Names that begin so are free, and filled by a person."""


def is_slot(name: str) -> bool:
    """True for a name that a template may use."""
    return name in NAMES or (name.startswith(ASK) and name[len(ASK) :].isidentifier())


def nearest(name: str) -> str | None:
    """The name that was probably meant."""
    return next(iter(get_close_matches(name, sorted(NAMES), n=1, cutoff=0.5)), None)
