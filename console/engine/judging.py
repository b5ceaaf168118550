"""What a file of an import says, held against what stands on the desk: what is done, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.desk import sheets
from console.desk.checks import FindingKind
from console.desk.digest import digest
from console.desk.freshness import News, in_words
from console.desk.model import Delivery, DeliveryState, Draft, DraftKind, Seen
from console.desk.sheets import Decision, NotASheet, Sheet
from console.engine.committing import Stopped
from console.engine.release import Release
from console.store import drafts, exchange, freshness
from console.store.connection import Work
from console.store.errors import NotThere
from console.store.exchange import Standing

_STALE = (FindingKind.STALE, FindingKind.WINDOW)


class Outcome(StrEnum):
    """What came of a file of an import."""

    APPROVED = "approved"
    CHANGED = "changed"
    DISCARDED = "discarded"
    POSTPONED = "later"
    NOTHING_NEW = "nothing new"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One file of an import: what came of it, in words, and the deliveries that were made."""

    file: str
    outcome: Outcome
    words: str
    key: str = ""
    thread: int | None = None
    deliveries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file with what stood here when it was read, and what releases it, where it is to be."""

    file: str
    sheet: Sheet
    standing: Standing
    release: Release | None = None
    trouble: str = ""


def ours(sheet: Sheet, secret: str | None) -> None:
    """Raises `NotASheet` for a file of another desk, or with another head."""
    if secret is None or sheet.head.desk != sheets.desk_name(secret):
        raise NotASheet(
            "It was exported from another desk. Nothing of it was taken. Import it there."
        )
    if not sheets.genuine(sheet, secret):
        raise NotASheet(
            "Its head was changed: only the decision may be. Nothing of it was taken. Export it "
            "again and copy your words over."
        )


def twins_of(twins: Sequence[tuple[str, Sheet]]) -> Iterator[Came]:
    """Several files of one draft: the same twice is once, two that differ are both refused."""
    if len({(sheet.words, sheet.decision) for _, sheet in twins}) > 1:
        for file, sheet in twins:
            others = ", ".join(other for other, _ in twins if other != file)
            yield Came(
                file=file,
                outcome=Outcome.REFUSED,
                words=f"{others} is of the same draft and says something else, so neither was "
                "taken. Keep one of them and import it again.",
                key=sheet.head.key,
                thread=sheet.head.thread,
            )
        return
    for file, sheet in twins[1:]:
        yield Came(
            file=file,
            outcome=Outcome.NOTHING_NEW,
            words=f"The same as {twins[0][0]}.",
            key=sheet.head.key,
            thread=sheet.head.thread,
        )


def edited_in(sheet: Sheet, draft: Draft) -> bool:
    """True when the file has words of its own that the draft doesn't have yet."""
    words = sheet.words
    return words not in (sheet.head.words, digest(draft.text, draft.acknowledgement))


def gone(one: Wanted, *, there: bool) -> Came:
    """The file of what isn't a draft here any more."""
    sheet, standing = one.sheet, one.standing
    asks = sheet.decision is not Decision.NONE or sheet.words != sheet.head.words
    if standing.aside is not None:
        if not asks or sheet.decision is Decision.DISCARD:
            return _nothing(one, "It is discarded here.")
        return refused(
            one,
            "The draft was discarded here, so nothing of the file was taken. The undo key in the "
            "console brings it back for 30 days; then import the file again.",
        )
    if standing.deliveries:
        last = standing.deliveries[-1]
        if not asks or (sheet.decision is Decision.APPROVE and _says(standing, sheet)):
            return _nothing(one, f"It was approved here already; {_STATES[last.state]}.")
        return refused(
            one,
            f"The draft was approved here already ({_STATES[last.state]}), so nothing of the file "
            "was taken. Look at the thread in the console.",
        )
    if not there:
        return refused(
            one,
            f"There is no thread {sheet.head.thread} on this desk, so nothing of the file was "
            "taken. Import it where the thread is.",
        )
    return refused(
        one,
        "The draft isn't here any more: it was sent, or discarded more than 30 days ago. Nothing "
        "of the file was taken. Write it anew where it is still needed.",
    )


_STATES = {
    DeliveryState.HELD: "it is held and leaves by itself",
    DeliveryState.DUE: "it leaves as soon as the network lets it",
    DeliveryState.SENDING: "it is on its way",
    DeliveryState.SENT: "it is sent",
    DeliveryState.REFUSED: "the network refused it",
    DeliveryState.DOUBTFUL: "it may have arrived",
    DeliveryState.RECALLED: "it was taken back since",
}


def _says(standing: Standing, sheet: Sheet) -> bool:
    """True when what was committed are the words of the file."""
    return any(
        _same(delivery, sheet.text)
        or (sheet.head.kind is DraftKind.HANDOFF and _same(delivery, sheet.acknowledgement or ""))
        for delivery in standing.deliveries
    )


def _same(delivery: Delivery, text: str) -> bool:
    return digest(delivery.outgoing.text, None) == digest(text, None)


def decide(work: Work, one: Wanted, draft: Draft, now: datetime) -> Came:
    """Do what the file asks of a draft that is here."""
    sheet = one.sheet
    edited = edited_in(sheet, draft)
    here = digest(draft.text, draft.acknowledgement)
    changed_here = here not in (sheet.head.words, sheet.words)
    if changed_here and (edited or sheet.decision is not Decision.NONE):
        return refused(
            one,
            "The draft was changed here since the file was written. Nothing of the file was taken, "
            "and nothing here is lost. Export it again and copy your words over.",
        )
    approves = sheet.decision is Decision.APPROVE
    if edited and max(len(sheet.text), len(sheet.acknowledgement or "")) > sheets.WORDS:
        return refused(
            one,
            f"Its words are longer than {sheets.WORDS:,} characters, and no network takes that. "
            "Nothing of the file was taken. Shorten them and import the file again.",
        )
    acts = sheets.acting(sheet.text) or sheets.acting(sheet.acknowledgement or "")
    if acts and (edited or approves):
        return refused(
            one,
            f"Its words hold {acts}, which shows nothing and may act on a terminal. Nothing of the "
            "file was taken. Take the character out and import the file again.",
        )
    if approves:
        return _approve(work, one, draft, now, edited=edited)
    if edited:
        _rewrite(work, sheet, draft, now)
    if sheet.decision is Decision.DISCARD:
        drafts.drop(work, draft.id, now)
        return _came(one, Outcome.DISCARDED, "Discarded. It is kept for 30 days.")
    put_off = sheet.decision is Decision.LATER and draft.ready_at and not draft.postponed_at
    if put_off:
        drafts.postpone(work, draft.id, now)
    if edited:
        mind = in_words(news_for(work, draft, now, sheet.head.seen))
        words = "The new words are in the draft."
        if mind:
            words += f" Mind that something came since the file was written: {mind}"
        return _came(one, Outcome.CHANGED, words)
    if put_off:
        return _came(one, Outcome.POSTPONED, "Behind the others of the deck.")
    return _nothing(one, "The draft is as the file says.")


def _approve(work: Work, one: Wanted, draft: Draft, now: datetime, *, edited: bool) -> Came:
    sheet = one.sheet
    if sheets.moment(draft.created_at) != sheet.head.created:
        return refused(
            one,
            "It was approved before, and has come back since the file was written: it was taken "
            "back, or stopped because of news. Nothing of the file was taken. Approve it in the "
            "deck (`greenroom drafts review`), or export it again.",
        )
    if one.release is None:
        return refused(one, f"{one.trouble} Nothing of the file was taken.")
    if edited:
        # What is committed is what stands in the draft.
        _rewrite(work, sheet, draft, now)
    try:
        made = one.release(work, now)
    except NotThere as error:
        exchange.as_it_was(work, draft)
        return refused(one, f"{error.words} Nothing of the file was taken.")
    except Stopped as stopped:
        exchange.as_it_was(work, draft)
        told = " ".join(dict.fromkeys(finding.words for finding in stopped.findings))
        if not any(finding.kind in _STALE for finding in stopped.findings):
            return refused(
                one,
                f"{told} Nothing of the file was taken. Mend it and import it again, or decide in "
                "the deck.",
            )
        return _stale(work, one, draft, now, edited=edited)
    return _came(
        one, Outcome.APPROVED, "Approved: it is held, and leaves by itself.", deliveries=made
    )


def _stale(work: Work, one: Wanted, draft: Draft, now: datetime, *, edited: bool) -> Came:
    """The approval knows less than there is: the draft needs another look, with the words of the
    file if it has any."""
    sheet = one.sheet
    if edited:
        _rewrite(work, sheet, draft, now)
    seen = sheet.head.seen if edited else draft.seen
    why = in_words(news_for(work, draft, now, seen))
    if why and (edited or draft.stopped != why or draft.ready_at is None):
        drafts.put_in_deck(work, draft.id, now, stopped=why)
        drafts.postpone(work, draft.id, draft.postponed_at)
    came = in_words(news_for(work, draft, now, sheet.head.seen))
    kept = "its words are in the draft, which" if edited else "the draft"
    return refused(
        one,
        f"{came} That came after the file was written, so it wasn't approved: {kept} needs another "
        "look. Read what is new in the deck (`greenroom drafts review`), or export it again.",
    )


def _rewrite(work: Work, sheet: Sheet, draft: Draft, now: datetime) -> None:
    text = sheet.text.rstrip()
    drafts.rewrite(work, draft.id, text, sheet.acknowledgement, sheet.head.seen, now)


def news_for(work: Work, draft: Draft, now: datetime, seen: Seen | None = None) -> tuple[News, ...]:
    """What a draft's writer doesn't know of its thread; with `seen`, what whoever saw that."""
    return freshness.news(work, draft.thread_id, draft.lane, seen or draft.seen, now)


def _came(one: Wanted, outcome: Outcome, words: str, *, deliveries: tuple[int, ...] = ()) -> Came:
    head = one.sheet.head
    return Came(
        file=one.file,
        outcome=outcome,
        words=words,
        key=head.key,
        thread=head.thread,
        deliveries=deliveries,
    )


def refused(one: Wanted, words: str) -> Came:
    """The file is refused, and why."""
    return _came(one, Outcome.REFUSED, words)


def _nothing(one: Wanted, words: str) -> Came:
    return _came(one, Outcome.NOTHING_NEW, words)


def counts(came: Came) -> bool:
    """True where something was done."""
    return came.outcome not in (Outcome.NOTHING_NEW, Outcome.REFUSED)
