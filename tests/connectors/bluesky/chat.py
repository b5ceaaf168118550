"""Bluesky's chat, faked: behind a real PDS, which says by its own signed word who asks.

It speaks the lexicons of chat.bsky.convo as far as they are used: conversations of two and more,
a rev that rises with everything, a log, requests, and each way of saying no.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from aiohttp import web

PAGE = 20


class No(Exception):
    """The chat says no."""

    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.status = status


@dataclass
class Room:
    id: str
    members: tuple[str, ...]
    rev: str
    accepted: set[str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    locked: bool = False


class Chat:
    """The service, with what everybody's settings and blocks are."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        """Profiles by DID."""
        self.allows: dict[str, str] = {}
        """`allowIncoming` by DID; absent is `following`, as on the network."""
        self.follows: set[tuple[str, str]] = set()
        self.blocks: set[tuple[str, str]] = set()
        self.gone: set[str] = set()
        self.says_it_in_words = False
        """An older way: `InvalidRequest`, with the reason in words alone."""
        self.posts: dict[str, dict[str, Any]] = {}
        """Posts by their address, for messages that embed one."""
        self.rooms: dict[str, Room] = {}
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str]] = []
        """Who asked which method, as the PDS says."""
        self.wrong: list[No] = []
        """What the next calls are answered."""
        self._revs = count(1)
        self._ids = count(1)
        self._runner: web.AppRunner | None = None

    # --- serving ---------------------------------------------------------------------------------

    async def start(self, port: int) -> None:
        app = web.Application()
        app.router.add_route("*", "/xrpc/{method}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True).start()

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        claims = _claims(token)
        assert claims["lxm"] == method
        assert claims["aud"].startswith("did:web:api.bsky.chat")
        self.asked.append((claims["iss"], method))
        try:
            if self.wrong:
                raise self.wrong.pop(0)
            given = await request.json() if request.method == "POST" else request.query
            answers = re.sub("([A-Z])", r"_\1", "_" + method.rpartition(".")[2]).lower()
            found = getattr(self, answers)(claims["iss"], given)
        except No as no:
            headers = {"Retry-After": "7"} if no.status == 429 else {}
            return web.json_response(
                {"error": no.error, "message": no.message}, status=no.status, headers=headers
            )
        return web.json_response(found)

    # --- what people do --------------------------------------------------------------------------

    def joins(self, did: str, handle: str, *, allows: str = "all") -> None:
        self.people[did] = {"did": did, "handle": handle}
        self.allows[did] = allows

    def writes(self, did: str, to: Iterable[str], text: str, **more: Any) -> dict[str, Any]:
        """Somebody writes to others; the conversation is there, or is made."""
        room = self._room_of((did, *to), did)
        return self.says(did, room.id, text, **more)

    def says(self, did: str, convo: str, text: str, **more: Any) -> dict[str, Any]:
        room = self.rooms[convo]
        rev = self._rev()
        message = {
            "$type": "chat.bsky.convo.defs#messageView",
            "id": f"m{next(self._ids):06d}",
            "rev": rev,
            "text": text,
            "sender": {"did": did},
            "sentAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **more,
        }
        room.messages.append(message)
        room.rev = rev
        room.accepted.add(did)
        for member in room.members:
            self.logs.setdefault(member, []).append(
                {
                    "$type": "chat.bsky.convo.defs#logCreateMessage",
                    "rev": rev,
                    "convoId": room.id,
                    "message": message,
                }
            )
        return {**message, "convo": room.id}

    # --- methods ---------------------------------------------------------------------------------

    def _get_convo_availability(self, did: str, given: Any) -> Any:
        members = given.getall("members")
        try:
            self._may(did, members)
        except No:
            return {"canChat": False}
        room = self._found((did, *members))
        return {"canChat": True, **({"convo": self._view(room, did)} if room else {})}

    def _get_convo_for_members(self, did: str, given: Any) -> Any:
        members = given.getall("members")
        self._may(did, members)
        return {"convo": self._view(self._room_of((did, *members), did), did)}

    def _get_convo(self, did: str, given: Any) -> Any:
        return {"convo": self._view(self._mine(did, given["convoId"]), did)}

    def _list_convos(self, did: str, given: Any) -> Any:
        rooms = sorted(
            (room for room in self.rooms.values() if did in room.members and room.messages),
            key=lambda room: room.rev,
            reverse=True,
        )
        return self._cut("convos", [self._view(room, did) for room in rooms], given)

    def _get_messages(self, did: str, given: Any) -> Any:
        room = self._mine(did, given["convoId"])
        return self._cut("messages", room.messages[::-1], given)

    def _get_log(self, did: str, given: Any) -> Any:
        at = given.get("cursor", "")
        logs = [one for one in self.logs.get(did, []) if one["rev"] > at][:PAGE]
        return {"cursor": logs[-1]["rev"] if logs else at, "logs": logs}

    def _accept_convo(self, did: str, given: Any) -> Any:
        self._mine(did, given["convoId"]).accepted.add(did)
        return {"rev": self._rev()}

    def _send_message(self, did: str, given: Any) -> Any:
        room = self._mine(did, given["convoId"])
        if room.locked:
            raise No("ConvoLocked", "conversation is locked")
        others = [one for one in room.members if one != did]
        if not any(one["sender"]["did"] != did for one in room.messages):
            self._may(did, others)
        self._blocked(did, others)
        message = given["message"]
        if len(message["text"].encode()) > 10_000:
            raise No("InvalidRequest", "Input/message/text must not be longer than 10000 bytes")
        embed = message.get("embed")
        view = {}
        if embed is not None:
            uri = embed["record"]["uri"]
            view = {
                "embed": {
                    "$type": "app.bsky.embed.record#view",
                    "record": self.posts.get(
                        uri,
                        {
                            "$type": "app.bsky.embed.record#viewNotFound",
                            "uri": uri,
                            "notFound": True,
                        },
                    ),
                }
            }
            view["carries"] = uri
        return self.says(did, room.id, message["text"], **view)

    # --- inside ----------------------------------------------------------------------------------

    def _may(self, did: str, others: Iterable[str]) -> None:
        for other in others:
            if other in self.gone or other not in self.people:
                raise self._no("RecipientNotFound", "recipient not found")
            self._blocked(did, [other])
            allows = self.allows.get(other, "following")
            if allows == "none":
                raise self._no("MessagesDisabled", "recipient has disabled incoming messages")
            if allows == "following" and (other, did) not in self.follows:
                raise self._no(
                    "NotFollowedBySender",
                    "recipient requires incoming messages to come from someone they follow",
                )

    def _blocked(self, did: str, others: Iterable[str]) -> None:
        for other in others:
            if (did, other) in self.blocks or (other, did) in self.blocks:
                raise self._no("BlockedActor", "block between recipient and sender")

    def _no(self, error: str, message: str) -> No:
        return No("InvalidRequest" if self.says_it_in_words else error, message)

    def _mine(self, did: str, convo: str) -> Room:
        room = self.rooms.get(convo)
        if room is None or did not in room.members:
            raise No("InvalidConvo", "conversation not found")
        return room

    def _found(self, members: Iterable[str]) -> Room | None:
        wanted = set(members)
        return next((room for room in self.rooms.values() if set(room.members) == wanted), None)

    def _room_of(self, members: tuple[str, ...], by: str) -> Room:
        room = self._found(members)
        if room is None:
            room = Room(
                id=f"c{next(self._ids):06d}", members=members, rev=self._rev(), accepted={by}
            )
            self.rooms[room.id] = room
        return room

    def _view(self, room: Room, did: str) -> dict[str, Any]:
        return {
            "id": room.id,
            "rev": room.rev,
            "members": [self.people[one] for one in room.members],
            "muted": False,
            "unreadCount": 0,
            "status": "accepted" if did in room.accepted else "request",
        }

    def _cut(self, name: str, items: list[Any], given: Any) -> dict[str, Any]:
        begin = int(given.get("cursor") or 0)
        size = min(int(given.get("limit", 50)), PAGE)
        page = items[begin : begin + size]
        more = {"cursor": str(begin + size)} if len(items) > begin + size else {}
        return {name: page, **more}

    def _rev(self) -> str:
        return f"3{next(self._revs):012d}"


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found
