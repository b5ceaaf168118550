"""Random schedules of wishes, faults and kills: what a person asked for last is what stands there.

The network and the desk are compared with a model after every step: nothing is deleted or changed
that nobody asked for, and in the end everything that was asked is settled.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.stage.faults import Fault
from console.desk.model import DeliveryState
from console.desk.withdrawal import CannotWithdraw, WithdrawalKind, WithdrawalState
from console.store import withdrawals
from tests.engine.office import Office

FIRST = "It left on Mnoday."
FAULTS = (
    Fault.NO_ROUTE,
    Fault.REQUEST_LOST,
    Fault.SERVER_ERROR,
    Fault.ANSWER_LOST,
    Fault.ANSWER_GARBLED,
    Fault.TOO_MANY,
)
ACTIONS = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 3)),
    st.tuples(st.just("delete"), st.none()),
    st.tuples(st.just("drop"), st.none()),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
    st.tuples(st.just("step"), st.sampled_from([0, 1, 31, 90])),
    st.tuples(st.just("kill"), st.sampled_from(["idle", "begun", "asked"])),
    st.tuples(st.just("elsewhere"), st.none()),
)


class Play:
    """One desk, one network, and what must be true of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.office = Office(folder)
        self.asked: set[int] = set()
        self.wanted = {FIRST}
        self.deletions: set[int] = set()
        self.elsewhere = False

    async def begin(self) -> None:
        await self.office.open()
        post = self.office.network.customer("ana").writes_public("where is it?")
        view = await self.office.hears(post.remote_id)
        self.delivery = await self.office.reply(view, FIRST)
        await self.office.step(9)
        assert await self.office.state(self.delivery) is DeliveryState.SENT

    async def act(self, what: str, how: object) -> None:
        recalls = self.office.engine.recalls
        with suppress(CannotWithdraw):
            match what:
                case "edit":
                    text = f"It left on day {how}."
                    self.asked.add(await recalls.edit(self.delivery, text))
                    self.wanted.add(text)
                case "delete":
                    ids = await recalls.delete([self.delivery])
                    self.asked.update(ids)
                    self.deletions.update(ids)
                case "drop":
                    pending = (await recalls.offer(self.delivery)).legs[0].pending
                    if pending is not None:
                        await recalls.drop(pending.id)
                        self.deletions.discard(pending.id)
                case "fault":
                    assert isinstance(how, Fault)
                    self.office.network.fault(how, recalling=True)
                case "step":
                    assert isinstance(how, int)
                    await self.office.step(how)
                case "kill":
                    await self._kill(str(how))
                case "elsewhere":
                    for post in self.office.network.posts_of_shop():
                        self.office.network.take_away(post.remote_id)
                    self.elsewhere = True

    async def _kill(self, when: str) -> None:
        """The process ends: at rest, after the try was counted, or after the network did it."""
        office = self.office
        pending = (await office.engine.recalls.offer(self.delivery)).legs[0].pending
        if when != "idle" and pending is not None:
            began = await office.store.write(withdrawals.begin, pending.id, office.now)
            if when == "asked" and began is not None:
                with suppress(Exception):
                    if began.wish.kind is WithdrawalKind.EDIT:
                        await office.session.connector.edit(began.remote_id, began.outgoing)
                    else:
                        await office.session.connector.delete(began.remote_id)
        network = office.network
        await office.close()
        self.office = await Office(self.folder, network).open()

    async def rows(self) -> list[withdrawals.Withdrawal]:
        found = await self.office.store.read(withdrawals.of_deliveries, [self.delivery])
        return list(found.get(self.delivery, ()))

    async def holds(self) -> None:
        posted = self.office.posted()
        assert len(posted) <= 1
        assert set(posted) <= self.wanted, "other words than anybody asked for"
        if not posted:
            assert self.elsewhere or self.deletions, "deleted, and nobody asked for it"
        rows = await self.rows()
        assert {wish.id for wish in rows} == self.asked, "a wish is lost, or made up"
        assert sum(wish.pending for wish in rows) <= 1

    async def ends(self) -> None:
        """Time goes by without further faults: everything is settled, and both sides agree."""
        for _ in range(30):
            await self.office.step(120)
        rows = await self.rows()
        assert not any(wish.pending for wish in rows)
        posted = self.office.posted()

        async def agree() -> bool:
            message = next(one for one in (await self.office.view()).messages if one.ours)
            if not posted:
                return message.deleted_at is not None
            return message.deleted_at is None and message.text == posted[0]

        # What was done elsewhere comes in by the stream.
        await self.office.until(agree)
        last = next((w for w in reversed(rows) if w.state is not WithdrawalState.DROPPED), None)
        if last is None or self.elsewhere:
            return
        assert last.state is WithdrawalState.DONE
        wanted = [] if last.kind is WithdrawalKind.DELETE else [last.text]
        assert posted == wanted


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
@given(st.lists(ACTIONS, min_size=1, max_size=14))
def test_what_was_asked_for_last_is_what_stands_there(actions: list[tuple[str, object]]) -> None:
    async def play(folder: Path) -> None:
        played = Play(folder)
        await played.begin()
        try:
            for what, how in actions:
                await played.act(what, how)
                await played.holds()
            await played.ends()
        finally:
            await played.office.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))
