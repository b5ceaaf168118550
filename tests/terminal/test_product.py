"""The product itself in a real terminal: hostile words, kill -9, editors, two at once."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from tests.terminal.harness import Terminal

GREENROOM = [sys.executable, "-c", "from console.cli import main; raise SystemExit(main())"]
STAGE = '[accounts.demo]\nnetwork = "stage"\ntoken_env = "STAGE_TOKEN"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir(mode=0o700, parents=True)
    config = tmp_path / "config" / "config.toml"
    config.write_text(STAGE, encoding="utf-8")
    config.chmod(0o600)
    return tmp_path


def greenroom(
    home: Path, *arguments: str, columns: int = 80, rows: int = 24, **env: str
) -> Terminal:
    environment = {"GREENROOM_HOME": str(home), "STAGE_TOKEN": "none", **env}
    return Terminal([*GREENROOM, *arguments], columns=columns, rows=rows, env=environment)


def drafts(home: Path) -> list[str]:
    """The drafts on the disk, as another program reads them."""
    (found,) = home.rglob("*.db")
    connection = sqlite3.connect(f"file:{found}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT text FROM drafts WHERE discarded_at IS NULL").fetchall()
    finally:
        connection.close()
    return [text for (text,) in rows]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_not_one_byte_of_a_hostile_desk_acts(tmp_path: Path, columns: int, rows: int) -> None:
    command = [sys.executable, "-m", "tests.terminal.hostile_console", str(tmp_path)]
    with Terminal(command, columns=columns, rows=rows, deadline=40) as terminal:
        terminal.wait_for("main live")
        for _ in range(20 if columns == 80 else 6):
            # In and out of a thread, and on: list, conversation and aside.
            terminal.send("j" * 9, "Enter")
            terminal.settle(0.08)
            terminal.send("Esc")
        for keys in (
            ("/", "evil", "Enter", "Esc"),
            ("/", "on:stage", "Esc"),
            ("g", "g", "r", "Esc"),
            (";", "Esc", "Esc"),
            ("m",),
            ("Enter", "Esc", "Esc"),
            ("n", "a note", "Enter"),
            ("t", "\u202etag", "Enter"),
            ("d", "Esc"),
            ("g", "o", "Esc"),
            ("g", "n", "Esc"),
            ("g", "a", "G", "k", "Enter", "Esc"),
            (":", "reply", "Esc"),
            ("?", "Esc"),
        ):
            for key in keys:
                terminal.send(key)
                terminal.settle(0.08)
        assert terminal.ended is None
        assert terminal.acted() is None


def test_a_message_that_the_network_refuses_in_hostile_words(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.terminal.hostile_console", str(tmp_path), "refuse"]
    with Terminal(command, columns=100, rows=30, deadline=40) as terminal:
        terminal.wait_for("main live")
        terminal.send("r", "Hello.", "Ctrl+S")
        terminal.wait_for("refused, it didn't arrive")
        terminal.send("g", "n")
        terminal.wait_for("What was said")
        assert terminal.acted() is None


def test_kill_in_the_middle_of_typing_keeps_the_draft(home: Path) -> None:
    with greenroom(home) as terminal:
        terminal.wait_for("Ana Horvat")
        terminal.wait_for("demo live")
        terminal.send("r")
        terminal.send("these words are not")
        terminal.wait_for("these words are not")
        terminal.send(" lost")
        # Promised: on disk within a second of the keystroke, though somebody types on.
        for _ in range(40):
            if drafts(home) == ["these words are not lost"]:
                break
            terminal.pump(0.05)
        terminal.kill()
    assert drafts(home) == ["these words are not lost"]
    with greenroom(home) as terminal:
        terminal.wait_for("demo live")
        terminal.send("d")
        terminal.wait_for("these words are not lost")
        terminal.send("Enter")
        terminal.wait_for("Ctrl+S send")
        assert "these words are not lost" in terminal.text()
        terminal.send("Esc")
        terminal.wait_for("r reply")
        terminal.send("q")
        assert terminal.wait() == 0


def test_ones_own_editor_and_one_that_fails(home: Path) -> None:
    with greenroom(home, EDITOR="sed -i s/draft/letter/") as terminal:
        terminal.wait_for("Ana Horvat")
        terminal.wait_for("demo live")
        terminal.send("r", "my draft", "Ctrl+E")
        terminal.wait_for("my letter")
        terminal.send(", once", "Esc")
        terminal.wait_for("r reply")
        terminal.send("q")
        assert terminal.wait() == 0
    assert drafts(home) == ["my letter, once"]
    with greenroom(home, EDITOR="false") as terminal:
        terminal.wait_for("demo live")
        terminal.send("d", "Enter")
        terminal.wait_for("Ctrl+S send")
        terminal.send("Ctrl+E")
        terminal.wait_for("The editor ended with the error 1. Your text is as it was.")
        assert "my letter, once" in terminal.text()
    with greenroom(home, EDITOR="no-such-editor") as terminal:
        terminal.wait_for("demo live")
        terminal.send("d", "Enter")
        terminal.wait_for("Ctrl+S send")
        terminal.send("Ctrl+E")
        terminal.wait_for("could not be started")
        assert "my letter, once" in terminal.text()


def test_two_consoles_on_one_desk(home: Path) -> None:
    with greenroom(home) as first:
        first.wait_for("Ana Horvat")
        first.wait_for("demo live")
        with greenroom(home, columns=120, rows=30) as second:
            second.wait_for(lambda screen: "demo live" not in screen and "Ana" in screen)
            second.wait_for("another Greenroom")
            second.send("r", "from the second")
            second.wait_for("from the second")
            second.send("Ctrl+S")
            second.wait_for("held, leaves in")
            second.wait_for("from the second")
            first.send("Enter")
            first.wait_for("from the second")
            first.wait_for("sent ", 30)
            second.wait_for("sent ", 30)
            first.kill()
            # The one that is left takes over.
            second.wait_for("demo live", 30)


def test_a_broken_configuration_names_file_line_and_what_to_do(home: Path) -> None:
    config = home / "config" / "config.toml"
    config.write_text(STAGE + "\n[look]\nteme = 'dark'\n", encoding="utf-8")
    with greenroom(home) as terminal:
        assert terminal.wait() != 0
        # Where a line breaks hangs on how long the folder's name is.
        said = "".join(terminal.settle().split())
    assert "config.toml,line6" in said
    assert "teme" in said
    assert "didyoumean" in said


@pytest.mark.parametrize("gone", ["terminated", "hung up"])
def test_words_typed_a_moment_before_the_end_are_kept(home: Path, gone: str) -> None:
    """A line over ssh breaks off while somebody types: what was typed is a draft."""
    with greenroom(home) as terminal:
        terminal.wait_for("Ana Horvat")
        terminal.wait_for("demo live")
        terminal.send("r", "on the train, more soon")
        terminal.wait_for("more soon")
        if gone == "terminated":
            terminal.process.terminate()
            terminal.wait()
        else:
            terminal.hang_up()
    assert drafts(home) == ["on the train, more soon"]
