"""snac2 and mastodon-mock as partners of the contract suite, each behind a proxy of bad luck."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.contract import Capability, Connector, Secrets
from connectors.html import plain
from connectors.mastodon.connector import Mastodon
from tests.contract.partner import ANA, BUDI, Ability, Fault, NotTaken, Seen
from tests.servers import snac
from tests.servers.mastodon_mock import MastodonMock
from tests.servers.people import AtTheBrowser, Person
from tests.servers.proxy import FAULTS, Proxy
from tests.servers.snac import Snac

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
PACE = {"poll_seconds": "0.1", "own_seconds": "0.5", "sweep_seconds": "0.3", "look_seconds": "0.3"}
SHOP = "support"
UNDER_WAY = 12
EVERYBODY = (SHOP, ANA, BUDI)


class MastodonServerPartner:
    """What both servers have in common."""

    server: ClassVar[bool] = True
    faults: ClassVar[frozenset[Fault]] = FAULTS
    page: ClassVar[int] = 40
    extra: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.secrets: Secrets = {}
        self.people: dict[str, Person] = {}

    async def _up(self, port: int, tokens: dict[str, str]) -> None:
        self.proxy = Proxy(port)
        await self.proxy.start()
        url = f"http://127.0.0.1:{port}"
        self.people = {name: Person(url, tokens[name]) for name in EVERYBODY}
        self.secrets = {"token": tokens[SHOP]}
        shop = await self.people[SHOP].call("GET", "/api/v1/accounts/verify_credentials")
        self._shop_id = str(shop["id"])

    async def stop(self) -> None:
        for person in self.people.values():
            await person.close()
        await self.proxy.stop()

    async def connector(self) -> Connector:
        settings = {"server": self.proxy.url, "settle_seconds": "0.5", **PACE, **self.extra}
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
        person = self.people[customer]
        fields = {"visibility": "public"}
        if warning is not None:
            fields["spoiler_text"] = warning
        if attachment is not None:
            fields["media_ids[]"] = await person.upload(attachment)
        names = " ".join(f"@{name}" for name in (SHOP, *naming))
        return await self._writes(person, f"{names} {text}", text, reply_to, fields)

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        return await self._writes(
            self.people[customer], f"@{SHOP} {text}", text, reply_to, {"visibility": "direct"}
        )

    async def _writes(
        self, person: Person, text: str, bare: str, reply_to: str | None, fields: dict[str, str]
    ) -> str:
        if not bare.strip() or "\x00" in bare:
            raise NotTaken("not a text to this server")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotTaken("not UTF-8") from None
        if len(text) > self.longest:
            raise NotTaken("too long")
        if reply_to is not None:
            fields["in_reply_to_id"] = reply_to
        return self.known_as(str((await person.post(text, **fields))["id"]))

    def known_as(self, remote_id: str) -> str:
        """How the connector calls a post."""
        return remote_id

    longest: ClassVar[int] = 500

    async def edits(self, customer: str, remote_id: str, text: str) -> None:
        await self.people[customer].call(
            "PUT", f"/api/v1/statuses/{remote_id}", data={"status": f"@{SHOP} {text}"}
        )

    async def deletes(self, customer: str, remote_id: str) -> None:
        await self.people[customer].call("DELETE", f"/api/v1/statuses/{remote_id}")

    async def refuses_private(self, customer: str) -> None:
        raise NotImplementedError

    async def public_posts_of_shop(self) -> list[Seen]:
        found = await self.people[BUDI].call(
            "GET", f"/api/v1/accounts/{self._shop_id}/statuses", params={"limit": "40"}
        )
        return [self._seen(one) for one in reversed(found) if one["visibility"] == "public"]

    async def private_posts_to(self, customer: str) -> list[Seen]:
        found: dict[str, Any] = {}
        for one in reversed(await self.people[customer].heard()):
            if one["visibility"] in ("direct", "private") and self._by_shop(one):
                found[one["id"]] = one
        return [self._seen(one) for one in found.values()]

    def _seen(self, status: dict[str, Any]) -> Seen:
        reply_to = status["in_reply_to_id"]
        return Seen(
            remote_id=self.known_as(str(status["id"])),
            text=plain(status["content"]),
            reply_to=self.known_as(reply_to) if reply_to else None,
        )

    def _by_shop(self, status: dict[str, Any]) -> bool:
        return str(status["account"]["acct"]).partition("@")[0] == SHOP

    async def break_next(self, fault: Fault) -> None:
        self.proxy.break_next(fault)

    async def break_recall(self, fault: Fault) -> None:
        self.proxy.break_recall(fault)

    async def cut(self) -> None:
        await self.proxy.cut()

    async def goes_down(self) -> None:
        await self.proxy.stop()

    async def comes_up(self) -> None:
        await self.proxy.start()


class MastodonMockPartner(MastodonServerPartner):
    """mastodon-mock: one process for the run, made empty for each case."""

    name: ClassVar[str] = "mastodon-mock"
    can: ClassVar[frozenset[Capability]] = WITHOUT_KEYS | {Capability.IDEMPOTENT}
    abilities: ClassVar[frozenset[Ability]] = frozenset(Ability) - {
        Ability.VERBATIM,
        Ability.REFUSE_PRIVATE,
        # It counts characters where Mastodon counts signs.
        Ability.COUNTS,
    }
    patience: ClassVar[float] = 20.0
    _running: ClassVar[MastodonMock | None] = None

    async def start(self) -> None:
        cls = type(self)
        if cls._running is None:
            running = MastodonMock()
            await running.start()
            cls._running = running
            atexit.register(running.away)
        mock = cls._running
        person = Person(mock.url, f"key-{SHOP}")
        await person.call("POST", "/api/v1/_mock/reset")
        await person.close()
        await self._up(mock.port, {name: f"key-{name}" for name in EVERYBODY})

    async def revokes(self) -> None:
        await self.people[SHOP].call(
            "POST", "/oauth/revoke", data={"token": self.people[SHOP].token}
        )


class Snac2Partner(MastodonServerPartner):
    """snac2: a process for each case, on a copy of a folder whose keys came by real OAuth."""

    name: ClassVar[str] = "mastodon-snac2"
    can: ClassVar[frozenset[Capability]] = WITHOUT_KEYS - {
        Capability.DELETE,
        Capability.DELETE_PRIVATE,
    }
    abilities: ClassVar[frozenset[Ability]] = frozenset(Ability) - {
        Ability.VERBATIM,
        Ability.REFUSE_PRIVATE,
        Ability.DELETE,
        # It keeps 64 notifications.
        Ability.MANY,
        # Its threads deliver in any order.
        Ability.IN_TURN,
    }
    patience: ClassVar[float] = 60.0
    page: ClassVar[int] = 20
    """It shows 64 notifications in all, so twice a page and more has to fit into that."""
    longest: ClassVar[int] = 100_000
    extra: ClassVar[dict[str, str]] = {"answer_seconds": "150"}
    """It takes half a minute for a text of its full length."""
    _first: ClassVar[Snac | None] = None
    _tokens: ClassVar[dict[str, str]] = {}

    async def start(self) -> None:
        cls = type(self)
        if cls._first is None:
            cls._first, cls._tokens = await signed_in()
            atexit.register(snac.away, cls._first)
        self.snac = snac.copied(cls._first)
        self._under_way: set[str] = set()
        await self.snac.start(hurry=True)
        await self._up(self.snac.port, cls._tokens)

    async def stop(self) -> None:
        await super().stop()
        await self.snac.stop()
        snac.away(self.snac)

    async def _writes(
        self, person: Person, text: str, bare: str, reply_to: str | None, fields: dict[str, str]
    ) -> str:
        remote_id = await super()._writes(person, text, bare, reply_to, fields)
        self._under_way.add(remote_id)
        # It shows its newest 64 notifications: more at once would be lost to every client.
        try:
            async with asyncio.timeout(self.patience):
                while len(self._under_way) >= UNDER_WAY:
                    await asyncio.sleep(0.05)
                    heard = await self.people[SHOP].heard()
                    self._under_way -= {self.known_as(str(one["id"])) for one in heard}
        except TimeoutError:
            lost = ", ".join(sorted(self._under_way))
            raise AssertionError(f"snac2 hasn't delivered {lost}") from None
        return remote_id

    def known_as(self, remote_id: str) -> str:
        return "0" * 10 + remote_id[10:]

    async def revokes(self) -> None:
        self.snac.revoke(self.people[SHOP].token)


async def signed_in() -> tuple[Snac, dict[str, str]]:
    """A stopped snac2 and the keys of its people, each by the whole OAuth walk."""
    first = snac.fresh()
    await first.start()
    tokens = {}
    try:
        for name in EVERYBODY:
            person = AtTheBrowser(first.url, name, first.passwords[name])
            done = await Mastodon.sign_in(person, {}, clock=lambda: datetime.now(UTC))
            assert done.missing == (), done.missing
            tokens[name] = done.secrets["token"]
    finally:
        await first.stop()
    return first, tokens
