"""Signing in to a server of the Mastodon API: OAuth with a code to paste, or a token at hand.

Nothing listens on this machine and no browser is opened: the address is shown, the person signs in
wherever they like (on a phone, when this is a terminal over ssh), and pastes what they are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.answers import SIGNING_IN
from connectors.contract import Clock, Refused, SignedIn, Talk, Unauthorised, Unreachable
from connectors.http import Http, base_of
from connectors.mastodon import wire
from connectors.mastodon.api import READING
from connectors.mastodon.opening import opened
from connectors.mastodon.wire import Odd, Raw

SCOPES = (
    "read:accounts",
    "read:notifications",
    "read:statuses",
    "write:notifications",
    "write:statuses",
)
"""All that is asked for: who we are; mentions and the notification policy; posts, conversations
and streams; letting strangers in; posting and deleting our posts."""
OOB = "urn:ietf:wg:oauth:2.0:oob"
_LOST = {
    "read:accounts": "The account can't be identified, so Greenroom can't work with it.",
    "read:notifications": "What customers write can't be heard.",
    "read:statuses": "Conversations can't be shown, and a lost answer can't be looked up.",
    "write:notifications": "Strangers' messages that the server sets aside can't be let in.",
    "write:statuses": "Nothing can be answered.",
}


async def sign_in(talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
    """Sign in, check what the key may do, and say hello. Raises `ConnectorError`."""
    address = given.get("server") or await talk.ask("Which server? (such as social.example)")
    plain = given.get("allow_plain_http") == "yes"
    base = base_of(address, allow_plain=plain)
    http = Http(base, clock=clock, asking=SIGNING_IN)
    try:
        token = given.get("token", "").strip()
        granted: str | None = None
        if not token:
            token, granted = await _walk(http, talk)
        http.use_token(token)
        hello, _, _ = await opened(http)
        missing = await _missing(http, granted)
    finally:
        await http.close()
    settings = {"server": base}
    if plain:
        settings["allow_plain_http"] = "yes"
    return SignedIn(
        settings=settings, secrets={"token": token}, hello=hello, missing=tuple(missing)
    )


async def _walk(http: Http, talk: Talk) -> tuple[str, str | None]:
    """The OAuth walk; the key and the scopes that came with it."""
    app = await _ask(
        http,
        "/api/v1/apps",
        [
            ("client_name", "Greenroom"),
            ("redirect_uris", OOB),
            ("scopes", " ".join(SCOPES)),
        ],
    )
    client_id, client_secret = _text(app, "client_id", http), _text(app, "client_secret", http)
    http.hide([client_secret])
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": OOB,
            "scope": " ".join(SCOPES),
        }
    )
    talk.say(
        f"Open this address in a browser, sign in to {http.where} as the shop's account and allow "
        "Greenroom. You are then shown a code."
    )
    talk.say(f"{http.base}/oauth/authorize?{query}")
    code = code_in(await talk.ask("Paste the code, or the whole address you were sent to:"))
    if not code:
        raise Unauthorised(
            "There is no code in what was pasted. Nothing was stored. Run the command again and "
            "paste the code that the server shows after you allowed Greenroom."
        )
    http.hide([code])
    try:
        grant = await _ask(
            http,
            "/oauth/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("client_id", client_id),
                ("client_secret", client_secret),
                ("redirect_uri", OOB),
                ("scope", " ".join(SCOPES)),
            ],
        )
    except (Refused, Unauthorised) as no:
        raise Unauthorised(
            f"{http.where} didn't take the code: {no.words} Codes are good for one use and a few "
            "minutes. Run the command again for a new one."
        ) from None
    scope = grant.get("scope")
    return _text(grant, "access_token", http), scope if isinstance(scope, str) else None


def code_in(pasted: str) -> str:
    """The code in what a person pasted: bare, quoted, or within the address they were sent to."""
    text = pasted.strip().strip("\"'<>` ")
    if "code=" in text:
        found = parse_qs(urlsplit(text).query or text.partition("?")[2] or text).get("code", [""])
        text = found[0].strip()
    return text if re.fullmatch(r"[\w.~+/=:-]{1,2000}", text) else ""


async def _missing(http: Http, granted: str | None) -> list[str]:
    """What the key may not do and what won't work for that, one sentence each."""
    if granted is None:
        granted = await _scopes_of_app(http)
    if granted is not None and granted.split():
        have = set(granted.replace(",", " ").split())
        return [
            f"The key lacks {scope}. {_LOST[scope]}"
            for scope in SCOPES
            if scope not in have and scope.split(":")[0] not in have
        ]
    return await _probe(http)


async def _scopes_of_app(http: Http) -> str | None:
    """The scopes that the server says the key's application has; None where it doesn't say."""
    try:
        raw = wire.thing((await http.get("/api/v1/apps/verify_credentials", bucket=READING)).body)
    except (Refused, Unauthorised, Unreachable, Odd):
        return None
    scopes = raw.get("scopes")
    if isinstance(scopes, list):
        return " ".join(one for one in scopes if isinstance(one, str))
    return scopes if isinstance(scopes, str) else None


async def _probe(http: Http) -> list[str]:
    """Try what changes nothing: reading one item, and deleting a post that can't exist."""
    missing = []
    for scope, method, path in (
        ("read:notifications", "GET", "/api/v1/notifications?limit=1"),
        ("read:statuses", "GET", "/api/v1/timelines/home?limit=1"),
        ("write:statuses", "DELETE", "/api/v1/statuses/0"),
    ):
        answer = await http.exchange(method, path, posts=False)
        if answer.status == 403:
            missing.append(f"The key lacks {scope}. {_LOST[scope]}")
    return missing


async def _ask(http: Http, path: str, form: list[tuple[str, str]]) -> Raw:
    answer = await http.ask("POST", path, form=form, posts=False, bucket=READING, bare=True)
    try:
        return wire.thing(answer.body)
    except Odd:
        raise Unreachable(
            f"{http.where} doesn't answer as a server of the Mastodon API does. Nothing was "
            "stored. Check the server's name."
        ) from None


def _text(raw: Raw, name: str, http: Http) -> str:
    found = raw.get(name)
    if isinstance(found, str) and found:
        return found
    raise Unreachable(
        f"{http.where} left out {name} in its answer. Nothing was stored. Try again later."
    )
