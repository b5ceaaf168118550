"""What a Bot API server told, read and not yet judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.contract import Address, Attachment, Oddity


class Kind(StrEnum):
    """The kinds of chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where something was said. A private chat has its person's id; groups have negative ids."""

    id: int
    kind: Kind
    title: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who said it: a person, a bot, or a chat that speaks for itself."""

    address: Address
    id: int
    chat: bool = False
    """A channel's or a group's own voice: nobody can be written to behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The message that another answers, as it comes along with it."""

    id: int
    author: Author
    text: str
    at: datetime
    announces: bool = False
    """A channel's post, as it stands in the linked group: its comments answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, or what it was edited to."""

    chat: Chat
    id: int
    author: Author
    text: str
    at: datetime
    edited_at: datetime | None = None
    root: int | None = None
    """The first message of its chain of answers, where the server tells it."""
    topic: int | None = None
    """The topic of a forum in which it stands."""
    answers: Answered | None = None
    announces: bool = False
    named: tuple[str, ...] = ()
    """Handles that its text names, as they are written."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What an answer proves of a message of ours: that it stands there, under this name."""

    chat: Chat
    id: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Somebody pressed Start in the private chat. `payload` is what their link carried."""

    who: Author
    at: datetime
    payload: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A group became a supergroup: its id is another from now on."""

    old: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Our own place in a chat changed. In a private chat `kicked` means blocked."""

    chat: Chat
    status: str


Item = Said | Started | Moved | Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer of `getUpdates`."""

    items: tuple[Item, ...]
    next: int | None
    """The offset that confirms all of it; None where there was nothing."""
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Our bot."""

    id: int
    name: str
    username: str
    hears_all: bool
    """Privacy mode is off: all messages of its groups reach it."""
    joins: bool
    """It may be added to groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A chat, and what this bot is in it."""

    chat: Chat
    linked: int | None = None
    """Of a channel its discussion group, of a discussion group its channel."""
    status: str = ""
    writes: bool = True
    staff: frozenset[int] = frozenset()
    """The ids of its administrators."""

    @property
    def inside(self) -> bool:
        """True while the bot is in it."""
        return self.status in {"creator", "administrator", "member", "restricted"}

    @property
    def runs(self) -> bool:
        """True where it is an administrator: then it hears everything."""
        return self.status in {"creator", "administrator"}
