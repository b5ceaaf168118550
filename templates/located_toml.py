"""Reads TOML and remembers on which line each key stands, so that complaints can name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

KeyPath = tuple[str | int, ...]
"""Keys and places in arrays, from the top: `("accounts", "main", "server")`, `("template", 0)`."""


class TomlError(Exception):
    """A file is not TOML, or can't be read. `line` and `column` count from 1; 0 means the whole.

    `words` says what is the matter, without the place.
    """

    def __init__(self, path: str, line: int, column: int, words: str) -> None:
        super().__init__(path, line, column, words)
        self.path = path
        self.line = line
        self.column = column
        self.words = words

    def __str__(self) -> str:
        place = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{place}: {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What a TOML text says, and where it says it."""

    path: str
    """The file as people know it."""
    data: dict[str, Any]
    keys: Mapping[KeyPath, int]
    values: Mapping[KeyPath, int]

    def line_of(self, where: KeyPath) -> int:
        """The line of a key, or of the nearest thing around it that has one; 1 for the whole."""
        return _nearest(self.keys, where)

    def text_line_of(self, where: KeyPath) -> int:
        """The line on which the text of a string value begins."""
        return _nearest(self.values, where)


def load(source: Path | str, *, path: str | None = None) -> Located:
    """Read a file, or a text that was read already. `path` is the name to use in complaints.

    Raises `TomlError`.
    """
    if isinstance(source, Path):
        name = path or str(source)
        text = _read(source, name)
    else:
        name = path or "<text>"
        text = source
    # As TOML does it, so that lines are counted the same everywhere.
    text = text.replace("\r\n", "\n")
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise TomlError(name, error.lineno, error.colno, _words(error.msg)) from None
    except RecursionError:
        raise TomlError(name, 0, 0, "Brackets are nested too deeply to be read.") from None
    finder = _Finder(text)
    finder.document()
    return Located(path=name, data=data, keys=finder.keys, values=finder.values)


def _read(source: Path, name: str) -> str:
    try:
        raw = source.read_bytes()
    except OSError as error:
        raise TomlError(name, 0, 0, f"The file can't be read: {error.strerror}.") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        words = "The file is not UTF-8 text here. Save it as UTF-8."
        raise TomlError(name, before.count(b"\n") + 1, column, words) from None


def _words(message: str) -> str:
    return message if message.endswith(".") else f"{message}."


def _nearest(lines: Mapping[KeyPath, int], where: KeyPath) -> int:
    while where:
        if where in lines:
            return lines[where]
        where = where[:-1]
    return 1


class _Finder:
    """Walks over a text that is known to be TOML, and notes where keys and values begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.keys: dict[KeyPath, int] = {}
        self.values: dict[KeyPath, int] = {}
        self._tables: dict[KeyPath, int] = {}
        """How many elements each array of tables has so far."""

    def document(self) -> None:
        table: KeyPath = ()
        while self._blank(newlines=True):
            if self.text.startswith("[[", self.at):
                table = self._table_header(2)
            elif self.text[self.at] == "[":
                table = self._table_header(1)
            else:
                self._pair(table)

    def _table_header(self, brackets: int) -> KeyPath:
        line = self.line
        self._step(brackets)
        parts = self._dotted()
        self._step(brackets)
        where: KeyPath = ()
        for part in parts[:-1]:
            where = (*where, part)
            self.keys.setdefault(where, line)
            where = self._last(where)
        where = (*where, parts[-1])
        self.keys.setdefault(where, line)
        if brackets == 2:
            place = self._tables.get(where, 0)
            self._tables[where] = place + 1
            where = (*where, place)
            self.keys[where] = line
        return where

    def _last(self, where: KeyPath) -> KeyPath:
        count = self._tables.get(where)
        return where if count is None else (*where, count - 1)

    def _pair(self, table: KeyPath) -> None:
        line = self.line
        where = table
        for part in self._dotted():
            where = (*where, part)
            self.keys.setdefault(where, line)
        self._step(1)
        self._blank()
        self._value(where)

    def _value(self, where: KeyPath) -> None:
        sign = self.text[self.at]
        self.values[where] = self.line
        if sign in "\"'":
            if self.text.startswith(f"{sign * 3}\n", self.at):
                self.values[where] += 1
            self._string()
        elif sign == "[":
            self._step(1)
            place = 0
            while self._blank(newlines=True) and self.text[self.at] != "]":
                self.keys[(*where, place)] = self.line
                self._value((*where, place))
                place += 1
                if self._blank(newlines=True) and self.text[self.at] == ",":
                    self._step(1)
            self._step(1)
        elif sign == "{":
            self._step(1)
            while self._blank(newlines=True) and self.text[self.at] != "}":
                self._pair(where)
                if self._blank(newlines=True) and self.text[self.at] == ",":
                    self._step(1)
            self._step(1)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self.at += 1

    def _dotted(self) -> list[str]:
        parts = []
        while True:
            self._blank()
            if self.text[self.at] in "\"'":
                begin = self.at
                self._string()
                quoted = self.text[begin : self.at]
                parts.append(next(iter(tomli.loads(f"{quoted} = 0"))))
            else:
                begin = self.at
                while self.text[self.at] not in " \t.=]":
                    self.at += 1
                parts.append(self.text[begin : self.at])
            self._blank()
            if self.text[self.at] != ".":
                return parts
            self._step(1)

    def _string(self) -> None:
        sign = self.text[self.at]
        fence = sign * 3 if self.text.startswith(sign * 3, self.at) else sign
        at = self.at + len(fence)
        while not self.text.startswith(fence, at):
            at += 2 if sign == '"' and self.text[at] == "\\" else 1
        at += len(fence)
        if len(fence) == 3:
            # A text may end in one or two quotes of its own, before the three that close it.
            while self.text.startswith(sign, at):
                at += 1
        self.line += self.text.count("\n", self.at, at)
        self.at = at

    def _step(self, width: int) -> None:
        self.at += width

    def _blank(self, *, newlines: bool = False) -> bool:
        """Pass blanks and comments, and line ends if asked to; False at the end of the text."""
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\n" and newlines:
                self.line += 1
            elif sign == "#" and newlines:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
                continue
            elif sign not in " \t":
                return True
            self.at += 1
        return False
