"""What a person wrote in a mail, apart from what they quoted and how they signed.

Only what stands at the end is folded away: who answers between the lines of a quote is left whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SIGNATURE_LINES = 15
"""More below `-- ` than this is no signature."""
LINES = 4_000

_WROTE = re.compile(
    r"^(?:on|le|am|el|il|op|den|em|dne|w dniu|dana|pada|в)\b.{4,400}"
    r"(?:wrote|a écrit|schrieb|escribió|ha scritto|schreef|skrev|escreveu|napsal|napisał|napisao|"
    r"napisala|napisał\(a\)|je napisao/la|menulis|пишет|написал)[^\n]{0,80}:?$",
    re.IGNORECASE | re.DOTALL,
)
_DIVIDER = re.compile(
    r"^(?:-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"messaggio originale|oorspronkelijk bericht|izvorna poruka|původní zpráva|"
    r"wiadomość oryginalna|reply above this line).{0,40}-{0,10}|_{20,})$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^-{2,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré).{0,60}$|"
    r"^begin forwarded message:$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(?:from|von|de|da|van|od|från|fra)\s?:\*?\s.{3,300}$", re.IGNORECASE)
_HEAD = re.compile(
    r"^\*?(?:sent|date|to|subject|cc|gesendet|an|betreff|datum|envoyé|à|objet|enviado|para|asunto|"
    r"inviato|a|oggetto|verzonden|aan|onderwerp|poslano|za|predmet)\s?:\*?\s.*$",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^(?:sent from my |sent from (?:outlook|mail|yahoo|samsung)|get outlook for |"
    r"von meinem .{2,40} gesendet|gesendet von |envoyé de(?:puis)? mon |enviado desde mi |"
    r"inviato da(?:l mio)? |verzonden vanaf mijn |poslano s ).{0,80}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """The words themselves, the quote that stood below them, and all that stood there as it was:
    the quote with the line above it, and the signature."""

    text: str
    quote: str = ""
    below: str = ""


def fold(text: str) -> Folded:
    """Take signature and closing quote away. Where nothing would be left, nothing is taken."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > LINES:
        return Folded(text=text.strip("\n"))
    kept, quote = _unquoted(lines)
    kept = _unsigned(kept)
    words = "\n".join(kept).strip("\n")
    if not words.strip():
        return Folded(text="\n".join(lines).strip("\n"))
    below = "\n".join(lines[len(kept) :]).strip("\n")
    return Folded(text=words.rstrip(), quote="\n".join(quote).strip("\n"), below=below)


def _unquoted(lines: list[str]) -> tuple[list[str], list[str]]:
    at = _below(lines)
    if at is not None:
        return lines[:at], lines[at + 1 :]
    end = len(lines)
    # What stands below the quote is a signature at most.
    tail = end
    while tail and not lines[tail - 1].strip():
        tail -= 1
    signed = next(
        (n for n in range(tail - 1, max(-1, tail - SIGNATURE_LINES - 2), -1)
         if lines[n].rstrip() == "--"),
        None,
    )  # fmt: skip
    if signed is not None:
        tail = signed
        while tail and not lines[tail - 1].strip():
            tail -= 1
    first = tail
    while first and (lines[first - 1].startswith(">") or not lines[first - 1].strip()):
        first -= 1
    while first < tail and not lines[first].strip():
        first += 1
    if first == tail:
        return lines, []
    quote = [line[1:].removeprefix(" ") if line.startswith(">") else line
             for line in lines[first:tail]]  # fmt: skip
    return lines[: _above(lines, first)], quote


def _above(lines: list[str], quote: int) -> int:
    """Where the line begins that says who wrote the quote; it may be broken into three."""
    end = quote
    while end and not lines[end - 1].strip():
        end -= 1
    for size in (1, 2, 3):
        if end - size < 0:
            break
        said = " ".join(line.strip() for line in lines[end - size : end])
        if _WROTE.match(said):
            return end - size
    if end and lines[end - 1].rstrip().endswith(":") and "@" in lines[end - 1]:
        return end - 1
    return quote


def _below(lines: list[str]) -> int | None:
    """Where a copy of the former mail begins that isn't marked line by line."""
    for at, line in enumerate(lines):
        bare = line.strip()
        if not bare:
            continue
        if _FORWARDED.match(bare):
            return None
        if _DIVIDER.match(bare):
            return at
        if _FROM.match(bare):
            heads = sum(1 for each in lines[at + 1 : at + 7] if _HEAD.match(each.strip()))
            if heads >= 2:
                return at
        if bare.endswith(":") and _WROTE.match(bare) and at + 1 < len(lines):
            rest = [each for each in lines[at + 1 :] if each.strip()]
            if rest and not any(each.startswith(">") for each in rest):
                return at
    return None


def _unsigned(lines: list[str]) -> list[str]:
    for at in range(len(lines) - 1, max(-1, len(lines) - SIGNATURE_LINES - 2), -1):
        if lines[at] in ("-- ", "--"):
            lines = lines[:at]
            break
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end and _SENT_FROM.match(lines[end - 1].strip()):
        return lines[: end - 1]
    return lines


def unflowed(text: str, *, delsp: bool) -> str:
    """Paragraphs of `format=flowed` on one line each (RFC 3676)."""
    out: list[str] = []
    depth_before = 0
    flowing = False
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        rest = line[depth:]
        rest = rest.removeprefix(" ")
        signature = rest == "-- "
        marked = f"{'>' * depth} " if depth else ""
        if flowing and depth == depth_before and not signature:
            out[-1] += rest
        else:
            out.append(marked + rest)
        flowing = rest.endswith(" ") and not signature
        if flowing and delsp:
            out[-1] = out[-1][:-1]
        depth_before = depth
    return "\n".join(line if line == "-- " else line.rstrip() for line in out)
