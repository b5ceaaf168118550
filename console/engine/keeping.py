"""A backup of the desk every day, made by the process that holds the outbox; nothing waits for it.

It is looked after every few minutes rather than planned: a machine that sleeps at night has its
backup when it wakes. One that fails is said and tried again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from connectors.contract import Clock
from console.store.errors import StoreError

log = logging.getLogger(__name__)

FIRST_AFTER = 20.0
"""Seconds after the start: the first minute of a session belongs to whoever opened it."""
LOOK_EVERY = 300.0
"""Seconds between looks whether the day has its backup."""
AGAIN_AFTER = 1800.0
"""Seconds after which a backup that failed is tried again."""


class Keeping:
    """Keeps the backups of one database. `changed` is called when `trouble` does."""

    def __init__(self, database: Path, clock: Clock, changed: Callable[[], None]) -> None:
        self.trouble = ""
        """Why there is no backup today, in words; empty while all is well."""
        self._database = database
        self._clock = clock
        self._changed = changed

    async def run(self) -> None:
        """Live until cancelled."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            well = await self.look()
            await asyncio.sleep(LOOK_EVERY if well else AGAIN_AFTER)

    async def look(self) -> bool:
        """Make today's backup if it is not there yet; False when it could not be made."""
        # What a start doesn't need isn't loaded by it.
        from console.engine.here import local_zone
        from console.store import backup

        day = self._clock().astimezone(local_zone()).date()
        stop = threading.Event()
        try:
            if await asyncio.to_thread(backup.is_due, self._database, day):
                made = await asyncio.to_thread(backup.make_daily, self._database, day, stop)
                log.info("backup made: %s", made)
        except StoreError as error:
            log.error("%s", error.words)
            self._say(error.words)
            return False
        finally:
            # Whoever is cancelled doesn't leave a thread at work.
            stop.set()
        self._say("")
        return True

    def _say(self, words: str) -> None:
        if words != self.trouble:
            self.trouble = words
            self._changed()
