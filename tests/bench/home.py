"""The desk that is measured: made once, copied for each run, its account served by the crowd."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

from console.paths import HOME_VARIABLE
from tests.bench.crowd import Crowd
from tests.bench.glass import Glass

COLUMNS, ROWS = 120, 40
TOKEN = "GREENROOM_BENCH_TOKEN"


@dataclass(frozen=True)
class Shown:
    """What stands on the screen when a thread is chosen: its row and its conversation."""

    name: str
    handle: str
    words: str

    def chosen(self, screen: list[str]) -> bool:
        """True when the cursor is on its row."""
        return any(line.startswith(f"> {self.name}"[:20]) for line in screen)

    def whole(self, screen: list[str]) -> bool:
        """True when its conversation is shown as well."""
        return (
            self.chosen(screen)
            and any(f" {self.handle}" in line for line in screen[:4])
            and any(self.words in line.partition("│")[2] for line in screen[2:])
        )


class Desk:
    """A copy of the filled desk."""

    def __init__(self, filled: Path, home: Path, crowd: Crowd) -> None:
        self.home = home
        self.crowd = crowd
        (home / "data").mkdir(mode=0o700, parents=True)
        (home / "config").mkdir(mode=0o700)
        shutil.copy(filled / "data" / "greenroom.db", self.database)
        self.database.chmod(0o600)
        config = home / "config" / "config.toml"
        config.write_text(
            '[accounts.shop]\nnetwork = "mastodon"\n'
            f'server = "{crowd.url}"\ntoken_env = "{TOKEN}"\n'
        )
        config.chmod(0o600)

    @property
    def database(self) -> Path:
        """The database."""
        return self.home / "data" / "greenroom.db"

    def open(self, columns: int = COLUMNS, rows: int = ROWS) -> Glass:
        """The console on it, not started yet."""
        return Glass(
            console_command(),
            columns=columns,
            rows=rows,
            env={HOME_VARIABLE: str(self.home), TOKEN: self.crowd.token},
        )

    def threads(self, first: int = 400, *, backwards: bool = False) -> list[Shown]:
        """The first threads of the inbox, or the last ones, the very last first."""
        direction = "DESC" if backwards else "ASC"
        connection = sqlite3.connect(self.database)
        rows = connection.execute(
            "SELECT c.name, a.handle, (SELECT text FROM messages m WHERE m.thread_id = t.id "
            "ORDER BY at DESC, id DESC LIMIT 1) FROM threads t "
            "JOIN contacts c ON c.id = t.contact_id JOIN addresses a ON a.id = t.address_id "
            f"WHERE pile = 0 ORDER BY since {direction}, t.id {direction} LIMIT ?",
            (first,),
        ).fetchall()
        connection.close()
        return [
            Shown(name, handle, text.split("\n")[0][:10].strip()) for name, handle, text in rows
        ]


def console_command() -> list[str]:
    """How a person starts the console."""
    script = Path(sys.executable).with_name("greenroom")
    if script.exists():
        return [str(script)]
    return [sys.executable, "-c", "import sys; from console.cli import main; sys.exit(main())"]


def bare(columns: int = COLUMNS, rows: int = ROWS) -> Glass:
    """The bare Textual program, not started yet."""
    return Glass(
        [sys.executable, str(Path(__file__).with_name("bare.py"))], columns=columns, rows=rows
    )
