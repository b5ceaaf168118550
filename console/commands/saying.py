"""How commands speak: plain lines that are safe on any terminal, and JSON for scripts."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from console.desk.plain import plain, plain_line


def say(words: str = "") -> None:
    """Print a line, or several; whatever a stranger put into them is only text."""
    print(folded(plain(words, limit=1_000_000)))


def complain(words: str) -> None:
    """Print to the error stream, so that what is read by a script stays clean."""
    print(folded(plain(words)), file=sys.stderr)


def folded(text: str) -> str:
    """The text with its lines broken between words, where a person reads it on a terminal."""
    if not sys.stdout.isatty():
        return text
    room = max(shutil.get_terminal_size().columns, 20)
    return "\n".join(_folded(line, room) for line in text.split("\n"))


def _folded(line: str, room: int) -> str:
    if cells(line) <= room:
        return line
    from textwrap import fill

    indent = line[: len(line) - len(line.lstrip("- "))]
    return fill(
        line, room, subsequent_indent=" " * len(indent), break_long_words=False,
        break_on_hyphens=False, replace_whitespace=False, expand_tabs=False,
    )  # fmt: skip


def say_json(value: object) -> None:
    """Print JSON. Everything beyond ASCII is escaped, so that it is safe on a terminal too."""
    print(json.dumps(value, indent=2 if sys.stdout.isatty() else None))


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns, the last one cut to the terminal when there is one."""
    if not rows:
        return
    safe = [[plain_line(cell) for cell in row] for row in rows]
    widths = [max(cells(row[at]) for row in safe) for at in range(len(safe[0]) - 1)]
    room = shutil.get_terminal_size().columns - 1 if sys.stdout.isatty() else None
    for row in safe:
        line = "  ".join(
            cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=False)
        )
        line = f"{line}  {row[-1]}" if widths else row[-1]
        print(line if room is None else _cut(line, room))


def cells(text: str) -> int:
    """How many columns a text takes, nearly: wide letters take two, marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _cut(line: str, room: int) -> str:
    if cells(line) <= room:
        return line
    while line and cells(line) > room - 1:
        line = line[:-1]
    return line + "…"


def moment(at: datetime | None) -> str | None:
    """A moment for JSON: ISO 8601 in UTC, to the second or finer."""
    if at is None:
        return None
    return at.isoformat().replace("+00:00", "Z")


def clock(at: datetime) -> str:
    """A moment for people, in their own time: the hour, and the day where it isn't today."""
    here = at.astimezone()
    today = here.date() == datetime.now().astimezone().date()
    return f"{here:%H:%M:%S}" if today else f"{here:%Y-%m-%d %H:%M}"


def span(length: timedelta) -> str:
    """A length of time in one unit: `12 s`, `40 m`, `2 h`, `3 d`."""
    seconds = max(0, int(length.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
