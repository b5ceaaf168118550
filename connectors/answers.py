"""What a server's answer says: its words, how long to wait, and why it refused."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import ConnectorError, Reason, Refused
from connectors.html import sentence

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=3)
"""A server that asks for more is asked again after this: a wrong clock must not silence us."""
USUAL_WAIT = timedelta(minutes=1)
"""Where a server asks us to wait and doesn't say how long."""

WaitReader = Callable[[Mapping[str, str], datetime], datetime | None]
"""Reads, from an answer's headers, the moment until which a network wants to be left alone."""


_TOO_LONG = ("too long", "character limit", "characters provided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered: read whole, within the cap."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """The body as JSON. Raises `ValueError` where it isn't."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def words(self) -> str:
        """What the server says of an error, as one short line; may be empty."""
        text = self.body[:50_000].decode("utf-8", "replace")
        if text[:1] in "{[":
            try:
                found = self.json()
            except ValueError:
                found = None
            if isinstance(found, dict):
                names = ["error_description", "error", "message", "detail", "description"]
                code = found.get("error")
                if isinstance(code, str) and " " not in code.strip():
                    # A code is for programs: its words, where there are any, are for people.
                    names = ["error_description", "message", "detail", "description", "error"]
                for name in names:
                    said = found.get(name)
                    if isinstance(said, str) and said.strip():
                        return sentence(said)
        return sentence(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a request asks for, as far as the words of its failure depend on it."""

    undone: str
    """What is true when it wasn't done."""
    perhaps: str
    """What is true when it may have been done."""
    unheard: str = "Nothing was sent; Greenroom tries again by itself."
    """What is true when nobody was reached."""


POSTING = Asking(
    undone="Nothing was posted; your words are kept.",
    perhaps="It may be posted. Greenroom looks on the network before anything is sent again.",
)
EDITING = Asking(
    undone="The former words still stand there; your new ones are kept.",
    perhaps="The new words may stand there already. Greenroom asks for them again; "
    "that changes nothing twice.",
)
DELETING = Asking(
    undone="The message still stands there.",
    perhaps="The message may be gone already. Greenroom asks again until the network says so.",
)
SIGNING_IN = Asking(
    undone="Nothing was stored.",
    perhaps="Nothing was stored. Run the command again.",
    unheard="Nothing was stored. Check the address, or try again later.",
)
"""A person is at the terminal: nothing is tried again by itself."""


RefusalReader = Callable[[str, Answer, str, Asking], ConnectorError]
"""Reads a network's no: the server's name, its answer, its words without secrets, what for. A
network may say there what others say with a status: that our key is no good."""


def refusal_of(where: str, answer: Answer, said: str, asking: Asking) -> Refused:
    """A network's no, where its status and its words are all it tells."""
    return refusal(where, answer.status, said, asking)


def until_reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When to ask again, by `X-RateLimit-Reset` or `RateLimit-Reset` (ISO 8601, or seconds) or
    `Retry-After`."""
    for name in ("x-ratelimit-reset", "ratelimit-reset", "retry-after"):
        if (found := moment(headers.get(name, ""), now)) is not None:
            return found
    return None


def moment(value: str, now: datetime) -> datetime | None:
    """A moment as headers give it: ISO 8601, an HTTP date, seconds from now, or epoch seconds."""
    text = value.strip()
    if not text or len(text) > 60:
        return None
    found: datetime | None = None
    try:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            seconds = float(text)
            if seconds > 1_000_000_000:
                found = datetime.fromtimestamp(seconds, tz=now.tzinfo)
            else:
                found = now + timedelta(seconds=seconds)
        elif text[:4].isdigit():
            found = datetime.fromisoformat(text)
        else:
            from email.utils import parsedate_to_datetime

            found = parsedate_to_datetime(text)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=now.tzinfo)
    return found.astimezone(now.tzinfo)


def waiting_time(headers: Mapping[str, str], now: datetime, read: WaitReader) -> datetime:
    """Until when to leave a server alone after a 429, within sane bounds."""
    asked = read(headers, now) or now + USUAL_WAIT
    return min(max(asked, now + SHORTEST_WAIT), now + LONGEST_WAIT)


def refusal(where: str, status: int, said: str, asking: Asking = POSTING) -> Refused:
    """A network's no, with its own words and what they mean."""
    low = said.lower()
    reason = Reason.UNKNOWN
    if status == 413 or any(words in low for words in _TOO_LONG):
        reason = Reason.TOO_LONG
    elif "unexpected account" in low:
        reason = Reason.WRONG_AUDIENCE
    elif "block" in low:
        reason = Reason.BLOCKED
    elif status in (404, 410):
        reason = Reason.GONE
    elif status == 403:
        reason = Reason.NOT_ALLOWED
    theirs = f"“{said}”" if said else f"no reason (status {status})"
    meaning = {
        Reason.TOO_LONG: "Shorten it and send it again.",
        Reason.WRONG_AUDIENCE: "It would have reached other people; take their names out.",
        Reason.BLOCKED: "This person can't be answered here.",
        Reason.GONE: "What it answers isn't there any more.",
        Reason.NOT_ALLOWED: "The account lacks the right; sign in again to grant it.",
    }.get(reason, "Change it, or answer in another way.")
    if asking is SIGNING_IN:
        meaning = "Check what you gave and run the command again."
    elif asking is not POSTING:
        meaning = {
            Reason.TOO_LONG: "Shorten it and try again.",
            Reason.GONE: "It isn't there any more.",
            Reason.NOT_ALLOWED: "The account lacks the right; sign in again to grant it.",
        }.get(reason, "Do it on the network's own page.")
        undone = "" if reason is Reason.GONE else f" {asking.undone}"
        return Refused(f"{where} refused it: {theirs}.{undone} {meaning}", reason=reason)
    return Refused(
        f"{where} refused it: {theirs}. {asking.undone} {meaning}",
        reason=reason,
    )


def why_lost(trouble: Exception) -> str:
    """What went wrong on the way, in a few plain words."""
    import aiohttp

    if isinstance(trouble, aiohttp.ClientConnectorDNSError):
        return "its name isn't known to the network"
    if isinstance(trouble, ssl.SSLError | ssl.CertificateError | aiohttp.ClientSSLError):
        return "its certificate or encryption isn't right"
    if isinstance(trouble, asyncio.TimeoutError):
        return "it took too long"
    if isinstance(trouble, aiohttp.ClientConnectorError):
        return "nothing answers there"
    if isinstance(trouble, aiohttp.ClientPayloadError):
        return "its answer broke off"
    if isinstance(trouble, aiohttp.ServerDisconnectedError):
        return "it closed the connection"
    if isinstance(trouble, aiohttp.ClientResponseError):
        return "its answer isn't HTTP"
    if isinstance(trouble, aiohttp.InvalidURL):
        return "its address isn't valid"
    return sentence(str(trouble) or type(trouble).__name__, 80)
