"""What a network can tell us and what it can do for us.

A connector speaks one network for one account. It knows nothing of threads, drafts, templates or
the store: it turns what the network says into `Arrival` values, and turns an `Outgoing` into one
request whose outcome it reports without hope or guessing.

The way in
    `listen` yields `Batch` values. Each holds arrivals and the `Cursor` that stands after them; the
    desk stores both in one transaction, so a crash may repeat a batch and can never skip one.
    History since the cursor comes first, then live. An empty batch is a sign of life.

The way out
    `send` makes at most one attempt. What it raises says what is known, and everything the desk
    does next hangs on that word:

    `Unreachable`   nothing left this machine; the words are safe and may be tried again
    `NotYet`        only the customer can begin here, and hasn't; nothing was posted, it waits
    `SlowDown`      the network asked us to wait until a moment; nothing was posted
    `Unauthorised`  the network doesn't accept our key; nothing was posted, a person has to sign in
    `Refused`       the network said no to this; nothing was posted and trying again won't help
    `Doubtful`      it may have been posted; `find_sent` or a person has to settle it

An operation that a network doesn't have is absent from `Hello.can`, with the reason in
`Hello.cannot`; it is never imitated. The standard library is all this module needs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

Cursor = str
"""Where we stopped listening: opaque to everyone but the connector that made it."""

Clock = Callable[[], datetime]
"""Now, aware and in UTC. Passed in, so that tests own the time."""

Secrets = Mapping[str, str]
"""The account's secrets by name (`token`). Handed over by the engine, never looked up."""

Keep = Callable[[str, str], Awaitable[None]]
"""Keeps a secret under a name, to be among the `Secrets` of the next `open`. Never raises: where it
can't be kept, the connector has to do without."""


class Lane(StrEnum):
    """The two lanes of a thread."""

    PUBLIC = "public"
    PRIVATE = "private"


class Audience(StrEnum):
    """Who may read a post, widest first. A reply is never wider than what it answers."""

    EVERYONE = "everyone"
    QUIET = "quiet"
    """Everyone who looks, but not announced in timelines (Mastodon: `unlisted`)."""
    FOLLOWERS = "followers"
    NAMED = "named"
    """Only those it was addressed to: the private lane."""


class Capability(StrEnum):
    """What this account may do now. A missing one is greyed out with its reason."""

    REPLY_PUBLIC = "reply_public"
    REPLY_PRIVATE = "reply_private"
    """Answer in a private lane that exists already."""
    OPEN_PRIVATE = "open_private"
    """Begin a private lane with somebody who wrote in public."""
    INVITE = "invite"
    """Where only the customer can begin in private: a public answer can carry a link by which they
    do (`Outgoing.invites`), and our private words wait for it (`NotYet`, `Began`)."""
    PROBE_PRIVATE = "probe_private"
    REFUSAL_SHOWN = "refusal_shown"
    """The network tells us when a private message was refused. Where it is absent, a refusal is
    silent, and the acknowledgement has to say where else to look."""
    IDEMPOTENT = "idempotent"
    """The network itself posts one key once: repeating a doubtful request with its key is safe."""
    FIND_SENT = "find_sent"
    EDIT = "edit"
    """Other words can be put in the place of those that we sent."""
    DELETE = "delete"
    """What we sent can be taken away again."""
    DELETE_PRIVATE = "delete_private"
    """So can what we sent in private, from the customer's view as well as ours."""


class Hearing(StrEnum):
    """How the account hears its network just now."""

    CATCHING_UP = "catching up"
    STREAMING = "streaming"
    POLLING = "polling"


class Likelihood(StrEnum):
    """A free hint on whether a private message would be accepted. Never a promise."""

    LIKELY = "likely"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"


# --- what a network tells us -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A name that a person has on one network.

    `remote_id` is the network's own id, opaque. `handle` is written the way a person would address
    them (`@ana@social.example`); `name` is what they call themselves and may be empty. `vouched`
    are web and `mailto:` addresses of which the network says that they are this person's.
    """

    remote_id: str
    handle: str
    name: str = ""
    url: str | None = None
    language: str | None = None
    automated: bool = False
    vouched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something attached to a post: listed with its description and link, never fetched."""

    kind: str
    """`image`, `video`, `audio` or `file`."""
    url: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A post that stands above a conversation and isn't part of it: shown as its context."""

    remote_id: str
    author: str
    """The handle of whoever wrote it."""
    text: str
    at: datetime
    ours: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Words that a person or we wrote. The same `remote_id` again with other words is an edit.

    `text` is plain text with line breaks, as the network had it: not yet made safe for a screen.
    Moments are aware and in UTC.
    """

    remote_id: str
    lane: Lane
    author: Address
    ours: bool
    text: str
    at: datetime
    to: Address | None = None
    """For our own posts: whom they answer, where the network says it."""
    conversation: str | None = None
    """The network's own key of the conversation (a root post, a room); opaque."""
    reply_to: str | None = None
    """The `remote_id` of the post it answers."""
    audience: Audience = Audience.EVERYONE
    also: tuple[str, ...] = ()
    """Handles of others it was addressed to, besides us and its author."""
    above: tuple[Quoted, ...] = ()
    """What stands above it in the conversation, oldest first."""
    url: str | None = None
    warning: str | None = None
    """The content warning or subject line that covers the text."""
    headed: bool = False
    """That is a subject line: it says what the matter is, and warns of nothing."""
    folded: str = ""
    """What stands below the words and is shown when it is asked for: the quote of what they answer,
    a signature. Kept, for what looks like one may be none."""
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    edited_at: datetime | None = None
    held_back: bool = False
    """The network filtered it (Mastodon's notification requests); we show it all the same."""
    unread: str | None = None
    """For our own posts: why nobody can have read it yet, in a few words, where the network tells
    (Matrix: `invited, not joined`). Told again without it once that has changed; told again with
    another reason, it is our turn once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A post that its author or the network took away, verified by the connector."""

    remote_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced:
    """Words of ours that came back: the network had taken them, and learnt later that it can't
    deliver them. What counted as sent is refused after all."""

    remote_id: str
    """Of our own post."""
    at: datetime
    words: str
    """For people: that it came back, and the network's own words why."""
    key: str | None = None
    """The key of its delivery, where the network carries it: for one whose receipt was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A customer began the private conversation that our words wait for (`NotYet`).

    It lets go only what waits for this very person: whoever else follows a link gets nothing.
    """

    who: Address
    at: datetime
    key: str | None = None
    """The key of the delivery whose invitation they followed; None: they came by themselves, and
    everything that waits for them may leave."""

    @property
    def remote_id(self) -> str:
        """Of the person, for what is asked of every arrival."""
        return self.who.remote_id


Arrival = Post | Deleted | Bounced | Began


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """An item that could not be read: which field was wrong and the item as it came."""

    what: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some arrivals and the cursor that stands after them.

    `cursor` of None means that the batch doesn't move it. `behind` counts the items still to come
    in a catch-up, where the network tells; it only feeds a progress line.
    """

    arrivals: tuple[Arrival, ...] = ()
    cursor: Cursor | None = None
    hearing: Hearing = Hearing.POLLING
    oddities: tuple[Oddity, ...] = ()
    behind: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a text may be, in the network's own unit. None means that it has no such limit."""

    public: int | None
    private: int | None
    unit: str = "characters"
    public_window: timedelta | None = None
    """How long after the customer's last words in the lane the network takes an answer."""
    private_window: timedelta | None = None
    kept: timedelta | None = None
    """How long the network keeps for us what we haven't heard yet; None: as long as it stands."""

    def window(self, lane: Lane) -> timedelta | None:
        """How long after the customer's last words an answer is taken; None: for ever."""
        return self.public_window if lane is Lane.PUBLIC else self.private_window


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Something about the account that hurts support and that `take_advice` can put right."""

    key: str
    words: str
    """What is the matter and what taking the advice changes, in one or two sentences."""
    by_hand: bool = False
    """Only a person can put it right, as the words say: `take_advice` can't."""
    shuts_out: bool = False
    """Until it is put right, customers can't begin in private: asking them to is in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What an account is and may do, as the network said when it was opened.

    It is remembered between runs, so that texts can be measured and answered with no network.
    `facts` is the connector's own memory (server software, versions): opaque strings.
    """

    account: Address
    can: Set[Capability]
    cannot: Mapping[Capability, str]
    limits: Limits
    where: str = ""
    """The server, for people: `social.example`."""
    advice: tuple[Advice, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    """A public post may stand where all can read it and be announced to nobody but whom it names
    (`Audience.QUIET`). Elsewhere whatever is public is announced alike."""


# --- what we ask of a network ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Words for one lane of one thread, complete: nothing about them is looked up at sending.

    `conversation` is None when the private lane has yet to be opened. `about` is the public post
    that a first private message carries along. `audience` is the widest that the post may have.
    `invites` is the key of a private delivery that waits for the customer: the post carries the
    link by which they begin. Only where `Capability.INVITE`.
    """

    lane: Lane
    text: str
    to: Address
    reply_to: str | None = None
    conversation: str | None = None
    about: str | None = None
    audience: Audience = Audience.EVERYONE
    warning: str | None = None
    language: str | None = None
    invites: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that a post exists: the network's id for it, and where it stands."""

    remote_id: str
    at: datetime
    conversation: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Proof that a post doesn't exist and can't appear any more (or that its key makes a repeat
    safe): sending it again can't double it."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """No proof either way. `again_at` says when another look may help; None: only a person can."""

    words: str
    again_at: datetime | None = None


Found = Receipt | NotSent | CannotTell


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of a lane's length a text uses, in the unit of `Limits`. `limit` None: no limit."""

    used: int
    limit: int | None

    @property
    def left(self) -> int | None:
        """What is left; negative when the text is too long."""
        return None if self.limit is None else self.limit - self.used


# --- what goes wrong -------------------------------------------------------------------------


class ConnectorError(Exception):
    """The root of everything a connector raises. `words` is for people, already free of secrets.

    `happened` is the first of its sentences alone, for where the others aren't true: at a sign-in
    there are no words to be kept yet, and nothing is tried again by itself.
    """

    def __init__(self, words: str, *, happened: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.happened = happened


class Unanswered(ConnectorError):
    """At a sign-in nobody answered a question: there is no terminal, or what was piped in has come
    to its end. Nothing was stored."""


class Unreachable(ConnectorError):
    """The network could not be reached: nothing left this machine."""


class NotYet(ConnectorError):
    """Only the customer can begin this private conversation, and hasn't: nothing was posted. It may
    be sent once `Began` says that they have. Only where `Capability.INVITE`."""


class SlowDown(ConnectorError):
    """The network asked us to wait; nothing was posted. `until` is aware and in UTC."""

    def __init__(self, words: str, *, until: datetime) -> None:
        super().__init__(words)
        self.until = until


class Unauthorised(ConnectorError):
    """The network doesn't accept our key; a person has to sign in again. Nothing was posted."""


class Reason(StrEnum):
    """Why a network said no, as far as it tells."""

    TOO_LONG = "too long"
    GONE = "gone"
    """What it answers doesn't exist any more."""
    BLOCKED = "blocked"
    NOT_ACCEPTED = "not accepted"
    """The person doesn't take private messages from us."""
    NOT_ALLOWED = "not allowed"
    """The account lacks the right."""
    WRONG_AUDIENCE = "wrong audience"
    """It would have reached, or did reach, somebody else or nobody; it was not left standing."""
    UNKNOWN = "unknown"


class Refused(ConnectorError):
    """The network said no; nothing stands there. `words` carries the network's own words."""

    def __init__(self, words: str, *, reason: Reason = Reason.UNKNOWN) -> None:
        super().__init__(words)
        self.reason = reason


class Doubtful(ConnectorError):
    """It may have been posted: the answer was lost, or could not be understood."""


# --- the connector ---------------------------------------------------------------------------


class Talk(Protocol):
    """The other side of a sign-in: a person at a terminal, or a script."""

    def say(self, words: str) -> None:
        """Tell the person something."""

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for one line. `secret`: don't show what is typed. Raises `Unanswered`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The outcome of a sign-in. `settings` are stored, `secrets` go to the keyring.

    `missing` are sentences on rights that the account lacks and what won't work without them.
    """

    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    hello: Hello
    missing: tuple[str, ...] = ()


class Connector(ABC):
    """One account on one network.

    `settings` are the account's plain settings (`server`), `remembered` is the last `Hello`, or
    None before the first. Making a connector does no I/O and imports no network library, so that
    `measure` works offline and costs nothing at the start.
    """

    network: ClassVar[str]
    """The name in the registry and on the screen: `mastodon`."""
    title: ClassVar[str]
    """The network's name in a sentence: `Mastodon`."""

    def __init__(
        self, settings: Mapping[str, str], *, remembered: Hello | None, clock: Clock
    ) -> None:
        self.settings = settings
        self.hello = remembered
        self.clock = clock
        self.keep: Keep | None = None
        """Set before `open` where secrets can be kept: for a network that replaces them as it is
        used. None: what replaces a secret lasts as long as this connector."""

    @classmethod
    @abstractmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Walk a person through signing in. `given` holds what the command line said already
        (`server`, `token`), and the settings of an earlier sign-in to the same account; what is
        given is not asked. Raises `ConnectorError`."""

    @classmethod  # noqa: B027 - a network may need nothing
    def load(cls) -> None:
        """Import what the network needs. Called in a thread before `open`, so that a library that
        takes half a second to import makes no key wait."""

    @abstractmethod
    async def open(self, secrets: Secrets) -> Hello:
        """Connect and learn who we are and what we may do. Raises `ConnectorError`."""

    @abstractmethod
    def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """History since the cursor, then what happens, without end. Raises `ConnectorError` when
        the connection is lost; the caller waits and calls again with its last stored cursor.

        With no cursor a connector begins with recent history, as far as is useful for support.
        The first batch that isn't `Hearing.CATCHING_UP` says that the history is complete.
        """

    @abstractmethod
    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once. `key` is unique to this delivery and the same at every attempt. Raises
        `ConnectorError`, whose class says what is known (see the module's story)."""

    @abstractmethod
    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """A free hint on whether a private message would be accepted. Raises `ConnectorError`."""

    @abstractmethod
    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """Look on the network for a post that may have been made since `tried_at`.

        `claimed` holds the remote ids that other deliveries already count as theirs. Raises
        `ConnectorError` when the look itself failed.
        """

    @abstractmethod
    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """How long the text is as this network counts it, whatever the connector itself will add
        (the customer's handle) included. Pure and fast: it runs while a person types."""

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in the place of one of our posts. Only where `Capability.EDIT`.

        `outgoing` is what was sent with the new words in it: its lane, audience and person stay
        as they were, and nobody else is reached. The receipt has the post's id as it is now.

        Repeating an edit is harmless, so nothing is settled by looking: after `Doubtful` (the
        answer was lost) it is asked for again. Raises `ConnectorError`, as `send` does;
        `Refused` with `Reason.GONE` where the post doesn't stand any more.
        """
        raise Refused(f"{self.title} can't edit posts.", reason=Reason.NOT_ALLOWED)

    async def delete(self, remote_id: str) -> None:
        """Take one of our posts away. Only where `Capability.DELETE`.

        What isn't there is gone already, which is no error: repeating a deletion is harmless, and
        after `Doubtful` (the answer was lost) it is asked for again. Raises `ConnectorError`;
        whatever it is but `Doubtful`, the post still stands.
        """
        raise Refused(f"{self.title} can't delete posts.", reason=Reason.NOT_ALLOWED)

    async def take_advice(self, key: str) -> Hello:
        """Put right what an `Advice` named, and say hello anew. Raises `ConnectorError`."""
        raise Refused(f"{self.title} has no such advice: {key}.", reason=Reason.NOT_ALLOWED)

    @abstractmethod
    async def close(self) -> None:
        """Let go of every connection. Safe to call twice, and before `open`."""
