"""What was said: how things stand, and everything that a line has told and taken away again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from textual.widget import Widget

from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.keys import Command, Context
from console.ui.panes.timeline import Line
from console.ui.screens.frame import Framed, Page, Title
from console.ui.themes import Ink
from console.ui.wording import moment

if TYPE_CHECKING:
    from console.ui.doing.telling import Told


class NoticesPage(Page):
    """How things stand, over what was said, the newest first."""

    def __init__(
        self, standing: Sequence[str], told: Sequence[Told], now: datetime, zone: tzinfo | None
    ) -> None:
        super().__init__()
        self.standing = standing
        self.told = told
        self.now = now
        self.zone = zone

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """All of it for a width."""
        lines: list[Line] = [[(" How things stand", ink.strong)]]
        for words in self.standing or ("All is well.",):
            look = ink.warn if self.standing else ink.text
            parts = safe.wrap(safe.block(words, 2_000), room - 4)
            lines.extend([("   ", None), (part, look)] for part in parts)
            lines.append([])
        lines.append([(" What was said, the newest first", ink.strong)])
        for told in self.told:
            at = f"   {moment(told.at, self.now, self.zone)}  "
            parts = safe.wrap(safe.block(told.words, 2_000), max(room - len(at) - 1, 20))
            look = ink.warn if told.trouble else ink.text
            lines.append([(at, ink.quiet), (parts[0], look)])
            lines.extend([(" " * len(at), None), (part, look)] for part in parts[1:])
        if not self.told:
            lines.append([("   Nothing yet.", ink.quiet)])
        return lines


class Notices(Framed[None]):
    """The page in its frame."""

    context = Context.OUTBOX

    def __init__(
        self,
        standing: Sequence[str],
        told: Sequence[Told],
        *,
        now: datetime,
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.page = NoticesPage(standing, told, now, zone)

    def parts(self) -> Sequence[Widget]:
        """A page."""
        return (Title("What was said", "Esc goes back"), self.page)

    def on_mount(self) -> None:
        """Read at once."""
        self.page.focus()

    def act(self, command: Command) -> None:
        """Moves, and back."""
        if command.id in {"back", "first", "last", "next", "previous", "page-down", "page-up"}:
            super().act(command)
