"""`--offline` never opens a socket: a hook in the interpreter itself sees every one.

A connector that would be asked is there (a Mastodon account), so a way to the network is open to
anything that takes it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from console.commands.exits import Exit
from tests.terminal.harness import Terminal

GREENROOM = [sys.executable, "-c", "from console.cli import main; raise SystemExit(main())"]

# asyncio's own wake-up is a pair of connected sockets of this process: it reaches nobody.
GUARD = """
import os, sys

def guard(event, args):
    if event == "socket.__new__" and args[1] == 1:
        return
    if event.startswith("socket.") and event not in ("socket.gethostname", "socket.getservbyname"):
        with open(os.environ["GUARD_NOTES"], "a") as notes:
            notes.write(f"{event} {args[1:]}\\n")
        raise ConnectionError("no socket is to be opened here")

sys.addaudithook(guard)
"""

ELSEWHERE = """
[agent]
name = "Mira Kos"

[accounts.shop]
network = "mastodon"
server = "https://social.example"
token_env = "SHOP_TOKEN"
"""


@pytest.fixture
def guarded(street, shell, home, tmp_path):
    """A desk with a thread of Ana's, an account on a real network, and what watches for sockets."""
    street.customer("ana").writes_public("my parcel 4711 never came, what now?")
    assert shell("watch", "--once").code == Exit.DONE
    home.config_file.write_text(ELSEWHERE, encoding="utf-8")
    folder = tmp_path / "guard"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(GUARD)
    notes = tmp_path / "sockets"
    notes.touch()
    env = {"PYTHONPATH": f"{folder}{os.pathsep}{Path.cwd()}", "GUARD_NOTES": str(notes)}
    return env, notes


def run(env, *words):
    return subprocess.run(
        [*GREENROOM, *words],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def rows(home, sql):
    connection = sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_the_watch_would_see_one(guarded):
    env, notes = guarded
    run(env, "watch", "--once", "--limit", "2")
    assert "socket." in notes.read_text()


def test_no_command_on_drafts_opens_a_socket(guarded, tmp_path, home):
    env, notes = guarded
    out = str(tmp_path / "out")
    for words, code in (
        (["--offline", "threads", "parcel"], Exit.DONE),
        (["show", "1"], Exit.DONE),
        (["drafts", "write", "1", "--text", "We look into it.", "--ready"], Exit.DONE),
        (["drafts", "list"], Exit.DONE),
        (["drafts", "export", out], Exit.DONE),
        (["drafts", "import", out], Exit.DONE),
        (["--offline", "drafts", "approve", "1"], Exit.DONE),
        (["drafts", "write", "1", "--handoff", "--ready"], Exit.DONE),
        (["reply", "1", "--text", "It left on Monday."], Exit.DONE),
        (["outbox"], Exit.DONE),
    ):
        said = run(env, *words)
        assert said.returncode == code, (words, said.stdout, said.stderr)
    assert notes.read_text() == ""
    assert rows(home, "SELECT state FROM deliveries") == [("held",), ("held",)]


def test_a_doctor_offline_opens_none_either(guarded):
    env, notes = guarded
    assert "because of --offline" in run(env, "doctor", "--offline").stdout
    assert notes.read_text() == ""


def test_the_console_offline_reads_searches_writes_and_approves_without_one(guarded, home):
    env, notes = guarded
    with Terminal([*GREENROOM, "--offline"], columns=100, rows=30, env=env, deadline=40) as there:
        there.wait_for("Ana")
        there.send("/")
        there.settle()
        there.send("parcel")
        there.wait_for("1 result")
        there.send("Esc")
        there.wait_for(lambda screen: "Search" not in screen)
        there.send("Enter")
        there.settle()
        there.send("r")
        there.wait_for("reply to Ana on mastodon")
        there.send("We look into it today.", "Ctrl+R")
        there.wait_for("Ready for review")
        there.send("d")
        there.wait_for("We look into it today.")
        there.settle()
        there.send("y")
        there.settle(0.5)
        there.wait_for(lambda _: rows(home, "SELECT state FROM deliveries") == [("held",)])
        there.send("q")
        there.settle(0.5)
        there.send("q", "y")
        there.settle(0.3)
    assert notes.read_text() == ""


def test_the_deck_alone_offline_opens_none_either(guarded, home):
    env, notes = guarded
    assert run(env, "drafts", "write", "1", "--text", "It left.", "--ready").returncode == 0
    command = [*GREENROOM, "--offline", "drafts", "review"]
    with Terminal(command, columns=100, rows=30, env=env, deadline=40) as there:
        there.wait_for("It left.")
        there.settle()
        there.send("y")
        there.wait_for(lambda _: rows(home, "SELECT state FROM deliveries") == [("held",)])
        there.send("Esc")
        there.settle(0.3)
    assert notes.read_text() == ""
