"""Bad luck in front of a real server: a proxy on loopback that breaks the next post, once.

Everything else passes through as bytes, streams too, so what the connector meets is the server.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.contract.partner import Fault

POSTED = frozenset({Fault.ANSWER_LOST, Fault.ANSWER_GARBLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a network's server says in each kind of bad luck, and which requests it befalls."""

    errors: Mapping[Fault, tuple[int, object]]
    too_many: tuple[str, ...] = ()
    """More headers of a 429."""
    posts: tuple[str, ...]
    """How the requests that post begin: patterns."""
    recalls: tuple[str, ...]
    """How the requests that edit or delete begin."""
    again: bool = False
    """Posting may be asked twice, so aiohttp asks once more by itself."""
    recalls_again: bool = True
    """So it is with editing and deleting."""


MASTODON = Answers(
    errors={
        Fault.SERVER_ERROR: (500, {"error": "Something went wrong"}),
        Fault.TOO_MANY: (429, {"error": "Too many requests"}),
        Fault.KEY_DEAD: (401, {"error": "The access token is invalid"}),
        Fault.NO_RIGHT: (403, {"error": "This action is outside the authorized scopes"}),
        Fault.GONE: (
            404,
            {"error": "The post you are trying to reply to does not appear to exist."},
        ),
        Fault.TOO_LONG: (422, {"error": "Validation failed: Text character limit of 500 exceeded"}),
        Fault.BLOCKED: (403, {"error": "You are blocked by this user"}),
    },
    posts=("POST /api/v1/statuses ",),
    recalls=("(PUT|DELETE) /api/v1/statuses/",),
)
FAULTS = POSTED | frozenset(MASTODON.errors) | {Fault.REQUEST_LOST}


class Proxy:
    """Stands in front of one server."""

    def __init__(self, upstream: int, answers: Answers = MASTODON) -> None:
        self._upstream = upstream
        self._answers = answers
        self._next: list[Fault] = []
        self._recalls: list[Fault] = []
        self._others: list[tuple[Fault, str]] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.no_websocket = False
        self.one_each = False
        """Every request has a connection of its own, so that each is seen here."""
        self.asked = 0
        """How many requests came."""
        self.spoils: Mapping[int, Fault] = {}
        """What befalls the n-th of them."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Answer at the address (again)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nothing answers at the address."""
        if self._server is not None:
            self._server.close()
            self._server = None
        # Whoever was let in at the last moment has not begun yet.
        await asyncio.sleep(0)
        await self.cut()
        if self._serving:
            await asyncio.wait(self._serving, timeout=5.0)

    async def cut(self) -> None:
        """End every connection."""
        for writer in list(self._open):
            writer.transport.abort()
        self._open.clear()

    def break_next(self, fault: Fault) -> None:
        """Break the next post."""
        self._next.extend([fault] * (_times(fault) if self._answers.again else 1))

    def befall(self, fault: Fault, pattern: str) -> None:
        """Break the next request that begins so."""
        self._others.append((fault, pattern))

    def break_recall(self, fault: Fault) -> None:
        """Break the next edit or deletion of a post."""
        self._recalls.extend([fault] * (_times(fault) if self._answers.recalls_again else 1))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            if self.one_each:
                head = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            if self.asked in self.spoils:
                await self._broken(self.spoils[self.asked], head, reader, writer)
            elif self._next and _begins(head, self._answers.posts):
                await self._broken(self._next.pop(0), head, reader, writer)
            elif self._others and _begins(head, (self._others[0][1],)):
                await self._broken(self._others.pop(0)[0], head, reader, writer)
            elif self._recalls and _begins(head, self._answers.recalls):
                await self._broken(self._recalls.pop(0), head, reader, writer)
            elif self.no_websocket and b"\r\nupgrade: websocket" in head.lower():
                await _answer(writer, 404, "<h1>Not found</h1>", "text/html")
            else:
                await self._through(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _through(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._open.add(here)
        try:
            here.write(head)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(reader, here))
                both.create_task(_pour(there, writer))
        finally:
            self._open.discard(here)
            here.close()

    async def _broken(
        self,
        fault: Fault,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        size = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        body = await reader.readexactly(size)
        if fault in POSTED:
            there, here = await asyncio.open_connection("127.0.0.1", self._upstream)
            here.write(head + body)
            await there.readuntil(b"\r\n\r\n")
            here.close()
        if fault is Fault.ANSWER_GARBLED:
            await _answer(writer, 200, "<!DOCTYPE html><h1>Welcome to our wifi</h1>", "text/html")
        elif fault in self._answers.errors:
            status, said = self._answers.errors[fault]
            more = self._answers.too_many if status == 429 else ()
            await _answer(writer, status, json.dumps(said), "application/json", *more)
        else:
            writer.transport.abort()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()


def _times(fault: Fault) -> int:
    """aiohttp asks once more by itself for what may be asked twice."""
    return 2 if fault in (Fault.ANSWER_LOST, Fault.REQUEST_LOST) else 1


def _begins(head: bytes, patterns: Sequence[str]) -> bool:
    return any(re.match(pattern.encode(), head) for pattern in patterns)


async def _answer(
    writer: asyncio.StreamWriter, status: int, body: str, kind: str, *more: str
) -> None:
    data = body.encode()
    until = datetime.now(UTC) + timedelta(seconds=2)
    head = [
        f"HTTP/1.1 {status} X",
        f"Content-Type: {kind}",
        f"Content-Length: {len(data)}",
        "Connection: close",
    ]
    if more:
        head += more
    elif status == 429:
        head += ["X-RateLimit-Remaining: 0", f"X-RateLimit-Reset: {until.isoformat()}"]
    writer.write("\r\n".join([*head, "", ""]).encode() + data)
    await writer.drain()
