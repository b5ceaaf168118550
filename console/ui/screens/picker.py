"""Picks a template: a list, and what the chosen one would say with its slots filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual.widget import Widget
from textual.widgets import Input

from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.panes.editor import SLOT
from console.ui.panes.timeline import Line
from console.ui.screens.frame import Entries, Entry, Framed, Page, Title
from console.ui.screens.palette import score
from console.ui.themes import Ink


class Offered(Protocol):
    """A template as it would be said here."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def title(self) -> str:
        """What it is for, in words."""

    @property
    def language(self) -> str | None:
        """The language it is in."""

    @property
    def text(self) -> str:
        """The text with its slots filled; those that couldn't be stand in braces."""


class Preview(Page):
    """What a template would say; open slots stand out."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def show(self, text: str) -> None:
        """Show a text."""
        self.text = text
        self.top = 0
        self.lay()

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """The text for a width."""
        lines: list[Line] = []
        for part in safe.wrap(safe.block(self.text, 10_000), room - 3):
            line: Line = [("  ", None)]
            end = 0
            for slot in SLOT.finditer(part):
                line += [(part[end : slot.start()], ink.text), (slot.group(), ink.warn)]
                end = slot.end()
            lines.append([*line, (part[end:], ink.text)])
        return lines


class Picker(Framed[str]):
    """Answers with the name of a template."""

    DEFAULT_CSS = """
    Picker Preview { height: 40%; border-top: solid $panel; }
    Picker.-ascii Preview { border-top: ascii $panel; }
    """

    def __init__(self, offers: Sequence[Offered], keys: Keymap | None = None) -> None:
        super().__init__(keys)
        self.offers = tuple(offers)
        self.found: list[Offered] = []
        self.line = Input(compact=True, placeholder="a template")
        self.list = Entries(row_height=1)
        self.preview = Preview()

    def parts(self) -> Sequence[Widget]:
        """A line over a list over what the chosen one says."""
        title = Title("Templates", "Enter puts it in, Esc goes back")
        return (title, self.line, self.list, self.preview)

    def on_mount(self) -> None:
        """Show them all."""
        self.list.words = (
            "No template is called that." if self.offers else "There are no templates for here yet."
        )
        self.find("")
        self.line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        self.find(event.value)

    def find(self, typed: str) -> None:
        """Show what fits, best first."""
        scored = [
            (max(score(typed, offer.title), score(typed, offer.name)), -place, offer)
            for place, offer in enumerate(self.offers)
        ]
        scored.sort(key=lambda found: found[:2], reverse=True)
        fitting = [found for found in scored if found[0] > 0]
        self.found = [offer for _, _, offer in (fitting if typed else scored)]
        if not typed:
            self.found = list(self.offers)
        self.list.fill([self._entry(offer) for offer in self.found])
        self._preview()

    @staticmethod
    def _entry(offer: Offered) -> Entry:
        open_slots = len(SLOT.findall(offer.text))
        holes = f"{open_slots} to fill  " if open_slots else ""
        return Entry(offer.title or offer.name, f"{holes}{offer.language or ''}", offer.name)

    def _preview(self) -> None:
        current = self.list.current
        self.preview.show("" if current is None else self.found[current].text)

    def on_line_list_highlighted(self) -> None:
        """Show what it says."""
        self._preview()

    def on_line_list_chosen(self, notice: Entries.Chosen) -> None:
        """Answer with it."""
        self.answer(self.found[notice.id].name)
