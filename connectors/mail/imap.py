"""One connection to a mailbox, over aioimaplib: it fails only with the errors of the contract.

aioimaplib leaves a command waiting when its connection breaks, doesn't answer a refused XOAUTH2,
and doesn't know that EXAMINE opens a folder; the small subclass here mends these. It handles each
line of an answer one call deeper, so messages are asked for a few at a time.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from aioimaplib.aioimaplib import (  # type: ignore[import-untyped]
    IMAP4,
    SELECTED,
    AioImapException,
    Command,
    IMAP4ClientProtocol,
    quoted,
)

from connectors.contract import Clock, SlowDown, Unauthorised, Unreachable
from connectors.html import sentence
from connectors.mail.lines import Fetched, Folder, fetched, folder, listed
from connectors.mail.places import Guard, Place, Places, not_accepted, untrusted

T = TypeVar("T")

# It would write whole messages into a log that is kept for finding faults.
logging.getLogger("aioimaplib").setLevel(logging.ERROR)

CONNECT_SECONDS = 15.0
SLOW_DOWN = timedelta(minutes=2)
WHOLE = 524_288
"""Bytes of a message that are fetched: words come before attachments."""
_BUSY = (b"[UNAVAILABLE]", b"[INUSE]", b"[LIMIT]", b"[SERVERBUG]", b"too many", b"temporar")


class _Protocol(IMAP4ClientProtocol):  # type: ignore[misc]
    """aioimaplib's protocol, with its gaps filled."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.news = asyncio.Event()
        """Something arrived since this was cleared, whatever was asked meanwhile."""
        self.lost: asyncio.Future[None] = loop.create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def _untagged_response(self, line: bytes) -> Command:
        if line.endswith(b" EXISTS"):
            self.news.set()
        return super()._untagged_response(line)

    def _continuation(self, line: bytes) -> None:
        asked = self.pending_sync_command
        if asked is not None and asked.name == "AUTHENTICATE":
            # The server explains why it refuses, and waits for an empty line to say so.
            self.transport.write(b"\r\n")
            return
        super()._continuation(line)


class _Client(IMAP4):  # type: ignore[misc]
    """aioimaplib's client over that protocol."""

    protocol: _Protocol
    connecting: asyncio.Task[Any]

    def let_go_of_timer(self) -> None:
        """Forget the library's own timer of IDLE."""
        if self._idle_waiter is not None:
            self._idle_waiter.cancel()

    def create_client(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop | None,
        conn_lost_cb: object = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        running = asyncio.get_running_loop()
        self.protocol = _Protocol(running)
        self.connecting = self._client_task = running.create_task(
            running.create_connection(lambda: self.protocol, host, port, ssl=ssl_context)
        )


class Imap:
    """A mailbox that we are signed in to. Raises `Unreachable`, `SlowDown` and `Unauthorised`."""

    def __init__(self, place: Place, clock: Clock, answer_seconds: float) -> None:
        self._where = place.host
        self._clock = clock
        self._seconds = answer_seconds
        self._folder = ""
        self._refuses_idle = False
        """It offers IDLE, and said no to it."""
        secured = None if place.guard is Guard.PLAIN else place.trust()
        self._client = _Client(place.host, place.port, timeout=answer_seconds, ssl_context=secured)

    @classmethod
    async def signed_in(cls, places: Places, secret: str, clock: Clock) -> Imap:
        """Connect and sign in."""
        try:
            imap = cls(places.imap, clock, places.answer_seconds)
        except (OSError, ssl.SSLError) as error:
            raise Unreachable(
                f"The file of the setting ca_file can't be used ({error}). Nothing was sent."
            ) from None
        try:
            await imap._greeted()
            await imap._sign_in(places, secret)
        except BaseException:
            await imap.close()
            raise
        return imap

    async def _greeted(self) -> None:
        try:
            await self._wait(self._client.connecting, CONNECT_SECONDS)
            await self._wait(self._client.wait_hello_from_server(), CONNECT_SECONDS)
        except ssl.SSLCertVerificationError as error:
            raise untrusted(self._where, error) from None
        except (OSError, ssl.SSLError):
            happened = f"The mailbox at {self._where} can't be reached."
            raise Unreachable(
                f"{happened} Nothing was sent; it is tried again by itself.", happened=happened
            ) from None

    async def _sign_in(self, places: Places, secret: str) -> None:
        protocol = self._client.protocol
        if "LOGINDISABLED" in protocol.capabilities and not places.xoauth2:
            raise Unauthorised(
                f"{self._where} takes no password. Nothing was sent. Sign in with a token: "
                "“greenroom account add mail”."
            )
        try:
            if places.xoauth2:
                answer = await self._wait(protocol.xoauth2(places.user, secret))
            else:
                answer = await self._wait(protocol.login(quoted(places.user), secret))
        except (ValueError, UnicodeError):
            raise Unauthorised(
                "The password holds a sign that no mailbox takes. Nothing was sent. Sign in with "
                "“greenroom account add mail”."
            ) from None
        if answer.result != "OK":
            self._refused(answer.lines, places)
        await self._wait(protocol.capability())

    def _refused(self, lines: Sequence[bytes], places: Places) -> None:
        said = b" ".join(bytes(line) for line in lines)
        words = sentence(said.decode("utf-8", "replace")).rstrip(".")
        if any(mark.lower() in said.lower() for mark in _BUSY):
            raise SlowDown(
                f"{self._where} doesn't let us in just now: {words}. It is tried again by itself.",
                until=self._clock() + SLOW_DOWN,
            )
        raise not_accepted(self._where, places, words, "")

    # --- asking ------------------------------------------------------------------------------

    async def _wait(self, what: Coroutine[Any, Any, T] | asyncio.Task[T], seconds: float = 0) -> T:
        """What an answer says, unless the connection breaks or it takes too long."""
        task: asyncio.Task[T] = asyncio.ensure_future(what)
        ends: set[asyncio.Future[Any]] = {task, self._client.protocol.lost}
        try:
            await asyncio.wait(
                ends, timeout=seconds or self._seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if task.done() and not task.cancelled():
                return task.result()
        except (AioImapException, TimeoutError):
            pass
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        happened = f"The connection to the mailbox at {self._where} broke."
        raise Unreachable(
            f"{happened} Nothing was sent; it is tried again by itself.", happened=happened
        )

    def _ok(self, answer: Any, what: str) -> list[bytes]:  # noqa: ANN401 - aioimaplib has no types
        lines = [bytes(line) for line in answer.lines]
        if answer.result != "OK":
            words = sentence((lines[-1] if lines else b"").decode("utf-8", "replace")).rstrip(".")
            raise Unreachable(f"{self._where} couldn't {what}: {words}. Nothing was sent.")
        return lines

    @property
    def pushes(self) -> bool:
        """True where the server says by itself that something arrived."""
        return not self._refuses_idle and "IDLE" in {
            name.upper() for name in self._client.protocol.capabilities
        }

    @property
    def is_gmail(self) -> bool:
        """True for Gmail, which files what it sends."""
        return "X-GM-EXT-1" in self._client.protocol.capabilities

    async def folders(self) -> list[tuple[str, str]]:
        """The folders: what each is marked as, and its name as the server writes it."""
        return listed(self._ok(await self._wait(self._client.list('""', "*")), "list its folders"))

    async def examine(self, name: str) -> Folder:
        """Open a folder without changing anything in it."""
        answer = await self._wait(self._client.examine(quoted(name)))
        text = b"\n".join(self._ok(answer, f"open the folder {name}"))
        self._client.protocol.state = SELECTED
        self._folder = name
        return folder(text)

    async def status(self, name: str) -> Folder:
        """How a folder is, without opening it."""
        answer = await self._wait(self._client.status(quoted(name), "(UIDNEXT UIDVALIDITY)"))
        return folder(b"\n".join(self._ok(answer, f"look at the folder {name}")))

    async def search(self, *criteria: str) -> list[int]:
        """The ids of the messages that fit, in the open folder, lowest first."""
        answer = await self._wait(self._client.uid_search(*criteria, charset=None))
        lines = self._ok(answer, "search")
        return sorted({int(word) for line in lines[:-1] for word in line.split() if word.isdigit()})

    async def fetch(self, uids: Sequence[int]) -> list[Fetched]:
        """Messages of the open folder, their first half megabyte each. Nothing becomes read."""
        if not uids:
            return []
        named = ",".join(str(uid) for uid in uids)
        answer = await self._wait(
            self._client.uid(
                "FETCH", named, f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{WHOLE}>)"
            ),
            self._seconds * 4,
        )
        self._ok(answer, "give its messages")
        return fetched(answer.lines)

    async def append(self, name: str, raw: bytes) -> None:
        """Put a message into a folder, as read."""
        answer = await self._wait(self._client.append(raw, quoted(name), "\\Seen"))
        self._ok(answer, f"file a copy in {name}")

    async def idle(self, seconds: float) -> bool:
        """Wait until something arrives in the open folder; False: nothing did in this time, or the
        server doesn't push after all."""
        protocol = self._client.protocol
        if protocol.news.is_set():
            return True
        # The library's own timer must not fire within this wait.
        try:
            idling = await self._wait(self._client.idle_start(seconds + 3_600))
        except Unreachable:
            if protocol.lost.done() or self._client.has_pending_idle():
                raise
            self._refuses_idle = True
            return False
        try:
            waiting = asyncio.ensure_future(protocol.news.wait())
            try:
                ends: set[asyncio.Future[Any]] = {waiting, protocol.lost, idling}
                done, _ = await asyncio.wait(
                    ends,
                    timeout=seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                waiting.cancel()
            if protocol.lost in done or idling in done:
                await self._wait(_never(), 0.01)
            self._client.idle_done()
            await self._wait(idling)
        finally:
            if not idling.done():
                idling.cancel()
        return protocol.news.is_set()

    async def rest(self, seconds: float) -> None:
        """Wait this long, unless the connection breaks."""
        lost = self._client.protocol.lost
        done, _ = await asyncio.wait({lost}, timeout=seconds)
        if done:
            await self._wait(_never(), 0.01)
        await self._wait(self._client.noop())

    def taken(self) -> None:
        """From here on, what arrives is news."""
        self._client.protocol.news.clear()

    async def close(self) -> None:
        """Let go. Safe to call twice."""
        client = self._client
        task = client.connecting
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        client.let_go_of_timer()
        for left in [*client.tasks, *client.protocol.tasks]:
            left.cancel()
        transport = client.protocol.transport
        if transport is not None and not client.protocol.lost.done():
            transport.write(b"ZZ LOGOUT\r\n")
            transport.close()
            _, late = await asyncio.wait({client.protocol.lost}, timeout=1.0)
            if late:
                transport.abort()


async def _never() -> None:
    await asyncio.get_running_loop().create_future()
