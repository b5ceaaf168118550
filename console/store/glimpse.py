"""The first rows of the inbox, read before anything else of Greenroom is loaded.

It looks and changes nothing: no migration, no lock, no second connection. Whatever is the matter
with the database is said by those who open it properly, a moment later; here it is only no rows.
"""

from __future__ import annotations

import sqlite3

_ROWS = """
    SELECT c.name, p.handle, a.network, t.last_lane, t.preview, t.unread, t.last_ours
    FROM threads t JOIN contacts c ON c.id = t.contact_id JOIN addresses p ON p.id = t.address_id
    LEFT JOIN accounts a ON a.name = t.account
    WHERE t.pile = 0 ORDER BY {} LIMIT ?
"""
_ORDERS = {"LONGEST": "t.since ASC, t.id ASC", "NEWEST": "t.last_at DESC, t.id DESC"}

Glimpsed = tuple[str, str, str | None, str, str, int, int]
"""Name, handle, network, lane, last words, how many are unread, whether the last words are ours."""


def first_rows(path: str, number: int) -> list[Glimpsed]:
    """At most so many of the first threads that need us; none where they can't be read now."""
    try:
        connection = sqlite3.connect(f"file:{path.replace('%', '%25').replace('?', '%3f')}?mode=ro",
                                     uri=True, timeout=0.05)  # fmt: skip
    except sqlite3.Error:
        return []
    try:
        kept = connection.execute("SELECT value FROM settings WHERE key = 'order'").fetchone()
        order = _ORDERS.get(kept[0] if kept else "LONGEST", _ORDERS["LONGEST"])
        return connection.execute(_ROWS.format(order), (number,)).fetchall()
    except (sqlite3.Error, OverflowError, UnicodeError):
        return []
    finally:
        connection.close()
