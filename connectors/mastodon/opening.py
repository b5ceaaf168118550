"""Learning what a server is, who we are there, and what stands in a merchant's way."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.contract import (
    Address,
    Hello,
    Reason,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.http import Http
from connectors.mastodon import instance, wire
from connectors.mastodon.api import READING, Api
from connectors.mastodon.instance import Facts
from connectors.mastodon.wire import Odd, Raw, Us


async def opened(http: Http) -> tuple[Hello, Facts, Api]:
    """Say hello with the key that `http` has. Raises `ConnectorError`."""
    known = await server(http)
    account = await whoami(http, known)
    us = instance.us(account, known)
    api = Api(http, us)
    policy = await api.policy()
    return (
        instance.hello(account, known, http.where, instance.advice(policy) if policy else ()),
        known,
        api,
    )


async def server(http: Http) -> Facts:
    """What the server says of itself: v2, else v1, and its nodeinfo. Raises `ConnectorError`."""
    raw: Raw | None = None
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            answer = await http.ask("GET", path, posts=False, bucket=READING, bare=True)
            raw = wire.thing(answer.body)
            break
        except Refused as no:
            if no.reason is Reason.NOT_ALLOWED:
                # Some servers tell nothing to strangers.
                raw = await _signed(http, path)
                if raw is not None:
                    break
        except Odd:
            continue
    if raw is None:
        raise Unreachable(
            f"{http.where} doesn't answer as a server of the Mastodon API does. Nothing was sent. "
            "Check the account's server."
        )
    return instance.facts(http.base, raw, await _nodeinfo(http))


async def whoami(http: Http, known: Facts) -> Address:
    """Our account. Raises `ConnectorError`; `Unauthorised` where the key isn't accepted."""
    try:
        answer = await http.get("/api/v1/accounts/verify_credentials", bucket=READING)
    except Refused as no:
        if no.reason is Reason.UNKNOWN:
            # snac2 says 422 with an empty body to a dead key.
            raise Unauthorised(
                f"{http.where} doesn't accept this account's key. Nothing was sent. Sign in again "
                "with “greenroom account add mastodon”."
            ) from None
        raise
    try:
        raw = wire.thing(answer.body)
        found = wire.address(raw, Us("", "", frozenset(known.domains)))
    except Odd as trouble:
        raise Unreachable(
            f"{http.where} gave an answer that isn't one of its API ({trouble}). Nothing was sent; "
            "Greenroom tries again by itself."
        ) from None
    handle = found.handle
    if "@" not in handle[1:] and known.domains:
        handle += "@" + known.domains[-1]
    return Address(
        remote_id=found.remote_id,
        handle=handle,
        name=found.name,
        url=found.url,
        automated=found.automated,
    )


async def _signed(http: Http, path: str) -> Raw | None:
    try:
        return wire.thing((await http.get(path, bucket=READING)).body)
    except (Refused, Odd):
        return None


async def _nodeinfo(http: Http) -> Raw:
    """The server's nodeinfo, from the server itself; empty where it has none."""
    try:
        answer = await http.ask(
            "GET", "/.well-known/nodeinfo", posts=False, bucket=READING, bare=True
        )
        links = wire.thing(answer.body).get("links")
        for link in reversed(links) if isinstance(links, list) else ():
            href = link.get("href") if isinstance(link, dict) else None
            if not isinstance(href, str) or len(href) > 500:
                continue
            # Only the path is taken: nobody else's server is asked on this one's word.
            path = urlsplit(href).path
            if "nodeinfo" not in path:
                continue
            found = await http.ask("GET", path, posts=False, bucket=READING, bare=True)
            return wire.thing(found.body)
    except (Refused, Odd, ValueError, Unreachable):
        return {}
    return {}
