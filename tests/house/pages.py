"""Writes the pages that are made from the code: `python -m tests.house.pages`, or `make docs`.

With `--check` nothing is written; it says which page is not in step, and fails.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from connectors.contract import Capability
from console import config
from console.commands.exits import Exit
from console.commands.saying import span
from console.commands.tree import tree
from console.desk.delivery import TABLE, DeliveryEvent, after_a_doubt
from console.desk.model import DeliveryState
from console.ui import keydoc
from tests.house import networks

ROOT = Path(__file__).resolve().parents[2]
MADE = "<!-- From here on made by `make docs` from the tree of commands; change it there. -->"

EXAMPLE = """\
[agent]
name = "Mira Kos"

[shop]
name = "Kos & Kos"
url = "https://kosandkos.example"
email = "hello@kosandkos.example"
timezone = "Europe/Zagreb"

[shop.hours]
monday = "9:00-12:00, 13:00-17:00"
friday = "9:00-13:00"

[sending]
undo_seconds = 8

[look]
density = "compact"

[waiting]
due_soon_after = "4h"

[keys]
done = "a"

[accounts.shop]
network = "mastodon"
server = "https://social.example"
token_command = "pass show greenroom/shop"
"""

CONFIGURATION = f"""\
# Configuration

Made by `make docs` from `console/config.py`; change it there.

Everything has a default: without a file Greenroom works. The file is `config.toml` in the folder of
the configuration: `$GREENROOM_HOME/config` if that variable is set, else
`$XDG_CONFIG_HOME/greenroom`, which is `~/.config/greenroom` unless you changed it. It is yours:
Greenroom never writes to it. What you do on the screen is kept in the database instead.

A wrong value or an unknown key stops the start, and all of them are listed at once, each with its
file, line and key and with what was expected. `greenroom doctor` lists them too, and names a file
that others on this machine can change.

```toml
{EXAMPLE}```
"""


def configuration() -> str:
    """`docs/configuration.md`."""
    parts = [CONFIGURATION]
    said = _sayings()
    for name, section in config.SECTIONS.items():
        parts += _section(f"[{name}]", section, said)
    parts.append(
        "\n## [keys]\n\nYour own keys: the name of a command, then its key or a list of keys. The "
        "names and the keys as they come are in [keys.md](keys.md). A clash, an unknown command or "
        "a key that terminals can't tell apart is said at the start.\n"
    )
    parts += _section("[accounts.NAME]", config.AccountConfig, said)
    parts.append(
        "\nA section whose name is that of an account that `greenroom account add` made changes "
        "what that command stored; `greenroom account list` shows what came of it.\n"
    )
    return "".join(parts)


def _section(title: str, section: type[Any], said: dict[str, dict[str, str]]) -> Iterator[str]:
    about = " ".join((section.__doc__ or "").split())
    yield f"\n## {title}\n\n{about}\n\n| key | expects | if left out | what it does |\n"
    yield "|---|---|---|---|\n"
    for field in fields(section):
        words = said[section.__name__][field.name]
        expects = field.metadata["kind"].expects.replace("|", "\\|")
        yield f"| `{field.name}` | {expects} | {_default(field)} | {words} |\n"


def _default(field: Field[Any]) -> str:
    value = field.default_factory() if field.default is MISSING else field.default  # type: ignore[misc]
    if value is None or value in ("", {}):
        return ""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, timedelta):
        return f'`"{span(value).replace(" ", "")}"`'
    if isinstance(value, StrEnum):
        return f'`"{value.value}"`'
    return f"`{value:g}`"


def _sayings() -> dict[str, dict[str, str]]:
    """Class -> field -> the sentence that stands under it."""
    said: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(config)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        under = said.setdefault(node.name, {})
        for line, below in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(line, ast.AnnAssign)
                and isinstance(line.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
            ):
                under[line.target.id] = " ".join(str(below.value.value).split())
    return said


def shell() -> str:
    """`docs/shell.md`: the words above the mark as they are, the commands made anew below it."""
    page = ROOT / "docs" / "shell.md"
    words = page.read_text(encoding="utf-8").split(MADE)[0]
    parts = [words, MADE, "\n\n## Exit codes\n\n| code | means |\n|---|---|\n"]
    parts += [f"| {code.value} | {code.words} |\n" for code in Exit]
    parts.append("\n## Commands\n")
    parts += _commands(tree(), "greenroom")
    return "".join(parts)


def _commands(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    below: dict[str, argparse.ArgumentParser] = {}
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = dict(action.choices)
        elif not isinstance(action, argparse._HelpAction):
            shown = ", ".join(action.option_strings) or action.metavar or action.dest
            if action.option_strings and action.nargs != 0:
                shown += (
                    f" {action.metavar or ' or '.join(action.choices or [action.dest.upper()])}"
                )
            rows.append(f"| `{shown}` | {action.help} |\n")
    yield f"\n### `{name}`\n\n{parser.description or ''}\n"
    if rows:
        yield "\n| option | what it does |\n|---|---|\n"
        yield from rows
    for word, command in below.items():
        yield from _commands(command, f"{name} {word}")


MADE_DELIVERY = "<!-- From here on made by `make docs` from the code; change it there. -->"


def delivery() -> str:
    """`docs/delivery.md`: the words above the mark as they are, the tables made anew below it."""
    page = ROOT / "docs" / "delivery.md"
    words = page.read_text(encoding="utf-8").split(MADE_DELIVERY)[0]
    parts = [
        words,
        MADE_DELIVERY,
        "\n\n## Network by network\n\n",
        "| | one key once | can be looked for | after a lost answer | delete | edit |\n",
        "|---|---|---|---|---|---|\n",
    ]
    for name, can, _ in networks.known():
        has = [
            networks.has(one, can)
            for one in (
                Capability.IDEMPOTENT,
                Capability.FIND_SENT,
                Capability.DELETE,
                Capability.EDIT,
            )
        ]
        parts.append(
            f"| {name} | {has[0]} | {has[1]} | {after_a_doubt(can)} | {has[2]} | {has[3]} |\n"
        )
    parts.append(
        "\n## Every move\n\nEvery state has an answer for every event: the state that follows, or "
        "why it can't be.\n\n| event | "
        + " | ".join(f"`{state.value}`" for state in DeliveryState)
        + " |\n|---"
        + "|---" * len(DeliveryState)
        + "|\n"
    )
    for event in DeliveryEvent:
        answers = [TABLE[state, event] for state in DeliveryState]
        cells = [f"`{one}`" if isinstance(one, DeliveryState) else one for one in answers]
        parts.append(f"| {event.value} | {' | '.join(cells)} |\n")
    return "".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "docs/configuration.md": configuration,
    "docs/delivery.md": delivery,
    "docs/keys.md": keydoc.page,
    "docs/networks.md": networks.page,
    "docs/shell.md": shell,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which are not in step."""
    # The help's width must not depend on the terminal.
    os.environ["COLUMNS"] = "100"
    wrong = []
    for name, made in PAGES.items():
        page, text = ROOT / name, made()
        if "--check" not in arguments:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            wrong.append(name)
    if wrong:
        print(f"Not in step with the code: {', '.join(wrong)}. `make docs` writes them anew.")
        return 1
    if "--check" in arguments:
        print(f"In step with the code: {', '.join(PAGES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
