"""Signing in to Bluesky with an app password, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.answers import SIGNING_IN
from connectors.bluesky import wire
from connectors.bluesky.opening import CHATS, opened
from connectors.bluesky.refusals import NO_MESSAGES, refused
from connectors.bluesky.session import Session, created
from connectors.contract import Clock, SignedIn, Talk, Unauthorised
from connectors.http import Http, base_of

USUAL = "https://bsky.social"
WHOLE = "com.atproto.access"
"""The scope of a session that was made with the account's own password."""


async def sign_in(talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
    """Sign in with an app password and say hello. Raises `ConnectorError`."""
    plain = given.get("allow_plain_http") == "yes"
    server = base_of(given.get("server") or USUAL, allow_plain=plain)
    named = given.get("identifier") or await talk.ask(
        "The account's handle? (such as shop.bsky.social, without the @)"
    )
    identifier = named.strip().lstrip("@")
    password = given.get("token", "").strip()
    if not password:
        talk.say(
            "Greenroom signs in with an app password, which you can take back at any time. In "
            "Bluesky, signed in as the shop: Settings, Privacy and security, App passwords, Add "
            "App Password. Name it Greenroom and tick “Allow access to your direct messages”: "
            "without it customers can only be answered in public."
        )
        password = (await talk.ask("Paste the app password:", secret=True)).strip()
    if not identifier or not password:
        raise Unauthorised(
            "The handle or the app password is missing. Nothing was stored. Run the command again."
        )
    first = Http(server, clock=clock, read_refusal=refused, asking=SIGNING_IN)
    try:
        found = await created(first, identifier, password)
    except Unauthorised as no:
        if server != USUAL:
            raise
        raise Unauthorised(
            f"{no.words} If the account is on a server of its own, name it with --server."
        ) from None
    finally:
        await first.close()
    if wire.scope(found.access) == WHOLE:
        raise Unauthorised(
            "That is the account's own password, which lets whoever has it do anything. Nothing "
            "was stored. Make an app password in Bluesky (Settings, Privacy and security, App "
            "passwords) and run the command again."
        )
    home = home_of(found.pds, server, plain=plain)
    http = Http(home, clock=clock, read_refusal=refused, asking=SIGNING_IN)
    session = Session(http, identifier=found.did, password=password, kept="", keep=None)
    try:
        await session.adopt(found)
        hello, _ = await opened(http, session, found.did)
    finally:
        await http.close()
    settings = {"server": home, "identifier": identifier, "did": found.did}
    if plain:
        settings["allow_plain_http"] = "yes"
    missing = () if hello.facts.get(CHATS) == "yes" else (NO_MESSAGES,)
    return SignedIn(settings=settings, secrets={"token": password}, hello=hello, missing=missing)


def home_of(pds: str | None, asked: str, *, plain: bool) -> str:
    """The account's own server: the one that its DID document names, else the one we asked.

    Who is asked over https doesn't send us to plain http. Raises `BadAddress`.
    """
    if pds is None:
        return asked
    home = base_of(pds, allow_plain=plain)
    if urlsplit(asked).scheme == "https" and urlsplit(home).scheme != "https":
        return asked
    return home
