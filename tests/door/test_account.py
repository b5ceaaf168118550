"""Signing in keeps the token where it belongs, and says what the account may do."""

from __future__ import annotations

import io
import sqlite3
import sys

import keyring
import pytest

from console.commands.exits import Exit
from tests.door import keyrings
from tests.terminal.harness import Terminal

TOKEN = "a-token-that-nobody-may-see"


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """A keyring that works."""
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "keyring.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(keyrings.InFile())
    yield tmp_path / "keyring.json"
    keyring.set_keyring(before)


@pytest.fixture
def missing():
    """No keyring at all."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyrings.Missing())
    yield
    keyring.set_keyring(before)


def _nowhere(home):
    """Every file of the desk, for a look whether a secret is in one."""
    files = [file for file in home.data.parent.rglob("*") if file.is_file()]
    assert files
    return all(TOKEN.encode() not in file.read_bytes() for file in files)


def test_an_account_is_added_listed_checked_and_removed(home, shell, kept, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(TOKEN + "\n"))
    said = shell("account", "add", "stage", "--name", "demo", "--token-stdin")
    assert said.code == Exit.DONE
    assert "demo is signed in as" in said.out
    assert "answer in public" in said.out
    (listed,) = shell("account", "list", "--json").json
    assert listed["name"] == "demo"
    assert listed["token"] == "the keyring"
    assert shell("account", "check", "demo").code == Exit.DONE
    assert "demo" in shell("account").out
    assert shell("account", "remove", "demo").code == Exit.DONE
    assert shell("account", "list").code == Exit.NOTHING
    assert "demo" not in kept.read_text()
    assert _nowhere(home)


def test_without_a_keyring_it_names_the_other_ways_before_the_sign_in(home, shell, missing):
    said = shell("account", "add", "stage")
    assert said.code == Exit.FAILED
    assert "--token-env" in said.err
    assert "--token-command" in said.err
    assert said.out == ""
    assert shell("account", "list").code == Exit.NOTHING


@pytest.mark.parametrize("way", ["--token-env", "--token-command"])
def test_a_token_elsewhere_needs_no_keyring(home, shell, missing, monkeypatch, way):
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    where = "SHOP_TOKEN" if way == "--token-env" else "printenv SHOP_TOKEN"
    said = shell("account", "add", "stage", way, where)
    assert said.code == Exit.DONE
    assert shell("account", "check").code == Exit.DONE
    assert shell("account", "list", "--json").json[0]["token"] != "the keyring"
    rows = sqlite3.connect(home.database).execute("SELECT settings FROM accounts").fetchall()
    assert where in rows[0][0]
    assert _nowhere(home)


class AtATerminal(io.StringIO):
    """A person's keyboard."""

    def isatty(self):
        return True


def test_a_person_whose_variable_is_not_set_yet_is_signed_in_and_told_where_it_goes(
    home, shell, missing, monkeypatch
):
    """Over ssh there is often no keyring, and the token isn't known before the sign-in."""
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    monkeypatch.setattr("sys.stdin", AtATerminal(""))
    said = shell("account", "add", "stage", "--name", "demo", "--token-env", "SHOP_TOKEN")
    assert said.code == Exit.DONE
    assert "SHOP_TOKEN should hold the token" in said.out
    assert "shown this once" in said.out
    (listed,) = shell("account", "list", "--json").json
    assert listed["token"] == "the variable SHOP_TOKEN"


def test_the_token_is_shown_to_the_person_and_to_nobody_else(capsys):
    from types import SimpleNamespace

    from console.commands.account import _show_once

    _show_once(SimpleNamespace(secrets={"token": TOKEN}), "The variable is not set.")
    assert TOKEN in capsys.readouterr().out


def test_what_is_missing_is_said(home, shell, missing):
    said = shell("account", "add", "stage", "--token-env", "NO_SUCH_VARIABLE")
    assert said.code == Exit.FAILED
    assert "NO_SUCH_VARIABLE should hold the token and is not set" in said.err
    said = shell("account", "add", "nowhere")
    assert said.code == Exit.USAGE
    assert "Greenroom knows" in said.err
    assert shell("account", "check", "nobody").code == Exit.NOTHING
    assert shell("account", "remove", "nobody").code == Exit.NOTHING
    said = shell("account", "add", "stage", "--token-env", "A", "--token-stdin")
    assert said.code == Exit.USAGE


@pytest.mark.parametrize("network", ["bluesky", "mail", "mastodon", "matrix", "telegram"])
def test_a_question_that_nobody_answers_ends_in_plain_words(
    home, shell, kept, monkeypatch, network
):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = shell("account", "add", network)
    assert said.code == Exit.FAILED
    assert "Nobody answered “" in said.err
    assert "Nothing was stored." in said.err
    assert "stumbled" not in said.err
    assert not kept.exists()
    assert shell("account", "list").code == Exit.NOTHING


def test_a_server_that_is_not_there_promises_nothing(home, shell, kept, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("support@example.test\n127.0.0.1:1\n\n\nsecret\n"))
    said = shell("account", "add", "mail")
    assert said.err == (
        "The mailbox at 127.0.0.1 can't be reached. Nothing was stored. Run the command again.\n"
    )


def test_ctrl_c_at_a_question_ends_it_at_once(home, kept):
    command = [sys.executable, "-c", "from console.cli import main; raise SystemExit(main())"]
    keys = {"PYTHON_KEYRING_BACKEND": "tests.door.keyrings.InFile"}
    with Terminal([*command, "account", "add", "mail"], rows=8, env=keys) as terminal:
        terminal.wait_for("e-mail address?")
        # The question stands there a moment before the keyboard is read.
        terminal.settle()
        terminal.send("Ctrl+C")
        terminal.wait_for("Nothing was stored.")
        assert terminal.wait() == Exit.INTERRUPTED


def test_no_token_on_stdin_does_nothing(home, shell, kept, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = shell("account", "add", "stage", "--token-stdin")
    assert said.code == Exit.USAGE
    assert not kept.exists()


def test_a_name_is_not_given_to_two_networks(home, shell, missing, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    assert shell("account", "add", "stage", "--token-env", "SHOP_TOKEN", "--name", "a").code == 0
    said = shell("account", "add", "mastodon", "--token-env", "SHOP_TOKEN", "--name", "a")
    assert said.code == Exit.USAGE
    assert "another name" in said.err


def test_advice_is_taken_when_asked(street, shell):
    street.customer("ana").writes_public("hello")
    assert shell("account", "check", "shop", "--fix").code == Exit.DONE


def test_the_configuration_stands_above_what_was_added(home, shell, kept, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(TOKEN + "\n"))
    assert shell("account", "add", "stage", "--name", "shop", "--token-stdin").code == Exit.DONE
    home.config_file.write_text(
        '[accounts.shop]\nnetwork = "stage"\ntoken_env = "SHOP_TOKEN"\n', encoding="utf-8"
    )
    (listed,) = shell("account", "list", "--json").json
    assert listed["token"] == "the variable SHOP_TOKEN"
    assert listed["configured"] is True


def test_an_account_is_paused_and_resumed(street, shell):
    street.customer("ana").writes_public("my parcel never came, what now?")
    assert shell("watch", "--once").code == Exit.DONE
    (thread,) = shell("threads", "--json").json
    said = shell("account", "pause", "shop")
    assert said.code == Exit.DONE
    assert "`greenroom account resume shop`" in said.out
    assert "paused" in shell("account", "list").out
    (listed,) = shell("account", "list", "--json").json
    assert listed["paused_at"] is not None
    said = shell("reply", str(thread["id"]), "--text", "It left.", "--now")
    assert "not sent yet" in said.out
    street.customer("budi").writes_public("hello?")
    said = shell("watch", "--once")
    assert said.code == Exit.UNSETTLED
    assert "shop: paused" in said.out
    assert len(shell("threads", "--view", "all", "--json").json) == 1
    assert shell("account", "resume", "shop").code == Exit.DONE
    assert shell("watch", "--once").code == Exit.DONE
    assert len(shell("threads", "--view", "all", "--json").json) == 2
    assert [post.text for post in street.posts_of_shop()] == ["It left."]
    assert shell("account", "pause", "nobody").code == Exit.NOTHING
