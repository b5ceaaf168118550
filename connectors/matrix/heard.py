"""What a Matrix server told, as values: messages, what was taken away, and where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.contract import Attachment, Oddity


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message in a room."""

    room: str
    event: str
    sender: str
    name: str
    """What the sender calls themselves in this room, where that is known."""
    text: str
    at: datetime
    reply_to: str | None = None
    """The event it answers."""
    thread: str | None = None
    """The event at the root of its thread."""
    named: tuple[str, ...] = ()
    """The people it is addressed to."""
    marked: bool = False
    """Its sender's app says whom it is addressed to, be it nobody."""
    replaces: str | None = None
    """The event whose words it replaces."""
    attachments: tuple[Attachment, ...] = ()
    key: str | None = None
    sealed: bool = False
    automated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A message was taken away."""

    room: str
    event: str
    at: datetime


Item = Said | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of a room's messages in the order asked for, and where the next page begins."""

    items: tuple[Item, ...]
    oddities: tuple[Oddity, ...]
    size: int
    end: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new in one room that we are in."""

    room: str
    items: tuple[Item, ...]
    limited: bool
    """There is more than was told."""
    moved: bool = False
    """Somebody came, went, or was asked in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody asks us into a room."""

    room: str
    by: str
    direct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One answer to `/sync`."""

    next: str
    rooms: tuple[News, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    left: tuple[str, ...] = ()
    """Rooms in which we aren't any more."""
    direct: dict[str, list[str]] | None = None
    """`m.direct`, where it changed: a person and the rooms with them."""
    created: Mapping[str, str] = field(default_factory=dict)
    """Rooms that carry the key of one of our deliveries."""
    oddities: tuple[Oddity, ...] = ()
