"""Random schedules of a desk: customers, a person, bad luck, and death at any step.

Each rule is something that happens. Where there is a choice among what is there (which draft, which
delivery), a small number picks it. After each rule the model is compared with the store and with
the network; at the end the network heals, a person settles what is doubtful by looking, and
everything has to be where it belongs.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from connectors.contract import Lane, Reason
from connectors.stage.faults import Fault, Noise
from connectors.stage.people import Door
from console.desk.delivery import DeliveryEvent
from console.desk.model import DeliveryState
from tests.kill.elsewhere import Files, Regrets
from tests.kill.person import Writing
from tests.kill.scene import PICK, Customers, Scene, awake
from tests.kill.wire import Mishap

CHANGES = {"rewrites", "imports"}
"""Acts that give a draft other words: undone, those words are gone, as wished."""

NOT_LEFT = (DeliveryState.HELD, DeliveryState.DUE)


class Outbox(Scene):
    """A person takes back, hurries, and says what became of things."""

    @precondition(awake)
    @rule()
    def undoes(self):
        eyes = self.world.eyes
        act, held = self._newest()
        undone = self.act(self.world.life.engine.work.undo(), "undoes", takes_back=True)
        if self.world.life is None:
            # It died, perhaps after the commit: words that a change gave may be gone, as wished.
            for died in eyes.changes.values():
                eyes.words -= set(died.tokens if died.what in CHANGES else ())
            return
        found = None if undone is None else eyes.changes.get(undone.change)
        if found is not None and found.what in CHANGES:
            eyes.words -= set(found.tokens)
        left = () if undone is None else undone.left
        for delivery in held:
            if delivery not in left and eyes.known[delivery].state is not DeliveryState.RECALLED:
                eyes.broken.append(f"{act.what} was undone, but delivery {delivery} stays")
        if undone is not None and undone.nothing:
            self.act(self.world.life.engine.work.pass_by(undone.change), "passes by")

    def _newest(self):
        """What an undo has to take back: the last act that still has something to it, and those of
        its deliveries that have not left."""
        eyes = self.world.eyes
        rows = self.world.rows("SELECT id FROM changes WHERE undone_at IS NULL ORDER BY id DESC")
        for (change,) in rows:
            act = eyes.changes.get(change)
            if act is None:
                break
            alive = [one for one in act.made if eyes.known[one].state is not DeliveryState.RECALLED]
            if act.made and not alive:
                continue
            legs = [one for one in alive if eyes.known[one].leg != "acknowledgement"]
            return act, [one for one in legs if eyes.known[one].state in NOT_LEFT]
        return None, []

    @precondition(awake)
    @rule(pick=PICK)
    def recalls(self, pick):
        delivery = self.pick(pick, self.world.outbox(*DeliveryState))
        if delivery is not None:
            self.act(self.world.life.engine.work.recall(delivery), "takes back", takes_back=True)

    @precondition(awake)
    @rule(pick=PICK)
    def hurries(self, pick):
        delivery = self.pick(pick, self.world.outbox(DeliveryState.HELD))
        if delivery is None:
            return
        now, eyes = self.world.clock(), self.world.eyes
        handoff = eyes.known[delivery].handoff
        for number, known in eyes.known.items():
            if number == delivery or (handoff is not None and known.handoff == handoff):
                known.not_before = min(known.not_before, now)
        self.act(self.world.life.engine.work.leave_now(delivery, on_purpose=True), "hurries")

    @precondition(awake)
    @rule(pick=PICK, give_up=st.booleans())
    def settles(self, pick, give_up):
        """A person looks at the network and says what they see."""
        delivery = self.pick(pick, self.world.outbox(DeliveryState.DOUBTFUL, DeliveryState.REFUSED))
        if delivery is None:
            self.world.network.fault(Fault.ANSWER_LOST)
            self.world.passes(9)
        else:
            self.says(delivery, give_up=give_up)

    def says(self, delivery, *, give_up):
        network, known = self.world.network, self.world.eyes.known[delivery]
        if known.key in network.under_way:
            return
        event = DeliveryEvent.PERSON_SAYS_RESEND
        if network.standing(known.key):
            event = DeliveryEvent.PERSON_SAYS_SENT
        elif give_up:
            event = DeliveryEvent.GIVE_UP
        if event is DeliveryEvent.GIVE_UP:
            for text in known.texts:
                self.world.eyes.forget(text)
        known.resent = known.resent or event is DeliveryEvent.PERSON_SAYS_RESEND
        self.act(self.world.life.engine.work.settle(delivery, event), "settles", takes_back=True)


class Fate(Writing):
    """Time, the network, and death."""

    @rule(seconds=st.sampled_from([0.3, 3, 9, 9, 9, 40, 100]))
    def time_passes(self, seconds):
        self.world.passes(seconds)

    @rule(up=st.booleans())
    def network(self, up):
        if up:
            self.world.network.start()
        else:
            self.world.network.stop()
        self.world.passes(0)

    @rule(
        fault=st.sampled_from([*Fault, *Mishap, Noise.TWICE, Noise.ODD]),
        reason=st.sampled_from(Reason),
        soon=st.booleans(),
        fuse=st.integers(0, 9),
    )
    def bad_luck(self, fault, reason, soon, fuse):
        """Something is about to go wrong; `soon`: for words that are about to leave, and with a
        fuse the process dies on the way too."""
        if soon and self.world.life is not None:
            self.answers(len(self.posts), Lane.PUBLIC)
            self.world.fuse = fuse if self.world.life else 0
        if isinstance(fault, Mishap):
            self.world.network.mishaps.append(fault)
        else:
            self.world.network.fault(fault, reason=reason)
        if soon:
            self.world.passes(9)

    @rule(seconds=st.sampled_from([0, 1, 20]))
    def slow(self, seconds):
        self.world.network.slow = seconds

    @precondition(awake)
    @rule(steps=st.integers(1, 12))
    def will_die(self, steps):
        self.world.fuse = steps

    @rule(clean=st.sampled_from([True, False, False]))
    def starts_again(self, clean):
        if clean:
            self.world.stop()
        else:
            self.world.kill()
        self.world.start()


class Schedule(Customers, Files, Outbox, Regrets, Fate):
    """A whole schedule, and how it has to end."""

    def teardown(self):
        if not hasattr(self, "world"):
            return
        try:
            if self.well:
                self.ends()
        finally:
            self.world.close()

    def ends(self):
        world = self.world
        for guest in self.guests:
            guest.door = Door.OPEN
        for _ in range(8):
            world.heal()
            world.passes(150)
            world.check()
            for delivery in world.outbox(DeliveryState.DOUBTFUL):
                self.says(delivery, give_up=False)
            if not world.outbox(
                DeliveryState.HELD,
                DeliveryState.DUE,
                DeliveryState.SENDING,
                DeliveryState.DOUBTFUL,
            ):
                break
        world.check()
        self.settled()
        self.heard()

    def settled(self):
        """Every delivery is settled, and stands there exactly where it says so."""
        network = self.world.network
        assert not self.world.rows("SELECT words FROM attempts WHERE words LIKE '%stumbled%'")
        assert not self.world.rows("SELECT id FROM withdrawals WHERE state = 'asked'")
        deleted = {
            row[0]
            for row in self.world.rows(
                "SELECT delivery_id FROM withdrawals WHERE kind = 'delete' AND state = 'done'"
            )
        }
        for delivery, known in self.world.eyes.known.items():
            standing = network.standing(known.key)
            wanted = 1 if known.state is DeliveryState.SENT and delivery not in deleted else 0
            assert known.state.settled, f"delivery {delivery} is {known.state} for ever"
            assert len(standing) == wanted, f"delivery {delivery} is {known.state}: {standing}"
            for remote_id in standing:
                assert network.posts[remote_id].text in {*known.texts, *known.edits}

    def heard(self):
        """Every word of a customer is in the store as it stands, once; so is each of ours."""
        network = self.world.network
        rows = self.world.rows("SELECT remote_id, text, deleted_at FROM messages")
        for post in self.posts:
            mine = [row for row in rows if row[0] == post.remote_id]
            assert len(mine) == 1, f"{post} is there {len(mine)} times"
            now = network.posts.get(post.remote_id)
            assert (mine[0][2] is None) is (now is not None), f"{post} was deleted, or not"
            assert now is None or mine[0][1] == now.text
        for _, remote_id in network.made:
            mine = [row for row in rows if row[0] == remote_id]
            assert len(mine) == 1, f"our own {remote_id} is there {len(mine)} times"
            now = network.posts.get(remote_id)
            assert (mine[0][2] is None) is (now is not None), f"{mine} was deleted, or not"
            assert now is None or mine[0][1] == now.text, f"{mine} stands there as {now.text!r}"
