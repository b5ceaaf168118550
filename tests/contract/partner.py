"""The other side of a network, as the contract suite sees it: customers, server and bad luck.

The suite knows nothing of a network but this protocol. A partner runs the server (in memory, a
fake on loopback, a real one), plays the customers `ana` and `budi`, and can look at what really
stands there. It makes connectors for one and the same account of the shop, as often as asked.

Ids that a partner returns are the `remote_id` under which the shop's connector sees the post.
Texts that a partner returns hold the words that were sent; a network may have added to them (the
customer's handle), so cases ask whether words are *in* a text.

What a network or a partner can't do is absent from `can`, `abilities` or `faults`. The suite makes
no case of it: nothing is skipped, and `pytest -v` lists what was not applicable.

To add a partner: write a class with this shape and add its line to `tests.contract.partners`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from connectors.contract import (
    Capability,
    Connector,
    ConnectorError,
    Doubtful,
    Reason,
    Refused,
    Secrets,
    SlowDown,
    Unauthorised,
    Unreachable,
)

ANA = "ana"
BUDI = "budi"
CUSTOMERS = (ANA, BUDI)
"""The customers that a partner plays. Neither follows the shop, nor the shop them."""


class Ability(StrEnum):
    """What a partner can do on its side of the network."""

    WRITE_PUBLIC = "customers can write in public"
    WRITE_PRIVATE = "customers can write in private first"
    EDIT = "customers can edit"
    DELETE = "customers can delete"
    REFUSE_PRIVATE = "a customer can refuse private messages"
    TOLD_AGAIN = "what was told once is told again from the same cursor"
    NAME_OTHERS = "a public post can be addressed to others as well"
    WARN = "a post can have a content warning"
    ATTACH = "a post can have attachments"
    ECHO = "what the shop posts comes back to its own listeners"
    IN_TURN = "what is written in turn arrives in turn"
    COUNTS = "the server counts a text as the network does"
    VERBATIM = "the network carries every text unchanged"
    MANY = "the server keeps hundreds of posts for somebody who isn't listening fast enough"
    BREAK_RECALL = "an edit or a deletion of what the shop sent can meet bad luck"
    CUT = "live connections can be cut"
    STOP = "the server can be stopped and started again"
    REVOKE = "the shop's key can be revoked"


class Fault(StrEnum):
    """What befalls the very next `send`, or the very next edit or deletion, once."""

    NO_ROUTE = "nothing answers at the server's address"
    ANSWER_LOST = "it is posted, and the connection closes before the answer"
    ANSWER_GARBLED = "it is posted, and the answer is not what was agreed"
    REQUEST_LOST = "it is read, nothing is posted, and the connection closes"
    SERVER_ERROR = "nothing is posted, and the server reports an error of its own"
    TOO_MANY = "nothing is posted, and we are asked to slow down"
    KEY_DEAD = "nothing is posted, and the server doesn't accept our key"
    NO_RIGHT = "nothing is posted, and our key lacks the right"
    GONE = "what it answers was taken away"
    TOO_LONG = "the server says that it is too long"
    BLOCKED = "the customer has blocked us, and the network says so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a connector must raise, and whether a post stands there afterwards."""

    error: type[ConnectorError]
    posted: bool = False
    reason: Reason | None = None
    """Of a `Refused`; None where the suite doesn't insist."""


VERDICTS: dict[Fault, Verdict] = {
    Fault.NO_ROUTE: Verdict(error=Unreachable),
    Fault.ANSWER_LOST: Verdict(error=Doubtful, posted=True),
    Fault.ANSWER_GARBLED: Verdict(error=Doubtful, posted=True),
    Fault.REQUEST_LOST: Verdict(error=Doubtful),
    Fault.SERVER_ERROR: Verdict(error=Doubtful),
    Fault.TOO_MANY: Verdict(error=SlowDown),
    Fault.KEY_DEAD: Verdict(error=Unauthorised),
    Fault.NO_RIGHT: Verdict(error=Refused, reason=Reason.NOT_ALLOWED),
    Fault.GONE: Verdict(error=Refused, reason=Reason.GONE),
    Fault.TOO_LONG: Verdict(error=Refused, reason=Reason.TOO_LONG),
    Fault.BLOCKED: Verdict(error=Refused),
}


RECALL_FAULTS = (
    Fault.ANSWER_LOST,
    Fault.ANSWER_GARBLED,
    Fault.REQUEST_LOST,
    Fault.SERVER_ERROR,
    Fault.TOO_MANY,
    Fault.KEY_DEAD,
    Fault.NO_RIGHT,
)
"""The faults that an edit or a deletion may meet on every network that can show them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post as it really stands on the network."""

    remote_id: str
    text: str
    reply_to: str | None = None


class NotTaken(Exception):
    """The network didn't take a customer's text: it is too long for it, or not text to it."""


class Partner(Protocol):
    """The other side of one network. Made with no arguments, then `start`ed."""

    name: ClassVar[str]
    """How the suite calls it in its ids: `mastodon-snac2`."""
    server: ClassVar[bool]
    """True where it needs a server that tests/servers installs: marked `server`."""
    can: ClassVar[frozenset[Capability]]
    """What the shop's account may do here: a truthful `Hello.can` is exactly this."""
    abilities: ClassVar[frozenset[Ability]]
    faults: ClassVar[frozenset[Fault]]
    """The faults that `break_next` can bring about."""
    patience: ClassVar[float]
    """Seconds after which what has not happened won't: the deadline of every condition."""
    page: ClassVar[int]
    """How many items the network gives at once, at most: a catch-up case misses over twice that."""

    secrets: Secrets
    """What `open` gets. Known after `start`."""

    async def start(self) -> None:
        """Start the server, with the shop's account, `ana`, `budi` and not one post."""

    async def stop(self) -> None:
        """Stop the server and let go of everything."""

    async def connector(self) -> Connector:
        """A connector for the shop's account, not yet opened: the same account every time."""

    def now(self) -> datetime:
        """The network's time, near enough: aware and in UTC."""

    # --- the customers -----------------------------------------------------------------------

    async def writes_public(
        self,
        customer: str,
        text: str,
        *,
        reply_to: str | None = None,
        naming: Sequence[str] = (),
        warning: str | None = None,
        attachment: str | None = None,
    ) -> str:
        """A public post to the shop, addressed as the network wants it; returns its id.

        `naming` are other customers it is addressed to as well, `attachment` the description of
        a picture. Raises `NotTaken`.
        """

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        """A private message to the shop; returns its id. `reply_to` None begins a private lane,
        where a customer has more than one. Raises `NotTaken`."""

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        """The customer replaces the words of a post. `Ability.EDIT`."""

    async def deletes(self, customer: str, remote_id: str) -> None:
        """The customer takes a post away. `Ability.DELETE`."""

    async def refuses_private(self, customer: str) -> None:
        """From now on the customer takes no private messages from the shop. `REFUSE_PRIVATE`."""

    # --- where only customers begin in private: `Capability.INVITE` ---------------------------

    async def follows_link(self, customer: str, remote_id: str) -> None:
        """Begin in private by the link in a public post of the shop. Raises `LookupError` where it
        carries none."""

    async def begins_alone(self, customer: str) -> None:
        """Begin in private with no link, and say nothing yet."""

    # --- what really stands there ------------------------------------------------------------

    async def public_posts_of_shop(self) -> list[Seen]:
        """What the shop has said in public, oldest first."""

    async def private_posts_to(self, customer: str) -> list[Seen]:
        """The private messages from the shop that reach this customer, oldest first."""

    # --- bad luck ----------------------------------------------------------------------------

    async def break_next(self, fault: Fault) -> None:
        """Let a fault befall the next `send` of any connector, once."""

    async def break_recall(self, fault: Fault) -> None:
        """Let a fault befall the next edit or deletion of what the shop sent, once.
        `BREAK_RECALL`."""

    async def cut(self) -> None:
        """Cut every connection by which a connector hears just now. `Ability.CUT`."""

    async def goes_down(self) -> None:
        """Stop the server: nothing answers at its address, posts survive. `Ability.STOP`."""

    async def comes_up(self) -> None:
        """Start it again at the same address."""

    async def revokes(self) -> None:
        """Make the shop's key worthless, for good. `Ability.REVOKE`."""
