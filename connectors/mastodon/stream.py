"""Hearing things as they happen: a WebSocket where the server has it, else SSE.

A `Stream` owns one reader task from `opened` until `close`. It reads while the caller is busy
catching up, so nothing that happens meanwhile is missed, and ends with the reason once the
connection is lost. What it brings is a hint, not a record: servers replay nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.contract import ConnectorError, Unauthorised, Unreachable
from connectors.http import Http
from connectors.mastodon.wire import Odd, thing

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

PATH = "/api/v1/streaming"
WAITING = 2000
"""Events held while the caller is busy; beyond that the server has to wait."""
LONGEST_EVENT = 2 * 1024 * 1024
HEARTBEAT_SECONDS = 30.0
HANDSHAKE_SECONDS = 8.0
SILENCE_SECONDS = 90.0
"""Mastodon's SSE sends `:thump` every 15 seconds; after this long the line is dead."""


class Absent(Exception):
    """The server has no stream of this kind."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, and the payload as it came (JSON, or a bare id)."""

    name: str
    payload: str


class Stream:
    """An open stream and its reader."""

    def __init__(
        self,
        kind: str,
        source: AsyncIterator[Event],
        where: str,
        let_go: Callable[[], Awaitable[None]],
    ) -> None:
        self.kind = kind
        self._where = where
        self._let_go = let_go
        self._events: asyncio.Queue[Event | ConnectorError] = asyncio.Queue(WAITING)
        self._lost: ConnectorError | None = None
        self._reader = asyncio.create_task(self._read(source), name=f"stream {where}")

    async def next(self, seconds: float) -> list[Event]:
        """What has come: at least one event, or nothing after so many seconds. Raises the
        `ConnectorError` by which the stream ended, once everything before it was taken."""
        if self._lost is not None:
            raise self._lost
        found: list[Event] = []
        try:
            async with asyncio.timeout(seconds):
                item = await self._events.get()
        except TimeoutError:
            return found
        while True:
            if isinstance(item, ConnectorError):
                self._lost = item
                if found:
                    return found
                raise item
            found.append(item)
            if self._events.empty() or len(found) >= 200:
                return found
            item = self._events.get_nowait()

    async def close(self) -> None:
        """Stop reading and let go of the connection."""
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self._reader
        # A reader that never began has closed nothing.
        with contextlib.suppress(Exception):
            await self._let_go()

    async def _read(self, source: AsyncIterator[Event]) -> None:
        why = "the server ended it"
        try:
            async for event in source:
                await self._events.put(event)
        except asyncio.CancelledError:
            raise
        except Exception as trouble:
            why = type(trouble).__name__
        finally:
            closing = getattr(source, "aclose", None)
            if closing is not None:
                with contextlib.suppress(Exception):
                    await closing()
        await self._events.put(
            Unreachable(
                f"The live connection to {self._where} was lost ({why}). Nothing is missed; "
                "Greenroom connects again and catches up."
            )
        )


async def opened(http: Http, streaming: str) -> Stream | None:
    """The best stream that the server has; None where it has none. Raises `ConnectorError`."""
    bases = _bases(http.base, streaming)
    for base in bases:
        for by_query in (False, True):
            try:
                return await _websocket(http, base, by_query)
            except Absent:
                break
            except Unauthorised:
                if by_query:
                    break
    for base in bases:
        with contextlib.suppress(Absent):
            return await _sse(http, base)
    return None


def _bases(base: str, streaming: str) -> list[str]:
    """Where to look for streams: where the server says, in the scheme that we speak with it.

    GoToSocial names wss:// where it speaks http, and a server behind https is never spoken to
    without it.
    """
    scheme = urlsplit(base).scheme
    found = []
    if streaming:
        try:
            parts = urlsplit(streaming)
            if parts.netloc and "@" not in parts.netloc:
                found.append(f"{scheme}://{parts.netloc}")
        except ValueError:
            pass
    if base not in found:
        found.append(base)
    return found


async def _websocket(http: Http, base: str, by_query: bool) -> Stream:
    """A WebSocket of the `user` stream. Raises `Absent`, or `Unauthorised` where the server
    doesn't take the key in a header (older ones want it in the query)."""
    import aiohttp

    url = "ws" + base[4:] + PATH
    params = {"stream": "user"}
    headers = {}
    if by_query:
        params["access_token"] = http.token or ""
    else:
        headers = http.bearer()
    session = http.streaming_session()
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            socket = await session.ws_connect(
                url,
                params=params,
                headers=headers,
                heartbeat=HEARTBEAT_SECONDS,
                max_msg_size=LONGEST_EVENT,
                timeout=aiohttp.ClientWSTimeout(ws_receive=None, ws_close=2.0),
            )
    except aiohttp.WSServerHandshakeError as no:
        log.debug("no websocket at %s: %s", base, no.status)
        if no.status in (400, 401, 403):
            raise Unauthorised(f"{http.where} doesn't take the key that way.") from None
        raise Absent from None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as trouble:
        log.debug("no websocket at %s: %s", base, type(trouble).__name__)
        raise Absent from None

    async def let_go() -> None:
        await socket.close()

    return Stream("websocket", _frames(socket), http.where, let_go)


async def _frames(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Event]:
    import aiohttp

    try:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            event = read_frame(frame.data)
            if event is not None:
                yield event
    finally:
        await socket.close()


def read_frame(text: str) -> Event | None:
    """One WebSocket frame; None where it isn't an event."""
    try:
        raw = thing(text)
    except Odd:
        return None
    name, payload = raw.get("event"), raw.get("payload")
    if not isinstance(name, str):
        return None
    return Event(name, payload if isinstance(payload, str) else "")


async def _sse(http: Http, base: str) -> Stream:
    """The `user` stream by server-sent events. Raises `Absent`."""
    import aiohttp

    session = http.streaming_session()
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            response = await session.get(
                base + PATH + "/user",
                headers={**http.bearer(), "Accept": "text/event-stream"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=10, sock_read=SILENCE_SECONDS
                ),
            )
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as trouble:
        log.debug("no event stream at %s: %s", base, type(trouble).__name__)
        raise Absent from None
    if response.status != 200 or not response.content_type.startswith("text/event-stream"):
        log.debug("no event stream at %s: %s", base, response.status)
        response.close()
        raise Absent

    async def let_go() -> None:
        response.close()

    return Stream("sse", _lines(response), http.where, let_go)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    reader = SseReader()
    try:
        async for piece in response.content.iter_any():
            for event in reader.feed(piece):
                yield event
    finally:
        response.close()


class SseReader:
    """Puts server-sent events together from pieces, however they are cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[Event]:
        """The events that end in this piece. Raises `ValueError` for one without end."""
        found: list[Event] = []
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_EVENT:
            raise ValueError("an event is too long")
        for raw in lines:
            line = raw.rstrip(b"\r").decode("utf-8", "replace")
            if not line:
                if self._name:
                    found.append(Event(self._name, "\n".join(self._data)))
                self._name, self._data, self._size = "", [], 0
                continue
            field, _, value = line.partition(":")
            value = value[1:] if value[:1] == " " else value
            if field == "event":
                self._name = value
            elif field == "data":
                self._size += len(value)
                if self._size > LONGEST_EVENT:
                    raise ValueError("an event is too long")
                self._data.append(value)
        return found
