"""What Bluesky told, as values: posts, conversations, messages, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Address, Attachment, Oddity


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A record's address and the hash of what it holds, as a reply or an embed names it."""

    uri: str
    cid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One post in the open."""

    uri: str
    cid: str
    author: Address
    text: str
    at: datetime
    """When the network took it in, or earlier where its author says so."""
    root: Ref | None = None
    """What the thread begins with; None where it is this post."""
    parent: Ref | None = None
    quotes: str | None = None
    """The post that is embedded in it."""
    named: tuple[tuple[str, str], ...] = ()
    """The DIDs that it mentions, each with the name as it stands in the text."""
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    warning: str | None = None
    replies: int = 0
    """How many posts answer it, as far as the network tells."""
    shut: bool = False
    """Its thread doesn't take answers from us."""
    answered: Address | None = None
    """Who wrote what it answers, where the network tells."""
    began: Address | None = None
    """Who wrote the first post of its thread, where the network tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a listing, newest first: what could be read, what couldn't, and how to go on."""

    said: tuple[Said, ...]
    oddities: tuple[Oddity, ...]
    cursor: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Convo:
    """A private conversation."""

    id: str
    rev: str
    """Rises with everything that happens in it; comparable over all of ours."""
    members: tuple[Address, ...]
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One private message."""

    convo: str
    id: str
    rev: str
    sender: str
    text: str
    at: datetime
    about: Said | None = None
    """The post that is embedded in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Some messages of one conversation, or of many: newest first by `getMessages`, oldest first
    by `getLog`."""

    words: tuple[Words, ...]
    oddities: tuple[Oddity, ...]
    cursor: str | None
    size: int
    newest: str = ""
    """The highest rev in it, also of what couldn't be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A session as the network gives it."""

    access: str
    refresh: str
    did: str
    handle: str
    pds: str | None
    """Where the account's own server is, by its DID document."""
