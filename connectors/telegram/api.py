"""The requests that a Bot API server takes, each one call: asked, read, and nothing decided.

The key is in the path of every request. It is hidden from every text by `Http.hide`, and a path is
never put into words. What a server refuses is told apart by its description, for that is all there
is: the status is 400 or 403 for nearly everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from connectors import answers
from connectors.answers import Answer, Asking
from connectors.contract import Clock, Doubtful, Reason, Refused, Unauthorised, Unreachable
from connectors.http import TOTAL_SECONDS, Http
from connectors.telegram import wire
from connectors.telegram.fields import Odd
from connectors.telegram.heard import Heard, Me, Place, Sent

SERVER = "https://api.telegram.org"
LISTENING, READING = "listen", "read"
PAGE = 100
"""Updates in one answer, at most (Bot API, getUpdates)."""
POLL_SECONDS = 20
"""How long a server may keep a look open: less than the session waits for an answer."""

POSTING = Asking(
    undone=answers.POSTING.undone,
    perhaps="It may be posted, and Telegram can't be asked. Look in the chat, then say in the "
    "outbox what became of it; nothing is sent again by itself.",
)


class No(StrEnum):
    """Why Telegram refused, as far as what follows depends on it."""

    NEVER_BEGUN = "they never started this bot"
    UNSEEN = "this bot has never met the chat"
    BLOCKED = "they blocked this bot"
    CLOSED = "their account is closed"
    OUTSIDE = "this bot isn't in the group"
    MUTED = "this bot may not write there"
    TOO_LONG = "too long"
    GONE = "what it answers, or what is to be changed, isn't there"
    SAME = "it says this already"
    TOO_OLD = "it can't be changed or deleted any more"
    MOVED = "the group became a supergroup"
    WEBHOOK = "a webhook takes the updates"
    TWO = "another program listens with this key"
    OTHER = "something else"


_SAID: tuple[tuple[str, No], ...] = (
    ("can't initiate conversation", No.NEVER_BEGUN),
    ("chat not found", No.UNSEEN),
    ("peer_id_invalid", No.UNSEEN),
    ("blocked by the user", No.BLOCKED),
    ("user is deactivated", No.CLOSED),
    ("was kicked", No.OUTSIDE),
    ("not a member", No.OUTSIDE),
    ("group chat was deleted", No.OUTSIDE),
    ("upgraded to a supergroup", No.MOVED),
    ("not enough rights", No.MUTED),
    ("no rights to send", No.MUTED),
    ("write_forbidden", No.MUTED),
    ("chat_restricted", No.MUTED),
    ("topic_closed", No.MUTED),
    ("too long", No.TOO_LONG),
    ("too_long", No.TOO_LONG),
    ("message is not modified", No.SAME),
    ("replied not found", No.GONE),
    ("reply message not found", No.GONE),
    ("to edit not found", No.GONE),
    ("to delete not found", No.GONE),
    ("message_id_invalid", No.GONE),
    ("thread not found", No.GONE),
    ("can't be edited", No.TOO_OLD),
    ("can't be deleted", No.TOO_OLD),
    ("webhook is active", No.WEBHOOK),
    ("other getupdates", No.TWO),
)
"""What a description holds, in lower case -> what it means. The first that fits counts."""

_MEANING: Mapping[No, tuple[Reason, str]] = {
    No.NEVER_BEGUN: (
        Reason.NOT_ACCEPTED,
        "They have never started this bot, and a bot can't write first.",
    ),
    No.UNSEEN: (Reason.GONE, "Telegram shows this bot no such chat."),
    No.BLOCKED: (Reason.BLOCKED, "They have blocked this bot. Answer them in public."),
    No.CLOSED: (Reason.GONE, "Their account is closed."),
    No.OUTSIDE: (
        Reason.NOT_ALLOWED,
        "This bot was taken out of the group. Ask whoever runs it to add it again.",
    ),
    No.MUTED: (
        Reason.NOT_ALLOWED,
        "This bot may not write there. Ask whoever runs the group to allow it.",
    ),
    No.TOO_LONG: (Reason.TOO_LONG, "Shorten it and send it again."),
    No.GONE: (Reason.GONE, "It isn't there any more."),
    No.TOO_OLD: (
        Reason.NOT_ALLOWED,
        "Telegram lets a bot delete for 48 hours, and edit what is its own. Do it in the app.",
    ),
    No.MOVED: (Reason.GONE, "The group has another id now; answer a newer message there."),
    No.WEBHOOK: (
        Reason.NOT_ALLOWED,
        (
            "A webhook takes what customers write, so it doesn't come here. "
            "“greenroom account check --fix” takes the webhook away."
        ),
    ),
    No.TWO: (
        Reason.NOT_ALLOWED,
        (
            "Another program listens with this bot's key, and what it hears doesn't come here. End "
            "it. If you know of none, get a new key from @BotFather (/revoke) and sign in again."
        ),
    ),
    No.OTHER: (Reason.UNKNOWN, "Change it, or answer in another way."),
}


class Denied(Refused):
    """Telegram's no, told apart."""

    def __init__(self, words: str, *, reason: Reason, why: No, moved_to: int | None = None) -> None:
        super().__init__(words, reason=reason)
        self.why = why
        self.moved_to = moved_to
        """The new id of a group, for `No.MOVED`."""

    def plain(self) -> Refused:
        """As the contract knows it."""
        return Refused(self.words, reason=self.reason)


def denied(where: str, answer: Answer, said: str, asking: Asking) -> Denied:
    """A server's no, by its description. Raises `Unauthorised` for a key that is none."""
    if answer.status == 404:
        # A path is unknown only where its key isn't one; everything else is 400.
        copy = "Copy the whole key from @BotFather (/mybots, your bot, API Token)"
        raise Unauthorised(
            f"{where} doesn't know this key. {asking.undone} {copy} and sign in again with "
            "“greenroom account add”.",
            happened=f"{where} doesn't know this key. {copy}.",
        )
    low = said.lower()
    new = wire.moved_to(answer.body)
    why = next((no for words, no in _SAID if words in low), No.OTHER)
    if new is not None:
        why = No.MOVED
    reason, meaning = _MEANING.get(why, _MEANING[No.OTHER])
    if why is No.OTHER and answer.status == 403:
        reason = Reason.NOT_ALLOWED
    theirs = f"“{said}”" if said else f"no reason (status {answer.status})"
    undone = "" if asking in (answers.DELETING, answers.EDITING) and why is No.GONE else (
        f" {asking.undone}"
    )  # fmt: skip
    if why in (No.WEBHOOK, No.TWO):
        undone = ""
    return Denied(
        f"{where} refused it: {theirs}.{undone} {meaning}", reason=reason, why=why, moved_to=new
    )


class BotHttp(Http):
    """The session of one bot."""

    def __init__(
        self,
        base: str,
        *,
        clock: Clock,
        total: float = TOTAL_SECONDS,
        asking: Asking = answers.POSTING,
    ) -> None:
        super().__init__(base, clock=clock, total=total, read_refusal=denied, asking=asking)

    async def exchange(self, *args: Any, **kwargs: Any) -> Answer:  # noqa: ANN401
        """One request and its answer. A refusal and how long to wait stand in the body."""
        answer = await super().exchange(*args, **kwargs)
        if answer.ok:
            code = wire.refusal(answer.body)
            return answer if code is None else replace(answer, status=code)
        if answer.status == 429:
            wait = wire.retry_after(answer.body)
            if wait is not None:
                return replace(answer, headers={**answer.headers, "retry-after": str(wait)})
        return answer


class Api:
    """One bot on one server."""

    def __init__(self, http: BotHttp, token: str) -> None:
        self.http = http
        self._root = f"/bot{quote(token, safe=':')}"
        http.hide({token, quote(token, safe=":"), quote(token, safe=""), token.partition(":")[2]})

    # --- hearing ---------------------------------------------------------------------------------

    async def updates(self, offset: int | None, *, wait: bool) -> Heard:
        """What is new from an offset on; whatever is before it is confirmed, and gone."""
        params = {
            "timeout": POLL_SECONDS if wait else 0,
            "limit": PAGE,
            "allowed_updates": json.dumps(wire.HEARD),
        }
        if offset is not None:
            params["offset"] = offset
        body = await self._body("getUpdates", params, LISTENING)
        try:
            return wire.updates(body)
        except Odd as trouble:
            raise self._unread(trouble) from None

    # --- looking ---------------------------------------------------------------------------------

    async def me(self) -> Me:
        """Who this bot is. Raises `ConnectorError`."""
        try:
            return wire.me(await self._look("getMe"))
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def place(self, chat: str, own: int) -> Place | None:
        """A group, by its id or its @name, and what this bot is in it; None where it sees none."""
        try:
            found = await self._look("getChat", chat_id=chat)
            standing = await self._look("getChatMember", chat_id=chat, user_id=own)
            staff = await self._look("getChatAdministrators", chat_id=chat)
            return wire.place(found, standing, staff)
        except Denied as no:
            if no.why in (No.UNSEEN, No.OUTSIDE, No.OTHER, No.MUTED):
                return None
            raise
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def webhook(self) -> str:
        """The host of the webhook that takes this bot's updates; empty where there is none."""
        found = await self._look("getWebhookInfo")
        url = found.get("url") if isinstance(found, dict) else None
        return quote(url.split("/")[2]) if isinstance(url, str) and url.count("/") > 1 else ""

    async def remove_webhook(self) -> None:
        """Let updates come to whoever asks; none is dropped. Raises `ConnectorError`."""
        await self._ask("deleteWebhook", {}, bucket=READING, asking=answers.EDITING)

    # --- posting ---------------------------------------------------------------------------------

    async def say(self, chat: int, content: Mapping[str, object]) -> Sent:
        """Post once. Raises `ConnectorError`."""
        found = await self._ask(
            "sendMessage", {"chat_id": chat, **content}, bucket=f"chat {chat}", asking=POSTING
        )
        try:
            return wire.sent(found)
        except Odd as trouble:
            raise self._garbled(trouble, POSTING) from None

    async def change(self, chat: int, message: int, content: Mapping[str, object]) -> None:
        """Put other words in a message's place. Raises `ConnectorError`."""
        place = {"chat_id": chat, "message_id": message, **content}
        await self._ask("editMessageText", place, bucket=f"chat {chat}", asking=answers.EDITING)

    async def remove(self, chat: int, message: int) -> None:
        """Take a message away. Raises `ConnectorError`."""
        place = {"chat_id": chat, "message_id": message}
        await self._ask("deleteMessage", place, bucket=f"chat {chat}", asking=answers.DELETING)

    async def _ask(
        self, method: str, params: Mapping[str, object], *, bucket: str, asking: Asking
    ) -> object:
        answer = await self.http.ask(
            "POST", f"{self._root}/{method}", json=dict(params), posts=True, bucket=bucket,
            asking=asking,
        )  # fmt: skip
        try:
            return wire.result(answer.body)
        except Odd as trouble:
            raise self._garbled(trouble, asking) from None

    async def _look(self, method: str, **params: object) -> object:
        try:
            return wire.result(await self._body(method, params, READING))
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def _body(self, method: str, params: Mapping[str, object], bucket: str) -> bytes:
        asked = [(name, str(value)) for name, value in params.items()]
        return (await self.http.get(f"{self._root}/{method}", asked, bucket=bucket)).body

    def _unread(self, trouble: Odd) -> Unreachable:
        happened = f"{self.http.where} doesn't answer as a Bot API server does ({trouble})."
        return Unreachable(
            f"{happened} Nothing was sent; Greenroom tries again by itself.", happened=happened
        )

    def _garbled(self, trouble: Odd, asking: Asking) -> Doubtful:
        return Doubtful(
            f"The answer of {self.http.where} can't be read ({trouble}). {asking.perhaps}"
        )
