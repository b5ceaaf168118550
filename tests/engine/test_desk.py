"""Triage and its undo: each change a person makes can be taken back, several steps."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Lane
from console.desk.model import DraftKind, Seen, ThreadState
from console.engine.reading import Order, View
from tests.engine.office import START


async def three(office):
    for who in ("ana", "budi", "tess"):
        await office.hears(
            office.network.customer(who).writes_public(f"hello from {who}").remote_id
        )
        office.later(60)
    return [1, 2, 3]


async def shape(office):
    return [
        (
            (await office.view(thread)).row.state,
            (await office.view(thread)).row.waiting_since,
            (await office.view(thread)).row.severity,
            (await office.view(thread)).row.tags,
            (await office.view(thread)).row.heated,
            len((await office.view(thread)).notes),
            len((await office.view(thread)).drafts),
        )
        for thread in (1, 2, 3)
    ]


VERBS = {
    "done": lambda work: work.done([1, 2]),
    "snooze": lambda work: work.snooze([1, 3], START.replace(year=2027)),
    "waiting": lambda work: work.waiting_on([2]),
    "severity": lambda work: work.severity([1, 2, 3], 3),
    "tag": lambda work: work.tag([1], "refund"),
    "untag": lambda work: work.tag([1], "refund", on=False),
    "note": lambda work: work.note(2, "prefers e-mail"),
    "reopen": lambda work: work.reopen([1]),
    "heat": lambda work: work.heat([1, 2]),
}


@pytest.mark.parametrize("verb", [name for name in VERBS if name not in {"untag", "reopen"}])
async def test_each_change_can_be_taken_back(office, verb):
    await three(office)
    before = await shape(office)
    await VERBS[verb](office.engine.work)
    assert await shape(office) != before
    assert (await office.engine.work.undo()).words
    assert await shape(office) == before
    assert await office.engine.work.undo() is None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.lists(st.sampled_from(sorted(VERBS)), min_size=1, max_size=6))
def test_any_row_of_changes_is_taken_back_step_by_step(tmp_path_factory, path):
    import asyncio

    from tests.engine.office import Office

    async def run():
        office = await Office(tmp_path_factory.mktemp("undo")).open()
        try:
            await three(office)
            shapes = [await shape(office)]
            for verb in path:
                await VERBS[verb](office.engine.work)
                shapes.append(await shape(office))
            while (await office.engine.work.undo()) is not None:
                pass
            assert await shape(office) == shapes[0]
        finally:
            await office.close()

    asyncio.run(run())


async def test_done_leaves_the_inbox_and_a_new_message_reopens(office):
    await three(office)
    await office.engine.work.done([1])
    assert list(await office.engine.reading.ids(View.INBOX, Order.LONGEST)) == [2, 3]
    assert list(await office.engine.reading.ids(View.DONE, Order.LONGEST)) == [1]
    first = (await office.view(1)).messages[0].remote_id
    post = office.network.customer("ana").writes_public("still here", reply_to=first)
    found = await office.hears(post.remote_id)
    assert found.row.state is ThreadState.OPEN
    assert list(await office.engine.reading.ids(View.INBOX, Order.LONGEST)) == [2, 3, 1]


async def test_a_snoozed_thread_wakes_when_its_time_comes(office):
    from console.store import threads

    await three(office)
    await office.engine.work.snooze([1], START.replace(hour=18))
    assert 1 not in await office.engine.reading.ids(View.INBOX, Order.LONGEST)
    await office.store.write(threads.wake, START.replace(hour=17))
    assert 1 not in await office.engine.reading.ids(View.INBOX, Order.LONGEST)
    await office.store.write(threads.wake, START.replace(hour=18))
    assert list(await office.engine.reading.ids(View.INBOX, Order.LONGEST)) == [1, 2, 3]


async def test_a_dropped_draft_is_kept_and_comes_back(office):
    await three(office)
    draft = await office.engine.work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, "not yet")
    await office.engine.work.drop_draft(draft)
    assert (await office.view(1)).drafts == ()
    await office.engine.work.undo()
    assert (await office.view(1)).drafts[0].text == "not yet"


async def test_a_draft_is_one_in_its_place_and_keeps_what_it_was_begun_on(office):
    await three(office)
    work = office.engine.work
    one = await work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, "a", seen=Seen(1))
    two = await work.save_draft(1, Lane.PUBLIC, DraftKind.REPLY, "ab", seen=Seen(2))
    assert one == two
    drafts = (await office.view(1)).drafts
    assert [(draft.text, draft.seen) for draft in drafts] == [("ab", Seen(1))]


async def test_counts_follow(office):
    await three(office)
    await office.engine.work.done([1])
    await office.engine.work.waiting_on([2])
    counts = await office.engine.reading.counts()
    assert (counts.needs_us, counts.waiting, counts.drafts) == (1, 1, 0)


async def test_the_next_opening_fills_its_slot(tmp_path):
    """Sunday noon in Zagreb: the shop opens on Monday at nine."""
    from dataclasses import replace
    from datetime import time

    from tests.engine.office import Office

    office = await Office(tmp_path).open()
    try:
        await three(office)
        view = await office.view(1)
        day = ((time(9), time(17)),)
        office.engine.texts._settings = replace(
            office.engine.settings, zone="Europe/Zagreb", week=(day,) * 5 + ((), ())
        )
        assert office.engine.texts.values(view, 80)["shop.next_open"] == "tomorrow at 9:00"
        office.now = office.now.replace(day=23, hour=10)
        assert office.engine.texts.values(view, 80)["shop.next_open"] == "now"
    finally:
        await office.close()
