"""How a delivery's story is told: what was asked of the network, what came of it, what comes next.

The same sentences on the screen and in the shell's ledger.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import Lane
from console.desk.model import Attempt, Delivery, DeliveryState, Leg
from console.desk.withdrawal import Withdrawal, WithdrawalKind, WithdrawalState

STATES = {
    DeliveryState.HELD: "held in its undo window",
    DeliveryState.DUE: "leaves as soon as the network lets it",
    DeliveryState.SENDING: "on its way this moment",
    DeliveryState.SENT: "sent",
    DeliveryState.REFUSED: "refused: nothing stands there",
    DeliveryState.DOUBTFUL: "may have arrived: nobody knows yet",
    DeliveryState.RECALLED: "taken back: it never left, or was given up",
}
"""Every state in words."""


def stands(delivery: Delivery) -> str:
    """The state of a delivery in words."""
    if delivery.awaits and delivery.state is DeliveryState.DUE:
        return "waits until the customer begins in private"
    return STATES[delivery.state]


_CAME = {
    ("send", "sent"): "the network took it",
    ("send", "not reached"): "the network could not be reached: nothing was sent",
    ("send", "asked to wait"): "the network asked to wait: nothing was sent",
    ("send", "not yet"): "only they can begin in private: nothing was sent, it waits for them",
    ("begin", "began"): "they began: it may leave",
    ("send", "sign in again"): "the network didn't accept our key: nothing was sent",
    ("send", "refused"): "the network said no: nothing was sent",
    ("send", "unknown"): "no clear answer: it may have arrived",
    ("look", "found"): "found: it stands there",
    ("look", "not there"): "proved not to stand there: nothing was sent",
    ("look", "can't tell"): "the network can't tell",
    ("look", "not reached"): "the network could not be reached: nothing was learnt",
    ("look", "asked to wait"): "the network asked to wait: nothing was learnt",
    ("look", "sign in again"): "the network didn't accept our key: nothing was learnt",
    ("stop", "stopped"): "stopped before it left: it is a draft again",
    ("delete", "deleted"): "the network took it away",
    ("edit", "edited"): "the new words stand there",
}
_NOT_YET = {
    "not reached": "the network could not be reached",
    "asked to wait": "the network asked to wait",
    "sign in again": "the network didn't accept our key",
    "unknown": "no clear answer",
    "refused": "the network said no",
}
_UNCHANGED = {
    "delete": "; asking again is harmless",
    "edit": "; asking again is harmless",
}


def asked(what: str, delivery: Delivery) -> str:
    """What was asked, in words: `post a public reply to @ana`."""
    to = delivery.outgoing.to.handle
    match what:
        case "send":
            if delivery.leg is Leg.ACKNOWLEDGEMENT:
                return f"post the public line to {to}"
            if delivery.outgoing.lane is Lane.PRIVATE:
                return f"send a private message to {to}"
            return f"post a public reply to {to}"
        case "look":
            return "look for it on the network"
        case "stop":
            return "let it leave"
        case "begin":
            return f"wait until {to} begins in private"
        case "person":
            return "a person was asked"
        case "delete":
            return "delete it"
        case "edit":
            return "put other words in its place"
    return what


def came(tried: Attempt) -> str:
    """What came of an attempt, in words."""
    found = _CAME.get((tried.what, tried.outcome))
    if found is not None:
        return found
    if tried.what in _UNCHANGED and tried.outcome in _NOT_YET:
        again = "" if tried.outcome == "refused" else _UNCHANGED[tried.what]
        return _NOT_YET[tried.outcome] + again
    return tried.outcome


def wished(wish: Withdrawal) -> str:
    """Where a wish stands: `being deleted`, `not changed: ...`."""
    delete = wish.kind is WithdrawalKind.DELETE
    why = f": {wish.words}" if wish.words else ""
    match wish.state:
        case WithdrawalState.ASKED:
            return ("being deleted" if delete else f"being changed to “{wish.text}”") + why
        case WithdrawalState.DONE:
            return "deleted by us" if delete else "edited by us"
        case WithdrawalState.REFUSED:
            return ("not deleted" if delete else "not changed") + why
    return "left as it is"


def what_next(delivery: Delivery, wishes: Sequence[Withdrawal] = ()) -> str:
    """What happens to it by itself, or what a person has to say; empty when nothing will."""
    pending = next((wish for wish in wishes if wish.pending), None)
    if pending is not None:
        what = "the deletion" if pending.kind is WithdrawalKind.DELETE else "the new words"
        return f"The network is asked for {what} until it says yes or no."
    match delivery.state:
        case DeliveryState.HELD if delivery.waits_for is not None:
            return "It leaves when its private message is settled; until then it can be taken back."
        case DeliveryState.HELD:
            return "It leaves by itself; until then it can be taken back."
        case DeliveryState.DUE if delivery.waits_for is not None:
            return "It leaves when its private message is settled."
        case DeliveryState.DUE if delivery.awaits:
            return (
                f"It leaves by itself once {delivery.outgoing.to.handle} begins in private, by the "
                "link in the public line or by writing to us. Nobody else can make it leave."
            )
        case DeliveryState.DUE:
            return "It leaves by itself as soon as the network takes it."
        case DeliveryState.SENDING:
            return "The network is answering."
        case DeliveryState.REFUSED:
            return "It will not be tried again. Open the thread to answer in other words."
        case DeliveryState.DOUBTFUL if delivery.next_at is not None:
            return "Greenroom looks for it on the network. It is never sent again on a guess."
        case DeliveryState.DOUBTFUL:
            return (
                "Look on the network. If it stands there, say that it arrived; if not, send it "
                "again. It is never sent again on a guess."
            )
    return ""
