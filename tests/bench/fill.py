"""Fills a desk with made-up customers: `python -m tests.bench.fill DIR --threads N --messages M`.

DIR is a GREENROOM_HOME. The same numbers and the same seed make the same desk. What is written is
what the intake would have written, put there in bulk: the rows of the threads, the lanes and the
full text index agree with the messages (`tests/bench/test_fill.py` asks the store's own recount).
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import time
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import Attachment, Audience, Lane
from console import paths
from console.desk.model import ThreadState
from console.store.connection import Store
from console.store.moments import Extras, extras_json, preview, to_ms
from console.store.threads import Pile, pile_of
from tests.bench.words import SPOKEN, TONGUES, Tongue, order, said

UNTIL = to_ms(datetime(2026, 10, 1, tzinfo=UTC))
"""The moment at which the made-up desk stands."""

SPAN = 540 * 86_400_000
ACCOUNTS = (
    # name, network, share of the threads, host of its customers
    ("shop", "mastodon", 55, "social.example"),
    ("studio", "bluesky", 20, "sky.example"),
    ("bot", "telegram", 15, "t.example"),
    ("mail", "mail", 10, "post.example"),
)
OURS = ("Lumen & Loom", "@lumen")
PUBLIC, PRIVATE = Lane.PUBLIC.value, Lane.PRIVATE.value
CHUNK = 20_000

_MESSAGE = (
    "INSERT INTO messages (id, thread_id, account, remote_id, lane, ours, author, handle, text, "
    "at, url, warning, language, audience, extras) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_THREAD = (
    "INSERT INTO threads (id, account, contact_id, address_id, state, snoozed_until, "
    "waiting_since, last_at, last_lane, last_ours, preview, unread, severity, created_at, pile, "
    "since) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


class _Person:
    """A customer with their name and address."""

    __slots__ = ("account", "handle", "host", "id", "name", "network", "tongue")

    def __init__(self, number: int, rng: random.Random) -> None:
        self.id = number
        self.account, self.network, _, self.host = rng.choices(
            ACCOUNTS, [share for _, _, share, _ in ACCOUNTS]
        )[0]
        self.tongue: Tongue = rng.choices(TONGUES, SPOKEN)[0]
        self.name = f"{rng.choice(self.tongue.first)} {rng.choice(self.tongue.last)}"
        spoken = self.name.lower() if self.name.isascii() else self.tongue.code
        self.handle = f"@{spoken.replace(' ', '.')}{number}@{self.host}"

    @property
    def remote_id(self) -> str:
        return f"p{self.id}"


class _Thread:
    """A thread while its messages come in."""

    __slots__ = (
        "created_at", "id", "lanes", "last_at", "last_lane", "last_ours", "order", "person",
        "preview", "unread", "waiting_since",
    )  # fmt: skip

    def __init__(self, number: int, person: _Person, rng: random.Random) -> None:
        self.id = number
        self.person = person
        self.order = order(rng)
        self.created_at = 0
        self.waiting_since: int | None = None
        self.last_at = 0
        self.last_lane = PUBLIC
        self.last_ours = 0
        self.preview = ""
        self.unread = 0
        self.lanes: dict[str, list[object]] = {}


def fill(home: Path, threads: int, messages: int, seed: int = 1) -> Path:
    """Make the desk; the database's path. Refuses a database that holds something already."""
    if not 0 < threads <= messages:
        raise SystemExit("There must be at least one message a thread.")
    found = paths.find({paths.HOME_VARIABLE: str(home)})
    paths.make(found)
    store = Store(found.database)
    store.open_now()
    store.close()
    connection = sqlite3.connect(found.database, isolation_level=None)
    if connection.execute("SELECT 1 FROM messages").fetchone():
        raise SystemExit(f"{found.database} holds messages already; name an empty folder.")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -262144")
    connection.execute("PRAGMA foreign_keys = OFF")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        "AND tbl_name IN ('messages', 'threads', 'addresses', 'lanes')"
    ).fetchall()
    connection.execute("BEGIN")
    for name, _sql in indexes:
        connection.execute(f"DROP INDEX {name}")
    _write(connection, threads, messages, random.Random(seed))
    for _name, sql in indexes:
        connection.execute(sql)
    for table in ("messages_text", "notes_text"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return found.database


def _write(connection: sqlite3.Connection, threads: int, messages: int, rng: random.Random) -> None:
    for name, network, _, host in ACCOUNTS:
        # Only the first is served; the others' threads stay readable, as those of an account that
        # went out of the configuration do.
        connection.execute(
            "INSERT INTO accounts (name, network, settings, configured, caught_up, added_at) "
            "VALUES (?, ?, ?, ?, 1, ?)",
            (
                name,
                network,
                f'{{"server":"https://{host}","token_env":"GREENROOM_BENCH_TOKEN"}}',
                int(name != "shop"),
                UNTIL - SPAN,
            ),
        )
    people = [_Person(number, rng) for number in range(1, max(threads * 4 // 5, 1) + 1)]
    connection.executemany(
        "INSERT INTO contacts (id, name, language, created_at) VALUES (?, ?, ?, ?)",
        ((person.id, person.name, person.tongue.code, UNTIL - SPAN) for person in people),
    )
    connection.executemany(
        "INSERT INTO addresses (id, contact_id, account, remote_id, handle, name, url, language) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                person.id,
                person.id,
                person.account,
                person.remote_id,
                person.handle,
                person.name,
                f"https://{person.host}/{person.handle}",
                person.tongue.code,
            )
            for person in people
        ),
    )
    plan = _Plan(threads, messages, rng)
    made: dict[int, _Thread] = {}
    rows: list[tuple[object, ...]] = []
    for number, (thread_number, at, lane, ours) in enumerate(plan.in_time(), start=1):
        thread = made.get(thread_number)
        if thread is None:
            # The first customers come once each, then some of them come again.
            place = len(made) if len(made) < len(people) else rng.randrange(len(people))
            thread = made[thread_number] = _Thread(len(made) + 1, people[place], rng)
            thread.created_at = at
        rows.append(_message(number, thread, at, lane, ours, rng))
        if len(rows) == CHUNK:
            connection.executemany(_MESSAGE, rows)
            rows.clear()
    connection.executemany(_MESSAGE, rows)
    connection.executemany(
        _THREAD, (_thread(thread, plan.fate[number], rng) for number, thread in made.items())
    )
    connection.executemany(
        "INSERT INTO lanes (thread_id, lane, account, conversation, reply_to, audience, url) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (lane for thread in made.values() for lane in thread.lanes.values()),
    )
    _work_of_people(connection, list(made.values()), rng)


class _Plan:
    """How many messages each thread has, when, in which lane and by whom."""

    def __init__(self, threads: int, messages: int, rng: random.Random) -> None:
        self.lengths = array("q", [1]) * threads
        left = messages - threads
        # A few conversations are very long, most are short.
        for number in rng.sample(range(threads), min(threads // 1000, left // 1000)):
            self.lengths[number] += 300
            left -= 300
        for _ in range(left):
            self.lengths[rng.randrange(threads)] += 1
        self.fate = bytearray(
            rng.choices(
                (Pile.NEEDS_US, Pile.WAITING, Pile.SNOOZED, Pile.DONE), (970, 12, 6, 12), k=threads
            )
        )
        self._rng = rng

    def in_time(self) -> Iterator[tuple[int, int, str, bool]]:
        """Every message as (thread, moment, lane, ours), the oldest first."""
        rng = self._rng
        thread, moment, kind = array("q"), array("q"), bytearray()
        for number, length in enumerate(self.lengths):
            at = UNTIL - 86_400_000 - rng.randrange(SPAN)
            private = rng.random() < 0.15
            pace = max(min(3_600_000, (UNTIL - 60_000 - at) // (2 * length)), 2)
            for place in range(length):
                if place:
                    at += 1 + rng.randrange(pace)
                    private = private or rng.random() < 0.1
                last = place == length - 1
                ours = place > 0 and rng.random() < 0.4
                if last:
                    fate = self.fate[number]
                    ours = place > 0 and (
                        fate == Pile.WAITING or (fate != Pile.NEEDS_US and rng.random() < 0.5)
                    )
                thread.append(number)
                moment.append(at)
                kind.append(private << 1 | ours)
        for place in sorted(range(len(moment)), key=moment.__getitem__):
            what = kind[place]
            yield thread[place], moment[place], PRIVATE if what & 2 else PUBLIC, bool(what & 1)


def _message(
    number: int, thread: _Thread, at: int, lane: str, ours: bool, rng: random.Random
) -> tuple[object, ...]:
    person = thread.person
    tongue = person.tongue
    says = tongue.answers if ours else tongue.goes_on if thread.lanes else tongue.asks
    text = said(rng, says, thread.order)
    remote_id = str(110_000_000_000_000_000 + number * 7)
    url = f"https://{person.host}/@{'lumen' if ours else person.id}/{remote_id}"
    audience = (Audience.EVERYONE if lane == PUBLIC else Audience.NAMED).value
    bound = thread.lanes.get(lane)
    if bound is None:
        conversation = remote_id if lane == PUBLIC else f"dm:{person.remote_id}"
        thread.lanes[lane] = [
            thread.id, lane, person.account, conversation, remote_id, audience, url,
        ]  # fmt: skip
    elif not ours:
        bound[4], bound[6] = remote_id, url
    thread.last_at, thread.last_lane, thread.last_ours = at, lane, int(ours)
    thread.preview = preview(text)
    if ours:
        thread.waiting_since, thread.unread = None, 0
    else:
        thread.unread += 1
        if thread.waiting_since is None:
            thread.waiting_since = at
    attached = ()
    if not ours and rng.random() < 0.03:
        attached = (
            Attachment(kind="image", url=f"{url}/1.jpg", description="a photo of the parcel"),
        )
    name, handle = OURS if ours else (person.name, person.handle)
    return (
        number, thread.id, person.account, remote_id, lane, int(ours), name, handle, text, at, url,
        None, tongue.code, audience, extras_json(Extras(attached)),
    )  # fmt: skip


def _thread(thread: _Thread, fate: int, rng: random.Random) -> tuple[object, ...]:
    state, snoozed = ThreadState.OPEN, None
    waiting = thread.waiting_since
    if fate == Pile.DONE:
        state, waiting = ThreadState.DONE, None
    elif fate == Pile.SNOOZED:
        state, snoozed = ThreadState.SNOOZED, UNTIL + 3650 * 86_400_000
    return (
        thread.id, thread.person.account, thread.person.id, thread.person.id, state.value, snoozed,
        waiting, thread.last_at, thread.last_lane, thread.last_ours, thread.preview,
        thread.unread if rng.random() < 0.6 else 0, rng.choices((0, 1, 2, 3), (94, 3, 2, 1))[0],
        thread.created_at, pile_of(state.value, waiting).value,
        waiting if waiting is not None else thread.last_at,
    )  # fmt: skip


def _work_of_people(
    connection: sqlite3.Connection, threads: list[_Thread], rng: random.Random
) -> None:
    for tag, share in (("refund", 30), ("size", 40), ("lost", 60), ("vip", 200)):
        connection.executemany(
            "INSERT INTO thread_tags VALUES (?, ?)",
            ((thread.id, tag) for thread in rng.sample(threads, len(threads) // share)),
        )
    connection.executemany(
        "INSERT INTO notes (thread_id, text, at) VALUES (?, ?, ?)",
        (
            (thread.id, f"Asked the carrier about {thread.order}.", thread.last_at + 60_000)
            for thread in rng.sample(threads, len(threads) // 50)
        ),
    )
    connection.executemany(
        "INSERT INTO drafts (key, thread_id, lane, kind, text, author, created_at, updated_at) "
        "VALUES (?, ?, ?, 'reply', ?, '', ?, ?)",
        (
            (
                f"{thread.id:032x}",
                thread.id,
                thread.last_lane,
                f"About {thread.order}: ",
                UNTIL,
                UNTIL,
            )
            for thread in rng.sample(threads, len(threads) // 2500)
        ),
    )


def main() -> None:
    """Fill a folder and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fill", description=__doc__)
    parser.add_argument("home", type=Path, help="a GREENROOM_HOME, empty or missing")
    parser.add_argument("--threads", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    database = fill(asked.home, asked.threads, asked.messages, asked.seed)
    size = database.stat().st_size / 1e6
    print(f"{database}: {size:.0f} MB in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
