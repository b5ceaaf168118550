"""Bytes of the Bot API (core.telegram.org/bots/api) -> what they say. Pure; all quirks live here.

Parse, don't trust: what is wrong is named by its field and raised as `Odd`; in an answer with many
items it becomes an `Oddity` with the item as it came, and the others stand.
"""

from __future__ import annotations

import json
import re

from connectors.contract import Address, Oddity
from connectors.html import sentence
from connectors.telegram.contents import attachments, described, words_of
from connectors.telegram.fields import (
    BIGGEST,
    Odd,
    Raw,
    as_username,
    maybe_number,
    moment,
    number,
    some,
    text,
    thing,
)
from connectors.telegram.heard import (
    Answered,
    Author,
    Chat,
    Heard,
    Item,
    Kind,
    Me,
    Moved,
    Place,
    Said,
    Sent,
    Standing,
    Started,
)

HEARD = ("message", "edited_message", "my_chat_member")
"""The kinds of update that are asked for."""
RAW_KEPT = 20_000
_START = re.compile(r"/start(?:@\w{1,64})?(?:[ \n]+([A-Za-z0-9_-]{1,64}))?\s*")
_KINDS = {kind.value: kind for kind in Kind}


# --- answers -------------------------------------------------------------------------------------


def result(body: bytes) -> object:
    """What an answer carries. Raises `Odd`."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise Odd("the answer isn't JSON") from None
    if not isinstance(raw, dict):
        raise Odd("the answer isn't an object")
    if raw.get("ok") is not True or "result" not in raw:
        raise Odd("ok: not true")
    return raw["result"]


def description(body: bytes) -> tuple[str, Raw]:
    """What a refusal says, and its parameters; empty where there is nothing to read."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return "", {}
    if not isinstance(raw, dict):
        return "", {}
    said, parameters = raw.get("description"), raw.get("parameters")
    return (
        sentence(said) if isinstance(said, str) else "",
        parameters if isinstance(parameters, dict) else {},
    )


def refusal(body: bytes) -> int | None:
    """The `error_code` of a refusal, whatever the status of its answer."""
    if b'"ok":true' in body[:20]:
        return None
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = raw.get("error_code") if isinstance(raw, dict) and raw.get("ok") is False else None
    return code if isinstance(code, int) and 400 <= code < 600 else None


def retry_after(body: bytes) -> int | None:
    """The seconds that a 429 asks for, in `parameters.retry_after`."""
    wait = description(body)[1].get("retry_after")
    return wait if isinstance(wait, int) and not isinstance(wait, bool) and wait > 0 else None


def moved_to(body: bytes) -> int | None:
    """The new id of a group that became a supergroup, in `parameters.migrate_to_chat_id`."""
    new = description(body)[1].get("migrate_to_chat_id")
    return (
        new if isinstance(new, int) and not isinstance(new, bool) and -BIGGEST < new < 0 else None
    )


def updates(body: bytes) -> Heard:
    """An answer of `getUpdates`. Raises `Odd` only where nothing in it can be read."""
    found = result(body)
    if not isinstance(found, list):
        raise Odd("result: not a list")
    items: list[Item] = []
    oddities: list[Oddity] = []
    last: int | None = None
    for raw in found:
        try:
            update = thing(raw, "update")
            last = number(update, "update_id")
        except Odd as trouble:
            oddities.append(_oddity(trouble, raw))
            continue
        try:
            item = update_item(update)
        except Odd as trouble:
            oddities.append(_oddity(trouble, raw))
        else:
            if item is not None:
                items.append(item)
    if found and last is None:
        raise Odd("update_id: not one can be read")
    return Heard(
        items=tuple(items), next=None if last is None else last + 1, oddities=tuple(oddities)
    )


def update_item(update: Raw) -> Item | None:
    """What an update tells; None for what we don't take in. Raises `Odd`."""
    for kind in ("message", "edited_message"):
        if kind in update:
            return message(thing(update[kind], kind), edited=kind == "edited_message")
    if "my_chat_member" in update:
        raw = thing(update["my_chat_member"], "my_chat_member")
        new = thing(raw.get("new_chat_member"), "my_chat_member.new_chat_member")
        return Standing(chat=chat(raw.get("chat")), status=text(new, "status"))
    return None


# --- messages ------------------------------------------------------------------------------------


def message(raw: Raw, *, edited: bool = False) -> Item | None:
    """A message; None for one that says nothing (somebody joined). Raises `Odd`."""
    where = chat(raw.get("chat"))
    new = raw.get("migrate_to_chat_id")
    if new is not None:
        return Moved(old=where.id, new=number(raw, "migrate_to_chat_id"))
    who = author(raw)
    at = moment(raw, "date")
    said = words_of(raw)
    listed = attachments(raw)
    if not said and not listed:
        said = described(raw)
    if where.kind is Kind.PRIVATE and not edited and not listed:
        start = _START.fullmatch(said)
        if start is not None:
            return Started(who=who, at=at, payload=start[1])
    if not said and not listed:
        return None
    in_topic = raw.get("is_topic_message") is True
    thread = maybe_number(raw, "message_thread_id")
    return Said(
        chat=where,
        id=number(raw, "message_id"),
        author=who,
        text=said,
        at=at,
        edited_at=moment(raw, "edit_date") if edited and "edit_date" in raw else
        (at if edited else None),
        root=None if in_topic else thread,
        topic=thread if in_topic else None,
        answers=answered(raw.get("reply_to_message"), where),
        announces=raw.get("is_automatic_forward") is True,
        named=named(raw),
        attachments=listed,
    )  # fmt: skip


def sent(found: object) -> Sent:
    """What the answer to a send proves; whatever else is odd in it, the message stands there.
    Raises `Odd`."""
    raw = thing(found, "result")
    where, own = chat(raw.get("chat")), number(raw, "message_id")
    try:
        at = moment(raw, "date")
    except Odd:
        return Sent(chat=where, id=own)
    return Sent(chat=where, id=own, at=at)


def answered(raw: object, where: Chat) -> Answered | None:
    """The message that another answers; what can't be read of it isn't worth losing the answer."""
    if not isinstance(raw, dict) or "forum_topic_created" in raw:
        return None
    try:
        if chat(raw.get("chat")).id != where.id:
            return None
        return Answered(
            id=number(raw, "message_id"),
            author=author(raw),
            text=words_of(raw) or ", ".join(one.kind for one in attachments(raw)),
            at=moment(raw, "date"),
            announces=raw.get("is_automatic_forward") is True,
        )
    except Odd:
        return None


def author(raw: Raw) -> Author:
    """Who wrote a message. Raises `Odd`."""
    speaks = raw.get("sender_chat")
    if isinstance(speaks, dict):
        voice = chat(speaks)
        return Author(
            address=Address(
                remote_id=str(voice.id),
                handle=f"@{voice.username}" if voice.username else voice.title or f"id {voice.id}",
                name=voice.title,
                url=f"https://t.me/{voice.username}" if voice.username else None,
            ),
            id=voice.id,
            chat=True,
        )
    return person(thing(raw.get("from"), "from"))


def person(raw: Raw) -> Author:
    """A person or a bot. Raises `Odd`."""
    own = number(raw, "id")
    name = " ".join(
        part for part in (some(raw.get("first_name")), some(raw.get("last_name"))) if part
    )
    username = as_username(raw.get("username"))
    language = some(raw.get("language_code"))
    return Author(
        address=Address(
            remote_id=str(own),
            handle=f"@{username}" if username else name or f"id {own}",
            name=name,
            url=f"https://t.me/{username}" if username else None,
            language=language[:35] or None,
            automated=raw.get("is_bot") is True,
        ),
        id=own,
    )


def named(raw: Raw) -> tuple[str, ...]:
    """The handles that a text names."""
    said = raw.get("text") or raw.get("caption")
    entities = raw.get("entities") or raw.get("caption_entities")
    if not isinstance(said, str) or not isinstance(entities, list):
        return ()
    signs = said.encode("utf-16-le", "surrogatepass")
    found: list[str] = []
    for entity in entities[:100]:
        if not isinstance(entity, dict):
            continue
        offset, length = entity.get("offset"), entity.get("length")
        if not _small(offset) or not _small(length):
            continue
        assert isinstance(offset, int) and isinstance(length, int)  # noqa: PT018
        piece = signs[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")
        if entity.get("type") == "mention" and piece[:1] == "@":
            found.append(piece)
        elif entity.get("type") == "text_mention" and isinstance(entity.get("user"), dict):
            try:
                found.append(person(entity["user"]).address.handle)
            except Odd:
                continue
    return tuple(dict.fromkeys(found))


# --- who and where -------------------------------------------------------------------------------


def chat(raw: object) -> Chat:
    """A chat. Raises `Odd`."""
    found = thing(raw, "chat")
    kind = _KINDS.get(text(found, "type", "chat.type"))
    if kind is None:
        raise Odd("chat.type: not one that is known")
    return Chat(
        id=number(found, "id", "chat.id"),
        kind=kind,
        title=some(found.get("title")),
        username=as_username(found.get("username")),
    )


def me(found: object) -> Me:
    """Who we are, as `getMe` says. Raises `Odd`."""
    raw = thing(found, "result")
    username = as_username(raw.get("username"))
    if not username:
        raise Odd("username: missing")
    return Me(
        id=number(raw, "id"),
        name=some(raw.get("first_name")),
        username=username,
        hears_all=raw.get("can_read_all_group_messages") is True,
        joins=raw.get("can_join_groups") is not False,
    )


def place(found: object, standing: object, staff: object) -> Place:
    """A group, out of `getChat`, `getChatMember` and `getChatAdministrators`. Raises `Odd`."""
    raw, own = thing(found, "result"), thing(standing, "result")
    status = text(own, "status")
    allowed = raw.get("permissions")
    writes = True
    if status == "restricted":
        writes = own.get("can_send_messages") is True
    elif status == "member" and isinstance(allowed, dict):
        writes = allowed.get("can_send_messages") is not False
    ids = set()
    for one in staff if isinstance(staff, list) else ():
        try:
            ids.add(number(thing(thing(one, "member").get("user"), "user"), "id"))
        except Odd:
            continue
    return Place(
        chat=chat(raw),
        linked=maybe_number(raw, "linked_chat_id"),
        status=status,
        writes=writes,
        staff=frozenset(ids),
    )


def link(where: Chat, message_id: int) -> str | None:
    """The address of a message; a basic group's and a private chat's have none."""
    if where.username and where.kind is not Kind.PRIVATE:
        return f"https://t.me/{where.username}/{message_id}"
    own = str(where.id)
    if where.kind is Kind.SUPERGROUP and own.startswith("-100"):
        return f"https://t.me/c/{own[4:]}/{message_id}"
    return None


def remote_id(chat_id: int, message_id: int) -> str:
    """A message's name with us: its own id counts within its chat."""
    return f"{chat_id}/{message_id}"


def split(name: str | None) -> tuple[int, int] | None:
    """The chat and the message that a name of ours stands for."""
    found = re.fullmatch(r"(-?[0-9]{1,19})/([0-9]{1,19})", name or "")
    return (int(found[1]), int(found[2])) if found else None


def _small(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 100_000


def _oddity(trouble: Odd, raw: object) -> Oddity:
    return Oddity(what=f"update: {trouble}", raw=json.dumps(raw, ensure_ascii=True)[:RAW_KEPT])
