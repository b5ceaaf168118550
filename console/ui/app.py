"""The program: one engine, one desk, and the order in which they begin and end.

Nothing but Textual and the store's first page stands before the first paint. Networks, templates
and everything else begin after it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import webbrowser
from array import array
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.screen import ModalScreen

from console import pace
from console.desk.model import ThreadRow
from console.engine.reading import Order
from console.store.errors import StoreError
from console.ui import safe
from console.ui.doing.typed import Typed
from console.ui.glyphs import glyphs
from console.ui.keymap import Keymap, KeymapProblem, keymap, standard
from console.ui.screens.desk import DeskScreen
from console.ui.screens.frame import Framed
from console.ui.themes import THEMES

if TYPE_CHECKING:
    from textual.driver import Driver

    from console.desk.waiting import Hours
    from console.engine.engine import Engine

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

REST_EVERY = 0.25
"""Seconds between looks whether there is something to clear up."""

END_WITHIN = 15.0
"""Seconds that what was begun is waited for at the end; a request under way takes no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """How the program looks and answers to keys. Empty `theme`: the terminal decides."""

    theme: str = ""
    ascii_only: bool | None = None
    density: str = "auto"
    editor: str = ""
    keys: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What the first paint shows."""

    order: Order
    ids: array[int]
    rows: dict[int, ThreadRow]


class Greenroom(App[None]):
    """The console. `first` was read while Textual was being imported. With `review` it opens the
    review deck, and leaving the deck leaves the program."""

    TITLE = "Greenroom"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        engine: Engine,
        first: FirstPage,
        appearance: Appearance,
        *,
        review: bool = False,
    ) -> None:
        super().__init__()
        self.engine = engine
        self.appearance = appearance
        self.keys_problem = ""
        self.notice = ""
        """What is to be said once there is something to look at."""
        self._first = first
        self._review = review
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: set[asyncio.Future[Any]] = set()
        self._ending = False
        self._pressed = 0.0
        self.typed = Typed(lambda: self.screen, self._pass_on, self.begin)

    def get_driver_class(self) -> type[Driver]:
        """On Linux the loop writes to the terminal by itself."""
        found = super().get_driver_class()
        if sys.platform == "linux" and found.__name__ == "LinuxDriver":
            from console.ui.terminal import Terminal

            return Terminal
        return found

    # --- beginning --------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Put the desk up and read its first page."""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = self._theme()
        look = self.appearance
        self.desk = DeskScreen(
            self.engine,
            self._desk_keys(),
            glyphs(ascii_only=look.ascii_only),
            density=look.density,
            editor_command=look.editor or os.environ.get("VISUAL", os.environ.get("EDITOR", "vi")),
        )
        self.push_screen(self.desk)
        self.begin(self._begin())

    def _theme(self) -> str:
        name = self.appearance.theme
        if not name:
            name = "terminal" if "NO_COLOR" in os.environ else "dark"
        return THEMES[name].name

    def _desk_keys(self) -> Keymap:
        try:
            return keymap(self.appearance.keys or {})
        except KeymapProblem as problem:
            self.keys_problem = problem.words
            return standard()

    async def _begin(self) -> None:
        first = self._first
        if first.ids:
            await self.desk.showing.now(first.ids[0])
        self.desk.show_first(first.order, first.ids, first.rows)
        # What follows imports networks and reads the whole list: not before there is something
        # to look at.
        painted = asyncio.Event()
        self.desk.call_after_refresh(painted.set)
        await painted.wait()
        self.desk.read_on()
        try:
            await self.engine.prepare()
        except StoreError as error:
            # What was stored can be read all the same; the engine tries again by itself.
            self.desk.telling.trouble(error.words)
        if self._review:
            self.desk.reviewing.review_alone()
        await self.engine.start()
        pace.settle()
        self.set_interval(REST_EVERY, self._rest)
        self.desk.telling.show_status()
        if self.notice:
            self.desk.telling.matter(self.notice)
        if self.keys_problem:
            self.desk.telling.matter(f"Your keys are not used. {self.keys_problem}")
        for words in await self.engine.texts.ready():
            self.desk.telling.matter(f"A template can't be used. {words}")

    # --- keys -------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait while what they are for is opening."""
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if typed:
            self._pressed = monotonic()
            if self.typed.take(event):
                return
        await self._pass_on(event)

    async def _pass_on(self, event: events.Event) -> None:
        """On the desk the command table has the first word on every key."""
        if (
            isinstance(event, events.Key)
            and not event.is_forwarded
            and isinstance(self.screen, DeskScreen)
            and self.screen.take_key(event)
        ):
            return
        await super().on_event(event)

    def on_framed_ready(self, notice: Framed.Ready) -> None:
        """A screen over the desk can take the keys that waited for it."""
        notice.stop()
        self.typed.go()

    def _rest(self) -> None:
        pace.rest(monotonic() - self._pressed)

    # --- what takes time --------------------------------------------------------------------

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what waits for disk or network. It isn't a widget's, so no widget can end it."""
        if self._ending:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        log.error("a command failed", exc_info=error)
        if isinstance(error, StoreError):
            words = error.words
        else:
            words = (
                f"That did not work ({type(error).__name__}). Your words are kept as they were; "
                "the log says more."
            )
        self.desk.telling.trouble(words)

    async def ask_over(self, screen: ModalScreen[Answer]) -> Answer | None:
        """Show a screen over the desk and wait for its answer."""
        answered: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

        def answer(value: Answer | None) -> None:
            if not answered.done():
                answered.set_result(value)

        self._asked.add(answered)
        self.push_screen(screen, answer)
        try:
            return await answered
        finally:
            self._asked.discard(answered)

    # --- the end ----------------------------------------------------------------------------

    async def live(self) -> None:
        """Open, stay until a person leaves, and end what was begun."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_end)
        try:
            await self.run_async()
        finally:
            await self.finish()
            words = self.desk.rescuing.last_resort() if hasattr(self, "desk") else ""
            if words:
                print(safe.line(words, 2_000))  # noqa: T201 - the screen is gone

    def _told_to_end(self) -> None:
        """The line broke, or the machine goes down: nobody can be asked, and no word is lost."""
        if hasattr(self, "desk") and not self._ending:
            self.begin(self.desk.leave(asking=False))

    async def finish(self) -> None:
        """After the screen is gone: let what was begun end, then the engine."""
        self._ending = True
        for question in self._asked:
            # Nobody is there any more to answer it.
            if not question.done():
                question.set_result(None)
        waiting = {task for task in self._tasks if task is not asyncio.current_task()}
        if waiting:
            _done, late = await asyncio.wait(waiting, timeout=END_WITHIN)
            for task in late:
                task.cancel()
        await self.engine.stop()

    async def action_quit(self) -> None:
        """Textual's own key for leaving: it leaves as ours does."""
        self.begin(self.desk.leave())

    # --- small things -----------------------------------------------------------------------

    def hours(self) -> Hours:
        """The shop's hours."""
        return self.engine.settings.hours()

    def browse(self, url: str) -> None:
        """Open a link in a browser of this machine; over ssh, show it."""
        if os.environ.get("SSH_CONNECTION") or not (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        ):
            self.copy_to_clipboard(url)
            self.desk.telling.say(f"No browser here. Copied, if your terminal allows it: {url}")
            return
        webbrowser.open(url)
        self.desk.telling.say(f"Opening {url}")
