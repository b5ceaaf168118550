"""Takes a batch in: woven into threads, with its cursor, as one unit of work.

The work is done for a whole batch at a time: what the batch may touch is read first with a few
queries, everything is decided in memory, and what came of it is written with a few more. The same
batch twice changes nothing; a batch that dies half way was never there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Address, Batch, Bounced, Deleted, Lane, Post
from console.desk.model import ThreadState
from console.desk.weaving import OPEN_WITHIN, Loom, Strand, begins_thread
from console.store import beginnings, bounces, dialect, following, routes, strays
from console.store.connection import Work, among
from console.store.moments import above_json, extras_json, from_ms, maybe_ms, preview, to_ms
from console.store.people import People
from console.store.threads import Pile, pile_of, recount, refresh_preview

_MESSAGE = (
    "INSERT INTO messages (id, thread_id, account, remote_id, lane, ours, author, handle, text, "
    "at, url, warning, language, audience, edited_at, held_back, extras) VALUES (:id, :thread_id, "
    ":account, :remote_id, :lane, :ours, :author, :handle, :text, :at, :url, :warning, :language, "
    ":audience, :edited_at, :held_back, :extras)"
)
_THREAD = (
    "UPDATE threads SET state = :state, snoozed_until = :snoozed_until, "
    "waiting_since = :waiting_since, last_at = :last_at, last_lane = :last_lane, "
    "last_ours = :last_ours, preview = :preview, unread = :unread, pile = :pile, since = :since "
    "WHERE id = :id"
)
_NEW_THREAD = (
    "INSERT INTO threads (id, account, contact_id, address_id, state, snoozed_until, "
    "waiting_since, last_at, last_lane, last_ours, preview, subject, above, unread, created_at, "
    "pile, since) VALUES (:id, :account, :contact_id, :address_id, :state, :snoozed_until, "
    ":waiting_since, :last_at, :last_lane, :last_ours, :preview, :subject, :above, :unread, "
    ":created_at, :pile, :since)"
)
_LANE = (
    "INSERT INTO lanes (thread_id, lane, account, conversation, reply_to, audience, warning, url, "
    "address_id) VALUES (:thread_id, :lane, :account, :conversation, :reply_to, :audience, "
    ":warning, :url, :address_id) ON CONFLICT (thread_id, lane) DO UPDATE SET "
    # Where they wrote last is where the answer goes.
    "conversation = CASE WHEN lanes.account = excluded.account "
    "THEN COALESCE(excluded.conversation, lanes.conversation) ELSE excluded.conversation END, "
    "reply_to = excluded.reply_to, audience = excluded.audience, warning = excluded.warning, "
    "url = excluded.url, account = excluded.account, address_id = excluded.address_id"
)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a batch came to."""

    new_messages: int
    new_threads: int
    edits: int
    deletions: int
    from_customers: frozenset[int]
    """Threads in which a customer wrote, edited or deleted."""


@dataclass(slots=True)
class _Thread:
    """A thread's row while a batch moves it."""

    id: int
    account: str
    contact_id: int
    address_id: int
    state: str
    snoozed_until: int | None
    waiting_since: int | None
    last_at: int
    last_lane: str
    last_ours: int
    preview: str
    unread: int
    elsewhere: int | None
    """The address of its contact, in another account, where its private lane goes on."""
    new: bool = False
    recount: bool = False
    subject: str | None = None
    above: str = "[]"
    created_at: int = 0


class _Intake:
    """One batch on its way in."""

    def __init__(self, work: Work, account: str, now: datetime) -> None:
        self.work = work
        self.account = account
        self.now = now
        self.loom = Loom()
        self.threads: dict[int, _Thread] = {}
        self.known: dict[str, int] = {}
        """remote id -> message id"""
        self.people = People(work, account, now)
        self.messages: list[dict[str, object]] = []
        self.lanes: dict[tuple[int, str], dict[str, object]] = {}
        self.strays: list[Post] = []
        self.edits: list[tuple[int, Post]] = []
        self.deletions = 0
        self.new_threads = 0
        self.from_customers: set[int] = set()
        self.next_message = (work.value("SELECT MAX(id) FROM messages") or 0) + 1
        self.next_thread = (work.value("SELECT MAX(id) FROM threads") or 0) + 1

    # --- what the batch may touch -----------------------------------------------------------

    def learn(self, posts: Sequence[Post], deleted: Sequence[Deleted]) -> None:
        work, account = self.work, self.account
        remote = {post.remote_id for post in posts}
        remote.update(post.reply_to for post in posts if post.reply_to is not None)
        remote.update(gone.remote_id for gone in deleted)
        names, params = among("r", list(remote))
        of_message: dict[str, int] = {}
        for remote_id, message_id, thread_id in work.all(
            "SELECT remote_id, id, thread_id FROM messages "
            f"WHERE remote_id IN {names} AND account = :account",
            {**params, "account": account},
        ):
            self.known[remote_id] = message_id
            of_message[remote_id] = thread_id
        people = {post.author.remote_id for post in posts if not post.ours}
        people.update(post.to.remote_id for post in posts if post.to is not None)
        self.people.learn(people)
        contacts = self.people.contacts()
        bound: list[tuple[str, str, int]] = []
        conversations = {
            (post.lane.value, post.conversation) for post in posts if post.conversation
        }
        names, params = among("c", list({conversation for _, conversation in conversations}))
        for lane, conversation, thread_id in work.all(
            "SELECT lane, conversation, thread_id FROM lanes "
            f"WHERE conversation IN {names} AND account = :account",
            {**params, "account": account},
        ):
            if (lane, conversation) in conversations:
                bound.append((lane, conversation, thread_id))
        wanted = set(of_message.values()) | {thread_id for _, _, thread_id in bound}
        private = [post.at for post in posts if post.lane is Lane.PRIVATE]
        if private:
            # Whoever writes often has hundreds of matters: only those that are open count.
            since = to_ms(min(private) - OPEN_WITHIN)
            names, params = among("p", list(contacts))
            wanted.update(
                row[0]
                for row in work.all(
                    "SELECT id FROM threads "
                    f"WHERE contact_id IN {names} AND last_at >= :since AND account = :account "
                    "AND pile <> :done",
                    {**params, "account": account, "done": Pile.DONE.value, "since": since},
                )
            )
            names, params = among("e", list(self.people.addresses()))
            wanted.update(
                row[0]
                for row in work.all(
                    f"SELECT thread_id FROM lanes WHERE address_id IN {names}", params
                )
            )
        self._learn_threads(wanted)
        for remote_id, thread_id in of_message.items():
            self.loom.by_message[remote_id] = thread_id
        for lane, conversation, thread_id in bound:
            self.loom.bind(thread_id, Lane(lane), conversation)

    def _learn_threads(self, wanted: set[int]) -> None:
        names, params = among("t", list(wanted))
        elsewhere = routes.elsewhere_of(self.work)
        for row in self.work.all(
            "SELECT id, account, contact_id, address_id, state, snoozed_until, waiting_since, "
            f"last_at, last_lane, last_ours, preview, unread, {elsewhere} FROM threads t "
            f"WHERE id IN {names}",
            params,
        ):
            thread = _Thread(*row)
            self.threads[thread.id] = thread
            self.loom.know(
                Strand(
                    thread.id,
                    thread.address_id,
                    from_ms(thread.last_at),
                    thread.state == ThreadState.DONE.value,
                    thread.elsewhere,
                )
            )

    # --- weaving ----------------------------------------------------------------------------

    def post(self, post: Post) -> None:
        """Weave one post in."""
        if post.remote_id in self.known:
            self.edits.append((self.known[post.remote_id], post))
            return
        customer = post.to if post.ours else post.author
        address_id = self.people.address_of(customer)
        thread_id = (
            self.loom.thread_for(post, address_id) if address_id is not None or post.ours else None
        )
        if thread_id is None:
            if not begins_thread(post):
                if post.reply_to is not None:
                    self.strays.append(post)
                return
            assert customer is not None
            thread = self._begin(post, customer)
        else:
            thread = self.threads[thread_id]
            if not post.ours:
                self.people.person(post.author)
        self._append(thread, post)

    def _begin(self, post: Post, customer: Address) -> _Thread:
        address_id, contact_id = self.people.person(customer)
        at = to_ms(post.at)
        thread = _Thread(
            id=self.next_thread,
            account=self.account,
            contact_id=contact_id,
            address_id=address_id,
            state=ThreadState.OPEN.value,
            snoozed_until=None,
            waiting_since=None,
            last_at=at,
            last_lane=post.lane.value,
            last_ours=0,
            preview="",
            unread=0,
            elsewhere=None,
            new=True,
            subject=post.warning,
            above=above_json(post.above) if post.above else "[]",
            created_at=at,
        )
        self.next_thread += 1
        self.new_threads += 1
        self.threads[thread.id] = thread
        self.loom.know(Strand(thread.id, address_id, post.at, done=False))
        return thread

    def _append(self, thread: _Thread, post: Post) -> None:
        at = to_ms(post.at)
        self.messages.append(
            {
                "id": self.next_message,
                "thread_id": thread.id,
                "account": self.account,
                "remote_id": post.remote_id,
                "lane": post.lane.value,
                "ours": int(post.ours),
                "author": post.author.name,
                "handle": post.author.handle,
                "text": post.text,
                "at": at,
                "url": post.url,
                "warning": post.warning,
                "language": post.language,
                "audience": post.audience.value,
                "edited_at": maybe_ms(post.edited_at),
                "held_back": int(post.held_back),
                "extras": extras_json(post),
            }
        )
        self.known[post.remote_id] = self.next_message
        self.next_message += 1
        loom = self.loom
        loom.by_message[post.remote_id] = thread.id
        loom.bind(thread.id, post.lane, post.conversation)
        if not post.ours:
            self.lanes[thread.id, post.lane.value] = {
                "thread_id": thread.id,
                "lane": post.lane.value,
                "account": self.account,
                "conversation": post.conversation,
                "reply_to": post.remote_id,
                "audience": post.audience.value,
                "warning": post.warning,
                "url": post.url,
                "address_id": self._elsewhere(thread, post.author),
            }
        elif (thread.id, post.lane.value) not in self.lanes:
            self._bind_ours(thread, post)
        strand = loom.strands[thread.id]
        newest = at >= thread.last_at
        if not newest:
            thread.recount = True
        if newest:
            thread.last_at = at
            strand.last_at = post.at
            thread.last_lane = post.lane.value
            thread.last_ours = int(post.ours)
            thread.preview = preview(post.text, post.attachments)
            if post.ours:
                thread.waiting_since = None
            elif thread.waiting_since is None:
                thread.waiting_since = at
        if not post.ours:
            thread.unread += 1
            self.from_customers.add(thread.id)
            if thread.state != ThreadState.OPEN.value and (newest or self._is_new(thread.id, at)):
                thread.state = ThreadState.OPEN.value
                thread.snoozed_until = None
                strand.done = False
        self.work.touch(thread.id)

    def _is_new(self, thread_id: int, at: int) -> bool:
        """True for words that are older than our last ones, and that nobody had heard of then."""
        heard: int | None = self.work.value(
            "SELECT MAX(at) FROM messages WHERE thread_id = :id AND ours = 0", {"id": thread_id}
        )
        return heard is None or at > heard

    def _elsewhere(self, thread: _Thread, customer: Address | None) -> int | None:
        """Where the lane of a post goes on, if that isn't at the thread's own account."""
        if thread.account == self.account:
            return None
        return self.people.address_of(customer) or thread.elsewhere

    def _bind_ours(self, thread: _Thread, post: Post) -> None:
        """Our own post opens a lane that isn't bound yet; it never changes what a reply answers."""
        params: dict[str, object] = {
            "thread_id": thread.id,
            "lane": post.lane.value,
            "account": self.account,
            "conversation": post.conversation,
            "reply_to": post.remote_id,
            "audience": post.audience.value,
            "warning": None,
            "url": post.url,
            "address_id": self._elsewhere(thread, post.to),
        }
        self.work.do(
            "INSERT INTO lanes (thread_id, lane, account, conversation, reply_to, audience, url, "
            "address_id) SELECT :thread_id, :lane, :account, :conversation, :reply_to, :audience, "
            ":url, :address_id WHERE EXISTS (SELECT 1 FROM threads WHERE id = :thread_id) "
            "ON CONFLICT (thread_id, lane) DO UPDATE SET "
            "conversation = COALESCE(lanes.conversation, excluded.conversation) "
            "WHERE lanes.account = excluded.account",
            params,
        )
        if thread.new:
            self.lanes[thread.id, post.lane.value] = params

    # --- writing ----------------------------------------------------------------------------

    def write(self) -> None:
        work = self.work
        self.people.write()
        new = [thread for thread in self.threads.values() if thread.new]
        work.many(_NEW_THREAD, (_thread_params(thread) for thread in new))
        work.many(
            _THREAD,
            (
                _thread_params(thread)
                for thread in self.threads.values()
                if not thread.new and thread.id in work.touched
            ),
        )
        work.many(_LANE, self.lanes.values())
        work.many(_MESSAGE, self.messages)
        work.many(dialect.INDEX_MESSAGE, self.messages)
        for message_id, post in self.edits:
            thread_id = following.edit(work, message_id, post, self.now)
            if thread_id is not None:
                self.from_customers.add(thread_id)
        for thread in self.threads.values():
            if thread.recount:
                refresh_preview(work, thread.id)
                recount(work, thread.id)

    def delete(self, deleted: Sequence[Deleted]) -> None:
        for gone in deleted:
            message_id = self.known.get(gone.remote_id)
            came = following.delete(self.work, message_id, gone, self.now) if message_id else None
            if came is not None:
                self.deletions += 1
                if came[1]:
                    self.from_customers.add(came[0])


def take_in(work: Work, account: str, batch: Batch, now: datetime) -> TakenIn:
    """Store a batch and its cursor. Texts must be plain already (`engine.intake`)."""
    posts = [arrival for arrival in batch.arrivals if isinstance(arrival, Post)]
    deleted = [arrival for arrival in batch.arrivals if isinstance(arrival, Deleted)]
    intake = _Intake(work, account, now)
    if posts or deleted:
        intake.learn(posts, deleted)
        for post in posts:
            intake.post(post)
        if intake.messages:
            arrived = [str(row["remote_id"]) for row in intake.messages]
            for post in strays.answers_to(work, account, arrived):
                if post.remote_id not in intake.known:
                    intake.post(post)
        strays.keep(work, account, intake.strays, now)
        intake.write()
        intake.delete(deleted)
    for arrival in batch.arrivals:
        if isinstance(arrival, Bounced):
            bounces.take_in(work, account, arrival, now)
    beginnings.take_in(work, account, batch.arrivals, now)
    following.keep_oddities(work, account, batch.oddities, now)
    if batch.cursor is not None:
        work.do(
            "UPDATE accounts SET cursor = :cursor WHERE name = :name",
            {"cursor": batch.cursor, "name": account},
        )
    return TakenIn(
        new_messages=len(intake.messages),
        new_threads=intake.new_threads,
        edits=len(intake.edits),
        deletions=intake.deletions,
        from_customers=frozenset(intake.from_customers),
    )


def _thread_params(thread: _Thread) -> dict[str, object]:
    pile = pile_of(thread.state, thread.waiting_since)
    return {
        "id": thread.id,
        "account": thread.account,
        "contact_id": thread.contact_id,
        "address_id": thread.address_id,
        "state": thread.state,
        "snoozed_until": thread.snoozed_until,
        "waiting_since": thread.waiting_since,
        "last_at": thread.last_at,
        "last_lane": thread.last_lane,
        "last_ours": thread.last_ours,
        "preview": thread.preview,
        "subject": thread.subject,
        "above": thread.above,
        "unread": thread.unread,
        "created_at": thread.created_at,
        "pile": pile.value,
        "since": thread.waiting_since if thread.waiting_since is not None else thread.last_at,
    }
