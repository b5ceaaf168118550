"""What a person does in the schedules with files of drafts, and to words that have left."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from connectors.contract import Lane
from connectors.stage.faults import Fault
from console.desk.model import DeliveryState
from console.desk.sheet_reading import read
from console.engine.exchange import Exchange
from console.engine.judging import Outcome
from console.store import drafts
from tests.kill.person import Deck, Writing, of_draft
from tests.kill.scene import ALL, PICK, awake

BLANK = 'decision = ""'


class Files(Deck):
    """Drafts that go to another machine and come back."""

    def __init__(self):
        super().__init__()
        self.shelf = []
        """The files that were ever written."""

    def exchange(self):
        engine = self.world.life.engine
        return Exchange(self.world.life.store, engine.review, engine.clock)

    @precondition(awake)
    @rule(pick=PICK)
    def exports(self, pick):
        self.deck(pick, least=2)
        for thread in range(2):
            if self.world.life is not None:
                self.view(thread)
        if self.world.life is None:
            return
        came = self.world.do(self.exchange().export(unfinished=True))
        for one in came.written if came is not None else ():
            head = read(one.text.encode()).head
            # What came in between the look and the file was read by nobody.
            if (head.thread, head.seen.message, head.seen.revision) in self.world.eyes.read:
                self.shelf.append((one.draft, one.text))

    @precondition(awake)
    @rule(
        picks=st.lists(PICK, min_size=1, max_size=3),
        decision=st.sampled_from(["", "approve", "approve", "approve", "discard", "later"]),
        edits=st.booleans(),
        twice=st.booleans(),
    )
    def imports(self, picks, decision, edits, twice):
        if not self.shelf:
            self.exports(picks[0])
        files, allows, tokens = [], [], []
        for number, pick in enumerate(picks):
            found = self.pick(-1 - pick, self.shelf)
            if found is None or self.world.life is None:
                return
            draft, file = found
            file = file.replace(BLANK, f'decision = "{decision}"')
            if edits:
                tokens.append(self.world.eyes.token())
                file = file.replace(draft.text, f"{draft.text} From the train, {tokens[-1]}.", 1)
            files.append((f"{number}.txt", file.encode()))
            if decision == "approve":
                allows += self._asks_for(file)
        self._take_in(files, allows, tokens)
        if twice and self.world.life is not None:
            # The same files again: nothing is made of them any more.
            self._take_in(files, [], [])

    def _take_in(self, files, allows, tokens):
        came = self.act(self.exchange().take_in(files), "imports", *allows, tokens=tokens)
        for one in came or ():
            if one.outcome is Outcome.APPROVED and not one.deliveries:
                self.world.eyes.broken.append(f"approved, and nothing was made: {one}")

    def _asks_for(self, file):
        """What the approval in a file may make of its draft."""
        sheet = read(file.encode())
        key = sheet.head.key
        draft = self.world.do(self.world.life.store.read(drafts.by_key, key))
        card = (
            draft
            and self.world.life
            and self.world.do(self.world.life.engine.review.card(draft.id))
        )
        if not card:
            return []
        self.world.eyes.saw(card.view)
        public = sheet.acknowledgement or draft.acknowledgement
        return of_draft(draft, card.plan, sheet.head.seen, text=sheet.text.rstrip(), public=public)


class Regrets(Writing):
    """Words that have left are deleted, or replaced by others."""

    @precondition(awake)
    @rule(
        pick=PICK,
        edits=st.booleans(),
        fault=st.sampled_from([None, None, *Fault]),
        fuse=st.integers(0, 6),
    )
    def withdraws(self, pick, edits, fault, fuse):
        if not self.world.outbox(DeliveryState.SENT):
            self.answers(pick, Lane.PUBLIC)
            self.world.passes(9)
        delivery = self.pick(pick, self.world.outbox(DeliveryState.SENT))
        if delivery is None or self.world.life is None:
            return
        if fault is not None:
            self.world.network.fault(fault, recalling=True)
        self.world.fuse = fuse
        recalls, eyes = self.world.life.engine.recalls, self.world.eyes
        known = eyes.known[delivery]
        if edits:
            token = eyes.token()
            text = f"Sorry, rather {token}."
            known.edits.add(text)
            work = recalls.edit(delivery, text, overridden=ALL)
            self.act(work, "edits what was sent", tokens=[token], takes_back=True)
        else:
            known.may_go = True
            self.act(recalls.delete([delivery]), "deletes what was sent", takes_back=True)
