"""An engine with a network in memory, a store on disk and a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.contract import Clock, Connector, Hello, Lane
from connectors.stage.connector import Stage
from connectors.stage.network import Quirks, StageNetwork
from console.desk.model import Delivery, DeliveryState, ThreadView
from console.engine.dispatch import STARTED_AGAIN, Dispatch
from console.engine.engine import Engine
from console.engine.session import Session
from console.engine.setup import AccountSetup, EngineSettings, NoSecrets
from console.store import deliveries
from console.store.connection import Store

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP = {"name": "Kiln", "email": "help@kiln.example", "url": "https://kiln.example"}


class Office:
    """One desk with one account, `main`, on the stage.

    Nothing moves by itself but the session: `step` empties what can be emptied of the outbox.
    """

    def __init__(
        self,
        folder: Path,
        network: StageNetwork | None = None,
        *,
        shop: Mapping[str, str] = SHOP,
        **quirks: bool,
    ) -> None:
        self.now = START if network is None else network.clock()
        self.network = network or StageNetwork(clock=self.clock, quirks=Quirks(**quirks))
        if network is not None:
            network.clock = self.clock
        self.path = folder / "desk.db"
        self.store = Store(self.path)
        self.store.open_now()
        self.setup = AccountSetup(name="main", network="stage", settings={})
        self.engine = Engine(
            self.store,
            [self.setup],
            secrets=NoSecrets(),
            settings=EngineSettings(agent="Mira", shop=shop),
            clock=self.clock,
            connect=lambda _network: self._stage,  # type: ignore[arg-type, return-value]
        )
        self._life: asyncio.Task[None] | None = None

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _stage(self, settings: object, *, remembered: Hello | None, clock: Clock) -> Connector:
        return Stage({}, remembered=remembered, clock=clock, world=self.network)

    async def open(self) -> Office:
        """Start listening, until the history is in."""
        await self.engine.prepare()
        await self.store.write(deliveries.doubt_all_sending, STARTED_AGAIN, self.now)
        self.session = Session(
            self.setup,
            self.engine._connector(self.setup),
            self.store,
            NoSecrets(),
            self.clock,
            changed=lambda: None,
        )
        self.engine.sessions["main"] = self.session
        self.dispatch = Dispatch(self.session, self.store, self.clock)
        self._life = asyncio.create_task(self.session.run())
        async with asyncio.timeout(10):
            await self.session.caught_up.wait()
        self.engine._status_changed()
        return self

    async def offline(self) -> None:
        """End the session; the outbox stands still."""
        assert self._life is not None
        self._life.cancel()
        await asyncio.wait([self._life])
        self._life = None
        await self.session.close()

    async def close(self) -> None:
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])
        await self.engine.stop()
        if self._life is not None:
            await self.session.close()
        self.store.close()

    async def step(self, seconds: float = 0) -> None:
        """Let time go by, then do all that can be done with the outbox."""
        self.later(seconds)
        while (await self.dispatch.step() or self.now + timedelta(days=1)) <= self.now:
            pass

    async def until(self, true: Callable[[], Awaitable[object]]) -> None:
        """Wait until something has come in."""
        changed = asyncio.Event()
        stop = self.store.listen(lambda _changed: changed.set())
        try:
            async with asyncio.timeout(10):
                # Cleared before the look, or a change during it would be missed.
                while not (changed.clear() or await true()):
                    await changed.wait()
        finally:
            stop()

    async def hears(self, remote_id: str) -> ThreadView:
        """The thread that a post joined, once it has been taken in."""
        found: list[int] = []

        async def there() -> bool:
            thread = await self.store.read(
                lambda work: work.value(
                    "SELECT thread_id FROM messages WHERE remote_id = :r", {"r": remote_id}
                )
            )
            if thread is not None:
                found.append(thread)
            return bool(found)

        await self.until(there)
        return await self.view(found[0])

    async def view(self, thread_id: int = 1) -> ThreadView:
        found = await self.engine.reading.thread(thread_id)
        assert found is not None
        return found

    async def delivery(self, delivery_id: int) -> Delivery:
        return await self.engine.reading.delivery(delivery_id)

    async def state(self, delivery_id: int) -> DeliveryState:
        return (await self.delivery(delivery_id)).state

    def posted(self, lane: Lane | None = None) -> list[str]:
        """What stands on the network from us."""
        return [post.text for post in self.network.posts_of_shop(lane=lane)]

    async def reply(self, view: ThreadView, text: str = "It left on Monday.") -> int:
        """Commit a public reply on top of what is there."""
        newest = next(message for message in reversed(view.messages) if not message.ours)
        return await self.engine.work.reply(view.row.id, newest.lane, text, seen=view.seen)

    async def hand_off(self, view: ThreadView):
        """Press `m`."""
        plan = await self.engine.work.plan_handoff(view.row.id)
        return plan, await self.engine.work.hand_off(
            view.row.id,
            private=plan.private,
            acknowledgement=plan.acknowledgement,
            template=plan.template,
            seen=view.seen,
        )
