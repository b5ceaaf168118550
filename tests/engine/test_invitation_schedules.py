"""Random schedules of links followed, strangers, faults, kills and undoing: what waits reaches the
one person it is for, once at most, and only after they have begun.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Lane, NotYet
from connectors.stage.faults import Fault, Noise
from console.desk.delivery import DeliveryEvent, Impossible
from console.desk.model import DeliveryState
from console.store import sending
from tests.engine.office import Office

FAULTS = (
    Fault.NO_ROUTE,
    Fault.REQUEST_LOST,
    Fault.SERVER_ERROR,
    Fault.ANSWER_LOST,
    Fault.ANSWER_GARBLED,
    Fault.TOO_MANY,
)
PEOPLE = ("ana", "budi", "mallory")
SERVED = ("ana", "budi")
ACTIONS = st.one_of(
    st.tuples(st.just("link"), st.tuples(st.sampled_from(PEOPLE), st.sampled_from(SERVED))),
    st.tuples(st.just("link"), st.tuples(st.just("ana"), st.just("ana"))),
    st.tuples(st.just("alone"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("writes"), st.just("mallory")),
    st.tuples(st.just("blocks"), st.sampled_from(SERVED)),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
    st.tuples(st.just("noise"), st.sampled_from([Noise.TWICE, Noise.TURNED])),
    st.tuples(st.just("step"), st.sampled_from([0, 1, 9, 60])),
    st.tuples(st.just("kill"), st.sampled_from(["idle", "begun", "posted"])),
    st.tuples(st.just("undo"), st.sampled_from(SERVED)),
    st.tuples(st.just("again"), st.sampled_from(SERVED)),
)


class Play:
    """One desk, two customers with a move to DM each, and a stranger."""

    def __init__(self, folder: Path, *, keeps: bool) -> None:
        self.folder = folder
        self.office = Office(folder, opens=False, invites=True, idempotent=keeps, finds_sent=keeps)
        self.legs: dict[str, tuple[int, int]] = {}
        self.keys: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.begun: set[str] = set()
        self.again: set[str] = set()
        self.marks = 0

    async def begin(self) -> None:
        await self.office.open()
        for name in SERVED:
            asked = self.office.network.customer(name).writes_public(f"{name} asks")
            plan, handoff = await self.office.hand_off(await self.office.hears(asked.remote_id))
            assert handoff.private is not None
            self.legs[name] = (handoff.private, handoff.acknowledgement)
            self.keys[name] = (await self.office.delivery(handoff.private)).key
            assert plan.private is not None
            self.words[name] = plan.private
        await self.office.step(9)

    async def act(self, what: str, how: object) -> None:
        network = self.office.network
        match what:
            case "link":
                who, whose = how  # type: ignore[misc]
                network.customer(who).begins(self.keys[whose])
                self.begun.add(who)
            case "alone":
                network.customer(str(how)).begins()
                self.begun.add(str(how))
            case "writes":
                network.customer("mallory").writes_privately("give it to me")
            case "blocks":
                network.customer(str(how)).begun = False
            case "fault" | "noise":
                network.fault(how)  # type: ignore[arg-type]
            case "step":
                await self.office.step(float(str(how)))
            case "kill":
                await self._kill(str(how))
            case "undo":
                with suppress(Impossible):
                    await self.office.engine.work.recall(self.legs[str(how)][0])
            case "again":
                # A person says that it didn't arrive, after having looked.
                name = str(how)
                found = await self.office.delivery(self.legs[name][0])
                stands = self.words[name] in self.office.posted(Lane.PRIVATE)
                if found.state is DeliveryState.DOUBTFUL and not stands:
                    await self.office.engine.work.settle(found.id, DeliveryEvent.PERSON_SAYS_RESEND)
        await self.taken_in()

    async def taken_in(self) -> None:
        """Wait until all that has happened on the network is on the desk: a mark has come in."""
        self.marks += 1
        mark = self.office.network.customer("clock").writes_public(f"mark {self.marks}")
        await self.office.hears(mark.remote_id)

    async def _kill(self, when: str) -> None:
        """The process ends: at rest, with `sending` on disk, or after the network has it."""
        office = self.office
        for private, _ in self.legs.values():
            if when == "idle":
                break
            began = await office.store.write(sending.begin, private, office.now)
            if began is not None and when == "posted":
                with suppress(NotYet, Exception):
                    await office.session.connector.send(began.outgoing, began.key)
        network = office.network
        await office.close()
        self.office = await Office(self.folder, network).open()

    async def holds(self) -> None:
        network = self.office.network
        assert network.customer("mallory").received == []
        for name in SERVED:
            got = [post.text for post in network.customer(name).received]
            assert got in ([], [self.words[name]]), (name, got)
            assert not got or name in self.begun, "it reached somebody who never began"
            found = await self.office.delivery(self.legs[name][0])
            if found.state is DeliveryState.SENT:
                assert got, "called sent, and nothing stands there"
            if found.awaits:
                assert found.state is DeliveryState.DUE
        public = self.office.posted(Lane.PUBLIC)
        assert len(public) <= len(SERVED)
        for link, key in network.links.items():
            to = network.posts[link].to
            assert to is not None
            assert key == self.keys[to.remote_id]

    async def ends(self) -> None:
        """All is well again, both begin: whatever still waited has left."""
        for name in SERVED:
            self.office.network.customer(name).begins()
            self.begun.add(name)
        await self.taken_in()
        for _ in range(12):
            await self.office.step(120)
        await self.holds()
        for name in SERVED:
            found = await self.office.delivery(self.legs[name][0])
            assert not found.awaits
            assert found.state in {
                DeliveryState.SENT, DeliveryState.DOUBTFUL, DeliveryState.RECALLED,
            }  # fmt: skip
            if found.state is DeliveryState.DOUBTFUL:
                assert found.next_at is None


async def played(folder: Path, acts: list[tuple[str, object]], *, keeps: bool) -> None:
    play = Play(folder, keeps=keeps)
    try:
        await play.begin()
        await play.holds()
        for what, how in acts:
            await play.act(what, how)
            await play.holds()
        await play.ends()
    finally:
        await play.office.close()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.lists(ACTIONS, max_size=14), st.booleans())
def test_what_waits_reaches_its_person_once_at_most(
    acts: list[tuple[str, object]], keeps: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(played(Path(folder), acts, keeps=keeps))
