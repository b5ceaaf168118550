"""What SQLite does its own way: pragmas, versions and full text. The rest is common SQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator

from console.desk.query import Query

PATIENCE = 5.0
"""Seconds to wait for another program that holds the database."""

_LOG_AHEAD = "PRAGMA journal_mode = WAL"
PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -4096",
    "PRAGMA journal_size_limit = 16777216",
)
"""FULL: a commit that was announced survives a power cut. The cache is in KiB and kept small."""

FULL_TEXT_1 = """;
    CREATE VIRTUAL TABLE messages_text USING fts5 (
        text, author, handle, warning,
        content = 'messages', content_rowid = 'id',
        tokenize = "unicode61 remove_diacritics 2"
    );
    CREATE VIRTUAL TABLE notes_text USING fts5 (
        text, content = 'notes', content_rowid = 'id',
        tokenize = "unicode61 remove_diacritics 2"
    )
"""
"""The index keeps no copy of the words: it points at the rows of `messages` and `notes`. It has no
index of beginnings: that would save 20 ms of a search for an unfinished word among 500,000 messages
and cost a fifth of the intake."""

INDEX_MESSAGE = (
    "INSERT INTO messages_text (rowid, text, author, handle, warning) "
    "VALUES (:id, :text, :author, :handle, :warning)"
)
UNINDEX_MESSAGE = (
    "INSERT INTO messages_text (messages_text, rowid, text, author, handle, warning) "
    "VALUES ('delete', :id, :text, :author, :handle, :warning)"
)
RANDOM_KEY = "lower(hex(randomblob(16)))"
"""An unguessable name, for rows that were made before they had one."""

INDEX_NOTE = "INSERT INTO notes_text (rowid, text) VALUES (:id, :text)"
UNINDEX_NOTE = "INSERT INTO notes_text (notes_text, rowid, text) VALUES ('delete', :id, :text)"


def connect(path: str, *, writer: bool) -> sqlite3.Connection:
    """A connection with our pragmas, in autocommit mode: transactions are begun by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
    _log_ahead(connection)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    if not writer:
        connection.execute("PRAGMA query_only = ON")
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Change to the write-ahead log, which a new database has once and for all.

    Two that change it at the same moment: SQLite refuses one at once, whatever `busy_timeout` says
    (measured: 6 of 100 with four processes), so we wait for the other here.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(_LOG_AHEAD)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def members(name: str) -> str:
    """The values of a JSON list that is the parameter `name`, for an `IN`."""
    return f"(SELECT value FROM json_each(:{name}))"


def version(connection: sqlite3.Connection) -> int:
    """How many migration steps the database has taken."""
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def set_version(connection: sqlite3.Connection, number: int) -> None:
    """Remember that a step was taken."""
    connection.execute(f"PRAGMA user_version = {number:d}")


def foreign_changes(connection: sqlite3.Connection) -> int:
    """A number that moves when another process or connection commits, and not when this one does.

    Source: SQLite's documentation of `PRAGMA data_version`.
    """
    number: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return number


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would commit between them."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def quick_check(connection: sqlite3.Connection) -> str:
    """`ok`, or the first thing that SQLite finds wrong with the file."""
    word: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    return word


def matching(query: Query) -> tuple[str, str]:
    """Full text expressions of what must be in a message and of what must not. Either may be
    empty: then there is no such condition."""
    wanted = [_quoted(phrase) for phrase in (*query.words, *query.phrases)]
    if query.partial:
        wanted.append(_quoted(query.partial) + "*")
    if query.only.senders:
        wanted.append("(" + " OR ".join(_sender(name) for name in query.only.senders) + ")")
    unwanted = [_quoted(phrase) for phrase in query.without]
    unwanted += [_sender(name) for name in query.never.senders]
    return " AND ".join(wanted), " OR ".join(unwanted)


def words_of(query: Query) -> str:
    """A full text expression of the words alone, for texts that nobody sent."""
    wanted = [_quoted(phrase) for phrase in (*query.words, *query.phrases)]
    if query.partial:
        wanted.append(_quoted(query.partial) + "*")
    return " AND ".join(wanted)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""').replace("\0", " ") + '"'


def _sender(name: str) -> str:
    return "{author handle} : " + _quoted(name) + "*"
