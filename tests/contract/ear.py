"""A listener for the cases: keeps what arrives, and waits for a condition with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from connectors.contract import (
    Arrival,
    Batch,
    Connector,
    ConnectorError,
    Cursor,
    Deleted,
    Hearing,
    Post,
)

Value = TypeVar("Value")


class NeverHappened(AssertionError):
    """The condition did not come true before the deadline."""


class Ear:
    """What one listener has heard so far."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.batches: list[Batch] = []
        self.error: ConnectorError | None = None
        self.relistened = 0
        self._news = asyncio.Event()

    @property
    def arrivals(self) -> list[Arrival]:
        """Everything that arrived, in the order of its arrival."""
        return [arrival for batch in self.batches for arrival in batch.arrivals]

    @property
    def posts(self) -> list[Post]:
        """The posts among the arrivals."""
        return [arrival for arrival in self.arrivals if isinstance(arrival, Post)]

    @property
    def cursor(self) -> Cursor | None:
        """The newest cursor: what a desk would have stored."""
        return next((b.cursor for b in reversed(self.batches) if b.cursor is not None), None)

    @property
    def live(self) -> bool:
        """The history is complete."""
        return any(batch.hearing is not Hearing.CATCHING_UP for batch in self.batches)

    def versions(self, remote_id: str) -> list[Post]:
        """Every arrival of one post."""
        return [post for post in self.posts if post.remote_id == remote_id]

    def deleted(self, remote_id: str) -> bool:
        """The post is reported as taken away."""
        return any(isinstance(a, Deleted) and a.remote_id == remote_id for a in self.arrivals)

    async def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait until it has happened. Raises what `listen` raised, or `NeverHappened`."""
        try:
            async with asyncio.timeout(self.patience):
                while not happened():
                    if self.error is not None:
                        raise self.error
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            heard = [(p.remote_id, p.lane.value, p.text[:60]) for p in self.posts]
            raise NeverHappened(f"{what}: not within {self.patience} s; heard {heard}") from None

    async def post(self, remote_id: str) -> Post:
        """The newest version of a post, as soon as it is there."""
        await self.until(lambda: bool(self.versions(remote_id)), f"post {remote_id} arrives")
        return self.versions(remote_id)[-1]

    async def caught_up(self) -> None:
        """Wait until the history is complete."""
        await self.until(lambda: self.live, "the history is complete")

    async def failed(self) -> ConnectorError:
        """What ended the listening."""
        await self.until(lambda: self.error is not None, "listening ends")
        assert self.error is not None
        return self.error

    async def follow(self, connector: Connector, since: Cursor | None, *, again: bool) -> None:
        """Listen; `again`: as a desk does, with the last cursor after every loss."""
        while True:
            try:
                async for batch in connector.listen(since):
                    self.batches.append(batch)
                    since = batch.cursor if batch.cursor is not None else since
                    self._news.set()
                self.error = ConnectorError("listen came to an end by itself")
            except ConnectorError as error:
                self.error = error
            if not again:
                self._news.set()
                return
            self.error = None
            self.relistened += 1
            # A desk waits longer; this only keeps a dead server from being asked in a tight loop.
            await asyncio.sleep(0.05)


@asynccontextmanager
async def listening(
    connector: Connector, patience: float, *, since: Cursor | None = None, again: bool = False
) -> AsyncIterator[Ear]:
    """An ear on an open connector, gone at the end of the block."""
    ear = Ear(patience)
    task = asyncio.create_task(ear.follow(connector, since, again=again))
    try:
        yield ear
    finally:
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            task.cancel()
            raise NeverHappened("listening didn't end when it was cancelled")
        with suppress(asyncio.CancelledError):
            task.result()


async def eventually(
    look: Callable[[], Awaitable[Value]], enough: Callable[[Value], bool], patience: float
) -> Value:
    """Look until it is enough, or until the deadline: then the last look is the answer."""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        seen = await look()
        if enough(seen) or asyncio.get_running_loop().time() > deadline:
            return seen
        # The network is another process: there is nothing to wait on but time.
        await asyncio.sleep(0.05)
