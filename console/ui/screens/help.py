"""The help: the whole command table, by what one wants to do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget

from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.keys import COMMANDS, Command, Context, Group
from console.ui.panes.timeline import Line
from console.ui.screens.frame import Framed, Page, Title
from console.ui.themes import Ink

_OWN = {
    Context.COMPOSER: Group.WRITE,
    Context.DECK: Group.DECK,
    Context.DRAFTS: Group.DECK,
    Context.OUTBOX: Group.OUTBOX,
    Context.RECALL: Group.OUTBOX,
}
"""Places that have a heading of their own."""


def help_lines(keys: Keymap, where: Context, room: int, ink: Ink) -> list[Line]:
    """The table for a width; the keys of the place that asks stand first."""
    lines: list[Line] = []
    column = 18
    for group in sorted(Group, key=lambda group: group is not _OWN.get(where)):
        lines.append([(f" {group.value}", ink.strong)])
        for row in COMMANDS:
            if row.group is not group:
                continue
            shown = " or ".join(keys.keys(row))
            parts = safe.wrap(f"{row.title}. {row.help}", max(room - column - 1, 20))
            lines.append([(safe.fit(f"   {shown}", column), ink.accent), (parts[0], ink.text)])
            lines.extend([(" " * column, None), (part, ink.text)] for part in parts[1:])
        lines.append([])
    for text in (
        "Letters act only where you aren't writing. Ctrl+K finds a command by its name.",
        "PUBLIC is read by everyone, PRIVATE by the customer alone.",
    ):
        lines.extend([(f" {part}", ink.quiet)] for part in safe.wrap(text, room - 2))
    return lines


class HelpPage(Page):
    """The table."""

    def __init__(self, keys: Keymap, where: Context) -> None:
        super().__init__()
        self.keys = keys
        self.where = where

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """The table for a width."""
        return help_lines(self.keys, self.where, room, ink)


class Help(Framed[None]):
    """The help."""

    context = Context.OUTBOX

    def __init__(self, keys: Keymap, where: Context) -> None:
        super().__init__(keys)
        self.where = where

    def parts(self) -> Sequence[Widget]:
        """A page."""
        return (Title("Keys", "Esc goes back"), HelpPage(self.keys, self.where))

    def on_mount(self) -> None:
        """Read at once."""
        self.query_one(HelpPage).focus()

    def act(self, command: Command) -> None:
        """The help's own keys close it again."""
        if command.id in {"help", "quit"}:
            self.answer(None)
        else:
            super().act(command)
