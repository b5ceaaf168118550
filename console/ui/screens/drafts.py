"""All drafts: what needs another look, what is ready, what is being written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from console.desk.freshness import News, in_words
from console.desk.model import DraftKind
from console.ui.keymap import Keymap
from console.ui.keys import Command, Context
from console.ui.panes.footer import KeyLine
from console.ui.screens.frame import Entries, Entry, Framed, Title
from console.ui.wording import LANES, count, moment

if TYPE_CHECKING:
    from console.engine.reading import DraftRow

LOOK, READY, WRITING = "needs another look", "ready", "being written"
_SECTIONS = (LOOK, READY, WRITING)


class Drafts(Framed[int]):
    """Answers with the id of a draft to go on with; a ready one, to review."""

    context: ClassVar[Context] = Context.DRAFTS

    def __init__(
        self,
        rows: Sequence[DraftRow],
        now: datetime,
        zone: tzinfo | None = None,
        keys: Keymap | None = None,
        *,
        news: Mapping[int, tuple[News, ...]] | None = None,
        do: Callable[[str, int | None], None] = lambda _command, _draft: None,
    ) -> None:
        super().__init__(keys)
        self.now = now
        self.zone = zone
        self.news = dict(news or {})
        self._do = do
        self.drafts: tuple[DraftRow, ...] = ()
        self._take(rows)
        self.list = Entries(row_height=3)
        self.title_line = Title("")
        self.footer = KeyLine(self.keys)

    def parts(self) -> Sequence[Widget]:
        """A list over its keys."""
        return (self.title_line, self.list, self.footer)

    def on_mount(self) -> None:
        """Show them."""
        self.add_class("-wide")
        self.footer.show(context=Context.DRAFTS)
        self.list.words = "There are no drafts. What you leave unsent waits here."
        self._fill()
        self.list.focus()

    def show(
        self, rows: Sequence[DraftRow], news: Mapping[int, tuple[News, ...]], now: datetime
    ) -> None:
        """Show these drafts; the cursor stays on its own."""
        chosen = self.current
        self.news, self.now = dict(news), now
        self._take(rows)
        self._fill(keep=True)
        place = next((n for n, one in enumerate(self.drafts) if one.draft.id == chosen), None)
        if place is not None:
            self.list.move_to_id(place)

    def _take(self, rows: Sequence[DraftRow]) -> None:
        self.drafts = tuple(sorted(rows, key=lambda one: _SECTIONS.index(self.section(one))))

    def _fill(self, *, keep: bool = False) -> None:
        self.list.fill([self._entry(draft) for draft in self.drafts], keep=keep)
        sections = [self.section(one) for one in self.drafts]
        parts = []
        for name in _SECTIONS:
            number = sections.count(name)
            if number:
                shown = "need another look" if name is LOOK and number > 1 else name
                parts.append(f"{number:,} {shown}")
        if READY not in sections and LOOK not in sections and sections:
            parts.insert(0, "nothing is ready for review")
        title = count(len(self.drafts), "draft")
        self.title_line.say(f"{title}: {', '.join(parts)}" if parts else title)

    def section(self, found: DraftRow) -> str:
        """Where a draft belongs."""
        draft = found.draft
        if draft.stopped or (draft.ready_at is not None and draft.id in self.news):
            return LOOK
        return READY if draft.ready_at is not None else WRITING

    def _entry(self, found: DraftRow) -> Entry:
        draft, row = found.draft, found.row
        what = "move to DM" if draft.kind is DraftKind.HANDOFF else f"{LANES[draft.lane]} reply"
        when = moment(draft.updated_at, self.now, self.zone)
        by = f" by {draft.author}" if draft.author else ""
        section = self.section(found)
        title = f"{section}: {row.contact_name or row.handle}, {what} on {row.network}"
        words = draft.text.strip() or draft.acknowledgement or "(nothing written yet)"
        why = in_words(self.news.get(draft.id, ()))
        look = "warn" if section is LOOK else "strong" if section is READY else "text"
        return Entry(title, f"{when}{by}", f"{why} {words}" if why else words, look)

    @property
    def current(self) -> int | None:
        """The draft under the cursor."""
        place = self.list.current
        return self.drafts[place].draft.id if place is not None else None

    def on_line_list_chosen(self, notice: Entries.Chosen) -> None:
        """Answer with it."""
        self.answer(self.drafts[notice.id].draft.id)

    def act(self, command: Command) -> None:
        """Discard, undo, or move."""
        if command.id in {"discard", "undo"}:
            self._do(command.id, self.current)
        else:
            super().act(command)
