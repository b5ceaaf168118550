"""The log tells what happened: no secret, no control character, no entry that isn't one."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import logs
from tests.hostile import corpus

log = logging.getLogger("console.test")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "greenroom.log"
    handler = logs.begin(path)
    yield path
    logs.end(handler)


def test_the_file_is_ours_alone_and_begins_with_the_first_entry(file):
    assert not file.exists()
    log.info("began")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().endswith(" INFO console.test: began\n")


def test_others_are_heard_only_when_they_warn(file):
    logging.getLogger("aiohttp").info("chatter")
    logging.getLogger("aiohttp").warning("matters")
    log.debug("detail")
    assert "chatter" not in file.read_text()
    assert "detail" not in file.read_text()
    assert "matters" in file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijk",
        'answered {"access_token": "abcdefghijk", "scope": "read"}',
        "POST /oauth/token?client_secret=abcdefghijk&x=1",
        "https://shop:abcdefghijk@social.example/",
        "password = abcdefghijk",
        "X-Api-Key: abcdefghijk",
        "code=abcdefghijk",
        "seen abcdefghijk0123456789abcdefghijk0123456789 there",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text):
    assert "abcdefghijk" not in logs.redact(text)
    assert logs.HIDDEN in logs.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "shop: connected to social.example as @shop@social.example",
        "/home/ana/.local/state/greenroom/log/greenroom.log",
        "delivery 12: the connector failed while sending",
        "2026-11-22T16:05:00+00:00 took in 500 messages",
        "connectors.mastodon.listening.Listener.batches",
    ],
)
def test_plain_words_are_left_alone(text):
    assert logs.redact(text) == text


def test_hostile_text_does_not_act_and_makes_no_entry_of_its_own(file):
    for text in _hostile():
        log.warning("came: %s", text)
    log.warning("forged:\n2026-01-01T00:00:00Z ERROR console: all is lost")
    written = file.read_text()
    assert all(sign == "\n" or sign.isprintable() or sign in "\u200c\u200d" for sign in written)
    edges = [line for line in written.split("\n") if line and not line.startswith("    | ")]
    assert all(" WARNING console.test: " in line for line in edges)


def _hostile():
    return [each for each in vars(corpus).values() if isinstance(each, str)] + [
        "\x1b]52;c;Zm9v\x07",
        "\x9b31m",
        "a\r\nb\x0bc\x0cd\x85e\u2028f",
        "\u202eoverridden",
        "\ud800 broken",
    ]


@given(st.text(max_size=300))
def test_any_text_is_one_entry(text):
    record = logging.LogRecord("console", logging.INFO, "", 0, "said %s", (text,), None)
    first, *others = logs.OneLine().format(record).split("\n")
    assert " INFO console: said" in first
    assert all(line.startswith("    | ") for line in others)


def test_a_full_file_starts_anew_and_two_are_kept(tmp_path):
    path = tmp_path / "greenroom.log"
    handler = logs.PrivateFile(path, full=300, kept=2)
    for number in range(40):
        handler.emit(logging.LogRecord("console", 20, "", 0, f"entry {number:03}", (), None))
    handler.close()
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["greenroom.log", "greenroom.log.1", "greenroom.log.2"]
    assert all(each.stat().st_size <= 300 for each in tmp_path.iterdir())
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in tmp_path.iterdir())
    assert "entry 039" in path.read_text()


def test_two_processes_may_share_it(tmp_path):
    path = tmp_path / "greenroom.log"
    one, other = logs.PrivateFile(path, full=200), logs.PrivateFile(path, full=200)
    for number in range(12):
        for handler in (one, other):
            handler.emit(logging.LogRecord("console", 20, "", 0, f"entry {number}", (), None))
    one.close()
    other.close()
    assert "entry 11" in path.read_text()
    assert path.stat().st_size <= 200


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    handler = logs.PrivateFile(tmp_path / "nowhere" / "greenroom.log")
    handler.emit(logging.LogRecord("console", 20, "", 0, "said", (), None))
    handler.close()
