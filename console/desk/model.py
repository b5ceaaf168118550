"""The nouns of the desk: what is stored, shown and decided about.

Moments are aware and in UTC. Ids are the store's whole numbers; what a network calls something is
a `remote_id` and opaque. Texts from outside have been through `desk.plain` before they get here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from connectors.contract import Address, Attachment, Audience, Lane, Outgoing, Quoted

if TYPE_CHECKING:
    from console.desk.withdrawal import Withdrawal

ThreadId = int
MessageId = int
DeliveryId = int


class ThreadState(StrEnum):
    """Where a thread stands with us."""

    OPEN = "open"
    SNOOZED = "snoozed"
    """Out of the inbox until a moment, or until the customer writes."""
    DONE = "done"


class DeliveryState(StrEnum):
    """Where a delivery stands. The moves between them are the table of `desk.delivery`."""

    HELD = "held"
    """In its undo window; nothing has left."""
    DUE = "due"
    """To be sent as soon as the network lets us."""
    SENDING = "sending"
    """A request may be under way."""
    SENT = "sent"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    """It may stand there, or not; nobody sends it again on a guess."""
    RECALLED = "recalled"

    @property
    def settled(self) -> bool:
        """True when nothing will happen to it any more unless a person asks."""
        return self in _SETTLED


_SETTLED = frozenset({DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.RECALLED})


class Leg(StrEnum):
    """The two deliveries of a handoff."""

    PRIVATE = "private"
    ACKNOWLEDGEMENT = "acknowledgement"


class DraftKind(StrEnum):
    """What a draft becomes when it is committed."""

    REPLY = "reply"
    HANDOFF = "handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person we serve, with the names they have on networks."""

    id: int
    name: str
    language: str | None
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where words of ours go: the account of ours that they leave by, and the customer's address
    that they go to."""

    account: str
    network: str
    address: Address

    def is_as(self, other: Route) -> bool:
        """True where both lead to the same address by the same account; names may differ."""
        return (self.account, self.address.remote_id) == (other.account, other.address.remote_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """How one lane of a thread is bound: the remote conversation and what a reply would answer."""

    lane: Lane
    conversation: str | None
    reply_to: str | None
    audience: Audience
    url: str | None
    warning: str | None = None
    """The content warning that the customer wrote under, to be answered in kind."""
    route: Route | None = None
    """None: the thread's own account and address. A private lane may go on elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """What the inbox shows of a thread: one line, all that a list needs and no more."""

    id: ThreadId
    account: str
    network: str
    contact_id: int
    contact_name: str
    handle: str
    lane: Lane
    """The lane of the last message."""
    state: ThreadState
    waiting_since: datetime | None
    """Since when the customer waits for us; None when it is their turn or the thread is done."""
    last_at: datetime
    preview: str
    """The last words, on one line."""
    last_ours: bool
    unread: int
    severity: int
    """0 none to 3 worst, given by a person."""
    tags: tuple[str, ...]
    snoozed_until: datetime | None
    has_draft: bool
    outbox: DeliveryState | None
    """The most pressing unsettled (or refused) delivery, if there is one."""
    heated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Words in one lane of a thread, theirs or ours.

    Our words that are still on their way have no `remote_id`, and a `delivery`.
    """

    id: MessageId
    thread_id: ThreadId
    lane: Lane
    ours: bool
    author: str
    """The name to show; for our own, the account's."""
    handle: str
    text: str
    at: datetime
    remote_id: str | None
    url: str | None
    warning: str | None
    language: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    attachments: tuple[Attachment, ...]
    also: tuple[str, ...]
    held_back: bool
    delivery_id: DeliveryId | None
    audience: Audience
    unread: str | None = None
    """Why the customer can't have read our words yet."""
    headed: bool = False
    """What stands in `warning` is a subject line."""
    network: str | None = None
    """Where it stands, if that isn't the thread's own network."""
    folded: str = ""
    """What stands below the words and is shown when it is asked for: a quote, a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Words on a thread that are never sent."""

    id: int
    thread_id: ThreadId
    text: str
    at: datetime


class Seen(NamedTuple):
    """How far a writer had seen a thread: what is newer than this is news to their words."""

    message: MessageId | None
    """The customer's message that had come in last; 0 where they had not written yet."""
    revision: int = 0
    """The last edit or deletion that had come in."""
    done: bool = False
    """True when the thread was closed already."""


NOTHING_SEEN = Seen(None)
"""Of somebody who can't be asked: nothing counts as news to them but a passed window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Unsent words for one lane of a thread, always on disk.

    A handoff's draft holds the private words in `text` and the acknowledgement's in
    `acknowledgement`; None there means "worded by what happens to the private message".
    """

    id: int
    key: str
    """Its name for ever, also in files that leave this desk; ids are given again."""
    thread_id: ThreadId
    lane: Lane
    kind: DraftKind
    text: str
    acknowledgement: str | None
    template: str | None
    seen: Seen
    """What the writer had seen: the words are on top of that."""
    author: str
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None = None
    """Since when it stands in the review deck; None while it is being written."""
    postponed_at: datetime | None = None
    """When it was last put behind the others of the deck."""
    stopped: str = ""
    """Why it came back from the outbox, where it did; empty once somebody has looked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at the network: what was asked, what came of it, in words."""

    at: datetime
    what: str
    outcome: str
    words: str
    receipt: str | None = None
    """The network's id for what stands there, where it gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A draft committed to be sent: its key, state, attempts and receipt."""

    id: DeliveryId
    key: str
    thread_id: ThreadId
    account: str
    state: DeliveryState
    outgoing: Outgoing
    created_at: datetime
    held_until: datetime
    next_at: datetime | None
    """No attempt, and no further look, before this moment."""
    tried_at: datetime | None
    tries: int
    looks: int
    words: str
    """What is the matter, for people; empty when nothing is."""
    handoff_id: int | None
    leg: Leg | None
    remote_id: str | None
    url: str | None
    settled_at: datetime | None
    message_id: MessageId
    """Its local echo in the thread."""
    waits_for: DeliveryId | None = None
    """It leaves only when that delivery's outcome is known: a handoff's acknowledgement."""
    awaits: bool = False
    """It leaves only once the customer has begun the private conversation."""
    seen: Seen = NOTHING_SEEN
    """What whoever committed it had seen of the thread."""
    author: str = ""
    """Who wrote it."""
    approved_by: str = ""
    """Who released it from the review deck; empty where its writer sent it."""
    template: str | None = None
    draft_key: str | None = None
    """The draft that it was."""
    cooling: bool = False
    """Held for the cool-off of a heated thread: leaving earlier asks for a typed word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A whole thread as the conversation and the aside show it."""

    row: ThreadRow
    contact: Contact
    address: Address
    """Where the customer of this thread writes from, and where an answer goes."""
    subject: str | None
    above: tuple[Quoted, ...]
    lanes: tuple[LaneState, ...]
    messages: tuple[Message, ...]
    """Oldest first; the newest `limit` of them."""
    earlier: int
    """How many older messages were left out."""
    notes: tuple[Note, ...]
    deliveries: tuple[Delivery, ...]
    """Of this thread: unsettled ones, refused ones, and those whose window just passed."""
    drafts: tuple[Draft, ...]
    seen: Seen = NOTHING_SEEN
    """How far whoever reads this has seen the thread."""
    withdrawals: tuple[Withdrawal, ...] = ()
    """What a person wants done to words of ours that have left, oldest first."""
    elsewhere: Route | None = None
    """Where a private message would go because the thread's own network takes none: to the same
    person at an address they have on a network that is private altogether."""

    @property
    def headed(self) -> frozenset[Lane]:
        """The lanes in which words go under a subject line and not under a content warning."""
        headed = {message.lane for message in self.messages if message.headed}
        return frozenset({Lane.PRIVATE, *headed} if self.leaves(Lane.PRIVATE) else headed)

    def route(self, lane: Lane) -> Route:
        """Where words in a lane of this thread go."""
        bound = self.lane(lane)
        own = Route(account=self.row.account, network=self.row.network, address=self.address)
        if bound is not None:
            return bound.route or own
        return (self.elsewhere or own) if lane is Lane.PRIVATE else own

    def leaves(self, lane: Lane) -> bool:
        """True where words in a lane go by another account than the thread's own."""
        return self.route(lane).account != self.row.account

    def lane(self, lane: Lane) -> LaneState | None:
        """How a lane is bound; None when it has not begun."""
        return next((bound for bound in self.lanes if bound.lane is lane), None)
