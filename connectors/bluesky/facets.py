"""What in a text is a link, a name or a tag: Bluesky links nothing that isn't marked as such.

A mark stands between two offsets in bytes of UTF-8, and so does each that comes with a stranger's
text (docs.bsky.app, "Links, mentions, and rich text").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FACET = "app.bsky.richtext.facet"
_LINK = re.compile(r"https?://[^\s<>\"\\^`{|}]+", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w@./-])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63})(?![\w-])"
)
_TAG = re.compile(r"(?<![\w#/&])#(?=[^\W_])([^\s#.,;:!?()\[\]{}\"'<>]{1,64})")
_MOST = 50
_Marked = tuple[int, int, str, Mapping[str, Any]]
"""A mark that came with a text: from which byte to which, the text there, and what it means."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in a text that can be marked: where it is, and what it names."""

    begin: int
    end: int
    """In characters of the text."""
    kind: str
    """`link`, `mention` or `tag`."""
    names: str


def marks(text: str) -> list[Mark]:
    """What can be marked in a text, in its order; nothing lies in anything else."""
    found: list[Mark] = []
    for link in _LINK.finditer(text):
        uri = _trimmed(link.group())
        if len(uri) > len("https://"):
            found.append(Mark(link.start(), link.start() + len(uri), "link", uri))
    found += [
        Mark(name.start(), name.end(), "mention", name.group(1).lower())
        for name in _NAME.finditer(text)
    ]
    found += [Mark(tag.start(), tag.end(), "tag", tag.group(1)) for tag in _TAG.finditer(text)]
    found.sort(key=lambda one: (one.begin, -one.end))
    clear: list[Mark] = []
    for one in found:
        if not clear or one.begin >= clear[-1].end:
            clear.append(one)
    return clear[:_MOST]


def facets(text: str, people: Mapping[str, str]) -> list[dict[str, Any]]:
    """The marks of a text as a record has them. `people`: DIDs by name; who isn't there stays
    text, and so is told nothing."""
    made = []
    for one in marks(text):
        feature: dict[str, str]
        if one.kind == "link":
            feature = {"$type": f"{FACET}#link", "uri": one.names}
        elif one.kind == "tag":
            feature = {"$type": f"{FACET}#tag", "tag": one.names}
        elif one.names in people:
            feature = {"$type": f"{FACET}#mention", "did": people[one.names]}
        else:
            continue
        begin = len(text[: one.begin].encode())
        size = len(text[one.begin : one.end].encode())
        made.append({"index": {"byteStart": begin, "byteEnd": begin + size}, "features": [feature]})
    return made


def names(text: str) -> set[str]:
    """The names in a text that may be somebody's."""
    return {one.names for one in marks(text) if one.kind == "mention"}


def understood(text: str, raw: object) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`unfolded` and `named` at once."""
    found = _read(text, raw) if raw else []
    return _unfolded(text, found), _named(found)


def named(text: str, raw: object) -> tuple[tuple[str, str], ...]:
    """Whom a text mentions: DIDs, each with the name that stands in the text."""
    return _named(_read(text, raw))


def _named(marked: list[_Marked]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for _, _, shown, feature in marked:
        did = feature.get("did")
        if isinstance(did, str) and 0 < len(did) <= 256 and did not in found:
            found[did] = shown.strip()[:300]
    return tuple(found.items())


def unfolded(text: str, raw: object) -> str:
    """A text with every link's whole address: what is shown of it is often shortened, and may
    be another than where it goes."""
    return _unfolded(text, _read(text, raw)) if raw else text


def _unfolded(text: str, marked: list[_Marked]) -> str:
    data = b""
    out: list[bytes] = []
    at = 0
    for begin, end, shown, feature in marked:
        uri = feature.get("uri")
        if begin < at or not isinstance(uri, str) or not _is_link(uri):
            continue
        data = data or text.encode("utf-8", "replace")
        out.append(data[at:begin])
        out.append(_whole(shown, uri).encode("utf-8", "replace"))
        at = end
    if not out:
        return text
    return (b"".join(out) + data[at:]).decode("utf-8", "replace")


def _whole(shown: str, uri: str) -> str:
    bare = uri.partition("://")[2]
    said = shown.strip()
    if said.rstrip("/") in (uri.rstrip("/"), bare.rstrip("/")):
        return shown
    begun = said.rstrip(".…")
    if begun != said and (bare.startswith(begun) or uri.startswith(begun)):
        return uri
    return f"{shown} ({uri})"


def _read(text: str, raw: object) -> list[_Marked]:
    """The marks that came with a text and lie within it, in its order."""
    if not isinstance(raw, list):
        return []
    data = text.encode("utf-8", "replace")
    found: list[_Marked] = []
    for item in raw[:_MOST]:
        index = item.get("index") if isinstance(item, dict) else None
        features = item.get("features") if isinstance(item, dict) else None
        if not isinstance(index, dict) or not isinstance(features, list):
            continue
        begin, end = index.get("byteStart"), index.get("byteEnd")
        if type(begin) is not int or type(end) is not int or not 0 <= begin < end <= len(data):
            continue
        try:
            shown = data[begin:end].decode()
        except UnicodeDecodeError:
            continue
        found += [(begin, end, shown, one) for one in features[:8] if isinstance(one, dict)]
    if len(found) > 1:
        found.sort(key=lambda one: one[:2])
    return found


def _is_link(uri: str) -> bool:
    return uri.startswith(("https://", "http://")) and len(uri) <= 4000 and uri.isprintable()


def _trimmed(link: str) -> str:
    """A link without the punctuation that ends its sentence."""
    while link and (link[-1] in ".,;:!?'…" or (link[-1] == ")" and "(" not in link)):
        link = link[:-1]
    return link
