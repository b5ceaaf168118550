"""Servers with a long history to be missed, one for each network, all spoken to in the same way.

A history has one question first, so that the account has a place to go on from; then as many as a
test asks for. To add a network: a class with this shape, and its line in `HISTORIES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar, Protocol

from tests.connectors.bluesky import fake as bluesky
from tests.connectors.mail.fake import MailFake
from tests.connectors.mastodon.fake import Fake as MastodonFake
from tests.connectors.matrix import fake as matrix
from tests.connectors.telegram.fake import GROUP
from tests.connectors.telegram.fake import Fake as TelegramFake

PEOPLE = 200


class History(Protocol):
    """A server. `network`, `settings` and `token` are the account's."""

    network: ClassVar[str]

    async def start(self) -> None:
        """Start it, without a question."""

    async def stop(self) -> None:
        """Stop it."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What the account is set to."""

    @property
    def token(self) -> str:
        """The account's secret."""

    async def asks(self, number: int) -> None:
        """A question with this number, by one of `PEOPLE` customers."""


class MastodonHistory:
    """40 notifications a page; 300 requests in five minutes, as most servers allow."""

    network: ClassVar[str] = "mastodon"

    async def start(self) -> None:
        self._fake = MastodonFake()
        await self._fake.start()
        self._people = [
            self._fake.person(f"customer{number}", "social.example") for number in range(PEOPLE)
        ]

    async def stop(self) -> None:
        await self._fake.stop()

    @property
    def settings(self) -> Mapping[str, str]:
        return {"server": self._fake.url}

    @property
    def token(self) -> str:
        return self._fake.token_for(self._fake.shop)

    async def asks(self, number: int) -> None:
        person = self._people[number % PEOPLE]
        await self._fake.write(person, f"@support question {number}")


class MailHistory:
    """A mailbox; its mails are handed over twenty at a time."""

    network: ClassVar[str] = "mail"

    async def start(self) -> None:
        self._fake = MailFake(("support",))
        await self._fake.start()

    async def stop(self) -> None:
        await self._fake.stop()

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "address": "support@example.test",
            "imap": f"127.0.0.1:{self._fake.ports['imap']}",
            "smtp": f"127.0.0.1:{self._fake.ports['smtp']}",
            "imap_security": "plain",
            "smtp_security": "plain",
            "sent_copy": "server",
        }

    @property
    def token(self) -> str:
        return self._fake.passwords["support@example.test"]

    async def asks(self, number: int) -> None:
        # Each mail is a matter of its own, and nobody has hundreds of them.
        person = f"customer{number % (100 * PEOPLE)}"
        now = datetime.now(UTC)
        self._fake.boxes["support@example.test"]["INBOX"].put(
            f"From: {person.capitalize()} <{person}@post.example>\r\nTo: support@example.test\r\n"
            f"Subject: question {number}\r\nMessage-ID: <question.{number}@post.example>\r\n"
            f"Date: {format_datetime(now)}\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n"
            f"Where is the parcel of order {number}?\r\n-- \r\n{person}\r\n".encode(),
            now,
        )


class TelegramHistory:
    """A group; a hundred updates an answer. What waits here Telegram itself drops after a day."""

    network: ClassVar[str] = "telegram"

    async def start(self) -> None:
        self._fake = TelegramFake()
        await self._fake.start()
        self._people = [
            self._fake.person(f"customer{number}", 10_000 + number) for number in range(PEOPLE)
        ]

    async def stop(self) -> None:
        await self._fake.stop()

    @property
    def settings(self) -> Mapping[str, str]:
        return {"server": self._fake.url, "groups": str(GROUP)}

    @property
    def token(self) -> str:
        return self._fake.token

    async def asks(self, number: int) -> None:
        self._fake.writes(self._people[number % PEOPLE], f"question {number}")


class MatrixHistory:
    """A room in the open for half of the people, a direct room for each of the others. 50 messages
    a page of one room; Synapse counts what is read by nobody."""

    network: ClassVar[str] = "matrix"

    async def start(self) -> None:
        self._fake = matrix.MatrixFake()
        await self._fake.start()
        self._rooms = [
            self._fake.begins(_matrix_name(number)) if number % 2 else matrix.ROOM
            for number in range(PEOPLE)
        ]

    async def stop(self) -> None:
        await self._fake.stop()

    @property
    def settings(self) -> Mapping[str, str]:
        return {"server": self._fake.url, "rooms": matrix.ROOM}

    @property
    def token(self) -> str:
        return matrix.TOKEN

    async def asks(self, number: int) -> None:
        person = number % PEOPLE
        self._fake.says(_matrix_name(person), self._rooms[person], f"question {number}")


class BlueskyHistory:
    """Half of the people ask in the open, 50 notifications a page, newest first; the others in
    conversations, 20 messages a page."""

    network: ClassVar[str] = "bluesky"

    async def start(self) -> None:
        self._fake = bluesky.BlueskyFake()
        await self._fake.start()
        for number in range(PEOPLE):
            self._fake.chat.joins(*_bluesky_name(number))

    async def stop(self) -> None:
        await self._fake.stop()

    @property
    def settings(self) -> Mapping[str, str]:
        return {"server": self._fake.url, "identifier": bluesky.HANDLE, "did": bluesky.US}

    @property
    def token(self) -> str:
        return bluesky.PASSWORD

    async def asks(self, number: int) -> None:
        did, handle = _bluesky_name(number % PEOPLE)
        if number % 2:
            self._fake.chat.writes(did, [bluesky.US], f"question {number}")
        else:
            self._fake.asks(did, handle, f"@{bluesky.HANDLE} question {number}")


def _matrix_name(number: int) -> str:
    return f"@customer{number}:localhost"


def _bluesky_name(number: int) -> tuple[str, str]:
    return f"did:plc:customer{number}", f"customer{number}.test"


HISTORIES: tuple[type[History], ...] = (
    MastodonHistory,
    MailHistory,
    TelegramHistory,
    MatrixHistory,
    BlueskyHistory,
)
