"""One account's life: open, catch up, listen, and come back when the network does."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from connectors.contract import (
    Advice,
    Batch,
    Clock,
    Connector,
    ConnectorError,
    Hearing,
    Hello,
    Secrets,
    SlowDown,
    Unauthorised,
)
from console.engine import intake
from console.engine.setup import AccountSetup, NoSecret, SecretSource
from console.engine.status import AccountState, AccountStatus
from console.store import accounts
from console.store.connection import Store
from console.store.errors import StoreError

log = logging.getLogger(__name__)

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=1)
SIGN_IN_WAIT = timedelta(minutes=5)
"""How often a refused key is tried again by itself; a person's sign-in wakes it at once."""

GATHER = 0.05
"""Seconds for which a rush of live messages gathers: one commit takes them all, and keys have their
time. A single one never waits."""

HEARD_EVERY = timedelta(seconds=30)
"""How often a sign of life is written down."""

_STATE = {
    Hearing.CATCHING_UP: AccountState.CATCHING_UP,
    Hearing.STREAMING: AccountState.STREAMING,
    Hearing.POLLING: AccountState.POLLING,
}


class Session:
    """An account that listens. `open` is set while its connector may be used."""

    def __init__(
        self,
        setup: AccountSetup,
        connector: Connector,
        store: Store,
        secrets: SecretSource,
        clock: Clock,
        *,
        changed: Callable[[], None],
    ) -> None:
        self.setup = setup
        self.connector = connector
        connector.keep = partial(secrets.keep, setup)
        self.open = asyncio.Event()
        self.caught_up = asyncio.Event()
        self.abreast = asyncio.Event()
        """Set while this connection has told everything that came before it: only then is it known
        whether an answer still fits its question, and may leave."""
        self.uncut = asyncio.Lock()
        """Held while a request that posts is under way, and while the connection is made or let go:
        neither cuts the other."""
        self.failed: ConnectorError | None = None
        """Why the last connection ended; None while all is well."""
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._changed = changed
        self._poke = asyncio.Event()
        self._heard_written: datetime | None = None
        self._gap: Advice | None = None
        self._hearing: asyncio.Timeout | None = None
        """Around the listening: a send that learns that our key is no good ends it."""
        self._taken: Secrets | None = None
        """The secrets that the network took at the last opening; None: it took none."""
        self._fresh: Secrets | None = None
        """Secrets to try at the next opening, without asking for them again."""
        self._renewed_at: datetime | None = None
        self.status = AccountStatus(
            name=setup.name,
            network=setup.network,
            state=AccountState.STARTING,
            since=clock(),
        )

    async def run(self) -> None:
        """Live until cancelled."""
        failures = 0
        while True:
            try:
                await self._open()
                failures = 0
                await self._listen()
                wait = SHORTEST_WAIT
            except Unauthorised as error:
                if await self._has_fresh_key(error):
                    continue
                wait = SIGN_IN_WAIT
            except SlowDown as error:
                self._lost(AccountState.OFFLINE, error)
                wait = max(SHORTEST_WAIT, error.until - self._clock())
            except ConnectorError as error:
                self._lost(AccountState.OFFLINE, error)
                failures += 1
                wait = backoff(failures)
            except NoSecret as error:
                self._lost(AccountState.SIGN_IN, Unauthorised(error.words))
                wait = SIGN_IN_WAIT
            except StoreError as error:
                log.error("%s: what arrived could not be stored: %s", self.setup.name, error.words)
                words = f"What arrived is asked for again by itself. {error.words}"
                self._lost(AccountState.OFFLINE, ConnectorError(words))
                failures += 1
                wait = backoff(failures)
            except Exception:
                log.exception("%s: the connector failed", self.setup.name)
                self._lost(
                    AccountState.OFFLINE,
                    ConnectorError(
                        "Greenroom stumbled over what the network said; the log has the details. "
                        "Nothing is lost: it tries again by itself."
                    ),
                )
                failures += 1
                wait = backoff(failures)
            await self._rest(wait)

    def pause(self, since: datetime) -> None:
        """Nothing is heard or sent until a person says so. `run` was ended before."""
        self.open.clear()
        self.abreast.clear()
        self.caught_up.clear()
        words = (
            "Nothing is heard or sent; what you send waits. To go on: "
            f"greenroom account resume {self.setup.name}"
        )
        self._show(state=AccountState.PAUSED, words=words, behind=None)
        self.status = replace(self.status, since=since)

    def resume(self) -> None:
        """Before `run` is begun again."""
        self._show(state=AccountState.STARTING, words="")

    def poke(self) -> None:
        """Try again at once."""
        self._poke.set()

    def key_refused(self, error: Unauthorised) -> None:
        """A send was told that the key is no good: listening ends, and `run` sees to it."""
        self.failed = error
        self.open.clear()
        self.abreast.clear()
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.reschedule(asyncio.get_running_loop().time())

    async def take_advice(self, key: str) -> Hello:
        """Put right what an advice named. Raises `ConnectorError`."""
        hello = await self.connector.take_advice(key)
        await self._remember(hello)
        return hello

    async def close(self) -> None:
        """Let the connector go."""
        self.open.clear()
        self.abreast.clear()
        async with self.uncut:
            await self.connector.close()

    async def _open(self) -> None:
        self._show(state=AccountState.STARTING, words=self.status.words)
        secrets, self._fresh, self._taken = self._fresh, None, None
        if secrets is None:
            secrets = await self._secrets.of(self.setup)
        await asyncio.to_thread(self.connector.load)
        async with self.uncut:
            hello = await self.connector.open(secrets)
        self._taken = secrets
        await self._remember(hello)
        self.failed = None
        self._show(state=AccountState.CATCHING_UP, words="", taken_in=0)
        self.open.set()
        self._changed()

    async def _has_fresh_key(self, error: Unauthorised) -> bool:
        """A key that was taken before and is refused now may have run out. Whoever keeps it (a
        command that prints tokens, a keyring after a sign-in) is asked once more before a person
        is; once in a while only, for a server that refuses every key isn't asked all the time."""
        now = self._clock()
        recently = self._renewed_at is not None and now - self._renewed_at < SIGN_IN_WAIT
        if self._taken is not None and not recently:
            self._renewed_at = now
            try:
                fresh = await self._secrets.of(self.setup)
            except NoSecret as trouble:
                error = Unauthorised(f"{error.happened or error.words} {trouble.words}")
            else:
                if fresh != self._taken:
                    self._fresh = fresh
                    log.info("%s: its key was refused; a fresh one is tried", self.setup.name)
                    return True
        self._lost(AccountState.SIGN_IN, error)
        return False

    async def _remember(self, hello: Hello) -> None:
        self.connector.hello = hello
        await self._store.write(accounts.set_hello, self.setup.name, hello)
        self._advise(hello)

    def _advise(self, hello: Hello) -> None:
        self._show(advice=(*hello.advice, *((self._gap,) if self._gap else ())))

    def _mind_the_gap(self, heard_at: datetime | None) -> None:
        """Say so where we were away for longer than the network keeps things for us."""
        hello, now = self.connector.hello, self._clock()
        kept = hello.limits.kept if hello is not None else None
        if hello is None or kept is None or heard_at is None or now - heard_at <= kept:
            return
        self._gap = Advice(
            key=f"away:{heard_at:%Y-%m-%d %H:%M}",
            words=f"{self.connector.title} keeps what isn't fetched for {_span(kept)}, and "
            f"Greenroom last listened on {heard_at:%Y-%m-%d at %H:%M} UTC. What customers wrote "
            f"after that and before {now - kept:%Y-%m-%d %H:%M} UTC never comes here: look for it "
            "in the network's own app.",
            by_hand=True,
        )
        log.warning("%s: %s", self.setup.name, self._gap.words)
        self._advise(hello)

    async def _listen(self) -> None:
        stored = await self._store.read(accounts.account, self.setup.name)
        self._mind_the_gap(stored.heard_at if stored else None)
        loop = asyncio.get_running_loop()
        rest_until = 0.0
        try:
            async with asyncio.timeout(None) as self._hearing:
                async for batch in self.connector.listen(stored.cursor if stored else None):
                    await self._take(batch)
                    if batch.arrivals and batch.hearing is Hearing.STREAMING:
                        await asyncio.sleep(max(0.0, rest_until - loop.time()))
                        rest_until = loop.time() + GATHER
        except TimeoutError:
            if self.failed is None:
                raise
            # A send was told that our key is no good. What was being told comes again.
            raise self.failed from None
        finally:
            self._hearing = None

    async def _take(self, batch: Batch) -> None:
        now = self._clock()
        taken = 0
        if batch.arrivals or batch.oddities or batch.cursor is not None:
            came = await self._store.write(intake.take_in, self.setup.name, batch, now)
            taken = came.new_messages
            for odd in batch.oddities:
                log.warning("%s: skipped an item: %s", self.setup.name, odd.what)
        live = batch.hearing is not Hearing.CATCHING_UP
        if (
            self._heard_written is None
            or now - self._heard_written >= HEARD_EVERY
            or (live and not self.caught_up.is_set())
        ):
            self._heard_written = now
            await self._store.write(accounts.heard, self.setup.name, now, caught_up=live)
        if live:
            self.caught_up.set()
            if self.open.is_set():
                self.abreast.set()
        self._show(
            state=_STATE[batch.hearing],
            heard_at=now,
            behind=batch.behind,
            taken_in=self.status.taken_in + taken,
        )

    def _lost(self, state: AccountState, error: ConnectorError) -> None:
        self.failed = error
        self.open.clear()
        self.abreast.clear()
        self._show(state=state, words=error.words, behind=None)

    def _show(self, **changes: object) -> None:
        status = replace(self.status, **changes)  # type: ignore[arg-type]
        if status.state is not self.status.state and not (
            status.state is AccountState.STARTING and not self.status.well
        ):
            status = replace(status, since=self._clock())
        if status.state is AccountState.STARTING and self.status.state is AccountState.OFFLINE:
            # Trying again changes nothing that a person needs to see.
            return
        if status != self.status:
            quiet = replace(status, heard_at=self.status.heard_at) == self.status
            self.status = status
            if not quiet:
                self._changed()

    async def _rest(self, wait: timedelta) -> None:
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await self._poke.wait()
        except TimeoutError:
            pass
        self._poke.clear()


def _span(kept: timedelta) -> str:
    hours = int(kept / timedelta(hours=1))
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"


def backoff(failures: int) -> timedelta:
    """Twice as long after each failure, up to a minute, spread so that nobody knocks together."""
    doubled: int = 2 ** min(failures - 1, 10)
    longest = min(LONGEST_WAIT, SHORTEST_WAIT * doubled)
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
