"""People on a Matrix server, who use it with any app: here, the plainest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp


class Person:
    """Somebody with a key."""

    def __init__(self, url: str, signed_in: dict[str, Any]) -> None:
        self._url = url
        self.id: str = signed_in["user_id"]
        self.token: str = signed_in["access_token"]
        self.shuts_out = False
        """Passes every invitation over."""
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"})

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """One call; its JSON. Raises `aiohttp.ClientResponseError`."""
        url = f"{self._url}/_matrix/client/v3{path}"
        async with self._session.request(method, url, **more) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def says(
        self,
        room: str,
        text: str,
        *,
        reply_to: str | None = None,
        naming: Sequence[str] = (),
        **fields: Any,
    ) -> str:
        """A message in a room; its event."""
        content: dict[str, Any] = {
            "msgtype": "m.text",
            "body": text,
            "m.mentions": {"user_ids": list(naming)} if naming else {},
            **fields,
        }
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return await self.sends(room, "m.room.message", content)

    async def sends(self, room: str, kind: str, content: dict[str, Any]) -> str:
        """An event of any kind; its name."""
        path = f"/rooms/{quote(room)}/send/{kind}/{uuid4().hex}"
        return str((await self.call("PUT", path, json=content))["event_id"])

    async def edits(self, room: str, event: str, text: str) -> None:
        fresh = {"msgtype": "m.text", "body": text}
        relates = {"rel_type": "m.replace", "event_id": event}
        await self.sends(
            room,
            "m.room.message",
            {**fresh, "body": f"* {text}", "m.new_content": fresh, "m.relates_to": relates},
        )

    async def redacts(self, room: str, event: str) -> None:
        await self.call("PUT", f"/rooms/{quote(room)}/redact/{quote(event)}/{uuid4().hex}", json={})

    async def makes_room(self, **fields: Any) -> str:
        return str((await self.call("POST", "/createRoom", json=fields))["room_id"])

    async def joins(self, room: str) -> None:
        await self.call("POST", f"/join/{quote(room)}", json={})

    async def leaves(self, room: str) -> None:
        await self.call("POST", f"/rooms/{quote(room)}/leave", json={})

    async def sync(self) -> dict[str, Any]:
        """Everything, with a long timeline."""
        limit = {"room": {"timeline": {"limit": 300}, "state": {"not_types": [uuid4().hex]}}}
        params = {"filter": json.dumps(limit), "timeout": "0"}
        found: dict[str, Any] = await self.call("GET", "/sync", params=params)
        return found

    async def opens_invitations(self) -> None:
        """Go wherever somebody asks them in, unless they shut people out."""
        if self.shuts_out:
            return
        for room in (await self.sync())["rooms"].get("invite", {}):
            await self.joins(room)

    async def sees(self) -> dict[str, list[dict[str, Any]]]:
        """The messages that they can read, oldest first, in each room that they are in."""
        await self.opens_invitations()
        rooms = (await self.sync()).get("rooms", {}).get("join", {})
        return {
            room: [
                one
                for one in state["timeline"]["events"]
                if one["type"] == "m.room.message" and one["content"]
            ]
            for room, state in rooms.items()
        }

    async def close(self) -> None:
        await self._session.close()
