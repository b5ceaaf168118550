"""Learning who this bot is, which groups it hears, and what stands in a merchant's way."""

from __future__ import annotations

from datetime import timedelta

from connectors.contract import Address, Advice, Capability, Hello, Limits
from connectors.telegram.api import Api
from connectors.telegram.counting import LIMIT, UNIT
from connectors.telegram.groups import Groups, hindrances, named_groups
from connectors.telegram.heard import Kind, Me, Place

WEBHOOK = "webhook"
"""The key of the advice that takes a webhook away."""
KEPT = timedelta(hours=24)
"""How long updates that nobody fetched are kept (Bot API, Getting updates)."""


async def opened(api: Api, setting: str) -> tuple[Hello, Me, Groups]:
    """Say hello. Raises `ConnectorError`."""
    me = await api.me()
    advice: list[Advice] = []
    host = await api.webhook()
    if host:
        advice.append(
            Advice(
                key=WEBHOOK,
                words=f"A webhook sends what customers write to {host}; Greenroom hears nothing. "
                "Taking this advice removes the webhook; what waits there comes here.",
            )
        )
    places: list[Place] = []
    for named in named_groups(setting):
        place = await api.place(named, me.id)
        advice += hindrances(me, named, place)
        if place is not None and place.inside and place.chat.kind is not Kind.CHANNEL:
            places.append(place)
    if not me.joins and not places:
        advice.append(
            Advice(
                key="joins",
                words=f"@{me.username} may not be added to groups. To answer in the open, send "
                "/setjoingroups to @BotFather and press Enable.",
                by_hand=True,
            )
        )
    return hello(me, api.http.where, places, advice), me, Groups(places)


def hello(me: Me, where: str, places: list[Place], advice: list[Advice]) -> Hello:
    """What the bot is and may do."""
    can = {
        Capability.REPLY_PRIVATE,
        Capability.PROBE_PRIVATE,
        Capability.REFUSAL_SHOWN,
        Capability.EDIT,
        Capability.DELETE,
        Capability.DELETE_PRIVATE,
    }
    cannot = {
        Capability.OPEN_PRIVATE: "A bot can't write first: the customer has to press Start.",
        Capability.IDEMPOTENT: "Telegram posts again what is sent again.",
        Capability.FIND_SENT: "Telegram doesn't show a bot what it has sent.",
    }
    if any(place.writes for place in places):
        can |= {Capability.REPLY_PUBLIC, Capability.INVITE}
    else:
        why = (
            "No group is heard in which this bot may write. To choose one, run “greenroom account "
            "add telegram” again, or name it in the account's setting “groups”."
        )
        cannot |= {Capability.REPLY_PUBLIC: why, Capability.INVITE: why}
    return Hello(
        account=Address(
            remote_id=str(me.id),
            handle=f"@{me.username}",
            name=me.name,
            url=f"https://t.me/{me.username}",
            automated=True,
        ),
        can=frozenset(can),
        cannot=cannot,
        limits=Limits(public=LIMIT, private=LIMIT, unit=UNIT, kept=KEPT),
        where=where,
        advice=tuple(advice),
        facts={"bot": me.username},
    )
