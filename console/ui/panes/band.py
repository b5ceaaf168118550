"""The band over the composer: who will read this, and how much room is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from connectors.contract import Audience, Lane, Room
from console.desk.handoff import subject
from console.desk.model import ThreadView
from console.ui import safe
from console.ui.glyphs import FULL, Glyphs
from console.ui.lines import Lines
from console.ui.safe import Span
from console.ui.themes import Ink

Units = Callable[[Lane], str]
"""What texts in a lane are counted in."""


class Whom(NamedTuple):
    """Where a text goes: lane, person, network, and the widest audience it may have."""

    lane: Lane
    name: str
    network: str
    audience: Audience = Audience.EVERYONE
    warning: str = ""
    """The content warning, or the subject line, that the reply will carry too."""
    headed: bool = False
    """It is a subject line."""
    address: str = ""
    """Where it goes, if that isn't where they wrote from."""


def whom_of(view: ThreadView, lane: Lane) -> Whom:
    """Who reads what is written into a lane of this thread."""
    bound, route, leaves = view.lane(lane), view.route(lane), view.leaves(lane)
    audience = bound.audience if bound else Audience.NAMED
    over = bound or view.lane(Lane.PUBLIC)
    warning = (over.warning if over else None) or ""
    return Whom(
        lane=lane,
        name=view.row.contact_name or view.row.handle,
        network=route.network,
        audience=audience if lane is Lane.PUBLIC else Audience.NAMED,
        warning=subject(view) if leaves and bound is None else warning,
        headed=lane in view.headed,
        address=route.address.handle if leaves else "",
    )


_READ_BY = {
    Audience.EVERYONE: "everyone can read this",
    Audience.QUIET: "everyone can read this, it isn't announced",
    Audience.FOLLOWERS: "our followers can read this",
    Audience.NAMED: "those it names can read this",
}


def room_words(room: Room, unit: str) -> str:
    """What is left: `412 characters left`, `12 characters too many`, `80 characters`."""
    left = room.left
    one = unit[:-1] if unit.endswith("s") else unit
    if left is None:
        return f"{room.used:,} {one if room.used == 1 else unit}"
    if left < 0:
        return f"{-left:,} {one if left == -1 else unit} too many"
    return f"{left:,} {one if left == 1 else unit} left"


def band_ends(
    whom: Whom, room: int, ink: Ink, *, left: Room | None, unit: str, signs: Glyphs
) -> tuple[list[Span], list[Span]]:
    """What stands at either end. PUBLIC stands in a filled block, PRIVATE between brackets: they
    differ in shape as well."""
    who = safe.line(whom.name, 40) or "them"
    network = safe.line(whom.network, 24)
    strong = ink.public + Style(reverse=True)
    spans: list[Span]
    if whom.lane is Lane.PUBLIC:
        spans = [
            (f"{signs.open}PUBLIC{signs.close}", strong),
            (f" reply to {who} on {network}", ink.text),
        ]
        spans.append((f", {_READ_BY[whom.audience]}", ink.quiet))
    else:
        spans = [("[PRIVATE]", ink.private), (f" only {who} on {network}", ink.text)]
        if whom.address:
            spans.append((f", {safe.line(whom.address, 80)}", ink.strong))
    if whom.warning:
        what = "subject" if whom.headed else "content warning"
        spans.append((f", under the {what}: {safe.line(whom.warning, 60)}", ink.quiet))
    right: list[Span] = []
    if left is not None:
        over = left.left is not None and left.left < 0
        text = room_words(left, unit)
        if room < 60 and left.left is not None:
            text = f"{left.left:,} left" if not over else f"{-left.left:,} too many"
        right = [(f"{text} ", ink.bad if over else ink.quiet)]
    return spans, right


def draw_band(
    whom: Whom, room: int, ink: Ink, *, left: Room | None, unit: str, signs: Glyphs
) -> Strip:
    """The band as one line."""
    spans, right = band_ends(whom, room, ink, left=left, unit=unit, signs=signs)
    return safe.both_ends(spans, right, room)


class Band(Lines):
    """The band."""

    def __init__(self, *, id: str | None = None, signs: Glyphs = FULL) -> None:  # noqa: A002
        super().__init__(id=id)
        self.signs = signs
        self.whom: Whom | None = None
        self.left: Room | None = None
        self.unit = "characters"

    def state(self) -> object:
        """Everything it says."""
        return (self.whom, self.left, self.unit)

    def show(self, whom: Whom, left: Room | None, unit: str) -> None:
        """Change what it says."""
        if (whom, left, unit) != (self.whom, self.left, self.unit):
            self.whom, self.left, self.unit = whom, left, unit
            self.refresh()

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        if self.whom is None:
            return [safe.strip((), room)]
        return [draw_band(self.whom, room, ink, left=self.left, unit=self.unit, signs=self.signs)]


class Under(Lines):
    """Sentences under the text: findings, and what the public line will say."""

    DEFAULT_CSS = """
    Under { height: auto; max-height: 10; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.said: tuple[tuple[str, str], ...] = ()

    def state(self) -> object:
        """The sentences."""
        return self.said

    def say(self, *said: tuple[str, str]) -> None:
        """Show these sentences, each with the name of its ink (`warn`, `quiet`)."""
        if said != self.said:
            self.said = said
            self.display = bool(said)
            self.refresh(layout=True)

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """A sentence may take several lines."""
        return [
            safe.strip([(" ", None), (part, getattr(ink, look))], room)
            for text, look in self.said
            for part in safe.wrap(safe.block(text, 2_000), max(room - 2, 8))
        ]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As high as its sentences."""
        return len(self.lines(width)) if self.said else 0
