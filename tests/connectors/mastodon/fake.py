"""A server of the Mastodon API on loopback, with the quirks of four real ones and faults on demand.

It is a real server: the connector reaches it over sockets, and nothing of the client is patched.
What customers do is called on it directly (`World`). Nothing sleeps: `until` waits for something
to become true.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

import regex
from aiohttp import WSCloseCode, WSMsgType, web

from tests.connectors.mastodon.profiles import (
    GOTOSOCIAL,
    MASTODON41,
    MASTODON43,
    PROFILES,
    SNAC,
    Profile,
)
from tests.connectors.mastodon.troubles import AFTER, Trouble, befallen
from tests.connectors.mastodon.world import HOST, Account, Listener, Status, World

__all__ = [
    "GOTOSOCIAL",
    "MASTODON41",
    "MASTODON43",
    "PROFILES",
    "SNAC",
    "Account",
    "Fake",
    "Profile",
    "Status",
    "Trouble",
]


class Fake(World):
    """The server in front of a world."""

    _runner: web.AppRunner | None = None

    # --- running -----------------------------------------------------------------------------

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
        add("PUT", "/api/v1/statuses/{id}", self._edit)
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
        if trouble is Trouble.SLOW:
            answer = await self._handled(request, handler)
            await self.released.wait()
            return answer
        if trouble in AFTER:
            await self._handled(request, handler)
        return await befallen(request, trouble, now=self.clock(), released=self.released)

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

    async def _edit(self, request: web.Request) -> web.Response:
        account = self._who(request)
        self._needs("write:statuses")
        form = await request.post()
        profile = self.profile
        status = self.named(request.match_info["id"])
        if status is None or status.account is not account:
            return web.json_response({"error": "Record not found"}, status=404)
        text, warning = str(form.get("status", "")), str(form.get("spoiler_text", ""))
        if profile.strict and self.count(text, warning) > profile.length:
            said = "Validation failed: Text character limit of 500 exceeded"
            if profile.software == "gotosocial":
                said = f"status too long, {len(text)} characters provided but limit is 5000"
            return web.json_response({"error": said}, status=profile.empty_status)
        if profile.says_unchanged and (text, warning) == (status.text, status.warning):
            said = "Unprocessable Entity: status was not changed"
            return web.json_response({"error": said}, status=422)
        if not profile.snac:
            status.mentions = self._mentioned(text, account)
            status.warning = warning
        await self.edit(status, text)
        return web.json_response(self.status_json(status), headers=self.headers)

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
