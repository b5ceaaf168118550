"""The doctor finds what is ill and says what to do; what is well it says too."""

from __future__ import annotations

import os
import time

import pytest

from console import paths
from console.commands.exits import Exit
from console.engine.holder import Holder
from console.store import dialect
from tests.store.disks import a_disk, locked, open_folder, somebody_else


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


def test_backups_are_named_with_their_age_and_how_to_bring_one_back(home, street, shell):
    assert "none yet" in _looks(shell("doctor", "--offline", "--json"))["backups"]["words"]
    assert shell("watch", "--once").code == Exit.DONE
    look = _looks(shell("doctor", "--offline", "--json"))["backups"]
    assert look["verdict"] == "well"
    assert "less than a minute old" in look["words"]
    assert f"cd {home.data} && mkdir -p -m 700 aside" in look["words"]
    for kept in (home.data / "backups").iterdir():
        os.utime(kept, (time.time() - 5 * 86_400,) * 2)
    look = _looks(shell("doctor", "--offline", "--json"))["backups"]
    assert look["verdict"] == "notice"
    assert "5 days old" in look["words"]


def test_a_database_that_is_gone_is_missed_where_there_are_backups(home, street, shell):
    assert shell("watch", "--once").code == Exit.DONE
    home.database.unlink()
    said = shell("doctor", "--offline", "--json")
    assert said.code == Exit.FAILED
    assert "though there are backups of it" in _looks(said)["database"]["words"]
    assert "aside" not in _looks(said)["database"]["words"]


def test_who_holds_the_outbox_is_named(home, shell):
    assert "nobody holds it" in _looks(shell("doctor", "--offline", "--json"))["outbox"]["words"]
    held = Holder(home.state / "outbox.lock", "watch")
    assert held.take()
    words = _looks(shell("doctor", "--offline", "--json"))["outbox"]["words"]
    assert words.startswith(f"another Greenroom (watch, process {os.getpid()}) holds it")
    held.release()


def test_a_full_disk_is_found(tmp_path, monkeypatch, shell, home):
    assert _looks(shell("doctor", "--offline", "--json"))["disk"]["verdict"] != "ill"
    with a_disk(tmp_path) as disk:
        paths.make(paths.find({"GREENROOM_HOME": str(disk.folder)}))
        monkeypatch.setenv("GREENROOM_HOME", str(disk.folder))
        shell("threads")
        disk.fill()
        said = shell("doctor", "--offline", "--json")
        disk.free()
        if disk.own:
            assert said.code == Exit.FAILED
            assert "as good as full" in _looks(said)["disk"]["words"]


def test_a_desk_that_can_only_be_read_is_found(monkeypatch, shell, home):
    with open_folder() as folder:
        monkeypatch.setenv("GREENROOM_HOME", str(folder))
        shell("threads")
        with somebody_else(folder):
            said = shell("doctor", "--offline", "--json")
        assert said.code == Exit.FAILED
        assert "can't be written" in _looks(said)["disk"]["words"]
        assert "What it held before is safe" in _looks(said)["database"]["words"]


def test_a_locked_database_is_found(monkeypatch, shell, home):
    monkeypatch.setattr(dialect, "PATIENCE", 0.05)
    shell("threads")
    with locked(home.database):
        look = _looks(shell("doctor", "--offline", "--json"))["database"]
    assert look["verdict"] == "ill"
    assert "Another program has locked" in look["words"]
