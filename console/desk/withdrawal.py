"""What a person wants done to words that have left: that they be deleted, or replaced by others.

A wish is asked of the network until it confirms or refuses. Deleting twice and editing twice with
the same words change nothing the second time, so there is no doubtful state: after a lost answer,
or a `kill -9` in between, it is asked again.

    asked -> done | refused, by what the network says
    asked -> dropped, by a person as long as it has not been tried, or by a newer wish
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.contract import Capability, Hello, Lane
from console.desk.model import Delivery, DeliveryState


class WithdrawalKind(StrEnum):
    """What is wanted."""

    DELETE = "delete"
    EDIT = "edit"


class WithdrawalState(StrEnum):
    """What has become of it."""

    ASKED = "asked"
    """It is tried until the network confirms or refuses."""
    DONE = "done"
    """The network confirmed it."""
    REFUSED = "refused"
    """The network said no: the words stand as they stood."""
    DROPPED = "dropped"
    """A person took the wish back before anything was asked, or wished something newer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A wish, and what came of it. The words that stood there before are kept for ever."""

    id: int
    delivery_id: int
    kind: WithdrawalKind
    state: WithdrawalState
    was: str
    """The words that stood there when it was asked."""
    text: str | None
    """The new words of an edit."""
    author: str
    asked_at: datetime
    next_at: datetime | None
    """It isn't asked of the network before this moment."""
    tries: int
    words: str
    """What is the matter, for people; empty when nothing is."""
    settled_at: datetime | None

    @property
    def pending(self) -> bool:
        """True while the network has neither confirmed nor refused."""
        return self.state is WithdrawalState.ASKED


def standing(wishes: Iterable[Withdrawal]) -> tuple[Withdrawal, ...]:
    """Those that were not dropped."""
    return tuple(wish for wish in wishes if wish.state is not WithdrawalState.DROPPED)


class CannotWithdraw(Exception):
    """The wish can't be asked; the words say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


_NEEDS = {WithdrawalKind.DELETE: Capability.DELETE, WithdrawalKind.EDIT: Capability.EDIT}
_NOT_YET = {
    DeliveryState.HELD: "It has not left yet: take it back instead, then nobody sees it.",
    DeliveryState.DUE: "It has not left yet: take it back instead, then nobody sees it.",
    DeliveryState.SENDING: "It is on its way this moment. Wait until it is settled.",
    DeliveryState.DOUBTFUL: "Nobody knows yet whether it arrived. Say in the outbox what became "
    "of it first.",
    DeliveryState.REFUSED: "It was refused, so nothing stands there.",
    DeliveryState.RECALLED: "It was taken back, so nothing stands there.",
}


def why_not(delivery: Delivery, kind: WithdrawalKind, hello: Hello | None, *, gone: bool) -> str:
    """Why a sent message can't be deleted or edited, in words; empty where it can be asked.

    `gone`: it doesn't stand there any more. With no `hello` the network has never said what it
    can do, and it is left to answer.
    """
    if delivery.state is not DeliveryState.SENT:
        return _NOT_YET[delivery.state]
    if delivery.remote_id is None:
        return (
            "You said that it arrived; Greenroom has no receipt for it and doesn't know which "
            "post it is. Do it on the network's own page."
        )
    if gone:
        return "It is deleted already."
    need = _NEEDS[kind]
    if hello is not None and need not in hello.can:
        return hello.cannot.get(need, "This network doesn't let us.")
    if hello is not None and need is Capability.DELETE and delivery.outgoing.lane is Lane.PRIVATE:
        return hello.cannot.get(Capability.DELETE_PRIVATE, "")
    return ""
