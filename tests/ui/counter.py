"""The whole console over a real engine, a store on disk and a network in memory.

    async with counter(tmp_path) as shop:
        ana = shop.writes("ana", "where is my parcel?")
        await shop.until(lambda: "parcel" in shop.screen())
        await shop.press("r")

Time stands still: `later` moves the clock, and what is due leaves. Nothing sleeps; what takes its
time is waited for with `until`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from connectors.contract import Lane, Post
from console.desk.model import Delivery, Draft, ThreadView
from console.store.threads import Order, View, thread_ids, thread_rows
from console.ui.app import Appearance, FirstPage, Greenroom
from console.ui.screens.desk import DeskScreen
from tests.engine.office import Office

DEADLINE = 10.0


class Counter:
    """A merchant at the console."""

    def __init__(self, office: Office, app: Greenroom, pilot: Pilot[None]) -> None:
        self.office = office
        self.app = app
        self.pilot = pilot
        self.network = office.network

    @property
    def desk(self) -> DeskScreen:
        return self.app.desk

    @property
    def current(self) -> int | None:
        """The thread under the cursor."""
        return self.desk.inbox.list.current

    @property
    def shown(self) -> int | None:
        """The thread whose words stand in the conversation."""
        view = self.desk.conversation.timeline.view
        return None if view is None else view.row.id

    # --- hands -------------------------------------------------------------------------------

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the last has had its effect."""
        await self.pilot.press(*keys)

    async def rattle(self, *keys: str) -> None:
        """Press keys as fast as a paste or a quick typist: nothing is waited for between them."""
        assert self.app._driver is not None
        for key in keys:
            event = events.Key(key, key if len(key) == 1 else None)
            event.set_sender(self.app)
            self.app._driver.send_message(event)
        await self.pilot.pause()

    async def paste(self, text: str) -> None:
        """Paste a text, as the terminal brings it."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    # --- eyes --------------------------------------------------------------------------------

    def screen(self) -> str:
        """Everything on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def footer(self) -> str:
        """The words over or in the last line."""
        return self.desk.said.words or self.desk.footer.words

    async def sees(self, *words: str) -> None:
        """Wait until all of these stand on the screen, wherever their lines are broken."""

        def all_there() -> bool:
            screen = self.screen()
            run_on = " ".join(screen.split())
            return all(word in screen or word in run_on for word in words)

        await self.until(all_there, words)

    async def until(self, true: Callable[[], object], why: object = None) -> None:
        """Wait for something to be so."""
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    answer = true()
                    if isawaitable(answer):
                        answer = await answer
                    if answer:
                        return
                    await self.pilot.pause()
        except TimeoutError:
            raise AssertionError(
                f"waited for {why or true}; the screen was:\n{self.screen()}"
            ) from None

    # --- the other side ----------------------------------------------------------------------

    def writes(self, short: str, text: str, lane: Lane = Lane.PUBLIC, **more: Any) -> Post:
        """A customer writes."""
        who = self.network.customer(short)
        return (
            who.writes_public(text, **more)
            if lane is Lane.PUBLIC
            else who.writes_privately(text, **more)
        )

    async def later(self, seconds: float = 9) -> None:
        """Time goes by and what is due leaves."""
        self.office.later(seconds)
        for dispatch in self.office.engine.dispatches.values():
            dispatch.wake()
        await self.pilot.pause()

    def posted(self, lane: Lane | None = None) -> list[str]:
        return self.office.posted(lane)

    async def view(self, thread_id: int | None = None) -> ThreadView:
        found = thread_id if thread_id is not None else self.current
        assert found is not None
        return await self.office.view(found)

    async def drafts(self) -> list[Draft]:
        return [row.draft for row in await self.office.engine.reading.drafts()]

    async def outbox(self) -> list[Delivery]:
        return [row.delivery for row in await self.office.engine.reading.outbox()]

    async def has(self, true: Callable[[], Awaitable[Any]], why: object = None) -> None:
        """Wait for something in the store."""
        await self.until(true, why)


@asynccontextmanager
async def counter(
    folder: Path,
    *,
    size: tuple[int, int] = (110, 32),
    letters: dict[str, str] | None = None,
    appearance: Appearance | None = None,
    office: Office | None = None,
    **quirks: bool,
) -> AsyncIterator[Counter]:
    """A console that has caught up. `letters` have been written by customers before, each a
    thread, oldest first."""
    made = office if office is not None else Office(folder, **quirks)
    for short, text in (letters or {}).items():
        made.later(60)
        made.network.customer(short).writes_public(text)
    made.later(60)
    ids = made.store.read_now(thread_ids, View.INBOX, Order.LONGEST, 60)
    first = FirstPage(Order.LONGEST, ids, made.store.read_now(thread_rows, ids))
    app = Greenroom(made.engine, first, appearance or Appearance())
    try:
        async with app.run_test(size=size) as pilot:
            shop = Counter(made, app, pilot)
            wanted = len(letters or {})
            if made.engine._setups and not made.engine.settings.offline:
                await shop.until(lambda: "main live" in shop.screen(), "the account to be live")
            await shop.until(lambda: len(shop.desk.inbox.list.ids) >= wanted, "the letters")
            await shop.until(lambda: not wanted or shop.shown == shop.current, "the first thread")
            yield shop
            await app.finish()
    finally:
        made.store.close()
