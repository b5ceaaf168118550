"""The first rows before the console is loaded: harmless, and gone where something must be said."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import termios
from pathlib import Path

from console.store.glimpse import first_rows
from tests.bench.fill import fill
from tests.terminal.harness import Terminal

ALONE = (
    "import sys, time; from console.commands import curtain\n"
    "with curtain.raised():\n"
    "    {}\n"
    "    print('said') if {} else None\n"
)


def command(then: str, says: bool = False) -> list[str]:
    return [sys.executable, "-c", ALONE.format(then, says)]


def test_rows_stand_where_the_console_draws_them(tmp_path: Path) -> None:
    database = fill(tmp_path, 40, 200)
    first = first_rows(str(database), 5)
    with Terminal(
        command("input()"), columns=120, rows=40, env={"GREENROOM_HOME": str(tmp_path)}
    ) as terminal:
        terminal.wait_for(lambda screen: first[4][0] in screen)
        assert terminal.line(2).startswith(f"> {first[0][0]}")
        assert terminal.line(5).startswith(f"  {first[1][0]}")
        terminal.send("typed")
        assert "typed" not in terminal.settle()
        terminal.send("Enter")
        terminal.wait()


def test_strangers_words_only_show(tmp_path: Path) -> None:
    database = fill(tmp_path, 5, 10)
    connection = sqlite3.connect(database)
    connection.execute(
        "UPDATE contacts SET name = 'Eve' || char(27) || ']52;c;ZXZpbA==' || char(7)"
    )
    connection.execute("UPDATE threads SET preview = char(27) || '[2J' || char(155) || '31m bold'")
    connection.commit()
    connection.close()
    with Terminal(
        command("input()"), columns=80, rows=24, env={"GREENROOM_HOME": str(tmp_path)}
    ) as terminal:
        terminal.wait_for("Eve")
        assert terminal.acted() is None
        terminal.send("Enter")
        terminal.wait()


def test_what_must_be_said_stands_on_the_ordinary_screen(tmp_path: Path) -> None:
    fill(tmp_path, 5, 10)
    with Terminal(
        command("curtain.fall()", says=True), env={"GREENROOM_HOME": str(tmp_path)}
    ) as terminal:
        terminal.wait_for("said")
        terminal.wait()
        assert terminal.raw.rindex(b"\x1b[?1049l") < terminal.raw.index(b"said")


def test_the_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path, 5, 10)
    with Terminal(command("pass"), env={"GREENROOM_HOME": str(tmp_path)}) as terminal:
        before = termios.tcgetattr(terminal._master)
        terminal.wait()
        assert termios.tcgetattr(terminal._master)[:4] == before[:4]


def test_a_database_that_cannot_be_read_shows_no_rows(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database at all" * 400)
    assert first_rows(str(broken), 5) == []
    assert first_rows(str(tmp_path / "missing.db"), 5) == []
    assert not (tmp_path / "missing.db").exists()


def test_nothing_is_loaded_for_it() -> None:
    heavy = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys, console.commands.curtain, console.store.glimpse, console.paths;"
                "print(*{'textual', 'asyncio', 'aiohttp', 'rich'} & set(sys.modules))"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy.stdout.strip() == ""
