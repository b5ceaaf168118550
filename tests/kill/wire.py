"""The other side of the schedules: a network that keeps a ledger, and the way to it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto

from connectors.contract import Capability, Doubtful, Refused
from connectors.stage.connector import Stage
from connectors.stage.network import StageNetwork


class Mishap(Enum):
    """What befalls a request on its way, besides the stage's own faults."""

    LATE = auto()
    """No answer comes, and it is done half a minute later."""
    TWICE = auto()
    """Something on the way repeats it: the server gets it twice."""


class Ledger(StageNetwork):
    """A stage that remembers which key posted what, whatever became of it later."""

    def __init__(self, **how) -> None:
        super().__init__(**how)
        self.made: list[tuple[str, str]] = []
        """Key and remote id of each post the shop ever made."""
        self.mishaps: list[Mishap] = []
        self.slow = 0.0
        """Seconds that a request is under way."""
        self.window: timedelta | None = None
        """How long an answer is taken."""

    def post(self, outgoing, key, *, at=None):
        post = super().post(outgoing, key, at=at)
        if all(post.remote_id != remote_id for _, remote_id in self.made):
            self.made.append((key, post.remote_id))
        return post

    def posts_with(self, key: str) -> list[str]:
        """The ids of the posts that a key ever made."""
        return [remote_id for made, remote_id in self.made if made == key]

    def standing(self, key: str) -> list[str]:
        """Those that still stand."""
        return [remote_id for remote_id in self.posts_with(key) if remote_id in self.posts]


class Wire(Stage):
    """The shop's connector in one process: the process may die before and after each request.

    A request that has left belongs to the network: it goes on when the process is gone.
    """

    life = None
    opened_at = 0
    """How much had been said when this connection was made."""

    async def open(self, secrets):
        self.opened_at = len(self._world.log)
        hello = await super().open(secrets)
        window = self._world.window
        limits = replace(hello.limits, public_window=window, private_window=window)
        can = hello.can
        if not self._world.quirks.idempotent:
            can = can - {Capability.IDEMPOTENT}
        self.hello = replace(hello, limits=limits, can=can)
        return self.hello

    async def send(self, outgoing, key):
        network, life = self._world, self.life
        life.step("asked")
        life.world.eyes.leaves(life.store._reader, outgoing, key)
        life.world.eyes.knows(life.store._reader, network.log.arrivals[: self.opened_at])
        life.stop_if_wrong()
        mishap = network.mishaps.pop(0) if network.mishaps else None
        if mishap is Mishap.LATE and network.running:
            life.world.serve(self._late(outgoing, key))
            await asyncio.sleep(5)
            life.step("answered")
            raise Doubtful("No answer came within 5 s.")
        try:
            return await asyncio.shield(life.world.serve(self._served(outgoing, key, mishap)))
        finally:
            life.step("answered")

    async def find_sent(self, outgoing, key, *, tried_at, claimed):
        self.life.step("looked")
        found = await super().find_sent(outgoing, key, tried_at=tried_at, claimed=claimed)
        self.life.step("found")
        return found

    async def edit(self, remote_id, outgoing):
        self.life.step("asked to edit")
        self.life.world.eyes.changes_what_stands(remote_id, outgoing.text)
        try:
            return await super().edit(remote_id, outgoing)
        finally:
            self.life.step("edit answered")

    async def delete(self, remote_id):
        self.life.step("asked to delete")
        self.life.world.eyes.changes_what_stands(remote_id, None)
        try:
            await super().delete(remote_id)
        finally:
            self.life.step("deletion answered")

    async def _served(self, outgoing, key, mishap):
        self._world.under_way.add(key)
        try:
            if self._world.slow:
                await asyncio.sleep(self._world.slow)
            return await super().send(outgoing, key)
        finally:
            self._world.under_way.discard(key)
            if mishap is Mishap.TWICE and self._world.posted_with(key):
                self._repeated(outgoing, key)

    def _repeated(self, outgoing, key):
        # A network that keeps no keys would post twice whatever we do.
        if self._world.quirks.idempotent:
            self._world.post(outgoing, key)

    async def _late(self, outgoing, key):
        self._world.under_way.add(key)
        try:
            await asyncio.sleep(30)
            with suppress(Refused):
                self._world.post(outgoing, key)
        finally:
            self._world.under_way.discard(key)
