"""Our session with an account's server: kept between starts, and renewed by one at a time.

An access token lasts two hours, and the token that renews it is good for one use. So the lock: of
two who find the access token expired, one renews. And so the order: what a renewal gives is kept
before it is used. A kill in between leaves the former token kept, which the reference server takes
again for two hours, giving the same successor; where it doesn't, the app password makes a new
session. So nothing that dies at any moment locks us out. (Each account may make 30 sessions in five
minutes and 300 a day, which is why a session is kept at all.)
"""

from __future__ import annotations

import asyncio
import json
import logging

from connectors.answers import SIGNING_IN, Answer
from connectors.bluesky import wire
from connectors.bluesky.heard import Tokens
from connectors.bluesky.refusals import Expired
from connectors.bluesky.shapes import Odd
from connectors.contract import ConnectorError, Keep, Refused, SlowDown, Unauthorised, Unreachable
from connectors.http import Http

log = logging.getLogger(__name__)

KEPT = "session"
"""The name of the secret that holds the session."""
BUCKET = "session"
CREATE = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"


class Session:
    """The tokens of one account, as they are now."""

    def __init__(
        self, http: Http, *, identifier: str, password: str, kept: str, keep: Keep | None
    ) -> None:
        self.http = http
        self._identifier = identifier
        self._password = password
        self._keep = keep
        self._lock = asyncio.Lock()
        self._access, self._refresh = _read(kept)
        http.hide([password, self._access, self._refresh])

    async def begin(self) -> None:
        """Take up what was kept, or make a session. Raises `ConnectorError`."""
        if self._access:
            self.http.use_token(self._access)
        else:
            async with self._lock:
                await self._take(await created(self.http, self._identifier, self._password))

    async def adopt(self, found: Tokens) -> None:
        """Take up a session that was just made."""
        async with self._lock:
            await self._take(found)

    async def renew(self, stale: str | None) -> None:
        """Have a token other than the stale one. Raises `ConnectorError`."""
        async with self._lock:
            if self._access and self._access != stale:
                return
            await self._take(await self._renewed())

    async def _renewed(self) -> Tokens:
        if self._refresh:
            try:
                answer = await self.http.ask(
                    "POST",
                    REFRESH,
                    headers={"Authorization": f"Bearer {self._refresh}"},
                    posts=False,
                    bucket=BUCKET,
                    bare=True,
                )
                return _tokens(self.http, answer)
            except (Expired, Refused, Unauthorised) as no:
                # It was used up, revoked or is too old: only the password helps.
                log.debug("the session could not be renewed: %s", no.words)
        return await created(self.http, self._identifier, self._password)

    async def _take(self, found: Tokens) -> None:
        self.http.hide([found.access, found.refresh])
        if self._keep is not None:
            await self._keep(KEPT, json.dumps({"access": found.access, "refresh": found.refresh}))
        self._access, self._refresh = found.access, found.refresh
        self.http.use_token(found.access)


async def created(http: Http, identifier: str, password: str) -> Tokens:
    """A new session. Raises `ConnectorError`; `Unauthorised` where the password isn't taken."""
    http.hide([password])
    try:
        answer = await http.ask(
            "POST",
            CREATE,
            json={"identifier": identifier, "password": password},
            posts=False,
            bucket=BUCKET,
            bare=True,
        )
    except SlowDown as slow:
        goes_on = (
            "stored; try again later" if http.asking is SIGNING_IN
            else "sent; Greenroom goes on by itself"
        )  # fmt: skip
        raise SlowDown(
            f"{http.where} takes no more sign-ins of this account for now (30 in five minutes, 300 "
            f"a day). Nothing was {goes_on}.",
            until=slow.until,
        ) from None
    except Unauthorised:
        how = "Make a new one in Bluesky (Settings, Privacy and security, App passwords) and run"
        if http.asking is SIGNING_IN:
            raise Unauthorised(
                f"{http.where} lets nobody in as {identifier} with this app password. Nothing was "
                f"stored. Check both; the app password may have been taken back. {how} the "
                "command again."
            ) from None
        raise Unauthorised(
            f"{http.where} doesn't take the account's app password any more; it may have been "
            f"taken back. Nothing was sent; your words are kept. {how} “greenroom account add "
            "bluesky”."
        ) from None
    except (Refused, Expired) as no:
        raise Unauthorised(no.words) from None
    return _tokens(http, answer)


def _tokens(http: Http, answer: Answer) -> Tokens:
    try:
        return wire.tokens(answer.body)
    except Odd as trouble:
        raise _not_one(http, trouble) from None


def _not_one(http: Http, trouble: Odd) -> ConnectorError:
    return Unreachable(
        f"{http.where} doesn't answer as a server of Bluesky's network does ({trouble}). Nothing "
        "was sent. Check the account's server."
    )


def _read(kept: str) -> tuple[str, str]:
    """The tokens that were kept; empty where there are none that can be read."""
    try:
        raw = json.loads(kept)
        access, refresh = raw["access"], raw["refresh"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", ""
    both = isinstance(access, str) and isinstance(refresh, str) and refresh
    return (access, refresh) if both else ("", "")
