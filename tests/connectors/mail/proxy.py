"""Bad luck in front of mail servers: breaks the next handover, cuts connections, goes away.

Knows SMTP line by line, as a client without pipelining speaks it; IMAP passes through as bytes.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.contract.partner import Fault

REPLIES = {
    Fault.TOO_MANY: (b"RCPT", b"450 4.2.1 You send too much, try again later\r\n"),
    Fault.KEY_DEAD: (b"AUTH", b"535 5.7.8 Error: authentication failed\r\n"),
    Fault.NO_RIGHT: (b"MAIL", b"550 5.7.60 Client does not have permissions to send as this\r\n"),
    Fault.TOO_LONG: (b"MAIL", b"552 5.3.4 Message size exceeds fixed limit\r\n"),
    Fault.BLOCKED: (b"RCPT", b"550 5.7.1 The recipient does not want mail from you\r\n"),
}
"""Which command the server says no to, and how."""
AT_THE_DOT = frozenset({Fault.ANSWER_LOST, Fault.ANSWER_GARBLED, Fault.REQUEST_LOST})
FAULTS = frozenset(REPLIES) | AT_THE_DOT | {Fault.NO_ROUTE}


class MailProxy:
    """Stands in front of an IMAP and an SMTP server."""

    def __init__(self, imap: int, smtp: int) -> None:
        self._upstream = {"imap": imap, "smtp": smtp}
        self.ports = {"imap": 0, "smtp": 0}
        self._servers: list[asyncio.Server] = []
        self._open: dict[str, set[asyncio.StreamWriter]] = {"imap": set(), "smtp": set()}
        self._next: list[Fault] = []
        self.handed = 0
        """Mails that went through to the server."""

    async def start(self) -> None:
        for name, serve in (("imap", self._imap), ("smtp", self._smtp)):
            server = await asyncio.start_server(
                serve, "127.0.0.1", self.ports[name], limit=64_000_000
            )
            self.ports[name] = server.sockets[0].getsockname()[1]
            self._servers.append(server)

    async def stop(self) -> None:
        """Nothing answers at either address."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self.cut("imap")
        self.cut("smtp")

    def cut(self, name: str = "imap") -> None:
        """End every connection."""
        for writer in list(self._open[name]):
            writer.transport.abort()
        self._open[name].clear()

    def break_next(self, fault: Fault) -> None:
        """Break the next handover."""
        self._next.append(fault)

    async def _imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, here = await asyncio.open_connection("127.0.0.1", self._upstream["imap"])
        except OSError:
            writer.transport.abort()
            return
        self._open["imap"] |= {writer, here}
        try:
            # On the way out, whoever still waits here is cancelled: nothing to tell of.
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(reader, here))
                both.create_task(_pour(there, writer))
        finally:
            self._open["imap"] -= {writer, here}
            writer.close()
            here.close()

    async def _smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._next and self._next[0] is Fault.NO_ROUTE:
            self._next.pop(0)
            writer.transport.abort()
            return
        here: asyncio.StreamWriter | None = None
        self._open["smtp"].add(writer)
        try:
            there, here = await asyncio.open_connection(
                "127.0.0.1", self._upstream["smtp"], limit=64_000_000
            )
            self._open["smtp"].add(here)
            writer.write(await _reply(there))
            while line := await reader.readline():
                if not await self._command(line, reader, writer, there, here):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open["smtp"] -= {writer}
            writer.close()
            if here is not None:
                self._open["smtp"] -= {here}
                here.close()

    async def _command(
        self,
        line: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        here: asyncio.StreamWriter,
    ) -> bool:
        verb = line[:4].upper()
        fault = self._next[0] if self._next else None
        if fault in REPLIES and REPLIES[fault][0] == verb:
            self._next.pop(0)
            writer.write(REPLIES[fault][1])
            return True
        here.write(line)
        answer = await _reply(there)
        if verb != b"DATA" or not answer.startswith(b"354"):
            writer.write(answer)
            return verb != b"QUIT"
        writer.write(answer)
        body = await reader.readuntil(b"\r\n.\r\n")
        if fault in AT_THE_DOT:
            self._next.pop(0)
            if fault is not Fault.REQUEST_LOST:
                here.write(body)
                await _reply(there)
                self.handed += 1
            if fault is Fault.ANSWER_GARBLED:
                writer.write(b"<!DOCTYPE html><h1>Welcome to our wifi</h1>\r\n")
                await writer.drain()
            writer.transport.abort() if fault is not Fault.ANSWER_GARBLED else writer.close()
            return False
        here.write(body)
        writer.write(await _reply(there))
        self.handed += 1
        return True


async def _reply(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while True:
        line = await reader.readline()
        if not line:
            raise OSError("the server hung up")
        whole += line
        if line[3:4] != b"-":
            return whole


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()
