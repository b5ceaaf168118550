"""Reads template files: what is right comes back as templates, what is not with its line."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from templates.located_toml import KeyPath, Located, TomlError, load
from templates.model import Broken, Purpose, Template, TemplateLane

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NAME = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*")

_FILE_KEYS = ("language", "template")
_KEYS = ("name", "title", "lane", "purpose", "language", "body")

_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


class _Wrong(Exception):
    """One thing that is wrong, and the line of the file it stands on."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line
        self.words = words


def read(
    source: Path | str, *, path: str | None = None, trusted: bool = False
) -> tuple[tuple[Template, ...], tuple[Broken, ...]]:
    """The templates of a file (or of a text), and what in it can't be used.

    `trusted` leaves out the check of the bodies: for what was checked before it was shipped.
    """
    try:
        file = load(source, path=path)
    except TomlError as error:
        return (), (Broken(path=error.path, line=error.line, name=None, words=error.words),)
    templates: list[Template] = []
    broken: list[Broken] = []
    try:
        items, language = _top(file)
    except _Wrong as wrong:
        return (), (Broken(path=file.path, line=wrong.line, name=None, words=wrong.words),)
    seen: dict[tuple[str, str], int] = {}
    for place, item in enumerate(items):
        where: KeyPath = ("template", place)
        try:
            template = _template(file, where, item, language, trusted=trusted)
            key = (template.name, template.language)
            if key in seen:
                raise _Wrong(
                    template.line,
                    f'"{template.name}" in {template.language} is in this file twice;'
                    f" the first is on line {seen[key]}. Give one of them another name.",
                )
        except _Wrong as wrong:
            name = item.get("name") if isinstance(item, dict) else None
            broken.append(
                Broken(
                    path=file.path,
                    line=wrong.line,
                    name=name if isinstance(name, str) else None,
                    words=wrong.words,
                )
            )
        else:
            seen[key] = template.line
            templates.append(template)
    return tuple(templates), tuple(broken)


def _top(file: Located) -> tuple[list[Any], str]:
    _known(file, (), file.data, _FILE_KEYS)
    items = file.data.get("template", [])
    if not isinstance(items, list):
        raise _Wrong(
            file.line_of(("template",)),
            "`template` has to be written `[[template]]`, once for each.",
        )
    return items, _language(file, (), file.data, "en")


def _template(
    file: Located, where: KeyPath, item: object, language: str, *, trusted: bool
) -> Template:
    line = file.line_of(where)
    if not isinstance(item, dict):
        raise _Wrong(line, f"A template has to be a table, not {_kind(item)}.")
    _known(file, where, item, _KEYS)
    name = _text(file, where, item, "name")
    if not NAME.fullmatch(name):
        raise _Wrong(
            file.line_of((*where, "name")),
            '`name` has to be small letters, digits and "-", like "late-parcel".',
        )
    purpose = _purpose(file, where, item)
    lane = _lane(file, where, item, purpose)
    body = _text(file, where, item, "body")
    if not trusted:
        from templates.rules import faults

        found = faults(body, lane, purpose)
        if found:
            begin = file.text_line_of((*where, "body"))
            raise _Wrong(begin + found[0].line - 1, " ".join(fault.words for fault in found))
    return Template(
        name=name,
        title=_text(file, where, item, "title"),
        lane=lane,
        purpose=purpose,
        language=_language(file, where, item, language),
        body=body.rstrip("\n"),
        path=file.path,
        line=line,
    )


def _known(file: Located, where: KeyPath, item: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in item:
        if key not in keys:
            meant = get_close_matches(key, keys, n=1, cutoff=0.5)
            hint = f"Did you mean `{meant[0]}`?" if meant else f"There are {', '.join(keys)}."
            raise _Wrong(file.line_of((*where, key)), f"There is no key `{key}`. {hint}")


def _text(file: Located, where: KeyPath, item: dict[str, Any], key: str) -> str:
    if key not in item:
        raise _Wrong(file.line_of(where), f"`{key}` is missing.")
    value = item[key]
    if not isinstance(value, str) or not value.strip():
        found = "an empty one" if isinstance(value, str) else _kind(value)
        raise _Wrong(file.line_of((*where, key)), f"`{key}` has to be a text, not {found}.")
    return value if key == "body" else value.strip()


def _language(file: Located, where: KeyPath, item: dict[str, Any], otherwise: str) -> str:
    if "language" not in item:
        return otherwise
    language = _text(file, where, item, "language")
    if not LANGUAGE.fullmatch(language):
        raise _Wrong(
            file.line_of((*where, "language")),
            f'`language` has to be a language tag like "en" or "pt-BR", not "{language}".',
        )
    return language


def _purpose(file: Located, where: KeyPath, item: dict[str, Any]) -> Purpose:
    value = _choice(file, where, item, "purpose", tuple(Purpose))
    return Purpose(value) if value else Purpose.REPLY


def _lane(file: Located, where: KeyPath, item: dict[str, Any], purpose: Purpose) -> TemplateLane:
    value = _choice(file, where, item, "lane", tuple(TemplateLane))
    lane = TemplateLane(value) if value else purpose.lane or TemplateLane.EITHER
    if purpose.lane not in (None, lane):
        raise _Wrong(
            file.line_of((*where, "lane")),
            f'`lane` has to be "{purpose.lane}" for a template whose purpose is {purpose}.',
        )
    return lane


def _choice(
    file: Located, where: KeyPath, item: dict[str, Any], key: str, choices: tuple[str, ...]
) -> str | None:
    if key not in item:
        return None
    value = _text(file, where, item, key)
    if value not in choices:
        meant = get_close_matches(value, choices, n=1, cutoff=0.5)
        hint = f' Did you mean "{meant[0]}"?' if meant else ""
        raise _Wrong(
            file.line_of((*where, key)),
            f'`{key}` has to be one of {", ".join(choices)}, not "{value}".{hint}',
        )
    return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date")
