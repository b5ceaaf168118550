"""People on Bluesky's network, who use it with any client: here, the plainest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import aiohttp

POST = "app.bsky.feed.post"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b49444154789c63"
    "6460f8cf0000020701027e9d2c3b0000000049454e44ae426082"
)


class Person:
    """Somebody with an account on a PDS."""

    def __init__(self, url: str, handle: str, did: str = "", token: str = "") -> None:
        self._url = url + "/xrpc/"
        self.handle = handle
        self.did = did
        self._token = token
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    @classmethod
    async def arrives(cls, url: str, handle: str) -> Person:
        """A new account."""
        made = cls(url, handle)
        found = await made.do(
            "com.atproto.server.createAccount",
            {"email": f"{handle}@mail.test", "handle": handle, "password": f"pw-{handle}"},
        )
        made.did, made._token = found["did"], found["accessJwt"]
        return made

    @property
    def known_as(self) -> tuple[str, str, str]:
        """Handle, DID and token, by which this person can be made again."""
        return self.handle, self.did, self._token

    async def close(self) -> None:
        await self._session.close()

    async def look(self, method: str, **params: Any) -> Any:
        return await self._call("GET", method, params=params)

    async def do(self, method: str, body: Any = None) -> Any:
        return await self._call("POST", method, json=body)

    async def _call(self, verb: str, method: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(
            verb, self._url + method, headers=headers | more.pop("headers", {}), **more
        ) as answer:
            said = await answer.json(content_type=None)
            if answer.status >= 400:
                raise Said(answer.status, said)
            return said

    async def app_password(self, name: str = "greenroom", *, privileged: bool = True) -> str:
        found = await self.do(
            "com.atproto.server.createAppPassword", {"name": name, "privileged": privileged}
        )
        return str(found["password"])

    async def posts(self, text: str, **fields: Any) -> dict[str, str]:
        """A post; its address and hash."""
        record = {"$type": POST, "text": text, "createdAt": now(), **fields}
        found: dict[str, str] = await self.record(POST, record)
        return found

    async def record(self, collection: str, record: Any) -> Any:
        return await self.do(
            "com.atproto.repo.createRecord",
            {"repo": self.did, "collection": collection, "record": record},
        )

    async def puts(self, collection: str, rkey: str, record: Any) -> Any:
        return await self.do(
            "com.atproto.repo.putRecord",
            {"repo": self.did, "collection": collection, "rkey": rkey, "record": record},
        )

    async def removes(self, uri: str) -> None:
        _, collection, rkey = uri.removeprefix("at://").split("/")
        await self.do(
            "com.atproto.repo.deleteRecord",
            {"repo": self.did, "collection": collection, "rkey": rkey},
        )

    async def blocks(self, did: str) -> None:
        kind = "app.bsky.graph.block"
        await self.record(kind, {"$type": kind, "subject": did, "createdAt": now()})

    async def picture(self) -> Any:
        """A picture on the server, for a post to have."""
        found = await self._call(
            "POST", "com.atproto.repo.uploadBlob", data=PIXEL,
            headers={"Content-Type": "image/png"},
        )  # fmt: skip
        return found["blob"]

    async def said(self) -> list[dict[str, Any]]:
        """All posts of theirs, as they stand on their own server, oldest first."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.look(
                "com.atproto.repo.listRecords", repo=self.did, collection=POST, limit=100, **cursor
            )
            found += page["records"]
            if not page.get("cursor"):
                return sorted(found, key=lambda one: str(one["value"]["createdAt"]))
            cursor = {"cursor": page["cursor"]}


class Said(Exception):
    """The server said no."""

    def __init__(self, status: int, said: Any) -> None:
        super().__init__(f"{status} {said}")
        self.status = status
        self.said = said


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mention(text: str, handle: str, did: str) -> dict[str, Any]:
    """The mark of a name in a text."""
    begin = len(text[: text.index("@" + handle)].encode())
    return {
        "index": {"byteStart": begin, "byteEnd": begin + len(handle) + 1},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }
