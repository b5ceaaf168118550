"""Bad luck by name: what may befall a request or a listener on the stage, and in which order."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import NoReturn

from connectors.contract import (
    ConnectorError,
    Doubtful,
    Reason,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)


class Fault(StrEnum):
    """What befalls the next `send`, or the next edit or deletion, once."""

    NO_ROUTE = "nothing leaves this machine"
    REQUEST_LOST = "the request is read, nothing is done, no answer comes"
    SERVER_ERROR = "nothing is done, the server reports an error of its own"
    ANSWER_LOST = "it is done, no answer comes"
    ERROR_DONE = "it is done, the server reports an error of its own"
    PAGE_INSTEAD = "nothing is done, a web page comes instead of an answer"
    ANSWER_GARBLED = "it is done, the answer can't be understood"
    HALF_ANSWER = "it is done, half of the answer comes"
    TOO_MANY = "nothing is done, we are asked to slow down"
    KEY_DEAD = "nothing is done, our key isn't accepted"
    REFUSED = "nothing is done, the network says no"


class Noise(StrEnum):
    """What befalls the next batch that a listener gets, once."""

    TWICE = "every arrival comes twice"
    TURNED = "the arrivals come in the wrong order"
    ODD = "an item comes along that can't be read"


AFTERWARDS = frozenset(
    {Fault.ANSWER_LOST, Fault.ERROR_DONE, Fault.ANSWER_GARBLED, Fault.HALF_ANSWER}
)

REFUSALS: dict[Reason, str] = {
    Reason.TOO_LONG: "The text is too long.",
    Reason.GONE: "The post you are trying to reply to does not appear to exist.",
    Reason.BLOCKED: "This person has blocked you.",
    Reason.NOT_ACCEPTED: "This person does not accept private messages from you.",
    Reason.NOT_ALLOWED: "This action is outside the authorised scopes.",
    Reason.WRONG_AUDIENCE: "The post would be sent to unexpected accounts.",
    Reason.UNKNOWN: "Validation failed.",
}
"""What the network itself says with each refusal."""

PAUSE = timedelta(seconds=30)
"""How long TOO_MANY asks us to wait."""

_BY_CHANCE = (Fault.NO_ROUTE, Fault.ANSWER_LOST, Fault.SERVER_ERROR, Fault.TOO_MANY)


def refused(reason: Reason) -> Refused:
    """The refusal with the network's words."""
    return Refused(f"The network said: {REFUSALS[reason]}", reason=reason)


class FaultPlan:
    """The faults to come: those asked for, in their order, and then chance at a low rate."""

    def __init__(self, *, rate: float = 0.0, seed: str = "") -> None:
        self.rate = rate
        self._seed = seed
        self._sends = 0
        self._recalls = 0
        self._asked: deque[tuple[Fault, Reason]] = deque()
        self._asked_recalling: deque[tuple[Fault, Reason]] = deque()
        self._noises: deque[Noise] = deque()

    def ask(
        self, fault: Fault | Noise, *, reason: Reason, times: int, recalling: bool = False
    ) -> None:
        """Let it happen at the next `times` occasions; `recalling`: edits and deletions."""
        if isinstance(fault, Noise):
            self._noises.extend([fault] * times)
        else:
            asked = self._asked_recalling if recalling else self._asked
            asked.extend([(fault, reason)] * times)

    def next_send(self) -> tuple[Fault, Reason] | None:
        """What befalls this send."""
        self._sends += 1
        if self._asked:
            return self._asked.popleft()
        return self._by_chance(f"{self._seed}/{self._sends}")

    def next_recall(self) -> tuple[Fault, Reason] | None:
        """What befalls this edit or deletion."""
        self._recalls += 1
        if self._asked_recalling:
            return self._asked_recalling.popleft()
        return self._by_chance(f"{self._seed}/recall/{self._recalls}")

    def _by_chance(self, stream: str) -> tuple[Fault, Reason] | None:
        if self.rate > 0:
            # A stream of its own for every request, so that the day doesn't depend on what we say.
            chance = Random(stream)  # noqa: S311 - a play, not a secret
            if chance.random() < self.rate:
                return chance.choice(_BY_CHANCE), Reason.UNKNOWN
        return None

    def next_batch(self) -> Noise | None:
        """What befalls this batch."""
        return self._noises.popleft() if self._noises else None


def strike(fault: Fault, reason: Reason, now: datetime) -> NoReturn:
    """Raise what a connector has to say of a fault."""
    raise _error(fault, reason, now)


def _error(fault: Fault, reason: Reason, now: datetime) -> ConnectorError:
    match fault:
        case Fault.NO_ROUTE:
            return Unreachable("The stage can't be reached. Nothing left this machine.")
        case Fault.TOO_MANY:
            return SlowDown("The stage asks us to wait half a minute.", until=now + PAUSE)
        case Fault.KEY_DEAD:
            return Unauthorised("The stage doesn't accept our key any more. Sign in again.")
        case Fault.REFUSED:
            return refused(reason)
        case Fault.REQUEST_LOST | Fault.ANSWER_LOST:
            return Doubtful("The connection closed before an answer came.")
        case Fault.SERVER_ERROR | Fault.ERROR_DONE:
            return Doubtful("The stage answered with an error of its own (500).")
        case Fault.ANSWER_GARBLED | Fault.HALF_ANSWER | Fault.PAGE_INSTEAD:
            return Doubtful("The stage's answer could not be understood.")
