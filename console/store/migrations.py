"""The shape of the database, as numbered steps that only ever go forward.

A step is never changed once it has shipped. A database that knows more steps than this file was
written by a newer Greenroom, and is refused rather than guessed at.
"""

from __future__ import annotations

import sqlite3

from console.store import dialect
from console.store.errors import TooNew

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE accounts (
        name        TEXT PRIMARY KEY,
        network     TEXT NOT NULL,
        settings    TEXT NOT NULL,
        configured  INTEGER NOT NULL,
        hello       TEXT,
        cursor      TEXT,
        heard_at    INTEGER,
        caught_up   INTEGER NOT NULL DEFAULT 0,
        added_at    INTEGER NOT NULL
    );
    CREATE TABLE contacts (
        id          INTEGER PRIMARY KEY,
        name        TEXT NOT NULL,
        language    TEXT,
        created_at  INTEGER NOT NULL
    );
    CREATE TABLE addresses (
        id          INTEGER PRIMARY KEY,
        contact_id  INTEGER NOT NULL REFERENCES contacts (id),
        account     TEXT NOT NULL,
        remote_id   TEXT NOT NULL,
        handle      TEXT NOT NULL,
        name        TEXT NOT NULL,
        url         TEXT,
        language    TEXT,
        automated   INTEGER NOT NULL DEFAULT 0,
        UNIQUE (account, remote_id)
    );
    CREATE INDEX addresses_contact ON addresses (contact_id);
    CREATE TABLE threads (
        id            INTEGER PRIMARY KEY,
        account       TEXT NOT NULL,
        contact_id    INTEGER NOT NULL REFERENCES contacts (id),
        address_id    INTEGER NOT NULL REFERENCES addresses (id),
        state         TEXT NOT NULL,
        snoozed_until INTEGER,
        waiting_since INTEGER,
        last_at       INTEGER NOT NULL,
        last_lane     TEXT NOT NULL,
        last_ours     INTEGER NOT NULL,
        preview       TEXT NOT NULL,
        subject       TEXT,
        above         TEXT NOT NULL DEFAULT '[]',
        unread        INTEGER NOT NULL DEFAULT 0,
        severity      INTEGER NOT NULL DEFAULT 0,
        heated        INTEGER NOT NULL DEFAULT 0,
        created_at    INTEGER NOT NULL,
        -- 0 needs us, 1 waits for the customer, 2 snoozed, 3 done: what the lists are cut by
        pile          INTEGER NOT NULL,
        -- the moment the pile is ordered by, longest waiting first
        since         INTEGER NOT NULL
    );
    CREATE INDEX threads_pile ON threads (pile, since, id);
    CREATE INDEX threads_newest ON threads (pile, last_at, id);
    CREATE INDEX threads_contact ON threads (contact_id, last_at);
    CREATE INDEX threads_snoozed ON threads (snoozed_until) WHERE snoozed_until IS NOT NULL;
    CREATE TABLE thread_tags (
        thread_id   INTEGER NOT NULL REFERENCES threads (id),
        tag         TEXT NOT NULL,
        PRIMARY KEY (thread_id, tag)
    );
    CREATE TABLE lanes (
        thread_id    INTEGER NOT NULL REFERENCES threads (id),
        lane         TEXT NOT NULL,
        account      TEXT NOT NULL,
        conversation TEXT,
        reply_to     TEXT,
        audience     TEXT NOT NULL,
        warning      TEXT,
        url          TEXT,
        PRIMARY KEY (thread_id, lane)
    );
    CREATE INDEX lanes_conversation ON lanes (conversation, account, lane);
    CREATE TABLE messages (
        id           INTEGER PRIMARY KEY,
        thread_id    INTEGER NOT NULL REFERENCES threads (id),
        account      TEXT NOT NULL,
        remote_id    TEXT,
        lane         TEXT NOT NULL,
        ours         INTEGER NOT NULL,
        author       TEXT NOT NULL,
        handle       TEXT NOT NULL,
        text         TEXT NOT NULL,
        at           INTEGER NOT NULL,
        url          TEXT,
        warning      TEXT,
        language     TEXT,
        audience     TEXT NOT NULL,
        edited_at    INTEGER,
        deleted_at   INTEGER,
        held_back    INTEGER NOT NULL DEFAULT 0,
        extras       TEXT,
        delivery_id  INTEGER
    );
    CREATE UNIQUE INDEX messages_remote ON messages (remote_id, account);
    CREATE INDEX messages_thread ON messages (thread_id, at, id);
    CREATE TABLE notes (
        id           INTEGER PRIMARY KEY,
        thread_id    INTEGER NOT NULL REFERENCES threads (id),
        text         TEXT NOT NULL,
        at           INTEGER NOT NULL,
        removed_at   INTEGER
    );
    CREATE INDEX notes_thread ON notes (thread_id, at);
    CREATE TABLE drafts (
        id              INTEGER PRIMARY KEY,
        thread_id       INTEGER NOT NULL REFERENCES threads (id),
        lane            TEXT NOT NULL,
        kind            TEXT NOT NULL,
        text            TEXT NOT NULL,
        acknowledgement TEXT,
        template        TEXT,
        base            INTEGER,
        author          TEXT NOT NULL,
        created_at      INTEGER NOT NULL,
        updated_at      INTEGER NOT NULL,
        discarded_at    INTEGER
    );
    CREATE UNIQUE INDEX drafts_place ON drafts (thread_id, lane, kind) WHERE discarded_at IS NULL;
    CREATE TABLE handoffs (
        id            INTEGER PRIMARY KEY,
        thread_id     INTEGER NOT NULL REFERENCES threads (id),
        words_sent    TEXT NOT NULL,
        words_refused TEXT NOT NULL,
        words_unknown TEXT NOT NULL,
        outcome       TEXT,
        created_at    INTEGER NOT NULL
    );
    CREATE TABLE deliveries (
        id          INTEGER PRIMARY KEY,
        key         TEXT NOT NULL UNIQUE,
        thread_id   INTEGER NOT NULL REFERENCES threads (id),
        account     TEXT NOT NULL,
        state       TEXT NOT NULL,
        outgoing    TEXT NOT NULL,
        template    TEXT,
        base        INTEGER,
        author      TEXT NOT NULL,
        created_at  INTEGER NOT NULL,
        held_until  INTEGER NOT NULL,
        next_at     INTEGER,
        tried_at    INTEGER,
        tries       INTEGER NOT NULL DEFAULT 0,
        looks       INTEGER NOT NULL DEFAULT 0,
        words       TEXT NOT NULL DEFAULT '',
        handoff_id  INTEGER REFERENCES handoffs (id),
        leg         TEXT,
        waits_for   INTEGER REFERENCES deliveries (id),
        remote_id   TEXT,
        url         TEXT,
        settled_at  INTEGER,
        message_id  INTEGER NOT NULL
    );
    CREATE INDEX deliveries_open ON deliveries (state, id)
        WHERE state IN ('held', 'due', 'sending', 'doubtful');
    CREATE INDEX deliveries_thread ON deliveries (thread_id, id);
    CREATE INDEX deliveries_remote ON deliveries (remote_id) WHERE remote_id IS NOT NULL;
    CREATE INDEX deliveries_handoff ON deliveries (handoff_id) WHERE handoff_id IS NOT NULL;
    CREATE TABLE attempts (
        id          INTEGER PRIMARY KEY,
        delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
        at          INTEGER NOT NULL,
        what        TEXT NOT NULL,
        outcome     TEXT NOT NULL,
        words       TEXT NOT NULL
    );
    CREATE INDEX attempts_delivery ON attempts (delivery_id, id);
    CREATE TABLE oddities (
        id          INTEGER PRIMARY KEY,
        account     TEXT NOT NULL,
        at          INTEGER NOT NULL,
        what        TEXT NOT NULL,
        raw         TEXT NOT NULL
    );
    -- our own answers whose question has not arrived yet
    CREATE TABLE strays (
        account     TEXT NOT NULL,
        remote_id   TEXT NOT NULL,
        reply_to    TEXT NOT NULL,
        post        TEXT NOT NULL,
        at          INTEGER NOT NULL,
        PRIMARY KEY (account, remote_id)
    );
    CREATE INDEX strays_reply ON strays (reply_to, account);
    CREATE TABLE changes (
        id          INTEGER PRIMARY KEY,
        at          INTEGER NOT NULL,
        words       TEXT NOT NULL,
        back        TEXT NOT NULL,
        undone_at   INTEGER
    );
    CREATE TABLE settings (
        key         TEXT PRIMARY KEY,
        value       TEXT NOT NULL
    )
    """
    + dialect.FULL_TEXT_1,
    # The review deck: what a draft is called outside, where it stands, what its writer had seen.
    f"""
    ALTER TABLE drafts ADD COLUMN key TEXT;
    ALTER TABLE drafts ADD COLUMN seen_revision INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE drafts ADD COLUMN seen_done INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE drafts ADD COLUMN ready_at INTEGER;
    ALTER TABLE drafts ADD COLUMN postponed_at INTEGER;
    ALTER TABLE drafts ADD COLUMN stopped TEXT NOT NULL DEFAULT '';
    UPDATE drafts SET key = {dialect.RANDOM_KEY};
    CREATE UNIQUE INDEX drafts_key ON drafts (key);
    CREATE INDEX drafts_deck ON drafts (ready_at) WHERE ready_at IS NOT NULL;
    ALTER TABLE deliveries ADD COLUMN seen_revision INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE deliveries ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';
    ALTER TABLE deliveries ADD COLUMN draft_key TEXT;
    ALTER TABLE deliveries ADD COLUMN cooling INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX deliveries_draft ON deliveries (draft_key) WHERE draft_key IS NOT NULL;
    -- edits and deletions of what customers wrote, in the order they came in
    CREATE TABLE revisions (
        id          INTEGER PRIMARY KEY,
        thread_id   INTEGER NOT NULL REFERENCES threads (id),
        message_id  INTEGER NOT NULL,
        kind        TEXT NOT NULL,
        was         TEXT NOT NULL,
        at          INTEGER NOT NULL
    );
    CREATE INDEX revisions_thread ON revisions (thread_id, id)
    """,
    # What a person wants done to words that have left: deleted, or others in their place.
    """
    CREATE TABLE withdrawals (
        id          INTEGER PRIMARY KEY,
        delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
        kind        TEXT NOT NULL,
        state       TEXT NOT NULL,
        was         TEXT NOT NULL,
        text        TEXT,
        author      TEXT NOT NULL,
        asked_at    INTEGER NOT NULL,
        next_at     INTEGER,
        tries       INTEGER NOT NULL DEFAULT 0,
        words       TEXT NOT NULL DEFAULT '',
        settled_at  INTEGER
    );
    CREATE INDEX withdrawals_asked ON withdrawals (id) WHERE state = 'asked';
    CREATE INDEX withdrawals_delivery ON withdrawals (delivery_id, id);
    CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;
    CREATE INDEX attempts_at ON attempts (at);
    ALTER TABLE attempts ADD COLUMN receipt TEXT
    """,
    # What a network says is a person's, by which the same person elsewhere is suggested; accounts
    # that rest.
    """
    CREATE TABLE vouched (
        address_id  INTEGER NOT NULL REFERENCES addresses (id),
        what        TEXT NOT NULL,
        PRIMARY KEY (address_id, what)
    ) WITHOUT ROWID;
    CREATE INDEX vouched_what ON vouched (what, address_id);
    CREATE INDEX threads_address ON threads (address_id);
    ALTER TABLE accounts ADD COLUMN paused_at INTEGER
    """,
    # What leaves only once the customer has begun the private conversation.
    """
    ALTER TABLE deliveries ADD COLUMN awaits INTEGER NOT NULL DEFAULT 0
    """,
    # A private lane that goes on at another address of the same person; NULL: at the thread's own.
    """
    ALTER TABLE lanes ADD COLUMN address_id INTEGER REFERENCES addresses (id);
    CREATE INDEX lanes_address ON lanes (address_id) WHERE address_id IS NOT NULL
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest step, in one transaction: nobody ever sees half a shape.

    Raises `TooNew` for a database with more steps than we know.
    """
    version = dialect.version(connection)
    if version > len(STEPS):
        raise TooNew(
            f"This database was written by a newer Greenroom (its shape is number {version}, this "
            f"one knows {len(STEPS)}). Nothing was changed. Update Greenroom, or point "
            "GREENROOM_HOME at another folder."
        )
    if version == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have taken the steps while we waited for the lock.
        if (version := dialect.version(connection)) < len(STEPS):
            for step in STEPS[version:]:
                for statement in dialect.statements(step):
                    connection.execute(statement)
            dialect.set_version(connection, len(STEPS))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
