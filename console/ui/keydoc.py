"""Writes `docs/keys.md` from the command table: `python -m console.ui.keydoc docs/keys.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from console.ui.keys import COMMANDS, Context, Group

_HEAD = """# Keys

Made from the command table by `python -m console.ui.keydoc docs/keys.md`; change it there.

Letter keys act only where no editor has the focus. `?` shows this table, `Ctrl+K` finds a command
by its name.

Keys can be changed in the configuration, by the command's name. A clash, an unknown name or a key
that terminals can't tell apart is said at the start.

```toml
[keys]
done = "a"
inbox = ["g i", "F2"]
```
"""


def _where(contexts: frozenset[Context]) -> str:
    if contexts == frozenset(Context):
        return "everywhere"
    return ", ".join(context.value for context in Context if context in contexts)


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for group in Group:
        rows = [command for command in COMMANDS if command.group is group]
        parts.append(
            f"\n## {group.value}\n\n| keys | command | name | where |\n|---|---|---|---|\n"
        )
        for row in rows:
            keys = " or ".join(f"`{key}`" for key in row.keys)
            where = _where(row.contexts)
            parts.append(f"| {keys} | {row.title}: {row.help} | `{row.id}` | {where} |\n")
    return "".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    check = "--check" in arguments
    paths = [Path(argument) for argument in arguments if argument != "--check"]
    for path in paths:
        if not check:
            path.write_text(page(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != page():
            sys.stderr.write(f"{path} is not what the command table says; write it anew.\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
