"""The drafts: words that wait to be read again and sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from textual.widget import Widget

from console.desk.model import DraftKind
from console.ui.keymap import Keymap
from console.ui.screens.frame import Entries, Entry, Framed, Title
from console.ui.wording import LANES, count, moment

if TYPE_CHECKING:
    from console.engine.reading import DraftRow


class Drafts(Framed[int]):
    """Answers with the id of a draft's thread."""

    def __init__(
        self,
        rows: Sequence[DraftRow],
        now: datetime,
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.drafts = tuple(rows)
        self.now = now
        self.zone = zone
        self.list = Entries(row_height=3)

    def parts(self) -> Sequence[Widget]:
        """A list."""
        title = Title(count(len(self.drafts), "draft"), "Enter goes on writing, Esc goes back")
        return (title, self.list)

    def on_mount(self) -> None:
        """Show them."""
        self.add_class("-wide")
        self.list.words = "There are no drafts. What you leave unsent waits here."
        self.list.fill([self._entry(draft) for draft in self.drafts])
        self.list.focus()

    def _entry(self, found: DraftRow) -> Entry:
        draft, row = found.draft, found.row
        what = "move to DM" if draft.kind is DraftKind.HANDOFF else f"{LANES[draft.lane]} reply"
        when = moment(draft.updated_at, self.now, self.zone)
        by = f" by {draft.author}" if draft.author else ""
        title = f"{row.contact_name or row.handle}  {what} on {row.network}"
        return Entry(title, f"{when}{by}", draft.text or "(nothing written yet)")

    def on_line_list_chosen(self, notice: Entries.Chosen) -> None:
        """Answer with its thread."""
        self.answer(self.drafts[notice.id].draft.thread_id)
