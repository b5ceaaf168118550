"""Everything comes back by the steps of docs/backups.md and of the doctor, run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.commands.exits import Exit
from console.desk.model import DeliveryState, DraftKind
from console.store import backup, deliveries, drafts, notes, threads
from console.store.connection import Store
from console.store.threads import Order, View

PAGE = Path(__file__).parents[2] / "docs" / "backups.md"


@pytest.fixture
def full(street, shell, home):
    """A desk with something of everything on it, and a backup of that."""
    street.customer("ana").writes_public("where is my parcel?")
    street.customer("budi").writes_public("ukuran L masih ada kak?")
    assert shell("watch", "--once").code == Exit.DONE
    shell("reply", "1", "--text", "It left on Monday.")
    store = Store(home.database)
    store.open_now()
    now = datetime.now(UTC)
    view = store.read_now(threads.thread_ids, View.INBOX, Order.LONGEST, None)
    store.write_now(notes.add_note, view[0], "prefers e-mail", now)
    _draft(store, 2, "Masih, kak.", now)
    store.close()
    return backup.make_daily(home.database, now.astimezone().date())


def _draft(store: Store, thread_id: int, text: str, now: datetime) -> None:
    seen = store.read_now(_view, thread_id)
    store.write_now(
        drafts.save, thread_id, seen.row.lane, DraftKind.REPLY, text,
        acknowledgement=None, template=None, seen=seen.seen, author="Mira", now=now,
    )  # fmt: skip


def _view(work, thread_id):
    from console.store.conversation import thread_view

    return thread_view(work, thread_id, 50)


def destroy(home) -> None:
    """Cut the database short, as a disk that was full does."""
    os.truncate(home.database, home.database.stat().st_size // 2)


def run(home, lines: str) -> None:
    """Run lines as a person does in a shell."""
    ours = home.data.parent / "bin"
    ours.mkdir(exist_ok=True)
    command = ours / "greenroom"
    root = Path(__file__).parents[2]
    command.write_text(
        f"#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -c "
        "'from console.cli import main; raise SystemExit(main())' \"$@\" --offline\n"
    )
    command.chmod(0o700)
    env = {**os.environ, "PATH": f"{ours}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-e", "-c", lines], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def everything_is_there(home) -> None:
    store = Store(home.database)
    store.open_now()
    ids = store.read_now(threads.thread_ids, View.INBOX, Order.LONGEST, None)
    rows = store.read_now(threads.thread_rows, ids)
    texts = {text for (text,) in store.read_now(lambda work: work.all("SELECT text FROM messages"))}
    assert {"where is my parcel?", "ukuran L masih ada kak?", "It left on Monday."} <= texts
    assert [row.draft.text for row in store.read_now(drafts.all_drafts)] == ["Masih, kak."]
    assert store.read_now(lambda work: work.value("SELECT text FROM notes")) == "prefers e-mail"
    (sent,) = store.read_now(deliveries.open_deliveries)
    # It was waiting to leave: by now nobody knows but the person.
    assert sent.state is DeliveryState.DOUBTFUL
    assert sent.next_at is None
    assert "restored" in sent.words
    assert len(rows) >= 1
    store.close()


def test_the_steps_of_the_page_bring_everything_back(full, home, shell):
    destroy(home)
    (lines,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert lines.startswith("cd ~/.local/share/greenroom\n")
    assert "greenroom-2026-11-22.db" in lines
    lines = lines.replace("~/.local/share/greenroom", str(home.data))
    run(home, lines.replace("greenroom-2026-11-22.db", full.name))
    everything_is_there(home)
    assert (home.data / "aside" / "greenroom.db").exists()
    # Nothing of what was on its way leaves by itself; the messages that came since come in.
    assert shell("watch", "--once").code == Exit.UNSETTLED


def test_nothing_of_a_restored_desk_is_sent_again(full, home, shell, street):
    assert shell("watch", "--once").code == Exit.DONE
    assert [post.text for post in street.posts_of_shop()] == ["It left on Monday."]
    for path in home.data.glob("greenroom.db*"):
        path.unlink()
    shutil.copy2(full, home.database)
    assert shell("watch", "--once").code == Exit.UNSETTLED
    assert [post.text for post in street.posts_of_shop()] == ["It left on Monday."]


def test_the_lines_that_the_doctor_names_bring_everything_back(full, home, shell):
    destroy(home)
    said = shell("doctor", "--offline")
    assert said.code == Exit.FAILED
    found = re.search(r"close every Greenroom, then: (cd .*? greenroom\.db)\. ", said.out)
    assert found is not None, said.out
    assert f"Your newest backup is {full.name}, less than a minute old." in said.out
    run(home, found[1])
    everything_is_there(home)


def test_a_console_on_a_damaged_desk_sets_it_aside_and_names_what_to_do(full, home, shell):
    destroy(home)
    before = home.database.read_bytes()
    said = shell("threads", "--json")
    assert "was cut short" in said.err
    assert "It was set aside as" in said.err
    (aside,) = home.data.glob("greenroom.db.damaged-*")
    assert aside.read_bytes() == before
    assert full.exists()


def test_a_backup_that_can_t_be_made_is_said_and_stops_nothing(street, shell, home):
    (home.data / "backups").touch()
    street.customer("ana").writes_public("where is my parcel?")
    said = shell("watch", "--once")
    assert said.code == Exit.DONE
    assert "could not be made" in said.err
    assert "tries again by itself" in said.err
    assert said.err.count("\n") == 1
    assert "where is my parcel?" in shell("show", "1").out
