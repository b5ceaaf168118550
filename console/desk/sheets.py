"""A draft as a plain text file that is read and edited elsewhere: how it is written and read.

    +++
    a head in TOML: what the draft belongs to, its key, a hash of the head, and `decision`
    +++
    # the conversation, every line of it a comment
    ===== PUBLIC reply to Ana: the words stand between this line and the end =====
    the words, as they are
    ===== end =====

The lines of `=` are longer than any at the start of a line of the words, so no words can be taken
for one. What stands between them is the draft's own text to the byte. The hash is keyed by a secret
that never leaves the desk: a head that was changed, or made elsewhere, is told apart. What is read
may have been through any editor: a byte order mark, CRLF and blanks at line ends are put up with.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.contract import Lane
from console.desk.digest import digest
from console.desk.model import Draft, DraftKind, Seen
from console.desk.plain import plain_line

FORMAT = 1
BYTES = 2 * 1024 * 1024
"""A longer file is not read: no draft is that long."""
WORDS = 100_000
"""Most characters of a draft that is written to a file."""

FENCE = "+++"
"""The line over and under the head."""
RULE = 5
"""Fewest `=` in the lines around the words."""
END = "end"
"""What stands between the rules under the words."""


class Decision(StrEnum):
    """What whoever read a file wants done with its draft."""

    NONE = ""
    APPROVE = "approve"
    DISCARD = "discard"
    LATER = "later"


class NotASheet(Exception):
    """A file can't be read as a draft; the words say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands in the head of a file: nothing of it may be changed but the decision."""

    desk: str
    key: str
    thread: int
    lane: Lane
    kind: DraftKind
    network: str
    account: str
    contact: str
    author: str
    template: str
    created: str
    base: int
    """The customer's message that the draft was begun on top of; 0 where there was none."""
    base_words: str
    """How that message begins."""
    seen: Seen
    """How far whoever reads the file sees the thread: up to when it was written."""
    words: str
    """The digest of the draft's words when the file was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file that was read."""

    head: Head
    told: str
    """The head as it was read, for the hash."""
    hash: str
    decision: Decision
    text: str
    acknowledgement: str | None

    @property
    def words(self) -> str:
        """The digest of the words as they stand in the file."""
        return digest(self.text, self.acknowledgement)


# --- what tells one from another ---------------------------------------------------------------


def desk_name(secret: str) -> str:
    """What a desk is called in its files: it tells nothing of the secret."""
    return hashlib.sha256(f"desk {secret}".encode()).hexdigest()[:12]


def signed(told: str, secret: str) -> str:
    """The hash of a head."""
    return hmac.new(secret.encode(), told.encode("utf-8"), hashlib.sha256).hexdigest()


def genuine(sheet: Sheet, secret: str) -> bool:
    """True when the head is as it was written on the desk with this secret."""
    return hmac.compare_digest(sheet.hash.encode("utf-8"), signed(sheet.told, secret).encode())


_ACTS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
)


def acting(text: str) -> str:
    """The first character in our own words that acts on a terminal instead of showing something,
    with its place; empty when there is none. Tabs and line feeds are words."""
    found = re.search(_ACTS, text)
    if found is None:
        return ""
    line = text.count("\n", 0, found.start()) + 1
    return f"a control character (U+{ord(found.group()):04X}) in line {line}"


def file_name(thread: int, contact: str, key: str) -> str:
    """The name of a draft's file: its thread, the contact in plain letters, the key's beginning."""
    letters = unicodedata.normalize("NFKD", contact).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:30].rstrip("-") or "contact"
    return f"{thread:05}-{slug}-{short(key)}.txt"


def short(key: str) -> str:
    """The part of a key that stands in a file's name."""
    return re.sub(r"[^a-z0-9]", "", key.lower())[:12]


# --- writing -----------------------------------------------------------------------------------

_HINT = (
    "# A draft from Greenroom. Change the words between the lines of =, and the decision below.",
    "# Leave the rest of this head as it is: the hash tells when it was changed.",
)
_MAY_STAND = (
    '# What is to become of it? "approve": it is sent. "discard": it is put aside for 30 days.',
    '# "later": it goes behind the others. Nothing between the quotes: it stays where it is.',
)


def write(head: Head, secret: str, draft: Draft, above: Sequence[str]) -> str:
    """The whole file. `above` are the lines of the conversation, without their `#`."""
    fields = _fields(head)
    rule = _rule(draft.text, draft.acknowledgement or "")
    lines = [FENCE, *_HINT]
    lines += [f"{name} = {_toml(value)}" for name, value in fields.items()]
    lines.append(f"hash = {_toml(signed(told(fields), secret))}")
    lines += ["", *_MAY_STAND, 'decision = ""', FENCE, ""]
    lines += [f"# {line}".rstrip() for each in above for line in each.split("\n")]
    lines.append("")
    for title, text in _parts(head, draft):
        lines += [f"{rule} {title} {rule}", text]
    lines += [f"{rule} {END} {rule}", ""]
    return "\n".join(lines)


def _fields(head: Head) -> dict[str, object]:
    seen: dict[str, object] = {"revision": head.seen.revision, "done": head.seen.done}
    if head.seen.message is not None:
        seen = {"message": head.seen.message, **seen}
    fields: dict[str, object] = {
        "format": FORMAT,
        "desk": head.desk,
        "key": head.key,
        "thread": head.thread,
        "lane": head.lane.value,
        "kind": head.kind.value,
        "network": head.network,
        "account": head.account,
        "contact": head.contact,
        "author": head.author,
        "template": head.template,
        "created": head.created,
        "base": head.base,
        "base_words": head.base_words,
        "seen": seen,
        "words": head.words,
    }
    return {
        name: plain_line(value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def told(fields: Mapping[str, object]) -> str:
    """A head as the hash is made of it, however it was laid out."""
    return json.dumps(fields, sort_keys=True, default=str)


def _rule(*texts: str) -> str:
    longest = max(len(line) - len(line.lstrip("=")) for text in texts for line in text.split("\n"))
    return "=" * max(RULE, longest + 1)


def _parts(head: Head, draft: Draft) -> Iterator[tuple[str, str]]:
    what = "message" if draft.kind is DraftKind.HANDOFF else "reply"
    to = plain_line(head.contact, 60).replace("=", "-")
    yield f"{draft.lane.value.upper()} {what} to {to}: it begins under this line", draft.text
    if draft.kind is DraftKind.HANDOFF:
        left_empty = "left empty, it is worded by what becomes of the private message"
        title = f"PUBLIC acknowledgement: it begins under this line; {left_empty}"
        yield title, draft.acknowledgement or ""


def moment(at: datetime) -> str:
    """A moment in a head: ISO 8601 in UTC."""
    return at.isoformat().replace("+00:00", "Z")
