"""Opens the console: on this machine's desk, or on the demo shop in a folder that goes away.

The store's first page is read in a thread while Textual is being imported, so that the first rows
wait for neither.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
from array import array
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console import logs, paths
from console.commands import curtain
from console.commands.opened import House, engine_of, house, open_store, setups
from console.commands.saying import complain
from console.config import Config, ConfigTrouble, load
from console.desk.model import ThreadRow
from console.engine.engine import Engine
from console.engine.setup import AccountSetup, NoSecrets
from console.paths import Paths
from console.store import accounts, threads
from console.store.connection import Store, Work
from console.store.errors import StoreError
from console.store.threads import Order, View

if TYPE_CHECKING:
    from console.ui.app import Greenroom

DEMO = {
    "name": "Mudlark Pottery & Linen",
    "url": "https://market.example/@mudlark",
    "email": "hello@mudlark.example",
    "hours": "Monday to Saturday 9:00-17:00",
}
"""What the demo shop says of itself in templates."""

FIRST_ROWS = 60
"""How many threads are read before the first paint: more than any screen is high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The store, open, and what the first paint shows."""

    store: Store
    notice: str
    stored: tuple[accounts.StoredAccount, ...]
    order: Order
    ids: array[int]
    rows: dict[int, ThreadRow]


def console(asked: argparse.Namespace | None = None) -> int:
    """Open the console on this machine's desk."""
    return _yours(asked is not None and asked.offline)


def review(asked: argparse.Namespace) -> int:
    """Open the review deck of this machine's desk, alone."""
    return _yours(asked.offline, review=True)


def _yours(offline: bool, *, review: bool = False) -> int:
    within = house()
    for words in paths.loose(within.paths):
        curtain.fall()
        complain(words)
    beginning = _meanwhile(lambda: begin(within.paths))

    def engine(begun: Begun) -> Engine:
        served = setups(within.config, begun.stored)
        return engine_of(within, begun.store, served, offline=offline, what="console")

    return _show(within.config, beginning, engine, review=review)


def demo(asked: argparse.Namespace) -> int:
    """Open the console on the demo shop. Its desk is made now and goes away at the end."""
    config = _look_of_yours()
    with tempfile.TemporaryDirectory(prefix="greenroom-demo-") as folder:
        found = paths.find({paths.HOME_VARIABLE: folder})
        paths.make(found)
        logs.begin(found.log_file)
        beginning = _meanwhile(lambda: begin(found))
        within = House(paths=found, config=config, exposed="")
        settings = {"seed": asked.seed, "speed": f"{asked.speed:g}"}

        def engine(begun: Begun) -> Engine:
            return demo_engine(within, begun.store, settings)

        return _show(config, beginning, engine)


def demo_engine(within: House, store: Store, settings: Mapping[str, str]) -> Engine:
    """The engine of the demo shop; `settings` are those of the stage."""
    shop = AccountSetup(name="demo", network="stage", settings=settings)
    told = replace(within.settings(), shop=DEMO, agent="Robin")
    return Engine(store, (shop,), secrets=NoSecrets(), settings=told)


def _look_of_yours() -> Config:
    """How you like it to look; a broken configuration doesn't keep the demo from opening."""
    try:
        yours = load(paths.find().config_file)
    except ConfigTrouble:
        return Config()
    return Config(look=yours.look, keys=yours.keys, sending=yours.sending)


def begin(found: Paths) -> Begun:
    """Open the store in this thread and read what the first paint shows. Raises `StoreError`."""
    store, notice = open_store(found)

    def unit(work: Work) -> tuple[tuple[accounts.StoredAccount, ...], Order, array[int]]:
        kept = accounts.setting(work, "order")
        order = Order[kept] if kept and kept in Order.__members__ else Order.LONGEST
        ids = threads.thread_ids(work, View.INBOX, order, FIRST_ROWS)
        return accounts.accounts(work), order, ids

    try:
        stored, order, ids = store.read_now(unit)
        rows = store.read_now(threads.thread_rows, ids)
    except StoreError:
        store.close()
        raise
    return Begun(store=store, notice=notice, stored=stored, order=order, ids=ids, rows=rows)


def _meanwhile(read: Callable[[], Begun]) -> Future[Begun]:
    answer: Future[Begun] = Future()

    def run() -> None:
        try:
            answer.set_result(read())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="first-page").start()
    return answer


def _show(
    config: Config,
    beginning: Future[Begun],
    made: Callable[[Begun], Engine],
    *,
    review: bool = False,
) -> int:
    # Imported while the first page is being read.
    import console.ui.app  # noqa: F401

    begun = beginning.result()
    app = face(config, begun, made(begun), review=review)
    app.notice = begun.notice

    async def live() -> None:
        curtain.handed_over()
        await app.live()

    try:
        asyncio.run(live())
    finally:
        begun.store.close()
    if begun.notice:
        complain(begun.notice)
    return app.return_code or 0


def face(config: Config, begun: Begun, engine: Engine, *, review: bool = False) -> Greenroom:
    """The console over an engine that is not prepared yet; with `review` its deck alone."""
    from console.ui.app import Appearance, FirstPage, Greenroom

    first = FirstPage(begun.order, begun.ids, begun.rows)
    look = config.look
    return Greenroom(
        engine,
        first,
        Appearance(
            theme=look.theme.value if look.theme else "",
            ascii_only=look.ascii,
            density=look.density.value,
            editor=look.editor,
            keys=config.keys,
        ),
        review=review,
    )
