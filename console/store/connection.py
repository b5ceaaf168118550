"""Two threads that speak SQL, and the units of work that are shipped to them whole.

A unit of work is a synchronous function whose first argument is a `Work` (the transaction). It
runs in the writer's thread inside `BEGIN IMMEDIATE ... COMMIT`, so it is atomic by construction
and can be tested with no event loop; a reading unit runs in the reader's thread and sees one
consistent moment. After a commit the listeners are told which threads changed: ids, never data.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from console.store import dialect
from console.store.errors import NotWritable, StoreError, cut_short, emptied, explain
from console.store.migrations import STEPS, migrate

P = ParamSpec("P")
T = TypeVar("T")

SMALLEST = 512
"""Bytes of the smallest database there is: one page of the smallest size."""

Row = tuple[Any, ...]
Params = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Changed:
    """Some threads changed. `everything`: another process wrote, so any of them may have."""

    threads: frozenset[int]
    revision: int
    everything: bool = False
    accounts: bool = False


class Work:
    """One transaction: the only thing through which a unit of work speaks SQL."""

    __slots__ = ("_connection", "accounts_touched", "touched")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.touched: set[int] = set()
        self.accounts_touched = False

    def touch(self, *threads: int) -> None:
        """Say that these threads are changed by this unit."""
        self.touched.update(threads)

    def all(self, sql: str, params: Params | None = None) -> list[Row]:
        """Every row of a query."""
        return self._connection.execute(sql, params or {}).fetchall()

    def one(self, sql: str, params: Params | None = None) -> Row | None:
        """The first row of a query, or None."""
        row: Row | None = self._connection.execute(sql, params or {}).fetchone()
        return row

    def value(self, sql: str, params: Params | None = None) -> Any:  # noqa: ANN401
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, params or {}).fetchone()
        return None if row is None else row[0]

    def do(self, sql: str, params: Params | None = None) -> int:
        """Run a statement; the number of rows it changed."""
        return self._connection.execute(sql, params or {}).rowcount

    def add(self, sql: str, params: Params | None = None) -> int:
        """Insert one row; its id."""
        added = self._connection.execute(sql, params or {}).lastrowid
        assert added is not None
        return added

    def many(self, sql: str, rows: Iterable[Params]) -> None:
        """Run a statement for every set of parameters."""
        self._connection.executemany(sql, rows)


def among(name: str, values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """What stands behind an `IN` for these values, and its parameters.

    One list and not a parameter for each: the statement stays the same whatever their number, and
    is parsed once.
    """
    kept = json.dumps(list(values), ensure_ascii=False)
    if "\\u0000" not in kept:
        return dialect.members(name), {name: kept}
    # SQLite ends a text of JSON at a NUL.
    names = [f"{name}{number}" for number in range(len(values))]
    return "(:" + ", :".join(names) + ")", dict(zip(names, values, strict=True))


class Store:
    """The database of one desk. Open it before use; close it at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.revision = 0
        self._listeners: list[Callable[[Changed], None]] = []
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="store-read")
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._foreign = 0

    def open_now(self) -> None:
        """Open and migrate the database in this thread. Raises `StoreError`.

        The file is made 0600 before SQLite opens it, so that its companions are too. Before an
        older database changes its shape a copy of it is made.
        """
        try:
            if self.path.exists():
                _check_length(self.path)
            else:
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._writer = dialect.connect(str(self.path), writer=True)
            shape = dialect.version(self._writer)
            if 0 < shape < len(STEPS):
                from console.store import backup  # almost never needed, and every start would pay

                backup.before_step(self.path, shape)
            migrate(self._writer)
            self._reader = dialect.connect(str(self.path), writer=False)
            self._foreign = dialect.foreign_changes(self._writer)
        except sqlite3.Error as error:
            self.close()
            raise explain(error, self.path) from error
        except StoreError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise NotWritable(
                f"{self.path} can't be opened ({error.strerror}). Nothing was changed or stored. "
                "Check that the disk has room and who owns the folder, then try again; "
                "`greenroom doctor` looks at both."
            ) from error

    async def open(self) -> None:
        """Open and migrate the database in the writer's thread. Raises `StoreError`."""
        await asyncio.get_running_loop().run_in_executor(self._writing, self.open_now)

    def listen(self, listener: Callable[[Changed], None]) -> Callable[[], None]:
        """Tell `listener` of every commit, in the event loop's thread; returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(self, changed: Changed) -> None:
        """Tell every listener."""
        for listener in tuple(self._listeners):
            listener(changed)

    def write_now(
        self, unit: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[T, Changed | None]:
        """Run a unit in this thread as one transaction. Raises `StoreError`."""
        assert self._writer is not None, "the store is not open"
        work = Work(self._writer)
        try:
            if self._writer.in_transaction:
                # A disk that failed in the middle of a unit may have failed its end too.
                self._writer.execute("ROLLBACK")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                value = unit(work, *args, **kwargs)
                self._commit(self._writer)
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        if not work.touched and not work.accounts_touched:
            return value, None
        self.revision += 1
        return value, Changed(
            frozenset(work.touched), self.revision, accounts=work.accounts_touched
        )

    def _commit(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")

    def read_now(
        self, unit: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a reading unit in this thread on one consistent moment. Raises `StoreError`."""
        assert self._reader is not None, "the store is not open"
        try:
            self._reader.execute("BEGIN")
            try:
                return unit(Work(self._reader), *args, **kwargs)
            finally:
                if self._reader.in_transaction:
                    self._reader.execute("COMMIT")
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    async def write(
        self, unit: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a unit in the writer's thread and tell the listeners. Raises `StoreError`.

        A cancelled caller doesn't cancel the unit: it is whole or it isn't there.
        """
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(self._writing, lambda: self.write_now(unit, *args, **kwargs))
        done.add_done_callback(self._announce_result)
        value, _changed = await asyncio.shield(done)
        return value

    def _announce_result(self, done: asyncio.Future[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            return
        changed = done.result()[1]
        if changed is not None:
            self.announce(changed)

    async def read(
        self, unit: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a reading unit in the reader's thread. Raises `StoreError`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._reading, lambda: self.read_now(unit, *args, **kwargs)
        )

    async def notice_others(self) -> None:
        """See whether another process has written since the last look, and say so."""
        loop = asyncio.get_running_loop()
        number = await loop.run_in_executor(self._writing, self._look_for_others)
        if number != self._foreign:
            self._foreign = number
            self.revision += 1
            self.announce(Changed(frozenset(), self.revision, everything=True, accounts=True))

    def _look_for_others(self) -> int:
        assert self._writer is not None, "the store is not open"
        try:
            return dialect.foreign_changes(self._writer)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def close(self) -> None:
        """Finish what is under way and close. Safe to call twice."""
        self._writing.shutdown(wait=True)
        self._reading.shutdown(wait=True)
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None


def _check_length(path: Path) -> None:
    """A file without a journal holds as many pages as its head says; an empty one is new, unless
    there are copies of what it was. Raises `Damaged`.

    Source: SQLite's documentation of its file format, the database header.
    """
    journal = path.with_name(path.name + "-wal")
    if journal.exists() and journal.stat().st_size:
        return
    with path.open("rb") as file:
        head = file.read(100)
    length = path.stat().st_size
    if not length:
        from console.store import backup

        if backup.backups(path):
            raise emptied(path)
    if 0 < length < SMALLEST:
        # SQLite would take it for a new one, and write over it.
        raise cut_short(path, SMALLEST - length)
    if not head.startswith(b"SQLite format 3\0") or head[24:28] != head[92:96]:
        return
    page = int.from_bytes(head[16:18], "big")
    should = int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page)
    if length < should:
        raise cut_short(path, should - length)
