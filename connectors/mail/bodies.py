"""What a message says and what is attached to it, whatever its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from connectors.contract import Attachment
from connectors.html import plain
from connectors.mail.charsets import header_of, text_of
from connectors.mail.folding import unflowed

DEPTH = 30
PARTS = 300
TEXT = 200_000
"""Characters of one part that are read."""
_KINDS = {"image": "image", "video": "video", "audio": "audio"}
_STYLE_QUOTE = re.compile(
    r"""<div[^<>]{0,300}?\b(?:class|id)\s*=\s*["']?(?:gmail_quote|divRplyFwdMsg|appendonsend|"""
    r"""yahoo_quoted|moz-cite-prefix|protonmail_quote)""",
    re.IGNORECASE,
)


Words = dict[Message, str]
"""The plain text of parts that were read while their versions were compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a message says, as it came, and what hangs on it."""

    text: str
    attachments: tuple[Attachment, ...] = ()


def body_of(message: Message) -> Body:
    """Read a message. What is attached is named; no link to it could be opened by a person."""
    texts: list[str] = []
    attachments: list[Attachment] = []
    words: Words = {}
    for number, part in enumerate(_leaves(message, 0, words)):
        if number >= PARTS:
            attachments.append(Attachment(kind="file", url="", description="more than is listed"))
            break
        kind = part.get_content_type()
        name = _name(part)
        inline = part.get_content_disposition() != "attachment" and not name
        if inline and kind == "text/plain":
            texts.append(words.get(part) or _plain_text(part))
        elif inline and kind == "text/html":
            texts.append(_html_text(part))
        elif kind in ("application/pgp-signature", "application/pkcs7-signature"):
            continue
        else:
            attachments.append(_attachment(part, name))
    text = "\n\n".join(one.strip("\n") for one in texts if one.strip())
    return Body(text=text, attachments=tuple(attachments))


def _leaves(part: Message, depth: int, words: Words) -> Iterator[Message]:
    """The parts that count: of several versions of the same, the one that is text."""
    kind = part.get_content_type()
    inner = part.get_payload() if part.is_multipart() else None
    if kind.startswith("message/") or not isinstance(inner, list) or depth >= DEPTH:
        yield part
        return
    children = [one for one in inner[: PARTS + 1] if isinstance(one, Message)]
    if kind == "multipart/alternative":
        yield from _alternative(children, depth, words)
    elif kind == "multipart/report":
        yield from (leaf for one in children[:1] for leaf in _leaves(one, depth + 1, words))
    else:
        for one in children:
            yield from _leaves(one, depth + 1, words)


def _alternative(children: list[Message], depth: int, words: Words) -> Iterator[Message]:
    versions = [list(_leaves(one, depth + 1, words)) for one in children]
    for wanted in ("text/plain", "text/html"):
        for version in versions:
            if any(one.get_content_type() == wanted and _has_words(one, words) for one in version):
                yield from version
                # An invitation or a picture may hang on one version only.
                for other in versions:
                    if other is not version:
                        yield from (
                            one for one in other if one.get_content_maintype() not in ("text",)
                        )
                return
    for version in versions[:1]:
        yield from version


def _has_words(part: Message, words: Words) -> bool:
    if part not in words:
        words[part] = _plain_text(part)
    return bool(words[part].strip())


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        data = None
    if isinstance(data, bytes):
        return data[: TEXT * 4]
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape")[: TEXT * 4] if isinstance(raw, str) else b""


def _settings(part: Message) -> dict[str, str]:
    """What stands behind the content type: `charset`, `format`, `delsp`. Read once, for `email`
    takes it apart anew for each question."""
    return {
        name.lower(): value[2] if isinstance(value, tuple) else value
        for name, value in reversed(part.get_params([])[1:])
    }


def _plain_text(part: Message) -> str:
    settings = _settings(part)
    text = text_of(_payload(part), settings.get("charset", ""))[:TEXT]
    if settings.get("format", "").lower() == "flowed":
        text = unflowed(text, delsp=settings.get("delsp", "").lower() == "yes")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _html_text(part: Message) -> str:
    source = text_of(_payload(part), _settings(part).get("charset", ""))[:TEXT]
    found = _STYLE_QUOTE.search(source)
    if found is None:
        return plain(source)
    words, below = plain(source[: found.start()]), plain(source[found.start() :])
    quoted = "\n".join(line if line.startswith(">") else f"> {line}" for line in below.split("\n"))
    return f"{words}\n\n{quoted}" if words and below else words or below


def _name(part: Message) -> str:
    for value in (
        part.get_param("filename", header="content-disposition"),
        part.get_param("name"),
    ):
        if isinstance(value, tuple):
            charset, _, text = value
            value = text_of(str(text).encode("latin-1", "replace"), charset or "")
        if isinstance(value, str) and value:
            return header_of(value)[:200]
    return ""


def _attachment(part: Message, name: str) -> Attachment:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        subject = header_of(first.get("subject")) if isinstance(first, Message) else ""
        name = name or subject or "a forwarded message"
    size = len(_payload(part)) if not part.is_multipart() else 0
    said = name or kind
    if size:
        said += f" ({_size(size)})"
    return Attachment(
        kind=_KINDS.get(part.get_content_maintype(), "file"),
        url="",
        description=said,
    )


def _size(count: int) -> str:
    for unit, size in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= size:
            return f"{count / size:.0f} {unit}"
    return "1 byte" if count == 1 else f"{count} bytes"
