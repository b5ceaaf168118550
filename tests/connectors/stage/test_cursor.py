"""Whatever happens and wherever a listener stops: it can go on, and it has missed nothing."""

from __future__ import annotations

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Arrival, Cursor, Hearing
from connectors.stage.connector import Stage
from connectors.stage.network import Quirks, StageNetwork
from tests.connectors.stage.hand import Hand

Act = Literal["write", "edit", "delete", "stop", "cut"]


async def heard(stage: Stage, since: Cursor | None) -> tuple[list[Arrival], Cursor | None]:
    """What one catch-up tells, and where it ends."""
    told: list[Arrival] = []
    listening = stage.listen(since)
    try:
        async for batch in listening:
            told += batch.arrivals
            since = batch.cursor or since
            if batch.hearing is not Hearing.CATCHING_UP:
                return told, since
    finally:
        await listening.aclose()  # type: ignore[attr-defined]
    raise AssertionError("listening came to an end")


@settings(max_examples=60, deadline=None)
@given(
    acts=st.lists(
        st.sampled_from(["write", "write", "edit", "delete", "stop", "cut"]), max_size=40
    ),
    page=st.integers(1, 7),
)
async def test_stops_at_any_moment_skip_nothing(acts: list[Act], page: int) -> None:
    clock = Hand()
    network = StageNetwork(clock=clock, quirks=Quirks(page=page))
    stage = Stage({}, remembered=None, clock=clock, world=network)
    await stage.open({})
    ana = network.customer("ana")
    told: list[Arrival] = []
    cursor: Cursor | None = None
    standing: list[str] = []
    for act in [*acts, "stop"]:
        clock.pass_by(1)
        if act == "write":
            standing.append(ana.writes_public(f"at {clock()}").remote_id)
        elif act == "edit" and standing:
            ana.edits(standing[-1], f"edited at {clock()}")
        elif act == "delete" and standing:
            ana.deletes(standing.pop(0))
        elif act == "cut":
            network.cut()
        elif act == "stop":
            more, cursor = await heard(stage, cursor)
            told += more
    assert told == network.log.arrivals


@settings(max_examples=40, deadline=None)
@given(cursor=st.text(max_size=40))
async def test_a_cursor_of_another_network_begins_at_the_beginning(cursor: str) -> None:
    clock = Hand()
    network = StageNetwork(clock=clock)
    network.customer("ana").writes_public("hello")
    stage = Stage({}, remembered=None, clock=clock, world=network)
    await stage.open({})
    told, own = await heard(stage, cursor)
    assert told == network.log.arrivals
    assert own is not None
    assert (await heard(stage, own))[0] == []
