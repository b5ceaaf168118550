"""A proxy for a server that can't take two pieces of mail at the same moment."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class OneByOne:
    """What a program asks of the server at a port, one request after the other."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._turn = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def env(self) -> dict[str, str]:
        """What makes a program ask through here."""
        return {"http_proxy": f"http://127.0.0.1:{self._port}", "no_proxy": "", "NO_PROXY": ""}

    async def start(self) -> None:
        """Listen at a port of its own."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End it, and what is still being asked."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for one in self._serving:
            one.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                request = await self._request(reader)
                async with self._turn:
                    answer = await self._asked(request)
                writer.write(answer)
                await writer.drain()
        finally:
            self._serving.discard(task)
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        """A whole request, as the server wants it: with no server in its first line."""
        head = await reader.readuntil(b"\r\n\r\n")
        size = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        return head.replace(f"http://127.0.0.1:{self._upstream}/".encode(), b"/", 1) + (
            await reader.readexactly(size)
        )

    async def _asked(self, request: bytes) -> bytes:
        """The answer, to its end: the server closes after each."""
        there, here = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            here.write(request)
            await here.drain()
            return await there.read()
        finally:
            here.close()
