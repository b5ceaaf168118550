"""Finds what looks private in a text: addresses, numbers, and values that are known to be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple


class Sighting(NamedTuple):
    """Something private in a text: what it is, in words, and where."""

    start: int
    end: int
    what: str


_URL = r"\bhttps?://\S+"
_EMAIL = r"(?<![\w@.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
"""Not preceded by `@`: `@ana@social.example` is a handle."""
_GAP = r"[ ()./-]{0,2}"
_PHONE = "|".join(
    (
        rf"(?<![\w+])(?:\+|00)[1-9](?:{_GAP}\d){{7,13}}(?!\w)",  # +385 91 234 5678
        rf"(?<![\w.,+-])\(?0[1-9](?:{_GAP}\d){{7,11}}(?!\w)",  # 0812-3456-7890
        r"(?<![\w.,+-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\w)",  # (555) 123-4567
    )
)
_DATE_OR_HOURS = re.compile(
    r"\d{1,2}[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2}\b)|\d\d\.\d\d ?- ?\d\d\.\d\d"
)
_IBAN = r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)"
_CARD = r"(?<![\w.,+-])\d(?:[ -]?\d){12,18}(?!\w)"
_ORDER = (
    r"(?<!\w)#\d{4,}\b"
    r"|(?i:\b(?:order|narudžb\w{0,3}|bestell(?:ung|nummer)|pedido|pesanan)"
    r"(?:\W{1,2}(?:no|number|nr|broj|nummer|número|nomor|id))?\W{0,3}\d{4,}\b)"
)
_PARCEL = r"(?<!\w)(?:[A-Z]{2} ?\d{9} ?[A-Z]{2}|1Z ?[0-9A-Z]{3}(?: ?[0-9A-Z]{2,8}){2,5})(?!\w)"
_NAME = r"[A-ZČĆŠĐŽÄÖÜÁÉÍÓÚÑ][\w'’.-]{0,40}"
_STREET = (
    # 221b Baker Street
    rf"\b\d{{1,4}}[a-z]? {_NAME}(?: {_NAME}){{0,2}} "
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Boulevard|Blvd|Court|Close|Square)\b"
    # Lindenstraße 12a
    r"|\b[A-ZÄÖÜ][\w-]{0,40}(?:straße|strasse|str\.|weg|gasse|platz|allee) ?\d{1,4}[a-z]?\b"
    # calle de Alcalá, 45
    r"|\b(?:[Cc]alle|[Aa]venida|Avda\.|[Pp]laza|[Pp]aseo) (?:\w{1,20} ){0,3}"
    rf"{_NAME},? (?:n\.?º ?)?\d{{1,4}}\b"
    # ulica Ivana Gundulića 7, Gundulićeva ulica 7
    rf"|\b(?:[Uu]lica|[Uu]l\.) (?:{_NAME} ){{1,4}}\d{{1,4}}[a-z]?\b"
    rf"|\b{_NAME} (?:ulica|cesta) \d{{1,4}}[a-z]?\b"
    # Jl. Merdeka No. 10
    rf"|\b(?:[Jj]l\.|[Jj]ln\.|[Jj]alan) (?:{_NAME},? ){{1,4}}(?:[Nn]o\.? ?)?\d{{1,4}}\b"
)


def _is_phone(found: str) -> bool:
    return not _DATE_OR_HOURS.match(found)


def _is_iban(found: str) -> bool:
    """True when the check digits are right (ISO 13616)."""
    letters = found.replace(" ", "")
    turned = letters[4:] + letters[:4]
    return 15 <= len(letters) <= 34 and int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def _is_card(found: str) -> bool:
    """True when the check digit is right (Luhn) and it begins as a payment card does."""
    digits = [int(one) for one in found if one.isdigit()]
    if digits[0] not in (3, 4, 5, 6) or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_parcel(found: str) -> bool:
    compact = found.replace(" ", "")
    return not compact.startswith("1Z") or len(compact) == 18


def _always(_: str) -> bool:
    return True


_PHONE_WORDS = "what looks like a phone number"
_STREET_WORDS = "what looks like a street address"
_LOOKS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("what looks like an e-mail address", _EMAIL, _always),
    ("what looks like a bank account", _IBAN, _is_iban),
    ("what looks like a card number", _CARD, _is_card),
    ("what looks like a parcel number", _PARCEL, _is_parcel),
    ("what looks like an order number", _ORDER, _always),
    (_PHONE_WORDS, _PHONE, _is_phone),
    (_STREET_WORDS, _STREET, _always),
)

_pattern = cache(re.compile)


def private_things(
    text: str, *, known: Mapping[str, str] | None = None, ours: Iterable[str] = ()
) -> tuple[Sighting, ...]:
    """What in a text is private, in order and without overlaps.

    `known` are values of the order and the contact, each by what it is (`the order number`).
    `ours` is what the shop itself makes public: its address, e-mail, phone, links.
    """
    shop = [_bare(one) for one in ours]
    seen = [*_known_values(text, known or {}), *_looks_private(text)]
    taken = [span for one in ours for span in _occurrences(text, one)]
    taken += [
        (one.start, one.end)
        for one in seen
        if _is_ours(_bare(text[one.start : one.end]), one.what, shop)
    ]
    found: list[Sighting] = []
    for one in seen:
        # In "call 01 234 5678" the shop's 234 is not a customer's 234.
        if all(one.end <= start or end <= one.start for start, end in taken):
            found.append(one)
            taken.append((one.start, one.end))
    return tuple(sorted(found))


def _is_ours(found: str, what: str, shop: list[str]) -> bool:
    if found in shop:
        return True
    if what == _PHONE_WORDS:
        # 091 234 5678 is +385 91 234 5678.
        return any(one.endswith(found[-8:]) for one in shop)
    return what == _STREET_WORDS and any(found in one for one in shop)


def _known_values(text: str, known: Mapping[str, str]) -> Iterator[Sighting]:
    for what, value in known.items():
        for start, end in _occurrences(text, value):
            yield Sighting(start, end, what)


def _occurrences(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where a value stands in a text, however it is spaced: `0912345678` is `091/234-5678`."""
    signs = [one for one in value if one.isalnum()]
    # Two digits stand in every other sentence; longer than a postal address is no value.
    if 3 <= len(signs) <= 200:
        pattern = r"[\W_]{0,3}".join(map(re.escape, signs))
        for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE):
            yield found.span()


def _looks_private(text: str) -> Iterator[Sighting]:
    links = [found.span() for found in _pattern(_URL).finditer(text)]
    for what, look, is_one in _LOOKS:
        for found in _pattern(look).finditer(text):
            if is_one(found.group()) and not any(a <= found.start() < b for a, b in links):
                yield Sighting(found.start(), found.end(), what)


def _bare(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())
