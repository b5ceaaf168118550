"""Telegram as a partner of the contract suite."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.contract import Capability, Connector, Secrets
from connectors.telegram import wire
from connectors.telegram.connector import Telegram
from tests.connectors.telegram.fake import GROUP, Fake, Person, Trouble
from tests.contract.partner import ANA, BUDI, Ability, Fault, NotTaken, Seen

TROUBLES = {
    Fault.ANSWER_LOST: Trouble.DROP_AFTER,
    Fault.ANSWER_GARBLED: Trouble.GARBLED,
    Fault.REQUEST_LOST: Trouble.DROP_BEFORE,
    Fault.SERVER_ERROR: Trouble.ERROR,
    Fault.TOO_MANY: Trouble.TOO_MANY,
    Fault.KEY_DEAD: Trouble.DEAD_KEY,
    Fault.NO_RIGHT: Trouble.NO_RIGHT,
    Fault.GONE: Trouble.GONE,
    Fault.TOO_LONG: Trouble.TOO_LONG,
    Fault.BLOCKED: Trouble.KICKED,
}
CAN = frozenset(
    {
        Capability.REPLY_PUBLIC,
        Capability.REPLY_PRIVATE,
        Capability.INVITE,
        Capability.PROBE_PRIVATE,
        Capability.REFUSAL_SHOWN,
        Capability.EDIT,
        Capability.DELETE,
        Capability.DELETE_PRIVATE,
    }
)


class TelegramPartner:
    """A supergroup with two customers, and a bot of the shop's in it."""

    name: ClassVar[str] = "telegram-fake"
    server: ClassVar[bool] = False
    can: ClassVar[frozenset[Capability]] = CAN
    abilities: ClassVar[frozenset[Ability]] = frozenset(
        {
            Ability.WRITE_PUBLIC,
            Ability.WRITE_PRIVATE,
            Ability.EDIT,
            Ability.REFUSE_PRIVATE,
            Ability.NAME_OTHERS,
            Ability.IN_TURN,
            Ability.COUNTS,
            Ability.MANY,
            Ability.BREAK_RECALL,
            Ability.CUT,
            Ability.STOP,
            Ability.REVOKE,
        }
    )
    faults: ClassVar[frozenset[Fault]] = frozenset(TROUBLES)
    patience: ClassVar[float] = 5.0
    page: ClassVar[int] = 100

    def __init__(self) -> None:
        self.fake = Fake()
        self.secrets: Secrets = {"token": self.fake.token}
        self.customers: dict[str, Person] = {
            ANA: self.fake.person(ANA, 1111),
            BUDI: self.fake.person(BUDI, 2222, language="id"),
        }

    async def start(self) -> None:
        await self.fake.start()

    async def stop(self) -> None:
        await self.fake.stop()

    async def connector(self) -> Connector:
        settings = {"server": self.fake.url, "groups": str(GROUP)}
        return Telegram(settings, remembered=None, clock=self.now)

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
        said = " ".join([*(f"@{name}" for name in naming), _taken(text)])
        content: dict[str, Any] = {}
        if reply_to is not None:
            content["reply_to"] = _split(reply_to)[1]
        return _name(self.fake.writes(self.customers[customer], said, **content))

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        content: dict[str, Any] = {}
        if reply_to is not None:
            content["reply_to"] = _split(reply_to)[1]
        person = self.customers[customer]
        return _name(self.fake.writes_privately(person, _taken(text), **content))

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        self.fake.edits(*_split(remote_id), text)

    async def deletes(self, customer: str, remote_id: str) -> None:
        raise NotImplementedError

    async def refuses_private(self, customer: str) -> None:
        self.fake.blocks(self.customers[customer])

    async def follows_link(self, customer: str, remote_id: str) -> None:
        said = self.fake.messages[_split(remote_id)]
        if "reply_markup" not in said:
            raise LookupError("no button")
        url: str = said["reply_markup"]["inline_keyboard"][0][0]["url"]
        assert url.startswith("https://t.me/kiln_help_bot?start=")
        self.fake.presses_start(self.customers[customer], url.partition("start=")[2])

    async def begins_alone(self, customer: str) -> None:
        self.fake.presses_start(self.customers[customer])

    async def public_posts_of_shop(self) -> list[Seen]:
        return [_seen(said) for said in self.fake.said_in(GROUP)]

    async def private_posts_to(self, customer: str) -> list[Seen]:
        return [_seen(said) for said in self.fake.said_in(self.customers[customer].id)]

    async def break_next(self, fault: Fault) -> None:
        self.fake.break_next(TROUBLES[fault], "sendMessage")

    async def break_recall(self, fault: Fault) -> None:
        self.fake.troubles.clear()
        self.fake.break_next(TROUBLES[fault], "editMessageText", "deleteMessage")

    async def cut(self) -> None:
        self.fake.cut()

    async def goes_down(self) -> None:
        await self.fake.stop()

    async def comes_up(self) -> None:
        await self.fake.start()

    async def revokes(self) -> None:
        self.fake.token = "8123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-zz"
        await asyncio.sleep(0)


def _taken(text: str) -> str:
    try:
        units = len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise NotTaken("not text") from None
    if not text.strip() or units > 4096:
        raise NotTaken("too long, or nothing")
    return text


def _split(remote_id: str) -> tuple[int, int]:
    found = wire.split(remote_id)
    assert found is not None
    return found


def _name(said: dict[str, Any]) -> str:
    return f"{said['chat']['id']}/{said['message_id']}"


def _seen(said: dict[str, Any]) -> Seen:
    above = said.get("reply_to_message")
    reply = f"{said['chat']['id']}/{above['message_id']}" if above else None
    return Seen(remote_id=_name(said), text=said["text"], reply_to=reply)
