"""Why Bluesky said no: each refusal told apart, by its name and, where that says little, its words.

The chat's servers were seen to say the same thing in two ways (an error's name, or `InvalidRequest`
with words), so both are read.
"""

from __future__ import annotations

from connectors import answers
from connectors.answers import Answer, Asking
from connectors.bluesky import shapes
from connectors.bluesky.shapes import Odd
from connectors.contract import ConnectorError, Reason, Refused
from connectors.html import sentence


class Expired(ConnectorError):
    """The access token isn't good any more; nothing was done. A renewed one may be."""


class Taken(Refused):
    """Something stands already where nothing was to stand."""


NO_MESSAGES = (
    "This app password doesn't reach private messages: it was made without “Allow access to your "
    "direct messages”. Make one with it in Bluesky (Settings, Privacy and security, App passwords) "
    "and run “greenroom account add bluesky” again."
)
"""For people."""
BAD_TOKEN = ("bad token method", "bad token scope")
"""What a server says where an app password doesn't reach."""

_BY_NAME = {
    "AccountSuspended": (Reason.GONE, "Bluesky has suspended this person's account."),
    "AccountTakedown": (Reason.NOT_ALLOWED, "Bluesky has taken the account down."),
    "AccountDeactivated": (
        Reason.NOT_ALLOWED,
        "The account is deactivated; activate it in Bluesky's app.",
    ),
    "BlockedActor": (Reason.BLOCKED, "One of you has blocked the other."),
    "BlockedSubject": (Reason.BLOCKED, "One of you has blocked the other."),
    "ConvoLocked": (Reason.NOT_ACCEPTED, "This private conversation is locked."),
    "InvalidConvo": (Reason.GONE, "This private conversation isn't there any more."),
    "MessagesDisabled": (
        Reason.NOT_ACCEPTED,
        "They take no private messages. Ask them in public to write to you.",
    ),
    "NotFollowedBySender": (
        Reason.NOT_ACCEPTED,
        "They take private messages only from people they follow. Ask them in public to write.",
    ),
    "RecipientNotFound": (Reason.GONE, "This person's account isn't there any more."),
    "RecordNotFound": (Reason.GONE, "It isn't there any more."),
    "NotFound": (Reason.GONE, "It isn't there any more."),
    "ReplyTargetNotFound": (Reason.GONE, "What it answers isn't there any more."),
}
_BY_WORDS = (
    ("disabled incoming messages", "MessagesDisabled"),
    ("someone they follow", "NotFollowedBySender"),
    ("block", "BlockedActor"),
    ("could not find repo", "RecipientNotFound"),
    ("could not locate record", "RecordNotFound"),
)
_TOO_LONG = ("too big", "too long", "must not be longer", "grapheme", "too large")


def refused(where: str, answer: Answer, said: str, asking: Asking) -> ConnectorError:
    """A server's no, by its `error` and its `message`."""
    code = code_of(answer)
    low = said.lower()
    if code == "ExpiredToken":
        return Expired(f"The session with {where} has ended. {asking.undone}")
    if code == "InvalidToken":
        if low in BAD_TOKEN:
            return Refused(
                f"{where} refused it: “{said}”. {asking.undone} This app password may not do that. "
                "Private messages need one that was made with “Allow access to your direct "
                "messages”: run “greenroom account add bluesky” again with such a one.",
                reason=Reason.NOT_ALLOWED,
            )
        return Expired(f"{where} doesn't know this session. {asking.undone}")
    if code == "InvalidSwap":
        return Taken(f"{where} refused it: “{said}”. {asking.undone}")
    if answer.status == 413 or any(part in low for part in _TOO_LONG):
        return answers.refusal(where, 413, said, asking)
    if code not in _BY_NAME:
        code = next((name for part, name in _BY_WORDS if part in low), code)
    if code not in _BY_NAME:
        return answers.refusal(where, answer.status, said, asking)
    reason, meaning = _BY_NAME[code]
    return Refused(f"{where} refused it: “{said}”. {asking.undone} {meaning}", reason=reason)


def code_of(answer: Answer) -> str:
    """The name of an error; empty where there is none."""
    try:
        code = shapes.thing(answer.body).get("error")
    except Odd:
        return ""
    return sentence(code, 80) if isinstance(code, str) else ""
