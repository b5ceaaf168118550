"""What a person does in the schedules: at the composer and at the review deck."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from connectors.contract import Lane
from console.desk.handoff import Acknowledgement, Outcome
from console.desk.model import DraftKind
from tests.kill.eyes import Allowed
from tests.kill.scene import ALL, PICK, PLACES, Scene, awake


class Writing(Scene):
    """A person at the composer."""

    @precondition(awake)
    @rule(pick=PICK, place=st.sampled_from(PLACES), over=st.booleans())
    def types(self, pick, place, over):
        self.writes_down(pick, *place, over=over)

    def writes_down(self, pick, lane, kind, *, over=False):
        """A draft is typed; its id."""
        view = self.view(pick)
        if view is None:
            return None
        found = self.standing(view, lane, kind)
        token = self.world.eyes.token()
        text, public = f"We look into it, {token}.", None
        if found is not None and not over:
            text, public = f"{found.text} And {token}.", found.acknowledgement
        elif found is not None:
            self.world.eyes.forget(f"{found.text} {found.acknowledgement}")
        made = self.act(
            self.world.life.engine.work.save_draft(
                view.row.id, lane, kind, text, acknowledgement=public, seen=view.seen
            ),
            "types",
            tokens=[token],
        )
        if made is not None:
            self.world.eyes.words.add(token)
        return made

    @precondition(awake)
    @rule(pick=PICK, lane=st.sampled_from(Lane), late=st.sampled_from([False, False, True]))
    def replies(self, pick, lane, late):
        self.answers(pick, lane, late=late)

    def answers(self, pick, lane, *, late=False):
        """A person answers; `late`: somebody writes while they type."""
        view = self.view(pick)
        if view is None:
            return
        found = self.standing(view, lane, DraftKind.REPLY)
        token = self.world.eyes.token()
        text = f"{found.text} So {token}." if found else f"It left on Monday, {token}."
        seen = found.seen if found else view.seen
        if late:
            self.writes_now(view)
            if self.world.life is None:
                return
        if not self._wrote_down(view, found, text, None, token):
            return
        self.act(
            self.world.life.engine.work.reply(view.row.id, lane, text, seen=seen, overridden=ALL),
            "replies",
            Allowed(view.row.id, lane, {text: None}, seen),
            tokens=[token],
        )

    @precondition(awake)
    @rule(pick=PICK)
    def moves_to_dm(self, pick):
        view = self.view(pick)
        if view is None:
            return
        desk = self.world.life.engine.work
        plan = self.act(desk.plan_handoff(view.row.id), "looks")
        if plan is None or self.world.life is None:
            return
        found = self.standing(view, Lane.PRIVATE, DraftKind.HANDOFF)
        token = self.world.eyes.token()
        private = f"{found.text if found else plan.private} {token}"
        seen = found.seen if found else view.seen
        said = _signed(plan.acknowledgement, token)
        if found and found.acknowledgement:
            said = replace(said, sent=found.acknowledgement)
        if not self._wrote_down(view, found, private, said.sent, token):
            return
        self.act(
            desk.hand_off(
                view.row.id,
                private=private,
                acknowledgement=said,
                template=None,
                seen=seen,
                overridden=ALL,
            ),
            "moves to DM",
            *_legs(view.row.id, private, said, seen),
            tokens=[token],
        )

    def _wrote_down(self, view, found, text, public, token):
        """What is sent from the composer is in its draft by then; False when it died of that."""
        if found is not None:
            self.act(
                self.world.life.engine.work.save_draft(
                    view.row.id, found.lane, found.kind, text,
                    acknowledgement=public, seen=view.seen,
                ),
                "types",
                tokens=[token],
            )  # fmt: skip
        return self.world.life is not None

    @precondition(awake)
    @rule(pick=PICK, on=st.booleans())
    def heats(self, pick, on):
        view = self.view(pick)
        if view is None:
            return
        self.act(
            self.world.life.engine.work.heat([view.row.id], on=on), "heats", heats=(view.row.id, on)
        )

    @precondition(awake)
    @rule(pick=PICK, done=st.booleans())
    def closes(self, pick, done):
        view = self.view(pick)
        if view is not None:
            desk = self.world.life.engine.work
            self.act((desk.done if done else desk.reopen)([view.row.id]), "closes")


class Deck(Writing):
    """A person at the review deck."""

    def card(self, pick):
        """A draft as the deck shows it; where the deck is empty, one is written for it first."""
        deck = self.deck(pick)
        number = self.pick(pick, deck) if self.world.life else None
        card = None if number is None else self.world.do(self.world.life.engine.review.card(number))
        if card is not None:
            self.world.eyes.saw(card.view)
        return card if self.world.life else None

    def deck(self, pick, least=1):
        """What is in the deck, filled up to so many drafts if need be."""
        deck = self.world.do(self.world.life.engine.review.deck())
        while self.world.life and len(deck) < least:
            lane, kind = self.pick(pick, PLACES)
            draft = self.writes_down(len(deck), lane, kind)
            if draft is None:
                break
            self.act(self.world.life.engine.review.mark_ready(draft), "marks ready")
            least -= 1
        return self.world.do(self.world.life.engine.review.deck()) if self.world.life else ()

    @precondition(awake)
    @rule(pick=PICK, out=st.sampled_from([False, False, False, True]))
    def marks_ready(self, pick, out):
        draft = self.pick(
            pick, self.world.rows("SELECT id FROM drafts WHERE discarded_at IS NULL ORDER BY id")
        )
        if draft is not None:
            review = self.world.life.engine.review
            self.act((review.take_out if out else review.mark_ready)(draft[0]), "marks ready")

    @precondition(awake)
    @rule(pick=PICK, looked=st.booleans(), meanwhile=st.sampled_from([0, 0, 0, 0, 1, 2, 3]))
    def approves(self, pick, looked, meanwhile):
        card = self.card(pick)
        if card is None:
            return
        seen = card.view.seen if looked else card.draft.seen
        self.meanwhile(meanwhile, card.view)
        if self.world.life is None:
            return
        self.act(
            self.world.life.engine.review.approve(
                card.draft.id, seen=seen, overridden=ALL, read=card.draft
            ),
            "approves",
            *of_draft(card.draft, card.plan, seen),
        )

    @precondition(awake)
    @rule(pick=PICK, meanwhile=st.sampled_from([0, 0, 0, 0, 1, 2, 3]))
    def approves_all(self, pick, meanwhile):
        self.deck(pick, least=2)
        if self.world.life is None:
            return
        review = self.world.life.engine.review
        leaving = self.world.do(review.leaving())
        if not leaving:
            return
        plans = {}
        for one in leaving:
            self.world.eyes.saw(one.view)
            card = self.world.life and self.world.do(review.card(one.draft.id))
            if card is None:
                return
            plans[one.draft.id] = card.plan
        self.meanwhile(meanwhile, leaving[0].view)
        if self.world.life is None:
            return
        self.act(
            review.approve_all(leaving),
            "approves all",
            *(
                allowed
                for one in leaving
                for allowed in of_draft(one.draft, plans[one.draft.id], one.draft.seen)
            ),
        )

    def meanwhile(self, what, view):
        """Something happens between the look and the key."""
        thread = view.row.id
        if what == 1:
            self.writes_now(view)
        elif what == 2 and view.drafts:
            draft = view.drafts[0]
            token = self.world.eyes.token()
            self.act(
                self.world.life.engine.work.save_draft(
                    thread, draft.lane, draft.kind, f"{draft.text} Wait, {token}.",
                    acknowledgement=draft.acknowledgement, seen=view.seen,
                ),
                "types elsewhere",
                tokens=[token],
            )  # fmt: skip
        elif what == 3:
            self.act(self.world.life.engine.work.done([thread]), "closes elsewhere")

    @precondition(awake)
    @rule(pick=PICK, what=st.sampled_from(["postpones", "discards", "rewrites"]))
    def reviews(self, pick, what):
        card = self.card(pick)
        if card is None:
            return
        review, draft = self.world.life.engine.review, card.draft
        if what == "postpones":
            self.act(review.postpone(draft.id), what)
        elif what == "discards":
            self.act(review.discard(draft.id), what)
        else:
            token = self.world.eyes.token()
            text = f"{draft.text} Better, {token}."
            self.act(
                review.rewrite(draft.id, text, draft.acknowledgement, seen=card.view.seen),
                what,
                tokens=[token],
            )


def _signed(said: Acknowledgement, token: str) -> Acknowledgement:
    return Acknowledgement(
        sent=f"{said.sent} {token}",
        refused=f"{said.refused} {token}",
        unknown=f"{said.unknown} {token}",
    )


def _legs(thread, private, said, seen):
    yield Allowed(thread, Lane.PRIVATE, {private: None}, seen)
    yield Allowed(
        thread,
        Lane.PUBLIC,
        {
            said.sent: Outcome.SENT,
            said.refused: Outcome.REFUSED,
            said.unknown: Outcome.UNKNOWN,
        },
        seen,
    )


def of_draft(draft, plan, seen, *, text=None, public=None):
    """What the approval of a draft may make."""
    text = draft.text if text is None else text
    if draft.kind is DraftKind.REPLY:
        return [Allowed(draft.thread_id, draft.lane, {text: None}, seen)]
    if plan is None:
        return []
    said = plan.acknowledgement
    if public or draft.acknowledgement:
        said = replace(said, sent=public or draft.acknowledgement)
    return [*_legs(draft.thread_id, text, said, seen)]
