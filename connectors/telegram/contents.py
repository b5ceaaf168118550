"""What a message holds: its words, with hidden links shown, and what is attached to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Attachment
from connectors.html import sentence

Raw = Mapping[str, object]

_KINDS = {
    "photo": "image",
    "sticker": "image",
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
}
"""A field of a message -> the kind of attachment that it is."""
_OTHER = {
    "contact": "a contact",
    "location": "a place on the map",
    "venue": "a place on the map",
    "poll": "a poll",
    "dice": "a die",
    "game": "a game",
    "story": "a story",
    "invoice": "an invoice",
    "checklist": "a checklist",
    "paid_media": "paid media",
    "giveaway": "a giveaway",
}
_MOST = 100


def words_of(raw: Raw) -> str:
    """The text or the caption; a link that hides behind words is shown after them."""
    for text, entities in (("text", "entities"), ("caption", "caption_entities")):
        said = raw.get(text)
        if isinstance(said, str) and said:
            return _with_links(said, raw.get(entities))
    return ""


def _with_links(said: str, entities: object) -> str:
    if not isinstance(entities, list):
        return said
    hidden: list[tuple[int, str]] = []
    for entity in entities[:_MOST]:
        if isinstance(entity, dict) and entity.get("type") == "text_link":
            url, offset, length = entity.get("url"), entity.get("offset"), entity.get("length")
            if (
                isinstance(url, str)
                and isinstance(offset, int)
                and isinstance(length, int)
                and 0 <= offset < 100_000
                and 0 < length < 100_000
            ):
                hidden.append((2 * (offset + length), url[:2_000]))
    if not hidden:
        return said
    # Offsets count UTF-16 units.
    signs = said.encode("utf-16-le", "surrogatepass")
    for end, url in sorted(hidden, reverse=True):
        signs = signs[:end] + f" ({url})".encode("utf-16-le", "surrogatepass") + signs[end:]
    return signs.decode("utf-16-le", "surrogatepass")


def attachments(raw: Raw) -> tuple[Attachment, ...]:
    """What is attached. A bot has no address for it that carries no key, so there is no link."""
    for field, kind in _KINDS.items():
        found = raw.get(field)
        if not isinstance(found, dict | list) or not found:
            continue
        about = found if isinstance(found, dict) else {}
        named = about.get("file_name") or about.get("emoji") or about.get("title")
        what = field.replace("_", " ")
        words = f"{what}: {sentence(named)}" if isinstance(named, str) and named else what
        return (Attachment(kind=kind, url="", description=words),)
    return ()


def described(raw: Raw) -> str:
    """What stands there where neither words nor a file do; empty for the network's own notes."""
    return next((f"({words})" for field, words in _OTHER.items() if raw.get(field)), "")
