"""The shapes of answers, and the names in them: what every reader of Bluesky's answers needs.

Pure. A field that is needed and wrong raises `Odd` with the field's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from connectors.bluesky.heard import Ref
from connectors.contract import Oddity

Raw = Mapping[str, Any]
T = TypeVar("T")

POST = "app.bsky.feed.post"
LONGEST_ID = 1_000
_RECORD = re.compile(r"at://(did:[^/]*)/([^/]+)/([^/]+)", re.DOTALL)
RAW_KEPT = 20_000
"""Characters of an unreadable item that are kept."""


class Odd(ValueError):
    """A field that is needed is missing or wrong; the text is its name and what it held."""


# --- names ---------------------------------------------------------------------------------------


def split_uri(uri: str) -> tuple[str, str, str] | None:
    """Whose a record is, its collection and its key; None where this isn't a record's address."""
    found = _RECORD.fullmatch(uri)
    return (found[1], found[2], found[3]) if found is not None else None


def uri_of(did: str, rkey: str) -> str:
    """The address of a post."""
    return f"at://{did}/{POST}/{rkey}"


def page_of(uri: str) -> str | None:
    """The page of a post, for a browser."""
    parts = split_uri(uri)
    if parts is None or parts[1] != POST:
        return None
    return web(f"https://bsky.app/profile/{parts[0]}/post/{parts[2]}")


def message_id(convo: str, message: str) -> str:
    """The name of a private message, for everyone but the server."""
    return f"{convo}/{message}"


def split_message(named_as: str) -> tuple[str, str] | None:
    """The conversation and the message of a private message's name."""
    convo, mark, message = named_as.partition("/")
    found = mark and convo and message and not named_as.startswith("at:")
    return (convo, message) if found else None


# --- the shapes of answers -----------------------------------------------------------------------


def thing(body: bytes | str) -> Raw:
    """One JSON object. Raises `Odd`."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as trouble:
        raise Odd(f"not JSON: {type(trouble).__name__}") from None
    if not isinstance(found, dict):
        raise Odd(f"an object was expected, not {type(found).__name__}")
    return found


def ref(raw: object) -> Ref:
    """A record's address and hash, as putRecord answers. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"record: {shown(raw)}")
    return Ref(uri=uri_in(raw.get("uri"), "uri"), cid=identifier(raw.get("cid"), "cid"))


def moment(value: object, field: str) -> datetime:
    """A moment. Raises `Odd`."""
    if isinstance(value, str) and 10 <= len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Odd(f"{field}: {shown(value)}")


def oddity(trouble: Exception, raw: object, where: str) -> Oddity:
    """What could not be read, with the item as it came."""
    try:
        kept = json.dumps(raw, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        kept = repr(type(raw))
    what = str(trouble)
    return Oddity(what=what if what.startswith(where) else f"{where}: {what}", raw=kept[:RAW_KEPT])


def each(
    items: list[object], where: str, read: Callable[[object], T | None], odd: list[Oddity]
) -> Iterator[T]:
    """What can be read of some items; the rest becomes oddities."""
    for item in items:
        try:
            found = read(item)
        except Odd as trouble:
            odd.append(oddity(trouble, item, where))
        else:
            if found is not None:
                yield found


def items_in(raw: Raw, name: str) -> list[object]:
    """A list that has to be there. Raises `Odd`."""
    found = raw.get(name)
    if not isinstance(found, list):
        raise Odd(f"{name}: {shown(found)}")
    return found


def cursor_of(raw: Raw) -> str | None:
    """Where to go on, if there is more."""
    found = raw.get("cursor")
    return found if isinstance(found, str) and 0 < len(found) <= 2000 else None


def maybe_ref(raw: object) -> Ref | None:
    """A record's address and hash, where they can be read."""
    try:
        return ref(raw)
    except Odd:
        return None


def loose_rev(raw: object) -> str:
    """The rev of an item that may be unreadable otherwise."""
    found = raw.get("rev") if isinstance(raw, dict) else None
    return found if isinstance(found, str) and len(found) <= LONGEST_ID else ""


def listed(value: object) -> list[Any]:
    """A list, empty where there is none."""
    return value if isinstance(value, list) else []


def text_in(raw: Raw, name: str) -> str:
    """A text that has to be there, and that isn't told. Raises `Odd`."""
    found = raw.get(name)
    if isinstance(found, str) and 0 < len(found) <= 20_000 and found.isprintable():
        return found
    raise Odd(f"{name} is missing or isn't text")


def uri_in(value: object, field: str) -> str:
    """The address of a record. Raises `Odd`."""
    found = identifier(value, field)
    if _RECORD.fullmatch(found) is None:
        raise Odd(f"{field}: {shown(value)}")
    return found


def did_in(value: object, field: str) -> str:
    """Who somebody is, for good. Raises `Odd`."""
    if not isinstance(value, str) or value[:4] != "did:" or "/" in value:
        raise Odd(f"{field}: {shown(value)}")
    return identifier(value, field)


def plain_id(value: object, field: str) -> str:
    """An id that can stand in one of ours. Raises `Odd`."""
    found = identifier(value, field)
    if "/" in found:
        raise Odd(f"{field}: {shown(value)}")
    return found


def identifier(value: object, field: str) -> str:
    """An id: opaque text. Raises `Odd`."""
    if (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_ID
        and value.isprintable()
        and " " not in value
    ):
        return value
    raise Odd(f"{field}: {shown(value)}")


def web(value: object) -> str | None:
    """An address for a browser, or nothing: no other scheme is ever offered."""
    if (
        isinstance(value, str)
        and len(value) <= 4000
        and value.startswith(("https://", "http://"))
        and value.isprintable()
        and " " not in value
    ):
        return value
    return None


def shown(value: object) -> str:
    """What a field held, in a few signs."""
    plain_value = value is None or isinstance(value, str | int | float)
    text = repr(value) if plain_value else type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"
