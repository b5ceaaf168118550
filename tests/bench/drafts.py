"""Drafts: the deck with a thousand of them, the next one, an import of a thousand files, autosave.

What they are held against is measured in the same run: a thread read whole, and plain SQLite that
commits as often.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

from connectors.contract import Lane
from console import pace
from console.commands import sheaf
from console.desk import sheets
from console.desk.model import DraftKind
from console.engine import exchange
from console.engine.engine import Engine, utc_now
from console.engine.judging import Outcome
from console.engine.setup import AccountSetup, EngineSettings, NoSecrets
from console.store import dialect
from console.store.connection import Store
from console.store.threads import Order, View
from tests.bench.figures import Figure, p95, times

DRAFTS = 1000
OPEN_MS, NEXT_MS, IMPORT_S = 200.0, 50.0, 3.0


def drafts(database: Path, folder: Path) -> list[Figure]:
    """All of it, on a copy of the desk."""
    copy, plain = folder / "drafts.db", folder / "drafts-plain.db"
    shutil.copy(database, copy)
    shutil.copy(database, plain)
    files = folder / "sheets"
    files.mkdir(mode=0o700)
    store = Store(copy)
    store.open_now()
    pace.settle()  # as the console does after its start
    try:
        return asyncio.run(_measured(store, files, plain))
    finally:
        store.close()
        for each in (copy, plain):
            each.unlink()
        shutil.rmtree(files)


async def _measured(store: Store, files: Path, plain: Path) -> list[Figure]:
    engine = Engine(
        store,
        [
            AccountSetup(
                name="shop", network="mastodon", settings={"server": "https://social.example"}
            )
        ],
        secrets=NoSecrets(),
        settings=EngineSettings(agent="Mira", offline=True, undo_window=timedelta(hours=1)),
    )
    await engine.prepare()
    try:
        threads = await _written(engine)
        opened, reads = [], []
        for _ in range(11):
            began = time.perf_counter()
            deck = await engine.review.deck()
            await engine.review.card(deck[0])
            opened.append(time.perf_counter() - began)
        nexts = []
        for draft, thread in zip(deck[1:301], threads[1:301], strict=False):
            began = time.perf_counter()
            await engine.review.card(draft)
            between = time.perf_counter()
            await engine.reading.thread(thread)
            nexts.append(between - began)
            reads.append(time.perf_counter() - between)
        saves, rows = await _autosaves(engine, threads, plain)
        return [
            _held("deck open with 1,000 drafts, p95", p95(opened) * 1000, p95(reads) * 1000,
                  "a thread read", OPEN_MS),
            _held("next draft, p95", p95(nexts) * 1000, p95(reads) * 1000, "a thread read",
                  NEXT_MS),
            await _imported(engine, files, plain),
            *times("autosave on disk", saves, "plain SQLite commit", rows, None),
        ]  # fmt: skip
    finally:
        await engine.stop()


async def _written(engine: Engine) -> list[int]:
    """A thousand drafts in the deck; their threads."""
    waiting = list(await engine.reading.ids(View.INBOX, Order.LONGEST, limit=4 * DRAFTS))
    rows = await engine.reading.rows(waiting)
    threads = [
        number
        for number in waiting
        if rows[number].account == "shop" and rows[number].lane is Lane.PUBLIC
    ][:DRAFTS]
    if len(threads) < DRAFTS:
        raise SystemExit(f"The desk has only {len(threads)} threads to draft in.")
    for number in threads:
        view = await engine.reading.thread(number)
        assert view is not None
        draft = await engine.work.save_draft(
            number, Lane.PUBLIC, DraftKind.REPLY, _text(number), seen=view.seen
        )
        await engine.review.mark_ready(draft)
    return threads


def _text(number: int) -> str:
    # Few words: the checks tell languages apart, and customers write in several.
    return f"Parcel {'abcdefghij'[number % 10]} leaves today.\n\nRobin"


async def _autosaves(
    engine: Engine, threads: list[int], plain: Path
) -> tuple[list[float], list[float]]:
    connection = dialect.connect(str(plain), writer=True)
    saves, rows = [], []
    for number in range(200):
        began = time.perf_counter()
        await engine.work.save_draft(
            threads[0], Lane.PRIVATE, DraftKind.REPLY, "a word " * (number % 80)
        )
        between = time.perf_counter()
        _commit(connection, [f"a word {number}"])
        saves.append(between - began)
        rows.append(time.perf_counter() - between)
    connection.close()
    return saves, rows


async def _imported(engine: Engine, files: Path, plain: Path) -> Figure:
    """Half of the files approve, a quarter are edited, the others are put off or discarded."""
    there = exchange.Exchange(engine.store, engine.review, utc_now)
    for at, one in enumerate((await there.export()).written):
        decision = ("approve", "approve", "later" if at % 8 < 4 else "discard", "")[at % 4]
        text = one.text.replace('decision = ""', f'decision = "{decision}"')
        if at % 4 in (1, 3):
            text = text.replace("leaves today", "leaves tomorrow")
        name = sheets.file_name(one.draft.thread_id, one.contact, one.draft.key)
        sheaf.put(files, name, text)
    began = time.perf_counter()
    came = await there.take_in((entry.name, entry.data) for entry in sheaf.entries(files))
    took = time.perf_counter() - began
    refused = [one for one in came if one.outcome in (Outcome.REFUSED, Outcome.NOTHING_NEW)]
    assert len(came) == DRAFTS, len(came)
    assert not refused, refused[:3]
    connection = dialect.connect(str(plain), writer=True)
    began = time.perf_counter()
    texts = [entry.data.decode() for entry in sheaf.entries(files)]
    for start in range(0, len(texts), exchange.AT_ONCE):
        _commit(connection, texts[start : start + exchange.AT_ONCE])
    other = time.perf_counter() - began
    connection.close()
    return Figure(
        what="import of 1,000 files",
        value=took,
        unit="s",
        against="plain SQLite, rows as often",
        other=other,
        ratio=took / other,
        goal=f"<= {IMPORT_S:g} s",
        held=took <= IMPORT_S,
    )


def _commit(connection: sqlite3.Connection, texts: list[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO changes (at, words, back) VALUES (0, ?, '[]')", [(text,) for text in texts]
    )
    connection.execute("COMMIT")


def _held(what: str, value: float, other: float, against: str, most: float) -> Figure:
    return Figure(
        what=what,
        value=value,
        unit="ms",
        against=against,
        other=other,
        ratio=value / other if other else None,
        goal=f"<= {most:g} ms",
        held=value <= most,
    )
