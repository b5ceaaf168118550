"""HTML from networks, as plain text: lenient, fast, and linear in the length of whatever it gets.

Servers disagree on the shape (`<p>` with invisible spans, `<br><br>`, raw `&`, the author's own
`<b>`), and strangers write what they like. So nothing here is an error: what isn't a tag is text.
Lines and paragraphs survive, a link shows its whole address, scripts and styles are dropped, and
entities are decoded once. The outcome is text, not yet safe for a screen: the desk sees to that.
"""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<(/?[A-Za-z][^<>]*|![^<>]*|\?[^<>]*)>")
_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9-]*")
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_GAPS = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)+")

_BREAK = {"br", "br/", "br /"}
_PARAGRAPHS = frozenset(
    """p div section article aside header footer main table tr dl dd dt figure figcaption hr
    h1 h2 h3 h4 h5 h6 ul ol pre""".split()  # noqa: SIM905 -- a list of words reads as words
)
_SILENT = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "iframe", "object"}
)
_PASSED_OVER = frozenset({"span", "/span", "b", "/b", "i", "/i", "em", "/em", "strong", "/strong"})


def plain(source: str) -> str:
    """The text of some HTML, with line breaks and an empty line between paragraphs."""
    if "<" not in source:
        return decode(_SPACE.sub(" ", source) if "\n" in source else source).strip()
    if "<!--" in source:
        source = _without_comments(source)
    parts = _TAG.split(source)
    text = parts[0]
    out: list[str] = [_SPACE.sub(" ", text) if "\n" in text else text]
    put = out.append
    link: str | None = None
    link_at = 0
    silent = ""
    pre = quotes = quote_at = 0
    lists: list[int] = []
    for at in range(1, len(parts), 2):
        tag = parts[at]
        text = parts[at + 1]
        if silent:
            if tag[0] == "/" and _name(tag) == silent:
                silent = ""
            else:
                continue
        elif tag[:5] == "span " or tag in _PASSED_OVER:
            pass
        elif tag == "p" or tag == "/p":
            put("\n\n")
        elif tag in _BREAK:
            put("\n")
        elif tag[:2] == "a ":
            link, link_at = tag, len(out)
        elif tag == "/a":
            if link is not None:
                _finish_link(out, link, link_at)
                link = None
        else:
            name = _name(tag)
            bare = name[1:] if name[:1] == "/" else name
            if name in _SILENT:
                silent = "/" + name if tag[-1] != "/" else ""
                if silent:
                    continue
            elif bare in _PARAGRAPHS:
                put("\n\n")
                if bare == "pre":
                    pre = 1 if name == "pre" else 0
                elif bare == "ol" or bare == "ul":
                    if name == bare:
                        lists.append(0 if bare == "ol" else -1)
                    elif lists:
                        lists.pop()
            elif name == "br":
                put("\n")
            elif name == "li":
                if lists and lists[-1] >= 0:
                    lists[-1] += 1
                    put(f"\n{lists[-1]}. ")
                else:
                    put("\n- ")
            elif name == "blockquote":
                put("\n\n")
                quotes += 1
                if quotes == 1:
                    quote_at = len(out)
            elif name == "/blockquote":
                if quotes:
                    quotes -= 1
                    if not quotes:
                        _finish_quote(out, quote_at)
                put("\n\n")
            elif name == "img":
                found = _ALT.search(tag)
                if found:
                    put(found[1][1:-1])
            elif name == "td" or name == "th":
                put(" ")
        if text:
            put(_SPACE.sub(" ", text) if "\n" in text and not pre else text)
    if quotes:
        _finish_quote(out, quote_at)
    joined = "".join(out)
    if "\n" in joined:
        joined = _GAPS.sub("\n\n", joined)
    return decode(joined).strip()


def decode(text: str) -> str:
    """The text with its entities decoded, once. A `&` that begins none stays what it is."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_decoded, text)


def sentence(body: str, limit: int = 200) -> str:
    """What a body says, as one short line without control characters: for the words of errors."""
    text = plain(body[:20_000])
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _decoded(found: re.Match[str]) -> str:
    return unescape(found[0])


def _name(tag: str) -> str:
    found = _NAME.match(tag)
    return found[0].lower() if found else ""


def _without_comments(source: str) -> str:
    kept: list[str] = []
    at = 0
    while (begin := source.find("<!--", at)) >= 0:
        kept.append(source[at:begin])
        end = source.find("-->", begin + 4)
        if end < 0:
            return "".join(kept)
        at = end + 3
    kept.append(source[at:])
    return "".join(kept)


def _finish_link(out: list[str], tag: str, at: int) -> None:
    """Let a link end in its whole address, unless its text is that address or a name."""
    if "mention" in tag or "hashtag" in tag:
        return
    found = _HREF.search(tag)
    if found is None:
        return
    href = found[1]
    if href[0] in "\"'":
        href = href[1:-1]
    if not href[:7].lower().startswith(("http://", "https:/", "mailto:")):
        return
    text = "".join(out[at:]).strip()
    if text == href:
        return
    whole, shown = decode(href), decode(text)
    if shown and shown[:1] in "@#" and not shown[1:2].isspace():
        return
    bare = whole.split(":", 1)[1].lstrip("/") if ":" in whole else whole
    short = shown in (bare, bare.rstrip("/")) or (shown[-1:] == "…" and shown[:-1] in whole)
    if short or not shown:
        out[at:] = [href]
    elif shown.rstrip("/") != whole.rstrip("/"):
        out.append(f" ({href})")


def _finish_quote(out: list[str], at: int) -> None:
    lines = _GAPS.sub("\n\n", "".join(out[at:])).strip().split("\n")
    out[at:] = ["\n".join("> " + line if line else ">" for line in lines)]
