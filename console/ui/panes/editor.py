"""The text that is being written: Textual's editor with our slots, our pastes and our slash."""

from __future__ import annotations

import re
from typing import Self

from textual import events
from textual.geometry import Region
from textual.message import Message as Notice
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from console.desk.plain import plain
from console.ui import safe
from console.ui.lines import Inked, LineScreen

SLOT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
PASTE_LIMIT = 40_000
LINE_LIMIT = 2_000
"""A longer line makes the editor slow; it is broken up on paste."""

JOINERS = "\u200c\u200d"
"""Textual takes these for no sign at all: families of emoji and Persian words hang on them."""


class Editor(TextArea, Inked):
    """A text that is being written."""

    class TemplateWanted(Notice):
        """A slash was typed on an empty line."""

    class Pasted(Notice):
        """A paste was changed or refused; the words say how."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        self._changing = False
        super().__init__(
            id=id,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self.cursor_blink = False
        self.match_cursor_bracket = False

    def edit(self, edit: Edit) -> EditResult:
        """Change the text. A change within one line that leaves the others in their places is
        painted at once, and alone."""
        height, top = self.wrapped_document.height, self.scroll_offset.y
        self._changing = True
        try:
            result = super().edit(edit)
        finally:
            self._changing = False
        row = self.cursor_location[0]
        stays = (height, top) == (self.wrapped_document.height, self.scroll_offset.y)
        if not stays or edit.top[0] != row or edit.bottom[0] != row:
            self.refresh()
            return result
        place = self.wrapped_document.location_to_offset
        first, last = place((row, 0)).y - top, place((row, len(self.document[row]))).y - top
        self.paint(range(max(first, 0), min(last + 1, self.size.height)))
        if isinstance(self.screen, LineScreen):
            self.screen.paint_now()
        return result

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Textual has the whole editor painted at every letter; here `edit` knows what changed."""
        if self._changing and not layout and not recompose:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    async def _on_key(self, event: events.Key) -> None:
        if event.character == "/" and not self.document[self.cursor_location[0]].strip():
            event.stop()
            event.prevent_default()
            self.post_message(self.TemplateWanted())
        elif event.character and event.character in JOINERS:
            event.stop()
            event.prevent_default()
            self.put(event.character)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Put text in at the cursor, made harmless; very long lines are broken up."""
        if len(text) > PASTE_LIMIT:
            self.post_message(
                self.Pasted(
                    f"What you pasted has {len(text):,} characters, and no network takes that "
                    "many. Nothing was put in; paste a part of it."
                )
            )
            return
        text = plain(text)
        if any(len(part) > LINE_LIMIT for part in text.split("\n")):
            text = "\n".join(
                piece
                for part in text.split("\n")
                for piece in (safe.wrap(part, 1_000) if len(part) > LINE_LIMIT else [part])
            )
            self.post_message(
                self.Pasted("A very long line was broken up; look it over before you send it.")
            )
        self.put(text)

    def put(self, text: str) -> None:
        """Put text in at the cursor, in place of what is selected. It can be undone."""
        if not self.read_only:
            start, end = sorted(self.selection)
            self.replace(text, start, end)

    def set_text(self, text: str) -> None:
        """Replace the whole text. It can be undone."""
        if text != self.text:
            self.replace(text, (0, 0), self.document.end)
            self.move_cursor(self.document.end)

    def next_slot(self) -> bool:
        """Select the next slot that is still open, the first after the last; False: none."""
        text = self.text
        slots = list(SLOT.finditer(text))
        if not slots:
            return False
        after = self._index(max(self.selection))
        begin = self._index(min(self.selection))
        # Standing in front of a slot that isn't selected yet, that one is next.
        chosen = next(
            (
                slot
                for slot in slots
                if slot.start() >= after or (begin == after and slot.start() == begin)
            ),
            slots[0],
        )
        self.move_cursor(self._location(text, chosen.start()))
        self.move_cursor(self._location(text, chosen.end()), select=True)
        self.scroll_cursor_visible()
        return True

    def _index(self, location: tuple[int, int]) -> int:
        row, column = location
        return sum(len(self.document[line]) + 1 for line in range(row)) + column

    @staticmethod
    def _location(text: str, index: int) -> tuple[int, int]:
        row = text.count("\n", 0, index)
        return row, index - (text.rfind("\n", 0, index) + 1)
