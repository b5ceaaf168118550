"""Search: threads and messages by words, names and networks, as one types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from console.desk.model import ThreadRow
from console.ui.keymap import Keymap
from console.ui.panes.inbox import InboxList
from console.ui.screens.frame import Framed, Title
from console.ui.wording import count

if TYPE_CHECKING:
    from console.engine.reading import Hit, Results

Find = Callable[[str, bool], Awaitable["Results"]]
"""Words, and whether the last of them may be unfinished."""
Rows = Callable[[Sequence[int]], Awaitable[dict[int, ThreadRow]]]


class Search(Framed["Hit"]):
    """Answers with what was found and chosen."""

    def __init__(
        self,
        find: Find,
        rows: Rows,
        *,
        given: str = "",
        results: InboxList | None = None,
        keys: Keymap | None = None,
    ) -> None:
        super().__init__(keys)
        self.find = find
        self.rows_of = rows
        self.hits: tuple[Hit, ...] = ()
        self.line = Input(
            compact=True, value=given, placeholder="words, from:ana, on:mastodon, tag:refund"
        )
        self.list = results if results is not None else InboxList(density="snug")
        self.below = Title("Type what you look for.", strong=False)

    def parts(self) -> Sequence[Widget]:
        """A line over results over what is to be said about them."""
        return (Title("Search", "Enter opens, Esc goes back"), self.line, self.list, self.below)

    def on_mount(self) -> None:
        """Write at once."""
        self.add_class("-wide")
        self.line.focus()
        if self.line.value:
            self._search(self.line.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search on; an older search that is still under way is forgotten."""
        self._search(event.value)

    def _search(self, words: str) -> None:
        async def find() -> None:
            # A function, not a coroutine: a search that is overtaken early is never begun.
            await self._found(words)

        _: Worker[None] = self.run_worker(find, exclusive=True, exit_on_error=False)

    async def _found(self, words: str) -> None:
        if not words.strip():
            self.hits = ()
            self.list.words = ""
            self.list.set_ids((), keep=False)
            self.below.say("Type what you look for.")
            return
        results = await self.find(words, True)
        self.hits = results.hits
        wanted = list(dict.fromkeys(hit.thread_id for hit in results.hits[:60]))
        rows = await self.rows_of(wanted)
        self.list.words = "Nothing was found."
        self.list.rows = {
            place: rows[hit.thread_id]
            for place, hit in enumerate(results.hits)
            if hit.thread_id in rows
        }
        self.list.set_ids(range(len(results.hits)), keep=False)
        said = "; ".join(results.hints)
        self.below.say(said or count(len(results.hits), "result"))

    def on_line_list_needed(self, notice: InboxList.Needed) -> None:
        """Read the rows that came into view."""
        hits = self.hits

        async def more() -> None:
            await self._more(notice.ids, hits)

        _: Worker[None] = self.run_worker(more, exit_on_error=False, group="rows")

    async def _more(self, places: Sequence[int], hits: tuple[Hit, ...]) -> None:
        rows = await self.rows_of([hits[place].thread_id for place in places if place < len(hits)])
        if hits is self.hits:
            self.list.put_rows(
                {
                    place: rows[hits[place].thread_id]
                    for place in places
                    if place < len(hits) and hits[place].thread_id in rows
                }
            )

    def on_line_list_chosen(self, notice: InboxList.Chosen) -> None:
        """Answer with it."""
        self.answer(self.hits[notice.id])
