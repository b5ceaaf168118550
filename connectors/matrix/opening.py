"""Learning who we are on a server, which rooms we hear, and what stands in a merchant's way."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.contract import Address, Advice, Capability, Hello, Limits, Unreachable
from connectors.http import Http
from connectors.matrix import wire
from connectors.matrix.api import Api, part
from connectors.matrix.counting import LIMIT
from connectors.matrix.rooms import Rooms

JOIN = "join:"
"""What the key of an advice begins with that names a room we aren't in."""
MOST_ROOMS = 50
CHOOSE = (
    "“greenroom account add matrix” asks again for the rooms; or correct the account's setting "
    "“rooms”, where it stands in config.toml."
)
"""For people: how other rooms come to be heard."""


def named_rooms(setting: str) -> list[str]:
    """The rooms in the account's setting: ids or aliases, between spaces or commas."""
    found = setting.replace(",", " ").split()
    return list(dict.fromkeys(one for one in found if one[:1] in "!#"))[:MOST_ROOMS]


async def opened(http: Http, setting: str) -> tuple[Hello, Api, Rooms]:
    """Say hello with the key that `http` has. Raises `ConnectorError`."""
    api = await whoami(http)
    profile = await api.found(f"/profile/{part(api.user)}")
    name = profile.get("displayname")
    joined = set(await api.joined())
    public: dict[str, str] = {}
    advice: list[Advice] = []
    for named in named_rooms(setting):
        room = await api.room_of(named)
        if room is None:
            advice.append(_by_hand("unknown:" + named, f"No room is called {named} on this server. "
                f"Nothing is heard from it. {CHOOSE}"))  # fmt: skip
        elif room not in joined:
            advice.append(
                Advice(
                    key=JOIN + named,
                    words=f"This account isn't in {named}, so it hears nothing there. Taking this "
                    "advice goes in.",
                )
            )
        else:
            public[room] = named
    rooms = Rooms(api, public)
    open_to_us = False
    for room, named in public.items():
        found = await _hindrances(api, rooms, room, named)
        open_to_us = open_to_us or not found
        advice += found
    await rooms.reread()
    return (
        hello(
            wire.address(api.user, name if isinstance(name, str) else ""),
            http.where,
            public if open_to_us else None if public else (),
            advice,
            api.device,
        ),
        api,
        rooms,
    )


async def whoami(http: Http) -> Api:
    """Who we are. Raises `ConnectorError`; `Unauthorised` where the key isn't accepted."""
    raw = await Api(http, "").look("/account/whoami")
    user, device = raw.get("user_id"), raw.get("device_id")
    if not isinstance(user, str) or user[:1] != "@":
        raise Unreachable(
            f"{http.where} doesn't answer as a Matrix server does. Nothing was sent. Check the "
            "account's server."
        )
    return Api(http, user, device if isinstance(device, str) else "")


async def _hindrances(api: Api, rooms: Rooms, room: str, named: str) -> list[Advice]:
    """What keeps us from reading or writing in a room that we are in."""
    found = []
    if await rooms.is_sealed(room):
        found.append(
            _by_hand(
                "sealed:" + named,
                f"{named} is encrypted, so Greenroom can read and write nothing there. A room's "
                "encryption can't be taken back: make another room without it for support.",
            )
        )
    levels = await api.state(room, "m.room.power_levels")
    if power(levels, api.user) < needed(levels):
        found.append(
            _by_hand(
                "muted:" + named,
                f"This account may not write in {named}, so nobody can be answered there. Ask "
                "whoever runs the room to raise its power level.",
            )
        )
    return found


def power(levels: wire.Raw, user: str) -> int:
    """A person's power level in a room."""
    users = levels.get("users")
    found = users.get(user) if isinstance(users, dict) else None
    return _number(found, _number(levels.get("users_default"), 0))


def needed(levels: wire.Raw) -> int:
    """The power level that a message takes."""
    events = levels.get("events")
    found = events.get(wire.MESSAGE) if isinstance(events, dict) else None
    return _number(found, _number(levels.get("events_default"), 0))


def hello(
    account: Address,
    where: str,
    public: Iterable[str] | None,
    advice: Iterable[Advice],
    device: str,
) -> Hello:
    """What the account is and may do. `public` None: it may write in none of its rooms."""
    can = set(Capability) - {Capability.REFUSAL_SHOWN, Capability.INVITE}
    cannot = {
        Capability.INVITE: "On Matrix we begin ourselves: a direct room is made.",
        Capability.REFUSAL_SHOWN: "Matrix doesn't tell when an invitation is passed over: the room "
        "and the message stand there, and nobody reads them.",
    }
    if not list(public or ()):
        can.discard(Capability.REPLY_PUBLIC)
        cannot[Capability.REPLY_PUBLIC] = (
            "In no room of the account's can Greenroom write: each is encrypted, or closed to it."
            if public is None
            else f"No room in the open is heard. {CHOOSE}"
        )
    return Hello(
        account=account,
        can=frozenset(can),
        cannot=cannot,
        limits=Limits(public=LIMIT, private=LIMIT, unit="bytes"),
        where=where,
        advice=tuple(advice),
        facts={"device": device},
    )


def _by_hand(key: str, words: str) -> Advice:
    return Advice(key=key, words=words, by_hand=True)


def _number(value: object, otherwise: int) -> int:
    if isinstance(value, str) and value.lstrip("-").isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
