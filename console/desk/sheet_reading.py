"""Reads a draft back from a file that may have been through any editor, mail or repository.

What can't be read is said in words; nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise

import tomli

from connectors.contract import Lane
from console.desk.model import DraftKind, Seen
from console.desk.plain import plain_line
from console.desk.sheets import (
    BYTES,
    END,
    FENCE,
    FORMAT,
    RULE,
    Decision,
    Head,
    NotASheet,
    Sheet,
    told,
)


def read(data: bytes) -> Sheet:
    """The draft in a file. Raises `NotASheet`."""
    lines = _text(data).split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    if not lines or lines[0].rstrip() != FENCE:
        raise NotASheet(
            f"It doesn't begin with a line {FENCE}, so it isn't a draft of Greenroom. Nothing of "
            "it was taken."
        )
    ends = next((at for at in range(1, len(lines)) if lines[at].rstrip() == FENCE), None)
    if ends is None:
        raise NotASheet(
            f"Its head has no end: the second line {FENCE} is missing. Nothing of it was taken. "
            "Put that line back under the decision, or export it again."
        )
    fields = _parsed("\n".join(lines[1:ends]))
    decision = _decision(fields.pop("decision", ""))
    kept = fields.pop("hash", "")
    head = _head(fields)
    text, acknowledgement = _words(lines[ends + 1 :], head)
    return Sheet(
        head=head,
        told=told(fields),
        hash=kept if isinstance(kept, str) else "",
        decision=decision,
        text=text,
        acknowledgement=acknowledgement,
    )


def _text(data: bytes) -> str:
    if not data.strip():
        raise NotASheet("It is empty. Nothing was taken. Export it again.")
    if len(data) > BYTES:
        raise NotASheet(
            f"It is longer than {BYTES // (1024 * 1024)} MB, and no draft is. Nothing of it was "
            "taken. Export it again."
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:64]:
        raise NotASheet(
            "It isn't UTF-8 but looks like UTF-16. Nothing of it was taken. Save it as UTF-8 in "
            "your editor and import it again."
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotASheet(
            f"It isn't UTF-8: line {line} holds bytes of another encoding. Nothing of it was "
            "taken. Save it as UTF-8 in your editor and import it again."
        ) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _parsed(toml: str) -> dict[str, object]:
    try:
        return tomli.loads(toml)
    except (tomli.TOMLDecodeError, RecursionError, ValueError) as error:
        raise NotASheet(
            f"Its head can't be read: {plain_line(str(error), 120)}. Nothing of it was taken. Mend "
            "that line, or export it again."
        ) from error


def _decision(value: object) -> Decision:
    try:
        return Decision(value.strip().lower() if isinstance(value, str) else "?")
    except ValueError as error:
        raise NotASheet(
            f"Its decision is {plain_line(json.dumps(value, default=str), 60)}, and may be "
            '"approve", "discard", "later" or "". Nothing of it was taken. Mend that line and '
            "import it again."
        ) from error


def _head(fields: Mapping[str, object]) -> Head:
    found = fields.get("format")
    if isinstance(found, int) and not isinstance(found, bool) and found > FORMAT:
        raise NotASheet(
            "It was written by a newer Greenroom. Nothing of it was taken. Update this one, or "
            "export it again from here."
        )
    seen = fields.get("seen")
    far: Mapping[str, object] = seen if isinstance(seen, dict) else {}
    message = far.get("message")
    try:
        return Head(
            desk=_string(fields, "desk"),
            key=_string(fields, "key"),
            thread=_number(fields, "thread"),
            lane=Lane(_string(fields, "lane")),
            kind=DraftKind(_string(fields, "kind")),
            network=_string(fields, "network"),
            account=_string(fields, "account"),
            contact=_string(fields, "contact"),
            author=_string(fields, "author"),
            template=_string(fields, "template"),
            created=_string(fields, "created"),
            base=_number(fields, "base"),
            base_words=_string(fields, "base_words"),
            seen=Seen(
                None if message is None else _number(far, "message"),
                _number(far, "revision"),
                bool(far.get("done")),
            ),
            words=_string(fields, "words"),
        )
    except ValueError as error:
        raise NotASheet(
            f"Its head is broken: {plain_line(str(error), 120)}. Nothing of it was taken. Export "
            "it again and copy your words over."
        ) from error


def _string(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is missing or no text")
    return value


def _number(fields: Mapping[str, object], name: str) -> int:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise ValueError(f"`{name}` is missing or no number")
    return value


def _words(lines: Sequence[str], head: Head) -> tuple[str, str | None]:
    """The text and the acknowledgement that stand under the conversation."""
    start = next(
        (at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), None
    )
    opening = "" if start is None else lines[start].rstrip()
    rule = opening[: len(opening) - len(opening.lstrip("="))]
    if start is None or len(rule) < RULE or _title(opening, rule) is None:
        raise NotASheet(
            "The line of = over its words is missing. Nothing of it was taken. Export it again and "
            "copy your words over."
        )
    marks = [
        (at, title)
        for at in range(start, len(lines))
        if (title := _title(lines[at].rstrip(), rule)) is not None
    ]
    wanted = [head.lane.value.upper(), END]
    if head.kind is DraftKind.HANDOFF:
        wanted.insert(1, Lane.PUBLIC.value.upper())
    if [title.split(" ", 1)[0] for _, title in marks] != wanted:
        raise NotASheet(
            "The lines of = around its words aren't as they were: there have to be "
            f"{len(wanted)}, the last one “{rule} {END} {rule}”. Nothing of it was taken. Put "
            "them back, or export it again and copy your words over."
        )
    if any(line.strip() for line in lines[marks[-1][0] + 1 :]):
        raise NotASheet(
            "Something stands under the line of its end, and would be lost. Nothing of it was "
            "taken. Move it up between the lines of =, or take it out."
        )
    texts = ["\n".join(lines[at + 1 : below]) for (at, _), (below, _) in pairwise(marks)]
    acknowledgement = texts[1] if len(texts) > 1 else None
    return texts[0], acknowledgement if (acknowledgement or "").strip() else None


def _title(line: str, rule: str) -> str | None:
    """What stands between two rules of just this length; None where the line is something else."""
    if line.startswith(f"{rule} ") and line.endswith(f" {rule}") and len(line) > 2 * len(rule) + 1:
        return line[len(rule) : -len(rule)].strip()
    return None
