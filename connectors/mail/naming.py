"""The names of mails: their Message-IDs, ours made from a delivery's key, and of conversations."""

from __future__ import annotations

import re
from hashlib import sha256

AUTO = "auto:"
"""Before the id of what a program sent, and of a conversation that a program began: these are
never answered."""
_ID = re.compile(r"<\s*([^<>\s]{1,900}@[^<>\s]{0,250}|[^<>\s]{3,900})\s*>")
_OURS = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{7,63})\.greenroom@")
_REPLY = re.compile(
    r"^\s*(?:(?:re|aw|sv|vs|antw|odp|ref|res|rif|tr|wg|fwd?|fw|vl|rv|enc|doorst|pd)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*[::]\s*)+",
    re.IGNORECASE,
)


def id_of(key: str, domain: str) -> str:
    """The Message-ID of a delivery's mail, without its brackets: the same at every attempt."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}", key) is None:
        key = sha256(key.encode()).hexdigest()[:40]
    return f"{key}.greenroom@{domain}"


def key_in(message_id: str, domain: str) -> str | None:
    """The key of the delivery whose mail has this id; None: no mail that Greenroom sent."""
    found = _OURS.match(message_id)
    if found is None or message_id.rpartition("@")[2].lower() != domain.lower():
        return None
    return found[1]


def ours_in(text: str, domain: str) -> str | None:
    """The first id of a mail of ours within some text."""
    for found in _OURS.finditer(text[:200_000]):
        message_id = text[found.start() : found.end() + len(domain)]
        if key_in(message_id, domain) is not None:
            return message_id
    return None


def ids_in(value: str) -> list[str]:
    """The Message-IDs in a header, without their brackets."""
    return [found[1] for found in _ID.finditer(value[:20_000])]


def made_up(raw: bytes) -> str:
    """An id for a message that has none: the same for the same bytes."""
    return f"sha256:{sha256(raw[:65_536]).hexdigest()[:40]}"


def is_real(message_id: str) -> bool:
    """True for an id that others know too."""
    return bool(message_id) and not message_id.startswith(("sha256:", AUTO, "re:"))


def bare_subject(subject: str) -> str:
    """A subject without its `Re:` and its like, for comparing."""
    return " ".join(_REPLY.sub("", subject).split()).casefold()


def is_reply(subject: str) -> bool:
    """True where a subject says that it answers something."""
    return _REPLY.match(subject) is not None


def by_subject(subject: str, address: str) -> str:
    """The conversation of an answer that names nothing it answers: its subject and its person."""
    mark = sha256(f"{bare_subject(subject)}\0{address.lower()}".encode()).hexdigest()[:32]
    return f"re:{mark}"
