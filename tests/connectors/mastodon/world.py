"""People, posts and notifications of a fake server, and how it writes them as JSON."""

from __future__ import annotations

import asyncio
import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.connectors.mastodon.profiles import MASTODON43, Profile
from tests.connectors.mastodon.troubles import Trouble

HOST = "fake.example"
SCOPES = "read:accounts read:notifications read:statuses write:notifications write:statuses"


@dataclass(kw_only=True)
class Account:
    id: str
    name: str
    host: str = ""
    blocks: set[str] = field(default_factory=set)
    bot: bool = False

    @property
    def acct(self) -> str:
        return f"{self.name}@{self.host}" if self.host else self.name


@dataclass(kw_only=True)
class Status:
    id: str
    account: Account
    text: str
    visibility: str
    reply_to: str | None
    mentions: list[Account]
    at: datetime
    warning: str = ""
    language: str | None = None
    edited_at: datetime | None = None
    media: list[dict[str, object]] = field(default_factory=list)
    content: str | None = None
    key: str = ""


@dataclass(kw_only=True)
class Notice:
    id: str
    to: Account
    status_id: str
    at: datetime
    filtered: bool = False
    kind: str = "mention"
    raw: object = None
    """Sent as it is, where a test wants something odd."""


@dataclass(kw_only=True)
class Listener:
    account: Account
    push: Callable[[str, str], Awaitable[None]]
    end: Callable[[], Awaitable[None]]


class World:
    """What stands on the server, and what its people do."""

    def __init__(
        self, profile: Profile = MASTODON43, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.profile = profile
        self.clock = clock or (lambda: datetime.now(UTC))
        self.accounts: dict[str, Account] = {}
        self.statuses: dict[str, Status] = {}
        self.notices: list[Notice] = []
        self.tokens: dict[str, str] = {}
        self.scopes = SCOPES
        self.says_scopes = True
        self.keys: dict[str, str] = {}
        self.listeners: list[Listener] = []
        self.policy = {
            "for_not_following": "accept",
            "for_not_followers": "accept",
            "for_new_accounts": "accept",
            "for_private_mentions": "filter" if profile.policy else "accept",
            "for_limited_accounts": "accept",
        }
        self.requests: list[tuple[str, str, dict[str, list[str]]]] = []
        self.agents: list[str] = []
        self.troubles: list[tuple[str, str, Trouble]] = []
        self.silent_streams = False
        self.deaf: set[str] = set()
        """Who takes no private messages, and says so to nobody."""
        self.query_token_only = False
        self.page_cap = 80
        self.headers: dict[str, str] = {}
        self.released = asyncio.Event()
        self._count = 0
        self._changed = asyncio.Condition()
        self.port = 0
        self.shop = self.person("support")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something about the server is true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(true)

    async def _told(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- people ------------------------------------------------------------------------------

    def person(self, name: str, host: str = "") -> Account:
        """Somebody on this server, or on another."""
        account = Account(id=self._new_id("account"), name=name, host=host)
        self.accounts[account.id] = account
        return account

    def token_for(self, account: Account) -> str:
        token = secrets.token_hex(16)
        self.tokens[token] = account.id
        return token

    def break_next(self, trouble: Trouble, *, method: str = "POST", path: str = "") -> None:
        """Let a trouble befall the next request whose path holds this."""
        self.troubles.append((method, path or "/api/v1/statuses", trouble))

    async def write(
        self,
        by: Account,
        text: str,
        *,
        visibility: str = "public",
        reply_to: str | None = None,
        warning: str = "",
        media: list[dict[str, object]] | None = None,
        content: str | None = None,
        at: datetime | None = None,
        language: str | None = "en",
        key: str = "",
        quiet: bool = False,
    ) -> Status:
        """Somebody posts. `quiet`: no stream tells of it."""
        status = Status(
            id=self._new_id("status"),
            account=by,
            text=text,
            visibility=visibility,
            reply_to=reply_to,
            mentions=self._mentioned(text, by),
            at=at or self.clock(),
            warning=warning,
            language=language,
            media=media or [],
            content=content,
            key=key,
        )
        self.statuses[status.id] = status
        for account in status.mentions:
            if account is not by and by.id not in account.blocks:
                await self._notify(account, status, quiet=quiet)
        if not quiet:
            await self._push(by, "update", self.status_json(status))
        await self._told()
        return status

    async def edit(self, status: Status, text: str, *, quiet: bool = False) -> None:
        status.text = text
        status.content = None
        status.edited_at = self.clock()
        if not quiet:
            for account in (status.account, *status.mentions):
                await self._push(account, "status.update", self.status_json(status))
        await self._told()

    async def delete(self, status: Status, *, quiet: bool = False) -> None:
        self.statuses.pop(status.id, None)
        self.notices = [one for one in self.notices if one.status_id != status.id]
        if not quiet:
            for account in (status.account, *status.mentions):
                await self._push_raw(account, "delete", status.id)
        await self._told()

    async def say_deleted(self, status: Status) -> None:
        """A `delete` for a post that stands: what muting somebody does."""
        await self._push_raw(self.shop, "delete", status.id)

    async def notify_again(self, status: Status) -> None:
        """A new notification for the same post, as an edit can bring."""
        await self._notify(self.shop, status)

    async def odd_notice(self, raw: object, *, quiet: bool = False) -> None:
        """A notification of any shape."""
        notice = Notice(
            id=self._new_id("notice"), to=self.shop, status_id="", at=self.clock(), raw=raw
        )
        self.notices.append(notice)
        if not quiet:
            await self._push(self.shop, "notification", raw)

    async def _notify(self, to: Account, status: Status, *, quiet: bool = False) -> None:
        rule = self.policy["for_private_mentions"]
        strange = status.visibility == "direct" and not self._answers(status, to)
        if strange and rule == "drop":
            return
        notice = Notice(
            id=self._new_id("notice"),
            to=to,
            status_id=status.id,
            at=self.clock(),
            filtered=strange and rule == "filter",
        )
        self.notices.append(notice)
        if not notice.filtered and not quiet:
            await self._push(to, "notification", self.notice_json(notice))

    def dropped(self, status: Status, to: Account) -> bool:
        """A private post that its recipient's policy lets nobody see."""
        return (
            status.visibility == "direct" and to.id in self.deaf and not self._answers(status, to)
        )

    def _answers(self, status: Status, to: Account) -> bool:
        """Answers in a private thread that we began always pass."""
        parent = self.statuses.get(status.reply_to or "")
        return parent is not None and parent.account is to and parent.visibility == "direct"

    def _mentioned(self, text: str, by: Account) -> list[Account]:
        found: list[Account] = []
        for name, host in re.findall(r"(?<![\w/=])@(\w+)(?:@([\w.:-]+\w))?", text):
            wanted = "" if host in ("", HOST, f"127.0.0.1:{self.port}") else host
            found += [
                one
                for one in self.accounts.values()
                if one.name.lower() == name.lower()
                and one.host == wanted
                and one not in found
                and one is not by
            ]
        return found

    # --- as JSON -----------------------------------------------------------------------------

    def _new_id(self, kind: str) -> str:
        self._count += 1
        if self.profile.ids == "ulid":
            return f"01J{self._count:023d}"
        if self.profile.ids == "long" and kind == "status":
            return f"{0:010d}{self._count:032x}"
        if self.profile.ids == "long" and kind == "account":
            return f"{self._count:032x}"
        base = {"account": 1_000, "status": 113_000_000_000_000_000, "notice": 70_000}[kind]
        return str(base + self._count)

    def _when(self, at: datetime) -> str:
        if self.profile.clips == "none":
            return at.strftime("%Y-%m-%dT%H:%M:%SZ")
        if self.profile.clips == "000":
            return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"

    def acct(self, account: Account) -> str:
        if self.profile.snac and not account.host:
            return f"{account.name}@127.0.0.1:{self.port}"
        return account.acct

    def account_json(self, account: Account) -> dict[str, object]:
        return {
            "id": account.id,
            "username": account.name,
            "acct": self.acct(account),
            "display_name": account.name.title(),
            "bot": account.bot,
            "url": f"https://{account.host or HOST}/@{account.name}",
            "avatar": "https://files.example/a.png",
            "emojis": [],
            "fields": [],
        }

    def shown_id(self, status: Status) -> str:
        """snac2 puts the time of the last edit in front."""
        if not self.profile.snac:
            return status.id
        return f"{int((status.edited_at or status.at).timestamp())}{status.id[10:]}"

    def named(self, remote_id: str) -> Status | None:
        """The post that an id names; snac2 reads over the time in it."""
        if self.profile.snac and len(remote_id) == 42:
            remote_id = f"{0:010d}{remote_id[10:]}"
        return self.statuses.get(remote_id)

    def status_json(self, status: Status) -> dict[str, object]:
        parent = self.statuses.get(status.reply_to or "")
        visibility = status.visibility
        if self.profile.snac:
            visibility = {"direct": "private", "unlisted": "public"}.get(visibility, visibility)
        found: dict[str, object] = {
            "id": self.shown_id(status),
            "created_at": self._when(status.at),
            "in_reply_to_id": self.shown_id(parent) if parent else status.reply_to,
            "in_reply_to_account_id": parent.account.id if parent else None,
            "sensitive": bool(status.warning),
            "spoiler_text": status.warning,
            "visibility": visibility,
            "language": status.language,
            "uri": f"https://{HOST}/users/{status.account.name}/statuses/{status.id}",
            "url": f"https://{HOST}/@{status.account.name}/{status.id}",
            "content": status.content if status.content is not None else self.content(status),
            "reblog": None,
            "account": self.account_json(status.account),
            "media_attachments": status.media,
            "mentions": [
                {
                    "id": str(at) if self.profile.snac else one.id,
                    "username": one.name,
                    "acct": self.acct(one),
                    "url": f"https://{one.host or HOST}/@{one.name}",
                }
                for at, one in enumerate(status.mentions)
            ],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }
        if self.profile.name != "gotosocial":
            found["edited_at"] = self._when(status.edited_at) if status.edited_at else None
        elif status.edited_at:
            found["edited_at"] = self._when(status.edited_at)
        return found

    def content(self, status: Status) -> str:
        """The words as this kind of server wraps them."""
        wrap = self.profile.wrap
        text = status.text if wrap == "br" else html.escape(status.text, quote=False)
        if wrap == "p&":
            text = text.replace("&amp;", "&")
        text = re.sub(
            r"(https?://)(\S{30})(\S+)",
            r'<a href="\1\2\3" rel="nofollow"><span class="invisible">\1</span>'
            r'<span class="ellipsis">\2</span><span class="invisible">\3</span></a>',
            text,
        )
        for one in status.mentions:
            shown = self.acct(one) if self.profile.snac else one.name
            text = re.sub(
                rf"(?<![\w/>])@{one.name}(@[\w.:-]+\w)?(?!\w)",
                f'<span class="h-card"><a href="https://{one.host or HOST}/@{one.name}" '
                f'class="u-url mention">@<span>{shown}</span></a></span>',
                text,
            )
        if wrap == "br":
            return text.replace("\n", "<br>") + "<br>"
        return "<p>" + text.replace("\n\n", "</p><p>").replace("\n", "<br />") + "</p>"

    def notice_json(self, notice: Notice) -> object:
        if notice.raw is not None:
            return notice.raw
        status = self.statuses[notice.status_id]
        found: dict[str, object] = {
            "id": notice.id,
            "type": notice.kind,
            "created_at": self._when(notice.at),
            "account": self.account_json(status.account),
            "status": self.status_json(status),
        }
        if notice.filtered:
            found["filtered"] = True
        return found

    async def _push(self, to: Account, event: str, payload: object) -> None:
        await self._push_raw(to, event, json.dumps(payload))

    async def _push_raw(self, to: Account, event: str, payload: str) -> None:
        if self.silent_streams:
            return
        for listener in [one for one in self.listeners if one.account is to]:
            with suppress(ConnectionError):
                await listener.push(event, payload)
