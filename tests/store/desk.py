"""A desk on disk with one account, and short ways to let customers write to it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.contract import Address, Batch, Lane, Post
from console.engine import intake
from console.store import accounts
from console.store.arrivals import TakenIn
from console.store.connection import Store

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ANA = Address(remote_id="ana", handle="@ana@social.example", name="Ana Horvat")
BUDI = Address(remote_id="budi", handle="@budi@social.example", name="Budi")
SHOP = Address(remote_id="shop", handle="@shop@social.example", name="Shop")


class DeskOnDisk:
    """A store that units run on in this thread. `now` moves only when it is moved."""

    def __init__(self, folder: Path, name: str = "desk.db") -> None:
        self.path = folder / name
        self.now = START
        self.numbers = itertools.count(1)
        self.store = Store(self.path)
        self.store.open_now()
        self.write(accounts.put_account, "main", "stage", {}, configured=False, now=self.now)

    def clock(self) -> datetime:
        return self.now

    def later(self, **spans: float) -> datetime:
        self.now += timedelta(**spans)
        return self.now

    def write(self, unit, *args, **kwargs):
        return self.store.write_now(unit, *args, **kwargs)[0]

    def read(self, unit, *args, **kwargs):
        return self.store.read_now(unit, *args, **kwargs)

    def take(self, *arrivals, cursor: str | None = None) -> TakenIn:
        return self.write(intake.take_in, "main", Batch(arrivals=arrivals, cursor=cursor), self.now)

    def post(self, author: Address = ANA, text: str = "where is my parcel?", **rest) -> Post:
        """A post, not yet taken in; a minute later than the one before."""
        number = next(self.numbers)
        values = {
            "remote_id": f"p{number}",
            "lane": Lane.PUBLIC,
            "author": author,
            "ours": author is SHOP,
            "text": text,
            "at": self.later(minutes=1),
            "url": f"https://social.example/p{number}",
        }
        values.update(rest)
        return Post(**values)

    def close(self) -> None:
        self.store.close()
