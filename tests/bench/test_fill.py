"""The made-up desk is one that the store would have written."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.store.connection import Store, Work
from console.store.threads import recount, refresh_preview
from tests.bench.fill import fill

THREADS, MESSAGES = 2_000, 8_000
STANDING = (
    "SELECT id, waiting_since, pile, since, last_at, last_lane, last_ours, preview FROM threads "
    "ORDER BY id"
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(fill(tmp_path, THREADS, MESSAGES))
    opened.open_now()
    yield opened
    opened.close()


def test_it_holds_what_was_asked_for(store: Store) -> None:
    def unit(work: Work) -> tuple[int, int, int]:
        return tuple(
            work.value(f"SELECT COUNT(*) FROM {where}")
            for where in ("threads", "messages", "threads WHERE pile = 0")
        )

    threads, messages, waiting = store.read_now(unit)
    assert (threads, messages) == (THREADS, MESSAGES)
    assert waiting > THREADS * 0.9


def test_the_stores_own_recount_changes_nothing(store: Store) -> None:
    def unit(work: Work) -> tuple[list, list]:
        before = work.all(STANDING)
        for (thread_id,) in work.all("SELECT id FROM threads WHERE state <> 'done'"):
            recount(work, thread_id)
            refresh_preview(work, thread_id)
        return before, work.all(STANDING)

    (before, after), _ = store.write_now(unit)
    snoozed = {row[0] for row in before if row[2] == 2}
    assert snoozed
    assert before == after


def test_every_row_belongs_somewhere_and_is_found(store: Store) -> None:
    def unit(work: Work) -> tuple[list, str, int]:
        return (
            work.all("PRAGMA foreign_key_check"),
            work.value("PRAGMA integrity_check"),
            work.value("SELECT COUNT(*) FROM messages_text WHERE messages_text MATCH 'order'"),
        )

    broken, whole, found = store.read_now(unit)
    assert broken == []
    assert whole == "ok"
    assert found > 50


def test_the_same_seed_makes_the_same_desk(tmp_path: Path, store: Store) -> None:
    again = Store(fill(tmp_path / "again", THREADS, MESSAGES))
    again.open_now()
    for sql in (STANDING, "SELECT * FROM messages ORDER BY id"):
        assert store.read_now(Work.all, sql) == again.read_now(Work.all, sql)
    again.close()
