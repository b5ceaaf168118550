"""A post leaves once, for exactly those it is meant for, and its outcome is what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import (
    Audience,
    ConnectorError,
    Doubtful,
    Lane,
    Reason,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.mastodon.instance import Facts
from tests.connectors.mastodon.conftest import Shop, Time, shop_on
from tests.connectors.mastodon.fake import GOTOSOCIAL, Account, Trouble


async def test_a_public_reply(shop: Shop) -> None:
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    async with shop.connected() as connector:
        receipt = await connector.send(
            shop.reply("It left on Monday.", shop.ana, reply_to=asked, language="de"), "k"
        )
    (mine,) = shop.posts()
    assert receipt.remote_id == mine.id
    assert mine.text == "@ana@far.example It left on Monday."
    assert mine.visibility == "public"
    assert mine.reply_to == asked.id
    assert mine.language == "de"
    assert mine.mentions == [shop.ana]
    assert mine.key == "k"


@pytest.mark.parametrize(
    ("audience", "visibility"),
    [
        (Audience.EVERYONE, "public"),
        (Audience.QUIET, "unlisted"),
        (Audience.FOLLOWERS, "private"),
        (Audience.NAMED, "direct"),
    ],
)
async def test_never_wider_than_asked(
    on_mastodon: Shop, audience: Audience, visibility: str
) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        await connector.send(shop.reply("Hello", shop.ana, audience=audience), "k")
    assert shop.posts()[0].visibility == visibility


async def test_a_private_message_is_direct_whatever_the_audience(shop: Shop) -> None:
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    async with shop.connected() as connector:
        receipt = await connector.send(
            shop.reply("Which address?", shop.ana, lane=Lane.PRIVATE, about=asked.id), "k"
        )
    (mine,) = shop.posts()
    assert mine.visibility == "direct"
    assert mine.mentions == [shop.ana]
    assert mine.reply_to == asked.id
    assert receipt.conversation == f"dm:{shop.ana.id}"


async def test_a_warning_is_answered_in_kind(shop: Shop) -> None:
    async with shop.connected() as connector:
        await connector.send(shop.reply("Yes", shop.ana, warning="food"), "k")
    assert shop.posts()[0].warning == "food"


@pytest.mark.parametrize(
    "text", ["@ana@far.example yes", "yes, @ana@far.example.", "@ANA@Far.Example yes"]
)
async def test_the_handle_is_put_in_front_only_once(on_mastodon: Shop, text: str) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        await connector.send(shop.reply(text, shop.ana), "k")
    assert shop.posts()[0].text == text


async def test_a_local_customer_is_named_without_a_host(shop: Shop) -> None:
    asked = await shop.fake.write(shop.budi, "@support masih ada?")
    async with shop.connected() as connector, shop.listening(connector) as ear:
        post = await ear.until_text("masih")
        assert post.author.handle == "@budi"
        await connector.send(shop.reply("Masih.", shop.budi, reply_to=asked), "k")
    assert shop.posts()[0].mentions == [shop.budi]


async def test_others_in_a_quote_are_not_reached_in_private(shop: Shop) -> None:
    text = (
        'You wrote: "@support, @budi and @ana told me; ask @tess@far.example" '
        "https://fake.example/@budi/12 or mail budi@fake.example"
    )
    shop.fake.person("tess", "far.example")
    shop.fake.person("ana")  # another Ana, on our server
    async with shop.connected() as connector:
        await connector.send(shop.reply(text, shop.ana, lane=Lane.PRIVATE), "k")
    (mine,) = shop.posts()
    assert mine.mentions == [shop.ana]
    assert "mail budi@fake.example" in mine.text
    assert "https://fake.example/@budi/12" in mine.text


async def test_a_public_reply_names_whom_its_writer_named(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        await connector.send(shop.reply("as @budi said", shop.ana), "k")
    assert shop.posts()[0].mentions == [shop.ana, shop.budi]


async def test_a_message_to_nobody_is_taken_back(shop: Shop) -> None:
    nobody = Account(id="77", name="nobody", host="far.example")
    async with shop.connected() as connector:
        with pytest.raises(Refused) as caught:
            await connector.send(shop.reply("Hi", nobody, lane=Lane.PRIVATE), "k")
    assert caught.value.reason is Reason.WRONG_AUDIENCE
    if shop.fake.profile.snac:
        assert "nobody can read it" in caught.value.words
    else:
        assert shop.posts() == []


async def test_a_message_that_reaches_a_stranger_is_taken_back(time: Time) -> None:
    async with shop_on(GOTOSOCIAL, time) as shop:
        # This server finds names where the words hold none.
        shop.fake._mentioned = lambda text, by: [shop.ana, shop.budi]  # type: ignore[method-assign]
        async with shop.connected() as connector:
            with pytest.raises(Refused) as caught:
                await connector.send(shop.reply("Hi", shop.ana, lane=Lane.PRIVATE), "k")
        assert caught.value.reason is Reason.WRONG_AUDIENCE
        assert "@budi" in caught.value.words
        assert shop.posts() == []


async def test_what_cannot_be_taken_back_is_for_a_person(time: Time) -> None:
    async with shop_on(GOTOSOCIAL, time) as shop:
        shop.fake._mentioned = lambda text, by: [shop.ana, shop.budi]  # type: ignore[method-assign]
        shop.fake.break_next(Trouble.ERROR, method="DELETE")
        shop.fake.break_next(Trouble.ERROR, method="DELETE")
        async with shop.connected() as connector:
            with pytest.raises(Doubtful) as caught:
                await connector.send(shop.reply("Hi", shop.ana, lane=Lane.PRIVATE), "k")
        assert "Delete it there" in caught.value.words
        assert len(shop.posts()) == 1


async def test_a_private_post_that_stands_in_public_is_taken_back(time: Time) -> None:
    async with shop_on(GOTOSOCIAL, time) as shop:
        was = shop.fake.status_json
        shop.fake.status_json = lambda one: {**was(one), "visibility": "public"}  # type: ignore[method-assign]
        async with shop.connected() as connector:
            with pytest.raises(Refused) as caught:
                await connector.send(shop.reply("Hi", shop.ana, lane=Lane.PRIVATE), "k")
        assert caught.value.reason is Reason.WRONG_AUDIENCE
        assert shop.posts() == []


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
async def test_an_empty_message_never_leaves(shop: Shop, text: str) -> None:
    async with shop.connected() as connector:
        with pytest.raises(Refused):
            await connector.send(shop.reply(text, shop.ana), "k")
    assert shop.posts() == []
    assert not [one for one in shop.fake.requests if one[0] == "POST"]


async def test_an_answer_to_what_is_gone_is_refused(shop: Shop) -> None:
    asked = await shop.fake.write(shop.ana, "@support where is it?")
    await shop.fake.delete(asked)
    async with shop.connected() as connector:
        with pytest.raises(Refused) as caught:
            await connector.send(shop.reply("Here", shop.ana, reply_to=asked), "k")
    assert caught.value.reason is Reason.GONE
    assert shop.posts() == []


async def test_too_long(shop: Shop) -> None:
    if not shop.fake.profile.strict:
        return
    async with shop.connected() as connector:
        with pytest.raises(Refused) as caught:
            await connector.send(shop.reply("x" * 6000, shop.ana), "k")
    assert caught.value.reason is Reason.TOO_LONG


OUTCOMES: dict[Trouble, type[ConnectorError]] = {
    Trouble.LATE: Doubtful,
    Trouble.SLOW: Doubtful,
    Trouble.HALF: Doubtful,
    Trouble.HTML: Doubtful,
    Trouble.EMPTY: Doubtful,
    Trouble.WRONG_SHAPE: Doubtful,
    Trouble.BROKEN_JSON: Doubtful,
    Trouble.TOO_BIG: Doubtful,
    Trouble.ERROR: Doubtful,
    Trouble.ERROR_AFTER: Doubtful,
    Trouble.BAD_GATEWAY: Doubtful,
    Trouble.UNAVAILABLE: Doubtful,
    Trouble.DROP_BEFORE: Doubtful,
    Trouble.DROP_AFTER: Doubtful,
    Trouble.TOO_MANY: SlowDown,
    Trouble.TOO_MANY_PLAIN: SlowDown,
    Trouble.DEAD_KEY: Unauthorised,
    Trouble.NO_SCOPE: Refused,
    Trouble.GONE: Refused,
    Trouble.GONE_HTML: Refused,
    Trouble.INVALID: Refused,
    Trouble.TOO_LONG: Refused,
    Trouble.BLOCKED: Refused,
    Trouble.MOVED: Refused,
}


@pytest.mark.parametrize("trouble", Trouble, ids=lambda one: one.name)
async def test_each_outcome_is_the_right_one(
    on_mastodon: Shop, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = on_mastodon
    monkeypatch.setattr("connectors.http.BODY_CAP", 1_000_000)
    async with shop.connected() as connector:
        assert connector._http is not None
        connector._http._total = 0.3
        shop.fake.break_next(trouble)
        with pytest.raises(ConnectorError) as caught:
            await connector.send(shop.reply("Hi", shop.ana), "k")
    assert type(caught.value) is OUTCOMES[trouble]
    assert shop.token not in caught.value.words
    if not isinstance(caught.value, Doubtful):
        assert shop.posts() == []


async def test_nobody_there(shop: Shop) -> None:
    async with shop.connected() as connector:
        await shop.fake.go_down()
        with pytest.raises(Unreachable):
            await connector.send(shop.reply("Hi", shop.ana), "k")
        await shop.fake.listen()
        await connector.send(shop.reply("Hi", shop.ana), "k")
    assert len(shop.posts()) == 1


async def test_the_reset_is_an_iso_moment(on_mastodon: Shop) -> None:
    shop = on_mastodon
    shop.fake.break_next(Trouble.TOO_MANY)
    async with shop.connected() as connector:
        with pytest.raises(SlowDown) as caught:
            await connector.send(shop.reply("Hi", shop.ana), "k")
        assert (caught.value.until - shop.time()).total_seconds() == 90
        with pytest.raises(SlowDown):
            await connector.send(shop.reply("Hi", shop.ana), "k")
        assert shop.posts() == []
        shop.time.goes_on(seconds=91)
        await connector.send(shop.reply("Hi", shop.ana), "k")


async def test_one_key_posts_once_where_it_is_honoured(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        shop.fake.break_next(Trouble.DROP_AFTER)
        with pytest.raises(Doubtful):
            await connector.send(shop.reply("Hi", shop.ana), "k")
        receipt = await connector.send(shop.reply("Hi", shop.ana), "k")
    assert [one.id for one in shop.posts()] == [receipt.remote_id]


async def test_a_post_of_ours_can_be_deleted(shop: Shop) -> None:
    async with shop.connected() as connector:
        receipt = await connector.send(shop.reply("Hi", shop.ana), "k")
        if shop.fake.profile.snac:
            with pytest.raises(Refused) as caught:
                await connector.delete(receipt.remote_id)
            assert caught.value.reason is Reason.NOT_ALLOWED
            return
        await connector.delete(receipt.remote_id)
        assert shop.posts() == []
        await connector.delete(receipt.remote_id)


@pytest.mark.parametrize(
    "remote_id", ["../../oauth/revoke", "1/2?x=1#y", "..", "é\u202e", "%2e%2e"]
)
async def test_odd_ids_stay_one_segment(on_mastodon: Shop, remote_id: str) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        before = len(shop.fake.requests)
        await connector.delete(remote_id)
        for method, path, query in shop.fake.requests[before:]:
            assert method in ("DELETE", "GET")
            assert query == {}
            assert path == f"/api/v1/statuses/{remote_id}"


# --- editing ----------------------------------------------------------------------------------


async def test_an_edit_keeps_where_it_stands_and_who_reads_it(shop: Shop) -> None:
    asked = await shop.fake.write(shop.ana, "@support where is it?", visibility="unlisted")
    outgoing = shop.reply(
        "Mnoday", shop.ana, reply_to=asked, audience=Audience.QUIET, warning="post", language="de"
    )
    async with shop.connected() as connector:
        sent = await connector.send(outgoing, "k")
        shop.time.goes_on(minutes=2)
        edited = await connector.edit(sent.remote_id, replace(outgoing, text="Monday"))
    (mine,) = shop.posts()
    assert edited.remote_id == sent.remote_id
    assert edited.at == shop.time()
    assert mine.text == "@ana@far.example Monday"
    assert (mine.visibility, mine.reply_to, mine.warning) == ("unlisted", asked.id, "post")
    assert mine.mentions == [shop.ana]


async def test_an_edit_of_nothing_never_leaves(shop: Shop) -> None:
    async with shop.connected() as connector:
        sent = await connector.send(shop.reply("Hi", shop.ana), "k")
        with pytest.raises(Refused):
            await connector.edit(sent.remote_id, shop.reply("  ", shop.ana))
    assert not [one for one in shop.fake.requests if one[0] == "PUT"]


async def test_a_server_that_knows_no_edits_says_that_it_stands(on_mastodon: Shop) -> None:
    shop = on_mastodon
    async with shop.connected() as connector:
        sent = await connector.send(shop.reply("Hi", shop.ana), "k")
        shop.fake.break_next(Trouble.GONE_HTML, method="PUT")
        with pytest.raises(Refused) as caught:
            await connector.edit(sent.remote_id, shop.reply("Ho", shop.ana))
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert "former words still stand" in caught.value.words
    assert shop.posts()[0].text == "@ana@far.example Hi"


async def test_an_edit_that_reaches_a_stranger_takes_the_message_away(time: Time) -> None:
    async with shop_on(GOTOSOCIAL, time) as shop, shop.connected() as connector:
        outgoing = shop.reply("Hi", shop.ana, lane=Lane.PRIVATE)
        sent = await connector.send(outgoing, "k")
        shop.fake._mentioned = lambda text, by: [shop.ana, shop.budi]  # type: ignore[method-assign]
        with pytest.raises(Refused) as caught:
            await connector.edit(sent.remote_id, replace(outgoing, text="Ho"))
        assert caught.value.reason is Reason.WRONG_AUDIENCE
        assert shop.posts() == []


@pytest.mark.parametrize(
    ("software", "version", "edits"),
    [
        ("mastodon", "4.3.23", True),
        ("mastodon", "3.4.9", False),
        ("mastodon", "nightly", True),
        ("glitchsoc", "4.4.0-alpha.2+glitch", True),
        ("gotosocial", "0.20.0+git-1234567", True),
        ("gotosocial", "0.17.4", False),
        ("snac", "2.75", True),
        ("", "4.0.0", False),
        ("pixelfed", "0.12.4", False),
    ],
)
def test_who_lets_an_app_edit(software: str, version: str, edits: bool) -> None:
    assert Facts(software=software, version=version).edits is edits
