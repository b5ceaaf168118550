"""Every key of a TOML text is found on its own line, and every complaint names one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from templates.located_toml import KeyPath, TomlError, load

SAMPLE = '''# the shop
title = "x # not a comment"

[accounts.main]
server = "https://social.example"   # ours
"odd key" . "dots.in" = 1
tags = [
  "a", # [1]
  ["b", "c]"],
]
point = { x = 1, "y" = [2,
  3] }

[[template]]
name = "one"
body = """
Hi \\"\\"\\" there
second"""""

[[template]]
body = \'\'\'first
second\'\'\'
[template.sub]
deep.er = 2026-11-22T10:00:00Z
[[template.list]]
k = 1
[[template.list]]
k = 2
'''


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("title",), 2),
        (("accounts",), 4),
        (("accounts", "main"), 4),
        (("accounts", "main", "server"), 5),
        (("accounts", "main", "odd key", "dots.in"), 6),
        (("accounts", "main", "tags", 0), 8),
        (("accounts", "main", "tags", 1, 1), 9),
        (("accounts", "main", "point", "y", 1), 12),
        (("template", 0), 14),
        (("template", 0, "name"), 15),
        (("template", 0, "body"), 16),
        (("template", 1, "body"), 21),
        (("template", 1, "sub", "deep", "er"), 24),
        (("template", 1, "list", 1, "k"), 28),
        (("accounts", "main", "missing"), 4),
        (("accounts", "other", "server"), 4),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_the_line_of_a_key(where: KeyPath, line: int) -> None:
    assert load(SAMPLE).line_of(where) == line


def test_the_line_on_which_a_text_begins() -> None:
    found = load(SAMPLE)
    assert found.data["template"][0]["body"].splitlines()[1].startswith("second")
    assert found.text_line_of(("template", 0, "body")) == 17
    assert found.text_line_of(("template", 1, "body")) == 21


def test_windows_line_ends_count_once() -> None:
    assert load(SAMPLE.replace("\n", "\r\n")).line_of(("template", 1, "list", 1, "k")) == 28


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = [\n 1,\n x]", 4), ("a = 1\na = 2", 2), ("a = 'x", 1), ("[a]\n\nb", 3)],
)
def test_what_is_not_toml_is_said_with_its_line(text: str, line: int) -> None:
    with pytest.raises(TomlError) as caught:
        load(text, path="greenroom.toml")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"greenroom.toml, line {line}: ")


def test_a_file_that_is_missing_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(TomlError, match="can't be read: No such file"):
        load(tmp_path / "none.toml")
    wrong = tmp_path / "latin.toml"
    wrong.write_bytes(b"a = 1\nname = 'caf\xe9'\n")
    with pytest.raises(TomlError, match="line 2: The file is not UTF-8") as caught:
        load(wrong)
    assert caught.value.column == 12


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    marked = tmp_path / "marked.toml"
    marked.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert load(marked).data == {"a": 1}


def test_deep_brackets_are_a_complaint() -> None:
    with pytest.raises(TomlError):
        load("a = " + "[" * 100_000)


keys = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.sampled_from("ab .=#'\"[]\\é"), max_size=4),
)
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.integers(-99, 99),
        st.booleans(),
        st.text(st.sampled_from("ab\n#'\"[]{},=\\ é"), max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


def key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False)


def written(value: Any, multiline: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        if multiline and '"' not in value and "\\" not in value:
            return f'"""\n{value}"""'
        if multiline and "'''" not in value and not value.startswith("\n"):
            return f"'''{value}'''" if not value.endswith("'") else json.dumps(value)
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        gap = " # ]\n" if multiline else ""
        return "[" + gap + ",".join(written(one, multiline) + gap for one in value) + "]"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{key(k)} = {written(v, multiline)}" for k, v in value.items()) + "}"
        )
    return str(value)


def paths(value: Any, where: KeyPath = ()) -> list[KeyPath]:
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [p for k, v in inside for p in [(*where, k), *paths(v, (*where, k))]]


@given(st.lists(st.tuples(keys, values), max_size=5), st.booleans(), st.booleans())
def test_every_key_is_found_where_it_was_written(
    pairs: list[tuple[str, Any]], multiline: bool, in_tables: bool
) -> None:
    text = ""
    expected: dict[KeyPath, int] = {}
    for place, (name, value) in enumerate(pairs):
        if in_tables:
            text += f"[[t]] # {place}\n"
        expected[("t", place, name) if in_tables else (f"k{place}{name}",)] = text.count("\n") + 1
        text += f"{key(name if in_tables else f'k{place}{name}')} = {written(value, multiline)}\n\n"
    tomli.loads(text)
    found = load(text)
    assert {where: found.line_of(where) for where in expected} == expected
    assert set(paths(found.data)) <= set(found.keys)


@given(st.data())
def test_whatever_tomli_reads_is_walked(data: st.DataObject) -> None:
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text = (
            text[:place] + data.draw(st.text("\n\"'[]{}=,.# a1\\", max_size=3)) + text[place + 1 :]
        )
    try:
        found = load(text)
    except TomlError:
        return
    assert set(paths(found.data)) <= set(found.keys)
