"""Asks for one line, or for yes or no."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from console.ui.keymap import Keymap
from console.ui.screens.frame import Framed, Title


class Ask(Framed[str]):
    """Answers with what was typed; None when the person goes back.

    `check` says in words what is wrong with an answer; empty when nothing is.
    """

    def __init__(
        self,
        question: str,
        *,
        hint: str = "",
        given: str = "",
        check: Callable[[str], str] | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.question = question
        self.check = check
        self.line = Input(compact=True, value=given, placeholder=hint)
        self.below = Title("Enter answers, Esc goes back", strong=False)

    def parts(self) -> Sequence[Widget]:
        """A question over a line."""
        return (Title(self.question), self.line, self.below)

    def on_mount(self) -> None:
        """Write at once."""
        self.add_class("-low")
        self.line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, if the answer can be."""
        words = self.check(event.value) if self.check is not None else ""
        if words:
            self.below.say(words)
        else:
            self.answer(event.value)

    def press(self, event: events.Key) -> None:
        """Only Esc has a meaning here; Enter belongs to the line."""
        if event.key == "escape":
            event.stop()
            self.answer(None)


class Confirm(Framed[bool]):
    """Answers yes or no; going back is no."""

    def __init__(self, question: str, *, yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self.question = question
        self.yes = yes
        self.no = no

    def parts(self) -> Sequence[Widget]:
        """A question and its two answers."""
        return (Title(self.question), Title(f"y {self.yes}, n {self.no}", strong=False))

    def on_mount(self) -> None:
        """It is as low as it can be, and has nothing to focus."""
        self.add_class("-low")
        self.ready = True

    def press(self, event: events.Key) -> None:
        """Enter is not an answer: it is pressed too easily."""
        if event.character in {"y", "Y"}:
            event.stop()
            self.answer(True)
        elif event.character in {"n", "N"} or event.key == "escape":
            event.stop()
            self.answer(False)
