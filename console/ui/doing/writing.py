"""Words: replies, templates and the move to DM, from the first letter to the undo window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import Audience, Lane, Room
from console.desk.delivery import Impossible
from console.desk.handoff import Acknowledgement, CannotHandOff, HandoffPlan
from console.desk.model import Draft, DraftKind, ThreadView
from console.engine.work import Finding, FindingKind, Stopped
from console.store.errors import NotThere, StoreError
from console.ui.doing.part import Part
from console.ui.doing.showing import base_of

if TYPE_CHECKING:
    from console.ui.panes.band import Whom
    from console.ui.panes.composer import Composer
    from console.ui.screens.desk import DeskScreen


class Writing(Part):
    """The composer and what comes out of it."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.composer: Composer | None = None
        self.thread_id: int | None = None
        """The thread that is being answered; None while nothing is being written."""
        self.base: int | None = None
        self.template: str | None = None
        self.plan: HandoffPlan | None = None
        self.draft_id: int | None = None
        self._stopped: tuple[Finding, ...] = ()

    @property
    def writing(self) -> bool:
        """True while the composer is open."""
        return self.thread_id is not None

    # --- opening ----------------------------------------------------------------------------

    async def _composer(self) -> Composer:
        if self.composer is None:
            # Textual's editor takes a tenth of a second to import: not before it is needed.
            from console.ui.panes.composer import Composer

            self.composer = Composer(id="composer", signs=self.screen.signs)
            await self.screen.conversation.mount(self.composer)
        self.composer.display = True
        return self.composer

    def _whom(self, view: ThreadView, lane: Lane) -> Whom:
        from console.ui.panes.band import Whom

        bound = view.lane(lane)
        audience = bound.audience if bound else Audience.NAMED
        warning = bound or view.lane(Lane.PUBLIC) or bound
        return Whom(
            lane=lane,
            name=view.row.contact_name or view.row.handle,
            network=view.row.network,
            audience=audience if lane is Lane.PUBLIC else Audience.NAMED,
            warning=(warning.warning or "") if warning else "",
        )

    def _measure(self, text: str, lane: Lane) -> Room:
        view = self.screen.showing.view
        if view is None:
            return Room(used=len(text), limit=None)
        bound = view.lane(lane) or view.lane(Lane.PUBLIC)
        return self.engine.measure(
            view.row.account,
            text,
            lane,
            to=view.contact.addresses[0] if view.contact.addresses else None,
            warning=bound.warning if bound else None,
        )

    def _unit(self, view: ThreadView) -> str:
        hello = self.engine.hello(view.row.account)
        return hello.limits.unit if hello else "characters"

    async def open_reply(self, view: ThreadView, lane: Lane, text: str | None = None) -> None:
        """Write a reply in a lane, going on from its draft. `text` replaces the draft's."""
        if view.lane(lane) is None:
            lane = Lane.PRIVATE if lane is Lane.PUBLIC else Lane.PUBLIC
        draft = _draft(view, lane, DraftKind.REPLY)
        composer = await self._composer()
        self._begin(view, draft, None)
        words = text if text is not None else draft.text if draft else ""
        composer.open_reply(self._whom(view, lane), words, self._measure, self._unit(view))
        self._focus()

    async def open_handoff(
        self, view: ThreadView, plan: HandoffPlan, draft: Draft | None = None
    ) -> None:
        """Write the two texts of a handoff."""
        composer = await self._composer()
        self._begin(view, draft, plan)
        private = draft.text if draft else plan.private or ""
        public = draft.acknowledgement if draft and draft.acknowledgement else None
        composer.open_handoff(
            self._whom(view, Lane.PRIVATE),
            self._whom(view, Lane.PUBLIC),
            private,
            public if public is not None else plan.acknowledgement.sent,
            self._measure,
            self._unit(view),
            refused=plan.acknowledgement.refused,
            unknown=plan.acknowledgement.unknown,
            hint=plan.hint,
        )
        self._focus()
        composer.active.next_slot()

    def _begin(self, view: ThreadView, draft: Draft | None, plan: HandoffPlan | None) -> None:
        self.thread_id = view.row.id
        self.base = draft.base if draft and draft.base is not None else base_of(view)
        self.template = draft.template if draft else plan.template if plan else None
        self.plan = plan
        self.draft_id = draft.id if draft else None
        self._stopped = ()

    def _focus(self) -> None:
        assert self.composer is not None
        self.screen.enter_thread()
        self.composer.editor.focus()
        self.screen.show_keys()

    async def open_draft(self, draft: Draft) -> None:
        """Go on with a draft, in its thread."""
        view = await self.screen.go_to_thread(draft.thread_id)
        if view is None:
            return
        if draft.kind is DraftKind.HANDOFF:
            try:
                plan = await self.engine.work.plan_handoff(draft.thread_id)
            except CannotHandOff as error:
                self.say(error.words)
                return
            await self.open_handoff(view, plan, draft)
        else:
            await self.open_reply(view, draft.lane, draft.text)

    # --- saving and closing -----------------------------------------------------------------

    def save(self) -> None:
        """Put the words on disk."""
        composer, thread_id = self.composer, self.thread_id
        if composer is None or thread_id is None or composer.whom is None:
            return
        if not composer.text.strip() and not (composer.acknowledgement or "").strip():
            if self.draft_id is not None:
                self.begin(self.engine.work.drop_draft(self.draft_id))
                self.draft_id = None
            return
        self.begin(
            self._save(
                thread_id,
                composer.whom.lane,
                composer.kind,
                composer.text,
                composer.acknowledgement,
            )
        )

    async def _save(
        self, thread_id: int, lane: Lane, kind: DraftKind, text: str, acknowledgement: str | None
    ) -> None:
        try:
            draft_id = await self.engine.work.save_draft(
                thread_id,
                lane,
                kind,
                text,
                acknowledgement=acknowledgement,
                template=self.template,
                base=self.base,
            )
        except StoreError as error:
            self.screen.trouble(f"Your draft is not on disk yet. {error.words}")
            return
        if thread_id == self.thread_id:
            self.draft_id = draft_id

    def close(self) -> None:
        """Leave the composer; the draft is kept."""
        if self.composer is not None and self.writing:
            self.composer.flush()
            self._put_away()

    def _put_away(self) -> None:
        assert self.composer is not None
        self.thread_id = None
        self.plan = None
        self.composer.whom = None
        self.composer.display = False
        self.screen.conversation.timeline.focus()
        self.screen.show_keys()

    # --- commands ---------------------------------------------------------------------------

    def do_reply(self) -> None:
        """`r`"""
        self.begin(self._reply())

    async def _reply(self, text: str | None = None) -> None:
        view = await self.screen.thread_to_answer()
        if view is not None:
            await self.open_reply(view, self.screen.lane_of(view), text)

    def do_template(self) -> None:
        """`;`"""
        self.begin(self._template())

    async def _template(self) -> None:
        view = await self.screen.thread_to_answer()
        if view is None:
            return
        lane = self.screen.lane_of(view)
        if view.lane(lane) is None:
            lane = Lane.PRIVATE if lane is Lane.PUBLIC else Lane.PUBLIC
        offer = await self.screen.pick_template(view, lane)
        if offer is None:
            return
        await self.open_reply(view, lane)
        assert self.composer is not None
        self.template = offer.name
        self.composer.insert_template(offer.text)

    def do_insert_template(self) -> None:
        """Ctrl+T"""
        self.begin(self._insert_template())

    async def _insert_template(self) -> None:
        view, composer = self.screen.showing.view, self.composer
        if view is None or composer is None:
            return
        offer = await self.screen.pick_template(view, composer.lane)
        if offer is not None and self.writing:
            self.template = offer.name
            composer.insert_template(offer.text)
        composer.active.focus()

    def do_next_slot(self) -> None:
        """Tab"""
        if self.composer is not None:
            self.composer.next_slot()

    def do_other_text(self) -> None:
        """Shift+Tab"""
        if self.composer is not None:
            self.composer.other_text()

    def do_editor(self) -> None:
        """Ctrl+E"""
        if self.composer is not None:
            self.composer.edit_outside(self.screen.editor_command)

    def do_send(self) -> None:
        """Ctrl+S"""
        self._send(frozenset())

    def do_override(self) -> None:
        """Ctrl+O"""
        if not self._stopped:
            self.say("Nothing stands against it: Ctrl+S sends.")
        elif any(finding.stops for finding in self._stopped):
            self.say("This can't be sent as it is. What to do stands under the text.")
        else:
            self._send(frozenset(finding.kind for finding in self._stopped))

    def _send(self, overridden: frozenset[FindingKind]) -> None:
        composer, thread_id = self.composer, self.thread_id
        if composer is None or thread_id is None or composer.whom is None:
            return
        composer.flush()
        if composer.kind is DraftKind.HANDOFF and self.plan is not None:
            words = self.plan.acknowledgement
            self.begin(
                self._hand_off(
                    thread_id,
                    composer.text if self.plan.private is not None else None,
                    Acknowledgement(
                        sent=composer.acknowledgement or "",
                        refused=words.refused,
                        unknown=words.unknown,
                    ),
                    overridden,
                )
            )
        else:
            self.begin(self._commit(thread_id, composer.whom.lane, composer.text, overridden))

    async def _commit(
        self, thread_id: int, lane: Lane, text: str, overridden: frozenset[FindingKind]
    ) -> None:
        try:
            await self.engine.work.reply(
                thread_id, lane, text, base=self.base, overridden=overridden
            )
        except Stopped as error:
            self._objected(error.findings)
            return
        except NotThere as error:
            self.say(error.words)
            return
        self._committed(thread_id, "Sent" if not self._window() else "It leaves")

    async def _hand_off(
        self,
        thread_id: int,
        private: str | None,
        words: Acknowledgement,
        overridden: frozenset[FindingKind],
    ) -> None:
        try:
            await self.engine.work.hand_off(
                thread_id,
                private=private,
                acknowledgement=words,
                template=self.template,
                base=self.base,
                overridden=overridden,
            )
        except Stopped as error:
            self._objected(error.findings)
            return
        self._committed(thread_id, "Both leave")

    def _window(self) -> int:
        return round(self.engine.settings.undo_window.total_seconds())

    def _committed(self, thread_id: int, what: str) -> None:
        if self.thread_id == thread_id:
            self.draft_id = None
            self._put_away()
        self.say(f"{what} in {self._window()} s.   {self.screen.key('undo')} takes it back")

    def _objected(self, findings: tuple[Finding, ...]) -> None:
        from console.ui.panes.composer import Objection

        self._stopped = findings
        if any(finding.kind is FindingKind.STALE for finding in findings):
            # What is new is shown right above the text now: the next try is on top of it.
            self.base = self.screen.showing.base()
            self.screen.conversation.timeline.to_end()
        if self.composer is None or not self.writing:
            self.say(findings[0].words)
            return
        self.composer.show_objections(
            [Objection(finding.words, not finding.stops) for finding in findings],
            self.screen.key("override"),
        )
        hole = next((found for found in findings if found.kind is FindingKind.HOLE), None)
        if hole is not None:
            self.composer.next_slot()

    # --- the move to DM ---------------------------------------------------------------------

    def do_handoff(self) -> None:
        """`m`"""
        ids = self.screen.targets()
        if not ids:
            self.say("There is no thread here.")
        elif len(ids) > 1:
            self.begin(self._many(ids))
        else:
            self.begin(self._one())

    async def _one(self) -> None:
        view = await self.screen.thread_to_answer()
        if view is None:
            return
        try:
            plan = await self.engine.work.plan_handoff(view.row.id)
        except (CannotHandOff, NotThere) as error:
            self.say(error.words)
            return
        draft = _draft(view, Lane.PRIVATE, DraftKind.HANDOFF)
        if draft is not None:
            await self.open_handoff(view, plan, draft)
            return
        try:
            await self._commit_plan(view, plan)
        except Stopped as error:
            # Something is open or objected to: both texts are shown, with what is the matter.
            await self.open_handoff(view, plan)
            self._objected(error.findings)
            return
        self.screen.enter_thread()
        self.screen.conversation.timeline.to_end()
        undo, edit = self.screen.key("undo"), self.screen.key("open")
        both = "Both leave" if plan.private is not None else "The invitation leaves"
        self.say(f"{both} in {self._window()} s.   {edit} edits   {undo} takes both back")

    async def _commit_plan(self, view: ThreadView, plan: HandoffPlan) -> None:
        await self.engine.work.hand_off(
            view.row.id,
            private=plan.private,
            acknowledgement=plan.acknowledgement,
            template=plan.template,
            base=base_of(view),
        )

    async def _many(self, ids: tuple[int, ...]) -> None:
        moved, left = 0, []
        for thread_id in ids:
            view = await self.screen.showing.now(thread_id)
            if view is None:
                continue
            try:
                await self._commit_plan(view, await self.engine.work.plan_handoff(thread_id))
                moved += 1
            except (CannotHandOff, Stopped, NotThere):
                left.append(view.row.contact_name)
        self.screen.listing.unselect()
        words = f"{moved} moved to DM."
        if left:
            words += f" Not moved, look at them one by one: {', '.join(left[:5])}."
        self.say(words)

    async def edit_held(self) -> bool:
        """Take what is held back into the composer; False when nothing is."""
        held = self.screen.conversation.timeline.held
        if held is None:
            return False
        try:
            draft = await self.engine.work.recall(held.id)
        except Impossible as error:
            self.say(str(error))
            return True
        await self.open_draft(draft)
        return True


def _draft(view: ThreadView, lane: Lane, kind: DraftKind) -> Draft | None:
    return next((draft for draft in view.drafts if draft.lane is lane and draft.kind is kind), None)
