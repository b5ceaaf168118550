"""What a bot hears: once, in its lane, confirmed only when it is kept."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from connectors.contract import (
    Audience,
    Batch,
    Began,
    Hearing,
    Lane,
    Likelihood,
    Post,
    Reason,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.telegram.connector import Telegram
from tests.connectors.telegram.fake import (
    CHANNEL,
    GROUP,
    GROUP_ANONYMOUS,
    OWNER,
    Fake,
    Group,
    Trouble,
)
from tests.contract.ear import listening

PATIENCE = 5.0


@pytest.fixture
def ana(fake: Fake):
    return fake.person("ana", 1111, language="hr")


@pytest.fixture
def budi(fake: Fake):
    return fake.person("budi", 2222)


async def heard(shop: Telegram, since: str | None = None) -> tuple[list[Post], str | None]:
    """What is told until it is complete, and the cursor after it."""
    posts: list[Post] = []
    cursor = since
    async with aclosing(shop.listen(since)) as batches:
        async for batch in batches:
            posts += [arrival for arrival in batch.arrivals if isinstance(arrival, Post)]
            cursor = batch.cursor or cursor
            if batch.hearing is not Hearing.CATCHING_UP:
                break
    return posts, cursor


async def first_batch(shop: Telegram, since: str | None = None) -> Batch:
    """One batch, and then the desk is gone."""
    async with aclosing(shop.listen(since)) as batches:
        async for batch in batches:
            return batch
    raise AssertionError


# --- the offset ------------------------------------------------------------------------------


async def test_nothing_is_confirmed_before_the_desk_has_it(shop, fake, ana):
    fake.writes(ana, "one")
    batch = await first_batch(shop)
    assert len(batch.arrivals) == 1
    # The desk died before its commit: it asks again from where it was, and is told again.
    assert fake.confirmed == []
    again = await first_batch(shop)
    assert again == batch
    # It has stored the batch, and asks from there: now Telegram forgets.
    after, _ = await heard(shop, batch.cursor)
    assert after == []
    assert len(fake.confirmed) == 1


async def test_each_look_carries_the_offset_of_what_is_stored(shop, fake, ana):
    for number in range(250):
        fake.writes(ana, f"number {number}")
    posts, cursor = await heard(shop)
    assert [post.text for post in posts] == [f"number {number}" for number in range(250)]
    offsets = [look.get("offset") for look in fake.looks]
    assert offsets == [None, "700000101", "700000201", "700000251"]
    assert json.loads(cursor or "")["o"] == 700000251
    assert all(look["limit"] == "100" for look in fake.looks)


@pytest.mark.parametrize("kept", [0, 1, 2])
async def test_a_kill_in_the_middle_of_a_long_absence_loses_nothing(shops, fake, ana, kept):
    for number in range(230):
        fake.writes(ana, f"number {number}")
    seen: list[str] = []
    cursor = None
    shop = await shops()
    async with aclosing(shop.listen(None)) as batches:
        stored = 0
        async for batch in batches:
            if stored == kept:
                break
            seen += [a.text for a in batch.arrivals if isinstance(a, Post)]
            cursor, stored = batch.cursor, stored + 1
    later, _ = await heard(await shops(), cursor)
    seen += [post.text for post in later]
    assert list(dict.fromkeys(seen)) == [f"number {number}" for number in range(230)]


async def test_after_a_quiet_week_the_numbers_begin_elsewhere(shop, fake, ana):
    fake.writes(ana, "before")
    _, cursor = await heard(shop)
    fake._update_ids = iter(range(5, 100))
    fake.updates.append({"update_id": 5, "message": fake.message(
        fake.groups[GROUP].raw, ana.raw, text="after a week")})  # fmt: skip

    # Telegram goes on from its own place when ours is too far ahead.
    async def from_the_tail(params):
        if int(params.get("offset", 0)) > 1000:
            params = {**params, "offset": "0"}
        return await Fake._getUpdates(fake, params)

    fake._getUpdates = from_the_tail
    posts, after = await heard(shop, cursor)
    assert [post.text for post in posts] == ["after a week"]
    assert json.loads(after or "")["o"] == 6


async def test_an_answer_in_which_nothing_has_a_number_ends_the_listening(shop, fake):
    fake.updates.append({"update_id": "x"})

    async def odd(params):
        return [{"update_id": "x"}]

    fake._getUpdates = odd
    with pytest.raises(Unreachable, match="update_id"):
        await first_batch(shop)


async def test_one_odd_update_is_kept_and_the_others_told(shop, fake, ana):
    fake.writes(ana, "one")
    fake.update("message", {"message_id": 5, "chat": {"id": "x"}})
    fake.writes(ana, "two")
    batch = await first_batch(shop)
    assert [a.text for a in batch.arrivals if isinstance(a, Post)] == ["one", "two"]
    (oddity,) = batch.oddities
    assert oddity.what == "update: chat.type: not a text"


# --- who is heard ----------------------------------------------------------------------------


async def test_a_message_in_a_group(shop, fake, ana):
    said = fake.writes(ana, "where is my order?")
    (post,), _ = await heard(shop)
    assert post.lane is Lane.PUBLIC
    assert post.remote_id == f"{GROUP}/{said['message_id']}"
    assert post.url == f"https://t.me/c/1234567890/{said['message_id']}"
    assert (post.author.handle, post.author.language) == ("@ana", "hr")


async def test_a_private_message(shop, fake, ana):
    said = fake.writes_privately(ana, "only for you")
    (post,), _ = await heard(shop)
    assert (post.lane, post.audience) == (Lane.PRIVATE, Audience.NAMED)
    assert (post.remote_id, post.conversation) == (f"1111/{said['message_id']}", "1111")
    assert post.url is None


async def test_groups_that_nobody_named_are_not_heard(shop, fake, ana):
    fake.groups[-1002] = Group(-1002, title="somebody else's")
    fake.writes(ana, "hello", group=-1002)
    fake.writes(ana, "here")
    posts, _ = await heard(shop)
    assert [post.text for post in posts] == ["here"]


async def test_the_shops_own_people_are_no_customers(shop, fake, ana):
    owner = fake.person("mira", OWNER)
    fake.writes(owner, "I'll see to it")
    anonymous = {"id": GROUP, "type": "supergroup", "title": "Kiln friends"}
    voice = {"id": CHANNEL, "type": "channel", "title": "Kiln"}
    ghost = fake.person("GroupAnonymousBot", GROUP_ANONYMOUS)
    fake.writes(ghost, "the group says", sender_chat=anonymous)
    fake.writes(ghost, "the channel says", sender_chat=voice)
    fake.announces("New mugs")
    fake.writes(ana, "thanks")
    posts, _ = await heard(shop)
    assert [post.text for post in posts] == ["thanks"]


async def test_bots_are_no_customers(shop, fake, ana):
    robot = fake.person("robot", 9)
    fake.writes(robot, "buy now", **{"from": {**robot.raw, "is_bot": True}})
    fake.writes(ana, "thanks")
    posts, _ = await heard(shop)
    assert [post.text for post in posts] == ["thanks"]


async def test_a_bare_command_is_no_question(shop, fake, ana):
    fake.writes(ana, "/hello@Kiln_help_bot")
    fake.writes(ana, "/hello@kiln_help_bot where is it?")
    fake.writes(ana, "/hello@another_bot")
    posts, _ = await heard(shop)
    assert [post.text for post in posts] == [
        "/hello@kiln_help_bot where is it?", "/hello@another_bot"
    ]  # fmt: skip


async def test_comments_of_one_post_are_apart_by_their_people(shop, fake, ana, budi):
    post = fake.announces("New mugs")
    fake.writes(ana, "how much?", reply_to=post["message_id"])
    fake.writes(budi, "in blue?", reply_to=post["message_id"])
    posts, _ = await heard(shop)
    assert {one.conversation for one in posts} == {f"{GROUP}/{post['message_id']}"}
    assert [one.above[0].author for one in posts] == ["@kiln", "@kiln"]
    assert posts[0].above[0].url == f"https://t.me/c/1234567890/{post['message_id']}"


async def test_only_what_is_for_the_bot(shops, fake, ana, budi):
    shop = await shops(hear="named")
    fake.writes(ana, "good morning all")
    asked = fake.writes(ana, "@Kiln_Help_Bot where is my order?")
    fake.writes(ana, "4711, sorry", reply_to=asked["message_id"])
    fake.writes(budi, "me too", reply_to=asked["message_id"])
    announced = fake.announces("New mugs")
    fake.writes(budi, "how much?", reply_to=announced["message_id"])
    posts, _ = await heard(shop)
    assert [post.text for post in posts] == [
        "@Kiln_Help_Bot where is my order?", "4711, sorry", "how much?"
    ]  # fmt: skip


async def test_an_answer_to_the_bot_is_for_it_though_it_was_forgotten(shops, fake, ana):
    shop = await shops(hear="named")
    fake.writes(ana, "@kiln_help_bot hello")
    (post,), cursor = await heard(shop)
    from tests.contract.talking import reply

    receipt = await shop.send(reply(post, "Which order?"), "k")
    fake.writes(ana, "4711", reply_to=int(receipt.remote_id.partition("/")[2]))
    (answer,), _ = await heard(await shops(hear="named"), cursor)
    assert (answer.text, answer.reply_to) == ("4711", receipt.remote_id)
    assert answer.above == ()


async def test_topics_of_a_forum(shop, fake, ana):
    said = fake.writes(ana, "in a topic", message_thread_id=5, is_topic_message=True)
    other = fake.writes(ana, "another matter", message_thread_id=5, is_topic_message=True)
    posts, _ = await heard(shop)
    assert [one.conversation for one in posts] == [
        f"{GROUP}/{said['message_id']}", f"{GROUP}/{other['message_id']}"
    ]  # fmt: skip
    from tests.contract.talking import reply

    await shop.send(reply(posts[0], "here"), "k")
    assert fake.asked[-1][1]["message_thread_id"] == 5


# --- what changes ----------------------------------------------------------------------------


async def test_an_edit_is_the_same_post(shop, fake, ana):
    said = fake.writes(ana, "size M")
    (first,), cursor = await heard(shop)
    fake.edits(GROUP, said["message_id"], "size L")
    (post,), _ = await heard(shop, cursor)
    assert (post.remote_id, post.text) == (first.remote_id, "size L")
    assert post.edited_at is not None
    assert post.conversation == first.conversation


async def test_an_edit_in_private(shop, fake, ana):
    said = fake.writes_privately(ana, "4711")
    fake.edits(ana.id, said["message_id"], "4712")
    posts, _ = await heard(shop)
    assert [(one.text, one.edited_at is None) for one in posts] == [("4711", True), ("4712", False)]
    assert posts[0].remote_id == posts[1].remote_id


async def test_start_is_told_and_is_no_message(shop, fake, ana):
    fake.presses_start(ana, "key-1")
    fake.presses_start(ana)
    batch = await first_batch(shop)
    assert [(a.key, a.who.remote_id) for a in batch.arrivals if isinstance(a, Began)] == [
        ("key-1", "1111"), (None, "1111")
    ]  # fmt: skip
    assert not [a for a in batch.arrivals if isinstance(a, Post)]


async def test_the_hint_follows_what_was_seen(shop, fake, ana, budi):
    async def hint(person):
        return await shop.probe_private((await asked(person)).author, None)

    async def asked(person):
        fake.writes(person, "hello")
        posts, _ = await heard(shop)
        return posts[-1]

    assert await hint(ana) is Likelihood.UNKNOWN
    fake.presses_start(ana)
    assert await hint(ana) is Likelihood.LIKELY
    fake.blocks(ana)
    assert await hint(ana) is Likelihood.UNLIKELY
    assert await hint(budi) is Likelihood.UNKNOWN


# --- groups that move ------------------------------------------------------------------------


async def test_a_group_that_becomes_a_supergroup_is_heard_on(shops, fake, ana):
    fake.groups[-42] = Group(-42, kind="group", title="Small")
    shop = await shops(groups="-42")
    fake.writes(ana, "before", group=-42)
    fake.moves(-42, -1004242)
    fake.writes(ana, "after", group=-1004242)
    posts, cursor = await heard(shop)
    assert [(one.text, one.url is None) for one in posts] == [("before", True), ("after", False)]
    assert json.loads(cursor or "")["m"] == {"-42": -1004242}
    # Another run knows it from the cursor, though the setting has the old id.
    fake.writes(ana, "later", group=-1004242)
    (later,), _ = await heard(await shops(groups="-42"), cursor)
    assert later.text == "later"


# --- bad luck --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [Trouble.DROP_BEFORE, Trouble.DROP_AFTER, Trouble.GARBLED, Trouble.ERROR, Trouble.ERROR_DONE],
)
async def test_a_look_that_breaks_skips_nothing(shop, fake, ana, trouble):
    """Whichever look it is: the answer that was lost is told again."""
    for number in range(210):
        fake.writes(ana, f"number {number}")
    async with listening(shop, PATIENCE, again=True) as ear:
        for _ in range(4):
            fake.break_next(trouble, "getUpdates")
            await ear.until(lambda: not fake.troubles["getUpdates"], "it befell a look")
        await ear.until(lambda: len(ear.posts) >= 210, "all of them")
        fake.break_next(trouble, "getUpdates")
        fake.writes(ana, "live")
        await ear.until(lambda: any(post.text == "live" for post in ear.posts), "live")
    told = list(dict.fromkeys(post.text for post in ear.posts))
    assert told == [*(f"number {number}" for number in range(210)), "live"]


async def test_another_program_with_the_same_key(shop, fake, ana):
    async with listening(shop, PATIENCE) as ear:
        await ear.caught_up()
        await fake.pending.wait()
        rival = asyncio.create_task(fake._getUpdates({"timeout": "0"}))
        error = await ear.failed()
        await rival
    assert type(error) is Refused
    assert error.reason is Reason.NOT_ALLOWED
    assert "Another program listens" in error.words
    assert "/revoke" in error.words


async def test_a_webhook(shops, fake, ana):
    fake.webhook = "https://hooks.example/telegram/secret-path"
    shop = await shops()
    (advice,) = [one for one in shop.hello.advice if not one.by_hand]
    assert "hooks.example" in advice.words
    assert "secret-path" not in advice.words
    with pytest.raises(Refused, match="webhook"):
        await first_batch(shop)
    fake.writes(ana, "kept there")
    hello = await shop.take_advice(advice.key)
    assert hello.advice == ()
    (post,), _ = await heard(shop)
    assert post.text == "kept there"


async def test_the_key_dies_while_it_listens(shop, fake):
    async with listening(shop, PATIENCE) as ear:
        await ear.caught_up()
        fake.token = "other"
        fake.cut()
        assert isinstance(await ear.failed(), Unauthorised)


async def test_taken_out_of_the_group_it_asks_anew_what_it_may(shop, fake, ana):
    assert shop.hello.advice == ()
    async with listening(shop, PATIENCE) as ear:
        await ear.caught_up()
        fake.groups[GROUP].status = "kicked"
        fake.stands(fake.groups[GROUP].raw, ana.raw, "kicked")
        error = await ear.failed()
        assert isinstance(error, Unreachable)
        assert "Kiln friends" in error.words
        # What told it is confirmed by the next run, so it isn't told for ever.
        assert ear.cursor is not None
    hello = await shop.open({"token": fake.token})
    assert "isn't in Kiln friends" in hello.advice[0].words
    async with listening(shop, PATIENCE, since=ear.cursor) as ear:
        await ear.caught_up()


async def test_a_wrong_clock_of_ours_hides_nothing(fake, ana):
    from datetime import UTC, datetime, timedelta

    for skew in (timedelta(days=-400), timedelta(days=400)):
        shop = Telegram(
            {"server": fake.url, "groups": str(GROUP)},
            remembered=None,
            clock=lambda skew=skew: datetime.now(UTC) + skew,
        )
        await shop.open({"token": fake.token})
        fake.writes(ana, f"skewed {skew}")
        (post,), _ = await heard(shop)
        assert abs(post.at - datetime.now(UTC)) < timedelta(minutes=1)
        await shop.close()
