"""One network over HTTP: a session with limits, whose outcomes say what is known and no more.

The story is in `_outcome` and `Http.ask`. For a request that posts something, the line is drawn
where the request may have begun to leave: before it, `Unreachable`; after it, `Doubtful`, until an
answer that can be read says otherwise. For a request that only reads, a lost answer is
`Unreachable`, for nothing was asked to be posted.

What goes out: always a User-Agent, the key only to the server's own origin, TLS verified, plain
http only to this machine or by the account's explicit setting, no redirect followed. What comes
in: bodies up to a cap, in bounded time. Secrets are taken out of every text that leaves here.
aiohttp is imported at the first request, after the first paint.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.answers import (
    LONGEST_WAIT,
    POSTING,
    SIGNING_IN,
    Answer,
    Asking,
    RefusalReader,
    WaitReader,
    refusal_of,
    until_reset,
    waiting_time,
    why_lost,
)
from connectors.contract import (
    Clock,
    ConnectorError,
    Doubtful,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.html import sentence

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

USER_AGENT = "Greenroom/0.1 (support console)"
BODY_CAP = 8 * 1024 * 1024
"""Bytes of an answer, decompressed, beyond which we stop reading."""
CONNECT_SECONDS = 10.0
READ_SECONDS = 25.0
TOTAL_SECONDS = 30.0
Params = Sequence[tuple[str, str]]


class BadAddress(Unreachable):
    """The server's address can't be used as it is; nothing was tried."""


def base_of(address: str, *, allow_plain: bool = False) -> str:
    """The origin of a server, from what a person wrote: `social.example`, an URL, `@me@social...`.

    Raises `BadAddress` in words.
    """
    text = address.strip()
    if not text:
        raise BadAddress(
            "No server was given. Nothing was sent. Give it as social.example or "
            "https://social.example."
        )
    if "://" not in text:
        text = "https://" + text.rsplit("@", 1)[-1]
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if (
        not host
        or parts.scheme not in ("http", "https")
        or re.search(r"[\s\x00-\x1f<>\"'\\]", host)
        or ("." not in host and ":" not in host and not is_loopback(host))
    ):
        raise BadAddress(
            f"“{sentence(address, 80)}” is not the address of a server. Nothing was sent. "
            "Give it as social.example or https://social.example."
        )
    if parts.scheme == "http" and not (allow_plain or is_loopback(host)):
        raise BadAddress(
            f"http://{host} isn't encrypted, so the account's key would be readable on the way. "
            'Nothing was sent. Use https, or set allow_plain_http = "yes" for this account if the '
            "network between is yours."
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def is_loopback(host: str) -> bool:
    """True where a host is this machine, by name or number; no look-up is made."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Http:
    """The session of one account with one server."""

    def __init__(
        self,
        base: str,
        *,
        clock: Clock,
        read_wait: WaitReader = until_reset,
        read_refusal: RefusalReader = refusal_of,
        total: float = TOTAL_SECONDS,
        connect: float = CONNECT_SECONDS,
        asking: Asking = POSTING,
    ) -> None:
        self.base = base
        self.where = urlsplit(base).netloc
        self.clock = clock
        self._read_wait = read_wait
        self._read_refusal = read_refusal
        self.asking = asking
        """What requests ask for that don't say it."""
        self._total = total
        self._connect = connect
        self._token: str | None = None
        self._secrets: list[str] = []
        self._reading: aiohttp.ClientSession | None = None
        self._posting: aiohttp.ClientSession | None = None
        self._quiet: dict[str, datetime] = {}

    def use_token(self, token: str | None) -> None:
        """Send this key with every request from now on, and keep it out of every text."""
        self._token = token
        if token:
            self.hide([token])

    def hide(self, secrets: Iterable[str]) -> None:
        """Keep these out of every text."""
        self._secrets += [secret for secret in secrets if secret]

    def redact(self, text: str) -> str:
        """The text without any secret."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return re.sub(r"(?i)(bearer\s+|(?:token|secret|code|password)=)[^\s&\"']+", r"\1…", text)

    async def get(self, path: str, params: Params = (), *, bucket: str = "read") -> Answer:
        """Read something. Raises `ConnectorError` unless the answer is 2xx."""
        return await self.ask("GET", path, params=params, posts=False, bucket=bucket)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        form: Params | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        posts: bool,
        bucket: str,
        bare: bool = False,
        asking: Asking | None = None,
    ) -> Answer:
        """One request, whose answer is 2xx; raises `ConnectorError` for everything else.

        `posts`: it changes what stands there, so what is unknown is `Doubtful`. `asking` words
        what a failure means. `bucket`
        names what the server counts it under: one that is used up isn't asked again before its
        time. `bare` sends no key.
        """
        asking = asking or self.asking
        now = self.clock()
        quiet = self._quiet.get(bucket)
        if quiet is not None and now < quiet:
            raise SlowDown(
                f"{self.where} asked us to wait. Nothing was sent; Greenroom goes on by itself.",
                until=quiet,
            )
        answer = await self.exchange(
            method,
            path,
            params=params,
            form=form,
            json=json,
            headers=headers,
            posts=posts,
            bare=bare,
            asking=asking,
        )
        self._note_budget(answer, bucket)
        if answer.ok:
            return answer
        raise self._outcome(answer, posts=posts, bucket=bucket, asking=asking)

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        form: Params | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        posts: bool,
        bare: bool = False,
        asking: Asking | None = None,
    ) -> Answer:
        """One request and its answer, whatever its status. Raises `Unreachable` or `Doubtful`."""
        import aiohttp

        asking = asking or self.asking
        session = self._session(fresh=method != "GET")
        left = [False]
        # What aiohttp raises knows the whole request, its key included: nothing of it is kept.
        lost: ConnectorError
        sent = dict(headers or {})
        if self._token and not bare:
            sent["Authorization"] = f"Bearer {self._token}"
        try:
            async with session.request(
                method,
                self.base + path,
                params=list(params) or None,
                data=aiohttp.FormData(list(form)) if form is not None else None,
                json=json,
                headers=sent,
                allow_redirects=False,
                trace_request_ctx=left,
            ) as response:
                body = await self._body(response)
                answer = Answer(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=body,
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as trouble:
            # A network may have the key in its path.
            log.debug("%s %s failed: %s", method, self.redact(path), type(trouble).__name__)
            lost = self._lost(trouble, left=left[0], posts=posts, asking=asking)
        else:
            log.debug("%s %s -> %s", method, self.redact(path), answer.status)
            return answer
        raise lost

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for piece in response.content.iter_any():
            size += len(piece)
            if size > BODY_CAP:
                raise ValueError("the answer is too big")
            pieces.append(piece)
        return b"".join(pieces)

    def _lost(
        self, trouble: Exception, *, left: bool, posts: bool, asking: Asking
    ) -> ConnectorError:
        """What is known when there is no answer. `left`: the request may have begun to leave."""
        why = self.redact(why_lost(trouble))
        # aiohttp asks once more by itself for what may be asked twice (PUT, DELETE): that nothing
        # answers the second time says nothing of the first.
        if posts and left:
            return Doubtful(
                f"{self.where} was asked, but its answer was lost ({why}). {asking.perhaps}"
            )
        return Unreachable(f"{self.where} can't be reached ({why}). {asking.unheard}")

    def _outcome(
        self, answer: Answer, *, posts: bool, bucket: str, asking: Asking
    ) -> ConnectorError:
        """What an answer that isn't 2xx means."""
        status = answer.status
        said = self.redact(answer.words())
        theirs = f" It says: “{said}”" if said else ""
        if status == 429:
            until = waiting_time(answer.headers, self.clock(), self._read_wait)
            self._quiet[bucket] = until
            goes_on = "" if asking is SIGNING_IN else " Greenroom goes on by itself."
            return SlowDown(f"{self.where} asked us to wait. {asking.undone}{goes_on}", until=until)
        if status == 401 and asking is SIGNING_IN:
            return Unauthorised(
                f"{self.where} doesn't accept this key. {asking.undone} Check it and run the "
                f"command again.{theirs}"
            )
        if status == 401:
            return Unauthorised(
                f"{self.where} doesn't accept this account's key any more. {asking.undone} "
                f"Sign in again with “greenroom account add”.{theirs}"
            )
        if 300 <= status < 400:
            return Refused(
                f"{self.where} points to another address instead of answering. {asking.undone} "
                "Check the account's server; it may have moved."
            )
        if 400 <= status < 500 and status not in (408, 425, 499):
            return self._read_refusal(self.where, answer, said, asking)
        if posts:
            return Doubtful(
                f"{self.where} reported an error of its own ({status}), so it isn't known what "
                f"came of it. {asking.perhaps}{theirs}"
            )
        return Unreachable(
            f"{self.where} has trouble of its own ({status}). {asking.unheard}{theirs}"
        )

    def _note_budget(self, answer: Answer, bucket: str) -> None:
        """Stop asking before the server has to tell us to."""
        left = answer.headers.get(
            "x-ratelimit-remaining", answer.headers.get("ratelimit-remaining")
        )
        if left is not None and left.strip() == "0" and answer.status != 429:
            now = self.clock()
            until = self._read_wait(answer.headers, now)
            if until is not None and until > now:
                self._quiet[bucket] = min(until, now + LONGEST_WAIT)

    def _session(self, *, fresh: bool) -> aiohttp.ClientSession:
        """What isn't only a look gets a connection of its own each time: on a kept one that the
        server has just closed (snac2 always does), nobody can tell whether it was read."""
        session = self._posting if fresh else self._reading
        if session is None or session.closed:
            session = self._made(fresh=fresh)
            if fresh:
                self._posting = session
            else:
                self._reading = session
        return session

    def _made(self, *, fresh: bool) -> aiohttp.ClientSession:
        import aiohttp

        async def leaves(_session: object, context: SimpleNamespace, _params: object) -> None:
            flag = context.trace_request_ctx
            if flag is not None:
                flag[0] = True

        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(leaves)
        trace.on_connection_reuseconn.append(leaves)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=fresh, limit=8),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(
                total=self._total,
                connect=self._connect,
                sock_read=max(READ_SECONDS, self._total - CONNECT_SECONDS / 2),
            ),
            trace_configs=[trace],
            trust_env=False,
        )

    def streaming_session(self) -> aiohttp.ClientSession:
        """The session for streams; the caller gives each request its own time limits."""
        return self._session(fresh=False)

    def bearer(self) -> dict[str, str]:
        """The header that carries the key."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    @property
    def token(self) -> str | None:
        """The key, for the rare handshake that takes it elsewhere than in a header."""
        return self._token

    async def close(self) -> None:
        """Close every connection. Safe to call twice."""
        for session in (self._reading, self._posting):
            if session is not None and not session.closed:
                await session.close()
        self._reading = self._posting = None
