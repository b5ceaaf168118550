"""Everything is heard once, in order, across streams, restarts and a stopped day."""

from __future__ import annotations

import gc
import json
from datetime import timedelta

import pytest

from connectors.contract import (
    Audience,
    Hearing,
    Lane,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.mastodon.stream import opened
from tests.connectors.mastodon.conftest import Shop, Time, shop_on
from tests.connectors.mastodon.fake import (
    GOTOSOCIAL,
    MASTODON41,
    MASTODON43,
    SNAC,
    Profile,
    Trouble,
)

NO_SOCKET = Profile(
    name="sse-only", software="mastodon", version="4.2.0", websocket=False, policy=False
)


# --- what is heard -------------------------------------------------------------------------------


async def test_a_mention_is_a_post(shop: Shop) -> None:
    asked = await shop.fake.write(
        shop.ana,
        "@support my parcel, @budi & co:\nwhere is it?",
        warning="a complaint",
        visibility="unlisted",
        media=[
            {
                "id": "1",
                "type": "image",
                "url": "https://files.example/a.png",
                "description": "a torn box",
            },
            {"id": "2", "type": "gifv", "url": "https://files.example/b.mp4"},
            {"id": "3", "type": "unknown", "url": None, "remote_url": "https://far.example/c"},
            {"id": "4", "type": "image", "url": "javascript:alert(1)"},
            "odd",
        ],
    )
    async with shop.connected() as connector, shop.listening(connector) as ear:
        post = await ear.until_text("my parcel")
    assert post.remote_id == asked.id
    assert post.lane is Lane.PUBLIC
    assert not post.ours
    assert post.author.remote_id == shop.ana.id
    assert post.author.handle == "@ana@far.example"
    assert post.author.name == "Ana"
    assert "my parcel, @budi" in post.text
    assert post.text.endswith(" & co:\nwhere is it?")
    assert post.at == asked.at
    assert post.also == ("@budi",)
    assert post.warning == "a complaint"
    assert post.language == "en"
    assert post.conversation == asked.id
    assert post.url == f"https://fake.example/@ana/{asked.id}"
    assert [(one.kind, one.description) for one in post.attachments] == [
        ("image", "a torn box"),
        ("video", ""),
        ("file", ""),
    ]
    if not shop.fake.profile.snac:
        assert post.audience is Audience.QUIET


async def test_a_private_mention_is_the_private_lane(shop: Shop) -> None:
    shop.fake.policy["for_private_mentions"] = "accept"
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await shop.fake.write(shop.ana, "@support in private", visibility="direct")
        post = await ear.until_text("in private")
    assert post.lane is Lane.PRIVATE
    assert post.audience is Audience.NAMED
    assert post.conversation == f"dm:{shop.ana.id}"


async def test_a_filtered_private_mention_is_shown_all_the_same(on_mastodon: Shop) -> None:
    shop = on_mastodon
    before = await shop.fake.write(shop.ana, "@support before", visibility="direct")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        post = await ear.until_text("before")
        assert post.held_back
        assert post.remote_id == before.id
        # No event tells of it: the sweep beside the stream does.
        await shop.fake.write(shop.budi, "@support while listening", visibility="direct")
        assert (await ear.until_text("while listening")).held_back
        assert ear.hearing is Hearing.STREAMING


async def test_set_aside_mentions_that_no_listing_shows(on_mastodon: Shop) -> None:
    shop = on_mastodon
    was = shop.fake._window
    shop.fake._window = lambda request, found, as_json: was(  # type: ignore[method-assign]
        request, [one for one in found if not getattr(one, "filtered", False)], as_json
    )
    await shop.fake.write(shop.ana, "@support set aside", visibility="direct")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        assert (await ear.until_text("set aside")).held_back


async def test_the_advice_lets_private_mentions_in(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        assert connector.hello is not None
        (advice,) = connector.hello.advice
        hello = await connector.take_advice(advice.key)
        assert hello.advice == ()
        assert shop.fake.policy["for_private_mentions"] == "accept"
        async with shop.listening(connector) as ear:
            await shop.fake.write(shop.ana, "@support now", visibility="direct")
            assert not (await ear.until_text("now")).held_back


async def test_strangers_kept_out_are_an_advice(on_mastodon: Shop) -> None:
    shop = on_mastodon
    shop.fake.policy["for_private_mentions"] = "accept"
    shop.fake.policy["for_new_accounts"] = "drop"
    async with shop.connected() as connector:
        assert connector.hello is not None
        assert [one.key for one in connector.hello.advice] == ["let-strangers-in"]
        await connector.take_advice("let-strangers-in")
    assert set(shop.fake.policy.values()) == {"accept"}


# --- streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "kind", "hearing"),
    [
        (MASTODON43, "websocket", Hearing.STREAMING),
        (MASTODON41, "websocket", Hearing.STREAMING),
        (GOTOSOCIAL, "websocket", Hearing.STREAMING),
        (NO_SOCKET, "sse", Hearing.STREAMING),
        (SNAC, None, Hearing.POLLING),
    ],
    ids=lambda one: getattr(one, "name", str(one)),
)
async def test_the_best_way_to_hear(
    profile: Profile, kind: str | None, hearing: Hearing, time: Time
) -> None:
    async with (
        shop_on(profile, time) as shop,
        shop.connected(sweep_seconds="60") as connector,
        shop.listening(connector) as ear,
    ):
        assert ear.hearing is hearing
        if kind is not None:
            # The sweep is a minute off: only the stream can bring it.
            await shop.fake.write(shop.ana, "@support by stream")
            await ear.until_text("by stream")
            assert ear.batches[-1].cursor is None


@pytest.mark.parametrize("profile", [MASTODON43, NO_SOCKET], ids=lambda one: one.name)
async def test_a_stream_closed_at_once_leaves_nothing_open(profile: Profile, time: Time) -> None:
    async with shop_on(profile, time) as shop, shop.connected() as connector:
        assert connector._http is not None
        stream = await opened(connector._http, "")
        assert stream is not None
        await stream.close()
        await shop.fake.until(lambda: True)
        gc.collect()


async def test_a_key_that_is_only_taken_in_the_query(on_mastodon: Shop) -> None:
    shop = on_mastodon
    shop.fake.query_token_only = True
    async with shop.connected(sweep_seconds="60") as connector, shop.listening(connector) as ear:
        assert ear.hearing is Hearing.STREAMING
        await shop.fake.write(shop.ana, "@support by stream")
        await ear.until_text("by stream")


async def test_what_happens_while_catching_up_is_heard_once(on_mastodon: Shop) -> None:
    shop = on_mastodon
    for number in range(60):
        await shop.fake.write(shop.ana, f"@support old {number}")
    async with shop.connected() as connector, shop.listening(connector, ready=False) as ear:
        await ear.until(lambda one: bool(one.posts))
        await shop.fake.write(shop.ana, "@support meanwhile")
        await ear.until_text("meanwhile")
        await ear.until(lambda one: one.caught_up)
        ids = [post.remote_id for post in ear.posts]
        assert len(ids) == len(set(ids)) == 61


async def test_a_lost_stream_is_said_and_nothing_is_missed(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        async with shop.listening(connector) as ear:
            cursor = ear.cursor
            await shop.fake.cut()
            await ear.until(lambda one: one.error is not None)
            assert isinstance(ear.error, Unreachable)
        await shop.fake.write(shop.ana, "@support between")
        async with shop.listening(connector, cursor) as ear:
            await ear.until_text("between")


async def test_a_stream_moves_no_cursor_so_nothing_is_skipped(on_mastodon: Shop) -> None:
    """What the stream brings may be newer than what it left out."""
    shop = on_mastodon
    async with shop.connected(sweep_seconds="600") as connector:
        async with shop.listening(connector) as ear:
            cursor = ear.cursor
            await shop.fake.write(shop.ana, "@support left out", quiet=True)
            await shop.fake.write(shop.ana, "@support streamed")
            await ear.until_text("streamed")
            assert ear.cursor == cursor
        async with shop.listening(connector, cursor) as ear:
            await ear.until_text("left out")
            await ear.until_text("streamed")


# --- history -------------------------------------------------------------------------------------


async def test_a_stopped_day_loses_nothing(shop: Shop) -> None:
    async with shop.connected() as connector:
        await shop.fake.write(shop.ana, "@support first")
        async with shop.listening(connector) as ear:
            await ear.until_text("first")
            await ear.until(lambda one: one.cursor is not None)
            cursor = ear.cursor
        shop.time.goes_on(days=1)
        for number in range(130):
            await shop.fake.write(shop.budi, f"@support missed {number}")
            await shop.fake.write(shop.fake.shop, f"@budi from the phone {number}")
    async with shop.connected() as connector, shop.listening(connector, cursor) as ear:
        missed = [post.text for post in ear.posts if not post.ours]
        assert [text.split()[-1] for text in missed] == [str(one) for one in range(130)]
        ours = [post.text.split()[-1] for post in ear.posts if post.ours]
        # snac2 shows no more of our own posts than its newest page.
        since = 90 if shop.fake.profile.snac else 0
        assert ours == [str(one) for one in range(since, 130)]
        before = [one for one in ear.batches if one.hearing is Hearing.CATCHING_UP]
        assert len([one for one in before if one.cursor]) >= 4


async def test_a_crash_in_the_middle_repeats_and_never_skips(shop: Shop) -> None:
    async with shop.connected() as connector:
        async with shop.listening(connector) as ear:
            pass
        await shop.fake.write(shop.ana, "@support zero")
        async with shop.listening(connector) as ear:
            cursor = ear.cursor
        for number in range(120):
            await shop.fake.write(shop.ana, f"@support n{number}")
        heard: set[str] = set()
        for _ in range(20):
            async with shop.listening(connector, cursor, ready=False) as ear:
                await ear.until(lambda one: one.cursor is not None)
                batch = next(one for one in ear.batches if one.cursor)
                heard.update(one.remote_id for one in batch.arrivals)
                cursor = batch.cursor
        everything = {
            one.id for one in shop.fake.statuses.values() if one.text.startswith("@support n")
        }
        assert everything <= heard


async def test_the_first_listening_brings_recent_history(shop: Shop) -> None:
    for number in range(100):
        await shop.fake.write(shop.ana, f"@support old {number}")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        texts = [post.text.split()[-1] for post in ear.posts]
        assert texts == [str(one) for one in range(100)]
        behind = [one.behind for one in ear.batches if one.arrivals]
        assert behind == [60, 20, 0] or behind[0] is not None


async def test_the_first_listening_has_an_end(on_mastodon: Shop) -> None:
    shop = on_mastodon
    for number in range(600):
        await shop.fake.write(shop.ana, f"@support old {number}", quiet=True)
    async with shop.connected() as connector, shop.listening(connector) as ear:
        assert len(ear.posts) == 400
        assert ear.posts[-1].text.endswith("old 599")


async def test_nothing_at_first_and_much_later(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        async with shop.listening(connector) as ear:
            cursor = ear.cursor
        for number in range(600):
            await shop.fake.write(shop.ana, f"@support n{number}", quiet=True)
        async with shop.listening(connector, cursor) as ear:
            assert len(ear.posts) == 600


@pytest.mark.parametrize("cursor", ["", "{", "[1]", '"x"', '{"n":5,"r":"x","o":[1]}', "12345"])
async def test_a_cursor_that_cannot_be_read_is_the_beginning(
    on_mastodon: Shop, cursor: str
) -> None:
    shop = on_mastodon
    await shop.fake.write(shop.ana, "@support old")
    async with shop.connected() as connector, shop.listening(connector, cursor) as ear:
        await ear.until_text("old")


async def test_a_listing_that_ignores_min_id_ends(on_mastodon: Shop) -> None:
    shop = on_mastodon
    await shop.fake.write(shop.ana, "@support one")
    async with shop.connected() as connector:
        async with shop.listening(connector) as ear:
            cursor = ear.cursor
        was = shop.fake._window

        def ignores(request, found, as_json):  # type: ignore[no-untyped-def]
            query = {k: v for k, v in request.query.items() if k != "min_id"}
            return was(type("R", (), {"query": query})(), found, as_json)

        shop.fake._window = ignores  # type: ignore[method-assign]
        await shop.fake.write(shop.ana, "@support two")
        async with shop.listening(connector, cursor) as ear:
            await ear.until_text("two")


async def test_what_comes_late_with_an_earlier_number_is_not_passed_by(shop: Shop) -> None:
    await shop.fake.write(shop.ana, "@support one")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await shop.fake.write(shop.ana, "@support late", quiet=True)
        late = shop.fake.notices.pop()
        await shop.fake.write(shop.ana, "@support early")
        await ear.until_text("early")
        await ear.until(
            lambda one: one.cursor is not None and late.id < json.loads(one.cursor)["n"]
        )
        shop.fake.notices.insert(-1, late)
        await ear.until_text("late")


# --- threads -------------------------------------------------------------------------------------


async def test_a_reply_brings_what_stands_above_it(shop: Shop) -> None:
    root = await shop.fake.write(shop.fake.shop, "New colours!")
    middle = await shop.fake.write(shop.budi, "I like the blue", reply_to=root.id)
    asked = await shop.fake.write(shop.ana, "@support is it blue?", reply_to=middle.id)
    async with shop.connected() as connector, shop.listening(connector) as ear:
        post = await ear.until_text("is it blue")
        assert post.reply_to == middle.id
        assert post.conversation == root.id
        assert [(one.remote_id, one.ours) for one in post.above] == [
            (root.id, True),
            (middle.id, False),
        ]
        again = await shop.fake.write(shop.ana, "@support and green?", reply_to=asked.id)
        post = await ear.until_text("and green")
        assert post.remote_id == again.id
        assert post.conversation == root.id
        assert post.above == ()
    contexts = [one for one in shop.fake.requests if one[1].endswith("/context")]
    assert len(contexts) == 1


async def test_the_thread_goes_on_through_our_answer(shop: Shop) -> None:
    asked = await shop.fake.write(shop.ana, "@support where?")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await ear.until_text("where")
        receipt = await connector.send(shop.reply("Here", shop.ana, reply_to=asked), "k")
        assert receipt.conversation == asked.id
        await shop.fake.write(shop.ana, "@support thanks", reply_to=receipt.remote_id)
        post = await ear.until_text("thanks")
        assert post.conversation == asked.id
    assert not [one for one in shop.fake.requests if one[1].endswith("/context")]


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.GONE, Trouble.HTML, Trouble.TOO_MANY])
async def test_without_a_context_the_post_comes_all_the_same(
    on_mastodon: Shop, trouble: Trouble
) -> None:
    shop = on_mastodon
    root = await shop.fake.write(shop.budi, "I like the blue")
    await shop.fake.write(shop.ana, "@support is it blue?", reply_to=root.id)
    shop.fake.break_next(trouble, method="GET", path="/context")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        post = await ear.until_text("is it blue")
        assert post.reply_to == root.id
        assert post.conversation is None


async def test_contexts_have_a_budget(on_mastodon: Shop) -> None:
    shop = on_mastodon
    for number in range(100):
        root = await shop.fake.write(shop.budi, f"root {number}", quiet=True)
        await shop.fake.write(shop.ana, f"@support r{number}", reply_to=root.id, quiet=True)
    async with shop.connected() as connector, shop.listening(connector) as ear:
        assert len(ear.posts) == 100
    contexts = [one for one in shop.fake.requests if one[1].endswith("/context")]
    assert len(contexts) == 60


async def test_an_answer_in_private_joins_the_private_lane(on_mastodon: Shop) -> None:
    shop = on_mastodon
    asked = await shop.fake.write(shop.ana, "@support where?")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        receipt = await connector.send(
            shop.reply("Which address?", shop.ana, lane=Lane.PRIVATE, about=asked.id), "k"
        )
        await shop.fake.write(
            shop.ana, "@support Main St 1", visibility="direct", reply_to=receipt.remote_id
        )
        post = await ear.until_text("Main St")
        assert post.lane is Lane.PRIVATE
        assert post.conversation == receipt.conversation
        assert post.reply_to == receipt.remote_id
        assert not post.held_back


# --- our own -------------------------------------------------------------------------------------


async def test_an_answer_from_the_phone_is_ours(shop: Shop) -> None:
    asked = await shop.fake.write(shop.ana, "@support where?")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await ear.until_text("where")
        await shop.fake.write(shop.fake.shop, "@ana@far.example from my phone", reply_to=asked.id)
        post = await ear.until_text("from my phone")
        assert post.ours
        assert post.reply_to == asked.id
        assert post.to is not None
        assert post.to.handle == "@ana@far.example"
        assert post.conversation == asked.id


async def test_what_we_say_to_nobody_is_no_matter_of_support(shop: Shop) -> None:
    await shop.fake.write(shop.fake.shop, "New colours!")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await shop.fake.write(shop.fake.shop, "More colours!")
        await shop.fake.write(shop.ana, "@support hi")
        await ear.until_text("hi")
        assert not [post for post in ear.posts if post.ours]


# --- edits and deletions -------------------------------------------------------------------------


@pytest.mark.parametrize("quiet", [False, True], ids=["told", "not told"])
async def test_an_edit_is_followed(shop: Shop, quiet: bool) -> None:
    status = await shop.fake.write(shop.ana, "@support my parcel 4711")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await ear.until_text("4711")
        shop.time.goes_on(minutes=1)
        await shop.fake.edit(status, "@support my parcel 4712", quiet=quiet)
        post = await ear.until_text("4712")
        assert post.remote_id == status.id
        assert post.edited_at is not None


async def test_an_edit_while_we_were_away(shop: Shop) -> None:
    status = await shop.fake.write(shop.ana, "@support my parcel 4711")
    async with shop.connected() as connector:
        async with shop.listening(connector) as ear:
            await ear.until(lambda one: one.cursor is not None)
            cursor = ear.cursor
        await shop.fake.edit(status, "@support my parcel 4712")
    async with shop.connected() as connector, shop.listening(connector, cursor) as ear:
        await ear.until_text("4712")


@pytest.mark.parametrize("quiet", [False, True], ids=["told", "not told"])
async def test_a_deletion_is_followed(shop: Shop, quiet: bool) -> None:
    status = await shop.fake.write(shop.ana, "@support my parcel 4711")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await ear.until_text("4711")
        await shop.fake.delete(status, quiet=quiet)
        await ear.until(lambda one: one.gone == [status.id])


async def test_a_deletion_while_we_were_away(shop: Shop) -> None:
    kept = await shop.fake.write(shop.ana, "@support kept")
    status = await shop.fake.write(shop.ana, "@support my parcel 4711")
    async with shop.connected() as connector:
        async with shop.listening(connector) as ear:
            await ear.until(lambda one: one.cursor is not None)
            cursor = ear.cursor
        await shop.fake.delete(status)
    async with shop.connected() as connector, shop.listening(connector, cursor) as ear:
        assert ear.gone == [status.id]
    assert kept.id not in ear.gone


async def test_a_delete_of_a_post_that_stands_is_no_deletion(on_mastodon: Shop) -> None:
    shop = on_mastodon
    status = await shop.fake.write(shop.ana, "@support my parcel 4711")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await shop.fake.say_deleted(status)
        await shop.fake.write(shop.ana, "@support later")
        await ear.until_text("later")
        assert ear.gone == []


async def test_deletions_of_strangers_cost_little(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected(sweep_seconds="60") as connector, shop.listening(connector) as ear:
        before = len(shop.fake.requests)
        for number in range(100):
            await shop.fake._push_raw(shop.fake.shop, "delete", f"99{number}")
        await shop.fake.write(shop.ana, "@support later")
        await ear.until_text("later")
        asked = [one for one in shop.fake.requests[before:] if "/statuses/99" in one[1]]
        assert len(asked) == 30


async def test_our_own_post_deleted_elsewhere(shop: Shop) -> None:
    async with shop.connected() as connector, shop.listening(connector) as ear:
        asked = await shop.fake.write(shop.ana, "@support where?")
        receipt = await connector.send(shop.reply("Here", shop.ana, reply_to=asked), "k")
        await ear.until_text("Here")
        await shop.fake.delete(shop.fake.statuses[receipt.remote_id], quiet=True)
        await ear.until(lambda one: receipt.remote_id in one.gone)


async def test_a_second_notification_for_one_post_is_one_item(on_mastodon: Shop) -> None:
    shop = on_mastodon
    status = await shop.fake.write(shop.ana, "@support my parcel 4711")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await shop.fake.notify_again(status)
        await shop.fake.write(shop.ana, "@support later")
        await ear.until_text("later")
        assert len([one for one in ear.posts if one.remote_id == status.id]) == 1
        await shop.fake.edit(status, "@support my parcel 4712", quiet=True)
        await shop.fake.notify_again(status)
        await ear.until_text("4712")


# --- what is odd ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "mention", "id": "90000"},
        {"type": "mention", "id": "90000", "status": None},
        {"type": "mention", "id": "90000", "status": {"id": "5"}},
        {"type": "mention", "id": "90000", "status": {"id": {}, "content": 5}},
        {"type": "mention", "status": {}},
        "odd",
        None,
        7,
    ],
    ids=json.dumps,
)
async def test_one_bad_item_never_stops_a_batch(shop: Shop, raw: object) -> None:
    await shop.fake.write(shop.ana, "@support before")
    await shop.fake.odd_notice(raw if raw is not None else [])
    await shop.fake.write(shop.ana, "@support after")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        await ear.until_text("after")
        assert len(ear.posts) == 2
        assert ear.oddities
        assert ear.oddities[0].raw == json.dumps(raw if raw is not None else [])
        await shop.fake.odd_notice(raw if raw is not None else [])
        await shop.fake.write(shop.ana, "@support live")
        await ear.until_text("live")


async def test_a_page_that_is_no_page_is_asked_for_again(on_mastodon: Shop) -> None:
    shop = on_mastodon
    for trouble in (Trouble.HTML, Trouble.WRONG_SHAPE, Trouble.ERROR, Trouble.HALF):
        async with shop.connected() as connector:
            shop.fake.break_next(trouble, method="GET", path="/api/v1/notifications")
            async with shop.listening(connector, ready=False) as ear:
                await ear.until(lambda one: one.error is not None or one.caught_up)
                assert ear.error is None or isinstance(ear.error, Unreachable)


async def test_a_revoked_key_is_said(shop: Shop) -> None:
    async with shop.connected() as connector, shop.listening(connector, ready=False) as ear:
        await ear.until(lambda one: one.caught_up)
        shop.fake.tokens.clear()
        await ear.until(lambda one: one.error is not None)
        assert isinstance(ear.error, Unauthorised)


async def test_asked_to_slow_down_while_catching_up(on_mastodon: Shop) -> None:
    shop = on_mastodon
    shop.fake.break_next(Trouble.TOO_MANY, method="GET", path="/api/v1/notifications")
    async with shop.connected() as connector, shop.listening(connector, ready=False) as ear:
        await ear.until(lambda one: one.error is not None)
        assert isinstance(ear.error, SlowDown)
        assert ear.error.until - shop.time() == timedelta(seconds=90)


async def test_asked_to_slow_down_beside_a_stream_keeps_the_stream(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector, shop.listening(connector) as ear:
        shop.fake.break_next(Trouble.TOO_MANY, method="GET", path="/api/v1/notifications")
        await shop.fake.until(lambda: not shop.fake.troubles)
        await shop.fake.write(shop.ana, "@support still here")
        await ear.until_text("still here")
        assert ear.error is None


async def test_every_request_says_who_it_is(shop: Shop) -> None:
    async with shop.connected() as connector, shop.listening(connector):
        pass
    assert all(agent.startswith("Greenroom/") for agent in shop.fake.agents)


async def test_nothing_is_fetched_from_an_address_in_a_post(shop: Shop) -> None:
    port = shop.fake.port
    trap = f"http://127.0.0.1:{port}/trap"
    await shop.fake.write(
        shop.ana,
        f"@support {trap}",
        content=f'<p>@support <a href="{trap}">x</a><img src="{trap}"></p>',
        media=[{"id": "1", "type": "image", "url": trap, "preview_url": trap}],
    )
    async with shop.connected() as connector, shop.listening(connector) as ear:
        post = await ear.until_text("@support")
        assert post.attachments[0].url == trap
    assert not [one for one in shop.fake.requests if one[1] == "/trap"]


async def test_pages_are_asked_for_with_a_limit(shop: Shop) -> None:
    async with shop.connected() as connector, shop.listening(connector):
        pass
    for _, path, query in shop.fake.requests:
        if path in ("/api/v1/notifications",) or path.endswith("/statuses"):
            assert query.get("limit") == ["40"]
            assert "since_id" not in query
