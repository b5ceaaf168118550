"""Signing in with a bot: a person is walked through @BotFather, step by step."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping

from connectors.answers import POSTING, SIGNING_IN, Asking
from connectors.contract import Clock, Refused, SignedIn, Talk, Unanswered, Unauthorised
from connectors.http import TOTAL_SECONDS, base_of
from connectors.telegram.api import POLL_SECONDS, SERVER, Api, BotHttp
from connectors.telegram.groups import named_groups
from connectors.telegram.heard import Chat, Kind, Me, Said, Standing
from connectors.telegram.opening import opened

OFFERED = 20
LOOKS = 5
"""How often the groups are looked for before the names of them are asked for."""


def api_of(
    settings: Mapping[str, str], token: str, clock: Clock, *, asking: Asking = POSTING
) -> Api:
    """A bot's session, as the settings have it. Raises `BadAddress`."""
    base = base_of(
        settings.get("server") or SERVER, allow_plain=settings.get("allow_plain_http") == "yes"
    )
    total = TOTAL_SECONDS
    with contextlib.suppress(ValueError):
        total = max(float(settings.get("answer_seconds", "")), POLL_SECONDS + 5.0)
    return Api(BotHttp(base, clock=clock, total=total, asking=asking), token)


async def sign_in(talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
    """Take the bot's key, learn its groups, and say hello. Raises `ConnectorError`."""
    token = token_in(given.get("token", ""))
    if not given.get("token", "").strip():
        talk.say(
            "Greenroom speaks on Telegram as a bot of yours. In Telegram, open a chat with "
            "@BotFather (https://t.me/BotFather), the one with the blue tick."
        )
        talk.say(
            "Send /newbot, give it the shop's name, then a username that ends in “bot”. If you "
            "have a bot already: /mybots, choose it, API Token."
        )
        token = token_in(await talk.ask("Paste the token that @BotFather shows:", secret=True))
    if not token:
        raise Unauthorised(
            "That isn't the token of a bot: it looks like 123456789:AAE… with 35 signs after the "
            "colon. Nothing was stored. Run the command again and paste all of it."
        )
    api = api_of(given, token, clock, asking=SIGNING_IN)
    try:
        me = await api.me()
        talk.say(f"This is {me.name}, @{me.username}.")
        groups = given.get("groups", "")
        if not groups:
            try:
                groups = await _choose(api, talk, me)
            except Unanswered:
                groups = ""
                talk.say(
                    "Nobody is there to choose the groups. Name them in the account's setting "
                    "“groups”, or run the command in a terminal."
                )
        hello, _, _ = await opened(api, groups)
    finally:
        await api.http.close()
    settings = {"groups": groups}
    for name in ("server", "allow_plain_http", "hear"):
        if given.get(name):
            settings[name] = given[name]
    return SignedIn(settings=settings, secrets={"token": token}, hello=hello)


def token_in(pasted: str) -> str:
    """The token in what a person pasted, maybe with BotFather's words around it; else empty."""
    found = re.search(r"(?<![\w:])[0-9]{1,20}:[A-Za-z0-9_-]{20,200}(?![\w:-])", pasted)
    return found[0] if found else ""


async def _choose(api: Api, talk: Talk, me: Me) -> str:
    """The groups in the open that are to be heard, as the setting has them."""
    if not me.hears_all:
        talk.say(
            "So that it hears customers in groups, turn its privacy mode off: in @BotFather send "
            f"/setprivacy, choose @{me.username}, press Disable. A bot that is in a group already "
            "has to be taken out and added again afterwards."
        )
    talk.say(
        f"Add @{me.username} to the groups in which customers ask: in the group, press its name, "
        "Add, and search for it. For the comments of a channel take its discussion group. Then "
        f"write “/hello@{me.username}” there, so that the group can be seen here."
    )
    seen: dict[int, Chat] = {}
    for _ in range(LOOKS):
        answer = await talk.ask("Press Enter when you have (or give ids and @names; “none” skips):")
        if answer.strip().lower() == "none":
            return ""
        if named_groups(answer):
            return " ".join(named_groups(answer))
        try:
            # No offset: nothing is confirmed, and all of it comes again when Greenroom listens.
            heard = await api.updates(None, wait=False)
        except Refused as no:
            talk.say(no.words)
            break
        for item in heard.items:
            if isinstance(item, Said | Standing) and item.chat.kind in (
                Kind.GROUP,
                Kind.SUPERGROUP,
            ):
                seen[item.chat.id] = item.chat
        if seen:
            break
        talk.say("No group has been seen yet.")
    offered = list(seen.values())[:OFFERED]
    for number, chat in enumerate(offered, 1):
        talk.say(f"  {number}  {chat.title}  {f'@{chat.username}' if chat.username else chat.id}")
    answer = await talk.ask(
        "In which groups do customers ask in the open? (numbers, ids or @names with spaces "
        "between; empty for none)"
    )
    chosen: list[str] = []
    for one in answer.replace(",", " ").split():
        if one.isdigit() and 0 < int(one) <= len(offered):
            chosen.append(str(offered[int(one) - 1].id))
        else:
            chosen += named_groups(one)
    return " ".join(dict.fromkeys(chosen))
