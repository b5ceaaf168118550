"""Who a text names: putting the customer in front, and keeping everyone else out of private posts.

On these servers every `@name` in a direct post becomes a recipient, strangers in a quote too. Where
a server knows `allowed_mentions` it refuses such a post; where it doesn't, the words are all that
decides, so the names are broken before the text leaves.
"""

from __future__ import annotations

import re
import unicodedata

from connectors.mastodon.wire import same_person

BREAK = "\u200b"
"""A zero-width space: `@` with one behind it is no name to any server, and looks the same."""

_NAME = re.compile(r"(?<![\w/=])@(\w(?:[\w.-]*\w)?(?:@[\w.:-]*\w)?)")
"""Wherever any server may see a name: Mastodon sees one behind everything but a letter, / and =."""
_SURE_NAME = re.compile(r"(?<![^\s(\[\"'«“„])@(\w(?:[\w.-]*\w)?(?:@[\w.:-]*\w)?)")
"""Where every server sees one."""
_HOST = re.compile(r"(?<![\w/])@(\w(?:[\w.-]*\w)?)@[\w.:-]*\w")


def addressed(text: str, handle: str, domains: frozenset[str]) -> str:
    """The text with the customer's handle in it: in front, unless it names them already."""
    if names(text, handle, domains):
        return text
    return f"{handle} {text}"


def names(text: str, handle: str, domains: frozenset[str]) -> bool:
    """True where the text names this person so that the server will see it."""
    return any(same_person(found[1], handle, domains) for found in _SURE_NAME.finditer(text))


def for_one(text: str, handle: str, domains: frozenset[str]) -> str:
    """The text with every name but the customer's broken: for a private lane."""

    def keep(found: re.Match[str]) -> str:
        if same_person(found[1], handle, domains):
            return found[0]
        return f"@{BREAK}{found[1].replace('@', '@' + BREAK)}"

    return _NAME.sub(keep, text)


def fingerprint(text: str) -> str:
    """What stays of a text however a server wraps it: to find our own post again.

    Hosts of names, spaces, line breaks, markup signs and zero-width signs are gone; where nothing
    is left (a text of signs alone), everything but spaces counts.
    """
    text = unicodedata.normalize("NFC", _HOST.sub(r"@\1", text.replace(BREAK, "")))
    bare = "".join(sign for sign in text if sign.isalnum())
    return bare or "".join(text.split())
