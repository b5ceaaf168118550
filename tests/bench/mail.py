"""The same messages as mails in neomutt: what a person who lives in a terminal is used to."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from tests.bench.figures import Figure, median, p95
from tests.bench.glass import Glass
from tests.bench.home import COLUMNS, ROWS

SETTINGS = """
set mbox_type=mbox
set sort=mailbox-order
set pager_index_lines=14
set pager_stop=yes
set quit=yes
set abort_key="\\Cg"
set status_on_top=yes
set index_format="%3C %s"
set read_inc=0
set mail_check=600
set mark_old=no
set charset=utf-8
unset wait_key
ignore *
unignore from subject date
bind pager j next-entry
bind index G last-entry
bind index g first-entry
"""


def mails(database: Path, folder: Path, presses: int) -> tuple[list[float], list[float], str]:
    """Seconds for `j` (the index row and the mail) and for `G` (the row); or why there are none."""
    program = shutil.which("neomutt")
    if program is None:
        return [], [], "neomutt is not installed here (apt-get install neomutt), so no ratio to it"
    box, settings = folder / "mails.mbox", folder / "neomuttrc"
    number = _write(database, box)
    settings.write_text(SETTINGS)
    (folder / "Mail").mkdir(exist_ok=True)
    command = [program, "-n", "-R", "-F", str(settings), "-f", str(box)]
    with Glass(command, columns=COLUMNS, rows=ROWS, env={"HOME": str(folder)}) as terminal:
        terminal.shown(_has("matter 1 "), terminal.began, 120)
        terminal.calm(0.3)
        ends = []
        for _ in range(max(presses // 4, 10)):
            ends.append(terminal.shown(_has(f"matter {number} "), terminal.press("G")))
            terminal.calm(0.05, 0.3)
            terminal.shown(_has("matter 1 "), terminal.press("g"))
            terminal.calm(0.05, 0.3)
        terminal.press("Enter")
        terminal.shown(_has("Subject: matter 1 "), time.perf_counter())
        terminal.calm(0.2)
        down = []
        for at in range(2, presses + 2):
            down.append(terminal.shown(_has(f"Subject: matter {at} "), terminal.press("j")))
            terminal.calm(0.05, 0.3)
    box.unlink()
    return down, ends, f"neomutt, {number:,} mails"


def beside(what: str, ours: Sequence[float], theirs: Sequence[float], words: str) -> list[Figure]:
    """Ours against neomutt's, median and p95."""
    if not words:
        return []
    if not theirs:
        return [Figure(what=f"{what}: {words}", value=0.0, unit="")]
    return [
        Figure(
            what=f"{what} beside {words}, {name}",
            value=of(ours) * 1000,
            unit="ms",
            against="neomutt",
            other=of(theirs) * 1000,
            ratio=of(ours) / of(theirs),
        )
        for name, of in (("median", median), ("p95", p95))
    ]


def _has(words: str):
    return lambda screen: any(words in line + " " for line in screen)


def _write(database: Path, box: Path) -> int:
    """Every message of the desk as a mail; how many."""
    connection = sqlite3.connect(database)
    number = 0
    with box.open("w", encoding="utf-8") as file:
        for author, text, at in connection.execute(
            "SELECT author, text, at FROM messages ORDER BY id"
        ):
            number += 1
            date = format_datetime(datetime.fromtimestamp(at // 1000, UTC))
            body = text.replace("\nFrom ", "\n>From ")
            file.write(
                f"From shop@example.org Thu Jan  1 00:00:00 2026\nFrom: {author} <c@example.org>\n"
                f"Subject: matter {number} \nDate: {date}\nMessage-ID: <{number}@example.org>\n"
                "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
                f"{body}\n\n"
            )
    connection.close()
    return number
