"""The move to DM: one private message and one public acknowledgement that belong together.

The acknowledgement is worded by what happened to the private message, and never before that is
known: sent, refused (or no private messages on this network), or unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.contract import Audience, Capability, Hello, Lane
from console.desk.model import Delivery, DeliveryState, Message, ThreadView

SUBJECT = 70
"""How many of the customer's characters head a private message that begins elsewhere."""

_LEADING_HANDLES = re.compile(r"^(?:@[\w.@-]+(?::\d+)?[\s,:]*)+")


class Outcome(StrEnum):
    """What became of the private message, as far as the acknowledgement is concerned."""

    SENT = "sent"
    REFUSED = "refused"
    INVITED = "invited"
    """It waits until the customer begins: the public line carries the link."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The public line, worded for each outcome."""

    sent: str
    refused: str
    unknown: str

    def for_outcome(self, outcome: Outcome) -> str:
        """The words that are true after this outcome."""
        return {
            Outcome.SENT: self.sent,
            Outcome.REFUSED: self.refused,
            Outcome.INVITED: self.refused,
            Outcome.UNKNOWN: self.unknown,
        }[outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffPlan:
    """What `m` is about to do: the words of both lanes, and what to expect.

    `private` is None on a network where only the customer can begin a private conversation: then
    the public line is an invitation and goes alone, with the words for `refused`.
    """

    private: str | None
    acknowledgement: Acknowledgement
    template: str | None
    hint: str
    """One sentence on what is likely to happen; empty when nothing is known."""
    in_vain: bool = False
    """The public line may ask for what can't be done, as the hint says: a person looks first."""


class CannotHandOff(Exception):
    """A thread can't be moved to a private message; the words say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Way(StrEnum):
    """How a thread can be taken to a private lane."""

    BOTH = "private message, then acknowledgement"
    ELSEWHERE = "private message on another network, then acknowledgement"
    INVITE = "public invitation only"


def way(view: ThreadView, hello: Hello | None) -> Way:
    """How this thread can be handed off. Raises `CannotHandOff`."""
    public = view.lane(Lane.PUBLIC)
    if public is None:
        raise CannotHandOff(
            "This thread is private already: nobody else reads it. Press r to answer."
        )
    if hello is not None and Capability.REPLY_PUBLIC not in hello.can:
        why = hello.cannot.get(Capability.REPLY_PUBLIC, "the account may not reply in public")
        raise CannotHandOff(f"The move needs a public line, and {why}.")
    if view.leaves(Lane.PRIVATE):
        return Way.ELSEWHERE
    if hello is None:
        # Nothing was ever heard of the account's rights; the network will say so when it's sent.
        return Way.BOTH
    private = view.lane(Lane.PRIVATE)
    if private is not None and Capability.REPLY_PRIVATE in hello.can:
        return Way.BOTH
    begins = {Capability.OPEN_PRIVATE, Capability.INVITE} & hello.can
    return Way.BOTH if begins else Way.INVITE


def waits_for_customer(view: ThreadView, hello: Hello | None) -> bool:
    """True where the private message of a handoff may have to wait until the customer begins."""
    return (
        hello is not None
        and Capability.INVITE in hello.can
        and Capability.OPEN_PRIVATE not in hello.can
        and view.lane(Lane.PRIVATE) is None
        and not view.leaves(Lane.PRIVATE)
    )


def refusal_is_silent(hello: Hello | None) -> bool:
    """True where the network never tells that a private message was refused."""
    return hello is None or Capability.REFUSAL_SHOWN not in hello.can


def subject(view: ThreadView) -> str:
    """What a private message that begins elsewhere is headed with: the customer's own words, or the
    content warning that they wrote them under."""
    public = view.lane(Lane.PUBLIC)
    if public is not None and public.warning:
        return public.warning
    asked = question(view.messages)
    return (quoted(asked.text, SUBJECT) if asked is not None else None) or ""


def question(messages: Sequence[Message]) -> Message | None:
    """The public words of the customer that an answer is about: their newest ones."""
    return next(
        (
            message
            for message in reversed(messages)
            if not message.ours and message.lane is Lane.PUBLIC and message.deleted_at is None
        ),
        None,
    )


def quoted(text: str, longest: int) -> str | None:
    """A text on one line, without the handles it began with, cut between words."""
    line = " ".join(_LEADING_HANDLES.sub("", text.strip()).split())
    if len(line) > longest:
        line = line[:longest].rsplit(" ", 1)[0].rstrip(",.;: ") + "…"
    return line or None


def quieter(audience: Audience, *, can: bool) -> Audience:
    """The audience of an acknowledgement: seen by all who look and announced to nobody, where the
    network can do that."""
    return Audience.QUIET if can and audience is Audience.EVERYONE else audience


def outcome_of(private: Delivery) -> Outcome | None:
    """What the private leg's state means for the acknowledgement; None: not known yet."""
    match private.state:
        case DeliveryState.SENT:
            return Outcome.SENT
        case DeliveryState.REFUSED:
            return Outcome.REFUSED
        case DeliveryState.DUE if private.awaits:
            return Outcome.INVITED
        case DeliveryState.DOUBTFUL if private.next_at is None:
            # Nothing more will be learnt by itself; the public line must not wait for ever.
            return Outcome.UNKNOWN
    return None
