"""The configuration: what is right is read, what is wrong is named with file, line and key."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.config import Config, ConfigTrouble, Density, in_words, load

WHOLE = """
[agent]
name = "Mira Kos"

[shop]
name = "Kos & Kos"
timezone = "Europe/Zagreb"

[shop.hours]
monday = "9:00-12:00, 13:00-17:00"
saturday = "9-12"

[sending]
undo_seconds = 3

[look]
density = "compact"
ascii = true

[waiting]
due_soon_after = "90m"

[keys]
hand_off = "M"

[accounts.shop]
network = "mastodon"
server = "https://social.example"
token_command = "pass show greenroom/shop"
poll_seconds = 30

[accounts.shop.settings]
limit = 40
deep = true
"""


def _read(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def _problems(tmp_path, text):
    with pytest.raises(ConfigTrouble) as trouble:
        _read(tmp_path, text)
    shown = str(tmp_path / "config.toml")
    assert all(problem.startswith(f"{shown}, line ") for problem in trouble.value.problems)
    return [problem.removeprefix(f"{shown}, ") for problem in trouble.value.problems]


def test_no_file_means_the_defaults(tmp_path):
    assert load(tmp_path / "config.toml") == Config()
    assert Config().sending.undo_seconds == 8


def test_everything_that_can_be_said_is_read(tmp_path):
    config = _read(tmp_path, WHOLE)
    assert config.agent.name == "Mira Kos"
    assert config.sending.undo_seconds == 3
    assert config.look.density is Density.COMPACT
    assert config.look.ascii
    assert config.waiting.due_soon_after == timedelta(minutes=90)
    assert config.keys == {"hand_off": "M"}
    assert config.shop.hours is not None
    assert config.shop.hours[0] == ((time(9), time(12)), (time(13), time(17)))
    assert config.shop.hours[1] == ()
    assert config.shop.slots()["hours"] == (
        "Monday 9:00-12:00 and 13:00-17:00, Saturday 9:00-12:00 (Europe/Zagreb)"
    )
    account = config.accounts["shop"]
    assert account.network == "mastodon"
    assert account.plain_settings() == {
        "server": "https://social.example",
        "token_command": "pass show greenroom/shop",
        "poll_seconds": "30",
        "limit": "40",
        "deep": "yes",
    }


def test_days_that_are_alike_are_said_once():
    day = ((time(9), time(17)),)
    assert in_words((day,) * 5 + ((), ())) == "Monday to Friday 9:00-17:00"
    assert in_words((day,) * 7) == "Monday to Sunday 9:00-17:00"
    assert in_words(((),) * 7, "Europe/Zagreb") == ""
    assert in_words((((time(8), time.max),), *((),) * 6)) == "Monday 8:00-24:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[sending]\n\nundo_seconds = "soon"\n',
            ('line 3: sending.undo_seconds is "soon"; expected a number of seconds from 0 to 600.'),
        ),
        (
            "[sending]\nundo_secs = 4\n",
            'line 2: [sending] has no key "undo_secs"; did you mean "undo_seconds"?',
        ),
        (
            "[shops]\nname = 'x'\n",
            'line 1: There is no section "shops"; did you mean "shop"?',
        ),
        (
            "[agent]\nzzz = 1\n",
            'line 2: [agent] has no key "zzz"; known are name.',
        ),
        (
            "agent = 'me'\n",
            'line 1: agent is "me"; expected a section, like [agent].',
        ),
        (
            "[look]\ndensity = 'tight'\n",
            'line 2: look.density is "tight"; expected "auto", "roomy", "snug" or "compact".',
        ),
        (
            "[look]\nascii = 1\n",
            "line 2: look.ascii is 1; expected true or false.",
        ),
        (
            "[waiting]\ndue_soon_after = '4 weeks'\n",
            (
                'line 2: waiting.due_soon_after is "4 weeks"; expected a span like "30m", '
                '"4h" or "2d".'
            ),
        ),
        (
            "[shop]\ntimezone = 'Zagreb'\n",
            (
                'line 2: shop.timezone is "Zagreb"; expected the name of a time zone, '
                'like "Europe/Zagreb".'
            ),
        ),
        (
            "[shop.hours]\nmonday = '17:00-9:00'\n",
            (
                'line 2: shop.hours.monday is "17:00-9:00"; expected spans in order like '
                '"9:00-12:00, 13:00-17:00", or "" for closed.'
            ),
        ),
        (
            "[shop.hours]\nmondy = '9:00-17:00'\n",
            'line 2: [shop.hours] has no day "mondy"; did you mean "monday"?',
        ),
        (
            "[accounts.shop]\nserver = 'social.example'\n",
            'line 1: [accounts.shop] needs its network, like network = "mastodon".',
        ),
        (
            "[accounts.shop]\nnetwork = 'mastodon'\ntoken = 'abc'\n",
            'line 3: [accounts.shop] has no key "token"; did you mean "token_env"?',
        ),
        (
            "[accounts.post]\nnetwork = 'mail'\nimap = 'imap.example'\n",
            (
                'line 3: [accounts.post] has no key "imap"; known are network, server, token_env, '
                "token_command, allow_plain_http, poll_seconds, settings. What its network's page "
                "names stands in [accounts.post.settings]."
            ),
        ),
        (
            "[accounts.a]\nnetwork = 'x'\ntoken_env = 'A'\ntoken_command = 'b'\n",
            (
                "line 1: [accounts.a] names both token_env and token_command; keep the "
                "one that holds the token."
            ),
        ),
        (
            "[keys]\nreply = [1]\n",
            (
                'line 2: keys.reply is a list; expected a key in quotes, like "r", '
                "or a list of such keys."
            ),
        ),
        (
            "[shop]\nname = \n",
            "line 2: Invalid value.",
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(tmp_path, text, said):
    assert _problems(tmp_path, text) == [said]


def test_every_problem_is_listed_at_once_in_the_order_of_the_file(tmp_path):
    text = "[look]\nascii = 'no'\ntheem = 'x'\n[sending]\nundo_seconds = -1\n"
    problems = _problems(tmp_path, text)
    assert [problem.split(":")[0] for problem in problems] == [
        "line 2",
        "line 3",
        "line 5",
    ]


def test_hostile_words_in_it_stay_words(tmp_path):
    (said,) = _problems(tmp_path, '[look]\ntheme = true\n"\\u001b[31m" = "\\u202e"\n')[1:]
    assert said.isprintable()


@given(st.text(max_size=200))
def test_any_text_is_read_or_complained_about(tmp_path_factory, text):
    with suppress(ConfigTrouble):
        _read(tmp_path_factory.mktemp("any"), text.encode("utf-8", "replace").decode())


def test_without_a_file_no_parser_is_loaded():
    code = (
        "import sys; from pathlib import Path; from console.config import load;"
        "load(Path('/nowhere/config.toml'));"
        "sys.exit(any(name in sys.modules for name in ('tomli', 'zoneinfo', 'asyncio', 'textual')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
