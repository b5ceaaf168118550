"""Shows the first rows of the inbox while the console is still being loaded.

Loading Textual takes longer than reading the rows, so they stand on the terminal before it: plain,
where the console will draw them in full. Keys typed meanwhile wait in the terminal for it. What
goes wrong on the way is said on the ordinary screen, as if there had been no curtain.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TWO_PANES, THREE_PANES = 100, 140
LIST_TWO, LIST_WIDE = 38, 46
"""Columns at which the console has two panes and three, and how wide its list is then."""

ROOMY_FROM = 37
"""Rows from which on the console leaves a line between threads."""

_IN = "\x1b[?1049h\x1b[2J\x1b[?25l"
_OUT = "\x1b[?25h\x1b[?1049l"
_up = False


@contextmanager
def raised() -> Iterator[None]:
    """While loading, and while the console runs; the terminal is as it was afterwards."""
    before = _quiet()
    try:
        if before is not None:
            _draw()
        yield
    finally:
        fall()
        if before is not None:
            import termios

            termios.tcsetattr(0, termios.TCSADRAIN, before)


def handed_over() -> None:
    """The console draws from now on, and gives the screen back itself."""
    global _up
    _up = False


def fall() -> None:
    """Give the ordinary screen back, for something that has to be said on it."""
    global _up
    if _up:
        _up = False
        _write(_OUT)


def _quiet() -> list[Any] | None:
    """Stop the terminal from showing what is typed; how it was, or None where there is none."""
    if not (os.isatty(0) and os.isatty(1)) or os.environ.get("TERM", "dumb") == "dumb":
        return None
    import termios

    before = termios.tcgetattr(0)
    quiet = list(before)
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    # Ctrl+S is a command here, and no stop sign: the terminal must hand it on from the first key.
    quiet[0] &= ~termios.IXON
    termios.tcsetattr(0, termios.TCSANOW, quiet)
    return before


def _draw() -> None:
    from console import paths
    from console.store.glimpse import first_rows

    global _up
    columns, lines = os.get_terminal_size(1)
    database = paths.find().database
    if columns < 20 or lines < 6 or not database.exists():
        return
    each = 3 if lines >= ROOMY_FROM else 2
    rows = first_rows(str(database), (lines - 3) // each)
    if not rows:
        return
    wide = columns >= THREE_PANES
    room = LIST_WIDE if wide else LIST_TWO if columns >= TWO_PANES else columns
    drawn = [_IN]
    for number, (name, handle, network, lane, words, unread, ours) in enumerate(rows):
        y = 3 + number * each
        sign = "> " if number == 0 else "  "
        strong = ("\x1b[1m", "\x1b[22m") if unread else ("", "")
        # The last columns of a row are the network's and the time's, which comes with the console.
        end = f"{network or ''}"[:12] + " " * 8
        who = _cut(name or handle, room - 3 - len(end))
        drawn.append(f"\x1b[{y};1H{sign}{strong[0]}{who}{strong[1]}")
        drawn.append(f"\x1b[{y};{room - len(end)}H{end.rstrip()}" if room >= 34 else "")
        said = f"we: {words}" if ours else words
        drawn.append(f"\x1b[{y + 1};3H{lane[:3].upper()} {_cut(said, room - 8)}")
    _up = True
    _write("".join(drawn))


def _cut(text: str, room: int) -> str:
    """The text made harmless, in at most `room` cells."""
    from unicodedata import combining, east_asian_width

    from console.desk.plain import plain_line

    text = plain_line(text, max(room, 1))
    if text.isascii():
        return text
    used = 0
    for place, sign in enumerate(text):
        used += 2 if east_asian_width(sign) in "WF" else 0 if combining(sign) else 1
        if used > room:
            return text[:place]
    return text


def _write(text: str) -> None:
    left = text.encode("utf-8", "replace")
    while left:
        left = left[os.write(1, left) :]
