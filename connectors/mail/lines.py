"""The lines of IMAP answers -> folders and messages. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    rb'INTERNALDATE "([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_LIST = re.compile(rb'\(([^)]*)\) (?:"(?:\\.|[^"])*"|NIL) (?:"((?:\\.|[^"])*)"|(\S+))$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as it is: ids are good as long as its `validity` stays the same."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message as it stands in a folder: its first bytes, and how many it has in all."""

    uid: int
    at: datetime | None
    size: int
    raw: bytes


def folder(text: bytes) -> Folder:
    """A folder, from the lines of EXAMINE or STATUS."""
    validity = re.search(rb"UIDVALIDITY (\d+)", text)
    following = re.search(rb"UIDNEXT (\d+)", text)
    return Folder(
        validity=int(validity[1]) if validity else 0, next_uid=int(following[1]) if following else 0
    )


def fetched(lines: Sequence[bytes | bytearray]) -> list[Fetched]:
    """The messages in the lines of a FETCH; what has no id or no bytes is left out."""
    found: list[Fetched] = []
    said = b""
    raw: bytes | None = None

    def put() -> None:
        uid = _UID.search(said)
        if uid is not None and raw is not None:
            size = _SIZE.search(said)
            found.append(
                Fetched(
                    uid=int(uid[1]), at=_moment(said), size=int(size[1]) if size else len(raw),
                    raw=raw,
                )
            )  # fmt: skip

    for line in lines:
        if isinstance(line, bytearray):
            raw = bytes(line)
        elif re.match(rb"\d+ FETCH \(", line):
            put()
            said, raw = line, None
        else:
            said += b" " + line
    put()
    return found


def _moment(said: bytes) -> datetime | None:
    match = _DATE.search(said)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    name = month.decode("ascii", "replace").lower()
    if name not in _MONTHS:
        return None
    away = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        at = datetime(
            int(year), _MONTHS.index(name) + 1, int(day), int(hour), int(minute), int(second),
            tzinfo=timezone(away),
        )  # fmt: skip
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(moment: datetime) -> str:
    """A day as a search wants it: `3-Nov-2026`."""
    return f"{moment.day}-{_MONTHS[moment.month - 1].capitalize()}-{moment.year}"


def listed(lines: Sequence[bytes]) -> list[tuple[str, str]]:
    """The folders in the lines of LIST: what each is marked as, and its name."""
    found = []
    for line in lines:
        match = _LIST.search(line)
        if match is not None:
            name = match[2] if match[2] is not None else match[3]
            name = re.sub(rb"\\(.)", rb"\1", name)
            found.append((match[1].decode("ascii", "replace"), name.decode("utf-8", "replace")))
    return found
