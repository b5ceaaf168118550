"""The review deck: drafts that are ready are read again, one at a time, and released.

Nothing leaves from here that a person has not approved, on top of what they had seen of the
thread: what came in meanwhile stops the draft (promise 7), at approval and again at sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.contract import Clock, Hello, Lane, Room
from console.desk.checks import Finding, FindingKind
from console.desk.digest import digest
from console.desk.freshness import News
from console.desk.handoff import CannotHandOff, HandoffPlan
from console.desk.model import Draft, DraftKind, Route, Seen, ThreadView
from console.engine.committing import Stopped, Words
from console.engine.release import Release, public_line, release_draft, stands_against
from console.engine.texts import Texts
from console.engine.work import Desk
from console.store import changes, conversation, drafts, freshness
from console.store.connection import Store, Work
from console.store.errors import NotThere
from console.store.moments import maybe_ms

MESSAGES = 200

_NOWHERE = (
    "So this draft's private words can't be sent, and nothing was. Keep them in a note if you need "
    "them, and take them out of the draft: what is left is the public invitation."
)
_CHANGED = "This draft was changed a moment ago. Read it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One draft of the deck with all that is needed to judge it, read at one moment.

    `news` is what its writer has not seen; whoever approves on top of `view.seen` has. `trouble`
    says why it can't be sent at all as things stand.
    """

    draft: Draft
    view: ThreadView
    news: tuple[News, ...]
    findings: tuple[Finding, ...]
    room: Room
    """Of the draft's lane; for a handoff, of the private one."""
    public_room: Room | None
    """Of the acknowledgement, for a handoff."""
    template_text: str | None
    """What its template says in this thread."""
    plan: HandoffPlan | None
    trouble: str = ""

    @property
    def public(self) -> str | None:
        """What stands in public of a handoff, as far as it can be told now."""
        if self.plan is None:
            return self.draft.acknowledgement
        return public_line(self.draft, self.plan)

    @property
    def clean(self) -> bool:
        """True when nothing stands against it, and it didn't come back to be looked at again."""
        return not (self.findings or self.news or self.trouble or self.draft.stopped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A draft that `approve_all` would release: what, where, and on top of what."""

    draft: Draft
    view: ThreadView


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What `approve_all` came to: deliveries, and the drafts that stayed with the reason."""

    deliveries: tuple[int, ...]
    stayed: Mapping[int, str]


class Review:
    """What a person can do with the deck."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        texts: Texts,
        clock: Clock,
        *,
        hello: Callable[[str], Hello | None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._texts = texts
        self._clock = clock
        self._hello = hello

    # --- reading ----------------------------------------------------------------------------

    async def deck(self) -> tuple[int, ...]:
        """The drafts to review, in order."""
        return await self._store.read(drafts.deck)

    async def card(self, draft_id: int) -> Card | None:
        """One draft with its thread; None when it isn't a draft any more."""

        def unit(work: Work) -> tuple[Draft, ThreadView, tuple[News, ...]] | None:
            draft = drafts.draft(work, draft_id)
            if draft is None:
                return None
            view = _view(work, draft.thread_id)
            return draft, view, freshness.news(work, view.row.id, draft.lane, draft.seen, now)

        now = self._clock()
        found = await self._store.read(unit)
        if found is None:
            return None
        draft, view, news = found
        plan, trouble = await self._plan(draft, view)
        template = draft.template
        said = await self._texts.filled(template, view) if template is not None else None
        measure = self._desk.measured(view)
        words = self._words(draft, view, view.seen)
        public = None if plan is None else public_line(draft, plan)
        return Card(
            draft=draft,
            view=view,
            news=news,
            findings=() if trouble else stands_against(draft, view, plan, words, measure),
            room=measure(draft.text, draft.lane),
            public_room=None if public is None else measure(public, Lane.PUBLIC),
            template_text=said,
            plan=plan,
            trouble=trouble or _no_lane(draft, view),
        )

    async def leaving(self) -> tuple[Leaving, ...]:
        """What `approve_all` would release: the drafts of the deck with nothing against them."""
        found = []
        for draft_id in await self.deck():
            card = await self.card(draft_id)
            if card is not None and card.clean:
                found.append(Leaving(draft=card.draft, view=card.view))
        return tuple(found)

    # --- deciding ---------------------------------------------------------------------------

    async def mark_ready(self, draft_id: int) -> None:
        """Put a draft into the deck. Raises `NotThere`."""
        await self._in_deck(draft_id, ready=True)

    async def take_out(self, draft_id: int) -> None:
        """It is to be written on: out of the deck. Raises `NotThere`."""
        await self._in_deck(draft_id, ready=False)

    async def _in_deck(self, draft_id: int, *, ready: bool) -> None:
        def unit(work: Work) -> None:
            now = self._clock()
            draft = _draft(work, draft_id)
            if (draft.ready_at is not None) is ready:
                return
            if ready:
                drafts.put_in_deck(work, draft_id, now)
            else:
                drafts.take_from_deck(work, draft_id)
            words = "draft marked ready" if ready else "draft taken out of the deck"
            changes.remember(work, words, [_deck_again(draft)], now)

        await self._store.write(unit)

    async def approve(
        self,
        draft_id: int,
        *,
        seen: Seen,
        overridden: frozenset[FindingKind] = frozenset(),
        read: Draft | None = None,
        to: Route | None = None,
    ) -> tuple[int, ...]:
        """Release a draft into the outbox; the ids of its deliveries.

        `seen` is what the approver has seen of the thread, `read` the draft as they have read it,
        `to` where they saw it go. Raises `Stopped` when something came after that or a check
        objects, `CannotHandOff`, `Astray`, and `NotThere` when it isn't a draft any more or says
        something else than what was read. The draft stays as it is then.
        """
        draft = await self._store.read(_draft, draft_id)
        if read is not None and draft != read:
            raise NotThere(_CHANGED)
        view = await self._store.read(_view, draft.thread_id)
        release = await self.releasing(
            draft, view, seen=seen, overridden=overridden, to=to, remember=True
        )

        def unit(work: Work) -> tuple[int, ...]:
            if _draft(work, draft_id) != draft:
                raise NotThere(_CHANGED)
            return release(work, self._clock())

        return await self._store.write(unit)

    async def releasing(
        self,
        draft: Draft,
        view: ThreadView,
        *,
        seen: Seen,
        overridden: frozenset[FindingKind] = frozenset(),
        to: Route | None = None,
        remember: bool = False,
    ) -> Release:
        """What releases a draft within a unit of work, for several at once: where it went in
        `view`, or else `to`. Without `remember` it is the caller's to write down how to undo it.
        Raises `CannotHandOff`."""
        plan, trouble = await self._plan(draft, view)
        if trouble:
            raise CannotHandOff(trouble)
        words, measure = self._words(draft, view, seen, overridden), self._desk.measured(view)
        words = replace(words, to=to or words.to)

        def release(work: Work, now: datetime) -> tuple[int, ...]:
            return release_draft(work, draft, plan, words, measure, now, remember=remember)

        return release

    async def approve_all(self, leaving: Iterable[Leaving]) -> Released:
        """Release these drafts in one act, as they were when the list was read. One `undo` takes
        them all back. What is no longer as it was stays, with the reason."""
        prepared = []
        for one in leaving:
            plan, trouble = await self._plan(one.draft, one.view)
            words = self._words(one.draft, one.view, one.draft.seen)
            prepared.append((one.draft, plan, trouble, words, self._desk.measured(one.view)))

        def unit(work: Work) -> Released:
            now = self._clock()
            made: list[int] = []
            firsts: list[int] = []
            stayed: dict[int, str] = {}
            for draft, plan, trouble, words, measure in prepared:
                if trouble or drafts.draft(work, draft.id) != draft:
                    stayed[draft.id] = trouble or "It was changed meanwhile."
                    continue
                try:
                    ids = release_draft(work, draft, plan, words, measure, now, remember=False)
                except (Stopped, NotThere) as error:
                    stayed[draft.id] = str(error)
                    continue
                made += ids
                firsts.append(ids[0])
            if firsts:
                changes.remember(
                    work, f"{_drafts(len(firsts))} approved", [["words_again", firsts]], now
                )
            return Released(deliveries=tuple(made), stayed=stayed)

        return await self._store.write(unit)

    async def postpone(self, draft_id: int) -> None:
        """Behind the others of the deck. Raises `NotThere`."""

        def unit(work: Work) -> None:
            now = self._clock()
            draft = _draft(work, draft_id)
            drafts.postpone(work, draft_id, now)
            changes.remember(work, "draft postponed", [_deck_again(draft)], now)

        await self._store.write(unit)

    async def discard(self, draft_id: int) -> None:
        """Put a draft aside: kept for 30 days, and `undo` brings it back to where it was."""
        await self._desk.drop_draft(draft_id)

    async def rewrite(
        self, draft_id: int, text: str, acknowledgement: str | None, *, seen: Seen
    ) -> None:
        """Give a draft other words, on top of what is seen now; it stays in the deck. Raises
        `NotThere`."""

        def unit(work: Work) -> None:
            now = self._clock()
            draft = _draft(work, draft_id)
            drafts.rewrite(work, draft_id, text, acknowledgement, seen, now)
            back = _words_again(draft, digest(text, acknowledgement))
            changes.remember(work, "draft changed", [back], now)

        await self._store.write(unit)

    async def written_on(self, before: Draft, *, seen: Seen) -> bool:
        """A draft of the deck was written on outside it, and goes back, on top of what is seen
        now. `before` is how it was: one `undo` brings that back. False when it is no draft any
        more."""

        def unit(work: Work) -> bool:
            now = self._clock()
            draft = drafts.draft(work, before.id)
            if draft is None:
                return False
            drafts.put_in_deck(work, draft.id, now)
            drafts.postpone(work, draft.id, before.postponed_at)
            same = (draft.text, draft.acknowledgement) == (before.text, before.acknowledgement)
            if not same:
                drafts.look_again(work, draft.id, seen)
                back = _words_again(before, digest(draft.text, draft.acknowledgement))
                changes.remember(work, "draft changed", [back], now)
            return True

        return await self._store.write(unit)

    # --- what a release needs ---------------------------------------------------------------

    async def _plan(self, draft: Draft, view: ThreadView) -> tuple[HandoffPlan | None, str]:
        if draft.kind is not DraftKind.HANDOFF:
            return None, ""
        hello = self._hello(view.row.account)
        try:
            plan = await self._texts.plan(view, hello, self._desk.measured(view))
        except CannotHandOff as error:
            return None, error.words
        if plan.private is None and draft.text.strip():
            return None, f"{plan.hint} {_NOWHERE}"
        return plan, ""

    def _words(
        self,
        draft: Draft,
        view: ThreadView,
        seen: Seen,
        overridden: frozenset[FindingKind] = frozenset(),
    ) -> Words:
        words = self._desk.words(view, seen, overridden, template=draft.template)
        to = view.route(draft.lane)
        return replace(words, author=draft.author, approved_by=words.agent, to=to)


def _no_lane(draft: Draft, view: ThreadView) -> str:
    if draft.kind is DraftKind.HANDOFF or view.lane(draft.lane) is not None:
        return ""
    return f"This thread has no {draft.lane.value} lane, so it can't be sent there."


def _deck_again(draft: Draft) -> list[object]:
    ready, postponed = maybe_ms(draft.ready_at), maybe_ms(draft.postponed_at)
    return ["deck_again", draft.key, ready, postponed, draft.stopped]


def _words_again(before: Draft, said: str) -> list[object]:
    return [
        "draft_words_again", before.key, said, before.text, before.acknowledgement, before.seen,
        before.stopped,
    ]  # fmt: skip


def _draft(work: Work, draft_id: int) -> Draft:
    found = drafts.draft(work, draft_id)
    if found is None:
        raise NotThere("This draft isn't there any more: it was sent or discarded.")
    return found


def _view(work: Work, thread_id: int) -> ThreadView:
    view = conversation.thread_view(work, thread_id, MESSAGES)
    if view is None:
        raise NotThere(f"There is no thread {thread_id}.")
    return view


def _drafts(number: int) -> str:
    return "1 draft" if number == 1 else f"{number} drafts"
