"""The command table and the keymap over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.ui.keydoc import page
from console.ui.keymap import (
    Chords,
    KeymapProblem,
    Pending,
    chord,
    key_name,
    keymap,
    pressed,
    standard,
)
from console.ui.keys import BY_ID, COMMANDS, Context, Group

KEYS = st.sampled_from(["g", "i", "d", "o", "j", "G", "e", "Enter", "Esc", "Ctrl+S", "Tab", "0"])


def test_the_tables_own_keys_can_all_be_pressed() -> None:
    keys = standard()
    for command in COMMANDS:
        for context in command.contexts:
            shown = keys.key(command, context)
            assert shown, (command.id, context)
            assert keys.meaning(tuple(shown.split()), context) == command


def test_the_table_has_no_clash_even_when_checked_like_a_users() -> None:
    everything = {command.id: list(command.keys) for command in COMMANDS}
    assert keymap(everything).keys("inbox") == ("g i",)


def test_the_table_uses_no_key_that_terminals_cannot_tell() -> None:
    for command in COMMANDS:
        for keys in command.keys:
            assert chord(keys) == tuple(keys.split())


def test_ids_are_unique_and_every_row_has_words() -> None:
    assert len(BY_ID) == len(COMMANDS)
    for command in COMMANDS:
        assert command.help.endswith(".")
        assert command.title
        assert command.contexts
    assert {command.group for command in COMMANDS} == set(Group)


def test_the_page_of_keys_is_what_the_table_says() -> None:
    written = Path(__file__).parents[2] / "docs" / "keys.md"
    assert written.read_text(encoding="utf-8") == page()


def test_a_user_gives_a_command_other_keys() -> None:
    keys = keymap({"done": "a", "inbox": ["g i", "F2"]})
    assert keys.meaning(("a",), Context.INBOX) == BY_ID["done"]
    assert keys.meaning(("e",), Context.INBOX) is None
    assert keys.meaning(("F2",), Context.INBOX) == BY_ID["inbox"]
    assert keys.key("done") == "a"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"snoze": "a"}, "Did you mean 'snooze'?"),
        ({"done": "r"}, "'done' would both answer to r"),
        ({"done": "g"}, "the longer could never be pressed"),
        ({"done": "Alt+x"}, "can't be used"),
        ({"send": "Ctrl+Enter"}, "can't be used"),
        ({"done": "Ctrl+M"}, "terminals send Enter"),
        ({"done": "Escpe"}, "Did you mean Esc?"),
        ({"done": ""}, "A key is empty"),
        ({"done": 3}, 'has to be a text such as "g x"'),
        ({"send": "s"}, "typed into the text"),
        ({"done": "a b c d"}, "at most three keys"),
    ],
)
def test_a_keymap_that_cannot_be_is_said_in_words(changes: dict[str, object], words: str) -> None:
    with pytest.raises(KeymapProblem) as caught:
        keymap(changes)
    assert words in caught.value.words


def test_letters_mean_nothing_where_one_writes() -> None:
    keys = standard()
    for command in COMMANDS:
        for shown in command.keys:
            first = shown.split()[0]
            if len(first) == 1 or first in {"Space", "Enter"}:
                assert keys.meaning(tuple(shown.split()), Context.COMPOSER) is None


def test_chords() -> None:
    chords = Chords(standard())
    assert chords.press("g", Context.INBOX) is Pending.CHORD
    assert chords.press("i", Context.INBOX) == BY_ID["inbox"]
    assert chords.press("g", Context.INBOX) is Pending.CHORD
    assert chords.press("x", Context.INBOX) is None, "a broken chord does nothing"
    assert chords.press("e", Context.INBOX) == BY_ID["done"]


@given(st.lists(KEYS, max_size=30), st.sampled_from(list(Context)))
def test_chords_never_stick_and_answer_only_what_the_table_has(
    typed: list[str], context: Context
) -> None:
    chords = Chords(standard())
    since: list[str] = []
    for key in typed:
        since.append(key)
        answer = chords.press(key, context)
        if answer is Pending.CHORD:
            assert chords.begun == tuple(since)
            continue
        assert chords.begun == ()
        if answer is not None:
            assert " ".join(since) in answer.keys
            assert context in answer.contexts
        since.clear()


@pytest.mark.parametrize(
    ("key", "character", "name"),
    [
        ("j", "j", "j"),
        ("upper_g", "G", "G"),
        ("semicolon", ";", ";"),
        ("space", " ", "Space"),
        ("ctrl+s", None, "Ctrl+S"),
        ("escape", "\x1b", "Esc"),
        ("enter", "\r", "Enter"),
        ("shift+tab", None, "Shift+Tab"),
        ("pagedown", None, "PgDn"),
        ("ctrl+m", None, "ctrl+m"),
    ],
)
def test_keys_as_textual_names_them(key: str, character: str | None, name: str) -> None:
    assert pressed(key, character) == name


def test_a_plus_is_a_key() -> None:
    assert key_name("+") == "+"
    assert chord("g +") == ("g", "+")
