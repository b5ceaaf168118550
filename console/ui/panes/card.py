"""A draft of the review deck, laid out: the thread it answers, its words, what stands against them.

What has changed since it was written is marked in words beside what changed, and the difference to
its template by signs, so that nothing hangs on colour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from connectors.contract import Lane
from console.desk.differences import Change, Difference, differences
from console.desk.freshness import News, NewsKind, in_words
from console.desk.model import DraftKind, Message
from console.engine.reviewing import Card
from console.ui import safe
from console.ui.panes.band import Units, band_ends, whom_of
from console.ui.panes.timeline import Line, Setting, blocks, lay
from console.ui.safe import Span
from console.ui.themes import Ink
from console.ui.wording import LANES, count, moment

MOST_BLOCKS = 60
"""How much of a thread is laid out; what is marked is there whatever it takes."""
TEXT_LIMIT = 20_000
WAS_LIMIT = 600

_WORDS = re.compile(r"\n|[^\S\n]+|\S+")
_SIGNS = {Change.KEPT: ("", ""), Change.REMOVED: ("[-", "-]"), Change.ADDED: ("{+", "+}")}
_LOOKS = {Change.KEPT: "quiet", Change.REMOVED: "bad", Change.ADDED: "accent"}


class Laid(NamedTuple):
    """A draft's lines. Those from `essential` on may be out of view at first."""

    lines: list[Line]
    essential: int


def what(card: Card) -> str:
    """What it is and for whom: `PUBLIC reply to Ana on stage`."""
    row = card.view.row
    who = safe.line(row.contact_name, 40) or safe.line(row.handle, 40)
    return f"{kind(card)} to {who} on {safe.line(row.network, 24)}"


def kind(card: Card) -> str:
    """`PUBLIC reply`, `PRIVATE reply`, or `PRIVATE and PUBLIC, a move to DM`."""
    if card.draft.kind is not DraftKind.HANDOFF:
        return f"{LANES[card.draft.lane]} reply"
    if card.plan is not None and card.plan.private is None:
        return f"{LANES[Lane.PUBLIC]} invitation to DM"
    return f"{LANES[Lane.PRIVATE]} and {LANES[Lane.PUBLIC]}, a move to DM,"


def verdict(card: Card) -> str:
    """How it stands, in words."""
    if card.trouble:
        return "can't be sent"
    if card.news or card.draft.stopped:
        return "needs another look"
    if card.findings:
        return f"{count(len(card.findings), 'thing')} against it"
    return "nothing against it"


def written(card: Card, setting: Setting) -> str:
    """Who wrote it, when, and on top of what."""
    draft, view = card.draft, card.view
    said = f"by {safe.line(draft.author, 40)}, " if draft.author else ""
    said += moment(draft.updated_at, setting.now, setting.zone)
    base = next((m for m in view.messages if m.id == draft.seen.message), None)
    if base is not None:
        who = safe.line(base.author, 30) or safe.line(base.handle, 30)
        said += f", on top of what {who} wrote {moment(base.at, setting.now, setting.zone)}"
    if draft.template:
        said += f", from the template {safe.line(draft.template, 40)}"
    if view.row.heated:
        said += ", in a heated thread"
    return said


# --- the thread -----------------------------------------------------------------------------------


def _marks(card: Card) -> dict[int, list[tuple[str, str]]]:
    """What is said over the messages of a thread, by their ids."""
    draft, found = card.draft, dict[int, list[tuple[str, str]]]()
    base = draft.seen.message
    lane = Lane.PUBLIC if draft.kind is DraftKind.HANDOFF else draft.lane
    theirs = [m for m in card.view.messages if not m.ours and (base is None or m.id <= base)]
    answered = next((m.id for m in reversed(theirs) if m.lane is lane), base)
    if answered is not None:
        found.setdefault(answered, []).append(("what it answers", "accent"))
    if base is not None and base != answered:
        found.setdefault(base, []).append(("the last words when it was written", "accent"))
    for one in card.news:
        if one.message is not None:
            found.setdefault(one.message, []).append((_news_mark(one), "warn"))
    return found


def _news_mark(one: News) -> str:
    word = {
        NewsKind.WROTE: "NEW since it was written",
        NewsKind.EDITED: "EDITED since it was written",
        NewsKind.DELETED: "DELETED since it was written",
    }.get(one.kind, one.words)
    if one.was.strip():
        word += f". It said: “{safe.line(one.was, WAS_LIMIT)}”"
    return word


def thread_lines(card: Card, setting: Setting) -> tuple[list[Line], int]:
    """The thread with what is marked in it, and the line of the first mark."""
    marks = _marks(card)
    found = blocks(card.view, setting.now, setting.zone)
    marked = [
        place
        for place, block in enumerate(found)
        if isinstance(block.source, Message) and block.source.id in marks
    ]
    start = min([max(len(found) - MOST_BLOCKS, 0), *marked])
    lines: list[Line] = []
    if start:
        said = f" {count(start, 'earlier thing')} above: the thread shows them"
        lines += [[(said, setting.ink.quiet)], []]
    first = -1
    for block in found[start:]:
        if isinstance(block.source, Message):
            for words, look in marks.get(block.source.id, ()):
                first = len(lines) if first < 0 else first
                lines += _sentence(f">> {words}", look, setting.room, setting.ink)
        lines += lay(block, setting)
    while lines and not lines[-1]:
        lines.pop()
    return lines, max(first, 0)


# --- the draft ------------------------------------------------------------------------------------


def draft_lines(card: Card, setting: Setting, units: Units) -> Laid:
    """The words in the order in which they leave, what stands against them, and the differences."""
    lines: list[Line] = []
    draft = card.draft
    if draft.kind is not DraftKind.HANDOFF:
        lines += _text(card, draft.lane, draft.text, setting, units)
    else:
        alone = card.plan is not None and card.plan.private is None
        if not alone:
            lines += [*_text(card, Lane.PRIVATE, draft.text, setting, units), []]
        lines += _text(card, Lane.PUBLIC, card.public or "", setting, units)
        if card.plan is not None and not alone:
            after = "It leaves after the message above, worded by what becomes of that."
            lines += _sentence(after, "quiet", setting.room, setting.ink)
    lines += against(card, setting.room, setting.ink)
    essential = len(lines)
    if card.template_text is not None and not (draft.kind is DraftKind.HANDOFF and not draft.text):
        lines += _template(card, card.template_text, setting)
    return Laid(lines, essential)


def _text(card: Card, lane: Lane, text: str, setting: Setting, units: Units) -> list[Line]:
    room, ink = setting.room, setting.ink
    left = card.public_room if card.draft.kind is DraftKind.HANDOFF else card.room
    if lane is Lane.PRIVATE:
        left = card.room
    whom = whom_of(card.view, lane)
    start, end = band_ends(whom, room, ink, left=left, unit=units(lane), signs=setting.signs)
    lines = [_ends(start, end, room)]
    if text.strip():
        lines += _words(text, room, ink)
    else:
        lines += _sentence("(no words yet)", "quiet", room, ink)
    return lines


def _ends(left: Sequence[Span], right: Sequence[Span], room: int) -> Line:
    end = sum(safe.width(text) for text, _ in right)
    line: Line = []
    used = 0
    for text, style in left:
        kept = safe.cut(text, room - end - 1 - used)
        line.append((kept, style))
        used += safe.width(kept)
    return [*line, (" " * max(room - end - used, 0), None), *right]


def _words(text: str, room: int, ink: Ink) -> list[Line]:
    parts = safe.wrap(_clean(text), room - 3)
    lines: list[Line] = [[("  ", None), (part, ink.text)] for part in parts]
    if len(text) > TEXT_LIMIT:
        more = f"{len(text) - TEXT_LIMIT:,} more characters, e shows them"
        lines.append([("  ", None), (more, ink.warn)])
    return lines


def _sentence(text: str, look: str, room: int, ink: Ink, before: str = "  ") -> list[Line]:
    """A sentence behind its sign, its later lines set in."""
    inner = max(room - safe.width(before) - 1, 8)
    blank = " " * safe.width(before)
    return [
        [(before if place == 0 else blank, getattr(ink, look)), (part, getattr(ink, look))]
        for place, part in enumerate(safe.wrap(safe.block(text, 2_000), inner))
    ]


def against(card: Card, room: int, ink: Ink) -> list[Line]:
    """What stands against it: news first, then what the checks found."""
    lines: list[Line] = []
    if card.trouble:
        lines += _sentence(card.trouble, "bad", room, ink, "!! ")
    if card.draft.stopped:
        lines += _sentence(card.draft.stopped, "warn", room, ink, "!! ")
    elif card.news:
        lines += _sentence(f"{in_words(card.news)} It is marked above.", "warn", room, ink, "!! ")
    for finding in card.findings:
        end = " It can't leave like this." if finding.stops else ""
        lines += _sentence(finding.words + end, "warn", room, ink, "!  ")
    return lines


def _template(card: Card, said: str, setting: Setting) -> list[Line]:
    room, ink = setting.room, setting.ink
    name = safe.line(card.draft.template or "", 40)
    found = differences(_clean(said), _clean(card.draft.text))
    if all(change is Change.KEPT for change, _ in found):
        same = f"Word for word as the template {name} says it here."
        return _sentence(same, "quiet", room, ink)
    head = f"Beside the template {name}, [-taken out-] {{+put in+}}:"
    return [[], *_sentence(head, "quiet", room, ink), *_marked(found, room, ink)]


def _clean(text: str) -> str:
    # Cut before it is cleaned: a megabyte takes its time.
    return safe.block(text[:TEXT_LIMIT], TEXT_LIMIT).strip("\n")


def _marked(found: Sequence[Difference], room: int, ink: Ink) -> list[Line]:
    """The differences as lines: words keep their signs and looks wherever a line ends."""
    inner = max(room - 5, 8)
    lines: list[Line] = [[("    ", None)]]
    used = 0
    for change, text in found:
        before, after = _SIGNS[change]
        style = getattr(ink, _LOOKS[change])
        for word in _WORDS.findall(f"{before}{text}{after}"):
            if word == "\n":
                lines.append([("    ", None)])
                used = 0
                continue
            pieces = safe.wrap(word, inner) if safe.width(word) > inner else [word]
            for piece in pieces:
                if used + safe.width(piece) > inner:
                    lines.append([("    ", None)])
                    used = 0
                    if piece.isspace():
                        continue
                lines[-1].append((piece, style))
                used += safe.width(piece)
    return lines
