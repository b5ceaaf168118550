"""A server of the Mastodon API on loopback, with the quirks of four real ones and faults on demand.

It is a real server: the connector reaches it over sockets, and nothing of the client is patched.
`Profile` holds what differs between servers (docs/networks/mastodon.md); what customers do is
called on `Fake` directly. Nothing sleeps: `until` waits for something to become true.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import regex
from aiohttp import WSCloseCode, WSMsgType, web

HOST = "fake.example"
SCOPES = "read:accounts read:notifications read:statuses write:notifications write:statuses"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What one kind of server does its own way."""

    name: str
    software: str
    version: str
    v2: bool = True
    length: int = 500
    url_length: int = 23
    keys: bool = True
    """Honours Idempotency-Key."""
    websocket: bool = True
    sse: bool = True
    policy: bool = False
    default_limit: int = 40
    strict: bool = True
    """Refuses empty posts and answers to what isn't there."""
    empty_status: int = 422
    allowed_mentions: bool = True
    own_private: bool = True
    """Our own listing shows our direct posts."""
    snac: bool = False
    """Local names with the host, mentions without ids, direct called private, 422 to a dead key."""
    needs_agent: bool = False
    clips: str = "ms"
    """How moments look: `ms`, `000`, or `none`."""
    ids: str = "snowflake"
    wrap: str = "p"
    """How content looks: `p` with invisible spans, `br`."""


MASTODON43 = Profile(name="mastodon43", software="mastodon", version="4.3.23", policy=True)
MASTODON41 = Profile(name="mastodon41", software="mastodon", version="4.1.25")
GOTOSOCIAL = Profile(
    name="gotosocial",
    software="gotosocial",
    version="0.20.0+git-1234567",
    length=5000,
    keys=False,
    sse=False,
    empty_status=400,
    allowed_mentions=False,
    own_private=False,
    needs_agent=True,
    clips="000",
    ids="ulid",
    wrap="p&",
)
SNAC = Profile(
    name="snac",
    software="snac",
    version="2.75",
    v2=False,
    length=100_000,
    url_length=32,
    keys=False,
    websocket=False,
    sse=False,
    default_limit=1,
    strict=False,
    allowed_mentions=False,
    own_private=False,
    snac=True,
    clips="none",
    ids="long",
    wrap="br",
)
PROFILES = (MASTODON43, MASTODON41, GOTOSOCIAL, SNAC)


class Trouble(StrEnum):
    """What befalls one request."""

    LATE = "the answer comes after the client's patience"
    HALF = "half of the body, then the end"
    HTML = "a page with 200"
    EMPTY = "nothing with 200"
    WRONG_SHAPE = "JSON of another kind"
    BROKEN_JSON = "JSON that breaks off"
    TOO_BIG = "a body without end"
    ERROR = "500, and it was not done"
    ERROR_AFTER = "500, though it was done"
    BAD_GATEWAY = "502 with a page"
    UNAVAILABLE = "503"
    TOO_MANY = "429 with an ISO reset"
    TOO_MANY_PLAIN = "429 that says nothing"
    DEAD_KEY = "401"
    NO_SCOPE = "403"
    GONE = "404"
    GONE_HTML = "404 with a page"
    INVALID = "422"
    TOO_LONG = "422, too long"
    BLOCKED = "403, blocked"
    MOVED = "301 elsewhere"
    DROP_BEFORE = "the connection closes before it is done"
    DROP_AFTER = "it is done and the connection closes before the answer"


AFTER = frozenset(
    {
        Trouble.LATE,
        Trouble.HALF,
        Trouble.HTML,
        Trouble.EMPTY,
        Trouble.WRONG_SHAPE,
        Trouble.BROKEN_JSON,
        Trouble.TOO_BIG,
        Trouble.ERROR_AFTER,
        Trouble.DROP_AFTER,
    }
)
"""Troubles that come when the request was already done."""


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


class Fake:
    """The server, its people and their posts."""

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
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.shop = self.person("support")

    # --- running -----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(middlewares=[self._door])
        add = app.router.add_route
        add("GET", "/.well-known/nodeinfo", self._nodeinfo_links)
        add("GET", "/nodeinfo/2.0", self._nodeinfo)
        if self.profile.v2:
            add("GET", "/api/v2/instance", self._instance)
        add("GET", "/api/v1/instance", self._instance)
        add("POST", "/api/v1/apps", self._apps)
        add("GET", "/api/v1/apps/verify_credentials", self._app)
        add("GET", "/oauth/authorize", self._authorize)
        add("POST", "/oauth/token", self._token)
        add("GET", "/api/v1/accounts/verify_credentials", self._whoami)
        add("GET", "/api/v1/accounts/{id}/statuses", self._own)
        add("GET", "/api/v1/timelines/home", self._home)
        add("GET", "/api/v1/notifications", self._notifications)
        if self.profile.policy:
            add("GET", "/api/v2/notifications/policy", self._policy)
            add("PATCH", "/api/v2/notifications/policy", self._set_policy)
            add("GET", "/api/v1/notifications/requests", self._requests)
        add("POST", "/api/v1/statuses", self._post)
        add("GET", "/api/v1/statuses/{id}", self._status)
        add("DELETE", "/api/v1/statuses/{id}", self._delete)
        add("GET", "/api/v1/statuses/{id}/context", self._context)
        if self.profile.websocket or self.profile.sse:
            add("GET", "/api/v1/streaming", self._websocket)
        if self.profile.sse:
            add("GET", "/api/v1/streaming/user", self._sse)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await self.listen()

    async def listen(self) -> None:
        """Answer at the address (again)."""
        assert self._runner is not None
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self._site = site
        if not self.port:
            self.port = site._server.sockets[0].getsockname()[1]

    async def go_down(self) -> None:
        """Nothing answers at the address; what was posted stays."""
        await self._site.stop()
        await self.cut()

    async def cut(self) -> None:
        """End every stream."""
        for listener in list(self.listeners):
            with suppress(Exception):
                await listener.end()
        self.listeners.clear()

    async def stop(self) -> None:
        self.released.set()
        await self.cut()
        if self._runner is not None:
            await self._runner.cleanup()

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

    # --- the door ----------------------------------------------------------------------------

    @web.middleware
    async def _door(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        query: dict[str, list[str]] = {}
        for name, value in request.query.items():
            query.setdefault(name, []).append(value)
        self.requests.append((request.method, request.path, query))
        self.agents.append(request.headers.get("User-Agent", ""))
        await self._told()
        if self.profile.needs_agent and not request.headers.get("User-Agent"):
            return web.Response(status=418)
        trouble = self._trouble(request)
        if trouble is None:
            return await self._handled(request, handler)
        if trouble in AFTER:
            await self._handled(request, handler)
        return await self._troubled(request, trouble)

    async def _handled(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return web.Response(
                status=404, text="<!DOCTYPE html><h1>Not found</h1>", content_type="text/html"
            )

    def _trouble(self, request: web.Request) -> Trouble | None:
        for at, (method, path, trouble) in enumerate(self.troubles):
            if method == request.method and path in request.path:
                del self.troubles[at]
                return trouble
        return None

    async def _troubled(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        page = "<!DOCTYPE html><html><head><title>x</title></head><body><h1>We're sorry</h1>"
        match trouble:
            case Trouble.LATE:
                await self.released.wait()
                return web.json_response({})
            case Trouble.HALF:
                response = web.StreamResponse(headers={"Content-Length": "4000"})
                response.content_type = "application/json"
                await response.prepare(request)
                await response.write(b'{"id": "12')
                self._drop(request)
                return response
            case Trouble.DROP_BEFORE | Trouble.DROP_AFTER:
                self._drop(request)
                return web.Response()
            case Trouble.HTML:
                return web.Response(text=page, content_type="text/html")
            case Trouble.EMPTY:
                return web.Response(text="", content_type="application/json")
            case Trouble.WRONG_SHAPE:
                return web.json_response(["unexpected"])
            case Trouble.BROKEN_JSON:
                return web.Response(text='{"id": "1', content_type="application/json")
            case Trouble.TOO_BIG:
                response = web.StreamResponse()
                await response.prepare(request)
                with suppress(ConnectionError):
                    while True:
                        await response.write(b"x" * 262_144)
                return response
            case Trouble.ERROR | Trouble.ERROR_AFTER:
                return web.json_response({"error": "Something went wrong"}, status=500)
            case Trouble.BAD_GATEWAY:
                return web.Response(status=502, text=page, content_type="text/html")
            case Trouble.UNAVAILABLE:
                return web.Response(status=503, headers={"Retry-After": "30"})
            case Trouble.TOO_MANY:
                until = self.clock() + timedelta(seconds=90)
                return web.json_response(
                    {"error": "Too many requests"},
                    status=429,
                    headers={
                        "X-RateLimit-Limit": "300",
                        "X-RateLimit-Remaining": "0",
                        "X-RateLimit-Reset": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                    },
                )
            case Trouble.TOO_MANY_PLAIN:
                return web.json_response({}, status=429)
            case Trouble.DEAD_KEY:
                return web.json_response({"error": "The access token is invalid"}, status=401)
            case Trouble.NO_SCOPE:
                return web.json_response(
                    {"error": "This action is outside the authorized scopes"}, status=403
                )
            case Trouble.GONE:
                return web.json_response(
                    {"error": "The post you are trying to reply to does not appear to exist."},
                    status=404,
                )
            case Trouble.GONE_HTML:
                return web.Response(status=404, text=page, content_type="text/html")
            case Trouble.INVALID:
                return web.json_response({"error": "Validation failed: Something else"}, status=422)
            case Trouble.TOO_LONG:
                return web.json_response(
                    {"error": "Validation failed: Text character limit of 500 exceeded"},
                    status=422,
                )
            case Trouble.BLOCKED:
                return web.json_response({"error": "You are blocked by this user"}, status=403)
            case Trouble.MOVED:
                return web.Response(status=301, headers={"Location": "https://evil.example/"})

    def _drop(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()

    def _who(self, request: web.Request) -> Account:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.query_token_only and request.path.startswith("/api/v1/streaming"):
            token = request.query.get("access_token", "")
        account = self.accounts.get(self.tokens.get(token, ""))
        if account is None:
            if self.profile.snac and request.path.endswith("verify_credentials"):
                raise web.HTTPUnprocessableEntity(text="", content_type="text/html")
            raise web.HTTPUnauthorized(
                text='{"error":"The access token is invalid"}', content_type="application/json"
            )
        return account

    def _needs(self, scope: str) -> None:
        have = self.scopes.split()
        if scope not in have and scope.split(":")[0] not in have:
            raise web.HTTPForbidden(
                text='{"error":"This action is outside the authorized scopes"}',
                content_type="application/json",
            )

    # --- what the server is ------------------------------------------------------------------

    async def _nodeinfo_links(self, _request: web.Request) -> web.Response:
        schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return web.json_response({"links": [{"rel": schema, "href": f"{self.url}/nodeinfo/2.0"}]})

    async def _nodeinfo(self, _request: web.Request) -> web.Response:
        software = {"name": self.profile.software, "version": self.profile.version}
        return web.json_response({"version": "2.0", "software": software})

    async def _instance(self, request: web.Request) -> web.Response:
        profile = self.profile
        # GoToSocial and snac2 say wss:// whatever they speak.
        streaming = f"wss://127.0.0.1:{self.port}"
        statuses = {
            "max_characters": profile.length,
            "characters_reserved_per_url": profile.url_length,
        }
        version = profile.version
        if profile.snac:
            version = f"4.0.0 (not true; really snac/{version})"
        if request.path.startswith("/api/v2"):
            return web.json_response(
                {
                    "domain": HOST,
                    "version": version,
                    "configuration": {"statuses": statuses, "urls": {"streaming": streaming}},
                }
            )
        return web.json_response(
            {
                "uri": f"127.0.0.1:{self.port}" if profile.snac else HOST,
                "version": version,
                "urls": {"streaming_api": streaming},
                "configuration": {"statuses": statuses},
            }
        )

    async def _apps(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked_scopes = str(form.get("scopes"))
        return web.json_response({"id": "1", "client_id": "cid", "client_secret": "s3cr3t-of-app"})

    async def _app(self, request: web.Request) -> web.Response:
        if not self.says_scopes or self.profile.snac:
            raise web.HTTPNotFound
        self._who(request)
        return web.json_response({"name": "Greenroom", "scopes": self.scopes.split()})

    async def _authorize(self, _request: web.Request) -> web.Response:
        return web.Response(text="code-1234")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("code") != "code-1234" or form.get("client_secret") != "s3cr3t-of-app":
            return web.json_response(
                {
                    "error": "invalid_grant",
                    "error_description": "The provided authorization grant is invalid",
                },
                status=400,
            )
        found = {"access_token": self.token_for(self.shop), "token_type": "Bearer"}
        if self.says_scopes and not self.profile.snac:
            found["scope"] = self.scopes
        return web.json_response(found)

    async def _whoami(self, request: web.Request) -> web.Response:
        account = self._who(request)
        self._needs("read:accounts")
        return web.json_response({**self.account_json(account), "acct": account.acct})

    # --- listings ----------------------------------------------------------------------------

    async def _notifications(self, request: web.Request) -> web.Response:
        account = self._who(request)
        self._needs("read:notifications")
        filtered = request.query.get("include_filtered") == "true"
        found = [
            one for one in self.notices if one.to is account and (filtered or not one.filtered)
        ]
        return self._window(request, found, self.notice_json)

    async def _own(self, request: web.Request) -> web.Response:
        account = self._who(request)
        found = [
            one
            for one in self.statuses.values()
            if one.account is account and (self.profile.own_private or one.visibility != "direct")
        ]
        return self._window(request, found, self.status_json)

    async def _home(self, request: web.Request) -> web.Response:
        account = self._who(request)
        self._needs("read:statuses")
        found = [one for one in self.statuses.values() if one.account is account]
        return self._window(request, found, self.status_json)

    def _window(self, request: web.Request, found: list, as_json: Callable) -> web.Response:  # type: ignore[type-arg]
        query = request.query
        limit = min(int(query.get("limit", self.profile.default_limit)), self.page_cap)
        ids = [one.id for one in found]
        if self.profile.snac and "min_id" in query:
            # Not what comes right after it, but the newest of it.
            found = [one for one in found if one.id > query["min_id"]]
            ids = [one.id for one in found]
            if "max_id" in query and query["max_id"] in ids:
                found = found[: ids.index(query["max_id"])]
            return web.json_response([as_json(one) for one in reversed(found[-limit:])])
        if "max_id" in query and query["max_id"] in ids:
            found = found[: ids.index(query["max_id"])]
        if "since_id" in query and not self.profile.snac and query["since_id"] in ids:
            found = found[ids.index(query["since_id"]) + 1 :]
        if "min_id" in query:
            after = [at for at, one in enumerate(ids) if one > query["min_id"]]
            found = found[after[0] :][:limit] if after else []
        else:
            found = found[-limit:]
        return web.json_response([as_json(one) for one in reversed(found)], headers=self.headers)

    async def _policy(self, request: web.Request) -> web.Response:
        self._who(request)
        aside = {self.statuses[one.status_id].account.id for one in self.notices if one.filtered}
        summary = {
            "pending_requests_count": len(aside),
            "pending_notifications_count": len(aside),
        }
        return web.json_response({**self.policy, "summary": summary})

    async def _set_policy(self, request: web.Request) -> web.Response:
        self._who(request)
        self._needs("write:notifications")
        form = await request.post()
        self.policy.update({name: str(value) for name, value in form.items()})
        return await self._policy(request)

    async def _requests(self, request: web.Request) -> web.Response:
        self._who(request)
        last = {
            self.statuses[one.status_id].account.id: one for one in self.notices if one.filtered
        }
        return web.json_response(
            [
                {
                    "id": f"r{one.id}",
                    "account": self.account_json(self.statuses[one.status_id].account),
                    "last_status": self.status_json(self.statuses[one.status_id]),
                }
                for one in last.values()
            ]
        )

    # --- posts -------------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> web.Response:
        account = self._who(request)
        self._needs("write:statuses")
        form = await request.post()
        profile = self.profile
        key = request.headers.get("Idempotency-Key", "")
        if profile.keys and key in self.keys:
            earlier = self.statuses.get(self.keys[key])
            if earlier is None:
                return web.json_response({"error": "Record not found"}, status=404)
            return web.json_response(self.status_json(earlier))
        text = str(form.get("status", ""))
        reply_to = str(form["in_reply_to_id"]) if form.get("in_reply_to_id") else None
        if profile.strict and not text.strip():
            return web.json_response({"error": "blank"}, status=profile.empty_status)
        if profile.strict and self.count(text, str(form.get("spoiler_text", ""))) > profile.length:
            said = "Validation failed: Text character limit of 500 exceeded"
            if profile.software == "gotosocial":
                said = f"status too long, {len(text)} characters provided but limit is 5000"
            return web.json_response({"error": said}, status=profile.empty_status)
        parent = self.named(reply_to or "")
        reply_to = parent.id if parent else reply_to
        if reply_to is not None and parent is None:
            if profile.strict:
                return web.json_response(
                    {"error": "The post you are trying to reply to does not appear to exist."},
                    status=404,
                )
            reply_to = None
        if parent is not None and account.id in parent.account.blocks and profile.strict:
            return web.json_response({"error": "Record not found"}, status=404)
        allowed = [str(one) for one in form.getall("allowed_mentions[]", [])]
        named = self._mentioned(text, account)
        strangers = [one for one in named if one.id not in allowed]
        if profile.allowed_mentions and allowed and strangers:
            return web.json_response(
                {"error": "Post would be sent to unexpected accounts"}, status=422
            )
        status = await self.write(
            account,
            text,
            visibility=str(form.get("visibility", "public")),
            reply_to=reply_to,
            warning=str(form.get("spoiler_text", "")),
            language=str(form["language"]) if form.get("language") else None,
            key=key,
        )
        self.keys[key] = status.id
        return web.json_response(self.status_json(status), headers=self.headers)

    def count(self, text: str, warning: str) -> int:
        """How long this server finds a post."""
        if self.profile.software != "mastodon":
            return len(text) + len(warning)
        text = re.sub(r"https?://[^\s]*[^\s.,)]", "x" * 23, text)
        text = re.sub(r"(?<![\w/=])@(\w+)@[\w.:-]+\w", r"@\1", text)
        return len(regex.findall(r"\X", text + warning))

    async def _status(self, request: web.Request) -> web.Response:
        self._who(request)
        status = self.named(request.match_info["id"])
        if status is None:
            return web.json_response({"error": "Record not found"}, status=404)
        return web.json_response(self.status_json(status))

    async def _delete(self, request: web.Request) -> web.Response:
        account = self._who(request)
        self._needs("write:statuses")
        status = self.named(request.match_info["id"])
        if status is None or status.account is not account or self.profile.snac:
            return web.json_response({"error": "Record not found"}, status=404)
        await self.delete(status)
        return web.json_response(self.status_json(status))

    async def _context(self, request: web.Request) -> web.Response:
        self._who(request)
        status = self.named(request.match_info["id"])
        if status is None:
            return web.json_response({"error": "Record not found"}, status=404)
        above: list[Status] = []
        one = status
        while (parent := self.statuses.get(one.reply_to or "")) is not None:
            above.insert(0, parent)
            one = parent
        below: list[Status] = []
        ids = {status.id}
        for other in self.statuses.values():
            if other.reply_to in ids:
                ids.add(other.id)
                below.append(other)
        return web.json_response(
            {
                "ancestors": [self.status_json(one) for one in above],
                "descendants": [self.status_json(one) for one in below],
            }
        )

    # --- streams -----------------------------------------------------------------------------

    async def _push(self, to: Account, event: str, payload: object) -> None:
        await self._push_raw(to, event, json.dumps(payload))

    async def _push_raw(self, to: Account, event: str, payload: str) -> None:
        if self.silent_streams:
            return
        for listener in [one for one in self.listeners if one.account is to]:
            with suppress(ConnectionError):
                await listener.push(event, payload)

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        if not self.profile.websocket or request.headers.get("Upgrade", "") != "websocket":
            raise web.HTTPNotFound
        account = self._who(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)

        async def push(event: str, payload: str) -> None:
            frame = {"stream": ["user"], "event": event, "payload": payload}
            await socket.send_str(json.dumps(frame))

        async def end() -> None:
            await socket.close(code=WSCloseCode.GOING_AWAY)

        listener = Listener(account=account, push=push, end=end)
        self.listeners.append(listener)
        await self._told()
        async for frame in socket:
            if frame.type is WSMsgType.ERROR:
                break
        if listener in self.listeners:
            self.listeners.remove(listener)
        await self._told()
        return socket

    async def _sse(self, request: web.Request) -> web.StreamResponse:
        account = self._who(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b":)\n")
        over = asyncio.Event()

        async def push(event: str, payload: str) -> None:
            await response.write(f"event: {event}\ndata: {payload}\n\n".encode())

        async def end() -> None:
            over.set()

        listener = Listener(account=account, push=push, end=end)
        self.listeners.append(listener)
        await self._told()
        try:
            await over.wait()
        finally:
            if listener in self.listeners:
                self.listeners.remove(listener)
        return response
