"""Which thread an arrival joins.

A thread is one matter with one customer at one of their addresses, so a bystander who speaks up in
a public conversation gets a thread of their own. So does a contact who writes from another of their
addresses: an answer goes where the thread's customer wrote from. Only where a handoff ended at such
an address does what they write from there belong to its thread. In this order:

1. it answers a message of a thread with the same address (or is our own answer): that thread;
2. its remote conversation is bound to a lane of such a thread: the most recent one, unless it has
   been done for so long that a new matter is likelier;
3. a private message of somebody whose matter is still open: that matter. This is how a customer
   whom we asked to write to us comes back to the thread we asked in. What has a subject line of
   its own names its matter itself, so it doesn't: two mails about two orders are two threads;
4. a customer's words: a new thread. So is a private message that we began elsewhere.

Our own public words that answer nothing we know are no support matter, and join nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import Lane, Post

STALE_AFTER = timedelta(days=14)
"""A private word after a matter has been done this long begins a new matter."""

OPEN_WITHIN = timedelta(days=7)
"""How recent an open matter must be for an unannounced private message to join it."""


@dataclass(slots=True)
class Strand:
    """What weaving has to know of a thread. Not frozen: a batch moves it along."""

    thread_id: int
    address_id: int
    last_at: datetime
    done: bool
    elsewhere: int | None = None
    """Another address of the same person, where its private lane goes on."""

    def is_of(self, address_id: int | None) -> bool:
        """True where words from this address belong to it."""
        return address_id is not None and address_id in (self.address_id, self.elsewhere)


class Loom:
    """What is known of the threads that a batch may join, kept up to date while it is woven."""

    __slots__ = ("by_address", "by_conversation", "by_message", "strands")

    def __init__(self) -> None:
        self.strands: dict[int, Strand] = {}
        self.by_message: dict[str, int] = {}
        """remote id of a message -> thread id"""
        self.by_conversation: dict[tuple[Lane, str], list[int]] = {}
        """bound conversation -> thread ids"""
        self.by_address: dict[int, list[int]] = {}
        """address id -> thread ids"""

    def know(self, strand: Strand) -> None:
        """Add a thread."""
        if strand.thread_id not in self.strands:
            self.strands[strand.thread_id] = strand
            for address_id in (strand.address_id, strand.elsewhere):
                if address_id is not None:
                    self.by_address.setdefault(address_id, []).append(strand.thread_id)

    def bind(self, thread_id: int, lane: Lane, conversation: str | None) -> None:
        """Add a bound conversation to a known thread."""
        if conversation is not None:
            bound = self.by_conversation.setdefault((lane, conversation), [])
            if thread_id not in bound:
                bound.append(thread_id)

    def thread_for(self, post: Post, address_id: int | None) -> int | None:
        """The thread that a post joins, or None when it begins one (or joins nothing).

        `address_id` is the customer's: the author's, or for our own words whom they are for.
        """
        if post.reply_to is not None:
            answered = self.by_message.get(post.reply_to)
            if answered is not None and (post.ours or self.strands[answered].is_of(address_id)):
                return answered
        if post.conversation is not None:
            found = self._latest(
                self.by_conversation.get((post.lane, post.conversation), ()), address_id
            )
            if found is not None and not self._over(found, post.at):
                return found.thread_id
        if post.lane is Lane.PRIVATE and address_id is not None and not post.headed:
            found = self._latest(self.by_address.get(address_id, ()), address_id)
            if found is not None and not found.done and post.at - found.last_at <= OPEN_WITHIN:
                return found.thread_id
        return None

    def _latest(self, threads: list[int] | tuple[()], address_id: int | None) -> Strand | None:
        mine = [
            strand
            for strand in (self.strands[thread] for thread in threads)
            if address_id is None or strand.is_of(address_id)
        ]
        return max(mine, key=lambda strand: (strand.last_at, strand.thread_id), default=None)

    @staticmethod
    def _over(strand: Strand, at: datetime) -> bool:
        return strand.done and at - strand.last_at > STALE_AFTER


def begins_thread(post: Post) -> bool:
    """True when a post that joins no thread begins one."""
    return not post.ours or (post.lane is Lane.PRIVATE and post.to is not None)
