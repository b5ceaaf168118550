"""A template: something we say often, with holes that are filled each time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TemplateLane(StrEnum):
    """Where a template may be said."""

    PUBLIC = "public"
    PRIVATE = "private"
    EITHER = "either"


class Purpose(StrEnum):
    """What a template is for."""

    REPLY = "reply"
    HANDOFF_PRIVATE = "handoff.private"
    """The private message that opens a handoff."""
    ACK_SENT = "handoff.ack.sent"
    """The public word after it: the private message arrived."""
    ACK_SENT_SILENT = "handoff.ack.sent_silent"
    """It was posted, on a network that would not tell us had it been refused."""
    ACK_REFUSED = "handoff.ack.refused"
    ACK_UNKNOWN = "handoff.ack.unknown"
    """It may have arrived, or not."""
    ACK_ELSEWHERE = "handoff.ack.elsewhere"
    """It was sent to where else we know the person: by e-mail."""
    ACK_NO_DM = "handoff.ack.no_dm"
    """There was none: only the customer can begin a private conversation."""
    ACK_INVITED = "handoff.ack.invited"
    """It waits until the customer begins, by the button under these words; or it can't be sent."""

    @property
    def acknowledges(self) -> bool:
        """True for the public words of a handoff."""
        return self.value.startswith("handoff.ack.")

    @property
    def lane(self) -> TemplateLane | None:
        """The only lane that this purpose has; None where the template chooses."""
        if self is Purpose.REPLY:
            return None
        return TemplateLane.PUBLIC if self.acknowledges else TemplateLane.PRIVATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template in one language. Those of one `name` say the same in several languages."""

    name: str
    title: str
    """What the list of templates shows."""
    lane: TemplateLane
    purpose: Purpose
    language: str
    """A language tag: `en`, `pt-BR`."""
    body: str
    """Liquid, with its line breaks."""
    path: str
    line: int
    """Where it begins in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A template, or a whole file, that can't be used, and why. The others work."""

    path: str
    line: int
    """0: the file as a whole."""
    name: str | None
    """The template's name, where it could be read."""
    words: str

    def __str__(self) -> str:
        place = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{place}: {self.words}"
