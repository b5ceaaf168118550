"""The connection is cut at every request there is, one after the other: rooms and Bluesky.

What is listened to arrives all the same, and what is sent stands there once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from connectors.contract import (
    CannotTell,
    Connector,
    ConnectorError,
    Cursor,
    Doubtful,
    Hearing,
    Lane,
    NotSent,
    Outgoing,
    Post,
    Receipt,
    Unreachable,
)
from tests.contract.ear import eventually, listening
from tests.contract.partner import ANA, BUDI, Fault
from tests.contract.talking import (
    asked_in_public,
    first_message,
    new_key,
    reply,
    stands_once,
    words,
)
from tests.servers.bluesky_partner import AtprotoPartner
from tests.servers.matrix_partner import SynapsePartner
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.server

TRIES = 6
MOST = 60
"""More requests than anything here takes."""
Both = SynapsePartner | AtprotoPartner
FAULTS = (Fault.REQUEST_LOST, Fault.ANSWER_LOST)
LANES = (Lane.PUBLIC, Lane.PRIVATE)


@pytest.fixture(params=[SynapsePartner, AtprotoPartner], ids=["synapse", "atproto"])
async def partner(request: pytest.FixtureRequest) -> AsyncIterator[Both]:
    made: Both = request.param()
    await made.start()
    yield made
    await made.stop()


def door(partner: Both) -> Proxy:
    return partner.door if isinstance(partner, AtprotoPartner) else partner.proxy


async def each_in_turn(partner: Both, fault: Fault) -> AsyncIterator[int]:
    """Spoil one request after the other; the block does the same work each time, until none of
    its requests is left to spoil."""
    proxy = door(partner)
    proxy.one_each = True
    await proxy.cut()
    for number in range(1, MOST):
        # What may be asked twice is asked once more by aiohttp itself.
        proxy.asked, proxy.spoils = 0, {number: fault, number + 1: fault}
        yield number
        reached, proxy.spoils = proxy.asked >= number, {}
        if not reached:
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_catching_up_skips_nothing(partner: Both, fault: Fault) -> None:
    first = await partner.connector()
    await first.open(partner.secrets)
    known = await asked_in_public(partner, first, ANA)
    async with listening(first, partner.patience) as ear:
        await ear.post(known.remote_id)
        await ear.caught_up()
    await first.close()
    missed = set()
    for customer in (ANA, BUDI):
        missed.add(await partner.writes_public(customer, words("in the open")))
        missed.add(await partner.writes_privately(customer, words("in private")))
    async for number in each_in_turn(partner, fault):
        heard = await _heard(partner, ear.cursor, missed)
        assert missed <= heard, (number, missed - heard)


async def _heard(partner: Both, cursor: Cursor | None, wanted: set[str]) -> set[str]:
    """What a desk has after it has caught up, which begins anew from its last cursor."""
    heard: set[str] = set()
    for _ in range(TRIES):
        connector = await partner.connector()
        try:
            await connector.open(partner.secrets)
            async for batch in connector.listen(cursor):
                heard |= {one.remote_id for one in batch.arrivals if isinstance(one, Post)}
                cursor = batch.cursor or cursor
                if batch.hearing is not Hearing.CATCHING_UP and wanted <= heard:
                    return heard
        except Unreachable:
            pass
        finally:
            await connector.close()
    return heard


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_what_is_sent_stands_there_once(partner: Both, fault: Fault, lane: Lane) -> None:
    connector = await partner.connector()
    await connector.open(partner.secrets)
    question = await asked_in_public(partner, connector, ANA)
    cut = 0
    async for number in each_in_turn(partner, fault):
        cut, said = number, words("once")
        outgoing = reply(question, said) if lane is Lane.PUBLIC else first_message(question, said)
        receipt = await _sent(partner, connector, outgoing)
        door(partner).spoils = {}
        seen = await stands_once(partner, said, lane, ANA)
        assert seen.remote_id == receipt.remote_id
        if lane is Lane.PRIVATE:
            await _begin_anew(partner)
    assert cut > (2 if lane is Lane.PUBLIC else 4)
    await connector.close()


async def _sent(partner: Both, connector: Connector, outgoing: Outgoing) -> Receipt:
    """Send as a desk does: what is known to be undone again, what is in doubt after a look."""
    key = new_key()
    for _ in range(TRIES):
        tried_at = partner.now()
        try:
            return await connector.send(outgoing, key)
        except Unreachable:
            continue
        except Doubtful:
            found = await _looked(partner, connector, outgoing, key, tried_at)
            if isinstance(found, Receipt):
                return found
            assert isinstance(found, NotSent), found
    raise AssertionError("it was never sent")


async def _looked(
    partner: Both, connector: Connector, outgoing: Outgoing, key: str, tried_at: datetime
) -> object:
    async def look() -> object:
        try:
            return await connector.find_sent(outgoing, key, tried_at=tried_at, claimed=frozenset())
        except ConnectorError:
            return None

    def settled(found: object) -> bool:
        return found is not None and not isinstance(found, CannotTell)

    return await eventually(look, settled, partner.patience)


async def _begin_anew(partner: Both) -> None:
    """Nobody has a private conversation with the shop."""
    if isinstance(partner, AtprotoPartner):
        partner.chat.rooms.clear()
        return
    ana = partner.people[ANA]
    for room in await ana.sees():
        if room != partner.room:
            await ana.leaves(room)
