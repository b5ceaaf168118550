"""The composer: opened for a thread, saved while somebody types, put away with its draft kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from connectors.contract import Lane, Room
from console.desk.freshness import in_words
from console.desk.handoff import CannotHandOff, HandoffPlan
from console.desk.model import Draft, DraftKind, ThreadView
from console.store.errors import NotThere, StoreError
from console.ui.doing.part import Part

if TYPE_CHECKING:
    from console.ui.panes.band import Whom
    from console.ui.panes.composer import Composer
    from console.ui.screens.desk import DeskScreen


class Piece:
    """What is being written: for which thread and lane, on top of what, out of which draft.

    Everything that is saved or sent goes by this, never by what the screen shows meanwhile.
    """

    def __init__(
        self,
        view: ThreadView,
        lane: Lane,
        draft: Draft | None = None,
        plan: HandoffPlan | None = None,
    ) -> None:
        self.view = view
        self.thread_id = view.row.id
        self.lane = lane
        self.kind = DraftKind.REPLY if plan is None else DraftKind.HANDOFF
        self.plan = plan
        self.seen = draft.seen if draft else view.seen
        self.template = draft.template if draft else plan.template if plan else None
        self.draft_id = draft.id if draft else None
        self.ready = draft is not None and draft.ready_at is not None
        """True while it stands in the review deck."""
        self.stopped = draft.stopped if draft else ""
        self.news = ""
        """What came into its thread since it was begun."""
        self.words = (draft.text, draft.acknowledgement or "") if draft else ("", "")
        self.known = self.words if draft else None
        """The words that are in the draft's place as far as we know; None: there was no draft."""
        self.note_id: int | None = None
        """The note that has the words while another Greenroom writes the same draft."""
        self.noticed = view.seen
        self.sent = False
        """True once it is committed: nothing is saved of it any more."""


class Writing(Part):
    """The composer and its draft."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.composer: Composer | None = None
        self.piece: Piece | None = None
        self._saving = asyncio.Lock()

    @property
    def writing(self) -> bool:
        """True while the composer is open."""
        return self.piece is not None

    @property
    def thread_id(self) -> int | None:
        """The thread that is being answered; None while nothing is being written."""
        return None if self.piece is None else self.piece.thread_id

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
        from console.ui.panes.band import whom_of

        return whom_of(view, lane)

    def _measure(self, text: str, lane: Lane) -> Room:
        if self.piece is None:
            return Room(used=len(text), limit=None)
        return self.engine.measure_in(text, lane, self.piece.view)

    def _units(self, lane: Lane) -> str:
        return "characters" if self.piece is None else self.engine.unit(lane, self.piece.view)

    async def open_reply(self, view: ThreadView, lane: Lane, draft: Draft | None = None) -> None:
        """Write a reply in a lane, going on from its draft."""
        if view.lane(lane) is None:
            lane = Lane.PRIVATE if lane is Lane.PUBLIC else Lane.PUBLIC
        if draft is None:
            draft = _draft(view, lane, DraftKind.REPLY)
        composer = await self._composer()
        piece = await self._begin(Piece(view, lane, draft))
        kept = self.screen.rescuing.take_over(piece)
        text = kept.text if kept else draft.text if draft else ""
        composer.open_reply(self._whom(view, lane), text, self._measure, self._units)
        self._show_about(piece)
        self._focus()

    async def open_handoff(
        self, view: ThreadView, plan: HandoffPlan, draft: Draft | None = None
    ) -> None:
        """Write the two texts of a handoff; on a network where only the customer can begin in
        private there is one, the public invitation."""
        composer = await self._composer()
        piece = await self._begin(Piece(view, Lane.PRIVATE, draft, plan))
        said = plan.acknowledgement
        public = said.sent if plan.private is not None else said.refused
        if draft is not None and draft.acknowledgement:
            public = draft.acknowledgement
        kept = self.screen.rescuing.take_over(piece)
        if kept is not None:
            public = kept.acknowledgement or public
        composer.open_handoff(
            self._whom(view, Lane.PRIVATE),
            self._whom(view, Lane.PUBLIC),
            kept.text if kept else draft.text if draft else plan.private or "",
            public,
            self._measure,
            self._units,
            refused=said.refused,
            unknown=said.unknown,
            hint=plan.hint,
            invitation=plan.private is None,
        )
        self._show_about(piece)
        self._focus()
        composer.to_first_slot()

    async def _begin(self, piece: Piece) -> Piece:
        if self.piece is not None:
            self.close()
        # What is shown above the words is what they answer, wherever the cursor went meanwhile.
        if self.screen.showing.thread_id != piece.thread_id:
            await self.screen.aiming.go_to(piece.thread_id)
        self.piece = piece
        if piece.seen != piece.view.seen:
            self.begin(self._notice(piece))
        self.screen.rescuing.show()
        self.screen.sending.stopped = ()
        return piece

    def _focus(self) -> None:
        assert self.composer is not None
        self.composer.display = True
        self.screen.enter_thread()
        self.screen.set_focus(self.composer.first)
        self.screen.show_keys()

    async def open_draft(self, draft: Draft) -> None:
        """Go on with a draft, in its thread."""
        view = await self.screen.aiming.go_to(draft.thread_id)
        if view is None:
            return
        if draft.kind is not DraftKind.HANDOFF:
            await self.open_reply(view, draft.lane, draft)
            return
        try:
            plan = await self.engine.work.plan_handoff(draft.thread_id)
        except (CannotHandOff, NotThere) as error:
            # The words are there all the same; in private, where they were meant to be.
            self.say(f"{error.words} The words are kept as a reply's.")
            await self.open_reply(view, Lane.PRIVATE, draft)
            return
        await self.open_handoff(view, plan, draft)

    # --- saving and closing -----------------------------------------------------------------

    def save(self) -> None:
        """Put the words on disk."""
        composer, piece = self.composer, self.piece
        if composer is not None and piece is not None:
            self.begin(self.write_down(piece, composer.text, composer.acknowledgement))

    async def write_down(self, piece: Piece, text: str, acknowledgement: str | None) -> None:
        """Put these words on disk, after all that were to be put there before."""
        async with self._saving:
            if piece.sent:
                self.screen.rescuing.on_disk(piece)
                return
            words = (text, acknowledgement or "")
            try:
                if any(part.strip() for part in words):
                    saved = await self.engine.drafting.save(
                        piece.thread_id,
                        piece.lane,
                        piece.kind,
                        words,
                        known=piece.known,
                        note_id=piece.note_id,
                        acknowledgement=acknowledgement is not None,
                        template=piece.template,
                        seen=piece.seen,
                    )
                    self.screen.rescuing.saved(piece, saved, words)
                elif piece.draft_id is not None or piece.note_id is not None:
                    await self.engine.drafting.drop(piece.draft_id, piece.note_id, piece.known)
                    piece.draft_id = piece.note_id = piece.known = None
            except StoreError as error:
                self.screen.rescuing.not_on_disk(piece, text, acknowledgement, error)
            else:
                self.screen.rescuing.on_disk(piece)
            if piece.ready and (text, acknowledgement or "") != piece.words:
                piece.ready = False
                self._show_about(piece)

    async def settled(self) -> None:
        """Wait until everything that was to be saved is on disk."""
        async with self._saving:
            return

    def close(self) -> None:
        """Leave the composer; the draft is kept."""
        if self.composer is not None and self.piece is not None:
            if self.composer.changed():
                self.save()
            self.put_away()

    def put_away(self) -> None:
        """Take the composer off the screen."""
        assert self.composer is not None
        piece, self.piece = self.piece, None
        self.composer.empty()
        self.composer.display = False
        self.screen.set_focus(self.screen.conversation.timeline)
        self.screen.show_keys()
        if piece is not None:
            self.screen.reviewing.put_away(piece)

    # --- how it stands ----------------------------------------------------------------------

    def on_shown(self, view: ThreadView) -> None:
        """Its thread is shown anew: what has come in since it was begun is said at once."""
        piece = self.piece
        if piece is None or view.row.id != piece.thread_id or view.seen == piece.noticed:
            return
        piece.noticed = view.seen
        self.begin(self._notice(piece))

    async def _notice(self, piece: Piece) -> None:
        found = await self.engine.reading.news_of(piece.thread_id, piece.lane, piece.seen)
        self.say_news(piece, in_words(found))

    def say_news(self, piece: Piece, words: str) -> None:
        """Say what its writer hasn't answered yet; empty where they have seen it all."""
        piece.news = words
        self._show_about(piece)

    def _show_about(self, piece: Piece) -> None:
        if self.composer is None or self.piece is not piece:
            return
        said: list[tuple[str, str]] = []
        if piece.news:
            said.append((f"{piece.news} Sending asks once more.", "warn"))
        elif piece.stopped:
            said.append((piece.stopped, "warn"))
        if piece.ready and not self.screen.reviewing.editing:
            said.append(("Ready for review: it stands in the deck until you write on it.", "quiet"))
        self.composer.say_about(*said)

    # --- commands ---------------------------------------------------------------------------

    def _one_thread(self) -> bool:
        number = len(self.screen.aiming.targets())
        if number > 1:
            back = self.screen.key("back")
            self.say(f"{number} threads are selected, and a reply is for one. {back} lets them go.")
        return number <= 1

    def do_reply(self) -> None:
        """`r`"""
        if self._one_thread():
            self.screen.open(self._reply)

    async def _reply(self) -> None:
        view = await self.screen.aiming.to_answer()
        if view is not None:
            await self.open_reply(view, self.screen.aiming.lane_of(view))

    def do_template(self) -> None:
        """`;`"""
        if self._one_thread():
            self.screen.open(self._template)

    async def _template(self) -> None:
        view = await self.screen.aiming.to_answer()
        if view is None:
            return
        lane = self.screen.aiming.lane_of(view)
        if view.lane(lane) is None:
            lane = Lane.PRIVATE if lane is Lane.PUBLIC else Lane.PUBLIC
        offer = await self.screen.asking.template(view, lane)
        if offer is None:
            return
        await self.open_reply(view, lane)
        assert self.composer is not None
        assert self.piece is not None
        self.piece.template = offer.name
        self.composer.insert_template(offer.text)

    def do_insert_template(self) -> None:
        """Ctrl+T"""
        self.screen.open(self._insert_template)

    async def _insert_template(self) -> None:
        piece, composer = self.piece, self.composer
        if piece is None or composer is None:
            return
        editor = composer.active
        offer = await self.screen.asking.template(piece.view, composer.lane)
        if self.piece is not piece:
            return
        if offer is not None:
            piece.template = offer.name
            composer.insert_template(offer.text, editor)
        self.screen.set_focus(editor)

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


def _draft(view: ThreadView, lane: Lane, kind: DraftKind) -> Draft | None:
    return next((draft for draft in view.drafts if draft.lane is lane and draft.kind is kind), None)
