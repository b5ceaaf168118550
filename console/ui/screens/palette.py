"""The palette: finds a command by its name, and shows its key for the next time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from textual.widget import Widget
from textual.widgets import Input

from console.ui.keymap import Keymap
from console.ui.keys import BY_ID, COMMANDS, Command
from console.ui.screens.frame import Entries, Entry, Framed, Title


def score(typed: str, words: str) -> int:
    """How well the letters fit, 0 for not at all: in a row and at the start of words is best."""
    typed, words = typed.lower().replace(" ", ""), words.lower()
    if not typed:
        return 1
    points, place, run = 0, 0, 0
    for letter in typed:
        found = words.find(letter, place)
        if found < 0:
            return 0
        start = found == 0 or not words[found - 1].isalnum()
        run = run + 1 if found == place and points else 1
        points += 1 + 4 * start + 3 * (run > 1)
        place = found + 1
    return 10 * points - len(words)


def ranked(typed: str, commands: Sequence[Command]) -> list[Command]:
    """The commands that fit, best first."""
    scored = [
        (max(score(typed, row.title), score(typed, row.id)) + 500, row)
        if max(score(typed, row.title), score(typed, row.id)) > 0
        else (score(typed, row.help) if len(typed) > 3 else 0, row)
        for row in commands
    ]
    fitting = [(points, place, row) for place, (points, row) in enumerate(scored) if points > 0]
    return [row for _, _, row in sorted(fitting, key=lambda found: (-found[0], found[1]))]


class Palette(Framed[str]):
    """Answers with the id of a command."""

    def __init__(
        self,
        keys: Keymap,
        *,
        leave_out: Collection[str] = ("palette",),
        cannot: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(keys)
        self.commands = [row for row in COMMANDS if row.id not in leave_out]
        self.cannot = dict(cannot or {})
        """Commands that can't be used now, with the reason."""
        self.found: list[Command] = []
        self.line = Input(compact=True, placeholder="a command")
        self.list = Entries(row_height=2)

    def parts(self) -> Sequence[Widget]:
        """A line over a list."""
        return (Title("Commands", "Enter does it, Esc goes back"), self.line, self.list)

    def on_mount(self) -> None:
        """Show them all."""
        self.list.words = "No command is called that."
        self.find("")
        self.line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        self.find(event.value)

    def find(self, typed: str) -> None:
        """Show what fits."""
        self.found = ranked(typed, self.commands)
        self.list.fill([self._entry(row) for row in self.found])

    def _entry(self, row: Command) -> Entry:
        why = self.cannot.get(row.id)
        keys = " or ".join(self.keys.keys(row))
        return Entry(row.title, keys, why or row.help, "quiet" if why else "strong")

    def on_line_list_chosen(self, notice: Entries.Chosen) -> None:
        """Answer with it, if it can be used."""
        row = self.found[notice.id]
        if row.id not in self.cannot:
            self.answer(BY_ID[row.id].id)
