"""Fills a template: known values go in as text, and what is not known stays visible as a hole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from templates.model import Template
from templates.slots import ASK, NAMES

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

LONGEST = 20_000
"""Most characters that a template, or any step of filling it, may have."""

LONGEST_VALUE = 4_000
"""Most characters of one value: a customer's words must never be what stops an answer."""

LONGEST_NAME = 60
"""A customer's name that is longer is left out."""

TAGS = ("if", "unless", "case", "assign", "comment", "#")
"""There is nothing to loop over, and no other file to include."""
_NO_REAL_TAGS = {"content", "output", "illegal"}
"""python-liquid's own, for what stands between tags."""


class Unfillable(Exception):
    """A template can't be filled; the words say why, and `line` where in its body (0: unknown)."""

    def __init__(self, words: str, line: int = 0) -> None:
        super().__init__(words)
        self.words = words
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A place in a text that a person has to fill before it may be sent."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A filled template and the holes left in it, in their order."""

    text: str
    holes: tuple[Hole, ...]


_HOLE = re.compile(r"\{{2,}[^{}]{0,200}\}*|\{%[^{}%]{0,200}(?:%\}?)?")


def holes_in(text: str) -> tuple[Hole, ...]:
    """Every `{{ name }}` left in a text, half ones and Liquid's `{% %}` too."""
    if "{{" not in text and "{%" not in text:
        return ()
    return tuple(
        Hole(start=found.start(), end=found.end(), name=found.group().strip("{}%- \n"))
        for found in _HOLE.finditer(text)
    )


def fill(template: Template, values: Mapping[str, str | None]) -> Filled:
    """Fill a template with values by slot name (`contact.first_name`).

    A value is text and never read as Liquid. A slot that has none, and every `ask.*`, stays in
    the text as `{{ name }}`. Raises `Unfillable`.
    """
    text = fill_body(template.body, values)
    return Filled(text=text, holes=holes_in(text))


def fill_body(body: str, values: Mapping[str, str | None]) -> str:
    """`fill` for a body that belongs to no template yet."""
    from liquid.exceptions import LiquidError

    known: dict[str, Any] = {}
    for name in NAMES:
        group, _, field = name.partition(".")
        given = values.get(name)
        if name in ("contact.name", "contact.first_name") and not _is_name(given or ""):
            given = None
        value = _text(given) or _Empty(name)
        if field:
            known.setdefault(group, {})[field] = value
        else:
            known[name] = value
    known[ASK.rstrip(".")] = _Asked()
    try:
        text = compiled(body).render(**known)
    except LiquidError as error:
        raise Unfillable(*complaint(error)) from None
    except (TypeError, ValueError) as error:
        raise Unfillable(f"A filter was given something it can't use: {error}.") from None
    return _tidy(text)


@lru_cache(maxsize=256)
def compiled(body: str) -> BoundTemplate:
    """The body as python-liquid reads it. Raises its `LiquidError`."""
    return _environment().from_string(body)


def complaint(error: Exception) -> tuple[str, int]:
    """What python-liquid has against a body, in words, and on which line of it (0: unknown)."""
    words = str(getattr(error, "message", None) or error)
    token = getattr(error, "token", None)
    line = 0
    if token is not None and token.start_index >= 0:
        line = token.source.count("\n", 0, token.start_index) + 1
    return f"Liquid: {words}.", line


def _text(value: str | None) -> str:
    """A value as it is put in: not endless, and with nothing that reads as Liquid."""
    if not value:
        return ""
    value = re.sub(r"[\ud800-\udfff]", "\ufffd", value.strip())
    return re.sub(r"\{(?=[{%])|[}%](?=\})", r"\g<0> ", _truncate(value, LONGEST_VALUE))


def _is_name(value: str) -> bool:
    """False for what would mention somebody, carry a link or fill the screen in a name's place."""
    return len(value) <= LONGEST_NAME and not re.search(r"[@#/\\<>\n]|\w[.:]\w", value)


def _tidy(text: str) -> str:
    """Without the empty lines that conditions leave behind."""
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


class _Empty:
    """A slot without a value: false to a condition, a hole in the text."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return "{{ " + self.name + " }}"

    def __liquid__(self) -> None:
        """What a condition sees."""
        return


class _Asked(dict[str, _Empty]):
    """The slots that a person fills: any name, never a value."""

    def __missing__(self, name: object) -> _Empty:
        return _Empty(f"{ASK}{name}")


def _default(value: object, otherwise: object = "") -> object:
    # A default would hide that a person is to be asked.
    if isinstance(value, _Empty):
        return value if value.name.startswith(ASK) else otherwise
    return value or otherwise


def _truncate(value: str, length: int = 50, end: str = "…") -> str:
    return value if len(value) <= length else value[: max(length - len(end), 0)].rstrip() + end


def _truncate_words(value: str, count: int = 15, end: str = "…") -> str:
    words = value.split()
    return value if len(words) <= count else " ".join(words[:count]) + end


FILTERS: Mapping[str, Callable[..., object]] = {
    "append": lambda value, more: f"{value}{more}",
    "capitalize": lambda value: value[:1].upper() + value[1:],
    "default": _default,
    "downcase": lambda value: value.lower(),
    "prepend": lambda value, before: f"{before}{value}",
    "remove": lambda value, part: value.replace(part, ""),
    "replace": lambda value, part, by: value.replace(part, str(by)) if part else value,
    "strip": lambda value: value.strip(),
    "strip_newlines": lambda value: " ".join(value.split()),
    "truncate": _truncate,
    "truncatewords": _truncate_words,
    "upcase": lambda value: value.upper(),
}
"""What may follow a `|`. All but `default` leave a hole as it is."""


def _guarded(name: str, work: Callable[..., object]) -> Callable[..., object]:
    def step(value: object, *arguments: object) -> object:
        if name != "default":
            if isinstance(value, _Empty):
                return value
            value = "" if value is None else str(value)
            arguments = tuple(one if isinstance(one, int) else str(one) for one in arguments)
        done = work(value, *arguments)
        if isinstance(done, str) and len(done) > LONGEST:
            raise ValueError(f"{name} makes a text of more than {LONGEST} characters")
        return done

    return step


@cache
def _environment() -> Environment:
    # python-liquid takes a fifth of a second to import: not before somebody fills a template.
    from liquid import Environment, StrictUndefined

    class Kitchen(Environment):
        output_stream_limit = 16 * LONGEST
        local_namespace_limit = 16 * LONGEST
        loop_iteration_limit = 1_000
        block_nesting_limit = 10

    kitchen = Kitchen(undefined=StrictUndefined)
    for name in set(kitchen.tags) - set(TAGS) - _NO_REAL_TAGS:
        del kitchen.tags[name]
    kitchen.filters.clear()
    for name, work in FILTERS.items():
        kitchen.add_filter(name, _guarded(name, work))
    return kitchen
