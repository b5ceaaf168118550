"""A Matrix server on loopback, as far as an account listens: rooms, `/sync` and `/messages`.

What people do is called on it directly. It keeps every event in memory, so a long history is there
at once; what Synapse does beside that is asked of Synapse itself (`tests/servers/`).
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

US = "@shop:localhost"
TOKEN = "a-token-of-the-shop"
ROOM = "!help:localhost"
ROOT = "/_matrix/client/v3"
LATEST = 1_795_379_934_972
"""When the first message was sent, in milliseconds since 1970."""
APART = 20_000


class MatrixFake:
    """One server with one account of ours on it."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[tuple[int, dict[str, Any]]]] = {ROOM: []}
        """Each room's events, each with its place in the server's order."""
        self.direct: dict[str, list[str]] = {}
        self.placed = 0
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        for path, handler in (
            ("/account/whoami", self._whoami),
            ("/joined_rooms", self._joined),
            ("/user/{user}/account_data/m.direct", self._direct),
            ("/sync", self._sync),
            ("/rooms/{room}/messages", self._messages),
            ("/rooms/{room}/event/{event}", self._event),
        ):
            app.router.add_get(ROOT + path, handler)
        app.router.add_route("*", "/{rest:.*}", self._nothing)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def says(self, user: str, room: str, text: str) -> str:
        """Somebody writes in a room; the event. In the open it is addressed to us."""
        self.placed += 1
        event = f"${self.placed:043d}"
        named = {"user_ids": [US]} if room == ROOM else {}
        self.rooms[room].append(
            (
                self.placed,
                {
                    "type": "m.room.message",
                    "event_id": event,
                    "sender": user,
                    "origin_server_ts": LATEST + self.placed * APART,
                    "content": {"msgtype": "m.text", "body": text, "m.mentions": named},
                },
            )
        )
        self._news.set()
        return event

    def begins(self, user: str) -> str:
        """A direct room with somebody, both in it."""
        room = f"!dm.{user[1:]}"
        self.rooms.setdefault(room, [])
        self.direct[user] = [room]
        return room

    # --- answers ---------------------------------------------------------------------------------

    async def _whoami(self, _request: web.Request) -> web.Response:
        return web.json_response({"user_id": US, "device_id": "DEVICE"})

    async def _joined(self, _request: web.Request) -> web.Response:
        return web.json_response({"joined_rooms": list(self.rooms)})

    async def _direct(self, _request: web.Request) -> web.Response:
        return web.json_response(self.direct)

    async def _nothing(self, _request: web.Request) -> web.Response:
        return web.json_response({"errcode": "M_NOT_FOUND", "error": "Not found."}, status=404)

    async def _sync(self, request: web.Request) -> web.Response:
        begin = _place(request.query.get("since"))
        if begin == self.placed and request.query.get("timeout") not in (None, "0"):
            self._news.clear()
            try:
                async with asyncio.timeout(int(request.query["timeout"]) / 1000):
                    await self._news.wait()
            except TimeoutError:
                pass
        limit = json.loads(request.query["filter"])["room"]["timeline"]["limit"]
        rooms = {}
        for room in self.rooms:
            events = self._after(room, begin, limit + 1)
            if events:
                limited = len(events) > limit
                rooms[room] = {
                    "timeline": {
                        "events": [one for _, one in self._last(room, begin, limit)],
                        "limited": limited,
                    },
                    "state": {"events": []},
                }
        return web.json_response({"next_batch": f"s{self.placed}", "rooms": {"join": rooms}})

    async def _messages(self, request: web.Request) -> web.Response:
        room, limit = request.match_info["room"], int(request.query["limit"])
        if request.query["dir"] == "b":
            before = _place(request.query.get("from"), self.placed)
            events = self._until(room, before)[-limit:][::-1]
            end = f"s{events[-1][0] - 1}" if events else None
        else:
            to = _place(request.query.get("to"), self.placed)
            events = [
                one
                for one in self._after(room, _place(request.query.get("from")), limit)
                if one[0] <= to
            ]
            end = f"s{events[-1][0]}" if events else None
        chunk = [one for _, one in events]
        return web.json_response({"chunk": chunk, **({"end": end} if end else {})})

    async def _event(self, request: web.Request) -> web.Response:
        for _, one in self.rooms.get(request.match_info["room"], []):
            if one["event_id"] == request.match_info["event"]:
                return web.json_response(one)
        return await self._nothing(request)

    # --- inside ----------------------------------------------------------------------------------

    def _after(self, room: str, place: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """The first events of a room after a place."""
        events = self.rooms[room]
        begin = _index(events, place)
        return events[begin : begin + limit]

    def _last(self, room: str, place: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """The last events of a room after a place."""
        events = self.rooms[room]
        return events[max(_index(events, place), len(events) - limit) :]

    def _until(self, room: str, place: int) -> list[tuple[int, dict[str, Any]]]:
        events = self.rooms[room]
        return events[: _index(events, place)]


def _index(events: list[tuple[int, dict[str, Any]]], place: int) -> int:
    """Where in a room's events those after a place begin."""
    from bisect import bisect_right

    return bisect_right(events, place, key=lambda one: one[0])


def _place(token: str | None, otherwise: int = 0) -> int:
    return int(token.removeprefix("s")) if token else otherwise
