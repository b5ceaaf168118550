"""One desk, alive: opens the store, keeps the accounts listening and the outbox emptying.

One process at a time does that (`engine.holder`); any other on the same desk reads and writes the
store, and takes over within seconds when the first one ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.contract import Address, Clock, Connector, Hello, Lane, Room
from connectors.registry import connector_class
from console.desk.model import ThreadView
from console.engine.contacts import Contacts
from console.engine.dispatch import STARTED_AGAIN, Dispatch
from console.engine.drafting import Drafting
from console.engine.holder import Holder
from console.engine.keeping import Keeping
from console.engine.reading import Reading
from console.engine.reviewing import Review
from console.engine.session import Session
from console.engine.setup import AccountSetup, EngineSettings, SecretSource
from console.engine.status import AccountState, AccountStatus
from console.engine.texts import Texts
from console.engine.work import Desk
from console.store import accounts, deliveries, threads
from console.store.connection import Changed, Store, Work
from console.store.errors import StoreError

if TYPE_CHECKING:
    from console.engine.recalls import Recalls

log = logging.getLogger(__name__)

LOOK_FOR_OTHERS = 0.5
"""Seconds between looks for what another process wrote."""

TAKE_OVER = 2.0
"""Seconds between tries at the outbox while another process holds it."""

WAKE_SNOOZED = 20.0
"""Seconds between looks for snoozes that are over."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Engine:
    """The headless life of one desk.

    `store` is open already. `holder` says who may listen and send; without one (tests, the demo)
    this process does.
    """

    def __init__(
        self,
        store: Store,
        setups: Sequence[AccountSetup],
        *,
        secrets: SecretSource,
        settings: EngineSettings,
        holder: Holder | None = None,
        clock: Clock = utc_now,
        connect: Callable[[str], type[Connector]] = connector_class,
    ) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock
        self.texts = Texts(settings, clock)
        self.reading = Reading(store, clock, settings)
        self.contacts = Contacts(store, clock)
        self.drafting = Drafting(store, clock, settings.agent)
        self.work = Desk(
            store,
            self.reading,
            self.texts,
            settings,
            clock,
            measure=self.measure_in,
            hello=self.hello,
        )
        self.review = Review(store, self.work, self.texts, clock, hello=self.hello)
        self.sessions: dict[str, Session] = {}
        self.dispatches: dict[str, Dispatch] = {}
        self._setups = tuple(setups)
        self._secrets = secrets
        self._holder = holder
        self._connect = connect
        self._connectors: dict[str, Connector] = {}
        self._hellos: dict[str, Hello] = {}
        self._status_listeners: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: dict[str, asyncio.Task[None]] = {}
        """The accounts that aren't paused, each with its session's life."""
        self._accounts_changed = asyncio.Event()
        self._signed_in: dict[str, str] = {}
        self._holding = False
        self._prepared = False
        self._begun = False
        self._disk = ""
        self.keeping = Keeping(store.path, clock, self._status_changed)

    # --- life -------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Write the accounts down and remember what their networks last said. No network."""
        stored = await self.store.read(accounts.accounts)
        known = {
            (each.name, each.network, frozenset(each.settings.items()), each.configured)
            for each in stored
        }
        new = [
            setup
            for setup in self._setups
            if (setup.name, setup.network, frozenset(setup.settings.items()), setup.configured)
            not in known
        ]
        if new:
            # Only then: while another program writes, what is there can be read all the same.
            stored = await self.store.write(_put_accounts, new, self.clock())
        for each in stored:
            if each.hello is not None:
                self._hellos[each.name] = each.hello
        self._prepared = True

    async def start(self) -> None:
        """Listen and send, if no other process does; otherwise wait for our turn."""
        if self.settings.offline:
            return
        if self._holder is None:
            self._holding = True
            await self._begin()
            return
        await self._take_turn(self._holder)
        self._keep(self._watch_others(self._holder))

    async def stop(self) -> None:
        """End everything; a request under way is waited for. Safe to call twice."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks.clear()
        for session in self.sessions.values():
            await session.close()
        self.texts.close()
        if self._holder is not None:
            self._holder.release()

    async def _take_turn(self, holder: Holder) -> None:
        """Hold the outbox if nobody does, and begin. A disk that doesn't let us is tried again."""
        before = holder.trouble
        self._holding = holder.take()
        if self._holding and not self._begun:
            try:
                await self._begin()
                self._keep(self.keeping.run())
            except StoreError as error:
                self._say_disk(error.words)
        if holder.trouble != before:
            log.error("%s", holder.trouble)
            self._status_changed()

    async def _begin(self) -> None:
        if not self._prepared:
            await self.prepare()
        await self.store.write(deliveries.doubt_all_sending, STARTED_AGAIN, self.clock())
        for setup in self._setups:
            session = Session(
                setup,
                self._connector(setup),
                self.store,
                self._secrets,
                self.clock,
                changed=self._status_changed,
            )
            self.sessions[setup.name] = session
            dispatch = Dispatch(session, self.store, self.clock)
            self.dispatches[setup.name] = dispatch
            self._keep(dispatch.run())
        await self._rest_and_listen()
        self.store.listen(self._heard_of)
        self._keep(self._watch_pauses())
        self._keep(self._wake_snoozed())
        self._begun = True
        self._status_changed()

    def _heard_of(self, changed: Changed) -> None:
        if changed.accounts or changed.everything:
            self._accounts_changed.set()
        self._wake()

    async def _watch_pauses(self) -> None:
        while True:
            await self._accounts_changed.wait()
            self._accounts_changed.clear()
            try:
                await self._rest_and_listen()
            except StoreError as error:
                log.error("which accounts are paused can't be read: %s", error.words)

    async def _rest_and_listen(self) -> None:
        """End the sessions of paused accounts, begin those of all others, and have those try again
        whose person has signed in."""
        paused = await self.store.read(accounts.paused)
        before, self._signed_in = self._signed_in, await self.store.read(accounts.signings_in)
        for name, session in self.sessions.items():
            if name not in paused and name not in self._listening:
                session.resume()
                self._listening[name] = self._keep(session.run())
            elif name in paused:
                life = self._listening.pop(name, None)
                if life is not None:
                    life.cancel()
                    await asyncio.wait([life])
                if session.status.state is not AccountState.PAUSED:
                    session.pause(paused[name])
            elif self._signed_in.get(name) != before.get(name) and not session.status.well:
                # Somebody has signed in meanwhile: nobody waits minutes for that to be seen.
                session.poke()

    def _keep(self, life: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a part of the engine ended", exc_info=task.exception())

    async def _watch_others(self, holder: Holder) -> None:
        waited = 0.0
        while True:
            await asyncio.sleep(LOOK_FOR_OTHERS)
            try:
                await self.store.notice_others()
                if self._begun or not self._holding:
                    self._say_disk("")
            except StoreError as error:
                self._say_disk(error.words)
            waited += LOOK_FOR_OTHERS
            if not self._begun and waited >= TAKE_OVER:
                waited = 0.0
                await self._take_turn(holder)

    def _say_disk(self, words: str) -> None:
        if words != self._disk:
            self._disk = words
            if words:
                log.error("%s", words)
            self._status_changed()

    async def _wake_snoozed(self) -> None:
        while True:
            try:
                await self.store.write(threads.wake, self.clock())
            except StoreError as error:
                log.error("snoozed threads could not be woken: %s", error.words)
            await asyncio.sleep(WAKE_SNOOZED)

    def _wake(self) -> None:
        for dispatch in self.dispatches.values():
            dispatch.wake()

    @cached_property
    def recalls(self) -> Recalls:
        """What can be done to words that have left; not needed for the first paint."""
        from console.engine.recalls import Recalls

        return Recalls(self.store, self.work, self.reading, self.clock, hello=self.hello)

    # --- what the screen asks ---------------------------------------------------------------

    @property
    def elsewhere(self) -> str | None:
        """Who listens and sends instead of us, in words; None when we do."""
        holder = self._holder
        if self._holding or self.settings.offline or holder is None or holder.trouble:
            return None
        return holder.other()

    @property
    def holds(self) -> bool:
        """True while this process listens and sends."""
        return self._holding and self._begun

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is the matter with the desk itself, in words: its disk, its lock, its backups."""
        lock = self._holder.trouble if self._holder is not None else ""
        return tuple(words for words in (self._disk, lock, self.keeping.trouble) if words)

    @property
    def statuses(self) -> Mapping[str, AccountStatus]:
        """How every account is doing."""
        return {setup.name: self._status(setup) for setup in self._setups}

    def _status(self, setup: AccountSetup) -> AccountStatus:
        session = self.sessions.get(setup.name)
        if session is not None:
            return session.status
        state, words = AccountState.STARTING, ""
        if self.settings.offline:
            state, words = AccountState.RESTING, "Started with --offline: nothing is sent."
        elif self.elsewhere:
            state, words = AccountState.ELSEWHERE, f"{self.elsewhere} listens and sends."
        return AccountStatus(
            name=setup.name,
            network=setup.network,
            state=state,
            since=self.clock(),
            words=words,
        )

    def on_change(self, listener: Callable[[Changed], None]) -> Callable[[], None]:
        """Tell `listener` which threads changed; returns how to stop."""
        return self.store.listen(listener)

    def on_status(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Tell `listener` that an account's status changed; returns how to stop."""
        self._status_listeners.append(listener)
        return lambda: self._status_listeners.remove(listener)

    def _status_changed(self) -> None:
        for name, session in self.sessions.items():
            if session.connector.hello is not None:
                self._hellos[name] = session.connector.hello
        self._wake()
        for listener in tuple(self._status_listeners):
            listener()

    def hello(self, account: str) -> Hello | None:
        """What the account may do, as its network last said; None before it ever did."""
        return self._hellos.get(account)

    def measure(
        self, account: str, text: str, lane: Lane, *, to: Address | None, warning: str | None = None
    ) -> Room:
        """How long a text is as the account's network counts it. Fast and offline."""
        setup = next((found for found in self._setups if found.name == account), None)
        if setup is None:
            return Room(used=len(text), limit=None)
        return self._connector(setup).measure(text, lane, to=to, warning=warning)

    def measure_in(self, text: str, lane: Lane, view: ThreadView) -> Room:
        """How long a text is in a lane of a thread. Fast and offline."""
        bound = view.lane(lane) or (None if view.leaves(lane) else view.lane(Lane.PUBLIC))
        route = view.route(lane)
        return self.measure(
            route.account,
            text,
            lane,
            to=route.address,
            warning=bound.warning if bound else None,
        )

    def unit(self, lane: Lane, view: ThreadView) -> str:
        """What texts in a lane of a thread are counted in."""
        hello = self.hello(view.route(lane).account)
        return hello.limits.unit if hello is not None else "characters"

    def _connector(self, setup: AccountSetup) -> Connector:
        if setup.name not in self._connectors:
            self._connectors[setup.name] = self._connect(setup.network)(
                setup.settings, remembered=self._hellos.get(setup.name), clock=self.clock
            )
        return self._connectors[setup.name]

    def try_again(self, account: str | None = None) -> None:
        """Connect now instead of waiting: after a sign-in, or because a person says so."""
        for name, session in self.sessions.items():
            if account is None or name == account:
                session.poke()


def _put_accounts(
    work: Work, setups: Sequence[AccountSetup], now: datetime
) -> tuple[accounts.StoredAccount, ...]:
    for setup in setups:
        accounts.put_account(
            work, setup.name, setup.network, setup.settings, configured=setup.configured, now=now
        )
    return accounts.accounts(work)
