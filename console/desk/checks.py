"""What the check before sending notices: each finding says what, why, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.contract import Lane, Room
from console.desk.freshness import News, NewsKind, in_words
from console.desk.private import private_things


class FindingKind(StrEnum):
    """What can be the matter with words that are about to leave, the gravest first."""

    EMPTY = "empty"
    HOLE = "hole"
    TOO_LONG = "too long"
    WINDOW = "reply window"
    STALE = "stale"
    ACK_TELLS = "the acknowledgement tells"
    PRIVATE_IN_PUBLIC = "private in public"
    OTHERS_READ = "others read"
    SAME_AS_LAST = "same as last"
    WRONG_LANGUAGE = "wrong language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that the check noticed.

    `stops`: it can't be sent like this. Otherwise a person may send it all the same.
    """

    kind: FindingKind
    words: str
    stops: bool = False
    span: tuple[int, int] | None = None
    """Where in the text, as start and end; None when it is about the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Words that are about to leave, and what has to be known to judge them."""

    lane: Lane
    text: str
    room: Room | None = None
    unit: str = "characters"
    acknowledgement: bool = False
    """True for the public words of a handoff."""
    to: str = "the customer"
    """Whom it answers, as they are called in a sentence."""
    news: tuple[News, ...] = ()
    """What happened to the thread since the writer last looked."""
    theirs: tuple[str, ...] = ()
    """The customer's messages in this thread."""
    last: str | None = None
    """Our last message in this lane."""
    others: tuple[str, ...] = ()
    """Handles of others who read this lane, besides us and the customer."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Private values of this thread, by what each is: `{"the order number": "4711"}`."""
    ours: tuple[str, ...] = ()
    """What the shop makes public: its e-mail, phone, address, links."""
    language: str | None = None
    """The language that the customer writes in."""


def check(sending: Sending) -> tuple[Finding, ...]:
    """Everything that is the matter, the gravest first; nothing when it may leave."""
    if not sending.text.strip():
        words = "There is nothing to send yet. Write something, or leave with Esc."
        return (Finding(kind=FindingKind.EMPTY, words=words, stops=True),)
    return (
        *_holes(sending),
        *_too_long(sending),
        *_stale(sending),
        *_private(sending),
        *_others(sending),
        *_same(sending),
        *_language(sending),
    )


# The twin of `templates.fill.holes_in`, which the desk can't import; a test holds them together.
_HOLE = re.compile(r"\{{2,}[^{}]{0,200}\}*|\{%[^{}%]{0,200}(?:%\}?)?")


def _holes(sending: Sending) -> Iterator[Finding]:
    for found in _HOLE.finditer(sending.text):
        name = " ".join(found.group().strip("{}%- \n").split()) or "a gap"
        yield Finding(
            kind=FindingKind.HOLE,
            words=f"“{name}” is not filled in yet, and {sending.to} would see the gap."
            " Fill it in, or take it out.",
            stops=True,
            span=found.span(),
        )


def _too_long(sending: Sending) -> Iterator[Finding]:
    room = sending.room
    if room is not None and room.left is not None and room.left < 0:
        yield Finding(
            kind=FindingKind.TOO_LONG,
            words=f"This is {-room.left} too long: {room.used} of {room.limit} {sending.unit}."
            " The network would refuse it. Shorten it.",
            stops=True,
        )


def _stale(sending: Sending) -> Iterator[Finding]:
    passed = [one for one in sending.news if one.kind is NewsKind.WINDOW]
    for one in passed:
        yield Finding(kind=FindingKind.WINDOW, words=one.words, stops=True)
    rest = [one for one in sending.news if one.kind is not NewsKind.WINDOW]
    if rest:
        yield Finding(
            kind=FindingKind.STALE,
            words=f"{in_words(rest)} That came after this answer was begun, so it may not fit any"
            " more. Read what is new, then send.",
            stops=True,
        )


def _private(sending: Sending) -> Iterator[Finding]:
    if sending.lane is not Lane.PUBLIC:
        return
    known = dict(sending.known)
    if sending.acknowledgement:
        known |= {f"“{one}”, from their message": one for one in _numbers(sending.theirs)}
    for thing in private_things(sending.text, known=known, ours=sending.ours):
        shown = sending.text[thing.start : thing.end]
        what = thing.what if shown in thing.what else f"{thing.what} (“{shown}”)"
        if sending.acknowledgement:
            yield Finding(
                kind=FindingKind.ACK_TELLS,
                words=f"The acknowledgement has {what} in it. It stands in public and must not"
                " say what the matter is. Take it out.",
                span=(thing.start, thing.end),
            )
        else:
            yield Finding(
                kind=FindingKind.PRIVATE_IN_PUBLIC,
                words=f"This has {what} in it, and everybody can read it here. Take it out, or"
                " move to a private message.",
                span=(thing.start, thing.end),
            )


def _numbers(texts: tuple[str, ...]) -> list[str]:
    """Order numbers and the like that the customer wrote: words with three digits or more."""
    words = (word for text in texts for word in re.findall(r"\w[\w-]*\w", text))
    return sorted({word for word in words if sum(map(str.isdigit, word)) >= 3})


def _others(sending: Sending) -> Iterator[Finding]:
    if sending.lane is Lane.PRIVATE and sending.others:
        yield Finding(
            kind=FindingKind.OTHERS_READ,
            words=f"{_list(sending.others)} {_reads(sending.others)} this conversation too, so it"
            f" is not only between you and {sending.to}. Say nothing here that is not for them.",
        )


def _same(sending: Sending) -> Iterator[Finding]:
    if sending.last is not None and sending.last.split() == sending.text.split():
        yield Finding(
            kind=FindingKind.SAME_AS_LAST,
            words="These are the very words of your last message here. It may have been sent"
            " already; look before you send it again.",
        )


_COMMON = {
    "en": "the you your and we is are it to of for have has with this that will not can please",
    "id": "yang dan kami kamu anda di ke untuk ini itu tidak sudah bisa dengan akan ya kak ada",
    "hr": "je i na da se u za smo su ste vam vas što nije ne ako ili možete nam kako hvala",
    "de": "der die das und sie wir ist nicht ein eine ihnen ihre für mit auf zu haben wie bitte",
    "es": "el la los que de y en no es un una te tu lo por para con está se gracias",
}
"""Words that hardly any sentence of a language does without."""
_NAMES = {
    "en": "English",
    "id": "Indonesian",
    "hr": "Croatian",
    "de": "German",
    "es": "Spanish",
}


def _language(sending: Sending) -> Iterator[Finding]:
    expected = (sending.language or "").lower().partition("-")[0]
    words = re.findall(r"[^\W\d_]+", sending.text.lower())
    if expected not in _COMMON or len(words) < 6:
        return
    hits = {
        language: sum(word in common for word in words)
        for language, common in ((key, frozenset(text.split())) for key, text in _COMMON.items())
    }
    best = max(hits, key=lambda language: hits[language])
    if hits[expected] == 0 and hits[best] >= 3:
        yield Finding(
            kind=FindingKind.WRONG_LANGUAGE,
            words=f"This reads like {_NAMES[best]}, and {sending.to} writes {_NAMES[expected]}."
            " Are you in the right thread?",
        )


def _list(names: tuple[str, ...]) -> str:
    shown = names if len(names) <= 3 else (*names[:2], f"{len(names) - 2} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _reads(names: tuple[str, ...]) -> str:
    return "reads" if len(names) == 1 else "read"
