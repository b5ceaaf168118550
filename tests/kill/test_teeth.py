"""The model notices: for each promise the product is broken on purpose, and a schedule tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import CannotTell, NotSent
from console.desk.handoff import Outcome
from console.desk.model import DeliveryState, Draft
from console.engine.dispatch import Dispatch
from console.engine.session import Session
from console.engine.withdrawing import Withdrawing
from console.store import arrivals, changes, deliveries, drafts, freshness, handoffs, sending
from tests.kill.schedules import play, scene  # noqa: F401 - a fixture

commit, read_answer, open_session = deliveries.commit, Dispatch._read_answer, Session._open


def due_again(work, words, now):
    """On start: what was under way is simply sent again."""
    work.do("UPDATE deliveries SET state = 'due' WHERE state = 'sending'")
    return ()


def not_written_down(work, delivery_id, now):
    """The request leaves, and `sending` is not on disk."""
    found = deliveries.delivery(work, delivery_id)
    ready = found.state is DeliveryState.DUE and found.waits_for is None
    return found if ready else None


def no_window(work, made, now):
    """Nothing is held."""
    return commit(work, replace(made, held_until=now), now)


def no_cool_off(work, made, now):
    """A heated thread's answer leaves like any other."""
    held = now + timedelta(seconds=8)
    return commit(work, replace(made, held_until=min(made.held_until, held)), now)


def by_hope(self, found, answer):
    """Nobody can tell: then it wasn't sent."""
    if isinstance(answer, CannotTell):
        answer = NotSent(words="")
    return read_answer(self, found, answer)


async def deletes(self, asked):
    """An edit is asked for, and the message is deleted."""
    await self._session.connector.delete(asked.remote_id)


def nothing(*_args, **_kwargs):
    return None


async def at_once(self):
    """Words leave as soon as the network is there, whatever came meanwhile."""
    await open_session(self)
    self.abreast.set()


MORE = (1, 3, 8)
"""Seeds that are played where the first one finds nothing."""

BREAKS = {
    "started again, it is sent again": (deliveries, "doubt_all_sending", due_again, 2, "again"),
    "sending isn't written down": (sending, "begin", not_written_down, 2, "leaves while"),
    "a guess is taken for proof": (Dispatch, "_read_answer", by_hope, 2, "twice|again"),
    "news stops nothing": (freshness, "news", lambda *_a, **_k: (), 2, "over"),
    "news is heard too late": (Session, "_open", at_once, 6, "not heard before"),
    "undo takes no words back": (changes.STEPS, "words_again", nothing, 2, "was undone"),
    "a changed draft counts as the same": (Draft, "__eq__", lambda *_a: True, 2, "lost|nobody"),
    "an approved draft stays a draft": (drafts, "consume", nothing, 2, "twice"),
    "the undo window is skipped": (deliveries, "commit", no_window, 2, "before its window"),
    "the cool-off is skipped": (deliveries, "commit", no_cool_off, 3, "before its window"),
    "the line says sent whatever happened": (
        handoffs, "outcome_of", lambda _private: Outcome.SENT, 3, "says sent",
    ),
    "a deletion of a customer is missed": (arrivals._Intake, "delete", nothing, 2, "deleted"),
    "a draft isn't kept": (drafts, "save", lambda *_a, **_k: 1, 2, "lost"),
    "words that come back are dropped": (sending, "keep_words", lambda *_a: 1, 2, "lost"),
    "an edit deletes": (Withdrawing, "_ask", deletes, 2, "nobody wished"),
}  # fmt: skip
"""What is broken -> where, by what, the seed that finds it soon, and what the model says."""


@pytest.mark.parametrize("broken", BREAKS)
def test_the_model_notices(scene, monkeypatch, broken):  # noqa: F811
    where, name, how, number, says = BREAKS[broken]
    if isinstance(where, dict):
        monkeypatch.setitem(where, name, how)
    else:
        monkeypatch.setattr(where, name, how)
    with pytest.raises(AssertionError, match=says):
        play_until_noticed(scene, number)


def play_until_noticed(scene, number):  # noqa: F811
    """What came first is the machine's to decide in some schedules: other seeds have a chance."""
    for seed in (number, *MORE):
        play(scene, number=seed, schedules=200, shrink=False)
