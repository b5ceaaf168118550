"""What Bluesky's chat says, as values of ours: pure. Of its servers only the lexicons are public.

A message has a name only within its conversation, so its `remote_id` is both: `convo/message`.
"""

from __future__ import annotations

from connectors.bluesky import wire
from connectors.bluesky.facets import unfolded
from connectors.bluesky.heard import Convo, Said, Talk, Words
from connectors.bluesky.shapes import (
    Odd,
    cursor_of,
    did_in,
    each,
    identifier,
    items_in,
    loose_rev,
    moment,
    plain_id,
    shown,
    thing,
)
from connectors.contract import Oddity

_MOST = 300


def convos(body: bytes | str) -> tuple[list[Convo], list[Oddity], str | None]:
    """A page of listConvos. Raises `Odd` where nothing can be made of it at all."""
    raw = thing(body)
    odd: list[Oddity] = []
    found = list(each(items_in(raw, "convos"), "convo", convo, odd))
    return found, odd, cursor_of(raw)


def convo(raw: object) -> Convo:
    """One conversation. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"convo: {shown(raw)}")
    members = raw.get("members")
    if not isinstance(members, list):
        raise Odd(f"convo.members: {shown(members)}")
    return Convo(
        id=plain_id(raw.get("id"), "convo.id"),
        rev=identifier(raw.get("rev"), "convo.rev"),
        members=tuple(wire.address(one, "convo.members") for one in members[:_MOST]),
        accepted=raw.get("status") != "request",
    )


def messages(body: bytes | str, at: str) -> Talk:
    """A page of getMessages of one conversation. Raises `Odd`."""
    raw = thing(body)
    items = items_in(raw, "messages")
    odd: list[Oddity] = []
    found = list(each(items, "message", lambda item: words(item, at), odd))
    return Talk(
        words=tuple(found),
        oddities=tuple(odd),
        cursor=cursor_of(raw),
        size=len(items),
        newest=max((loose_rev(one) for one in items), default=""),
    )


def log(body: bytes | str) -> Talk:
    """What getLog tells. Raises `Odd`."""
    raw = thing(body)
    items = items_in(raw, "logs")
    odd: list[Oddity] = []
    found = list(each(items, "log", _logged, odd))
    return Talk(
        words=tuple(found),
        oddities=tuple(odd),
        cursor=cursor_of(raw),
        size=len(items),
        newest=max((loose_rev(one) for one in items), default=""),
    )


def words(raw: object, at: str) -> Words | None:
    """One message; None where it was deleted, or says only who came and went. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"message: an object was expected, not {type(raw).__name__}")
    kind = raw.get("$type")
    if isinstance(kind, str) and not kind.endswith("#messageView"):
        return None
    sender = raw.get("sender")
    text = raw.get("text")
    if not isinstance(text, str):
        raise Odd(f"message.text: {shown(text)}")
    marked = raw.get("facets")
    return Words(
        convo=at,
        id=plain_id(raw.get("id"), "message.id"),
        rev=identifier(raw.get("rev"), "message.rev"),
        sender=did_in(
            sender.get("did") if isinstance(sender, dict) else None, "message.sender.did"
        ),
        text=unfolded(text, marked) if marked else text,
        at=moment(raw.get("sentAt"), "message.sentAt"),
        about=_embedded(raw.get("embed")),
    )


def _logged(item: object) -> Words | None:
    if not isinstance(item, dict):
        raise Odd(f"log: an object was expected, not {type(item).__name__}")
    if not str(item.get("$type")).endswith("#logCreateMessage"):
        return None
    return words(item.get("message"), plain_id(item.get("convoId"), "log.convoId"))


def _embedded(embed: object) -> Said | None:
    """The post that a message carries along."""
    record = embed.get("record") if isinstance(embed, dict) else None
    try:
        return wire.said(record, "embed") if isinstance(record, dict) else None
    except Odd:
        return None
