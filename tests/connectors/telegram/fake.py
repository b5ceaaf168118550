"""A Bot API server on loopback, built from the documented Bot API (core.telegram.org/bots/api).

One bot, its people and its groups. It keeps updates until they are confirmed, ends an older look
when a newer one comes (409), counts in UTF-16 units, refuses who never began, and may be told to
answer the next requests badly. Descriptions are those of telegram-bot-api's source.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Any

from aiohttp import web

TOKEN = "8123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
BOT = {"id": 8123456789, "is_bot": True, "first_name": "Kiln", "username": "kiln_help_bot"}
GROUP = -1001234567890
CHANNEL = -1009876543210
OWNER = 501
GROUP_ANONYMOUS = 1087968824
TELEGRAM = 777000
PAGE = 100


class Trouble(StrEnum):
    """What befalls one request."""

    DROP_BEFORE = "read, not done, the connection closes"
    DROP_AFTER = "done, the connection closes"
    GARBLED = "done, the answer isn't what was agreed"
    ERROR = "not done, 500"
    ERROR_DONE = "done, 502"
    TOO_MANY = "429"
    DEAD_KEY = "401"
    NO_RIGHT = "may not write"
    GONE = "what it answers isn't there"
    TOO_LONG = "too long"
    KICKED = "out of the group"


REFUSALS = {
    Trouble.ERROR: (500, "Internal Server Error"),
    Trouble.TOO_MANY: (429, "Too Many Requests: retry after 7"),
    Trouble.DEAD_KEY: (401, "Unauthorized"),
    Trouble.NO_RIGHT: (400, "Bad Request: not enough rights to send text messages to the chat"),
    Trouble.GONE: (400, "Bad Request: message to be replied not found"),
    Trouble.TOO_LONG: (400, "Bad Request: message is too long"),
    Trouble.KICKED: (403, "Forbidden: bot was kicked from the supergroup chat"),
}


class No(Exception):
    """A refusal, as the server words it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


@dataclass
class Person:
    id: int
    first_name: str
    username: str = ""
    language: str = "en"
    begun: bool = False
    blocks: bool = False
    closed: bool = False

    @property
    def raw(self) -> dict[str, Any]:
        found = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            found["username"] = self.username
        return {**found, "language_code": self.language}

    @property
    def chat(self) -> dict[str, Any]:
        found = {"id": self.id, "type": "private", "first_name": self.first_name}
        return {**found, "username": self.username} if self.username else found


@dataclass
class Group:
    id: int
    kind: str = "supergroup"
    title: str = "Kiln friends"
    username: str = ""
    linked: int | None = None
    status: str = "member"
    writes: bool = True
    staff: list[int] = field(default_factory=lambda: [OWNER])
    moved_to: int | None = None

    @property
    def raw(self) -> dict[str, Any]:
        found = {"id": self.id, "type": self.kind, "title": self.title}
        return {**found, "username": self.username} if self.username else found


class Fake:
    """The server. `url` is known after `start`."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.token = TOKEN
        self.me = dict(
            BOT, can_join_groups=True, can_read_all_group_messages=True,
            supports_inline_queries=False,
        )  # fmt: skip
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {GROUP: Group(GROUP, linked=CHANNEL)}
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.updates: list[dict[str, Any]] = []
        self.confirmed: list[int] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.looks: list[dict[str, Any]] = []
        self.webhook = ""
        self.troubles: dict[str, deque[Trouble]] = {}
        self.before: Callable[[str, int], None] = lambda method, number: None
        """Called at each post, before it is done; `after` when it is done and not yet answered."""
        self.after: Callable[[str, int], None] = lambda method, number: None
        self._ids: dict[int, Any] = {}
        self._update_ids = count(700_000_001)
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self.pending = asyncio.Event()
        """A look is kept open."""
        self._look = 0
        self._open: set[asyncio.Transport] = set()
        self._posts = 0
        self._runner: web.AppRunner | None = None
        self.port = 0

    # --- life ------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        """Nothing answers at the address; what was written stays."""
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def cut(self) -> None:
        """End every connection."""
        for transport in list(self._open):
            transport.abort()

    def break_next(self, trouble: Trouble, *methods: str) -> None:
        """Let a trouble befall the next request of each of these methods."""
        for method in methods:
            self.troubles.setdefault(method, deque()).append(trouble)

    # --- people ----------------------------------------------------------------------------------

    def person(self, name: str, own: int, **more: Any) -> Person:
        self.people[own] = Person(own, name.capitalize(), username=name, **more)
        return self.people[own]

    def update(self, kind: str, what: dict[str, Any]) -> int:
        own = next(self._update_ids)
        self.updates.append({"update_id": own, kind: copy.deepcopy(what)})
        self._news.set()
        return own

    async def all_confirmed(self) -> None:
        """Wait until no update is left."""
        while self.updates:
            self._empty.clear()
            await self._empty.wait()

    def number(self, chat: int) -> int:
        return next(self._ids.setdefault(chat, count(11)))

    def message(self, chat: dict[str, Any], who: dict[str, Any], **content: Any) -> dict[str, Any]:
        own = self.number(chat["id"])
        found = {
            "message_id": own, "from": who, "chat": chat, "date": int(self.clock().timestamp()),
        }  # fmt: skip
        reply = content.pop("reply_to", None)
        if reply is not None:
            parent = self.messages[chat["id"], reply]
            found["reply_to_message"] = {
                key: value for key, value in parent.items() if key != "reply_to_message"
            }
            if chat["type"] == "supergroup":
                found["message_thread_id"] = parent.get("message_thread_id", reply)
        found |= content
        self.messages[chat["id"], own] = found
        return found

    def writes(
        self, person: Person, text: str, *, group: int = GROUP, **content: Any
    ) -> dict[str, Any]:
        """Somebody writes in a group; what the bot is told."""
        names = [(m.start(), m[0]) for m in re.finditer(r"@\w{3,}", text)]
        if names and "entities" not in content:
            content["entities"] = [
                {
                    "type": "mention",
                    "offset": len(text[:at].encode("utf-16-le")) // 2,
                    "length": len(name),
                }
                for at, name in names
            ]
        said = self.message(self.groups[group].raw, person.raw, text=text, **content)
        self.update("message", said)
        return said

    def writes_privately(self, person: Person, text: str, **content: Any) -> dict[str, Any]:
        person.begun = True
        person.blocks = False
        said = self.message(person.chat, person.raw, text=text, **content)
        self.update("message", said)
        return said

    def presses_start(self, person: Person, payload: str | None = None) -> dict[str, Any]:
        text = "/start" if payload is None else f"/start {payload}"
        entities = [{"type": "bot_command", "offset": 0, "length": 6}]
        return self.writes_privately(person, text, entities=entities)

    def edits(self, chat: int, message: int, text: str) -> None:
        said = self.messages[chat, message]
        said |= {"text": text, "edit_date": int(self.clock().timestamp())}
        self.update("edited_message", dict(said))

    def blocks(self, person: Person) -> None:
        person.blocks = True
        self.stands(person.chat, person.raw, "kicked")

    def stands(self, chat: dict[str, Any], who: dict[str, Any], status: str) -> None:
        """The bot's place in a chat changes."""
        self.update(
            "my_chat_member",
            {
                "chat": chat, "from": who, "date": int(self.clock().timestamp()),
                "old_chat_member": {"user": BOT, "status": "member"},
                "new_chat_member": {"user": BOT, "status": status},
            },
        )  # fmt: skip

    def announces(self, text: str) -> dict[str, Any]:
        """A post of the channel, as it comes into the linked group."""
        channel = {"id": CHANNEL, "type": "channel", "title": "Kiln", "username": "kiln"}
        said = self.message(
            self.groups[GROUP].raw,
            {"id": TELEGRAM, "is_bot": False, "first_name": "Telegram"},
            text=text, sender_chat=channel, is_automatic_forward=True,
        )  # fmt: skip
        self.update("message", said)
        return said

    def moves(self, old: int, new: int) -> None:
        """A basic group becomes a supergroup."""
        group = self.groups[old]
        owner = {"id": OWNER, "is_bot": False, "first_name": "Mira"}
        said = self.message(group.raw, owner, migrate_to_chat_id=new)
        self.groups[new] = Group(new, title=group.title, status=group.status)
        group.moved_to = new
        self.update("message", said)

    def said_in(self, chat: int) -> list[dict[str, Any]]:
        """What the bot said in a chat and still stands."""
        return [
            said
            for (where, _), said in self.messages.items()
            if where == chat and said["from"]["id"] == BOT["id"]
        ]

    # --- the server ------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        self._open.add(transport)
        try:
            return await self._answer(request)
        finally:
            self._open.discard(transport)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        params: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json":
            params |= await request.json()
        elif request.can_read_body:
            params |= dict(await request.post())
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{35}", token):
            return _no(404, "Not Found")
        if token != self.token:
            return _no(401, "Unauthorized")
        (self.looks if method == "getUpdates" else self.asked).append(
            params if method == "getUpdates" else (method, params)  # type: ignore[arg-type]
        )
        trouble = self._trouble(method)
        if trouble is Trouble.DROP_BEFORE:
            return _dropped(request)
        if trouble in REFUSALS:
            status, words = REFUSALS[trouble]
            return _no(status, words, **({"retry_after": 7} if status == 429 else {}))
        try:
            found = await getattr(self, f"_{method}", self._nothing)(params)
        except No as no:
            return _no(no.status, no.description, **no.parameters)
        if trouble is Trouble.DROP_AFTER:
            return _dropped(request)
        if trouble is Trouble.GARBLED:
            return web.Response(text="<html>hello</html>", content_type="text/html")
        if trouble is Trouble.ERROR_DONE:
            return _no(502, "Bad Gateway")
        return web.json_response({"ok": True, "result": found})

    def _trouble(self, method: str) -> Trouble | None:
        waiting = self.troubles.get(method)
        return waiting.popleft() if waiting else None

    async def _nothing(self, params: dict[str, Any]) -> object:
        raise No(404, "Not Found: method not found")

    async def _getMe(self, params: dict[str, Any]) -> object:  # noqa: N802
        return self.me

    async def _getWebhookInfo(self, params: dict[str, Any]) -> object:  # noqa: N802
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    async def _deleteWebhook(self, params: dict[str, Any]) -> object:  # noqa: N802
        assert not params.get("drop_pending_updates")
        self.webhook = ""
        return True

    async def _getUpdates(self, params: dict[str, Any]) -> object:  # noqa: N802
        if self.webhook:
            raise No(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._look += 1
        mine = self._look
        self._news.set()
        offset = int(params.get("offset", 0))
        self.confirmed += [u["update_id"] for u in self.updates if u["update_id"] < offset]
        self.updates = [u for u in self.updates if u["update_id"] >= offset]
        if not self.updates:
            self._empty.set()
        wanted = set(json.loads(params.get("allowed_updates", "[]")))
        until = asyncio.get_running_loop().time() + float(params.get("timeout", 0))
        while True:
            self._news.clear()
            if self._look != mine:
                self._news.set()
                raise No(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            found = [u for u in self.updates if not wanted or wanted & u.keys()]
            left = until - asyncio.get_running_loop().time()
            if found or left <= 0:
                return found[: min(int(params.get("limit", PAGE)), PAGE)]
            self.pending.set()
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                pass
            finally:
                self.pending.clear()

    async def _getChat(self, params: dict[str, Any]) -> object:  # noqa: N802
        group = self._group(params)
        more = {"permissions": {"can_send_messages": group.writes}}
        return {**group.raw, **more, **({"linked_chat_id": group.linked} if group.linked else {})}

    async def _getChatMember(self, params: dict[str, Any]) -> object:  # noqa: N802
        return {"user": BOT, "status": self._group(params).status}

    async def _getChatAdministrators(self, params: dict[str, Any]) -> object:  # noqa: N802
        return [
            {"user": {"id": own, "is_bot": False, "first_name": "Mira"}, "status": "creator"}
            for own in self._group(params).staff
        ]

    def _group(self, params: dict[str, Any]) -> Group:
        named = str(params["chat_id"])
        for group in self.groups.values():
            if named in (str(group.id), f"@{group.username}"):
                return group
        raise No(400, "Bad Request: chat not found")

    async def _sendMessage(self, params: dict[str, Any]) -> object:  # noqa: N802
        self._posts += 1
        number = self._posts
        self.before("sendMessage", number)
        assert "parse_mode" not in params
        chat = self._writable(int(params["chat_id"]))
        self._check(params)
        reply = params.get("reply_parameters") or {}
        parent = (chat["id"], reply.get("message_id"))
        if reply and parent not in self.messages and not reply.get("allow_sending_without_reply"):
            raise No(400, "Bad Request: message to be replied not found")
        content = {"text": params["text"]}
        if params.get("entities"):
            content["entities"] = params["entities"]
        if "reply_markup" in params:
            content["reply_markup"] = params["reply_markup"]
        if parent in self.messages:
            content["reply_to"] = reply["message_id"]
        said = self.message(chat, BOT, **content)
        self.after("sendMessage", number)
        return said

    def _writable(self, own: int) -> dict[str, Any]:
        if own > 0:
            person = self.people.get(own)
            if person is None:
                raise No(400, "Bad Request: chat not found")
            if person.closed:
                raise No(403, "Forbidden: user is deactivated")
            if not person.begun:
                raise No(403, "Forbidden: bot can't initiate conversation with a user")
            if person.blocks:
                raise No(403, "Forbidden: bot was blocked by the user")
            return person.chat
        group = self.groups.get(own)
        if group is None:
            raise No(400, "Bad Request: chat not found")
        if group.moved_to is not None:
            raise No(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=group.moved_to,
            )
        if group.status in ("kicked", "left"):
            raise No(403, "Forbidden: bot was kicked from the supergroup chat")
        if not group.writes:
            raise No(400, "Bad Request: not enough rights to send text messages to the chat")
        return group.raw

    def _check(self, params: dict[str, Any]) -> None:
        text = params.get("text", "")
        if not text.strip():
            raise No(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise No(400, "Bad Request: message is too long")

    async def _editMessageText(self, params: dict[str, Any]) -> object:  # noqa: N802
        place = int(params["chat_id"]), int(params["message_id"])
        said = self.messages.get(place)
        if said is None:
            raise No(400, "Bad Request: message to edit not found")
        if said["from"]["id"] != BOT["id"]:
            raise No(400, "Bad Request: message can't be edited")
        self._check(params)
        if said["text"] == params["text"]:
            raise No(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        said["text"] = params["text"]
        said["edit_date"] = int(self.clock().timestamp())
        said.pop("reply_markup", None)
        if "reply_markup" in params:
            said["reply_markup"] = params["reply_markup"]
        return said

    async def _deleteMessage(self, params: dict[str, Any]) -> object:  # noqa: N802
        place = int(params["chat_id"]), int(params["message_id"])
        said = self.messages.get(place)
        if said is None:
            raise No(400, "Bad Request: message to delete not found")
        if self.clock().timestamp() - said["date"] > 48 * 3600:
            raise No(400, "Bad Request: message can't be deleted for everyone")
        del self.messages[place]
        return True


def _no(status: int, description: str, **parameters: int) -> web.Response:
    raw: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        raw["parameters"] = parameters
    return web.json_response(raw, status=status)


def _dropped(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
