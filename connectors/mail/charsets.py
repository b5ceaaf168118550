"""Bytes that strangers' programs call text, as text: whatever they say it is, never an error."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

_SAME = {
    # What says Latin-1 or ASCII is Windows-1252 wherever the two differ (WHATWG, Encoding).
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-sjis": "cp932",
    "x-unknown": "",
    "default": "",
    "unknown-8bit": "",
    "8bit": "",
    "utf8": "utf-8",
}
_NO_TEXT = frozenset({"base64", "hex", "bz2", "zlib", "zip", "uu", "rot13", "rot-13", "quopri"})
_WORDS = re.compile(r"=\?[^?\s]{1,80}\?[bqBQ]\?[^?]*\?=")
HEADER_LIMIT = 20_000


def text_of(data: bytes, charset: str = "") -> str:
    """Text, by the name that came with it; where that can't be, by what it looks like."""
    said = charset.strip().strip("\"'").lower()
    name = _SAME.get(said, said)
    # Wrong names are common, and what is valid UTF-8 is hardly ever anything else.
    for guess in ("utf-8", name) if name in ("", "utf-8", "cp1252") else (name, "utf-8"):
        found = _tried(data, guess)
        if found is not None:
            return found
    return data.decode("cp1252", "replace")


def _tried(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        if codecs.lookup(name).name.replace("_", "-") in _NO_TEXT:
            return None
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def header_of(value: object) -> str:
    """A header's text on one line, its encoded words decoded (RFC 2047)."""
    text = str(value) if value is not None else ""
    text = text[:HEADER_LIMIT]
    if not text.isascii():
        raw = text.encode("ascii", "surrogateescape") if _is_raw(text) else text.encode()
        text = text_of(raw)
    if "=?" in text:
        text = _decoded(text)
    return " ".join(text.split())


def _is_raw(text: str) -> bool:
    return all(sign < "\x80" or "\udc80" <= sign <= "\udcff" for sign in text)


def _decoded(text: str) -> str:
    if _WORDS.search(text) is None:
        return text
    try:
        parts = decode_header(" ".join(text.split()))
    except (HeaderParseError, ValueError, IndexError):
        return text
    return "".join(
        part if isinstance(part, str) else text_of(part, charset or "") for part, charset in parts
    )
