"""A headless desk that is killed at its nth commit, or lives until its outbox is settled.

    python -m tests.kill.victim DATABASE SERVER TOKEN [COMMIT before|after] [--ahead SECONDS]
        [--approve one|all]

With `--approve` a person sits at it, who approves what they find in the review deck.
It is the product's own engine and store; the only thing of its own is the moment of its death.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.contract import Secrets
from console.engine.engine import Engine
from console.engine.reviewing import Review
from console.engine.setup import AccountSetup, EngineSettings
from console.store import deliveries
from console.store.connection import Store

SETTINGS = {"poll_seconds": "0.05", "own_seconds": "0.05"}


class DyingStore(Store):
    """Dies before or after its nth commit, without a last word."""

    dies_at = 0
    before = False
    commits = 0

    def _commit(self, connection: sqlite3.Connection) -> None:
        self.commits += 1
        if self.before and self.commits == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        super()._commit(connection)
        if self.commits == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Token:
    def __init__(self, token: str) -> None:
        self.token = token

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        pass

    async def of(self, account: AccountSetup) -> Secrets:
        return {"token": self.token}


def setup(server: str) -> AccountSetup:
    return AccountSetup(name="main", network="mastodon", settings={"server": server, **SETTINGS})


async def live(asked: argparse.Namespace) -> None:
    store = DyingStore(Path(asked.database))
    store.open_now()
    store.dies_at, store.before = asked.commit, asked.when == "before"
    ahead = timedelta(seconds=asked.ahead)
    engine = Engine(
        store,
        [setup(asked.server)],
        secrets=Token(asked.token),
        settings=EngineSettings(agent="Mira", undo_window=timedelta(0)),
        clock=lambda: datetime.now(UTC) + ahead,
    )
    changed = asyncio.Event()
    store.listen(lambda _changed: changed.set())
    await engine.prepare()
    await engine.start()
    await approve(engine.review, asked.approve)
    async with asyncio.timeout(25):
        while changed.clear() or await store.read(deliveries.open_deliveries):
            await changed.wait()
        # What the network sends back of our own words has been woven in before we look.
        await engine.sessions["main"].caught_up.wait()
    await engine.stop()
    store.close()


async def approve(review: Review, how: str) -> None:
    """What a person does at the deck."""
    if how == "all":
        await review.approve_all(await review.leaving())
    elif how == "one":
        for draft in await review.deck():
            card = await review.card(draft)
            assert card is not None
            await review.approve(draft, seen=card.draft.seen, read=card.draft)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("server")
    parser.add_argument("token")
    parser.add_argument("commit", type=int, nargs="?", default=0)
    parser.add_argument("when", nargs="?", default="after")
    parser.add_argument("--ahead", type=float, default=0.0)
    parser.add_argument("--approve", choices=["one", "all"], default="")
    asyncio.run(live(parser.parse_args()))


if __name__ == "__main__":
    main()
