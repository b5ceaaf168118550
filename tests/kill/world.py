"""One desk on a network, whose process can be killed at any step of its work and started again.

A crash is raised at a commit (before or after it) or at a step of a request. From then on that
process does nothing more: its store refuses, its tasks are dropped, its transaction is never
committed. The network and its customers live on. What only a real death can show is shown by
`test_kill`.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from connectors.stage.faults import FaultPlan
from connectors.stage.network import Quirks
from console.desk.model import DeliveryState
from console.engine.engine import Engine
from console.engine.setup import AccountSetup, EngineSettings, NoSecrets
from console.store.connection import Store
from tests.kill.eyes import COOL_OFF, UNDO_WINDOW, Eyes
from tests.kill.hours import Hours
from tests.kill.wire import Ledger, Wire

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP = {"name": "Kiln", "email": "help@kiln.example", "url": "https://kiln.example"}
SETTINGS = EngineSettings(
    agent="Mira", shop=SHOP, undo_window=UNDO_WINDOW, cool_off=COOL_OFF, zone="UTC"
)
SETUP = AccountSetup(name="main", network="stage", settings={})


class Crash(BaseException):
    """The process is dead."""


class MortalStore(Store):
    """Dies before or after a commit; says of each what it changed."""

    life: Life

    def _commit(self, connection: sqlite3.Connection) -> None:
        self.life.step("before a commit")
        super()._commit(connection)
        self.life.world.eyes.look(connection)
        self.life.step("after a commit")

    def write_now(self, unit, *args, **kwargs):
        self.life.breathe()
        return super().write_now(unit, *args, **kwargs)

    def read_now(self, unit, *args, **kwargs):
        self.life.breathe()
        return super().read_now(unit, *args, **kwargs)


class Life:
    """One process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dead = False
        self.store = MortalStore(world.path)
        self.store.life = self
        self.store.open_now()
        self.engine = Engine(
            self.store,
            [SETUP],
            secrets=NoSecrets(),
            settings=SETTINGS,
            clock=world.clock,
            connect=lambda _network: self._wire,  # type: ignore[arg-type, return-value]
        )
        self.engine.texts._library = texts()

    def _wire(self, settings, *, remembered, clock) -> Wire:
        wire = Wire(settings, remembered=remembered, clock=clock, world=self.world.network)
        wire.life = self
        return wire

    def step(self, what: str) -> None:
        """Here the process may die."""
        self.breathe()
        if self.world.fuse > 0:
            self.world.fuse -= 1
            if self.world.fuse == 0:
                self.dead = True
                self.world.died.append(what)
                raise Crash(what)

    def stop_if_wrong(self) -> None:
        """A promise is broken already: what would follow doesn't matter, and might never end."""
        self.dead = self.dead or bool(self.world.eyes.broken)
        self.breathe()

    def breathe(self) -> None:
        """The dead do nothing."""
        if self.dead:
            raise Crash


class World:
    """The desk, its process if there is one, the network, and the model of what must be true."""

    def __init__(self, loop: Hours, folder: Path, window: timedelta | None, **quirks: int) -> None:
        self.loop = loop
        self.path = folder / "desk.db"
        shutil.copyfile(empty(folder), self.path)
        self._file = sqlite3.connect(self.path, isolation_level=None)
        self._began = loop.time()
        self.network = Ledger(clock=self.clock, quirks=Quirks(**quirks))
        self.network.window = window
        self.eyes = Eyes(self.clock, self.network)
        self.life: Life | None = None
        self.fuse = 0
        """Steps until the process dies; 0: it doesn't."""
        self.died: list[str] = []
        self._served: set[asyncio.Task[object]] = set()

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.loop.time() - self._began)

    def serve(self, request) -> asyncio.Task[object]:
        """What the network does by itself, whatever becomes of whoever asked."""
        task = self.loop.create_task(request)
        self._served.add(task)
        task.add_done_callback(self._served.discard)
        return task

    # --- life and death ---------------------------------------------------------------------

    def start(self) -> None:
        """Start the process, if there is none."""
        if self.life is None:
            self.life = Life(self)
            self.do(self.life.engine.start())

    def kill(self) -> None:
        """`kill -9`, this moment."""
        if self.life is not None:
            self.life.dead = True
            self._bury(self.life)

    def stop(self) -> None:
        """It ends as it should."""
        if self.life is not None:
            self.do(self.life.engine.stop())
            self.kill()

    def _bury(self, life: Life) -> None:
        async def drop() -> None:
            me = asyncio.current_task()
            while left := asyncio.all_tasks() - self._served - {me}:
                for task in left:
                    task.cancel()
                await asyncio.wait(left)

        self.loop.run_until_complete(drop())
        life.engine.texts.close()
        life.store.close()
        self.life, self.fuse = None, 0

    # --- what happens -----------------------------------------------------------------------

    def do(self, work):
        """Do something to its end, and let what follows from it at once happen. None: it died."""

        async def whole():
            value = await work
            await self._settle()
            return value

        try:
            return self.loop.run_until_complete(whole())
        except Crash:
            return None
        finally:
            life = self.life
            if life is not None and life.dead:
                self._bury(life)

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self.do(asyncio.sleep(seconds))

    @staticmethod
    async def _settle() -> None:
        # Every task that can go on does so before the loop leaps to this moment.
        await asyncio.sleep(0.002)

    def rows(self, sql: str) -> list[tuple]:
        """A look into the file, whoever has it open."""
        return self._file.execute(sql).fetchall()

    def check(self) -> None:
        """What holds at any time."""
        self.eyes.check(self._file)

    # --- the end ----------------------------------------------------------------------------

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.fuse = 0
        self.network.faults = FaultPlan()
        self.network.mishaps.clear()
        self.network.slow = 0.0
        self.network.start()
        self.network.cut()
        self.start()
        if self.life is not None:
            self.life.engine.try_again()

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()

        async def drop() -> None:
            for task in self._served:
                task.cancel()
            if self._served:
                await asyncio.wait(self._served)

        self.loop.run_until_complete(drop())
        self._file.close()
        for file in self.path.parent.glob("desk.db*"):
            file.unlink()

    def outbox(self, *states: DeliveryState) -> list[int]:
        """The deliveries in these states."""
        wanted = {state.value for state in states}
        return [
            row[0]
            for row in self.rows("SELECT id, state FROM deliveries ORDER BY id")
            if row[1] in wanted
        ]


@cache
def empty(folder: Path) -> Path:
    """A database with no row in it, made once: a copy is quicker than the migration."""
    path = folder / "empty.db"
    store = Store(path)
    store.open_now()
    store.close()
    return path


@cache
def texts():
    """The templates, read once."""
    from templates.library import Library

    return Library.load(())
