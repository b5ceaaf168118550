"""What must be true, kept apart from the product: it sees each commit and each request.

A person's act says what it allows (`Act`); the eyes hold every row that a commit changed against
it. Nothing here calls the product's own rules: news is found by comparing what was read with what
stands in the table now.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.contract import Lane, Post
from console.desk.delivery import TABLE
from console.desk.handoff import Outcome
from console.desk.model import DeliveryState, Seen, ThreadView
from console.store.moments import from_ms

MOVES = {(state, to) for (state, _), to in TABLE.items() if isinstance(to, DeliveryState)}
UNDO_WINDOW = timedelta(seconds=8)
COOL_OFF = timedelta(seconds=60)

Said = dict[str, tuple[str, bool]]
"""What a customer said, by remote id: the words, and whether they took them back."""


@dataclass
class Allowed:
    """One delivery that an act may make: where, in which wordings, on top of what."""

    thread: int
    lane: Lane
    texts: dict[str, Outcome | None]
    seen: Seen


@dataclass
class Act:
    """Something that a person does."""

    what: str
    allows: list[Allowed] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """Words that it types."""
    made: list[int] = field(default_factory=list)
    heats: tuple[int, bool] | None = None
    takes_back: bool = False


@dataclass
class Known:
    """A delivery as it may be."""

    key: str
    thread: int
    lane: Lane
    leg: str | None
    handoff: int | None
    texts: dict[str, Outcome | None]
    seen: Seen
    not_before: datetime
    state: DeliveryState
    edits: set[str] = field(default_factory=set)
    """Words that a person wanted in their place after they had left."""
    resent: bool = False
    """A person said that it should be sent once more."""
    may_go: bool = False
    """A person wanted them deleted after they had left."""


class Eyes:
    """The model of one desk and its network."""

    def __init__(self, clock, network) -> None:
        self.clock = clock
        self.network = network
        self.broken: list[str] = []
        self.known: dict[int, Known] = {}
        self.read: dict[tuple[int, int | None, int], Said] = {}
        """What whoever had seen a thread up to a point had read."""
        self.heated: set[int] = set()
        self.words: set[str] = set()
        """Words that somebody typed and nobody took away."""
        self.changes: dict[int, Act] = {}
        self._act: Act | None = None
        self._tokens = 0

    # --- what a person does -----------------------------------------------------------------

    def token(self) -> str:
        """A word that is like no other, without a digit."""
        self._tokens += 1
        number, word = self._tokens, ""
        while number:
            number, letter = divmod(number, 20)
            word = "bcdfghjklmnpqrstvwxz"[letter] + word
        return f"q{word}q"

    @contextmanager
    def act(self, what: str, *allows: Allowed, tokens=(), heats=None, takes_back: bool = False):
        """While a person does this."""
        self._act = act = Act(what, list(allows), list(tokens), heats=heats, takes_back=takes_back)
        try:
            yield act
        finally:
            self._act = None

    def saw(self, view: ThreadView) -> Seen:
        """A person reads a thread."""
        said = {
            m.remote_id: (m.text, m.deleted_at is not None) for m in view.messages if not m.ours
        }
        key = (view.row.id, view.seen.message, view.seen.revision)
        if self.read.setdefault(key, said) != said:
            self.broken.append(f"two different things were read, both called {view.seen}")
        return view.seen

    # --- every commit -----------------------------------------------------------------------

    def look(self, db: sqlite3.Connection) -> None:
        """Something was committed."""
        act = self._act
        if act is not None:
            self._typed(db, act)
            self._felt(db, act)
        for row in db.execute("SELECT id, state FROM deliveries ORDER BY id").fetchall():
            delivery, state = row[0], DeliveryState(row[1])
            known = self.known.get(delivery)
            if known is None:
                self._committed(db, delivery)
            elif state is not known.state:
                self._moved(db, delivery, known, state)
        if act is not None:
            newest = db.execute("SELECT MAX(id) FROM changes").fetchone()[0]
            if newest is not None and not act.takes_back:
                self.changes.setdefault(newest, act)

    def _typed(self, db: sqlite3.Connection, act: Act) -> None:
        for token in act.tokens:
            if token not in self.words and token in _drafts(db) + _wishes(db):
                self.words.add(token)

    def _felt(self, db: sqlite3.Connection, act: Act) -> None:
        heated = {row[0] for row in db.execute("SELECT id FROM threads WHERE heated = 1")}
        if act.heats is not None and act.heats == (act.heats[0], act.heats[0] in heated):
            thread, on = act.heats
            for known in self.known.values():
                if on and known.thread == thread and known.state is DeliveryState.HELD:
                    known.not_before = max(known.not_before, self.clock() + COOL_OFF)
        if act.heats is not None or act.takes_back:
            self.heated = heated

    def _committed(self, db: sqlite3.Connection, delivery: int) -> None:
        key, thread, state, outgoing, leg, handoff, base, revision = db.execute(
            "SELECT key, thread_id, state, outgoing, leg, handoff_id, base, seen_revision "
            "FROM deliveries WHERE id = ?",
            (delivery,),
        ).fetchone()
        said = json.loads(outgoing)
        lane, text = Lane(said["lane"]), said["text"]
        act = self._act
        allowed = next(
            (
                one
                for one in (act.allows if act else ())
                if one.thread == thread and one.lane is lane and text in one.texts
            ),
            None,
        )
        if act is None or allowed is None:
            self.broken.append(f"nobody approved delivery {delivery}: {text!r} ({lane})")
            allowed = Allowed(thread, lane, {text: None}, Seen(base, revision))
        else:
            act.allows.remove(allowed)
            act.made.append(delivery)
        if tuple(allowed.seen[:2]) != (base, revision):
            self.broken.append(f"delivery {delivery} says it was written on top of something else")
        wait = COOL_OFF if thread in self.heated else UNDO_WINDOW
        self.known[delivery] = known = Known(
            key, thread, lane, leg, handoff, allowed.texts, allowed.seen, self.clock() + wait,
            DeliveryState.HELD,
        )  # fmt: skip
        self.words.update(token for token in (act.tokens if act else ()) if token in outgoing)
        if state != DeliveryState.HELD.value:
            self.broken.append(f"delivery {delivery} begins as {state}")
        self._still_fits(db, delivery, known, closing=True)

    def _moved(
        self, db: sqlite3.Connection, delivery: int, known: Known, state: DeliveryState
    ) -> None:
        before, known.state = known.state, state
        if (before, state) not in MOVES:
            self.broken.append(f"delivery {delivery} went from {before} to {state}")
        if state in {DeliveryState.DUE, DeliveryState.SENDING} and self.clock() < known.not_before:
            self.broken.append(f"delivery {delivery} is {state} before its window is over")
        if state is DeliveryState.SENDING:
            self._still_fits(db, delivery, known, closing=False)
        if state is DeliveryState.RECALLED:
            person = self._act is not None and self._act.takes_back
            if not person and not self._anything_new(db, known):
                self.broken.append(f"delivery {delivery} was taken back for nothing")

    def _still_fits(
        self, db: sqlite3.Connection, delivery: int, known: Known, *, closing: bool
    ) -> None:
        if known.leg == "acknowledgement":
            return
        had_read = self.read[known.thread, known.seen.message, known.seen.revision]
        for remote_id, now in said_in(db, known.thread).items():
            then = had_read.get(remote_id)
            if then != now and not (then is None and now[1]):
                self.broken.append(f"delivery {delivery} is {known.state} over {now}, was {then}")
        done = db.execute("SELECT state FROM threads WHERE id = ?", (known.thread,)).fetchone()[0]
        if closing and done == "done" and not known.seen.done:
            self.broken.append(f"delivery {delivery} was released into a thread that was closed")
        if self._window_passed(db, known):
            self.broken.append(f"delivery {delivery} is {known.state} after the reply window")

    def _window_passed(self, db: sqlite3.Connection, known: Known) -> bool:
        if self.network.window is None:
            return False
        asked = db.execute(
            "SELECT MAX(at) FROM messages WHERE thread_id = ? AND lane = ? AND ours = 0",
            (known.thread, known.lane.value),
        ).fetchone()[0]
        return asked is not None and self.clock() > from_ms(asked) + self.network.window

    def _anything_new(self, db: sqlite3.Connection, known: Known) -> bool:
        seen = known.seen
        wrote = db.execute(
            "SELECT COUNT(*) FROM messages WHERE thread_id = ? AND ours = 0 AND id > ?",
            (known.thread, seen.message or 0),
        ).fetchone()[0]
        revised = db.execute(
            "SELECT COUNT(*) FROM revisions WHERE thread_id = ? AND id > ?",
            (known.thread, seen.revision),
        ).fetchone()[0]
        legs = [known, *(one for one in self.known.values() if one.handoff == known.handoff)]
        return bool(wrote or revised or any(self._window_passed(db, leg) for leg in legs))

    # --- every request ----------------------------------------------------------------------

    def leaves(self, db: sqlite3.Connection, outgoing, key: str) -> None:
        """A request is about to leave."""
        found = [(number, one) for number, one in self.known.items() if one.key == key]
        if not found:
            self.broken.append(f"a request leaves that no delivery knows: {outgoing.text!r}")
            return
        delivery, known = found[0]
        state = db.execute("SELECT state FROM deliveries WHERE id = ?", (delivery,)).fetchone()[0]
        if state != DeliveryState.SENDING.value:
            self.broken.append(f"delivery {delivery} leaves while it is {state}")
        if self.network.standing(key) and not self.network.quirks.idempotent:
            self.broken.append(f"delivery {delivery} leaves again and stands there already")
        if outgoing.text not in known.texts:
            self.broken.append(f"delivery {delivery} leaves with other words: {outgoing.text!r}")
            return
        if known.leg == "acknowledgement":
            self._true(delivery, known, outgoing.text)

    def knows(self, db: sqlite3.Connection, before) -> None:
        """What had been said when the connection was made is in the store before words leave."""
        rows = {row[0] for row in db.execute("SELECT remote_id FROM messages")}
        for arrival in before:
            if isinstance(arrival, Post) and not arrival.ours and arrival.remote_id not in rows:
                self.broken.append(f"words leave, and {arrival.text!r} was not heard before")

    def _true(self, delivery: int, known: Known, text: str) -> None:
        """What an acknowledgement says is so."""
        outcome = known.texts[text]
        private = next(
            one
            for one in self.known.values()
            if one.handoff == known.handoff and one.leg == "private"
        )
        there = bool(self.network.posts_with(private.key))
        if outcome is Outcome.SENT and not there:
            self.broken.append(f"acknowledgement {delivery} says sent, and nothing was")
        if outcome is Outcome.REFUSED and there:
            self.broken.append(f"acknowledgement {delivery} says refused, and it stands there")
        too_early = private.state is DeliveryState.HELD
        given_up = private.state is DeliveryState.RECALLED and outcome is not Outcome.REFUSED
        if too_early or (given_up and not known.resent):
            self.broken.append(
                f"acknowledgement {delivery} leaves, its private message is {private.state}"
            )

    def changes_what_stands(self, remote_id: str, text: str | None) -> None:
        """A request to edit or (None) to delete what was sent is about to leave."""
        key = next((key for key, made in self.network.made if made == remote_id), None)
        known = next((one for one in self.known.values() if one.key == key), None)
        if known is None or not (known.may_go if text is None else text in known.edits):
            self.broken.append(f"nobody wished that {remote_id} becomes {text!r}")

    # --- after every step -------------------------------------------------------------------

    def check(self, db: sqlite3.Connection | None) -> None:
        """What holds at any time."""
        for key, _ in self.network.made:
            if len(self.network.posts_with(key)) > 1:
                self.broken.append(f"posted twice: {key}")
            if all(one.key != key for one in self.known.values()):
                self.broken.append(f"posted by nobody: {key}")
        standing = [(post.lane, post.text) for post in self.network.posts_of_shop()]
        for token in self.words:
            for lane in Lane:
                if sum(token in text for at, text in standing if at is lane) > 1:
                    self.broken.append(f"{token} stands in the {lane.value} lane twice")
        if db is not None:
            places = "\n".join((*_places(db), *(post.text for post in self.network.posts.values())))
            lost = [token for token in self.words if token not in places]
            if lost:
                self.broken.append(f"words are lost: {lost}")
        assert not self.broken, "; ".join(self.broken)

    def forget(self, text: str) -> None:
        """A person takes these words away."""
        self.words = {token for token in self.words if token not in text}


def said_in(db: sqlite3.Connection, thread: int) -> Said:
    """What the customer of a thread has said, as it stands in the table."""
    return {
        remote_id: (text, deleted_at is not None)
        for remote_id, text, deleted_at in db.execute(
            "SELECT remote_id, text, deleted_at FROM messages WHERE thread_id = ? AND ours = 0",
            (thread,),
        )
    }


def _drafts(db: sqlite3.Connection) -> str:
    rows = db.execute("SELECT text, acknowledgement FROM drafts").fetchall()
    return "\n".join(f"{text}\n{public}" for text, public in rows)


def _wishes(db: sqlite3.Connection) -> str:
    return "\n".join(row[0] or "" for row in db.execute("SELECT text FROM withdrawals"))


def _places(db: sqlite3.Connection) -> list[str]:
    """Every place where words are that a person can still come by."""
    sent = db.execute("SELECT outgoing FROM deliveries WHERE state <> 'recalled'")
    legs = db.execute(
        "SELECT h.words_sent, h.words_refused, h.words_unknown FROM handoffs h JOIN deliveries d "
        "ON d.handoff_id = h.id WHERE d.state <> 'recalled'"
    )
    return [_drafts(db), _wishes(db), *(row[0] for row in sent), *("\n".join(row) for row in legs)]
