"""A template file that is wrong is named with its line, and what is right in it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from templates.model import Purpose, TemplateLane
from templates.parse import read

GOOD = """
language = "hr"

[[template]]
name = "late"
title = "Late"
body = \"\"\"
Hi {{ contact.first_name | default: "there" }},

{{ ask.why }}
\"\"\"

[[template]]
name = "late"
title = "Late"
language = "en"
lane = "private"
purpose = "handoff.private"
body = "Order {{ order.name }}"
"""


def test_a_good_file() -> None:
    (first, second), broken = read(GOOD, path="mine.toml")
    assert broken == ()
    assert (first.name, first.language, first.lane) == ("late", "hr", TemplateLane.EITHER)
    assert first.body == 'Hi {{ contact.first_name | default: "there" }},\n\n{{ ask.why }}'
    assert (first.path, first.line) == ("mine.toml", 4)
    assert (second.language, second.purpose) == ("en", Purpose.HANDOFF_PRIVATE)


def item(lines: str) -> str:
    return "[[template]]\n" + lines


BASE = 'name = "x"\ntitle = "X"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = [", 1, "nvalid"),
        ("langauge = 'en'", 1, "There is no key `langauge`. Did you mean `language`?"),
        ("\ntemplate = 3", 2, "has to be written `[[template]]`"),
        ("template = [1]", 1, "A template has to be a table, not a number."),
        (item('title = "X"\nbody = "y"'), 1, "`name` is missing."),
        (item('name = "Big One"\ntitle = "X"\nbody = "y"'), 2, "small letters"),
        (item(BASE + 'boddy = "y"'), 4, "no key `boddy`. Did you mean `body`?"),
        (item(BASE + "body = 7"), 4, "`body` has to be a text, not a number."),
        (item(BASE + "body = ''"), 4, "`body` has to be a text, not an empty one."),
        (item(BASE + "body = 2026-11-22"), 4, "not a date"),
        (item(BASE + 'lane = "publik"\nbody = "y"'), 4, 'Did you mean "public"?'),
        (item(BASE + 'purpose = "replay"\nbody = "y"'), 4, 'Did you mean "reply"?'),
        (item(BASE + 'language = "English"\nbody = "y"'), 4, "a language tag"),
        (
            item(BASE + 'purpose = "handoff.ack.sent"\nlane = "private"\nbody = "y"'),
            5,
            '`lane` has to be "public"',
        ),
        (
            item(BASE + 'body = """\nHi\n{{ contact.fist_name }}\n"""'),
            6,
            "There is no slot `contact.fist_name`. Did you mean `contact.first_name`?",
        ),
        (item(BASE + "body = '{{ contact }}'"), 4, "There is no slot `contact`"),
        (item(BASE + "body = '{{ contact[today] }}'"), 4, "There is no slot"),
        (item(BASE + "body = '{{ ask }}'"), 4, "There is no slot `ask`"),
        (
            item(BASE + 'body = """\nHi\n\n{% if order.status %}x{% endif %}"""'),
            7,
            "`order.status` is private",
        ),
        (item(BASE + "lane = 'public'\nbody = '{{ contact.email }}'"), 5, "is private"),
        (
            item(BASE + "purpose = 'handoff.ack.sent'\nbody = '{{ thread.quote }}'"),
            5,
            "An acknowledgement never says what it is about",
        ),
        (item(BASE + 'body = """\n{% if today %}\n"""'), 5, "Liquid: "),
        (item(BASE + "body = '{% for x in today %}{% endfor %}'"), 4, "Liquid: "),
        (
            item(BASE + "body = '{{ today | upcsae }}'"),
            4,
            "There is no filter `upcsae`. Did you mean `upcase`?",
        ),
        (item(BASE + "body = '{{ today | truncate: \"x\" }}'"), 4, "Liquid"),
        (item(BASE + f"body = '{'x' * 20_001}'"), 4, "more than 20000 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, words: str) -> None:
    templates, (broken,) = read(text, path="mine.toml")
    assert templates == ()
    assert words in broken.words
    assert (broken.path, broken.line) == ("mine.toml", line)
    assert str(broken).startswith(f"mine.toml, line {line}: ")


def test_the_others_work() -> None:
    text = GOOD + item(BASE + "body = '{{ nonsense }}'") + "\n" + item(BASE + "body = 'fine'")
    templates, broken = read(text)
    assert [one.name for one in templates] == ["late", "late", "x"]
    assert [one.name for one in broken] == ["x"]


def test_the_same_one_twice() -> None:
    again = item(BASE + "body = 'one'\n")
    templates, (broken,) = read(again + again)
    assert len(templates) == 1
    assert (broken.line, broken.name) == (5, "x")
    assert "the first is on line 1" in broken.words


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    templates, (broken,) = read(tmp_path)
    assert templates == ()
    assert broken.line == 0
    assert "can't be read" in str(broken)
