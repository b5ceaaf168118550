"""A database of any earlier shape opens as the newest one, with every word in it."""

from __future__ import annotations

import sqlite3

import pytest

from connectors.contract import Lane
from console.desk.model import DraftKind, Seen
from console.store import dialect, drafts, migrations
from tests.store.desk import START, DeskOnDisk


def as_it_was(path, steps: int) -> None:
    """A database of an earlier shape, with a thread and two drafts in it."""
    made = sqlite3.connect(path, isolation_level=None)
    for step in migrations.STEPS[:steps]:
        for statement in dialect.statements(step):
            made.execute(statement)
    dialect.set_version(made, steps)
    made.executescript(
        """
        INSERT INTO contacts (id, name, created_at) VALUES (1, 'Ana', 0);
        INSERT INTO addresses (id, contact_id, account, remote_id, handle, name)
            VALUES (1, 1, 'main', 'ana', '@ana', 'Ana');
        INSERT INTO threads (id, account, contact_id, address_id, state, last_at, last_lane,
            last_ours, preview, created_at, pile, since)
            VALUES (1, 'main', 1, 1, 'open', 0, 'public', 0, 'hello', 0, 0, 0);
        INSERT INTO messages (id, thread_id, account, lane, ours, author, handle, text, at,
            audience) VALUES (1, 1, 'main', 'public', 0, 'Ana', '@ana', 'hello', 0, 'everyone');
        """
    )
    for lane in ("public", "private"):
        made.execute(
            "INSERT INTO drafts (thread_id, lane, kind, text, base, author, created_at, "
            "updated_at) VALUES (1, ?, 'reply', ?, 1, 'Mira', 0, 0)",
            (lane, f"{lane} words"),
        )
    made.close()


@pytest.mark.parametrize("steps", range(1, len(migrations.STEPS) + 1))
def test_words_of_an_earlier_shape_are_all_there(tmp_path, steps):
    as_it_was(tmp_path / "desk.db", steps)
    desk = DeskOnDisk(tmp_path)
    found = desk.read(drafts.drafts_of, 1)
    assert [draft.text for draft in found] == ["public words", "private words"]
    assert [draft.seen for draft in found] == [Seen(1), Seen(1)]
    if steps < 2:
        assert len({draft.key for draft in found}) == 2
    desk.write(
        drafts.save, 1, Lane.PUBLIC, DraftKind.REPLY, "more", acknowledgement=None,
        template=None, seen=Seen(1), author="", now=START,
    )  # fmt: skip
    assert desk.read(drafts.drafts_of, 1)[0].text == "more"
    desk.close()
