"""People on a server of the Mastodon API, who use it with any client: here, the plainest."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b49444154789c63"
    "6460f8cf0000020701027e9d2c3b0000000049454e44ae426082"
)


class Person:
    """Somebody with a key."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self.token = token
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}", "User-Agent": "people"},
            connector=aiohttp.TCPConnector(force_close=True),
        )

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """One call; its JSON. Raises `aiohttp.ClientResponseError`."""
        async with self._session.request(method, self._url + path, **more) as answer:
            answer.raise_for_status()
            return await answer.json(content_type=None)

    async def post(self, text: str, **fields: str) -> dict[str, Any]:
        """Post a status.

        mastodon-mock stumbles now and then over a stream that ends while it writes; the same key
        again is posted once.
        """
        headers = {"Idempotency-Key": uuid4().hex}
        tries = 4
        while True:
            tries -= 1
            try:
                found: dict[str, Any] = await self.call(
                    "POST", "/api/v1/statuses", data={"status": text, **fields}, headers=headers
                )
            except aiohttp.ClientResponseError as error:
                if error.status < 500 or not tries:
                    raise
            else:
                return found

    async def upload(self, description: str) -> str:
        """Upload a picture; its id."""
        form = aiohttp.FormData()
        form.add_field("file", PIXEL, filename="a.png", content_type="image/png")
        form.add_field("description", description)
        return str((await self.call("POST", "/api/v2/media", data=form))["id"])

    async def heard(self) -> list[dict[str, Any]]:
        """The posts that this person was notified of, newest first."""
        found = await self.call("GET", "/api/v1/notifications", params={"limit": "80"})
        return [one["status"] for one in found if one["type"] == "mention" and one["status"]]

    async def close(self) -> None:
        await self._session.close()


class AtTheBrowser:
    """Somebody who signs in to snac2 as the terminal tells them to, and pastes the code."""

    def __init__(self, server: str, name: str, password: str, *, whole: bool = False) -> None:
        self._server = server
        self._name = name
        self._password = password
        self._told: list[str] = []
        self.asked: list[str] = []

    def say(self, words: str) -> None:
        self._told.append(words)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        if "server" in question:
            return self._server
        address = next(one for one in reversed(self._told) if one.startswith("http"))
        async with aiohttp.ClientSession(
            headers={"User-Agent": "browser"}, connector=aiohttp.TCPConnector(force_close=True)
        ) as browser:
            async with browser.get(address) as page:
                form = await page.text()
            fields = {
                unescape(name): unescape(value)
                for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form)
            }
            fields |= {"login": self._name, "passwd": self._password}
            action = re.search(r'action="([^"]+)"', form)
            assert action, form
            target = f"{self._server}{urlsplit(unescape(action[1])).path}"
            async with browser.post(target, data=fields) as page:
                return await page.text()
