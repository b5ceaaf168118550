"""The connector against an emulator of the Bot API that nobody here wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from connectors.contract import Began, Lane, Outgoing, Post, Refused
from connectors.telegram.connector import Telegram
from tests.connectors.telegram.fake import GROUP, TOKEN
from tests.contract.ear import listening
from tests.contract.talking import first_message, new_key, reply
from tests.servers.telegram_test_api import Front, TelegramTestApi

pytestmark = pytest.mark.server
PATIENCE = 20.0


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramTestApi]:
    made = TelegramTestApi()
    await made.start()
    yield made
    made.away()


@pytest_asyncio.fixture
async def shop(server: TelegramTestApi) -> AsyncIterator[Telegram]:
    front = Front(server)
    await front.start()
    made = Telegram(
        {"server": front.url, "groups": str(GROUP)},
        remembered=None,
        clock=lambda: datetime.now(UTC),
    )
    await made.open({"token": TOKEN})
    yield made
    await made.close()
    await front.stop()


async def heard(shop: Telegram, text: str) -> Post:
    async with listening(shop, PATIENCE) as ear:
        await ear.until(lambda: any(text in post.text for post in ear.posts), text)
        return next(post for post in ear.posts if text in post.text)


async def test_who_the_bot_is(shop: Telegram) -> None:
    assert shop.hello is not None
    assert (shop.hello.account.handle, shop.hello.account.name) == (
        "@TestNameBot",
        "Test First name",
    )


async def test_a_question_in_a_group_is_answered_there(
    server: TelegramTestApi, shop: Telegram
) -> None:
    await server.writes(1111, "ana", "where is my order?", group=True)
    question = await heard(shop, "where is my order?")
    assert (question.lane, question.author.handle) == (Lane.PUBLIC, "@ana")
    receipt = await shop.send(reply(question, "It left <b>today</b> & 🏺."), new_key())
    (said,) = await server.said(GROUP)
    assert said["text"] == "It left <b>today</b> & 🏺."
    assert said["entities"] == []
    assert "parse_mode" not in said
    assert f"{GROUP}/{said['message_id']}" == receipt.remote_id
    assert said["reply_parameters"]["message_id"] == int(question.remote_id.partition("/")[2])


async def test_a_private_message_is_answered_edited_and_deleted(
    server: TelegramTestApi, shop: Telegram
) -> None:
    await server.writes(1111, "ana", "hello")
    question = await heard(shop, "hello")
    assert (question.lane, question.conversation) == (Lane.PRIVATE, "1111")
    outgoing = reply(question, "Which order?")
    receipt = await shop.send(outgoing, new_key())
    await shop.edit(receipt.remote_id, replace(outgoing, text="Which order is it?"))
    assert [said["text"] for said in await server.said(1111)] == ["Which order is it?"]
    await shop.delete(receipt.remote_id)
    assert await server.said(1111) == []
    with pytest.raises(Refused, match="wasn't found"):
        # The emulator says no with a status of 200: its `error_code` counts.
        await shop.delete(receipt.remote_id)


async def test_the_way_by_the_button(server: TelegramTestApi, shop: Telegram) -> None:
    await server.writes(1111, "ana", "my parcel never came", group=True)
    question = await heard(shop, "never came")
    key = new_key()
    await shop.send(replace(reply(question, "Please write to us."), invites=key), new_key())
    (said,) = await server.said(GROUP)
    ((button,),) = said["reply_markup"]["inline_keyboard"]
    assert button["url"] == f"https://t.me/TestNameBot?start={key}"
    await server.writes(1111, "ana", f"/start {key}")
    async with listening(shop, PATIENCE) as ear:
        await ear.until(lambda: any(isinstance(a, Began) for a in ear.arrivals), "Start")
    (came,) = [a for a in ear.arrivals if isinstance(a, Began)]
    assert (came.key, came.who.remote_id) == (key, question.author.remote_id)
    await shop.send(first_message(question, "Which order is it?"), key)
    assert [said["text"] for said in await server.said(1111)] == ["Which order is it?"]


async def test_nothing_goes_to_another_chat(server: TelegramTestApi, shop: Telegram) -> None:
    await server.writes(1111, "ana", "hello")
    question = await heard(shop, "hello")
    with pytest.raises(Refused):
        await shop.send(
            Outgoing(lane=Lane.PRIVATE, text="x", to=question.author, conversation="2222"),
            new_key(),
        )
    assert await server.said(2222) == []


async def test_many_at_once_come_in_their_order(server: TelegramTestApi, shop: Telegram) -> None:
    async with listening(shop, PATIENCE) as ear:
        await ear.caught_up()
        for number in range(120):
            await server.writes(1111, "ana", f"number {number}")
        await ear.until(lambda: len(ear.posts) == 120, "all of them")
    assert [post.text for post in ear.posts] == [f"number {number}" for number in range(120)]
    assert len({post.remote_id for post in ear.posts}) == 120
