"""What Bluesky's servers say in the open, as values of ours: pure, with every quirk of a shape.

Parse, don't trust: a field that is needed and wrong raises `Odd` with the field's name, and the
reader of a list turns that into an `Oddity` that keeps the item as it came; the rest goes on.
Facts: the lexicons of com.atproto and app.bsky, and what the reference PDS and AppView (2026) were
seen to send. The `remote_id` of a post is its at:// address.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

from connectors.bluesky.facets import understood
from connectors.bluesky.heard import Page, Said, Tokens
from connectors.bluesky.shapes import (
    LONGEST_ID,
    POST,
    Odd,
    cursor_of,
    did_in,
    each,
    identifier,
    items_in,
    listed,
    maybe_ref,
    moment,
    page_of,
    shown,
    split_uri,
    text_in,
    thing,
    uri_in,
    web,
)
from connectors.contract import Address, Attachment, Oddity

_MOST = 300
HANDED_OUT = ".bsky.social"
"""Handles under this are given to whoever asks: they say nothing of who it is."""


def address(raw: object, where: str = "author") -> Address:
    """A person. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"{where}: {shown(raw)}")
    did = did_in(raw.get("did"), f"{where}.did")
    handle = raw.get("handle")
    if not isinstance(handle, str) or not 0 < len(handle) <= 300 or not handle.isprintable():
        raise Odd(f"{where}.handle: {shown(handle)}")
    name = raw.get("displayName")
    labels = listed(raw.get("labels"))
    # The network's word for a name that doesn't lead back to its owner.
    leads_back = handle != "handle.invalid"
    own = _web_name(handle) if leads_back and not handle.endswith(HANDED_OUT) else None
    return Address(
        remote_id=did,
        handle=f"@{handle}" if leads_back else did,
        name=name if isinstance(name, str) else "",
        url=web(f"https://bsky.app/profile/{did}"),
        automated=bool(labels)
        and any(isinstance(one, dict) and one.get("val") == "bot" for one in labels),
        vouched=(own,) if own is not None else (),
    )


def _web_name(handle: str) -> str | None:
    """The address that a handle is: the network has seen that its owner owns the domain."""
    return web(f"https://{handle.lower()}") if "/" not in handle and "." in handle else None


# --- a session -----------------------------------------------------------------------------------


def tokens(body: bytes | str) -> Tokens:
    """A session, from createSession or refreshSession. Raises `Odd`."""
    raw = thing(body)
    return Tokens(
        access=text_in(raw, "accessJwt"),
        refresh=text_in(raw, "refreshJwt"),
        did=did_in(raw.get("did"), "did"),
        handle=text_in(raw, "handle"),
        pds=pds_of(raw.get("didDoc")),
    )


def pds_of(document: object) -> str | None:
    """Where an account's own server is, by its DID document."""
    if not isinstance(document, dict):
        return None
    for one in listed(document.get("service")):
        if not isinstance(one, dict) or not isinstance(one.get("id"), str):
            continue
        at = one.get("serviceEndpoint")
        if one["id"].endswith("#atproto_pds") and isinstance(at, str) and len(at) < 500:
            return at
    return None


def scope(token: str) -> str:
    """What a token lets its holder do, as its server wrote it down; empty where it doesn't say."""
    try:
        body = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        found = said.get("scope")
    except (IndexError, ValueError, AttributeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


# --- posts ---------------------------------------------------------------------------------------


def notifications(body: bytes | str) -> Page:
    """A page of listNotifications. Raises `Odd` where nothing can be made of it at all."""
    return _page(body, "notifications", "notification", lambda item: said(item, "notification"))


def feed(body: bytes | str) -> Page:
    """A page of getAuthorFeed: reposts are left out. Raises `Odd`."""
    return _page(body, "feed", "feed", _in_feed)


def posts(body: bytes | str) -> Page:
    """The posts of getPosts. Raises `Odd`."""
    return _page(body, "posts", "post", lambda item: said(item, "post"))


def above(body: bytes | str) -> list[Said]:
    """What stands above a post in getPostThread, oldest first, up to a gap. Raises `Odd`."""
    at = thing(body).get("thread")
    found: list[Said] = []
    while isinstance(at, dict) and len(found) <= _MOST:
        at = at.get("parent")
        if not isinstance(at, dict) or "post" not in at:
            break
        try:
            found.append(said(at["post"], "post"))
        except Odd:
            break
    return found[::-1]


def below(body: bytes | str) -> list[Said]:
    """What the author of a post answered themselves with in getPostThread, oldest first, each an
    answer to the one before. Raises `Odd`."""
    top = thing(body).get("thread")
    found: dict[str, Said] = {}
    waiting = [top]
    author = None
    while waiting and len(found) <= _MOST:
        at = waiting.pop()
        if not isinstance(at, dict) or "post" not in at:
            continue
        try:
            post = said(at["post"], "post")
        except Odd:
            continue
        author = author or post.author.remote_id
        if post.author.remote_id != author:
            continue
        found[post.uri] = post
        waiting += listed(at.get("replies"))[:_MOST]
    return sorted(list(found.values())[1:], key=lambda one: one.at)


def said(raw: object, where: str) -> Said:
    """One post, as a notification or a view of it has it. Raises `Odd`."""
    if not isinstance(raw, dict):
        raise Odd(f"{where}: an object was expected, not {type(raw).__name__}")
    uri = uri_in(raw.get("uri"), f"{where}.uri")
    author = address(raw.get("author"))
    record = raw.get("record")
    if not isinstance(record, dict):
        record = raw.get("value")
    if not isinstance(record, dict):
        raise Odd(f"{where}.record: {shown(raw.get('record'))}")
    text = record.get("text")
    if not isinstance(text, str):
        raise Odd(f"{where}.record.text: {shown(text)}")
    reply = record.get("reply")
    root = parent = None
    if isinstance(reply, dict):
        first, answered = reply.get("root"), reply.get("parent")
        parent = maybe_ref(answered)
        root = parent if first == answered else maybe_ref(first)
    marked = record.get("facets")
    words, named = understood(text, marked) if marked else (text, ())
    viewer = raw.get("viewer")
    replies = raw.get("replyCount")
    languages = record.get("langs")
    embed = record.get("embed")
    return Said(
        uri=uri,
        cid=identifier(raw.get("cid"), f"{where}.cid"),
        author=author,
        text=words,
        at=moment(raw.get("indexedAt"), f"{where}.indexedAt"),
        root=root or parent,
        parent=parent,
        quotes=_quoted(embed),
        named=named,
        language=_language(languages),
        attachments=_attachments(embed, raw.get("embed"), uri, text) if embed else (),
        warning=_warning(record.get("labels")),
        replies=replies if type(replies) is int else 0,
        shut=isinstance(viewer, dict) and viewer.get("replyDisabled") is True,
    )


def _in_feed(item: object) -> Said | None:
    if not isinstance(item, dict):
        raise Odd(f"feed: an object was expected, not {type(item).__name__}")
    reason = item.get("reason")
    if isinstance(reason, dict) and "Repost" in str(reason.get("$type")):
        return None
    found = said(item.get("post"), "feed.post")
    reply = item.get("reply")
    if not isinstance(reply, dict):
        return found
    return replace(found, answered=_author(reply.get("parent")), began=_author(reply.get("root")))


def _author(view: object) -> Address | None:
    try:
        return address(view.get("author")) if isinstance(view, dict) else None
    except Odd:
        return None


def _quoted(embed: object) -> str | None:
    """The post that a record embeds, beside pictures or alone."""
    for _ in range(2):
        if not isinstance(embed, dict):
            return None
        uri = embed.get("uri")
        if isinstance(uri, str):
            parts = split_uri(uri) if len(uri) <= LONGEST_ID else None
            return uri if parts is not None and parts[1] == POST else None
        embed = embed.get("record")
    return None


def _attachments(embed: object, view: object, uri: str, text: str) -> tuple[Attachment, ...]:
    """Pictures, films and links: what can't be read is left out. A record only has the hash of a
    picture, so where there is no view of it, its link is the post's page."""
    if not isinstance(embed, dict):
        return ()
    inner, shown = embed.get("media"), view
    if isinstance(inner, dict):
        embed = inner
        shown = view.get("media") if isinstance(view, dict) else None
    page = page_of(uri) or ""
    found: list[Attachment] = []
    seen = listed(shown.get("images")) if isinstance(shown, dict) else []
    for at, one in enumerate(listed(embed.get("images"))[:16]):
        if isinstance(one, dict):
            full = seen[at].get("fullsize") if at < len(seen) and isinstance(seen[at], dict) else ""
            found.append(
                Attachment(kind="image", url=web(full) or page, description=_alt(one.get("alt")))
            )
    if isinstance(embed.get("video"), dict):
        found.append(Attachment(kind="video", url=page, description=_alt(embed.get("alt"))))
    external = embed.get("external")
    if isinstance(external, dict):
        link = web(external.get("uri"))
        if link is not None and link not in text:
            found.append(Attachment(kind="file", url=link, description=_alt(external.get("title"))))
    return tuple(one for one in found if one.url)


def _alt(value: object) -> str:
    return value if isinstance(value, str) else ""


def _language(raw: object) -> str | None:
    first = raw[0] if isinstance(raw, list) and raw else None
    return first if isinstance(first, str) and 0 < len(first) <= 40 else None


def _warning(raw: object) -> str | None:
    """What its author labelled a post as."""
    if not isinstance(raw, dict):
        return None
    values = [one.get("val") for one in listed(raw.get("values"))[:8] if isinstance(one, dict)]
    kept = [one[:60] for one in values if isinstance(one, str) and one and one[0] != "!"]
    return ", ".join(kept) or None


def _page(body: bytes | str, name: str, where: str, read: Callable[[object], Said | None]) -> Page:
    raw = thing(body)
    items = items_in(raw, name)
    odd: list[Oddity] = []
    found = tuple(each(items, where, read, odd))
    return Page(said=found, oddities=tuple(odd), cursor=cursor_of(raw), size=len(items))
