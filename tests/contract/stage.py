"""The stage as a partner, twice: with everything, and as terse as a network may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from connectors.contract import Attachment, Capability, Connector, Lane, Post, Reason, Secrets
from connectors.stage.connector import Stage
from connectors.stage.faults import Fault as StageFault
from connectors.stage.network import Quirks, StageNetwork
from tests.contract.partner import CUSTOMERS, Ability, Fault, NotTaken, Seen

_FAULTS: dict[Fault, tuple[StageFault, Reason]] = {
    Fault.NO_ROUTE: (StageFault.NO_ROUTE, Reason.UNKNOWN),
    Fault.ANSWER_LOST: (StageFault.ANSWER_LOST, Reason.UNKNOWN),
    Fault.ANSWER_GARBLED: (StageFault.ANSWER_GARBLED, Reason.UNKNOWN),
    Fault.REQUEST_LOST: (StageFault.REQUEST_LOST, Reason.UNKNOWN),
    Fault.SERVER_ERROR: (StageFault.SERVER_ERROR, Reason.UNKNOWN),
    Fault.TOO_MANY: (StageFault.TOO_MANY, Reason.UNKNOWN),
    Fault.KEY_DEAD: (StageFault.KEY_DEAD, Reason.UNKNOWN),
    Fault.NO_RIGHT: (StageFault.REFUSED, Reason.NOT_ALLOWED),
    Fault.GONE: (StageFault.REFUSED, Reason.GONE),
    Fault.TOO_LONG: (StageFault.REFUSED, Reason.TOO_LONG),
    Fault.BLOCKED: (StageFault.REFUSED, Reason.BLOCKED),
}


class StagePartner:
    """The stage with all it has."""

    name: ClassVar[str] = "stage"
    server: ClassVar[bool] = False
    can: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.INVITE}
    abilities: ClassVar[frozenset[Ability]] = frozenset(Ability)
    faults: ClassVar[frozenset[Fault]] = frozenset(Fault)
    patience: ClassVar[float] = 5.0
    page: ClassVar[int] = 5
    quirks: ClassVar[Quirks] = Quirks(page=5)

    def __init__(self) -> None:
        self.secrets: Secrets = {}
        self.network = StageNetwork(clock=self.now, quirks=self.quirks)

    async def start(self) -> None:
        for short in CUSTOMERS:
            self.network.customer(short)

    async def stop(self) -> None:
        self.network.let_go()

    async def connector(self) -> Connector:
        return Stage({}, remembered=None, clock=self.now, world=self.network)

    def now(self) -> datetime:
        return datetime.now(UTC)

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
        if not text:
            raise NotTaken("an empty post")
        attachments: tuple[Attachment, ...] = ()
        if attachment is not None:
            attachments = (
                Attachment(kind="image", url="https://media.example/1", description=attachment),
            )
        post = self.network.customer(customer).writes_public(
            text,
            reply_to=reply_to,
            also=[self.network.customer(name).address.handle for name in naming],
            warning=warning,
            attachments=attachments,
        )
        return post.remote_id

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        if not text:
            raise NotTaken("an empty message")
        return self.network.customer(customer).writes_privately(text, reply_to=reply_to).remote_id

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        self.network.customer(customer).edits(remote_id, text)

    async def deletes(self, customer: str, remote_id: str) -> None:
        self.network.customer(customer).deletes(remote_id)

    async def refuses_private(self, customer: str) -> None:
        self.network.customer(customer).refuses_private()

    async def public_posts_of_shop(self) -> list[Seen]:
        return [_seen(post) for post in self.network.posts_of_shop(lane=Lane.PUBLIC)]

    async def private_posts_to(self, customer: str) -> list[Seen]:
        return [_seen(post) for post in self.network.customer(customer).received]

    async def break_next(self, fault: Fault) -> None:
        kind, reason = _FAULTS[fault]
        self.network.fault(kind, reason=reason)

    async def break_recall(self, fault: Fault) -> None:
        kind, reason = _FAULTS[fault]
        self.network.fault(kind, reason=reason, recalling=True)

    async def cut(self) -> None:
        self.network.cut()

    async def goes_down(self) -> None:
        self.network.stop()

    async def comes_up(self) -> None:
        self.network.start()

    async def revokes(self) -> None:
        self.network.revoke()


class InvitingPartner(StagePartner):
    """The stage where only customers begin in private, by a link in our public answer."""

    name: ClassVar[str] = "stage-inviting"
    can: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.OPEN_PRIVATE}
    quirks: ClassVar[Quirks] = Quirks(opens=False, invites=True, page=5)

    async def follows_link(self, customer: str, remote_id: str) -> None:
        self.network.customer(customer).begins(self.network.links[remote_id])

    async def begins_alone(self, customer: str) -> None:
        self.network.customer(customer).begins()


class TersePartner(StagePartner):
    """The stage without all that a network may lack: no keys kept, refusals unsaid, no search."""

    name: ClassVar[str] = "stage-terse"
    can: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.REPLY_PUBLIC,
            Capability.REPLY_PRIVATE,
            Capability.OPEN_PRIVATE,
            Capability.FIND_SENT,
            Capability.DELETE,
            Capability.DELETE_PRIVATE,
        }
    )
    quirks: ClassVar[Quirks] = Quirks(
        idempotent=False, refusal_shown=False, streaming=False, edits=False, page=5, limit=240
    )


def _seen(post: Post) -> Seen:
    return Seen(remote_id=post.remote_id, text=post.text, reply_to=post.reply_to)
