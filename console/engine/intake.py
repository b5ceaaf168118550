"""Takes a batch from a network into the store: strangers' text is made plain on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from connectors.contract import (
    Address,
    Arrival,
    Attachment,
    Batch,
    Bounced,
    Oddity,
    Post,
    Quoted,
)
from console.desk.plain import plain, plain_line
from console.store import arrivals
from console.store.arrivals import TakenIn
from console.store.connection import Work

TEXT_LIMIT = 20_000
"""Characters kept of one post; far more than any network that is a conversation allows."""

FOLDED_LIMIT = 10_000
"""Of what stands below it: each mail of a long exchange may quote all of those before."""

NAME_LIMIT = 120
LINK_LIMIT = 2_000


def take_in(work: Work, account: str, batch: Batch, now: datetime) -> TakenIn:
    """Clean, weave and store a batch with its cursor, as one unit of work."""
    return arrivals.take_in(work, account, clean(batch), now)


def clean(batch: Batch) -> Batch:
    """The batch with every text made plain. Items whose ids can't be kept become oddities."""
    kept: list[Arrival] = []
    oddities = [
        Oddity(what=plain_line(odd.what, 400), raw=_storable(odd.raw)) for odd in batch.oddities
    ]
    for arrival in batch.arrivals:
        if not _ids_can_be_kept(arrival):
            oddities.append(Oddity(what="an id that isn't text", raw=_storable(repr(arrival))))
        elif isinstance(arrival, Post):
            kept.append(clean_post(arrival))
        elif isinstance(arrival, Bounced):
            kept.append(replace(arrival, words=plain_line(arrival.words, 600)))
        else:
            kept.append(arrival)
    return replace(batch, arrivals=tuple(kept), oddities=tuple(oddities))


def clean_post(post: Post) -> Post:
    """The post with its text, names and links made plain; the same post when they are already."""
    text = plain(post.text, limit=TEXT_LIMIT)
    author = clean_address(post.author)
    to = None if post.to is None else clean_address(post.to)
    if (
        text == post.text
        and author is post.author
        and to is post.to
        and not (post.above or post.attachments or post.also or post.warning or post.folded)
        and _link(post.url) == post.url
    ):
        return post
    return replace(
        post,
        text=text,
        author=author,
        to=to,
        url=_link(post.url),
        warning=plain_line(post.warning, 500) or None if post.warning else None,
        language=post.language[:35] if post.language else None,
        also=tuple(plain_line(handle, NAME_LIMIT) for handle in post.also),
        folded=plain(post.folded, limit=FOLDED_LIMIT),
        above=tuple(_clean_quoted(quoted) for quoted in post.above),
        attachments=tuple(_clean_attachment(attached) for attached in post.attachments),
    )


def clean_address(address: Address) -> Address:
    """The address with its names made plain."""
    handle = plain_line(address.handle, NAME_LIMIT)
    name = plain_line(address.name, NAME_LIMIT)
    url = _link(address.url)
    if handle and (handle, name, url) == (address.handle, address.name, address.url):
        return address
    return replace(address, handle=handle or "(no name)", name=name, url=url)


def _clean_quoted(quoted: Quoted) -> Quoted:
    return replace(
        quoted,
        author=plain_line(quoted.author, NAME_LIMIT),
        text=plain(quoted.text, limit=2_000),
        url=_link(quoted.url),
    )


def _clean_attachment(attached: Attachment) -> Attachment:
    return Attachment(
        kind=plain_line(attached.kind, 20),
        url=plain_line(attached.url, LINK_LIMIT),
        description=plain_line(attached.description, 1_500),
    )


def _link(url: str | None) -> str | None:
    return plain_line(url, LINK_LIMIT) if url else url


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:TEXT_LIMIT]


def _ids_can_be_kept(arrival: Arrival) -> bool:
    """A lone surrogate is no text: neither the database nor a network would take it back."""
    ids = [arrival.remote_id]
    if isinstance(arrival, Post):
        ids += [arrival.author.remote_id, arrival.conversation or "", arrival.reply_to or ""]
    joined = "".join(ids)
    if joined.isascii():
        return bool(arrival.remote_id)
    try:
        joined.encode()
    except UnicodeEncodeError:
        return False
    return bool(arrival.remote_id)
