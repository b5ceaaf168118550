"""Other words for a message that has left: written here, and asked about before they go there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from connectors.contract import Room
from console.ui import safe
from console.ui.keymap import Keymap, Pending, pressed
from console.ui.keys import Command, Context
from console.ui.lines import Lines
from console.ui.panes.editor import Editor
from console.ui.screens.frame import Framed, Title
from console.ui.themes import Ink

if TYPE_CHECKING:
    from console.desk.checks import Finding

REST = 0.3
"""Seconds of rest after which what was typed is kept."""


class NewWords(NamedTuple):
    """What was written, and whether the checks' objections are overridden."""

    text: str
    anyway: bool = False


class Against(Lines):
    """What stands against the words, or what the keys do: a few lines."""

    DEFAULT_CSS = """
    Against { height: 3; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.key = ""
        """What to press; always in view, however long the words are."""

    def state(self) -> object:
        """The words."""
        return (self.words, self.key)

    def say(self, words: str, key: str = "") -> None:
        """Change the words."""
        if (words, key) != (self.words, self.key):
            self.words, self.key = words, key
            self.refresh()

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """The words over the key."""
        look = ink.warn if self.key else ink.quiet
        height = 2 if self.key else 3
        parts = safe.wrap(safe.line(self.words, 600), max(room - 2, 20))[:height]
        lines = [safe.strip([(" ", None), (part, look)], room) for part in parts]
        if self.key:
            lines.append(safe.strip([(" ", None), (safe.line(self.key), ink.quiet)], room))
        return lines


class Reword(Framed[NewWords]):
    """Answers with the new words; None when a person goes back, and what was written is kept."""

    DEFAULT_CSS = """
    Reword Editor { height: 1fr; border: none; padding: 0 1; }
    """
    context: ClassVar[Context] = Context.COMPOSER

    def __init__(
        self,
        title: str,
        text: str,
        *,
        measure: Callable[[str], Room],
        keep: Callable[[str], None],
        objections: Sequence[Finding] = (),
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.given = text
        self.measure = measure
        self.keep = keep
        self.objections = tuple(objections)
        self.heading = title
        self.title_line = Title(title)
        self.editor = Editor()
        self.below = Against()
        self._resting: Timer | None = None

    def parts(self) -> Sequence[Widget]:
        """The text under its title; what stands against it, or what the keys do, below."""
        return (self.title_line, self.editor, self.below)

    def on_mount(self) -> None:
        """Write at once, at the end of the words that stand there."""
        self.add_class("-wide")
        self.editor.set_text(self.given)
        self.editor.focus()
        self._say()

    def _say(self) -> None:
        room = self.measure(self.editor.text)
        self.title_line.say(self.heading, "" if room.left is None else f"{room.left:,} left")
        send = self.keys.key("send", self.context)
        override = self.keys.key("override", self.context)
        if not self.objections:
            self.below.say(f"{send} puts these words there, after a question. Esc goes back.")
            return
        first = self.objections[0]
        how = "It can't go there as it is." if first.stops else f"{override}: all the same"
        self.below.say(first.words, how)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep what is typed, as soon as the hands rest."""
        event.stop()
        if self.editor.text != self.given:
            self.objections = ()
        self._say()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, lambda: self.keep(self.editor.text))

    def on_editor_pasted(self, notice: Editor.Pasted) -> None:
        """A paste was changed or refused."""
        self.below.say(safe.line(notice.words))

    def on_editor_template_wanted(self) -> None:
        """A slash is only a slash here."""
        self.editor.put("/")

    def press(self, event: events.Key) -> None:
        """Everything but the composer's own keys belongs to the text."""
        key = pressed(event.key, event.character)
        if len(key) == 1 or key in {"Space", "Home", "End"}:
            return
        answer = self.chords.press(key, self.context)
        if answer is not None and not isinstance(answer, Pending):
            event.stop()
            event.prevent_default()
            self.act(answer)

    def act(self, command: Command) -> None:
        """Send, send all the same, to the next slot, or back."""
        text = self.editor.text
        if command.id == "send":
            self.answer(NewWords(text))
        elif command.id == "override" and not any(one.stops for one in self.objections):
            self.answer(NewWords(text, anyway=bool(self.objections)))
        elif command.id == "next-slot":
            self.editor.next_slot()
        elif command.id == "back":
            self.keep(text)
            self.answer(None)
        elif command.id == "help":
            super().act(command)
