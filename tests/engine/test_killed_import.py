"""An import that is killed at any of its commits and done again ends as one that was not."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.commands import sheaf
from console.desk.model import DeliveryState
from console.engine import exchange
from console.engine.engine import Engine
from console.engine.exchange import Exchange
from console.engine.judging import Outcome
from console.engine.setup import EngineSettings, NoSecrets
from console.store.connection import Store
from tests.engine.office import Office
from tests.engine.test_review import asked, drafted
from tests.kill.victim import DyingStore

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
FILES = exchange.AT_ONCE * 2 + 5
COMMITS = 3
"""One for every few files."""

DECISIONS = ("approve", "approve", "discard", "later", "", "approve")


async def prepared(folder: Path) -> None:
    """A desk with drafts, and their files with decisions and edits."""
    office = await Office(folder).open()
    try:
        for number in range(FILES):
            view = await asked(office, who=f"c{number}")
            await drafted(office, view, f"Parcel {number} left.")
        found = await Exchange(office.store, office.engine.review, office.clock).export()
        files = folder / "files"
        sheaf.make(files)
        for number, one in enumerate(found.written):
            decision = DECISIONS[number % len(DECISIONS)]
            text = one.text.replace('decision = ""', f'decision = "{decision}"')
            if number % 4 in (1, 2):
                text = text.replace(" left.", " left today.")
            sheaf.put(files, f"{number:03}.txt", text)
    finally:
        await office.close()


async def take_in(store: Store, folder: Path) -> list[Outcome]:
    """The import as the command does it."""
    engine = Engine(
        store,
        [],
        secrets=NoSecrets(),
        settings=EngineSettings(agent="Mira", offline=True),
        clock=lambda: NOW,
    )
    await engine.prepare()
    try:
        entries = sheaf.entries(folder / "files")
        there = Exchange(store, engine.review, engine.clock)
        came = await there.take_in((entry.name, entry.data) for entry in entries)
        return [one.outcome for one in came]
    finally:
        await engine.stop()


def state(database: Path) -> tuple[list[tuple[object, ...]], ...]:
    """What stands on the desk, without the numbers that differ from run to run."""
    store = Store(database)
    store.open_now()
    try:
        return store.read_now(
            lambda work: (
                work.all(
                    "SELECT key, text, base, ready_at IS NULL, postponed_at IS NULL, "
                    "discarded_at IS NULL, stopped FROM drafts ORDER BY key"
                ),
                work.all(
                    "SELECT draft_key, state, json_extract(outgoing, '$.text'), base "
                    "FROM deliveries ORDER BY draft_key"
                ),
            )
        )
    finally:
        store.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The desk and its files before the import, and what stands there after one without a kill."""
    folder = tmp_path_factory.mktemp("import")
    asyncio.run(prepared(folder))
    whole = folder / "whole"
    whole.mkdir()
    shutil.copytree(folder / "files", whole / "files")
    shutil.copy(folder / "desk.db", whole / "desk.db")
    store = Store(whole / "desk.db")
    store.open_now()
    came = asyncio.run(take_in(store, whole))
    store.close()
    assert Outcome.REFUSED not in came
    return folder, state(whole / "desk.db"), came


def test_what_is_compared_is_something(desk):
    _, (drafts, deliveries), came = desk
    assert len(came) == FILES
    assert set(came) == set(Outcome) - {Outcome.REFUSED}
    assert len(deliveries) == came.count(Outcome.APPROVED)
    assert len({key for key, *_ in deliveries}) == len(deliveries)
    assert {found[1] for found in deliveries} == {DeliveryState.HELD.value}
    assert len(drafts) == FILES - len(deliveries)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("commit", range(1, COMMITS + 1))
def test_killed_and_done_again_it_ends_the_same(desk, tmp_path, commit, when):
    folder, wanted, _ = desk
    shutil.copytree(folder / "files", tmp_path / "files")
    shutil.copy(folder / "desk.db", tmp_path / "desk.db")
    command = [sys.executable, "-m", "tests.engine.test_killed_import", str(tmp_path)]
    killed = subprocess.run([*command, str(commit), when], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert subprocess.run(command, check=False).returncode == 0
    assert state(tmp_path / "desk.db") == wanted
    assert subprocess.run(command, check=False).returncode == 0
    assert state(tmp_path / "desk.db") == wanted


def main() -> None:
    """Import in this process, and die at a commit if one is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("commit", type=int, nargs="?", default=0)
    parser.add_argument("when", nargs="?", default="after")
    asked_for = parser.parse_args()
    store = DyingStore(asked_for.folder / "desk.db")
    store.open_now()
    store.dies_at, store.before = asked_for.commit, asked_for.when == "before"
    asyncio.run(take_in(store, asked_for.folder))
    store.close()


if __name__ == "__main__":
    main()
