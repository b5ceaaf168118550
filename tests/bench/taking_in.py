"""Intake: pages of a Mastodon server, as bytes, to rows and full text on the disk.

The plain loop beside it runs the very statements that the intake ran, row by row on a bare
connection with the same pragmas, in transactions of the same size, on an equal copy of the desk.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.contract import Batch, Hearing
from connectors.mastodon import wire
from console import pace
from console.engine import intake
from console.store import dialect
from console.store.connection import Params, Store, Work
from tests.bench.figures import Figure, median
from tests.bench.words import SPOKEN, TONGUES, order, said

BATCH = 500
BEGIN = datetime(2026, 10, 2, tzinfo=UTC)
US = wire.Us(id="1", acct="lumen", domains=frozenset({"social.example"}))
WANTED = 10_000


def taking_in(database: Path, folder: Path, batches: int = 24) -> list[Figure]:
    """Messages a second, median of the batches, and the plain loop's over the same rows."""
    copies = [folder / f"{name}.db" for name in ("ours", "plain", "noted")]
    for copy in copies:
        shutil.copy(database, copy)
    store = Store(copies[0])
    store.open_now()
    plain, noted = (dialect.connect(str(copy), writer=True) for copy in copies[1:])
    ours, others = [], []
    pace.settle()  # as the console does after its start
    try:
        for number, body in enumerate(pages(batches)):
            began = time.perf_counter()
            store.write_now(take, body)
            took = time.perf_counter() - began
            statements = _noted(noted, body)
            began = time.perf_counter()
            _replay(plain, statements)
            if number > 2:  # the first batches fill the caches
                ours.append(BATCH / took)
                others.append(BATCH / (time.perf_counter() - began))
    finally:
        store.close()
        plain.close()
        noted.close()
        for copy in copies:
            copy.unlink()
    rate, other = median(ours), median(others)
    return [
        Figure(
            what="intake in batches of 500, synchronous=FULL",
            value=rate,
            unit="messages/s",
            against="plain SQLite loop",
            other=other,
            ratio=rate / other,
            goal=">= 10,000/s",
            held=rate >= WANTED,
        )
    ]


def take(work: Work, body: bytes) -> None:
    """The whole path: parse, clean, weave, store, full text."""
    page = wire.notifications(wire.items(body), US)
    batch = Batch(
        arrivals=tuple(heard.post for heard in page.oldest_first()),
        cursor=page.newest,
        hearing=Hearing.CATCHING_UP,
        oddities=page.oddities,
    )
    taken = intake.take_in(work, "shop", batch, BEGIN)
    assert taken.new_messages == BATCH, taken


class _Noting(Work):
    """A transaction that notes what it writes."""

    __slots__ = ("noted",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.noted: list[tuple[str, Params]] = []

    def do(self, sql: str, params: Params | None = None) -> int:
        self.noted.append((sql, params or {}))
        return super().do(sql, params)

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        kept = list(rows)
        self.noted.extend((sql, row) for row in kept)
        super().many(sql, kept)


def _noted(connection: sqlite3.Connection, body: bytes) -> list[tuple[str, Params]]:
    connection.execute("BEGIN IMMEDIATE")
    work = _Noting(connection)
    take(work, body)
    connection.execute("COMMIT")
    return work.noted


def _replay(connection: sqlite3.Connection, statements: list[tuple[str, Params]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for sql, params in statements:
        connection.execute(sql, params)
    connection.execute("COMMIT")


def pages(batches: int) -> Iterator[bytes]:
    """Pages of mentions: two in five begin a matter, the others go on with one."""
    rng = random.Random(11)
    written: list[tuple[str, int]] = []
    number = 0
    for _ in range(batches):
        items = []
        for _ in range(BATCH):
            number += 1
            answers = rng.choice(written[-5000:]) if written and rng.random() < 0.6 else None
            person = answers[1] if answers else number
            remote_id = str(113_000_000_000_000_000 + number)
            items.append(_mention(rng, number, remote_id, person, answers and answers[0]))
            written.append((remote_id, person))
        yield json.dumps(items[::-1], ensure_ascii=False).encode()


def _mention(
    rng: random.Random, number: int, remote_id: str, person: int, answers: str | None
) -> dict[str, object]:
    tongue = random.Random(person).choices(TONGUES, SPOKEN)[0]
    words = said(rng, tongue.goes_on if answers else tongue.asks, order(rng))
    words = words.replace("&", "&amp;").replace("\n\n", "</p><p>")
    at = (BEGIN + timedelta(seconds=number)).isoformat().replace("+00:00", ".000Z")
    handle = f"new{person}@crowd.example"
    return {
        "id": str(900_000_000 + number),
        "type": "mention",
        "created_at": at,
        "status": {
            "id": remote_id,
            "created_at": at,
            "in_reply_to_id": answers,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": tongue.code,
            "uri": f"https://crowd.example/users/new{person}/statuses/{remote_id}",
            "url": f"https://crowd.example/@new{person}/{remote_id}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "edited_at": None,
            "content": '<p><span class="h-card" translate="no"><a href="https://social.example/'
            f'@lumen" class="u-url mention">@<span>lumen</span></a></span> {words}</p>',
            "reblog": None,
            "account": {
                "id": f"n{person}",
                "username": f"new{person}",
                "acct": handle,
                "display_name": f"{tongue.first[person % 7]} {tongue.last[person % 6]}",
                "locked": False,
                "bot": False,
                "url": f"https://crowd.example/@new{person}",
                "note": "<p>I like tea, rain and good blankets.</p>",
                "emojis": [],
                "fields": [],
            },
            "media_attachments": [],
            "mentions": [
                {
                    "id": "1",
                    "username": "lumen",
                    "url": "https://social.example/@lumen",
                    "acct": "lumen",
                }
            ],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        },
    }
