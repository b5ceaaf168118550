"""What can still be done to words that have left: delete them, edit them, or leave them.

The keys that delete mean nothing on the desk, so a key that was typed ahead deletes nothing; and
`z`, which leads here, does nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from connectors.contract import Lane
from console.desk import story
from console.ui import safe
from console.ui.keymap import Keymap
from console.ui.keys import BY_ID, Command, Context
from console.ui.panes.footer import KeyLine
from console.ui.panes.timeline import Line
from console.ui.screens.frame import Framed, Page, Title
from console.ui.themes import Ink
from console.ui.wording import LANES, moment

if TYPE_CHECKING:
    from console.engine.recalls import RecallOffer, Sent

DELETE, BOTH, EDIT, DROP = "recall-delete", "recall-both", "recall-edit", "recall-drop"


def choices(offer: RecallOffer) -> dict[str, str]:
    """Each thing that could be done, with the reason why it can't; empty where it can."""
    first = offer.legs[0]
    pending = first.pending
    untried = pending is not None and not pending.tries
    found = {
        DELETE: "It is being deleted already." if _deleting(first) else first.cannot_delete,
        EDIT: "It is being deleted already." if _deleting(first) else first.cannot_edit,
    }
    if len(offer.legs) > 1:
        others = [leg.cannot_delete for leg in offer.legs if leg.cannot_delete]
        found[BOTH] = others[0] if others else found[DELETE]
    if pending is not None:
        found[DROP] = "" if untried else "The network has been asked already."
    return found


def _deleting(sent: Sent) -> bool:
    return sent.pending is not None and sent.pending.text is None


class RecallPage(Page):
    """The words, who may have seen them, and what can be done."""

    def __init__(
        self, offer: RecallOffer, keys: Keymap, now: datetime, zone: tzinfo | None
    ) -> None:
        super().__init__()
        self.offer = offer
        self.keys = keys
        self.now = now
        self.zone = zone

    def lines(self, room: int, ink: Ink) -> list[Line]:
        """All of it for a width."""
        lines: list[Line] = []

        def add(text: str, style: str = "text", indent: int = 1) -> None:
            parts = safe.wrap(safe.block(text, 2_000), max(room - indent - 1, 20))
            lines.extend([(" " * indent, None), (part, getattr(ink, style))] for part in parts)

        first = self.offer.legs[0]
        add(first.text, "text", 3)
        lines.append([])
        for words, style in self._about(first):
            add(words, style)
        lines.append([])
        for name, why in choices(self.offer).items():
            key = self.keys.key(name, Context.RECALL)
            row = BY_ID[name]
            if why:
                add(f"{key}  {row.title}: can't be done. {why}", "quiet", 3)
            else:
                lines.append([("   ", None), (key, ink.accent), (f"  {row.title}", ink.text)])
                add(self._meaning(name), "quiet", 6)
        back = self.keys.key("back", Context.RECALL)
        lines.append([("   ", None), (back, ink.accent), ("  Leave it as it is", ink.text)])
        return lines

    def _about(self, sent: Sent) -> Iterator[tuple[str, str]]:
        if sent.seen_by:
            yield sent.seen_by, "warn"
        if sent.pending is not None:
            yield f"It is {story.wished(sent.pending)}.", "accent"
        elif sent.withdrawals:
            last = sent.withdrawals[-1]
            at = f" {moment(last.settled_at, self.now, self.zone)}" if last.settled_at else ""
            yield f"Before: {story.wished(last)}{at}.", "quiet"
        if self.offer.warning:
            yield self.offer.warning, "warn"

    def _meaning(self, name: str) -> str:
        first = self.offer.legs[0]
        match name:
            case "recall-delete":
                return first.stays
            case "recall-edit":
                return first.stays_edited
            case "recall-both":
                other = self.offer.legs[1]
                return f"The other one, {LANES[other.delivery.outgoing.lane]}: “{other.text}”"
        return "Nothing has been asked of the network yet."


class Recall(Framed[str]):
    """Answers with the name of the command that was chosen; None leaves everything as it is."""

    context: ClassVar[Context] = Context.RECALL

    def __init__(
        self,
        offer: RecallOffer,
        now: datetime,
        *,
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.offer = offer
        self.page = RecallPage(offer, self.keys, now, zone)
        self.below = Title("", strong=False)
        self.footer = KeyLine(self.keys)
        self.can = choices(offer)

    def parts(self) -> Sequence[Widget]:
        """The page between its title and its keys."""
        lane = self.offer.legs[0].delivery.outgoing.lane
        what = "message" if lane is Lane.PRIVATE else "reply"
        title = f"It has left: {LANES[lane]} {what} to {self.offer.contact_name}"
        return (Title(title, self.offer.network), self.page, self.below, self.footer)

    def on_mount(self) -> None:
        """Read first."""
        self.page.focus()
        missing = {name for name in (DELETE, BOTH, EDIT, DROP) if self.can.get(name, "no")}
        self.footer.show(context=Context.RECALL, missing=frozenset(missing))

    def act(self, command: Command) -> None:
        """Answer, or say why not."""
        why = self.can.get(command.id)
        if why:
            self.below.say(why)
        elif why is not None:
            self.answer(command.id)
        elif command.id not in {DELETE, BOTH, EDIT, DROP}:
            super().act(command)
