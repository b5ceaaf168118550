"""What a person at a terminal is asked, and how they end it."""

from __future__ import annotations

import pytest

from console.commands.exits import Exit
from tests.door.test_two_at_once import GREENROOM
from tests.terminal.harness import Terminal

FILTERED = """
[accounts.shop]
network = "stage"
token_env = "SHOP_TOKEN"

[accounts.shop.settings]
quirks = "filters"
"""


@pytest.mark.parametrize(
    ("keys", "code", "says"),
    [
        ("\x03", Exit.INTERRUPTED, "Stopped. Nothing was stored."),
        ("\x04", Exit.FAILED, "Nothing was stored. Run the command in a terminal"),
        ("\r", Exit.FAILED, "No server was given."),
    ],
)
def test_a_question_ends_at_once_and_in_words(home, monkeypatch, keys, code, says):
    monkeypatch.delenv("NOT_SET_YET", raising=False)
    command = [*GREENROOM, "account", "add", "matrix", "--token-env", "NOT_SET_YET"]
    with Terminal(command) as terminal:
        terminal.wait_for("Which server?")
        terminal.send(keys)
        terminal.wait_for(says)
        assert terminal.wait() == code


def test_a_secret_is_not_shown_while_it_is_typed(home, monkeypatch):
    monkeypatch.delenv("NOT_SET_YET", raising=False)
    server = ["--server", "http://127.0.0.1:1"]
    command = [*GREENROOM, "account", "add", "bluesky", *server, "--token-env", "NOT_SET_YET"]
    with Terminal(command) as terminal:
        terminal.wait_for("handle?")
        terminal.send("shop.test", "Enter")
        terminal.wait_for("Paste the app password:")
        terminal.send("abcd-efgh-ijkl", "Enter")
        terminal.wait_for("can't be reached")
        assert "shop.test" in terminal.text()
        assert "abcd" not in terminal.text()
        assert "Nothing was stored" in terminal.text()
        assert terminal.wait() == Exit.FAILED


def test_words_are_not_torn_at_the_edge_of_the_terminal(home):
    command = [*GREENROOM, "account", "add", "matrix", "--token-env", "NOT_SET_YET"]
    with Terminal(command, columns=50) as terminal:
        terminal.wait_for("@shop:matrix.example)")
        assert [line.rstrip() for line in terminal.text().splitlines() if line.strip()] == [
            "Which server? (such as matrix.example, or the",
            "whole name @shop:matrix.example)",
        ]
        terminal.send("\x03")
        terminal.wait()


@pytest.mark.parametrize(("answer", "says"), [("y", "put right: "), ("n", "check shop --fix")])
def test_what_shuts_customers_out_is_offered_to_be_put_right(home, answer, says):
    home.config_file.write_text(FILTERED, encoding="utf-8")
    home.config_file.chmod(0o600)
    command = [*GREENROOM, "account", "add", "stage", "--name", "shop", "--token-env", "SHOP_TOKEN"]
    with Terminal(command) as terminal:
        terminal.wait_for("Have that put right now? (y or n)")
        terminal.send(answer, "Enter")
        terminal.wait_for(says)
        terminal.wait_for("opens the console")
        assert terminal.wait() == Exit.DONE


def test_a_script_is_offered_nothing(home, shell):
    home.config_file.write_text(FILTERED, encoding="utf-8")
    home.config_file.chmod(0o600)
    said = shell("account", "add", "stage", "--name", "shop", "--token-env", "SHOP_TOKEN")
    assert said.code == Exit.DONE
    assert "account check shop --fix" in said.out
    assert "y or n" not in said.out
