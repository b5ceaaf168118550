"""A mail server on loopback, as small as the connector lets it be: IMAP and SMTP over one store.

It speaks only what RFC 3501, 2177 and 5321 say of the commands it knows, and says BAD to others.
"""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import re
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass
class Kept:
    uid: int
    raw: bytes
    at: datetime


@dataclass
class Box:
    validity: int
    mails: list[Kept] = field(default_factory=list)
    next_uid: int = 1

    def put(self, raw: bytes, at: datetime | None = None) -> int:
        uid = self.next_uid
        self.next_uid += 1
        self.mails.append(Kept(uid, raw, at or datetime.now(UTC)))
        return uid


class MailFake:
    """The server. `files_sent`: it keeps a copy of what is sent, as Gmail does."""

    domain = "example.test"

    def __init__(self, people: tuple[str, ...], *, files_sent: bool = True, idle: bool = True):
        self.people = people
        self.passwords = {f"{name}@{self.domain}": f"of-the-tests-{name}" for name in people}
        self.tokens: dict[str, str] = {}
        self.files_sent = files_sent
        self.idle = idle
        self.boxes: dict[str, dict[str, Box]] = {}
        self.bouncing: set[str] = set()
        self.said: list[bytes] = []
        self.cuts: dict[str, int] = {}
        """`imap` or `smtp` -> after so many lines from clients a connection breaks, once."""
        self.ports = {"imap": 0, "smtp": 0}
        self._changed = asyncio.Condition()
        self._heard = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        for name in people:
            self.boxes[f"{name}@{self.domain}"] = {"INBOX": Box(100), "Sent": Box(200)}

    async def start(self) -> None:
        for name, serve in (("imap", self._imap), ("smtp", self._smtp)):
            server = await asyncio.start_server(
                serve, "127.0.0.1", self.ports[name], limit=64_000_000
            )
            self.ports[name] = server.sockets[0].getsockname()[1]
            self._servers.append(server)

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    def hear(self, line: bytes) -> None:
        """A line from a client, over IMAP."""
        self.said.append(line)
        self._heard.set()
        self._cut("imap")

    def _cut(self, kind: str) -> None:
        """Break the connection instead of answering, if this is the line for it."""
        if kind in self.cuts:
            self.cuts[kind] -= 1
            if self.cuts[kind] <= 0:
                del self.cuts[kind]
                raise OSError("cut")

    async def heard(self) -> None:
        """Wait for the next line."""
        self._heard.clear()
        await self._heard.wait()

    # --- the store ----------------------------------------------------------------------------

    async def deliver(self, to: str, raw: bytes, *, at: datetime | None = None) -> None:
        """A mail arrives."""
        async with self._changed:
            self.boxes[to.lower()]["INBOX"].put(raw, at)
            self._changed.notify_all()

    async def file(self, who: str, raw: bytes) -> None:
        """A mail is put among what somebody sent."""
        async with self._changed:
            self.boxes[who]["Sent"].put(raw)
            self._changed.notify_all()

    def renumber(self, who: str, name: str = "INBOX") -> None:
        """The folder is made anew: other ids, under another UIDVALIDITY."""
        old = self.boxes[who][name]
        new = Box(old.validity + 1, next_uid=1000)
        for kept in old.mails:
            new.put(kept.raw, kept.at)
        self.boxes[who][name] = new

    async def _taken(self, sender: str, to: list[str], raw: bytes) -> None:
        for one in to:
            if one.lower() in self.bouncing or one.lower() not in self.boxes:
                await self.deliver(sender, self.report(raw, one))
            else:
                await self.deliver(one, b"Return-Path: <" + sender.encode() + b">\r\n" + raw)
        if self.files_sent:
            await self.file(sender, raw)

    def report(self, raw: bytes, to: str, action: str = "failed") -> bytes:
        """A delivery report as RFC 3464 draws it."""
        head = raw.partition(b"\r\n\r\n")[0]
        return (
            b"Return-Path: <>\r\nFrom: MAILER-DAEMON@example.test (Mail Delivery System)\r\n"
            b"To: support@example.test\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            b"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            b"Message-ID: <report." + str(len(self.said)).encode() + b"@example.test>\r\n"
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="BB"\r\n\r\n'
            b"--BB\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n"
            b"--BB\r\nContent-Type: message/delivery-status\r\n\r\n"
            b"Reporting-MTA: dns; mail.example.test\r\n\r\n"
            b"Final-Recipient: rfc822; " + to.encode() + b"\r\nAction: " + action.encode() + b"\r\n"
            b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user here\r\n\r\n"
            b"--BB\r\nContent-Type: text/rfc822-headers\r\n\r\n" + head + b"\r\n\r\n--BB--\r\n"
        )

    # --- SMTP ---------------------------------------------------------------------------------

    async def _smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        user, sender, to = "", "", []
        try:
            writer.write(b"220 mail.example.test ESMTP\r\n")
            while line := await reader.readline():
                self._cut("smtp")
                verb, _, rest = line.strip().partition(b" ")
                verb = verb.upper()
                if verb == b"EHLO":
                    writer.write(
                        b"250-mail.example.test\r\n250-AUTH PLAIN XOAUTH2\r\n"
                        b"250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250 SIZE 30000000\r\n"
                    )
                elif verb == b"AUTH":
                    user = self._known(*rest.split(b" ", 1))
                    if user:
                        writer.write(b"235 2.7.0 Authentication successful\r\n")
                    else:
                        writer.write(b"535 5.7.8 Error: authentication failed\r\n")
                elif verb == b"MAIL":
                    sender = re.search(rb"<(.*?)>", rest)[1].decode()
                    if not user:
                        writer.write(b"530 5.7.0 Authentication required\r\n")
                    else:
                        writer.write(b"250 2.1.0 Ok\r\n")
                elif verb == b"RCPT":
                    to.append(re.search(rb"<(.*?)>", rest)[1].decode())
                    writer.write(b"250 2.1.5 Ok\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    body = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                    self._cut("smtp")
                    raw = re.sub(rb"(?m)^\.\.", b".", body)
                    await self._taken(sender.lower(), to, raw)
                    to = []
                    writer.write(b"250 2.0.0 Ok: queued\r\n")
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"502 5.5.1 unknown\r\n")
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def _known(self, kind: bytes, said: bytes = b"") -> str:
        parts = base64.b64decode(said).decode()
        if kind.upper() == b"PLAIN":
            _, user, password = parts.split("\0")
            return user if self.passwords.get(user) == password else ""
        found = re.fullmatch(r"user=(.*)\x01auth=Bearer (.*)\x01\x01", parts)
        return found[1] if found and self.tokens.get(found[1]) == found[2] else ""

    # --- IMAP ---------------------------------------------------------------------------------

    async def _imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            writer.write(b"* OK ready\r\n")
            await _Talk(self, reader, writer).go()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()


class _Talk:
    """One IMAP connection."""

    def __init__(
        self, fake: MailFake, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.fake, self.reader, self.writer = fake, reader, writer
        self.user = ""
        self.name = ""
        self.count = 0

    @property
    def box(self) -> Box:
        return self.fake.boxes[self.user][self.name]

    def say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")

    def exists(self) -> None:
        if self.name and len(self.box.mails) != self.count:
            self.count = len(self.box.mails)
            self.say(f"* {self.count} EXISTS")

    async def go(self) -> None:
        while line := await self.reader.readline():
            self.fake.hear(line)
            tag, verb, *rest = line.decode().rstrip("\r\n").split(" ", 2)
            said = rest[0] if rest else ""
            if verb.upper() == "LOGOUT":
                return
            answer = getattr(self, f"on_{verb.lower()}", None)
            if answer is None:
                self.say(f"{tag} BAD unknown command")
                continue
            done = await answer(said, tag)
            self.say(f"{tag} {done or 'OK done'}")

    async def on_capability(self, said: str, tag: str) -> None:
        idle = " IDLE" if self.fake.idle else ""
        self.say(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SPECIAL-USE{idle}")

    async def on_login(self, said: str, tag: str) -> str | None:
        words = re.findall(r'"((?:\\.|[^"])*)"|(\S+)', said)
        user, password = (re.sub(r"\\(.)", r"\1", one) or other for one, other in words)
        if self.fake.passwords.get(user) != password:
            return "NO [AUTHENTICATIONFAILED] Authentication failed."
        self.user = user
        return None

    async def on_authenticate(self, said: str, tag: str) -> str | None:
        user = self.fake._known(*said.encode().split(b" ", 1))
        if user:
            self.user = user
            return None
        self.say("+ eyJzdGF0dXMiOiI0MDAifQ==")
        assert await self.reader.readline() == b"\r\n"
        return "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"

    async def on_list(self, said: str, tag: str) -> None:
        self.say('* LIST (\\HasNoChildren) "." INBOX')
        self.say('* LIST (\\HasNoChildren \\Sent) "." "Sent"')

    async def on_examine(self, said: str, tag: str) -> str | None:
        name = said.strip('"')
        if name not in self.fake.boxes[self.user]:
            return "NO no such folder"
        self.name = name
        self.count = len(self.box.mails)
        self.say(f"* {self.count} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.box.validity}] ids valid")
        self.say(f"* OK [UIDNEXT {self.box.next_uid}] next")
        return "OK [READ-ONLY] done"

    on_select = on_examine

    async def on_status(self, said: str, tag: str) -> None:
        name = said.split('"')[1]
        box = self.fake.boxes[self.user][name]
        self.say(f'* STATUS "{name}" (UIDNEXT {box.next_uid} UIDVALIDITY {box.validity})')

    async def on_noop(self, said: str, tag: str) -> None:
        self.exists()

    async def on_append(self, said: str, tag: str) -> None:
        name, size = said.split('"')[1], int(said.rpartition("{")[2].rstrip("}"))
        self.say("+ go on")
        raw = await self.reader.readexactly(size)
        await self.reader.readline()
        self.fake.boxes[self.user][name].put(raw)

    async def on_idle(self, said: str, tag: str) -> None:
        self.say("+ idling")
        self.exists()
        watching = asyncio.create_task(self._watch())
        try:
            line = await self.reader.readline()
            self.fake.hear(line)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        if not line:
            raise OSError("gone")

    async def _watch(self) -> None:
        while True:
            async with self.fake._changed:
                await self.fake._changed.wait_for(lambda: len(self.box.mails) != self.count)
            self.exists()

    async def on_uid(self, said: str, tag: str) -> str | None:
        verb, _, rest = said.partition(" ")
        if verb.upper() == "SEARCH":
            found = [str(one.uid) for one in self.box.mails if self._fits(one, rest)]
            self.say(f"* SEARCH {' '.join(found)}".rstrip())
            self.exists()
            return None
        if verb.upper() != "FETCH":
            return "BAD unknown"
        wanted = {int(one) for one in rest.partition(" ")[0].split(",")}
        first = bisect_left(self.box.mails, min(wanted), key=lambda one: one.uid)
        for number, one in enumerate(self.box.mails[first:], first + 1):
            if one.uid > max(wanted):
                break
            if one.uid in wanted:
                raw = one.raw[:524_288]
                at = one.at.astimezone(UTC)
                when = f"{at.day:2d}-{_MONTHS[at.month - 1]}-{at:%Y %H:%M:%S} +0000"
                self.writer.write(
                    f'* {number} FETCH (UID {one.uid} INTERNALDATE "{when}" RFC822.SIZE '
                    f"{len(one.raw)} BODY[]<0> {{{len(raw)}}}\r\n".encode()
                    + raw
                    + b")\r\n"
                )
        await self.writer.drain()
        return None

    def _fits(self, one: Kept, asked: str) -> bool:
        words = re.findall(r'"(?:\\.|[^"])*"|\S+', asked)
        while words:
            word = words.pop(0).upper()
            if word == "UID":
                low = int(words.pop(0).partition(":")[0])
                if one.uid < low and one is not self.box.mails[-1]:
                    return False
            elif word == "SINCE":
                day, month, year = words.pop(0).split("-")
                begin = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
                if one.at.astimezone(UTC) < begin:
                    return False
            elif word == "TEXT":
                if words.pop(0).strip('"').encode().lower() not in one.raw.lower():
                    return False
            elif word in ("FROM", "SUBJECT", "HEADER"):
                name = words.pop(0).strip('"') if word == "HEADER" else word
                sought = words.pop(0).strip('"').lower()
                message = email.message_from_bytes(one.raw, policy=email.policy.compat32)
                if not any(sought in str(v).lower() for v in message.get_all(name, [])):
                    return False
        return True


def yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)
