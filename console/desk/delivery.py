"""The life of a delivery, as one table: every state has an answer for every event.

    held -> due -> sending -> sent | refused | doubtful
    held | due -> recalled
    doubtful -> sent | due, by proof or by a person, never by hope

An answer is the next state, or the sentence that says why the event can't be. What must hold:
`sending` is stored before the request leaves; on start every `sending` becomes `doubtful`, never
`due`; nothing leaves `sent` but the proof that it was refused after all (a bounce).
"""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum

from connectors.contract import Capability
from console.desk.model import DeliveryState as S


class DeliveryEvent(StrEnum):
    """What can happen to a delivery."""

    WINDOW_PASSED = "the undo window passed"
    RECALL = "a person took it back"
    BEGIN = "an attempt begins"
    ACCEPTED = "the network confirmed it"
    REJECTED = "the network said no"
    NOT_LEFT = "nothing was posted; it may be tried again"
    UNSURE = "it may have been posted"
    RESTARTED = "Greenroom started again"
    FOUND = "it was found on the network"
    PROVED_UNSENT = "it is proved not to stand on the network"
    PERSON_SAYS_SENT = "a person says it arrived"
    PERSON_SAYS_RESEND = "a person says it didn't arrive: send again"
    GIVE_UP = "a person gave it up"


E = DeliveryEvent


class Impossible(Exception):
    """The event can't happen in this state; the words say why."""


_ASKED = "it is not being sent just now"
_GONE = "it has left already"
_BACK = "it was taken back"
_NO = "the network refused it; answer anew if it should be said again"
_OPEN = "its last attempt is not settled yet"

TABLE: dict[tuple[S, E], S | str] = {
    (S.HELD, E.WINDOW_PASSED): S.DUE,
    (S.HELD, E.RECALL): S.RECALLED,
    (S.HELD, E.BEGIN): "its undo window is still open",
    (S.HELD, E.ACCEPTED): _ASKED,
    (S.HELD, E.REJECTED): S.REFUSED,
    (S.HELD, E.NOT_LEFT): S.HELD,
    (S.HELD, E.UNSURE): _ASKED,
    (S.HELD, E.RESTARTED): S.HELD,
    (S.HELD, E.FOUND): _ASKED,
    (S.HELD, E.PROVED_UNSENT): S.HELD,
    (S.HELD, E.PERSON_SAYS_SENT): _ASKED,
    (S.HELD, E.PERSON_SAYS_RESEND): S.HELD,
    (S.HELD, E.GIVE_UP): S.RECALLED,
    (S.DUE, E.WINDOW_PASSED): S.DUE,
    (S.DUE, E.RECALL): S.RECALLED,
    (S.DUE, E.BEGIN): S.SENDING,
    (S.DUE, E.ACCEPTED): _ASKED,
    (S.DUE, E.REJECTED): S.REFUSED,
    (S.DUE, E.NOT_LEFT): S.DUE,
    (S.DUE, E.UNSURE): _ASKED,
    (S.DUE, E.RESTARTED): S.DUE,
    (S.DUE, E.FOUND): S.SENT,
    (S.DUE, E.PROVED_UNSENT): S.DUE,
    (S.DUE, E.PERSON_SAYS_SENT): _ASKED,
    (S.DUE, E.PERSON_SAYS_RESEND): S.DUE,
    (S.DUE, E.GIVE_UP): S.RECALLED,
    (S.SENDING, E.WINDOW_PASSED): S.SENDING,
    (S.SENDING, E.RECALL): "it is on its way this moment",
    (S.SENDING, E.BEGIN): "it is on its way this moment",
    (S.SENDING, E.ACCEPTED): S.SENT,
    (S.SENDING, E.REJECTED): S.REFUSED,
    (S.SENDING, E.NOT_LEFT): S.DUE,
    (S.SENDING, E.UNSURE): S.DOUBTFUL,
    (S.SENDING, E.RESTARTED): S.DOUBTFUL,
    (S.SENDING, E.FOUND): S.SENT,
    (S.SENDING, E.PROVED_UNSENT): "it is on its way this moment",
    (S.SENDING, E.PERSON_SAYS_SENT): "it is on its way this moment",
    (S.SENDING, E.PERSON_SAYS_RESEND): "it is on its way this moment",
    (S.SENDING, E.GIVE_UP): "it is on its way this moment",
    (S.SENT, E.WINDOW_PASSED): S.SENT,
    (S.SENT, E.RECALL): _GONE,
    (S.SENT, E.BEGIN): _GONE,
    (S.SENT, E.ACCEPTED): S.SENT,
    (S.SENT, E.REJECTED): S.REFUSED,
    (S.SENT, E.NOT_LEFT): _GONE,
    (S.SENT, E.UNSURE): _GONE,
    (S.SENT, E.RESTARTED): S.SENT,
    (S.SENT, E.FOUND): S.SENT,
    (S.SENT, E.PROVED_UNSENT): _GONE,
    (S.SENT, E.PERSON_SAYS_SENT): S.SENT,
    (S.SENT, E.PERSON_SAYS_RESEND): _GONE,
    (S.SENT, E.GIVE_UP): _GONE,
    (S.REFUSED, E.WINDOW_PASSED): S.REFUSED,
    (S.REFUSED, E.RECALL): S.RECALLED,
    (S.REFUSED, E.BEGIN): _NO,
    (S.REFUSED, E.ACCEPTED): _NO,
    (S.REFUSED, E.REJECTED): S.REFUSED,
    (S.REFUSED, E.NOT_LEFT): _NO,
    (S.REFUSED, E.UNSURE): _NO,
    (S.REFUSED, E.RESTARTED): S.REFUSED,
    (S.REFUSED, E.FOUND): S.SENT,
    (S.REFUSED, E.PROVED_UNSENT): S.REFUSED,
    (S.REFUSED, E.PERSON_SAYS_SENT): _NO,
    (S.REFUSED, E.PERSON_SAYS_RESEND): S.DUE,
    (S.REFUSED, E.GIVE_UP): S.RECALLED,
    (S.DOUBTFUL, E.WINDOW_PASSED): S.DOUBTFUL,
    (S.DOUBTFUL, E.RECALL): "it may have been posted; say in the outbox what became of it",
    (S.DOUBTFUL, E.BEGIN): _OPEN,
    (S.DOUBTFUL, E.ACCEPTED): S.SENT,
    (S.DOUBTFUL, E.REJECTED): _OPEN,
    (S.DOUBTFUL, E.NOT_LEFT): S.DOUBTFUL,
    (S.DOUBTFUL, E.UNSURE): S.DOUBTFUL,
    (S.DOUBTFUL, E.RESTARTED): S.DOUBTFUL,
    (S.DOUBTFUL, E.FOUND): S.SENT,
    (S.DOUBTFUL, E.PROVED_UNSENT): S.DUE,
    (S.DOUBTFUL, E.PERSON_SAYS_SENT): S.SENT,
    (S.DOUBTFUL, E.PERSON_SAYS_RESEND): S.DUE,
    (S.DOUBTFUL, E.GIVE_UP): S.RECALLED,
    (S.RECALLED, E.WINDOW_PASSED): S.RECALLED,
    (S.RECALLED, E.RECALL): S.RECALLED,
    (S.RECALLED, E.BEGIN): _BACK,
    (S.RECALLED, E.ACCEPTED): _BACK,
    (S.RECALLED, E.REJECTED): S.RECALLED,
    (S.RECALLED, E.NOT_LEFT): S.RECALLED,
    (S.RECALLED, E.UNSURE): _BACK,
    (S.RECALLED, E.RESTARTED): S.RECALLED,
    (S.RECALLED, E.FOUND): S.SENT,
    (S.RECALLED, E.PROVED_UNSENT): S.RECALLED,
    (S.RECALLED, E.PERSON_SAYS_SENT): _BACK,
    (S.RECALLED, E.PERSON_SAYS_RESEND): _BACK,
    (S.RECALLED, E.GIVE_UP): S.RECALLED,
}
"""(state, event) -> the next state, or why the event can't be."""


def after_a_doubt(can: Set[Capability]) -> str:
    """What becomes of a delivery whose answer was lost, where a network can do these: how near to
    "exactly once" it comes."""
    looks, keys = Capability.FIND_SENT in can, Capability.IDEMPOTENT in can
    if looks and keys:
        return (
            "it is looked for; where it isn't found, the same key is asked again, and the network "
            "posts one key once: it stands there once"
        )
    if keys:
        return "the same key is asked again, and the network posts one key once"
    if looks:
        return (
            "it is looked for; found, it counts as sent; proved absent, it is sent again; where "
            "the network can't show it, a person decides"
        )
    return "a person looks and decides; it is never sent again on a guess"


def after(state: S, event: E) -> S:
    """The state that follows. Raises `Impossible` with the reason where there is none."""
    answer = TABLE[state, event]
    if isinstance(answer, S):
        return answer
    raise Impossible(f"This message can't be changed that way: {answer}.")
