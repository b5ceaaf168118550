"""Sending: through the checks, once, and into the undo window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import Lane
from console.desk.delivery import Impossible
from console.desk.handoff import Acknowledgement, CannotHandOff, HandoffPlan
from console.desk.model import DeliveryState, DraftKind, Seen, ThreadView
from console.engine.work import Astray, Finding, FindingKind, Stopped
from console.store.cooling import Cooling
from console.store.errors import NotThere, StoreError
from console.ui import safe
from console.ui.doing.leaving import leaves
from console.ui.doing.part import Part
from console.ui.doing.writing import Piece
from console.ui.wording import count, wait

if TYPE_CHECKING:
    from console.ui.panes.composer import Composer
    from console.ui.screens.desk import DeskScreen

WORD = "send"
"""What is typed to let an answer leave in a cool-off."""

_UNDER_WAY = {DeliveryState.HELD, DeliveryState.DUE, DeliveryState.SENDING}


class Sending(Part):
    """What commits words: replies, and the move to DM."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.stopped: tuple[Finding, ...] = ()
        """What stands against what is being written, since it was last tried."""
        self._committing = False

    # --- what is being written --------------------------------------------------------------

    def do_send(self) -> None:
        """Ctrl+S"""
        self._send(frozenset())

    def do_override(self) -> None:
        """Ctrl+O"""
        if not self.stopped:
            self.say(f"Nothing stands against it: {self.screen.key('send')} sends.")
        elif any(finding.stops for finding in self.stopped):
            self.say("This can't be sent as it is. What to do stands under the text.")
        else:
            self._send(frozenset(finding.kind for finding in self.stopped))

    def _send(self, overridden: frozenset[FindingKind]) -> None:
        composer, piece = self.screen.writing.composer, self.screen.writing.piece
        if composer is None or piece is None or self._committing:
            return
        self._committing = True
        composer.changed()
        text, acknowledgement = composer.text, composer.acknowledgement

        async def commit() -> None:
            try:
                await self._commit(piece, text, acknowledgement, overridden)
            finally:
                self._committing = False

        self.screen.open(commit)

    async def _commit(
        self,
        piece: Piece,
        text: str,
        acknowledgement: str | None,
        overridden: frozenset[FindingKind],
    ) -> None:
        # On disk first, so that nothing is lost whatever happens next, and no save comes after.
        await self.screen.writing.write_down(piece, text, acknowledgement)
        try:
            if piece.plan is not None:
                await self._hand_off(piece, piece.plan, text, acknowledgement or "", overridden)
                what = _leave(piece.view, piece.plan)
            else:
                await self.engine.work.reply(
                    piece.thread_id,
                    piece.lane,
                    text,
                    seen=piece.seen,
                    overridden=overridden,
                    to=piece.view.route(piece.lane),
                )
                what = "It leaves"
        except Stopped as error:
            await self._object(piece, error.findings)
            return
        except (NotThere, StoreError, CannotHandOff) as error:
            kept = "not on disk" if piece in self.screen.rescuing.waiting else "kept as a draft"
            self.screen.telling.trouble(f"Not sent, and {kept}. {error.words}")
            if isinstance(error, Astray) and self.screen.writing.piece is piece:
                # What stands over the words isn't true any more: the key opens them anew.
                self.screen.writing.put_away()
            return
        piece.sent = True
        self.screen.rescuing.on_disk(piece)
        if piece.note_id is not None:
            await self.engine.drafting.no_note(piece.note_id)
        if self.screen.writing.piece is piece:
            self.screen.writing.put_away()
        await self.screen.showing.refresh()
        self.screen.conversation.timeline.to_end()
        back = "them back" if piece.kind is DraftKind.HANDOFF else "it back"
        self._say_when(piece.view, piece.lane, what, back)

    async def _hand_off(
        self,
        piece: Piece,
        plan: HandoffPlan,
        text: str,
        acknowledgement: str,
        overridden: frozenset[FindingKind],
    ) -> None:
        words = plan.acknowledgement
        alone = plan.private is None
        await self.engine.work.hand_off(
            piece.thread_id,
            private=None if alone else text,
            acknowledgement=Acknowledgement(
                sent=words.sent if alone else acknowledgement,
                refused=acknowledgement if alone else words.refused,
                unknown=words.unknown,
            ),
            template=piece.template,
            seen=piece.seen,
            overridden=overridden,
            to=piece.view.route(Lane.PRIVATE),
        )

    def _say_when(self, view: ThreadView, lane: Lane, what: str, back: str) -> None:
        account, heated = view.route(lane).account, view.row.heated
        settings = self.engine.settings
        window = settings.undo_window
        edit, undo = self.screen.key("open"), self.screen.key("undo")
        if heated and settings.cool_off > window:
            cool = wait(settings.cool_off)
            now = self.screen.key("leave-now")
            self.say(
                f"Held to cool off. {what} in {cool}.  {edit} edits, {undo} takes {back}, {now} "
                "lets it leave now."
            )
            return
        when, off = leaves(self.engine, account, wait(window))
        if off:
            self.say(f"{what} {when}.  {edit} edits, {undo} takes {back} until then.")
        elif window:
            self.say(f"{what} {when}.  {edit} edits, {undo} takes {back}.")
        else:
            self.say(f"{what} now.")

    async def _object(self, piece: Piece, findings: tuple[Finding, ...]) -> None:
        from console.ui.panes.composer import Objection

        self.stopped = findings
        composer: Composer | None = self.screen.writing.composer
        if composer is None or self.screen.writing.piece is not piece:
            self.say(findings[0].words)
            return
        if any(finding.kind is FindingKind.STALE for finding in findings):
            # What is new is shown right above the text now: the next try is on top of it.
            view = await self.screen.showing.refresh()
            if view is not None and view.row.id == piece.thread_id:
                piece.seen = view.seen
                self.screen.writing.say_news(piece, "")
            self.screen.conversation.timeline.to_end()
        composer.show_objections(
            [Objection(finding.words, not finding.stops) for finding in findings],
            self.screen.key("override"),
        )
        if any(finding.kind is FindingKind.HOLE for finding in findings):
            composer.to_hole()

    # --- the move to DM ---------------------------------------------------------------------

    def do_handoff(self) -> None:
        """`m`"""
        ids = self.screen.aiming.targets()
        if not ids:
            self.say("There is no thread here.")
        elif len(ids) > 1:
            self.begin(self._many(ids))
        else:
            self.screen.open(self._one)

    async def _one(self) -> None:
        # What the person had seen when they pressed the key; what has come since may matter.
        seen = self.screen.showing.view
        view = await self.screen.aiming.to_answer()
        if view is None:
            return
        if _moving(view):
            self.screen.enter_thread()
            self.screen.conversation.timeline.to_end()
            edit, undo = self.screen.key("open"), self.screen.key("undo")
            self.say(f"The move to DM is on its way. {edit} edits, {undo} takes both back.")
            return
        try:
            plan = await self.engine.work.plan_handoff(view.row.id)
        except (CannotHandOff, NotThere) as error:
            self.say(error.words)
            return
        draft = next((found for found in view.drafts if found.kind is DraftKind.HANDOFF), None)
        if draft is not None:
            await self.screen.writing.open_handoff(view, plan, draft)
            return
        if plan.in_vain:
            await self.screen.writing.open_handoff(view, plan)
            return
        try:
            known = seen if seen is not None and seen.row.id == view.row.id else view
            await self._commit_plan(view, plan, known.seen)
        except Stopped as error:
            # Something is open or objected to: both texts are shown, with what is the matter.
            await self.screen.writing.open_handoff(view, plan)
            if self.screen.writing.piece is not None:
                await self._object(self.screen.writing.piece, error.findings)
            return
        self.screen.enter_thread()
        await self.screen.showing.refresh()
        self.screen.conversation.timeline.to_end()
        back = "both back" if plan.private is not None else "it back"
        self._say_when(view, Lane.PRIVATE, _leave(view, plan), back)

    async def _commit_plan(self, view: ThreadView, plan: HandoffPlan, seen: Seen) -> None:
        await self.engine.work.hand_off(
            view.row.id,
            private=plan.private,
            acknowledgement=plan.acknowledgement,
            template=plan.template,
            seen=seen,
            to=view.route(Lane.PRIVATE),
        )

    async def _many(self, ids: tuple[int, ...]) -> None:
        moved, left = 0, []
        for thread_id in ids:
            view = await self.screen.showing.now(thread_id)
            if view is None:
                continue
            name = view.row.contact_name or view.row.handle
            if _moving(view) or any(draft.kind is DraftKind.HANDOFF for draft in view.drafts):
                left.append(name)
                continue
            try:
                plan = await self.engine.work.plan_handoff(thread_id)
                if plan.in_vain:
                    left.append(name)
                    continue
                await self._commit_plan(view, plan, view.seen)
                moved += 1
            except (CannotHandOff, Stopped, NotThere):
                left.append(name)
        self.screen.listing.unselect()
        words = f"{count(moved, 'thread')} moved to DM."
        if moved:
            words += f" {self.screen.key('undo')} takes the last one back."
        if left:
            more = f" and {len(left) - 5} more" if len(left) > 5 else ""
            names = ", ".join(left[:5])
            words += f" Not moved, look at them one by one: {names}{more}."
        self.say(words)

    # --- what is held -----------------------------------------------------------------------

    def do_leave_now(self) -> None:
        """`L`"""
        self.screen.open(self._leave_now)

    async def _leave_now(self) -> None:
        view = await self.screen.aiming.to_answer()
        held = next(
            (one for one in reversed(view.deliveries) if one.state is DeliveryState.HELD), None
        ) if view is not None else None  # fmt: skip
        if held is None:
            self.say("Nothing here is held back.")
            return
        try:
            await self.engine.work.leave_now(held.id)
        except Cooling:
            if not await self._means_it(held.id):
                return
        except (Impossible, NotThere) as error:
            self.say(str(error))
            return
        await self.screen.showing.refresh()
        self.say("It leaves now.")

    async def _means_it(self, delivery_id: int) -> bool:
        """In a cool-off a key is pressed too easily: a word says that it is meant."""
        from console.ui.screens.ask import Ask

        answer = await self.screen.asking.over(
            Ask(
                f"This thread is heated. Type {WORD} to let the answer leave before it cooled off",
                hint="anything else leaves it held",
                keys=self.screen.keys,
            )
        )
        if (answer or "").strip().lower() != WORD:
            self.say("It stays held.")
            return False
        try:
            await self.engine.work.leave_now(delivery_id, on_purpose=True)
        except (Impossible, NotThere) as error:
            self.say(str(error))
            return False
        return True

    async def edit_held(self) -> bool:
        """Take what is held back into the composer; False when nothing is."""
        held = self.screen.conversation.timeline.held
        if held is None:
            return False
        try:
            draft = await self.engine.work.recall(held.id)
        except (Impossible, NotThere) as error:
            self.say(str(error))
            return True
        self.screen.telling.quiet()
        await self.screen.writing.open_draft(draft)
        return True


def _leave(view: ThreadView, plan: HandoffPlan) -> str:
    if plan.private is None:
        return "The invitation leaves"
    if not view.leaves(Lane.PRIVATE):
        return "Both leave"
    route = view.route(Lane.PRIVATE)
    where = f"{safe.line(route.network, 24)} to {safe.line(route.address.handle, 80)}"
    return f"Both leave, the private one by {where},"


def _moving(view: ThreadView) -> bool:
    """True while a move to DM of this thread has not left."""
    return any(
        delivery.handoff_id is not None and delivery.state in _UNDER_WAY
        for delivery in view.deliveries
    )
