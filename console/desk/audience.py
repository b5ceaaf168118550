"""Who may have seen words before they are deleted or edited: said before a person decides.

Nothing is promised: what has left this machine was shown to somebody, and what a network says of
its readers is little. So the sentences name who was told, who could look, and what stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.contract import Audience, Lane
from console.desk.model import Message

_COULD = {
    Audience.EVERYONE: "anybody may have read it",
    Audience.QUIET: "whoever looked may have read it",
    Audience.FOLLOWERS: "whoever follows the account may have read it",
}
_WHERE = {
    Audience.EVERYONE: "in public",
    Audience.QUIET: "in public, not announced,",
    Audience.FOLLOWERS: "before the account's followers",
}
NAMES = 5


def who_may_have_seen(said: Message, to: str, messages: Sequence[Message], now: datetime) -> str:
    """Who may have seen a message of ours by now. `to` is the customer's handle, `messages` are
    those of its thread."""
    length = how_long(now - said.at)
    others = _others(said, to)
    told = f"{to}{others} {'were' if others else 'was'} told of it"
    if said.unread:
        return f"It has stood among {to}'s private messages for {length}: {said.unread}."
    if said.lane is Lane.PRIVATE or said.audience is Audience.NAMED:
        words = (
            f"It has stood among {to}'s private messages for {length}: {told} and may have read "
            "it, nobody else could."
        )
    else:
        words = (
            f"It has stood {_WHERE[said.audience]} for {length}: {told}, and "
            f"{_COULD[said.audience]}; copies on other servers may stay."
        )
    return f"{words} {since}" if (since := _since(said, to, messages)) else words


def what_stays(lane: Lane, *, edited: bool) -> str:
    """What remains of the words that stood there, after they are deleted or replaced."""
    if edited:
        return (
            "The network shows that it was edited, and often the former words too; notices that "
            "went out keep them."
        )
    if lane is Lane.PRIVATE:
        return "It goes from both sides as far as the network can; notices that went out stay."
    return "It goes from the network's pages; notices and mails that went out stay."


def how_long(length: timedelta) -> str:
    """A length of time in a sentence: `less than a minute`, `3 minutes`, `2 days`."""
    seconds = max(int(length.total_seconds()), 0)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        number = seconds // size
        if number:
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _others(said: Message, to: str) -> str:
    also = [handle for handle in said.also if handle != to]
    if not also:
        return ""
    if len(also) > NAMES:
        return f", {', '.join(also[:NAMES])} and {len(also) - NAMES} more"
    *first, last = also
    return f", {', '.join(first)} and {last}" if first else f" and {last}"


def _since(said: Message, to: str, messages: Sequence[Message]) -> str:
    """Whether the customer has written since: then they have probably read it."""
    later = [one for one in messages if not one.ours and one.at > said.at]
    if any(one.lane is said.lane for one in later):
        return f"{to} has written since, so they have most likely read it."
    if later:
        return f"{to} has written elsewhere in this thread since."
    return ""
