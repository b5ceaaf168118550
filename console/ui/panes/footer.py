"""The line at the bottom: the keys that act here, and what is leaving."""

from __future__ import annotations

from collections.abc import Collection

from textual.strip import Strip

from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.keys import Context, in_context
from console.ui.lines import Lines
from console.ui.safe import Span
from console.ui.themes import Ink

_ORDER = (
    "approve", "edit-draft", "postpone", "discard", "next-draft", "approve-all", "list-drafts",
    "send", "ready", "next-slot", "insert-template", "editor",
    "arrived", "resend", "give-up",
    "open", "reply", "handoff", "done", "template", "note", "undo", "drafts", "search", "back",
    "help",
)  # fmt: skip


def draw_footer(
    keys: Keymap,
    context: Context,
    room: int,
    ink: Ink,
    *,
    leaving: int = 0,
    begun: tuple[str, ...] = (),
    words: str = "",
    missing: Collection[str] = (),
) -> Strip:
    """The commands with a label that act there. The help key is always among them.

    `begun` is a chord that waits for its next key; `words` something that has just happened;
    `missing` the ids of commands that can't be used now.
    """
    right: list[Span] = [(f"{leaving} leaving ", ink.accent)] if leaving else []
    if words:
        return safe.both_ends([(" ", None), (safe.line(words), ink.text)], right, room)
    if begun:
        typed = " ".join(begun)
        left: list[Span] = [(f" {typed} ", ink.accent), ("then: ", ink.quiet)]
        for command in in_context(context):
            for chord in keys.keys(command):
                if chord.startswith(f"{typed} "):
                    left += [(chord[len(typed) + 1 :], ink.accent)]
                    left += [(f" {command.title.lower()}  ", ink.quiet)]
        return safe.both_ends(left, right, room)
    rows = [
        command for command in in_context(context) if command.label and command.id not in missing
    ]
    rows.sort(key=lambda command: _ORDER.index(command.id) if command.id in _ORDER else 99)
    if context is Context.INBOX:
        rows = [command for command in rows if command.id not in {"back", "open"}]
    parts = [(keys.key(command, context), command.label, command.id) for command in rows]
    space = room - sum(safe.width(text) for text, _ in right) - 2
    while parts and sum(safe.width(key) + safe.width(said) + 3 for key, said, _ in parts) > space:
        loose = [place for place, part in enumerate(parts) if part[2] != "help"]
        if not loose:
            break
        parts.pop(loose[-1])
    spans: list[Span] = [(" ", None)]
    for key, said, _ in parts:
        spans += [(key, ink.accent), (f" {said}  ", ink.quiet)]
    return safe.both_ends(spans, right, room)


class KeyLine(Lines):
    """The footer."""

    def __init__(self, keys: Keymap, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.keys = keys
        self.context = Context.INBOX
        self.leaving = 0
        self.begun: tuple[str, ...] = ()
        self.words = ""
        self.missing: frozenset[str] = frozenset()

    def state(self) -> object:
        """Everything it says."""
        return (self.context, self.leaving, self.begun, self.words, self.missing)

    def show(
        self,
        *,
        context: Context | None = None,
        leaving: int | None = None,
        begun: tuple[str, ...] | None = None,
        words: str | None = None,
        missing: frozenset[str] | None = None,
    ) -> None:
        """Change some of what it says; repaints only when something shows."""
        before = self.state()
        self.context = self.context if context is None else context
        self.leaving = self.leaving if leaving is None else leaving
        self.begun = self.begun if begun is None else begun
        self.words = self.words if words is None else words
        self.missing = self.missing if missing is None else missing
        if self.state() != before:
            # Left to Textual: keys that a pane brings with it are named when the pane is there.
            self.refresh()

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        return [
            draw_footer(
                self.keys,
                self.context,
                room,
                ink,
                leaving=self.leaving,
                begun=self.begun,
                words=self.words,
                missing=self.missing,
            )
        ]
