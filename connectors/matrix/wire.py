"""What a Matrix server says, as values of ours: pure, and where every quirk of a shape lives.

Parse, don't trust: a field that is needed and wrong raises `Odd` with the field's name, and the
reader of a list turns that into an `Oddity` that keeps the item as it came; the rest goes on.
Facts: the client-server API of spec.matrix.org, and what Synapse 1.163 was seen to send.

An event has a name of its own, but nothing can be asked about it without its room. So the
`remote_id` of a post is both: `!room/$event`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connectors.contract import Address, Attachment, Oddity
from connectors.matrix.heard import Gone, Invitation, Item, News, Page, Said, Sync

Raw = Mapping[str, Any]

KEY = "app.greenroom.key"
"""The field of a message, and of a room's creation, that says which delivery made it."""
LONGEST_ID = 255
"""Bytes of an id, by the specification."""
RAW_KEPT = 20_000
"""Characters of an unreadable item that are kept."""
SEALED = (
    "This message is encrypted: Greenroom can't read it. A Matrix app can; open the room there."
)
MESSAGE = "m.room.message"
ENCRYPTED = "m.room.encrypted"
REDACTION = "m.room.redaction"
MEMBER = "m.room.member"
DIRECT = "m.direct"
_KINDS = {"m.image": "image", "m.video": "video", "m.audio": "audio", "m.file": "file"}
_MOST = 200


class Odd(ValueError):
    """A field that is needed is missing or wrong; the text is its name and what it held."""


# --- ids ---------------------------------------------------------------------------------------


def remote_id(room: str, event: str) -> str:
    """The name of a message, for everyone but the server."""
    return f"{room}/{event}"


def split(named: str) -> tuple[str, str] | None:
    """The room and the event of a message's name; None where it isn't one."""
    room, mark, event = named.rpartition("/$")
    return (room, "$" + event) if mark and room[:1] == "!" and event else None


def link(*parts: str) -> str:
    """The address of a person, a room or a message, for a browser or an app."""
    return "https://matrix.to/#/" + "/".join(quote(part, safe="!#$@:") for part in parts)


def address(user: str, name: str = "", *, automated: bool = False) -> Address:
    """A person by the name that the network has for them."""
    return Address(remote_id=user, handle=user, name=name, url=link(user), automated=automated)


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


def text_in(raw: Raw, name: str) -> str:
    """A text that has to be there. Raises `Odd`."""
    found = raw.get(name)
    if isinstance(found, str) and found:
        return found
    raise Odd(f"{name}: {_shown(found)}")


def sync(body: bytes | str) -> Sync:
    """An answer to `/sync`. Raises `Odd` where nothing can be made of it at all."""
    raw = thing(body)
    odd: list[Oddity] = []
    rooms = _object(raw.get("rooms"))
    joined = _object(rooms.get("join"))
    created = {}
    news = []
    for room, state in joined.items():
        if not _is_id(room, "!") or not isinstance(state, dict):
            odd.append(oddity(Odd(f"room: {_shown(room)}"), state, "sync"))
            continue
        timeline = _object(state.get("timeline"))
        events = _list(timeline.get("events"))
        known = _list(_object(state.get("state")).get("events"))
        key = _creation(known) or _creation(events)
        if key is not None:
            created[room] = key
        items, wrong = _items(events, room, names((*known, *events)))
        odd += wrong
        limited = timeline.get("limited") is True
        moved = limited or any(
            isinstance(one, dict) and one.get("type") == MEMBER for one in events
        )
        news.append(News(room=room, items=items, limited=limited, moved=moved))
    return Sync(
        next=text_in(raw, "next_batch"),
        rooms=tuple(news),
        invitations=tuple(_invitations(_object(rooms.get("invite")))),
        left=tuple(room for room in _object(rooms.get("leave")) if _is_id(room, "!")),
        direct=_direct_in(_list(_object(raw.get("account_data")).get("events"))),
        created=created,
        oddities=tuple(odd),
    )


def page(body: bytes | str, room: str) -> Page:
    """An answer to `/messages`. Raises `Odd`."""
    raw = thing(body)
    chunk = raw.get("chunk")
    if not isinstance(chunk, list):
        raise Odd(f"chunk: {_shown(chunk)}")
    items, odd = _items(chunk, room, names((*_list(raw.get("state")), *chunk)))
    end = raw.get("end")
    return Page(
        items=items,
        oddities=tuple(odd),
        size=len(chunk),
        end=end if isinstance(end, str) and end else None,
    )


def item(raw: object, room: str, known: Mapping[str, str]) -> Item | None:
    """One event; None where it is none that support has to do with. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"event: an object was expected, not {type(raw).__name__}")
    kind = raw.get("type")
    if kind not in (MESSAGE, ENCRYPTED, REDACTION) or "state_key" in raw:
        return None
    event = _id(raw.get("event_id"), "$", "event_id")
    at = _moment(raw.get("origin_server_ts"))
    content = _object(raw.get("content"))
    if kind == REDACTION:
        target = content.get("redacts", raw.get("redacts"))
        return Gone(room=room, event=_id(target, "$", "redacts"), at=at)
    if "redacted_because" in _object(raw.get("unsigned")) or not content:
        return Gone(room=room, event=event, at=at)
    sender = _id(raw.get("sender"), "@", "sender")
    name = known.get(sender, "")
    if kind == ENCRYPTED:
        found = _relations(content)
        return Said(
            room=room,
            event=event,
            sender=sender,
            name=name,
            text=SEALED,
            at=at,
            reply_to=found.reply_to,
            thread=found.thread,
            sealed=True,
        )
    return _message(content, room, event, sender, name, at)


def names(events: Sequence[object]) -> dict[str, str]:
    """What people call themselves, from the events that say so."""
    found = {}
    for one in events:
        if isinstance(one, dict) and one.get("type") == MEMBER:
            user, name = one.get("state_key"), _object(one.get("content")).get("displayname")
            if isinstance(user, str) and isinstance(name, str):
                found[user] = name[:500]
    return found


def members(body: bytes | str) -> dict[str, str]:
    """Who is in a room: a person and `join`, `invite`, `leave`, `ban` or `knock`. Raises `Odd`."""
    found = {}
    for one in _list(thing(body).get("chunk")):
        if isinstance(one, dict) and one.get("type") == MEMBER:
            user, how = one.get("state_key"), _object(one.get("content")).get("membership")
            if isinstance(user, str) and isinstance(how, str):
                found[user] = how
    return found


def direct(raw: object) -> dict[str, list[str]]:
    """`m.direct`: a person and the rooms with them. What can't be read is left out."""
    return {
        user: [room for room in rooms if _is_id(room, "!")]
        for user, rooms in _object(raw).items()
        if _is_id(user, "@") and isinstance(rooms, list)
    }


def oddity(trouble: Exception, raw: object, where: str) -> Oddity:
    """What could not be read, with the item as it came."""
    try:
        kept = json.dumps(raw, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        kept = repr(type(raw))
    return Oddity(what=f"{where}: {trouble}", raw=kept[:RAW_KEPT])


# --- one message ------------------------------------------------------------------------------


def _message(content: Raw, room: str, event: str, sender: str, name: str, at: datetime) -> Said:
    found = _relations(content)
    fresh = content.get("m.new_content") if found.replaces else None
    shown = fresh if isinstance(fresh, dict) else content
    text = shown.get("body")
    if not isinstance(text, str):
        raise Odd(f"content.body: {_shown(text)}")
    if found.reply_to:
        text = without_fallback(text)
    kind = shown.get("msgtype")
    attachments: tuple[Attachment, ...] = ()
    if isinstance(kind, str) and kind in _KINDS:
        file = shown.get("filename")
        caption = isinstance(file, str) and file not in ("", text)
        attachments = (
            Attachment(
                kind=_KINDS[kind],
                # What is attached can be had only with a key: the app that opens this has one.
                url=link(room, event),
                description=str(file) if caption else text,
            ),
        )
        text = text if caption else ""
    elif kind == "m.emote":
        text = f"* {name or sender} {text}"
    mentions = shown.get("m.mentions", content.get("m.mentions"))
    users = _list(_object(mentions).get("user_ids"))
    key = content.get(KEY)
    return Said(
        room=room,
        event=event,
        sender=sender,
        name=name,
        text=text,
        at=at,
        named=tuple(
            dict.fromkeys(one for one in users[:_MOST] if isinstance(one, str) and _is_id(one, "@"))
        ),
        marked=isinstance(mentions, dict),
        attachments=attachments,
        key=key if isinstance(key, str) else None,
        automated=kind == "m.notice",
        reply_to=found.reply_to,
        thread=found.thread,
        replaces=found.replaces,
    )


def without_fallback(text: str) -> str:
    """A reply without the quote that older apps put above it for the oldest."""
    if not text.startswith("> <"):
        return text
    quoted, gap, rest = text.partition("\n\n")
    if gap and all(line.startswith(">") for line in quoted.split("\n")):
        return rest
    return text


@dataclass(frozen=True, slots=True)
class _Relations:
    """What a message answers, the thread it is in, and what it replaces."""

    reply_to: str | None
    thread: str | None
    replaces: str | None


def _relations(content: Raw) -> _Relations:
    relates = _object(content.get("m.relates_to"))
    kind = relates.get("rel_type")
    target = _maybe(relates.get("event_id"))
    thread = target if kind == "m.thread" else None
    return _Relations(
        reply_to=_maybe(_object(relates.get("m.in_reply_to")).get("event_id")) or thread,
        thread=thread,
        replaces=target if kind == "m.replace" else None,
    )


def _maybe(value: object) -> str | None:
    return value if isinstance(value, str) and _is_id(value, "$") else None


def _items(
    events: Sequence[object], room: str, known: Mapping[str, str]
) -> tuple[tuple[Item, ...], list[Oddity]]:
    """The events that could be read. One bad one never stops the others."""
    found: list[Item] = []
    odd: list[Oddity] = []
    for raw in events:
        try:
            one = item(raw, room, known)
        except Odd as trouble:
            odd.append(oddity(trouble, raw, "event"))
        else:
            if one is not None:
                found.append(one)
    return tuple(found), odd


def _creation(events: Sequence[object]) -> str | None:
    """The key of the delivery that a room was made for."""
    for one in events:
        if isinstance(one, dict) and one.get("type") == "m.room.create":
            key = _object(one.get("content")).get(KEY)
            if isinstance(key, str):
                return key
    return None


def _invitations(rooms: Raw) -> Iterator[Invitation]:
    for room, state in rooms.items():
        if not _is_id(room, "!"):
            continue
        for one in _list(_object(_object(state).get("invite_state")).get("events")):
            if not isinstance(one, dict) or one.get("type") != MEMBER:
                continue
            content = _object(one.get("content"))
            by = one.get("sender")
            if content.get("membership") == "invite" and isinstance(by, str) and _is_id(by, "@"):
                yield Invitation(room=room, by=by, direct=content.get("is_direct") is True)


def _direct_in(events: Sequence[object]) -> dict[str, list[str]] | None:
    for one in events:
        if isinstance(one, dict) and one.get("type") == DIRECT:
            return direct(one.get("content"))
    return None


def _moment(value: object) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**14:
        try:
            return datetime.fromtimestamp(value / 1000, tz=UTC)
        except (ValueError, OverflowError, OSError):
            pass
    raise Odd(f"origin_server_ts: {_shown(value)}")


def _is_id(value: object, sigil: str) -> bool:
    return (
        isinstance(value, str)
        and value[:1] == sigil
        and 1 < len(value) <= LONGEST_ID
        and value.isprintable()
        and " " not in value
        and (sigil != "$" or "/$" not in value)
    )


def _id(value: object, sigil: str, name: str) -> str:
    if isinstance(value, str) and _is_id(value, sigil):
        return value
    raise Odd(f"{name}: {_shown(value)}")


def _object(value: object) -> Raw:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _shown(value: object) -> str:
    simple = value is None or isinstance(value, str | int | float)
    text = ascii(value) if simple else type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"
