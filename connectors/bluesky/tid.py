"""Names for our own posts, made from the key of their delivery: the same key, the same name.

A post's record key is a TID: 53 bits of microseconds, 10 bits of whoever made it, in 13 signs that
sort as they count (atproto.com/specs/tid). Ours stands within 72 minutes after the post that it
answers, and where exactly is a hash of the delivery's key. So a repeat asks for the same place, and
a look there proves whether the post stands, with nothing remembered in between.
"""

from __future__ import annotations

import re
from hashlib import sha256

_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_EARLIEST = 1_667_260_800_000_000
"""November 2022, before the network had posts."""
_LATEST = 4_102_444_800_000_000
"""A clock that says more than the year 2100 isn't followed."""
_WHERE_UNKNOWN = 1_704_067_200_000_000


def encoded(number: int) -> str:
    """63 bits as a TID."""
    return "".join(_SIGNS[number >> shift & 31] for shift in range(60, -1, -5))


def microseconds(tid: str) -> int | None:
    """The moment in a TID, since 1970; None where it isn't one."""
    if not _TID.fullmatch(tid):
        return None
    number = 0
    for sign in tid:
        number = number << 5 | _SIGNS.index(sign)
    return number >> 10


def for_key(key: str, answered: str | None) -> str:
    """The record key of the post that a delivery makes. `answered`: the address of what it
    answers, the same at every attempt."""
    hashed = int.from_bytes(sha256(f"{key}\n{answered or ''}".encode()).digest()[:8], "big")
    begin = microseconds((answered or "").rpartition("/")[2])
    if begin is None or not _EARLIEST <= begin <= _LATEST:
        begin = _WHERE_UNKNOWN
    moment = begin + 1_000_000 + (hashed >> 10 & 0xFFFF_FFFF)
    return encoded(moment << 10 | hashed & 0x3FF)
