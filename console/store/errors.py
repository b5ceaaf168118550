"""What can go wrong with the store, in words for people.

`StoreError` is the root. `TooNew`: written by a newer Greenroom. `Damaged`: not readable as a
database. `NotWritable`: the disk is full or the folder can't be written. `Busy`: another program
holds it.
"""

from __future__ import annotations


class StoreError(Exception):
    """The root of everything the store raises."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class TooNew(StoreError):
    """The database was written by a newer version."""


class Damaged(StoreError):
    """The file isn't a readable database."""


class NotWritable(StoreError):
    """The words could not be written to disk."""


class Busy(StoreError):
    """Another program has locked the database for longer than we wait."""


class NotThere(StoreError):
    """No thread, draft or delivery has this id."""
