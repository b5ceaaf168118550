"""E-mail as a partner of the contract suite: people with mailboxes, and a proxy of bad luck.

The people write and read with the standard library, so that nothing of the connector's proves the
connector right.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import imaplib
import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count
from typing import ClassVar

from connectors.contract import Capability, Connector, Secrets
from connectors.mail.connector import Mail
from tests.connectors.mail.fake import MailFake
from tests.connectors.mail.proxy import FAULTS, MailProxy
from tests.contract.partner import Ability, Fault, NotTaken, Seen

SHOP = "support"
DOMAIN = "example.test"
PASSWORD = "of-the-tests-"
CAN = frozenset(
    {
        Capability.REPLY_PRIVATE,
        Capability.OPEN_PRIVATE,
        Capability.FIND_SENT,
    }
)
_NUMBERS = count(1)


def address(name: str) -> str:
    return f"{name}@{DOMAIN}"


def mail(
    sender: str, text: str, *, subject: str = "a question", parents: Sequence[str] = (), **more: str
) -> EmailMessage:
    """A mail as an ordinary program writes it."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"{sender.capitalize()} <{address(sender)}>"
    message["To"] = address(SHOP)
    message["Subject"] = subject
    message["Message-ID"] = f"<{next(_NUMBERS)}.{id(message)}.{datetime.now(UTC):%f}@{sender}.test>"
    if parents:
        message["In-Reply-To"] = f"<{parents[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in parents)
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, charset="utf-8", cte="base64")
    return message


class MailPartner:
    """A mail server of ours, and the proxy in front of it."""

    name: ClassVar[str] = "mail"
    server: ClassVar[bool] = False
    can: ClassVar[frozenset[Capability]] = CAN
    abilities: ClassVar[frozenset[Ability]] = frozenset(
        {
            Ability.WRITE_PRIVATE,
            Ability.ECHO,
            Ability.IN_TURN,
            Ability.MANY,
            Ability.CUT,
            Ability.STOP,
            Ability.REVOKE,
        }
    )
    faults: ClassVar[frozenset[Fault]] = FAULTS
    patience: ClassVar[float] = 5.0
    page: ClassVar[int] = 20

    def __init__(self) -> None:
        self.secrets: Secrets = {"token": PASSWORD + SHOP}
        self._parents: dict[str, list[str]] = {}

    async def start(self) -> None:
        self.fake = MailFake((SHOP, "ana", "budi"))
        await self.fake.start()
        self.upstream = dict(self.fake.ports)
        await self._front()

    async def _front(self) -> None:
        self.proxy = MailProxy(self.upstream["imap"], self.upstream["smtp"])
        await self.proxy.start()

    async def stop(self) -> None:
        await self.proxy.stop()
        await self.fake.stop()

    def settings(self) -> dict[str, str]:
        """What the shop's account is set to."""
        return {
            "address": address(SHOP),
            "name": "The Shop",
            "imap": f"127.0.0.1:{self.proxy.ports['imap']}",
            "smtp": f"127.0.0.1:{self.proxy.ports['smtp']}",
            "imap_security": "plain",
            "smtp_security": "plain",
            "sent_copy": "server",
            "own_seconds": "0.2",
            "poll_seconds": "0.1",
            "answer_seconds": "10",
        }

    async def connector(self) -> Connector:
        return Mail(self.settings(), remembered=None, clock=self.now)

    def now(self) -> datetime:
        return datetime.now(UTC)

    # --- the customers -----------------------------------------------------------------------

    async def writes_privately(
        self, customer: str, text: str, *, reply_to: str | None = None
    ) -> str:
        if not text.strip() or "\x00" in text:
            raise NotTaken("no words")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotTaken("not UTF-8") from None
        parents = [] if reply_to is None else [*await self._above(reply_to), reply_to]
        message = mail(customer, text, parents=parents)
        await self.posts(customer, message)
        own_id = str(message["Message-ID"])[1:-1]
        self._parents[own_id] = parents
        return own_id

    async def _above(self, remote_id: str) -> list[str]:
        """The mails above one: known, or read from the customers' boxes."""
        if remote_id not in self._parents:
            for name in ("ana", "budi"):
                for message in await self.inbox(name):
                    self._parents[str(message["Message-ID"])[1:-1]] = [
                        one.strip("<>") for one in str(message["References"] or "").split()
                    ]
        return self._parents.get(remote_id, [])

    async def posts(self, customer: str, message: EmailMessage) -> None:
        """The customer's program hands a mail over."""
        await asyncio.to_thread(self._post, customer, message)

    def _post(self, customer: str, message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.upstream["smtp"], timeout=20) as smtp:
            smtp.login(address(customer), PASSWORD + customer)
            smtp.sendmail(address(customer), [address(SHOP)], message.as_bytes())

    async def inbox(self, name: str) -> list[EmailMessage]:
        """What stands in somebody's inbox, oldest first."""
        return await asyncio.to_thread(self._inbox, name)

    def _inbox(self, name: str) -> list[EmailMessage]:
        imap = imaplib.IMAP4("127.0.0.1", self.upstream["imap"])
        try:
            imap.login(address(name), PASSWORD + name)
            imap.select("INBOX", readonly=True)
            found = imap.uid("SEARCH", "ALL")[1][0].split()
            if not found:
                return []
            answer = imap.uid("FETCH", b",".join(found).decode(), "(BODY.PEEK[]<0.524288>)")[1]
            return [
                email.message_from_bytes(one[1], policy=email.policy.default)
                for one in answer
                if isinstance(one, tuple)
            ]
        finally:
            imap.shutdown()

    # --- what really stands there ------------------------------------------------------------

    async def public_posts_of_shop(self) -> list[Seen]:
        return []

    async def private_posts_to(self, customer: str) -> list[Seen]:
        return [
            Seen(
                remote_id=str(one["Message-ID"])[1:-1],
                text=one.get_content(),
                reply_to=str(one["In-Reply-To"])[1:-1] if one["In-Reply-To"] else None,
            )
            for one in await self.inbox(customer)
            if address(SHOP) in str(one["From"])
        ]

    # --- bad luck ----------------------------------------------------------------------------

    async def break_next(self, fault: Fault) -> None:
        self.proxy.break_next(fault)

    async def cut(self) -> None:
        self.proxy.cut()

    async def goes_down(self) -> None:
        await self.proxy.stop()

    async def comes_up(self) -> None:
        await self.proxy.start()

    async def revokes(self) -> None:
        del self.fake.passwords[address(SHOP)]
