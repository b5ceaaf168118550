"""Every command on a disk that fails: one sentence, no traceback, and nothing half done."""

from __future__ import annotations

import sys

import pytest

from console import paths
from console.commands.exits import Exit
from console.store import dialect
from tests.door.conftest import CONFIG
from tests.store.disks import a_disk, locked, open_folder, somebody_else
from tests.terminal.harness import Terminal

GREENROOM = [sys.executable, "-c", "from console.cli import main; raise SystemExit(main())"]

COMMANDS = [
    ("threads",),
    ("show", "1"),
    ("outbox",),
    ("reply", "1", "--text", "It left on Monday."),
    ("handoff", "1"),
    ("account", "list"),
    ("watch", "--once"),
]
WRITERS = [("reply", "1", "--text", "It left on Monday. " * 20), ("handoff", "1")]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Nobody waits five seconds for another program here."""
    monkeypatch.setattr(dialect, "PATIENCE", 0.05)


def one_sentence(said, *, about: str) -> None:
    assert said.code == Exit.FAILED, said
    assert "Traceback" not in said.err + said.out
    assert "stumbled" not in said.err
    # What happened, what it means, what to do; and nothing else.
    assert said.err.count("\n") == 1, said.err
    assert about in said.err
    assert "What it held before is safe; what came last is not stored." in said.err
    assert "then try again" in said.err


def taken_in(street, shell) -> None:
    street.customer("ana").writes_public("where is my parcel?")
    assert shell("watch", "--once").code == Exit.DONE


def test_a_database_that_another_program_has_to_itself(street, shell, home):
    taken_in(street, shell)
    with locked(home.database, readers_too=True):
        for words in COMMANDS:
            one_sentence(shell(*words), about="Another program has locked")
    assert street.posts_of_shop() == []
    assert shell("show", "1").code == Exit.DONE


def test_a_database_that_another_program_writes_to(street, shell, home):
    taken_in(street, shell)
    with locked(home.database):
        for words in WRITERS:
            one_sentence(shell(*words), about="Another program has locked")
        assert "where is my parcel?" in shell("show", "1").out
    assert shell("outbox", "--json").json == []


def test_a_folder_that_can_only_be_read(street, shell, home, monkeypatch):
    with open_folder() as folder:
        monkeypatch.setenv("GREENROOM_HOME", str(folder))
        paths.make(paths.find())
        paths.find().config_file.write_text(CONFIG, encoding="utf-8")
        paths.find().config_file.chmod(0o600)
        taken_in(street, shell)
        with somebody_else(folder):
            for words in COMMANDS:
                one_sentence(shell(*words), about="can't be opened or written")
        assert "where is my parcel?" in shell("show", "1").out
        assert shell("outbox", "--json").json == []


def test_a_full_disk(street, shell, home, tmp_path, monkeypatch):
    with a_disk(tmp_path) as disk:
        monkeypatch.setenv("GREENROOM_HOME", str(disk.folder))
        paths.make(paths.find())
        paths.find().config_file.write_text(CONFIG, encoding="utf-8")
        paths.find().config_file.chmod(0o600)
        taken_in(street, shell)
        disk.fill()
        said = [shell(*words) for words in WRITERS]
        disk.free()
        for each in said:
            one_sentence(each, about="disk")
        assert "where is my parcel?" in shell("show", "1").out
        assert shell("outbox", "--json").json == []
        assert street.posts_of_shop() == []


def test_the_console_says_it_and_ends_or_goes_on(street, shell, home):
    taken_in(street, shell)
    whole = home.database.read_bytes()
    with locked(home.database, readers_too=True), Terminal(GREENROOM, deadline=30) as terminal:
        assert terminal.wait(30) == Exit.FAILED
        said = " ".join(terminal.settle().split())
        assert "Another program has locked" in said
        assert "Traceback" not in said
    home.database.write_bytes(whole[: len(whole) // 2])
    with Terminal(GREENROOM, columns=120, rows=30, deadline=30) as terminal:
        terminal.wait_for("It was set aside as")
        terminal.wait_for("Inbox")
    (aside,) = home.data.glob("greenroom.db.damaged-????????-??????")
    assert aside.read_bytes() == whole[: len(whole) // 2]
