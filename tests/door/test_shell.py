"""The shell says and does what the screen does, with JSON and exit codes that hold."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from datetime import datetime

import pytest

from connectors.contract import Lane, Reason
from connectors.stage.faults import Fault
from console.commands.exits import Exit
from tests.hostile.corpus import acts_on_a_terminal

THREAD_KEYS = {
    "id", "account", "network", "contact", "lanes", "state", "waiting_since", "snoozed_until",
    "last_at", "unread", "severity", "tags", "subject", "messages", "earlier", "notes",
    "deliveries",
}  # fmt: skip


@pytest.fixture
def asked(street, shell):
    """Ana asked in public and it was taken in; the thread's number."""
    street.customer("ana").writes_public("my parcel 4711 never came, what now?")
    assert shell("watch", "--once").code == Exit.DONE
    (thread,) = shell("threads", "--json").json
    return str(thread["id"])


def test_a_thread_has_what_the_page_promises(asked, shell):
    said = shell("show", asked, "--json")
    assert said.code == Exit.DONE
    thread = said.json
    assert set(thread) == THREAD_KEYS
    assert thread["account"] == "shop"
    assert thread["network"] == "stage"
    assert thread["contact"]["handle"] == "@ana@social.example"
    (lane,) = thread["lanes"]
    assert (lane["lane"], lane["account"], lane["to"]) == ("public", "shop", "@ana@social.example")
    assert thread["state"] == "open"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", thread["waiting_since"])
    assert datetime.fromisoformat(thread["waiting_since"]).tzinfo is not None
    assert thread["messages"][0]["text"] == "my parcel 4711 never came, what now?"
    assert shell("threads", "--json").json == [thread]


def test_threads_are_listed_and_found(asked, shell):
    assert "Ana" in shell("threads").out
    assert shell("threads", "parcel", "from:ana").code == Exit.DONE
    assert shell("threads", "nothing-like-it").code == Exit.NOTHING
    assert shell("threads", "--view", "done", "--json").json == []
    assert "what now?" in shell("show", asked).out
    assert shell("show", "999").code == Exit.NOTHING


def test_a_reply_is_held_and_says_until_when(asked, shell, street):
    said = shell("reply", asked, "--text", "We look into it today.")
    assert said.code == Exit.DONE
    assert "held until" in said.out
    assert "greenroom watch" in said.out
    (held,) = shell("outbox", "--json").json
    assert held["state"] == "held"
    assert held["text"] == "We look into it today."
    assert street.posts_of_shop() == []


def test_a_reply_now_is_sent_and_said_to_be(asked, shell, street):
    said = shell("reply", asked, "--text", "We look into it today.", "--now", "--json")
    assert said.code == Exit.DONE
    (sent,) = said.json["deliveries"]
    assert sent["state"] == "sent"
    (post,) = street.posts_of_shop()
    assert "We look into it today." in post.text
    assert shell("outbox", "--json").json == []


def test_the_words_may_come_from_stdin(asked, shell, street, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("We look into it\ntoday.\n"))
    assert shell("reply", asked, "--now").code == Exit.DONE
    assert street.posts_of_shop()[0].text.endswith("We look into it\ntoday.")


def test_watch_once_sends_what_was_held(asked, shell, street, home):
    home.config_file.write_text(
        home.config_file.read_text() + "\n[sending]\nundo_seconds = 0.2\n", encoding="utf-8"
    )
    assert shell("reply", asked, "--text", "We look into it today.").code == Exit.DONE
    said = shell("watch", "--once")
    assert said.code == Exit.DONE
    assert "settled" in said.out
    assert len(street.posts_of_shop()) == 1


def test_a_hole_stops_and_can_not_be_overridden(asked, shell, street):
    said = shell("reply", asked, "--text", "Hi {{ contact.name }}", "--now")
    assert said.code == Exit.STOPPED
    assert "Nothing was sent" in said.err
    said = shell("reply", asked, "--text", "Hi {{ x }}", "--now", "--anyway", "hole", "--json")
    assert said.code == Exit.STOPPED
    assert [each["can_be_overridden"] for each in said.json["stopped"]] == [False]
    assert street.posts_of_shop() == []


def test_a_finding_is_overridden_by_its_name(asked, shell, street):
    words = "Write to me at mira.private@somewhere.example please."
    said = shell("reply", asked, "--text", words, "--now")
    assert said.code == Exit.STOPPED
    assert "--anyway private-in-public" in said.err
    assert street.posts_of_shop() == []
    said = shell("reply", asked, "--text", words, "--now", "--anyway", "private-in-public")
    assert said.code == Exit.DONE
    assert shell("reply", asked, "--text", "x", "--anyway", "nonsense").code == Exit.USAGE


def test_an_answer_to_what_was_not_seen_is_stopped(asked, shell, street):
    seen = str(shell("show", asked, "--json").json["messages"][-1]["id"])
    first = shell("show", asked, "--json").json["messages"][0]
    post = next(iter(street.posts))
    street.customer("ana").writes_public("it came!", reply_to=post)
    assert shell("watch", "--once").code == Exit.DONE
    said = shell("reply", asked, "--text", "We look into it.", "--seen", seen, "--json")
    assert said.code == Exit.STOPPED
    assert [each["finding"] for each in said.json["stopped"]] == ["stale"]
    assert first["id"] == int(seen)


def test_a_refusal_is_said_and_has_its_code(asked, shell, street):
    street.fault(Fault.REFUSED, reason=Reason.BLOCKED)
    said = shell("reply", asked, "--text", "We look into it today.", "--now")
    assert said.code == Exit.REFUSED
    assert "refused" in said.out
    assert street.posts_of_shop() == []


def test_with_no_route_it_is_safe_and_says_so(asked, shell, street):
    street.stop()
    said = shell("reply", asked, "--text", "We look into it today.", "--now")
    assert said.code == Exit.DONE
    assert "It is safe on disk" in said.out
    assert [each["state"] for each in shell("outbox", "--json").json] == ["due"]
    street.start()
    assert shell("watch", "--once").code == Exit.DONE
    assert len(street.posts_of_shop()) == 1


def test_a_key_that_is_dead_asks_for_a_sign_in(asked, shell, street):
    street.revoke()
    said = shell("reply", asked, "--text", "We look into it today.", "--now")
    assert said.code == Exit.SIGN_IN
    assert "safe" in said.out
    assert shell("watch", "--once").code == Exit.SIGN_IN


def test_a_lost_answer_is_found_and_not_sent_twice(asked, shell, street):
    street.fault(Fault.ANSWER_LOST)
    said = shell("reply", asked, "--text", "We look into it today.", "--now")
    assert said.code == Exit.DONE
    assert len(street.posts_of_shop()) == 1


def test_a_handoff_sends_both_and_the_line_tells_the_truth(asked, shell, street):
    said = shell("handoff", asked, "--now", "--json")
    assert said.code == Exit.DONE
    private, line = said.json["deliveries"]
    assert (private["lane"], private["leg"], private["state"]) == ("private", "private", "sent")
    assert (line["lane"], line["leg"], line["state"]) == ("public", "acknowledgement", "sent")
    assert len(street.posts_of_shop(lane=Lane.PRIVATE)) == 1
    (acknowledged,) = street.posts_of_shop(lane=Lane.PUBLIC)
    assert "4711" not in acknowledged.text


def test_a_refused_handoff_asks_to_be_written_to(asked, shell, street):
    street.customer("ana").refuses_private()
    said = shell("handoff", asked, "--now", "--json")
    assert said.code == Exit.REFUSED
    private, line = said.json["deliveries"]
    assert (private["state"], line["state"]) == ("refused", "sent")


def test_a_handoff_may_be_held_and_have_words_of_its_own(asked, shell, street):
    said = shell("handoff", asked, "--text", "Ana, which address was it?", "--json")
    assert said.code == Exit.DONE
    assert [each["state"] for each in said.json["deliveries"]] == ["held", "held"]
    assert said.json["deliveries"][0]["text"] == "Ana, which address was it?"
    assert street.posts_of_shop() == []


def test_hostile_words_only_show(street, shell):
    street.customer("eve", name="\x1b[31mEve\x9b2J").writes_public(
        "hi \x1b]52;c;Zm9v\x07 \u202egnp.exe [@click=app.quit]x[/] \x00"
    )
    shell("watch", "--once")
    (thread,) = shell("threads", "--json").json
    for words in (("threads",), ("show", str(thread["id"])), ("threads", "--json")):
        said = shell(*words)
        assert acts_on_a_terminal(said.out) is None
        assert "[@click=app.quit]" in said.out or words == ("threads", "--json")


def test_a_wrong_configuration_is_listed_and_nothing_is_done(home, shell):
    home.config_file.write_text("[shop]\nnmae = 'x'\n[look]\nascii = 3\n", encoding="utf-8")
    said = shell("threads")
    assert said.code == Exit.USAGE
    assert 'config.toml, line 2: [shop] has no key "nmae"; did you mean "name"?' in said.err
    assert "line 4: look.ascii is 3" in said.err
    assert not home.database.exists()


def test_a_damaged_database_is_set_aside(home, shell):
    home.database.write_bytes(b"this is not a database, but it may be all that is left" * 100)
    before = home.database.read_bytes()
    said = shell("threads")
    assert said.code == Exit.NOTHING
    assert "set aside as" in said.err
    (aside,) = home.data.glob("greenroom.db.damaged-*")
    assert aside.read_bytes() == before


def test_a_newer_database_is_refused_and_left_alone(home, shell):
    import sqlite3

    assert shell("threads").code == Exit.NOTHING
    newer = sqlite3.connect(home.database)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    said = shell("threads")
    assert said.code == Exit.FAILED
    assert "newer" in said.err
    assert not list(home.data.glob("*.damaged-*"))


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("reply",),
        ("reply", "x"),
        ("threads", "--limit", "0"),
        ("demo", "--speed", "-1"),
    ],
)
def test_a_wrong_command_is_said_with_its_usage(shell, words):
    said = shell(*words)
    assert said.code == Exit.USAGE
    assert said.out == ""
    assert "usage: greenroom" in said.err


def test_help_lists_the_commands_and_the_exit_codes(shell):
    said = shell("--help")
    assert said.code == 0
    for word in ("demo", "account", "threads", "handoff", "watch", "doctor", "completion"):
        assert word in said.out
    for code in Exit:
        assert code.words in said.out


def test_a_reader_that_goes_away_is_no_error(home):
    code = "import sys\nfrom console.cli import main\nsys.exit(main(['completion', 'bash']))"
    running = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait(30) == 0
    assert said == b""


@pytest.mark.parametrize("command", [["threads"], ["outbox"], ["doctor", "--offline"], ["keys"]])
def test_commands_load_no_face_and_no_network(home, command):
    code = (
        "import sys\nfrom console.cli import main\n"
        f"main({command!r})\n"
        "print([name for name in ('textual', 'aiohttp', 'rich') if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.splitlines()[-1] == "[]"


def test_json_is_ascii(asked, shell):
    assert shell("threads", "--json").out.isascii()
    assert json.loads(shell("doctor", "--offline", "--json").out)
