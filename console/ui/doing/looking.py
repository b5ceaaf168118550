"""Moving about, and the screens over the desk: palette, help, search, drafts, links."""

from __future__ import annotations

from console.ui.doing.part import Part
from console.ui.doing.showing import base_of
from console.ui.keys import BY_ID


class Looking(Part):
    """What looks without changing anything."""

    # --- moving -----------------------------------------------------------------------------

    def do_next(self) -> None:
        """`j`"""
        self._move(1)

    def do_previous(self) -> None:
        """`k`"""
        self._move(-1)

    def _move(self, by: int) -> None:
        if self.screen.in_conversation:
            self.screen.conversation.timeline.scroll(by)
        else:
            self.screen.inbox.list.move(by)
            self._show_now()

    def _show_now(self) -> None:
        """Row and conversation change in one frame; the list's own notice comes one later."""
        self.screen.highlight(self.screen.inbox.list.current)

    def do_first(self) -> None:
        """`g g`"""
        if self.screen.in_conversation:
            self.screen.conversation.timeline.to_start()
        else:
            self.screen.inbox.list.first()
            self._show_now()

    def do_last(self) -> None:
        """`G`"""
        if self.screen.in_conversation:
            self.screen.conversation.timeline.to_end()
        else:
            self.screen.inbox.list.last()
            self._show_now()

    def do_page_down(self) -> None:
        """Ctrl+D"""
        self._page(1)

    def do_page_up(self) -> None:
        """Ctrl+U"""
        self._page(-1)

    def _page(self, by: int) -> None:
        if self.screen.in_conversation:
            self.screen.conversation.timeline.page(by)
        else:
            self.screen.inbox.list.page(by)
            self._show_now()

    def do_open(self) -> None:
        """Enter"""
        if self.screen.in_conversation:
            self.screen.open(self._edit_held)
        elif self.screen.inbox.list.current is not None:
            self.screen.enter_thread()

    async def _edit_held(self) -> None:
        if not await self.screen.sending.edit_held():
            reply = self.screen.key("reply")
            self.say(f"Nothing here is held back for editing. {reply} answers.")

    def do_pane(self) -> None:
        """Tab"""
        if self.screen.in_conversation:
            self.screen.leave_thread()
        else:
            self.screen.enter_thread()

    def do_back(self) -> None:
        """Esc"""
        if self.screen.writing.writing:
            self.screen.writing.close()
        elif self.screen.in_conversation:
            self.screen.leave_thread()
        elif not self.screen.listing.unselect():
            self.screen.telling.quiet(trouble=True)

    # --- screens ----------------------------------------------------------------------------

    def do_palette(self) -> None:
        """Ctrl+K"""
        from console.ui.screens.palette import Palette

        keys = self.screen.keys
        self.screen.app.push_screen(
            Palette(keys, cannot=self.screen.aiming.cannot()), self._from_palette
        )

    def _from_palette(self, name: str | None) -> None:
        if name is not None:
            self.screen.do(BY_ID[name])

    def do_help(self) -> None:
        """`?`"""
        from console.ui.screens.help import Help

        self.screen.app.push_screen(Help(self.screen.keys, self.screen.context))

    def do_search(self) -> None:
        """`/`"""
        self.screen.open(self._search)

    async def _search(self) -> None:
        from console.ui.panes.inbox import InboxList
        from console.ui.screens.search import Search

        reading = self.engine.reading

        async def find(words: str, partial: bool) -> object:
            return await reading.search(words, partial=partial)

        results = InboxList(density="snug", signs=self.screen.signs, clock=self.engine.clock)
        hit = await self.screen.asking.over(
            Search(find, reading.rows, results=results, keys=self.screen.keys)  # type: ignore[arg-type]
        )
        if hit is not None and await self.screen.aiming.go_to(hit.thread_id) is not None:
            self.screen.enter_thread()

    # --- links ------------------------------------------------------------------------------

    def _link(self) -> str | None:
        view = self.screen.showing.view
        if view is None:
            return None
        reading = self.screen.conversation.timeline.reading if self.screen.in_conversation else None
        if reading is not None and reading.url:
            return reading.url
        newest = base_of(view)
        own = next((m.url for m in view.messages if m.id == newest and m.url), None)
        return own or next((m.url for m in reversed(view.messages) if m.url), None)

    def do_browse(self) -> None:
        """`o`"""
        url = self._link()
        if url is None or not url.startswith(("https://", "http://")):
            self.say("This message has no page on the network.")
            return
        self.screen.home.browse(url)

    def do_copy_link(self) -> None:
        """`y`"""
        url = self._link()
        if url is None:
            self.say("This message has no link.")
            return
        self.screen.app.copy_to_clipboard(url)
        self.say(f"Copied, if your terminal allows it: {url}")

    def do_unfold(self) -> None:
        """`v`"""
        if not self.screen.conversation.timeline.turn_over():
            self.say("Nothing is folded away here.")

    def do_quit(self) -> None:
        """`q`"""
        self.begin(self.screen.leave())
