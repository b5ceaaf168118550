"""`drafts`: list them, write them by script, take them to another machine and back."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import Lane
from console.commands import sending, shapes, sheaf
from console.commands.exits import Exit
from console.commands.opened import Opened, desk
from console.commands.saying import complain, say, say_json, span, table
from console.commands.sheaf import Entry, FolderTrouble
from console.desk import sheets
from console.desk.freshness import in_words
from console.desk.handoff import CannotHandOff
from console.desk.model import Draft, DraftKind, Seen, ThreadView
from console.desk.plain import plain_line
from console.engine.exchange import Exchange, Export, Listed, Occupied
from console.engine.judging import Came, Outcome
from console.engine.work import Stopped
from console.store.errors import NotThere


def listing(asked: argparse.Namespace) -> int:
    """List the drafts."""
    return asyncio.run(_listing(asked))


async def _listing(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        found = await _exchange(opened).listed()
    if asked.json:
        say_json([shapes.draft(each) for each in found])
    elif found:
        table([_row(each) for each in found])
    else:
        say("No draft is there.")
    return Exit.DONE


def _row(listed: Listed) -> tuple[str, ...]:
    draft, row = listed.row.draft, listed.row.row
    news = draft.stopped or in_words(listed.news)
    return (
        str(draft.id),
        shapes.draft_state(listed),
        f"thread {row.id}",
        row.network,
        "handoff" if draft.kind is DraftKind.HANDOFF else draft.lane.value,
        row.contact_name or row.handle,
        draft.author,
        span(datetime.now(UTC) - draft.updated_at),
        f"({news}) {draft.text}" if news else draft.text,
    )


# --- by script ---------------------------------------------------------------------------------


def write(asked: argparse.Namespace) -> int:
    """Make a draft, for somebody else to read and send."""
    text = asked.text
    if text is None and not asked.handoff:
        text = sending.read_words()
    return asyncio.run(_write(asked, text))


async def _write(asked: argparse.Namespace, text: str | None) -> int:
    async with desk(offline=True) as opened:
        view = await opened.engine.reading.thread(asked.id)
        if view is None:
            complain(f"There is no thread {asked.id}. Nothing was written.")
            return Exit.NOTHING
        template = None
        if text is None:
            try:
                plan = await opened.engine.work.plan_handoff(asked.id)
            except CannotHandOff as error:
                complain(f"{error.words} Nothing was written.")
                return Exit.FAILED
            text, template = plan.private or "", plan.template
        lane = Lane.PRIVATE if asked.handoff else Lane(asked.lane or view.row.lane)
        text = text.replace("\r\n", "\n").rstrip("\n")
        trouble = _unwritable(asked, view, lane, text)
        if trouble:
            complain(f"{trouble} Nothing was written.")
            return Exit.STOPPED
        try:
            made = await _exchange(opened).write(
                asked.id,
                lane,
                DraftKind.HANDOFF if asked.handoff else DraftKind.REPLY,
                text,
                acknowledgement=asked.acknowledgement,
                template=template,
                author=plain_line(asked.author or opened.engine.settings.agent, 80),
                seen=_seen(asked, view),
                ready=asked.ready,
                instead=asked.instead,
            )
        except Occupied as error:
            complain(error.words)
            return Exit.FAILED
        await _tell(asked, opened, made)
    return Exit.DONE


def _unwritable(asked: argparse.Namespace, view: ThreadView, lane: Lane, text: str) -> str:
    """Why these words can't be a draft of this thread; empty when they can."""
    if not text.strip():
        return "There are no words."
    acts = sheets.acting(text) or sheets.acting(asked.acknowledgement or "")
    if acts:
        return f"The words hold {acts}, which may act on a terminal. Take it out."
    if asked.handoff and view.lane(Lane.PUBLIC) is None:
        return "This thread is private already: nobody else reads it. Leave out --handoff."
    if not asked.handoff and asked.acknowledgement is not None:
        return "Only a handoff has an acknowledgement: give --handoff as well."
    if not asked.handoff and view.lane(lane) is None:
        return f"This thread has no {lane.value} lane, so it couldn't be sent there."
    return ""


async def _tell(asked: argparse.Namespace, opened: Opened, made: Draft) -> None:
    if asked.json:
        found = await _exchange(opened).listed()
        say_json(next(shapes.draft(each) for each in found if each.row.draft.id == made.id))
        return
    state = "it is in the review deck" if made.ready_at else "`greenroom drafts ready` puts it up"
    say(f"{made.id}  draft by {made.author or 'you'} in thread {made.thread_id}; {state}.")


def ready(asked: argparse.Namespace) -> int:
    """Put drafts into the review deck."""
    return asyncio.run(_ready(asked.ids))


async def _ready(ids: Sequence[int]) -> int:
    missing = 0
    async with desk(offline=True) as opened:
        for number in ids:
            try:
                await opened.engine.review.mark_ready(number)
                say(f"{number}  is in the review deck.")
            except NotThere:
                missing += 1
                complain(f"There is no draft {number}. `greenroom drafts list` shows them.")
    if not missing:
        return Exit.DONE
    return Exit.NOTHING if missing == len(ids) else Exit.PARTLY


def approve(asked: argparse.Namespace) -> int:
    """Release one draft, as the deck does."""
    overridden = sending.overridden_by(asked.anyway)
    if overridden is None:
        return Exit.USAGE

    async def run() -> int:
        async with desk(offline=True) as opened:
            card = await opened.engine.review.card(asked.id)
            if card is None:
                complain(f"There is no draft {asked.id}. Nothing was approved.")
                return Exit.NOTHING
            seen = card.draft.seen if asked.seen is None else _seen(asked, card.view)
            try:
                made = await opened.engine.review.approve(
                    asked.id,
                    seen=seen,
                    overridden=overridden,
                    read=card.draft,
                    to=card.view.route(card.draft.lane),
                )
            except Stopped as stopped:
                return sending.stopped_by(asked, stopped.findings)
            except CannotHandOff as error:
                complain(f"{error.words} Nothing was approved.")
                return Exit.FAILED
            return await sending.finish(asked, opened, made)

    return asyncio.run(run())


def _seen(asked: argparse.Namespace, view: ThreadView) -> Seen:
    if asked.seen is None:
        return view.seen
    return Seen(asked.seen, view.seen.revision, view.seen.done)


# --- to another machine ------------------------------------------------------------------------


def export(asked: argparse.Namespace) -> int:
    """Write the drafts of the deck to files."""
    return asyncio.run(_export(asked))


async def _export(asked: argparse.Namespace) -> int:
    folder = Path(asked.folder)
    async with desk(offline=True) as opened:
        found = await _exchange(opened).export(unfinished=asked.all)
    for draft, why in found.stayed:
        complain(f"Draft {draft.id} was not exported. {why}")
    code = Exit.PARTLY if found.stayed else Exit.DONE
    if not found.written:
        complain("No draft is there." if asked.all else "No draft is ready. --all takes the rest.")
        return code or Exit.NOTHING
    try:
        sheaf.make(folder)
        here = {entry.name: entry for entry in sheaf.entries(folder)}
        names = _names(found, here)
        new = {
            name: text
            for name, text in names.items()
            if name not in here or here[name].trouble or here[name].data != text.encode("utf-8")
        }
        over = [here[name] for name in new if name in here]
        if over and not asked.force and not _may_replace(over):
            return Exit.FAILED
        for name, text in new.items():
            sheaf.put(folder, name, text)
            say(f"{name}: {'replaced' if name in here else 'written'}")
    except FolderTrouble as error:
        complain(error.words)
        return Exit.FAILED
    same = len(names) - len(new)
    say(f"{len(new)} written, {same} as they were, in {folder}")
    _name_the_gone(found, [entry for name, entry in here.items() if name not in names])
    return code


def _names(found: Export, here: dict[str, Entry]) -> dict[str, str]:
    """The text of every file by its name; a file that is there keeps its name."""
    standing = {name.rpartition("-")[2]: name for name, entry in here.items() if entry.ours}
    named = {}
    for one in found.written:
        ending = sheets.short(one.draft.key) + sheaf.ENDING
        usual = sheets.file_name(one.draft.thread_id, one.contact, one.draft.key)
        named[standing.get(ending, usual)] = one.text
    return named


def _may_replace(over: Sequence[Entry]) -> bool:
    """Whether these files may be written over: asked of a person, refused to a script."""
    held = sum(sheaf.undone_work(sheaf.sheet_of(entry)) for entry in over)
    shown = ", ".join(plain_line(entry.name, 60) for entry in over[:3])
    more = f" and {len(over) - 3} more" if len(over) > 3 else ""
    what = f"{shown}{more} {'is' if len(over) == 1 else 'are'} there already and would be replaced"
    if held:
        what += f"; {held} of them with an edit or a decision that would be lost"
    if not sys.stdin.isatty():
        complain(
            f"{what}. Nothing was exported. Import them first, name another folder, or give "
            "--force."
        )
        return False
    complain(f"{what}.")
    answer = input("Replace? [y/N] ").strip().lower()
    if answer not in ("y", "yes"):
        complain("Nothing was exported.")
        return False
    return True


def _name_the_gone(found: Export, others: Sequence[Entry]) -> None:
    """Say which files here are of drafts that didn't leave with this export."""
    for entry in others:
        sheet = sheaf.sheet_of(entry) if entry.ours and not entry.trouble else None
        if sheet is not None:
            alive = sheet.head.key in found.alive
            why = "is not ready any more" if alive else "was sent or discarded"
            complain(f"{entry.name}: its draft {why}. The file was left as it is.")


def take_in(asked: argparse.Namespace) -> int:
    """Take back what was exported."""
    return asyncio.run(_take_in(asked))


async def _take_in(asked: argparse.Namespace) -> int:
    mine: list[Entry] = []
    others: list[str] = []

    def readable() -> Iterator[tuple[str, bytes]]:
        # One at a time: a thousand files of two megabytes are not held at once.
        for entry in sheaf.entries(Path(asked.folder)):
            if not entry.ours:
                others.append(entry.name)
                continue
            mine.append(replace(entry, data=b""))
            if not entry.trouble:
                yield entry.name, entry.data

    async with desk(offline=True, what="an import") as opened:
        try:
            taken = {came.file: came for came in await _exchange(opened).take_in(readable())}
        except FolderTrouble as error:
            complain(error.words)
            return Exit.FAILED
    came = [
        taken.get(entry.name) or Came(file=entry.name, outcome=Outcome.REFUSED, words=entry.trouble)
        for entry in mine
    ]
    refused = [one for one in came if one.outcome is Outcome.REFUSED]
    if asked.json:
        say_json({"files": [shapes.came(one) for one in came], "left_alone": others})
    else:
        _say_what_came(came, others)
    if not came:
        complain("No file of a draft is there. Nothing was imported.")
        return Exit.NOTHING
    return Exit.PARTLY if refused else Exit.DONE


def _say_what_came(came: Sequence[Came], others: Sequence[str]) -> None:
    for one in came:
        # A line each, whatever the name of the file is.
        line = f"{plain_line(one.file, 120)}: {one.outcome.value}. {one.words}"
        (complain if one.outcome is Outcome.REFUSED else say)(line)
    if others:
        say(f"Left alone, no drafts by their names: {', '.join(map(plain_line, others))}")
    counted = {kind: sum(one.outcome is kind for one in came) for kind in Outcome}
    said = ", ".join(f"{number} {kind.value}" for kind, number in counted.items() if number)
    if said:
        say(f"{said}.")
    if counted[Outcome.APPROVED]:
        say("What was approved leaves with an open console or `greenroom watch`.")
    if any(one.outcome not in (Outcome.REFUSED, Outcome.NOTHING_NEW) for one in came):
        say("The undo key in the console takes the whole import back, as far as it hasn't left.")


def _exchange(opened: Opened) -> Exchange:
    return Exchange(opened.store, opened.engine.review, opened.engine.clock)
