"""Drafts go to another machine as files, and what comes back is taken or refused in words."""

from __future__ import annotations

import pytest

from connectors.contract import Lane
from console.desk.model import DeliveryState, DraftKind
from console.engine.exchange import Exchange, Occupied
from console.engine.judging import Outcome
from tests.engine.test_review import WORDS, asked, drafted, wrote_again

APPROVE = ('decision = ""', 'decision = "approve"')
DISCARD = ('decision = ""', 'decision = "discard"')
LATER = ('decision = ""', 'decision = "later"')
EDIT = (WORDS, "It left on Tuesday.")


def exchange(office):
    return Exchange(office.store, office.engine.review, office.clock)


async def exported(office, **asked_for):
    """Every file by the number of its draft."""
    found = await exchange(office).export(**asked_for)
    assert not found.stayed
    return {one.draft.id: one.text for one in found.written}


async def take_in(office, *files):
    named = [
        (f"{number}.txt", text if isinstance(text, bytes) else text.encode())
        for number, text in enumerate(files)
    ]
    return await exchange(office).take_in(named)


def changed(file, *changes):
    for old, new in changes:
        assert old in file
        file = file.replace(old, new)
    return file


async def one_file(office, **more):
    view = await asked(office)
    draft = await drafted(office, view, **more)
    return view, draft, (await exported(office))[draft]


async def words_of(office, draft_id):
    card = await office.engine.review.card(draft_id)
    return None if card is None else card.draft.text


async def state(office):
    """All that an import may change: drafts, deliveries, and what can be undone."""

    def unit(work):
        return (
            work.all("SELECT key, text, acknowledgement, base, ready_at, postponed_at, "
                     "discarded_at IS NULL, stopped FROM drafts ORDER BY key"),
            work.all("SELECT draft_key, state, outgoing FROM deliveries ORDER BY id"),
            work.all("SELECT id, words, undone_at FROM changes ORDER BY id"),
        )  # fmt: skip

    return await office.store.read(unit)


async def test_a_file_tells_what_the_draft_answers(office):
    view, _, file = await one_file(office)
    await wrote_again(office, view)
    (file,) = (await exported(office)).values()
    assert "#   where is my parcel?" in file
    assert "NEW since this draft was begun: Ana wrote again." in file
    heading = next(line for line in file.split("\n") if line.startswith("# NEW: "))
    assert heading.endswith(" PUBLIC theirs, by Ana")
    assert WORDS in file
    for field in ("thread = ", 'lane = "public"', 'author = "Mira"', 'base_words = "where is'):
        assert field in file


async def test_unchanged_it_is_nothing_new_and_exported_again_the_same(office):
    _, draft, file = await one_file(office)
    before = await state(office)
    (came,) = await take_in(office, file)
    assert came.outcome is Outcome.NOTHING_NEW
    assert await state(office) == before
    assert await exported(office) == {draft: file}


async def test_only_ready_drafts_leave_unless_all_are_asked_for(office):
    _, draft, _ = await one_file(office)
    await office.engine.review.take_out(draft)
    assert await exported(office) == {}
    assert set(await exported(office, unfinished=True)) == {draft}


async def test_an_edit_comes_back(office):
    _, draft, file = await one_file(office)
    (came,) = await take_in(office, changed(file, EDIT))
    assert came.outcome is Outcome.CHANGED
    assert await words_of(office, draft) == "It left on Tuesday."
    assert await office.engine.review.deck() == (draft,)


async def test_an_approval_comes_back_and_leaves_once(office):
    _, _, file = await one_file(office)
    (came,) = await take_in(office, changed(file, EDIT, APPROVE))
    assert came.outcome is Outcome.APPROVED
    (made,) = came.deliveries
    found = await office.delivery(made)
    assert found.state is DeliveryState.HELD
    assert found.approved_by == "Mira"
    await office.step(20)
    assert len(office.posted()) == 1
    (again,) = await take_in(office, changed(file, EDIT, APPROVE))
    assert again.outcome is Outcome.NOTHING_NEW
    assert "sent" in again.words
    await office.step(20)
    assert len(office.posted()) == 1


@pytest.mark.parametrize("changes", [(EDIT,), (APPROVE,), (EDIT, APPROVE), (DISCARD,),
                                     (EDIT, DISCARD), (LATER,), (EDIT, LATER)])  # fmt: skip
async def test_twice_changes_nothing_and_one_undo_takes_it_all_back(office, changes):
    _, draft, file = await one_file(office)
    before = await office.engine.review.card(draft)
    (came,) = await take_in(office, changed(file, *changes))
    assert came.outcome not in (Outcome.NOTHING_NEW, Outcome.REFUSED)
    once = await state(office)
    (again,) = await take_in(office, changed(file, *changes))
    assert again.outcome is Outcome.NOTHING_NEW, again
    assert await state(office) == once
    undone = await office.engine.work.undo()
    assert undone is not None
    assert undone.words == "import of 1 draft"
    (row,) = await office.engine.reading.drafts()
    for what in ("key", "text", "acknowledgement", "seen", "author", "postponed_at", "stopped"):
        assert getattr(row.draft, what) == getattr(before.draft, what), what
    assert row.draft.ready_at is not None
    await office.step(30)
    assert office.posted() == []


async def test_a_handoff_goes_out_and_comes_back(office):
    view = await asked(office)
    plan = await office.engine.work.plan_handoff(view.row.id)
    draft = await drafted(office, view, plan.private, kind=DraftKind.HANDOFF, lane=Lane.PRIVATE)
    file = (await exported(office))[draft]
    assert "===== PRIVATE message to Ana" in file
    assert "===== PUBLIC acknowledgement" in file
    (came,) = await take_in(office, changed(file, APPROVE))
    assert came.outcome is Outcome.APPROVED
    assert len(came.deliveries) == 2
    (again,) = await take_in(office, changed(file, APPROVE))
    assert again.outcome is Outcome.NOTHING_NEW
    await office.engine.work.undo()
    (row,) = await office.engine.reading.drafts()
    assert (row.draft.text, row.draft.acknowledgement) == (plan.private, None)


async def test_news_since_the_export_stops_the_approval(office):
    view, draft, file = await one_file(office)
    await wrote_again(office, view)
    (came,) = await take_in(office, changed(file, APPROVE))
    assert came.outcome is Outcome.REFUSED
    assert "Ana wrote again" in came.words
    card = await office.engine.review.card(draft)
    assert "Ana wrote again" in card.draft.stopped
    once = await state(office)
    await take_in(office, changed(file, APPROVE))
    assert await state(office) == once
    await office.step(30)
    assert office.posted() == []


async def test_whoever_read_the_marked_news_approves_on_top_of_it(office):
    view, draft, _ = await one_file(office)
    await wrote_again(office, view)
    file = (await exported(office))[draft]
    (came,) = await take_in(office, changed(file, APPROVE))
    assert came.outcome is Outcome.APPROVED


async def test_an_edit_over_news_is_taken_and_says_so(office):
    view, draft, file = await one_file(office)
    await wrote_again(office, view)
    (came,) = await take_in(office, changed(file, EDIT))
    assert came.outcome is Outcome.CHANGED
    assert "Ana wrote again" in came.words
    (came,) = await take_in(office, changed(file, EDIT, APPROVE))
    assert came.outcome is Outcome.REFUSED
    assert await words_of(office, draft) == "It left on Tuesday."


async def test_a_finding_refuses_the_file_and_it_can_be_mended(office):
    _, draft, file = await one_file(office)
    hole = changed(file, (WORDS, "Hi {{ contact.name }}"), APPROVE)
    (came,) = await take_in(office, hole)
    assert came.outcome is Outcome.REFUSED
    assert "not filled in" in came.words
    assert await words_of(office, draft) == WORDS
    (came,) = await take_in(office, changed(hole, ("{{ contact.name }}", "Ana, it left.")))
    assert came.outcome is Outcome.APPROVED


async def test_private_things_do_not_enter_a_public_lane_by_a_file(office):
    _, _, file = await one_file(office)
    told = changed(file, (WORDS, "Write to ana.private@somewhere.example"), APPROVE)
    (came,) = await take_in(office, told)
    assert came.outcome is Outcome.REFUSED


async def test_what_was_changed_here_meanwhile_is_not_lost(office):
    view, draft, file = await one_file(office)
    await office.engine.review.rewrite(draft, "Mine.", None, seen=view.seen)
    for changes in [(EDIT,), (APPROVE,), (DISCARD,), (LATER,)]:
        (came,) = await take_in(office, changed(file, *changes))
        assert came.outcome is Outcome.REFUSED
        assert "changed here" in came.words
    assert await words_of(office, draft) == "Mine."
    (came,) = await take_in(office, file)
    assert came.outcome is Outcome.NOTHING_NEW


async def test_two_edits_of_one_draft_are_both_refused(office):
    _, draft, file = await one_file(office)
    came = await take_in(office, changed(file, EDIT), changed(file, APPROVE))
    assert [one.outcome for one in came] == [Outcome.REFUSED] * 2
    assert "1.txt is of the same draft" in came[0].words
    assert await words_of(office, draft) == WORDS
    came = await take_in(office, changed(file, EDIT), changed(file, EDIT))
    assert [one.outcome for one in came] == [Outcome.CHANGED, Outcome.NOTHING_NEW]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('network = "stage"', 'network = "mastodon"'),
        ("thread = 1", "thread = 2"),
        ('author = "Mira"', 'author = "Somebody"'),
        ("revision = 0", "revision = 9"),
        ('template = ""', 'template = "x"'),
        ("format = 1", "format = 1\nmore = 1"),
    ],
)
async def test_a_changed_head_is_refused(office, old, new):
    _, _, file = await one_file(office)
    (came,) = await take_in(office, changed(file, (old, new), APPROVE))
    assert came.outcome is Outcome.REFUSED
    assert "head was changed" in came.words


async def test_another_desk_takes_nothing(office, offices):
    _, _, file = await one_file(office)
    other = await offices()
    (came,) = await take_in(other, changed(file, APPROVE))
    assert came.outcome is Outcome.REFUSED
    assert "another desk" in came.words
    await one_file(other)
    (came,) = await take_in(other, changed(file, APPROVE))
    assert "another desk" in came.words


async def test_what_is_gone_is_said(office):
    _, draft, file = await one_file(office)
    await office.engine.review.discard(draft)
    (came,) = await take_in(office, changed(file, APPROVE))
    assert came.outcome is Outcome.REFUSED
    assert "discarded here" in came.words
    assert (await take_in(office, file))[0].outcome is Outcome.NOTHING_NEW
    assert (await take_in(office, changed(file, DISCARD)))[0].outcome is Outcome.NOTHING_NEW
    await office.store.write(lambda work: work.do("DELETE FROM drafts"))
    (came,) = await take_in(office, changed(file, APPROVE))
    assert came.outcome is Outcome.REFUSED
    assert "isn't here any more" in came.words


async def test_what_came_back_is_not_approved_again_by_an_old_file(office):
    _, _, file = await one_file(office)
    (came,) = await take_in(office, changed(file, APPROVE))
    office.later(1)
    await office.engine.work.recall(came.deliveries[0])
    (again,) = await take_in(office, changed(file, APPROVE))
    assert again.outcome is Outcome.REFUSED
    assert "come back" in again.words
    (row,) = await office.engine.reading.drafts()
    fresh = (await exported(office))[row.draft.id]
    assert (await take_in(office, changed(fresh, APPROVE)))[0].outcome is Outcome.APPROVED


async def test_words_that_act_on_a_terminal_are_refused(office):
    _, draft, file = await one_file(office)
    (came,) = await take_in(office, changed(file, (WORDS, "It \x1b[31mleft.")))
    assert came.outcome is Outcome.REFUSED
    assert "U+001B" in came.words
    assert await words_of(office, draft) == WORDS


async def test_words_that_are_longer_than_any_network_takes_are_refused(office):
    _, draft, file = await one_file(office)
    (came,) = await take_in(office, changed(file, (WORDS, "a " * 60_000)))
    assert came.outcome is Outcome.REFUSED
    assert "100,000 characters" in came.words
    assert await words_of(office, draft) == WORDS


async def test_of_many_files_the_good_ones_are_taken(office):
    files = []
    for number in range(60):
        view = await asked(office, who=f"c{number}")
        await drafted(office, view, f"Parcel {'abcdefgh'[number % 8]} left, person {number}.")
    for number, file in enumerate((await exported(office)).values()):
        files.append(b"\xff\xfe" if number % 7 == 3 else changed(file, APPROVE))
    came = await take_in(office, *files)
    refused = [one for one in came if one.outcome is Outcome.REFUSED]
    assert len(refused) == sum(number % 7 == 3 for number in range(60))
    assert {one.outcome for one in came} == {Outcome.REFUSED, Outcome.APPROVED}
    undone = await office.engine.work.undo()
    assert undone.words.startswith(f"import of {60 - len(refused)} drafts")
    assert len(await office.engine.review.deck()) == 60
    await office.step(60)
    assert office.posted() == []


async def test_what_can_not_be_written_to_a_file_stays_and_is_named(office):
    view = await asked(office)
    draft = await drafted(office, view, "bell \x07")
    found = await exchange(office).export()
    assert found.written == ()
    ((stayed, why),) = found.stayed
    assert stayed.id == draft
    assert "U+0007" in why


async def test_a_script_writes_a_draft_and_takes_no_place(office):
    view = await asked(office)

    async def write(text, **more):
        told = {"acknowledgement": None, "template": None, "author": "Robin", "seen": view.seen,
                "ready": True, "instead": False}  # fmt: skip
        return await exchange(office).write(
            view.row.id, Lane.PUBLIC, DraftKind.REPLY, text, **{**told, **more}
        )

    made = await write("Robin's words.")
    assert made.author == "Robin"
    assert await office.engine.review.deck() == (made.id,)
    with pytest.raises(Occupied, match="Robin"):
        await write("Others.")
    assert await words_of(office, made.id) == "Robin's words."
    await write("Others.", instead=True)
    assert await words_of(office, made.id) == "Others."
    await office.engine.work.undo()
    assert await words_of(office, made.id) == "Robin's words."
