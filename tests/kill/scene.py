"""What every rule of the schedules stands on, and the customers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.contract import Lane
from connectors.stage.people import Door
from console.desk.checks import FindingKind
from console.desk.delivery import Impossible
from console.desk.handoff import CannotHandOff
from console.desk.model import DraftKind
from console.desk.withdrawal import CannotWithdraw
from console.engine.work import Stopped
from console.store.errors import NotThere
from tests.kill.hours import Hours
from tests.kill.world import World

PICK = st.integers(0, 5)
ALL = frozenset(FindingKind)
NOT_NOW = (Stopped, NotThere, CannotHandOff, Impossible, CannotWithdraw)
"""What the desk may answer to a person: nothing was done then."""

PLACES = (
    (Lane.PUBLIC, DraftKind.REPLY),
    (Lane.PRIVATE, DraftKind.REPLY),
    (Lane.PRIVATE, DraftKind.HANDOFF),
)


def awake(machine: Scene) -> bool:
    return machine.world.life is not None


class Scene(RuleBasedStateMachine):
    """What every part of the machine stands on."""

    loop: Hours
    folder: Path
    world: World
    well = True

    @initialize(
        idempotent=st.booleans(),
        finds=st.booleans(),
        shown=st.booleans(),
        window=st.sampled_from([None, None, None, 150]),
        page=st.sampled_from([1, 20]),
    )
    def begin(self, idempotent, finds, shown, window, page):
        self.world = World(
            self.loop,
            self.folder,
            None if window is None else timedelta(seconds=window),
            idempotent=idempotent,
            finds_sent=finds,
            refusal_shown=shown,
            page=page,
        )
        self.guests = [self.world.network.customer(name) for name in ("ana", "budi")]
        self.posts = [guest.writes_public("where is my parcel?") for guest in self.guests]
        self.world.start()

    @invariant()
    def holds(self):
        self.well = False
        self.world.check()
        self.well = True

    # --- how a person looks and acts --------------------------------------------------------

    def act(self, work, what, *allows, **more):
        """A person does something; None where the desk says that it can't be, or dies of it."""

        async def asked():
            with self.world.eyes.act(what, *allows, **more):
                try:
                    return await work
                except NOT_NOW:
                    return None

        return self.world.do(asked())

    def pick(self, pick, among):
        return among[pick % len(among)] if among else None

    def view(self, pick):
        """A person opens a thread; None where there is none."""
        thread = self.pick(pick, self.world.rows("SELECT id FROM threads ORDER BY id"))
        if thread is None:
            return None
        view = self.world.do(self.world.life.engine.reading.thread(thread[0]))
        if view is not None:
            self.world.eyes.saw(view)
        return view

    def writes_now(self, view):
        guest = self._of(view)
        lane = next(bound for bound in view.lanes)
        above = lane.reply_to if lane.reply_to in self.world.network.posts else None
        write = guest.writes_public if lane.lane is Lane.PUBLIC else guest.writes_privately
        self.posts.append(write(f"never mind, {self.world.eyes.token()}", reply_to=above))
        self.world.passes(0)

    def _of(self, view):
        return next(g for g in self.guests if g.address.handle == view.row.handle)

    def standing(self, view, lane, kind):
        """The draft in a place of a thread."""
        return next((d for d in view.drafts if (d.lane, d.kind) == (lane, kind)), None)


class Customers(Scene):
    """What happens on the other side."""

    @rule(who=PICK, public=st.booleans(), again=st.booleans())
    def writes(self, who, public, again):
        guest = self.pick(who, self.guests)
        mine = [p for p in self.posts if p.author == guest.address]
        above = next(
            (
                p.remote_id
                for p in reversed(mine)
                if p.remote_id in self.world.network.posts and (p.lane is Lane.PUBLIC) is public
            ),
            None,
        )
        above = above if again else None
        text = f"and one thing more, {self.world.eyes.token()}"
        write = guest.writes_public if public else guest.writes_privately
        self.posts.append(write(text, reply_to=above))
        self.world.passes(0)

    @rule(pick=PICK, away=st.booleans())
    def thinks_again(self, pick, away):
        post = self.pick(
            pick, [p for p in reversed(self.posts) if p.remote_id in self.world.network.posts]
        )
        if post is None:
            return
        if away:
            self.world.network.take_away(post.remote_id)
        else:
            self.world.network.edit(post.remote_id, f"I mean {self.world.eyes.token()}")
        self.world.passes(0)

    @rule(who=PICK, door=st.sampled_from(Door))
    def door(self, who, door):
        self.pick(who, self.guests).door = door
