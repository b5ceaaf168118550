"""A headless desk on Telegram that is killed at its nth commit, or lives until a person is needed.

python -m tests.connectors.telegram.victim DATABASE SERVER TOKEN [COMMIT before|after]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from console.desk.model import Delivery, DeliveryState
from console.engine.engine import Engine
from console.engine.setup import AccountSetup, EngineSettings
from console.store import deliveries
from console.store.connection import Store
from tests.connectors.telegram.fake import GROUP
from tests.kill.victim import DyingStore, Token


def engine_of(store: Store, server: str, token: str) -> Engine:
    """The product's own engine, with no undo window."""
    account = AccountSetup(
        name="main", network="telegram", settings={"server": server, "groups": str(GROUP)}
    )
    settings = EngineSettings(agent="Mira", undo_window=timedelta(0))
    return Engine(store, [account], secrets=Token(token), settings=settings)


def at_rest(found: Sequence[Delivery]) -> bool:
    """Nothing happens any more by itself: each is for a person, or waits for a customer whose
    button may not stand there."""
    lost = [one for one in found if one.state is DeliveryState.DOUBTFUL and one.next_at is None]
    return all(one in lost or (one.awaits and lost) for one in found)


async def live(database: str, server: str, token: str, commit: int, when: str) -> None:
    store = DyingStore(Path(database))
    store.open_now()
    store.dies_at, store.before = commit, when == "before"
    engine = engine_of(store, server, token)
    changed = asyncio.Event()
    store.listen(lambda _changed: changed.set())
    await engine.prepare()
    await engine.start()
    async with asyncio.timeout(25):
        # Who pressed the button while it was dead has been heard.
        await engine.sessions["main"].caught_up.wait()
        while changed.clear() or not at_rest(await store.read(deliveries.open_deliveries)):
            await changed.wait()
    await engine.stop()
    store.close()


if __name__ == "__main__":
    database, server, token, commit, when = [*sys.argv[1:], "0", "after"][:5]
    asyncio.run(live(database, server, token, int(commit), when))
