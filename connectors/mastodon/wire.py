"""What Mastodon-API servers say, as contract types: pure, and where every quirk of a shape lives.

Parse, don't trust: a field that is needed and wrong raises `Odd` with the field's name, and the
reader of a page turns that into an `Oddity` that keeps the item as it came; the rest of the page
goes on. A field that is merely wanted falls back. Facts: docs.joinmastodon.org entities, and what
the servers of docs/networks/mastodon.md were seen to send.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.contract import (
    Address,
    Attachment,
    Audience,
    Lane,
    Oddity,
    Post,
    Quoted,
)
from connectors.html import plain

Raw = Mapping[str, Any]

LONGEST_ID = 256
SNAC_ID = 42
RAW_KEPT = 20_000
"""Characters of an unreadable item that are kept."""

_AUDIENCES = {
    "public": Audience.EVERYONE,
    "unlisted": Audience.QUIET,
    "local": Audience.QUIET,
    "private": Audience.FOLLOWERS,
    "mutuals_only": Audience.FOLLOWERS,
    "limited": Audience.NAMED,
    "direct": Audience.NAMED,
}
VISIBILITY = {
    Audience.EVERYONE: "public",
    Audience.QUIET: "unlisted",
    Audience.FOLLOWERS: "private",
    Audience.NAMED: "direct",
}
"""How to ask for an audience."""
_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


class Odd(ValueError):
    """A field that is needed is missing or wrong; the text is its name and what it held."""


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are, as far as reading needs it."""

    id: str
    acct: str
    domains: frozenset[str]
    """What our server calls itself: names of people there are written without it."""
    snac: bool = False
    """snac2 calls a direct post `private`, and gives a post another id when it is edited."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification that could be read: its own id, and the post it brought."""

    id: str
    post: Post


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing: what could be read in the server's order, and what couldn't."""

    heard: tuple[Heard, ...]
    oddities: tuple[Oddity, ...]
    first: str | None
    last: str | None
    """The ids at the page's two ends, also of items that couldn't be read."""
    size: int
    rising: bool = False
    """The oldest comes first: most servers give the newest first."""

    def oldest_first(self) -> tuple[Heard, ...]:
        """What could be read, in the order in which it happened."""
        return self.heard if self.rising else self.heard[::-1]

    @property
    def newest(self) -> str | None:
        """The id to go forward from."""
        return self.last if self.rising else self.first

    @property
    def oldest(self) -> str | None:
        """The id to go back from."""
        return self.first if self.rising else self.last


def items(body: bytes | str) -> list[object]:
    """The items of a listing. Raises `Odd`."""
    found = load(body)
    if not isinstance(found, list):
        raise Odd(f"a list was expected, not {type(found).__name__}")
    return found


def load(body: bytes | str) -> object:
    """JSON, however broken or deep. Raises `Odd`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as trouble:
        raise Odd(f"not JSON: {type(trouble).__name__}") from None


def thing(body: bytes | str) -> Raw:
    """One JSON object. Raises `Odd`."""
    found = load(body)
    if not isinstance(found, dict):
        raise Odd(f"an object was expected, not {type(found).__name__}")
    return found


def notifications(raw: Sequence[object], us: Us) -> Page:
    """A page of notifications. One bad item never stops the others."""
    heard: list[Heard] = []
    odd: list[Oddity] = []
    first = last = None
    for item in raw:
        at = loose_id(item)
        if at is not None:
            first = first or at
            last = at
        try:
            found = notification(item, us)
        except Odd as trouble:
            odd.append(oddity(trouble, item, "notification"))
        else:
            if found is not None:
                heard.append(found)
    return Page(tuple(heard), tuple(odd), first, last, len(raw), _rising(raw))


def statuses(raw: Sequence[object], us: Us) -> Page:
    """A page of posts; each is `Heard` under its own id."""
    heard: list[Heard] = []
    odd: list[Oddity] = []
    first = last = None
    for item in raw:
        at = loose_id(item)
        if at is not None:
            first = first or at
            last = at
        try:
            if isinstance(item, dict) and item.get("reblog"):
                continue
            post = status(item, us)
        except Odd as trouble:
            odd.append(oddity(trouble, item, "status"))
        else:
            heard.append(Heard(post.remote_id, post))
    return Page(tuple(heard), tuple(odd), first, last, len(raw), _rising(raw))


def notification(raw: object, us: Us) -> Heard | None:
    """The post that a notification brought; None where it isn't about a post to us."""
    if not isinstance(raw, dict):
        raise Odd(f"notification: an object was expected, not {type(raw).__name__}")
    if raw.get("type") != "mention":
        return None
    at = _id(raw, "id", "notification.id")
    held = raw.get("filtered") is True
    return Heard(at, status(raw.get("status"), us, held_back=held))


def status(raw: object, us: Us, *, held_back: bool = False) -> Post:
    """One post. Raises `Odd` with the field that was wrong."""
    if not isinstance(raw, dict):
        raise Odd(f"status: an object was expected, not {type(raw).__name__}")
    get = raw.get
    remote_id = same_id(_id(raw, "id", "status.id"), us)
    by = address(get("account"), us)
    ours = by.remote_id == us.id
    content = get("content")
    if not isinstance(content, str):
        raise Odd(f"status.content: {_shown(content)}")
    at = moment(get("created_at"), "status.created_at")
    audience = audience_of(get("visibility"), us)
    reply_to = _maybe_id(get("in_reply_to_id"))
    if reply_to is not None:
        reply_to = same_id(reply_to, us)
    others = named(get("mentions"), us, by)
    to = None
    if ours:
        to = _whom(others, _maybe_id(get("in_reply_to_account_id")))
    lane = Lane.PRIVATE if audience is Audience.NAMED else Lane.PUBLIC
    conversation = None
    if lane is Lane.PRIVATE:
        other = to if ours else by
        if other is not None:
            conversation = "dm:" + other.remote_id
    elif reply_to is None:
        conversation = remote_id
    warning = get("spoiler_text")
    edited = get("edited_at")
    media = get("media_attachments")
    language = get("language")
    return Post(
        remote_id=remote_id,
        lane=lane,
        author=by,
        ours=ours,
        text=plain(content),
        at=at,
        to=to,
        conversation=conversation,
        reply_to=reply_to,
        audience=audience,
        also=tuple(
            one.handle
            for one in others
            if to is None or (one.remote_id != to.remote_id and one.handle != to.handle)
        )
        if others
        else (),
        url=_web(get("url")),
        warning=warning if isinstance(warning, str) and warning else None,
        language=language if isinstance(language, str) and language else None,
        attachments=attachments(media) if media else (),
        edited_at=_maybe_moment(edited) if edited else None,
        held_back=held_back,
    )


def quoted(post: Post) -> Quoted:
    """A post as the context of another."""
    return Quoted(
        remote_id=post.remote_id,
        author=post.author.handle,
        text=post.text if not post.warning else f"{post.warning}\n\n{post.text}",
        at=post.at,
        ours=post.ours,
        url=post.url,
    )


def address(raw: object, us: Us) -> Address:
    """Who wrote. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"account: {_shown(raw)}")
    remote_id = _id(raw, "id", "account.id")
    acct = raw.get("acct")
    if not isinstance(acct, str) or not acct or len(acct) > 500:
        acct = raw.get("username")
        if not isinstance(acct, str) or not acct or len(acct) > 500:
            raise Odd(f"account.acct: {_shown(acct)}")
    name = raw.get("display_name")
    return Address(
        remote_id=remote_id,
        handle="@" + local_name(acct, us.domains),
        name=name if isinstance(name, str) else "",
        url=_web(raw.get("url")),
        automated=raw.get("bot") is True,
        vouched=tuple(_vouched(raw.get("fields"))),
    )


def _vouched(raw: object) -> Iterator[str]:
    """The links of a profile that the server has verified.

    Source: Mastodon's documentation of `Account`, `fields[].verified_at`.
    """
    for field in raw[:20] if isinstance(raw, list) else ():
        if isinstance(field, dict) and isinstance(field.get("verified_at"), str):
            value = field.get("value")
            link = _web(plain(value)) if isinstance(value, str) and len(value) < 5_000 else None
            if link is not None:
                yield link


def same_id(remote_id: str, us: Us) -> str:
    """The id by which a post stays known.

    snac2 puts ten digits of the time of the last edit in front of what names the post, and reads
    over them when it is asked: there, any ten digits will do.
    """
    if us.snac and len(remote_id) == SNAC_ID and remote_id[:10].isdigit():
        return "0" * 10 + remote_id[10:]
    return remote_id


def local_name(acct: str, domains: frozenset[str]) -> str:
    """The name as it is written on our server: without the host, where the host is ours."""
    name, _, host = acct.lstrip("@").partition("@")
    return name if not host or host.lower() in domains else f"{name}@{host}"


def same_person(one: str, other: str, domains: frozenset[str]) -> bool:
    """True where two handles name the same person on our server."""
    return local_name(one, domains).lower() == local_name(other, domains).lower()


def audience_of(visibility: object, us: Us) -> Audience:
    """Who may read it. An unknown word is taken as the narrowest, so that no answer is wider."""
    if not isinstance(visibility, str):
        raise Odd(f"status.visibility: {_shown(visibility)}")
    if visibility == "private" and us.snac:
        return Audience.NAMED
    return _AUDIENCES.get(visibility, Audience.NAMED)


def attachments(raw: object) -> tuple[Attachment, ...]:
    """What is attached: kind, description and link. What can't be read is left out."""
    if not isinstance(raw, list):
        return ()
    found = []
    for item in raw[:64]:
        if not isinstance(item, dict):
            continue
        url = _web(item.get("url")) or _web(item.get("remote_url")) or _web(item.get("preview_url"))
        if url is None:
            continue
        description = item.get("description")
        kind = item.get("type")
        found.append(
            Attachment(
                kind=_KINDS.get(kind, "file") if isinstance(kind, str) else "file",
                url=url,
                description=description if isinstance(description, str) else "",
            )
        )
    return tuple(found)


def context(body: bytes | str, us: Us) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    """What stands above a post, oldest first, and what stands below it. Raises `Odd`."""
    raw = thing(body)
    both = []
    for side in ("ancestors", "descendants"):
        part = raw.get(side)
        if not isinstance(part, list):
            raise Odd(f"context.{side}: {_shown(part)}")
        both.append(tuple(heard.post for heard in statuses(part, us).heard))
    return both[0], both[1]


def names_us(raw: object, us: Us) -> bool:
    """True where a post is addressed to us."""
    found = raw.get("mentions") if isinstance(raw, dict) else None
    if not isinstance(found, list):
        return False
    return any(
        isinstance(one, dict)
        and (
            one.get("id") == us.id
            or (isinstance(one.get("acct"), str) and local_name(one["acct"], us.domains) == us.acct)
        )
        for one in found[:200]
    )


def loose_id(raw: object) -> str | None:
    """The id of an item that may be unreadable otherwise."""
    return _maybe_id(raw.get("id")) if isinstance(raw, dict) else None


def moment(value: object, field: str) -> datetime:
    """A moment, with or without fraction. Raises `Odd`."""
    if isinstance(value, str) and 10 <= len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is None:
                return found.replace(tzinfo=UTC)
            return found if found.tzinfo is UTC else found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Odd(f"{field}: {_shown(value)}")


def oddity(trouble: Exception, raw: object, where: str) -> Oddity:
    """What could not be read, with the item as it came."""
    try:
        kept = json.dumps(raw, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        kept = repr(type(raw))
    what = str(trouble)
    return Oddity(what=what if what.startswith(where) else f"{where}: {what}", raw=kept[:RAW_KEPT])


def named(raw: object, us: Us, by: Address) -> list[Address]:
    """The others it is addressed to: neither us nor its author, each once."""
    if not isinstance(raw, list) or not raw:
        return []
    found: dict[str, Address] = {}
    for item in raw[:200]:
        if not isinstance(item, dict):
            continue
        acct = item.get("acct")
        if not isinstance(acct, str) or not acct or len(acct) > 500:
            continue
        name = local_name(acct, us.domains)
        at = _maybe_id(item.get("id")) or ""
        if at == us.id or name == us.acct or at == by.remote_id or "@" + name == by.handle:
            continue
        if name not in found:
            found[name] = Address(remote_id=at, handle="@" + name, url=_web(item.get("url")))
    return list(found.values())


def _whom(others: list[Address], answered: str | None) -> Address | None:
    """Whom a post of ours is for: whoever it answers, or the first it names."""
    for one in others:
        if answered is not None and one.remote_id == answered:
            return one
    return others[0] if others else None


def _rising(raw: Sequence[object]) -> bool:
    if len(raw) < 2 or not isinstance(raw[0], dict) or not isinstance(raw[-1], dict):
        return False
    first, last = _maybe_moment(raw[0].get("created_at")), _maybe_moment(raw[-1].get("created_at"))
    return first is not None and last is not None and first < last


def _id(raw: Raw, name: str, field: str) -> str:
    value = raw.get(name)
    found = _maybe_id(value)
    if found is None:
        raise Odd(f"{field}: {_shown(value)}")
    return found


def _maybe_id(value: object) -> str | None:
    """An id: opaque text. Old servers sent numbers."""
    if isinstance(value, str):
        return value if 0 < len(value) <= LONGEST_ID else None
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 128:
        return str(value)
    return None


def _maybe_moment(value: object) -> datetime | None:
    try:
        return moment(value, "")
    except Odd:
        return None


def _web(value: object) -> str | None:
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


def _shown(value: object) -> str:
    plain_value = value is None or isinstance(value, str | int | float)
    text = repr(value) if plain_value else type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"
