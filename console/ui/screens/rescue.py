"""Asks where words are to go that the disk didn't take, until they are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from console.ui.keymap import Keymap
from console.ui.panes.band import Under
from console.ui.screens.frame import Framed, Title

DROP = "drop"
"""What is typed instead of a file by whoever leaves without the words."""


class Rescue(Framed[str]):
    """Answers with the file that has the words, with `DROP`, or with None: back.

    `put` puts them there; what it answers is why it could not, empty when they are there.
    """

    DEFAULT_CSS = """
    Rescue Under { padding: 1 0 0 0; }
    """

    def __init__(
        self,
        given: str,
        put: Callable[[str], Awaitable[str]],
        *,
        leaving: bool = False,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.leaving = leaving
        self.put = put
        self.trying = False
        self.line = Input(compact=True, value=given)
        self.below = Under()

    def parts(self) -> Sequence[Widget]:
        """A question over a line, and what there is to say under it."""
        what = "Words of yours are not on disk" if self.leaving else "Save the words elsewhere"
        return (Title(f"{what}. To which file?"), self.line, self.below)

    def on_mount(self) -> None:
        """Write at once."""
        self.add_class("-low")
        self.line.focus()
        self._say("")

    def _say(self, wrong: str) -> None:
        said = [(wrong, "warn")] if wrong else []
        if self.leaving:
            how = (
                "Enter saves them there and quits, Esc stays. To quit without them, type "
                f"{DROP} instead of the file."
            )
        else:
            how = "Enter saves them there, Esc goes back. A file that is there is left alone."
        self.below.say(*said, (how, "quiet"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Try it; what waits for the disk is not a handler's."""
        event.stop()
        if self.trying or not event.value.strip():
            return
        if self.leaving and event.value.strip() == DROP:
            self.answer(DROP)
            return
        self.trying = True
        self.run_worker(self._try(event.value), exit_on_error=False)

    async def _try(self, named: str) -> None:
        try:
            wrong = await self.put(named)
        finally:
            self.trying = False
        if wrong:
            self._say(wrong)
        else:
            self.answer(named)

    def press(self, event: events.Key) -> None:
        """Only Esc has a meaning here; Enter belongs to the line."""
        if event.key == "escape":
            event.stop()
            self.answer(None)
