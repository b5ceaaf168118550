"""Drafts on their way to another machine and back, and drafts by script.

An import is made of transactions of a few files each, so that a console on the same desk keeps
writing meanwhile, and is one change to undo. A kill leaves whole files taken in or not; imported
again, the same files end in the same state: what was taken in is found to be nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.contract import Clock, Lane
from console.desk import sheets
from console.desk.digest import digest
from console.desk.freshness import News
from console.desk.handoff import CannotHandOff
from console.desk.model import Draft, DraftKind, Seen, ThreadView
from console.desk.plain import plain_line
from console.desk.quoting import asked, quoted
from console.desk.sheet_reading import read
from console.desk.sheets import Decision, Head, NotASheet, Sheet
from console.engine.judging import (
    Came,
    Outcome,
    Wanted,
    counts,
    decide,
    edited_in,
    gone,
    news_for,
    ours,
    refused,
    twins_of,
)
from console.engine.reviewing import MESSAGES, Review
from console.store import changes, conversation, drafts, exchange, imported
from console.store.connection import Store, Work
from console.store.drafts import DraftRow
from console.store.errors import NotThere
from console.store.exchange import Standing

AT_ONCE = 40
"""Files of an import that are one transaction: a console's key waits for one at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One draft as the file that leaves."""

    draft: Draft
    contact: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What leaves, what can't with its reason, and the keys of all that are drafts still."""

    written: tuple[Written, ...]
    stayed: tuple[tuple[Draft, str], ...]
    alive: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A draft with its thread and what its writer has not seen."""

    row: DraftRow
    news: tuple[News, ...]


class Occupied(Exception):
    """Another draft stands in that place; the words say whose."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Exchange:
    """What can be done with drafts from outside the console."""

    def __init__(self, store: Store, review: Review, clock: Clock) -> None:
        self._store = store
        self._review = review
        self._clock = clock

    # --- out --------------------------------------------------------------------------------

    async def listed(self) -> tuple[Listed, ...]:
        """Every draft, oldest first."""

        def unit(work: Work) -> tuple[Listed, ...]:
            return tuple(
                Listed(row=row, news=news_for(work, row.draft, now))
                for row in drafts.all_drafts(work)
            )

        now = self._clock()
        return await self._store.read(unit)

    async def export(self, *, unfinished: bool = False) -> Export:
        """The drafts of the deck as files; with `unfinished` also those being written."""
        secret = await self._store.read(exchange.secret)
        if secret is None:
            secret = await self._store.write(exchange.make_secret)
        now = self._clock()

        def unit(work: Work) -> Export:
            written: list[Written] = []
            stayed: list[tuple[Draft, str]] = []
            rows = drafts.all_drafts(work)
            for row in rows:
                if row.draft.ready_at is None and not unfinished:
                    continue
                view = conversation.thread_view(work, row.draft.thread_id, MESSAGES)
                trouble = _unwritable(row.draft)
                if trouble or view is None:
                    stayed.append((row.draft, trouble))
                    continue
                news = news_for(work, row.draft, now)
                head = head_of(row.draft, view, sheets.desk_name(secret))
                text = sheets.write(head, secret, row.draft, quoted(view, row.draft, news))
                name = view.contact.name or row.row.handle
                written.append(Written(draft=row.draft, contact=name, text=text))
            return Export(
                written=tuple(written),
                stayed=tuple(stayed),
                alive=frozenset(row.draft.key for row in rows),
            )

        return await self._store.read(unit)

    # --- in ---------------------------------------------------------------------------------

    async def take_in(self, files: Iterable[tuple[str, bytes]]) -> tuple[Came, ...]:
        """Take back what was exported: edits and decisions. One line for each file, in order."""
        secret = await self._store.read(exchange.secret)
        came: dict[str, Came] = {}
        several: dict[str, list[tuple[str, Sheet]]] = {}
        order = []
        for file, data in files:
            order.append(file)
            try:
                sheet = read(data)
                ours(sheet, secret)
            except NotASheet as error:
                came[file] = Came(file=file, outcome=Outcome.REFUSED, words=error.words)
                continue
            several.setdefault(sheet.head.key, []).append((file, sheet))
        todo = []
        for twins in several.values():
            came |= {one.file: one for one in twins_of(twins)}
            if twins[0][0] not in came:
                todo.append(twins[0])
        change: int | None = None
        taken: list[Came] = []
        for start in range(0, len(todo), AT_ONCE):
            wanted = await self._wanted(todo[start : start + AT_ONCE])
            change, found = await self._store.write(self._take, wanted, change, tuple(taken))
            taken += found
        came |= {one.file: one for one in taken}
        return tuple(came[file] for file in order)

    async def _wanted(self, files: Sequence[tuple[str, Sheet]]) -> list[Wanted]:
        def unit(work: Work) -> list[tuple[Standing, ThreadView | None]]:
            found = []
            for _, sheet in files:
                standing = exchange.standing(work, sheet.head.key)
                view = None
                if standing.draft is not None and sheet.decision is Decision.APPROVE:
                    view = conversation.thread_view(work, standing.draft.thread_id, MESSAGES)
                found.append((standing, view))
            return found

        wanted = []
        read_now = await self._store.read(unit)
        for (file, sheet), (standing, view) in zip(files, read_now, strict=True):
            release, trouble = None, ""
            if standing.draft is not None and view is not None:
                draft = standing.draft
                if edited_in(sheet, draft):
                    draft = replace(
                        draft, text=sheet.text.rstrip(), acknowledgement=sheet.acknowledgement
                    )
                try:
                    release = await self._review.releasing(draft, view, seen=sheet.head.seen)
                except CannotHandOff as error:
                    trouble = error.words
                if elsewhere := _goes_elsewhere(sheet.head, draft, view):
                    release, trouble = None, elsewhere
            wanted.append(
                Wanted(file=file, sheet=sheet, standing=standing, release=release, trouble=trouble)
            )
        return wanted

    def _take(
        self, work: Work, wanted: Sequence[Wanted], change: int | None, before: tuple[Came, ...]
    ) -> tuple[int | None, list[Came]]:
        now = self._clock()
        came: list[Came] = []
        firsts: list[int] = []
        dropped: list[changes.Step] = []
        back: list[changes.Step] = []
        for one in wanted:
            if exchange.standing(work, one.sheet.head.key) != one.standing:
                words = "The draft was changed here this very moment. Import the file again."
                came.append(refused(one, words))
                continue
            draft = one.standing.draft
            if draft is None:
                came.append(gone(one, there=exchange.there(work, one.sheet.head.thread)))
                continue
            found = decide(work, one, draft, now)
            came.append(found)
            firsts += found.deliveries[:1]
            if found.outcome is Outcome.DISCARDED:
                dropped.append(["draft_again", draft.id])
            says = one.sheet if edited_in(one.sheet, draft) else None
            said = says.words if says else digest(draft.text, draft.acknowledgement)
            if found.outcome not in (Outcome.NOTHING_NEW, Outcome.REFUSED) or (
                drafts.by_key(work, draft.key) != draft
            ):
                back.append(imported.way_back(draft, said))
        if not back:
            return change, came
        number = sum(counts(each) for each in (*before, *came)) or len(back)
        words = f"import of {number} drafts" if number != 1 else "import of 1 draft"
        steps = [*([["words_again", firsts]] if firsts else []), *dropped, *back]
        return changes.go_on(work, change, words, steps, now), came

    # --- by script --------------------------------------------------------------------------

    async def write(
        self,
        thread_id: int,
        lane: Lane,
        kind: DraftKind,
        text: str,
        *,
        acknowledgement: str | None,
        template: str | None,
        author: str,
        seen: Seen,
        ready: bool,
        instead: bool,
    ) -> Draft:
        """Make a draft. `instead`: where one stands in its place, it gets these words. Raises
        `Occupied` and `NotThere`."""

        def unit(work: Work) -> Draft:
            now = self._clock()
            standing = drafts.in_place(work, thread_id, lane, kind)
            if standing is not None and not instead:
                raise Occupied(
                    f"A draft by {standing.author or 'somebody'} stands there already (draft "
                    f"{standing.id}). Nothing was written. Give it these words with --instead, or "
                    "leave it."
                )
            if standing is not None:
                drafts.rewrite(work, standing.id, text, acknowledgement, seen, now)
                said = digest(text, acknowledgement)
                changes.remember(work, "draft changed", [imported.way_back(standing, said)], now)
                draft_id = standing.id
            else:
                draft_id = drafts.save(
                    work,
                    thread_id,
                    lane,
                    kind,
                    text,
                    acknowledgement=acknowledgement,
                    template=template,
                    seen=seen,
                    author=author,
                    now=now,
                )
            if ready:
                drafts.put_in_deck(work, draft_id, now)
            made = drafts.draft(work, draft_id)
            if made is None:
                raise NotThere("The draft is gone.")
            return made

        return await self._store.write(unit)


# --- what stands in a file ----------------------------------------------------------------------


def _unwritable(draft: Draft) -> str:
    """Why a draft can't be written to a file; empty when it can."""
    for text in (draft.text, draft.acknowledgement or ""):
        acts = sheets.acting(text)
        if acts:
            return f"Its words hold {acts}. Take it out in the console and export again."
        if len(text) > sheets.WORDS:
            return f"It is longer than {sheets.WORDS:,} characters. Shorten it in the console."
    return ""


def _goes_elsewhere(head: Head, draft: Draft, view: ThreadView) -> str:
    """Why a file can't be approved whose words would go elsewhere than it says; else empty."""
    route = view.route(draft.lane)
    same = route.account == head.account
    if same and (not view.leaves(draft.lane) or route.address.handle in head.contact.split()):
        return ""
    return (
        f"Its words would go by {route.network} to {route.address.handle} now, and the file says "
        "otherwise. Export it again."
    )


def head_of(draft: Draft, view: ThreadView, desk: str) -> Head:
    """The head of a draft's file; `desk` is what the desk is called in files."""
    theirs: Mapping[int, str] = {message.id: message.text for message in view.messages}
    newest = asked(view, draft.lane)
    base = draft.seen.message or 0
    begins = theirs.get(base) or (newest.text if newest is not None and not base else "")
    row, route = view.row, view.route(draft.lane)
    handle = route.address.handle if view.leaves(draft.lane) else row.handle
    return Head(
        desk=desk,
        key=draft.key,
        thread=draft.thread_id,
        lane=draft.lane,
        kind=draft.kind,
        network=route.network,
        account=route.account,
        contact=plain_line(f"{view.contact.name or row.handle} {handle}", 200),
        author=draft.author,
        template=draft.template or "",
        created=sheets.moment(draft.created_at),
        base=base,
        base_words=plain_line(begins, 80),
        seen=view.seen,
        words=digest(draft.text, draft.acknowledgement),
    )
