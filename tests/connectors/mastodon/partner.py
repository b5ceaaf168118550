"""The fake servers as partners of the contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from connectors.contract import Capability, Connector, Secrets
from connectors.mastodon.connector import Mastodon
from tests.connectors.mastodon.conftest import QUICK
from tests.connectors.mastodon.fake import (
    GOTOSOCIAL,
    MASTODON43,
    SNAC,
    Account,
    Fake,
    Profile,
    Status,
    Trouble,
)
from tests.contract.partner import ANA, BUDI, Ability, Fault, NotTaken, Seen

TROUBLES = {
    Fault.ANSWER_LOST: Trouble.DROP_AFTER,
    Fault.ANSWER_GARBLED: Trouble.HTML,
    Fault.REQUEST_LOST: Trouble.DROP_BEFORE,
    Fault.SERVER_ERROR: Trouble.ERROR,
    Fault.TOO_MANY: Trouble.TOO_MANY,
    Fault.KEY_DEAD: Trouble.DEAD_KEY,
    Fault.NO_RIGHT: Trouble.NO_SCOPE,
    Fault.GONE: Trouble.GONE,
    Fault.TOO_LONG: Trouble.TOO_LONG,
    Fault.BLOCKED: Trouble.BLOCKED,
}
WITHOUT_KEYS = frozenset(
    {
        Capability.REPLY_PUBLIC,
        Capability.REPLY_PRIVATE,
        Capability.OPEN_PRIVATE,
        Capability.FIND_SENT,
        Capability.EDIT,
        Capability.DELETE,
        Capability.DELETE_PRIVATE,
    }
)
CAN = WITHOUT_KEYS | {Capability.IDEMPOTENT}


class MastodonPartner:
    """Mastodon 4.3, faked."""

    name: ClassVar[str] = "mastodon-fake"
    server: ClassVar[bool] = False
    can: ClassVar[frozenset[Capability]] = CAN
    abilities: ClassVar[frozenset[Ability]] = frozenset(Ability) - {Ability.VERBATIM}
    faults: ClassVar[frozenset[Fault]] = frozenset(TROUBLES)
    patience: ClassVar[float] = 5.0
    page: ClassVar[int] = 40
    profile: ClassVar[Profile] = MASTODON43

    def __init__(self) -> None:
        self.secrets: Secrets = {}

    async def start(self) -> None:
        self.fake = Fake(self.profile)
        await self.fake.start()
        self.secrets = {"token": self.fake.token_for(self.fake.shop)}
        self.customers = {
            ANA: self.fake.person(ANA, "far.example"),
            BUDI: self.fake.person(BUDI),
        }

    async def stop(self) -> None:
        await self.fake.stop()

    async def connector(self) -> Connector:
        settings = {"server": self.fake.url, "settle_seconds": "0.1", **QUICK}
        return Mastodon(settings, remembered=None, clock=self.now)

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
        if not text.strip():
            raise NotTaken("an empty post")
        media: list[dict[str, object]] = []
        if attachment is not None:
            media.append(
                {
                    "id": "1",
                    "type": "image",
                    "url": "https://files.example/1.png",
                    "description": attachment,
                }
            )
        names = ["@support", *(f"@{self.customers[name].acct}" for name in naming)]
        status = await self.fake.write(
            self.customers[customer],
            f"{' '.join(names)} {text}",
            reply_to=reply_to,
            warning=warning or "",
            media=media,
        )
        return status.id

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        if not text.strip():
            raise NotTaken("an empty message")
        status = await self.fake.write(
            self.customers[customer], f"@support {text}", visibility="direct", reply_to=reply_to
        )
        return status.id

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        await self.fake.edit(self.fake.statuses[remote_id], f"@support {text}")

    async def deletes(self, customer: str, remote_id: str) -> None:
        await self.fake.delete(self.fake.statuses[remote_id])

    async def refuses_private(self, customer: str) -> None:
        self.fake.deaf.add(self.customers[customer].id)

    async def public_posts_of_shop(self) -> list[Seen]:
        return [_seen(one) for one in self._said() if one.visibility != "direct"]

    async def private_posts_to(self, customer: str) -> list[Seen]:
        to: Account = self.customers[customer]
        return [
            _seen(one)
            for one in self._said()
            if one.visibility == "direct" and to in one.mentions and not self.fake.dropped(one, to)
        ]

    def _said(self) -> list[Status]:
        return [one for one in self.fake.statuses.values() if one.account is self.fake.shop]

    async def break_next(self, fault: Fault) -> None:
        self.fake.break_next(TROUBLES[fault])

    async def break_recall(self, fault: Fault) -> None:
        # aiohttp asks once more by itself for what may be asked twice.
        times = 2 if fault in (Fault.ANSWER_LOST, Fault.REQUEST_LOST) else 1
        for method in ("PUT", "DELETE") * times:
            self.fake.break_next(TROUBLES[fault], method=method)

    async def cut(self) -> None:
        await self.fake.cut()

    async def goes_down(self) -> None:
        await self.fake.go_down()

    async def comes_up(self) -> None:
        await self.fake.listen()

    async def revokes(self) -> None:
        self.fake.tokens.clear()


class GoToSocialPartner(MastodonPartner):
    """GoToSocial 0.20, faked: no keys kept, 400 for 422, raw ampersands."""

    name: ClassVar[str] = "gotosocial-fake"
    can: ClassVar[frozenset[Capability]] = WITHOUT_KEYS
    profile: ClassVar[Profile] = GOTOSOCIAL


class SnacPartner(MastodonPartner):
    """snac2, faked: no stream, no keys kept, private posts listed nowhere, nothing deleted."""

    name: ClassVar[str] = "snac-fake"
    can: ClassVar[frozenset[Capability]] = WITHOUT_KEYS - {
        Capability.DELETE,
        Capability.DELETE_PRIVATE,
    }
    profile: ClassVar[Profile] = SNAC


def _seen(status: Status) -> Seen:
    return Seen(remote_id=status.id, text=status.text, reply_to=status.reply_to)
