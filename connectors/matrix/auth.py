"""Signing in to a Matrix server: a password once, or an access token at hand.

A sign-in makes a device, and the network counts our keys by device. So the device of an earlier
sign-in is taken up again: what was in doubt before is still safe to ask for after.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.answers import SIGNING_IN
from connectors.contract import (
    Clock,
    ConnectorError,
    Refused,
    SignedIn,
    Talk,
    Unauthorised,
    Unreachable,
)
from connectors.http import BadAddress, Http, base_of
from connectors.matrix import wire
from connectors.matrix.api import READING, ROOT, Api, refused
from connectors.matrix.opening import named_rooms, opened, whoami
from connectors.matrix.wire import Odd, Raw

OFFERED = 20


async def sign_in(talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
    """Sign in, choose the rooms, and say hello. Raises `ConnectorError`."""
    address = given.get("server") or await talk.ask(
        "Which server? (such as matrix.example, or the whole name @shop:matrix.example)"
    )
    plain = given.get("allow_plain_http") == "yes"
    base = await discovered(address, clock=clock, plain=plain)
    http = Http(base, clock=clock, read_refusal=refused, asking=SIGNING_IN)
    try:
        token = given.get("token", "").strip()
        scripted = bool(token)
        if not token:
            token = await _walk(http, talk, address, given.get("device_id", ""))
        http.use_token(token)
        api = await whoami(http)
        rooms = given.get("rooms", "")
        if not rooms or not scripted:
            rooms = await _choose(api, talk, rooms)
        hello, api, _ = await opened(http, rooms)
    finally:
        await http.close()
    settings = {"server": base, "rooms": rooms}
    if api.device:
        settings["device_id"] = api.device
    if plain:
        settings["allow_plain_http"] = "yes"
    return SignedIn(settings=settings, secrets={"token": token}, hello=hello)


async def discovered(address: str, *, clock: Clock, plain: bool) -> str:
    """The origin of the server that an address, a name or a host stands for.

    A host may say at `/.well-known/matrix/client` that another serves it. Raises `BadAddress`.
    """
    text = address.strip()
    if text[:1] == "@" and ":" in text:
        text = text.partition(":")[2]
    base = base_of(text, allow_plain=plain)
    http = Http(base, clock=clock)
    try:
        answer = await http.ask(
            "GET", "/.well-known/matrix/client", posts=False, bucket=READING, bare=True
        )
        said = wire.thing(answer.body).get("m.homeserver")
        url = said.get("base_url") if isinstance(said, dict) else None
        if isinstance(url, str) and len(url) < 500:
            found = base_of(url, allow_plain=plain)
            # Who is asked over https doesn't send anybody to plain http.
            if urlsplit(found).scheme == "https" or urlsplit(base).scheme == "http":
                return found
    except BadAddress:
        pass
    except (ConnectorError, Odd):
        pass
    finally:
        await http.close()
    return base


async def _walk(http: Http, talk: Talk, address: str, device: str) -> str:
    """A password where the server takes one, else a token; the key that came of it."""
    flows = await _flows(http)
    if "m.login.password" not in flows:
        talk.say(
            f"{http.where} takes no password from apps. In Element, signed in as the shop's "
            "account: All settings, then Help & About, then Advanced: Access Token. Copy it; don't "
            "sign out there, for that ends it."
        )
        return await _token(talk)
    text = address.strip()
    name = text if text[:1] == "@" and ":" in text else ""
    user = name or await talk.ask("The account's name? (such as @shop:matrix.example, or shop)")
    password = await talk.ask(
        "Its password? (It is used once and not kept. Leave it empty to paste an access token.)",
        secret=True,
    )
    if not password:
        return await _token(talk)
    http.hide([password])
    wanted: dict[str, object] = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "initial_device_display_name": "Greenroom",
    }
    if device:
        wanted["device_id"] = device
    try:
        raw = await _asked(http, "POST", "/login", wanted)
    except (Refused, Unauthorised) as no:
        raise Unauthorised(f"{user} wasn't let in: {no.words}") from None
    token = raw.get("access_token")
    if isinstance(token, str) and token:
        return token
    raise Unreachable(
        f"{http.where} left out access_token in its answer. Nothing was stored. Try again later."
    )


async def _token(talk: Talk) -> str:
    token = (await talk.ask("Paste the access token:", secret=True)).strip()
    if not token:
        raise Unauthorised("No token was pasted. Nothing was stored. Run the command again.")
    return token


async def _flows(http: Http) -> set[str]:
    raw = await _asked(http, "GET", "/login", None)
    flows = raw.get("flows")
    return {
        str(one.get("type")) for one in (flows if isinstance(flows, list) else ())
        if isinstance(one, dict)
    }  # fmt: skip


async def _choose(api: Api, talk: Talk, before: str) -> str:
    """The rooms in the open that are to be heard, as the setting has them. `before`: those of an
    earlier sign-in."""
    private = {room for rooms in (await api.direct()).values() for room in rooms}
    offered = [room for room in await api.joined() if room not in private][:OFFERED]
    names = []
    for room in offered:
        alias = (await api.state(room, "m.room.canonical_alias")).get("alias")
        title = (await api.state(room, "m.room.name")).get("name")
        named = alias if isinstance(alias, str) and alias[:1] == "#" else room
        names.append(named)
        sealed = ", encrypted: can't be read here" if await api.sealed(room) else ""
        talk.say(f"  {len(names)}  {named}  {title if isinstance(title, str) else ''}{sealed}")
    if not names:
        talk.say(
            "This account is in no room yet. Go into the rooms where customers ask, with any "
            "Matrix app, or give their addresses here."
        )
    answer = await talk.ask(
        "In which rooms do customers ask in the open? (numbers or addresses like "
        f"#help:matrix.example, with spaces between; empty for {before or 'none'})"
    )
    if not answer:
        return before
    chosen = []
    for one in answer.replace(",", " ").split():
        if one.isdigit() and 0 < int(one) <= len(names):
            chosen.append(names[int(one) - 1])
        else:
            chosen += named_rooms(one)
    return " ".join(dict.fromkeys(chosen))


async def _asked(http: Http, method: str, path: str, content: object) -> Raw:
    answer = await http.ask(
        method, ROOT + path, json=content, posts=False, bucket=READING, bare=True
    )
    try:
        return wire.thing(answer.body)
    except Odd:
        raise Unreachable(
            f"{http.where} doesn't answer as a Matrix server does. Nothing was stored. Check the "
            "server's name."
        ) from None
