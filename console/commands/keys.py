"""`keys`: every key and what it does, from the one table."""

from __future__ import annotations

import argparse

from console.commands.opened import house
from console.commands.saying import say, table


def keys(_asked: argparse.Namespace) -> int:
    """List the keys as they are for you."""
    from console.ui.keymap import keymap
    from console.ui.keys import COMMANDS, Group

    yours = keymap(house().config.keys)
    for number, group in enumerate(Group):
        if number:
            say()
        say(group.value)
        table(
            [
                (f"  {' or '.join(yours.keys(command))}", command.title, command.help)
                for command in COMMANDS
                if command.group is group
            ]
        )
    return 0
