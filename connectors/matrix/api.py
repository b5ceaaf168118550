"""The requests that a Matrix server takes, each one call: asked, read, and nothing decided.

The paths are those of the client-server API, v3 (spec.matrix.org). What a server refuses is read by
its `errcode`, for the status alone doesn't tell a missing right from a closed door.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from connectors import answers
from connectors.answers import Answer, Asking
from connectors.contract import Doubtful, Reason, Refused, Unreachable
from connectors.http import Http
from connectors.matrix import wire
from connectors.matrix.heard import Item, Page, Sync
from connectors.matrix.wire import Odd, Raw

ROOT = "/_matrix/client/v3"
READING, POSTING, MAKING = "read", "post", "make"
"""What a server counts apart: looks, messages, and rooms with their invitations."""
PAGE = 50
SYNC_SECONDS = 20
"""How long a server may keep a `/sync` open: less than the session waits for an answer."""

KINDS = [wire.MESSAGE, wire.ENCRYPTED, wire.REDACTION]
_NOTHING: Mapping[str, object] = {"types": [], "limit": 1}


def _filter(limit: int) -> str:
    """What `/sync` is to tell, with so many messages of each room."""
    return json.dumps(
        {
            "presence": _NOTHING,
            "account_data": {"types": [wire.DIRECT]},
            "room": {
                "ephemeral": _NOTHING,
                "account_data": _NOTHING,
                "timeline": {
                    "types": [*KINDS, wire.MEMBER], "limit": limit, "lazy_load_members": True
                },
                "state": {
                    "types": [wire.MEMBER],
                    "lazy_load_members": True,
                    "include_redundant_members": True,
                },
            },
        },
        separators=(",", ":"),
    )  # fmt: skip


LIVE = _filter(PAGE)
AFTER_A_WHILE = _filter(5)
"""After a long absence hundreds of rooms have news: few messages of each, so that the answer stays
within what we read. The rooms that have more are read one by one."""
PAGE_FILTER = json.dumps(
    {"types": KINDS, "lazy_load_members": True, "include_redundant_members": True},
    separators=(",", ":"),
)

_MEANING = {
    "M_TOO_LARGE": (Reason.TOO_LONG, "Shorten it and send it again."),
    "M_NOT_FOUND": (Reason.GONE, "What it answers isn't there any more."),
    "M_INVITE_BLOCKED": (Reason.NOT_ACCEPTED, "They take no invitations from us."),
    "ORG.MATRIX.MSC4155.M_INVITE_BLOCKED": (
        Reason.NOT_ACCEPTED,
        "They take no invitations from us.",
    ),
    "M_FORBIDDEN": (
        Reason.NOT_ALLOWED,
        "The account isn't allowed to do this in that room; ask whoever runs it.",
    ),
    "M_USER_DEACTIVATED": (Reason.GONE, "This person's account is closed."),
}


def refused(where: str, answer: Answer, said: str, asking: Asking) -> Refused:
    """A server's no, by its `errcode`."""
    code = code_of(answer)
    if code not in _MEANING or asking is answers.SIGNING_IN:
        return answers.refusal(where, answer.status, said, asking)
    reason, meaning = _MEANING[code]
    if reason is Reason.NOT_ALLOWED and "bann" in said.lower():
        reason, meaning = Reason.BLOCKED, "This person can't be answered here."
    if asking is not answers.POSTING and reason is Reason.GONE:
        return Refused(f"{where} refused it: “{said}”. It isn't there any more.", reason=reason)
    return Refused(f"{where} refused it: “{said}”. {asking.undone} {meaning}", reason=reason)


def code_of(answer: Answer) -> str:
    """The `errcode` of a refusal; empty where there is none."""
    try:
        code = wire.thing(answer.body).get("errcode")
    except Odd:
        return ""
    return code if isinstance(code, str) else ""


class Api:
    """One account on one server."""

    def __init__(self, http: Http, user: str, device: str = "") -> None:
        self.http = http
        self.user = user
        self.device = device

    # --- hearing ---------------------------------------------------------------------------------

    async def sync(self, since: str | None, *, wait: bool, only: str | None = None) -> Sync:
        """What is new since a position. `wait`: until there is something, or `SYNC_SECONDS`.
        `only`: a filter of the caller's."""
        only = only or (LIVE if wait else AFTER_A_WHILE)
        params = [("filter", only), ("set_presence", "offline")]
        params.append(("timeout", str(SYNC_SECONDS * 1000 if wait else 0)))
        if since:
            params.append(("since", since))
        answer = await self.http.get(f"{ROOT}/sync", params, bucket=READING)
        try:
            return wire.sync(answer.body)
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def messages(
        self, room: str, *, back: bool, begin: str | None = None, to: str | None = None,
        limit: int = PAGE,
    ) -> Page:  # fmt: skip
        """A page of a room's messages from a position on, else from its end (or beginning)."""
        params = [("dir", "b" if back else "f"), ("limit", str(limit)), ("filter", PAGE_FILTER)]
        if begin:
            params.append(("from", begin))
        if to:
            params.append(("to", to))
        answer = await self.http.get(f"{ROOT}/rooms/{part(room)}/messages", params, bucket=READING)
        try:
            return wire.page(answer.body, room)
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def event(self, room: str, event: str) -> Item | None:
        """One message; None where it isn't there, or isn't one. A redacted one is `Gone`."""
        try:
            raw = await self.look(f"/rooms/{part(room)}/event/{part(event)}")
        except Refused:
            return None
        try:
            return wire.item(raw, room, {})
        except Odd:
            return None

    # --- looking ---------------------------------------------------------------------------------

    async def look(self, path: str) -> Raw:
        """One object. Raises `ConnectorError`."""
        answer = await self.http.get(ROOT + path, bucket=READING)
        try:
            return wire.thing(answer.body)
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def found(self, path: str) -> Raw:
        """One object, empty where there is none or we may not see it."""
        try:
            return await self.look(path)
        except Refused:
            return {}

    async def state(self, room: str, kind: str) -> Raw:
        """What a room's state says under a name; empty where it says nothing."""
        return await self.found(f"/rooms/{part(room)}/state/{kind}")

    async def sealed(self, room: str) -> bool:
        """True where a room's messages are encrypted. Raises `ConnectorError`."""
        try:
            raw = await self.look(f"/rooms/{part(room)}/state/m.room.encryption")
        except Refused as no:
            if no.reason is Reason.GONE:
                return False
            raise
        return bool(raw)

    async def joined(self) -> list[str]:
        """The rooms that we are in."""
        rooms = (await self.look("/joined_rooms")).get("joined_rooms")
        return [one for one in rooms if isinstance(one, str)] if isinstance(rooms, list) else []

    async def members(self, room: str) -> dict[str, str]:
        """Who is, was, or is invited to be in a room. Raises `ConnectorError`."""
        answer = await self.http.get(f"{ROOT}/rooms/{part(room)}/members", bucket=READING)
        try:
            return wire.members(answer.body)
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def standing(self, room: str, user: str) -> str:
        """How somebody is in a room: `join`, `invite`, `leave`, `ban`, or empty."""
        how = (await self.state(room, f"{wire.MEMBER}/{part(user)}")).get("membership")
        return how if isinstance(how, str) else ""

    async def direct(self) -> dict[str, list[str]]:
        """`m.direct`, as it is now."""
        return wire.direct(await self.found(f"/user/{part(self.user)}/account_data/{wire.DIRECT}"))

    async def room_of(self, named: str) -> str | None:
        """The room that an alias stands for (or that is named by its own id)."""
        if named[:1] == "!":
            return named
        room = (await self.found(f"/directory/room/{part(named)}")).get("room_id")
        return room if isinstance(room, str) and room[:1] == "!" else None

    # --- doing -----------------------------------------------------------------------------------

    async def put_direct(self, direct: Mapping[str, Sequence[str]]) -> None:
        """Replace `m.direct`."""
        await self._do(
            "PUT", f"/user/{part(self.user)}/account_data/{wire.DIRECT}", dict(direct), posts=False
        )

    async def join(self, room: str) -> None:
        """Go into a room that we are invited to, or that is open. Being in it is no error."""
        await self._do("POST", f"/join/{part(room)}", {}, posts=False)

    async def leave(self, room: str) -> None:
        """Go out of a room, and let it go."""
        await self._do("POST", f"/rooms/{part(room)}/leave", {}, posts=False)
        await self._do("POST", f"/rooms/{part(room)}/forget", {}, posts=False)

    async def create(self, content: Mapping[str, object], asking: Asking) -> str:
        """Make a room. Asked twice, there are two."""
        answer = await self._do("POST", "/createRoom", content, asking=asking, bucket=MAKING)
        return self._named(answer, "room_id", asking)

    async def say(
        self, room: str, content: Mapping[str, object], key: str, asking: Asking = answers.POSTING
    ) -> str:
        """Send a message once for each key; its event. An unreadable answer is `Doubtful`."""
        answer = await self._do(
            "PUT", f"/rooms/{part(room)}/send/{wire.MESSAGE}/{part(key)}", content, asking=asking
        )
        return self._named(answer, "event_id", asking)

    async def redact(self, room: str, event: str, key: str) -> None:
        """Take a message away."""
        answer = await self._do(
            "PUT",
            f"/rooms/{part(room)}/redact/{part(event)}/{part(key)}",
            {},
            asking=answers.DELETING,
        )
        self._named(answer, "event_id", answers.DELETING)

    async def _do(
        self,
        method: str,
        path: str,
        content: Mapping[str, object],
        *,
        posts: bool = True,
        asking: Asking = answers.POSTING,
        bucket: str = POSTING,
    ) -> Answer:
        return await self.http.ask(
            method, ROOT + path, json=content, posts=posts, bucket=bucket, asking=asking
        )

    def _named(self, answer: Answer, name: str, asking: Asking) -> str:
        try:
            return wire.text_in(wire.thing(answer.body), name)
        except Odd as trouble:
            raise Doubtful(
                f"{self.http.where} answered, but its answer can't be understood ({trouble}). "
                f"{asking.perhaps}"
            ) from None

    def _unread(self, trouble: Odd) -> Unreachable:
        return Unreachable(
            f"{self.http.where} gave an answer that isn't one of its API ({trouble}). Nothing is "
            "lost; Greenroom asks again by itself."
        )


def part(text: str) -> str:
    """A name as one segment of a path. Raises `Refused` for one that can't be."""
    if not text.strip("."):
        raise Refused(
            "The network gave this a name that nothing can be asked about. Nothing was sent.",
            reason=Reason.GONE,
        )
    return quote(text, safe="")
