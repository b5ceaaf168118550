"""Short ways to say in a case what a desk would do: reply, message, look for what was sent."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from itertools import count
from uuid import uuid4

from connectors.contract import (
    Address,
    CannotTell,
    Connector,
    Found,
    Lane,
    Outgoing,
    Post,
    Receipt,
)
from tests.contract.ear import eventually, listening
from tests.contract.partner import Ability, Partner, Seen

_NUMBERS = count(1)


def new_key() -> str:
    """A key as the desk makes one for every delivery."""
    return uuid4().hex


def words(said: str) -> str:
    """A text that nobody has said yet: plain letters, so that every network carries it."""
    return f"{said} {next(_NUMBERS)}-{uuid4().hex[:8]}"


def reply(post: Post, text: str) -> Outgoing:
    """The answer to a post, in its lane."""
    return Outgoing(
        lane=post.lane,
        text=text,
        to=post.author,
        reply_to=post.remote_id,
        conversation=post.conversation,
        audience=post.audience,
    )


def first_message(post: Post, text: str) -> Outgoing:
    """The private message that opens a lane, about a public post."""
    return Outgoing(lane=Lane.PRIVATE, text=text, to=post.author, about=post.remote_id)


async def asked_in_public(partner: Partner, connector: Connector, customer: str) -> Post:
    """A customer's public question, as the connector heard it."""
    remote_id = await partner.writes_public(customer, words("where is my parcel"))
    async with listening(connector, partner.patience) as ear:
        return await ear.post(remote_id)


async def asked_in_private(partner: Partner, connector: Connector, customer: str) -> Post:
    """A customer's private question, as the connector heard it."""
    remote_id = await partner.writes_privately(customer, words("my order number is"))
    async with listening(connector, partner.patience) as ear:
        return await ear.post(remote_id)


async def asked(partner: Partner, connector: Connector, customer: str) -> Post:
    """A customer's question, in public where the network has that, as the connector heard it."""
    if Ability.WRITE_PUBLIC in partner.abilities:
        return await asked_in_public(partner, connector, customer)
    return await asked_in_private(partner, connector, customer)


async def address_of(partner: Partner, connector: Connector, customer: str) -> Address:
    """A customer's address."""
    return (await asked_in_public(partner, connector, customer)).author


async def standing(partner: Partner, text: str, lane: Lane, customer: str) -> list[Seen]:
    """What stands on the network with these words in it, right now."""
    posts = (
        await partner.public_posts_of_shop()
        if lane is Lane.PUBLIC
        else await partner.private_posts_to(customer)
    )
    return [post for post in posts if text in post.text]


async def stands_once(partner: Partner, text: str, lane: Lane, customer: str) -> Seen:
    """Wait until the words stand there; they must stand there once."""
    found = await eventually(
        lambda: standing(partner, text, lane, customer), bool, partner.patience
    )
    assert len(found) == 1, f"stands {len(found)} times: {text}"
    return found[0]


async def look_for(
    partner: Partner,
    connector: Connector,
    outgoing: Outgoing,
    key: str,
    *,
    tried_at: datetime,
    claimed: Set[str] = frozenset(),
    until_receipt: bool,
) -> Found:
    """Look as a desk does: again as long as it can't be told, or until the receipt is there."""

    async def look() -> Found:
        return await connector.find_sent(outgoing, key, tried_at=tried_at, claimed=claimed)

    def enough(found: Found) -> bool:
        return isinstance(found, Receipt) or (
            not until_receipt and not isinstance(found, CannotTell)
        )

    return await eventually(look, enough, partner.patience)
