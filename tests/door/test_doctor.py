"""The doctor finds what is ill and says what to do; what is well it says too."""

from __future__ import annotations

import time

import pytest

from console.commands.exits import Exit


def _looks(said):
    return {look["what"]: look for look in said.json}


def test_a_new_desk_is_well(home, shell):
    said = shell("doctor", "--json")
    looks = _looks(said)
    assert {"data folder", "permissions", "configuration", "database", "clock", "terminal"} <= set(
        looks
    )
    assert looks["configuration"]["verdict"] == "well"
    assert looks["accounts"]["verdict"] == "notice"
    assert "greenroom account add" in looks["accounts"]["words"]
    assert said.code == Exit.DONE


def test_an_account_is_asked_and_not_with_offline(street, shell):
    assert _looks(shell("doctor", "--json"))["account shop"]["verdict"] in ("well", "notice")
    street.revoke()
    said = shell("doctor", "--json")
    assert said.code == Exit.FAILED
    assert _looks(said)["account shop"]["verdict"] == "ill"
    assert _looks(shell("doctor", "--offline", "--json"))["account shop"]["verdict"] == "notice"


def test_what_others_can_read_or_change_is_named(home, shell):
    home.config_file.write_text("")
    home.config_file.chmod(0o666)
    said = shell("doctor", "--offline")
    assert said.code == Exit.FAILED
    assert "config.toml can be changed by others (666)" in said.out


def test_every_problem_of_the_configuration_is_a_line(home, shell):
    home.config_file.write_text("[look]\nascii = 1\ntheem = 'x'\n")
    home.config_file.chmod(0o600)
    said = shell("doctor", "--offline")
    assert said.code == Exit.FAILED
    assert "line 2: look.ascii is 1" in said.out
    assert "line 3: [look] has no key" in said.out


def test_a_damaged_database_is_found_and_left_alone(home, shell):
    home.database.write_bytes(b"not a database" * 1000)
    said = shell("doctor", "--offline")
    assert said.code == Exit.FAILED
    assert "damaged" in said.out
    assert home.database.read_bytes() == b"not a database" * 1000


def test_keys_that_clash_are_named(home, shell):
    home.config_file.write_text('[keys]\nreply = "m"\n')
    home.config_file.chmod(0o600)
    assert _looks(shell("doctor", "--offline", "--json"))["keys"]["verdict"] == "ill"


def test_a_broken_template_is_listed_with_its_place(home, shell):
    home.templates.mkdir(mode=0o700)
    broken = home.templates / "mine.toml"
    broken.write_text('[[template]]\nname = "x"\n')
    broken.chmod(0o600)
    look = _looks(shell("doctor", "--offline", "--json"))["templates"]
    assert look["verdict"] == "ill"
    assert "mine.toml" in look["words"]


@pytest.mark.parametrize(("term", "said"), [("dumb", "can be drawn"), ("xterm-256color", "UTF-8")])
def test_the_terminal_is_looked_at(home, shell, monkeypatch, term, said):
    monkeypatch.setenv("TERM", term)
    assert said in _looks(shell("doctor", "--offline", "--json"))["terminal"]["words"]


def test_messages_from_the_future_mean_a_wrong_clock(street, shell):
    from datetime import UTC, datetime, timedelta

    street.clock = lambda: datetime.now(UTC) + timedelta(hours=3)
    street.customer("ana").writes_public("hello from tomorrow")
    street.clock = lambda: datetime.now(UTC)
    assert shell("watch", "--once").code == Exit.DONE
    look = _looks(shell("doctor", "--offline", "--json"))["clock"]
    assert look["verdict"] == "ill"
    assert "still to come" in look["words"]


def test_it_does_not_take_long_without_a_network(home, shell):
    began = time.monotonic()
    shell("doctor", "--offline")
    assert time.monotonic() - began < 10
