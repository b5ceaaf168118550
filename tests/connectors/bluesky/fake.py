"""A server of Bluesky's network on loopback, as far as an account listens: listings and the chat.

What people do is called on it directly. It keeps everything in memory, so a long history is there
at once; what a PDS and an AppView do beside that is asked of the real ones (`tests/servers/`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.connectors.bluesky.chat import Chat, No
from tests.connectors.bluesky.payloads import USUAL

US = "did:plc:shop"
HANDLE = "shop.test"
PASSWORD = "abcd-efgh-ijkl-mnop"
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
APART = timedelta(seconds=20)


class BlueskyFake:
    """A PDS, and the AppView behind it, with one account of ours; the chat beside it is `chat`."""

    def __init__(self) -> None:
        self.chat = Chat()
        self.chat.joins(US, HANDLE)
        self.said: list[dict[str, Any]] = []
        """Notifications, oldest first."""
        self._at: list[str] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/xrpc/{method}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def asks(self, did: str, handle: str, text: str) -> str:
        """Somebody names us in the open; the post."""
        number = len(self.said)
        at = _stamp(BEGIN + APART * number)
        made = deepcopy(USUAL)
        made["uri"] = f"at://{did}/app.bsky.feed.post/{number:013d}"
        made["cid"] = f"bafy{number}"
        made["indexedAt"] = at
        made["author"] |= {"did": did, "handle": handle, "displayName": ""}
        made["record"] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at}
        self.said.append(made)
        self._at.append(at)
        return str(made["uri"])

    # --- answers ---------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        name = re.sub("([A-Z])", r"_\1", "_" + method.rpartition(".")[2]).lower()
        given = await request.json() if request.method == "POST" else request.query
        try:
            if method.startswith("chat.bsky."):
                return web.json_response(getattr(self.chat, name)(US, given))
            return web.json_response(getattr(self, name)(given))
        except No as no:
            return web.json_response({"error": no.error, "message": no.message}, status=no.status)

    def _create_session(self, given: Any) -> Any:
        if given["password"] != PASSWORD:
            raise No("AuthenticationRequired", "Invalid identifier or password", 401)
        return {"did": US, "handle": HANDLE, "accessJwt": "a.e30.c", "refreshJwt": "r.e30.c"}

    def _get_session(self, _given: Any) -> Any:
        return {"did": US, "handle": HANDLE, "active": True}

    def _get_profile(self, _given: Any) -> Any:
        return {"did": US, "handle": HANDLE}

    def _get_record(self, given: Any) -> Any:
        for one in self.said:
            if one["uri"] == f"at://{given['repo']}/{given['collection']}/{given['rkey']}":
                return {"uri": one["uri"], "cid": one["cid"], "value": one["record"]}
        raise No("RecordNotFound", "Could not locate record")

    def _list_notifications(self, given: Any) -> Any:
        before, limit = given.get("cursor"), int(given["limit"])
        end = len(self.said) if before is None else bisect_left(self._at, before)
        page = self.said[max(end - limit, 0) : end][::-1]
        more = {"cursor": page[-1]["indexedAt"]} if page else {}
        return {"notifications": page, "priority": False, **more}

    def _get_author_feed(self, _given: Any) -> Any:
        return {"feed": []}

    def _get_posts(self, given: Any) -> Any:
        wanted = set(given.getall("uris"))
        return {"posts": [one for one in self.said[-100:] if one["uri"] in wanted]}

    def _get_post_thread(self, _given: Any) -> Any:
        raise No("NotFound", "Post not found")


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
