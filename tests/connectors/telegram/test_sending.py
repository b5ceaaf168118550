"""What leaves a bot: to whom it is for, as it is, and what Telegram's words of no mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import (
    Address,
    CannotTell,
    ConnectorError,
    Doubtful,
    Lane,
    NotYet,
    Outgoing,
    Post,
    Reason,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.telegram.connector import Telegram
from tests.connectors.telegram.fake import GROUP, Fake, Group, Person, Trouble
from tests.connectors.telegram.test_listening import heard
from tests.contract.talking import first_message, reply


@pytest.fixture
def ana(fake: Fake) -> Person:
    return fake.person("ana", 1111)


async def asked(shop: Telegram, fake: Fake, ana: Person, text: str = "where is it?") -> Post:
    fake.writes(ana, text)
    posts, _ = await heard(shop)
    return posts[-1]


async def no_of(shop: Telegram, outgoing: Outgoing) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await shop.send(outgoing, "key")
    return caught.value


# --- what it is made of ----------------------------------------------------------------------


async def test_words_leave_as_they_are(shop, fake, ana):
    question = await asked(shop, fake, ana)
    text = "<b>*bold*</b> [a](https://x.example) _under_ `code` \\ & 🏺"
    await shop.send(reply(question, text), "key")
    method, params = fake.asked[-1]
    assert method == "sendMessage"
    assert params == {
        "chat_id": GROUP,
        "text": text,
        "entities": [],
        "link_preview_options": {"is_disabled": True},
        "reply_parameters": {"message_id": int(question.remote_id.partition("/")[2])},
    }


async def test_4096_units_and_not_one_more(shop, fake, ana):
    question = await asked(shop, fake, ana)
    await shop.send(reply(question, "🏺" * 2048), "key")
    for text in ("🏺" * 2048 + "x", "x" * 4097):
        error = await no_of(shop, reply(question, text))
        assert isinstance(error, Refused)
        assert error.reason is Reason.TOO_LONG
    assert len(fake.said_in(GROUP)) == 1


async def test_an_empty_message_is_refused_here(shop, fake, ana):
    question = await asked(shop, fake, ana)
    asks = len(fake.asked)
    assert isinstance(await no_of(shop, reply(question, " \n")), Refused)
    assert len(fake.asked) == asks


@pytest.mark.parametrize(
    ("language", "button"),
    [("de", "Privat weiterschreiben"), ("hr-HR", "Nastavi privatno"), ("xx", "Go on in private"),
     (None, "Go on in private")],
)  # fmt: skip
async def test_the_button_speaks_their_language(shop, fake, ana, language, button):
    question = await asked(shop, fake, ana)
    to = replace(question.author, language=language)
    await shop.send(replace(reply(question, "Write to us"), to=to, invites="k-1"), "key")
    assert fake.said_in(GROUP)[0]["reply_markup"] == {
        "inline_keyboard": [[{"text": button, "url": "https://t.me/kiln_help_bot?start=k-1"}]]
    }


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 65, "a&start=b"])
async def test_a_link_that_can_not_carry_its_key_is_not_made(shop, fake, ana, key):
    question = await asked(shop, fake, ana)
    error = await no_of(shop, replace(reply(question, "Write"), invites=key))
    assert isinstance(error, Refused)
    assert fake.said_in(GROUP) == []


async def test_an_edit_keeps_the_button(shop, fake, ana):
    question = await asked(shop, fake, ana)
    outgoing = replace(reply(question, "Write to us"), invites="k-1")
    receipt = await shop.send(outgoing, "key")
    await shop.edit(receipt.remote_id, replace(outgoing, text="Please write to us"))
    (said,) = fake.said_in(GROUP)
    assert said["text"] == "Please write to us"
    assert "start=k-1" in str(said["reply_markup"])


# --- to whom ---------------------------------------------------------------------------------


async def test_a_private_message_goes_to_its_persons_own_chat_only(shop, fake, ana):
    budi = fake.person("budi", 2222)
    fake.presses_start(ana)
    fake.presses_start(budi)
    question = await asked(shop, fake, ana)
    for conversation in (str(GROUP), "2222", "@budi", ""):
        outgoing = Outgoing(
            lane=Lane.PRIVATE, text="secret", to=question.author, conversation=conversation
        )
        error = await no_of(shop, outgoing)
        assert isinstance(error, Refused)
        assert error.reason is Reason.WRONG_AUDIENCE
    for odd in (str(GROUP), "@kilnfriends", "-5", "１１１１", ""):
        to = Address(remote_id=odd, handle="@x")
        error = await no_of(shop, Outgoing(lane=Lane.PRIVATE, text="secret", to=to))
        assert isinstance(error, Refused)
    assert fake.said_in(GROUP) == fake.said_in(2222) == fake.said_in(1111) == []


async def test_an_edit_of_a_private_message_stays_with_its_person(shop, fake, ana):
    fake.presses_start(ana)
    question = await asked(shop, fake, ana)
    public = await shop.send(reply(question, "hello"), "key")
    outgoing = Outgoing(lane=Lane.PRIVATE, text="secret", to=question.author)
    with pytest.raises(Refused) as caught:
        await shop.edit(public.remote_id, outgoing)
    assert caught.value.reason is Reason.WRONG_AUDIENCE
    assert fake.said_in(GROUP)[0]["text"] == "hello"


async def test_a_group_that_is_not_named_is_not_written_to(shop, fake, ana):
    fake.groups[-1002] = Group(-1002)
    question = await asked(shop, fake, ana)
    error = await no_of(shop, replace(reply(question, "hello"), reply_to="-1002/5"))
    assert isinstance(error, Refused)
    assert error.reason is Reason.NOT_ALLOWED
    assert fake.said_in(-1002) == []


# --- the words of no -------------------------------------------------------------------------


async def test_403s_are_told_apart(shop, fake, ana):
    question = await asked(shop, fake, ana)
    first = first_message(question, "which order?")
    never = await no_of(shop, first)
    assert isinstance(never, NotYet)
    assert "never started" in never.words

    ana.begun, ana.blocks = True, True
    blocked = await no_of(shop, first)
    assert isinstance(blocked, NotYet)
    assert "blocked" in blocked.words
    answer = Outgoing(lane=Lane.PRIVATE, text="hello", to=question.author, conversation="1111")
    refused = await no_of(shop, answer)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.BLOCKED

    ana.blocks, ana.closed = False, True
    closed = await no_of(shop, first)
    assert isinstance(closed, Refused)
    assert "closed" in closed.words

    fake.groups[GROUP].status = "kicked"
    kicked = await no_of(shop, reply(question, "hello"))
    assert isinstance(kicked, Refused)
    assert kicked.reason is Reason.NOT_ALLOWED
    assert "taken out of the group" in kicked.words
    assert len({error.words for error in (never, blocked, refused, closed, kicked)}) == 5


async def test_somebody_whom_the_bot_never_met_waits_too(shop, fake, ana):
    question = await asked(shop, fake, ana)
    del fake.people[1111]
    assert isinstance(await no_of(shop, first_message(question, "hello")), NotYet)


async def test_a_no_forgets_that_they_were_open(shop, fake, ana):
    fake.presses_start(ana)
    question = await asked(shop, fake, ana)
    assert await shop.probe_private(question.author, None) == "likely"
    ana.blocks = True
    await no_of(shop, first_message(question, "hello"))
    assert await shop.probe_private(question.author, None) == "unlikely"


async def test_429_waits_as_long_as_the_body_says_and_for_that_chat_only(shop, fake, ana):
    fake.presses_start(ana)
    question = await asked(shop, fake, ana)
    fake.break_next(Trouble.TOO_MANY, "sendMessage")
    error = await no_of(shop, reply(question, "hello"))
    assert isinstance(error, SlowDown)
    left = error.until - datetime.now(UTC)
    assert timedelta(seconds=5) < left <= timedelta(seconds=7)
    asks = len(fake.asked)
    assert isinstance(await no_of(shop, reply(question, "hello")), SlowDown)
    assert len(fake.asked) == asks
    await shop.send(first_message(question, "hello"), "key")
    assert len(fake.said_in(1111)) == 1


@pytest.mark.parametrize(
    "trouble",
    [Trouble.DROP_BEFORE, Trouble.DROP_AFTER, Trouble.GARBLED, Trouble.ERROR, Trouble.ERROR_DONE],
)
async def test_what_is_unknown_stays_so(shop, fake, ana, trouble):
    question = await asked(shop, fake, ana)
    fake.break_next(trouble, "sendMessage")
    outgoing = reply(question, "hello")
    error = await no_of(shop, outgoing)
    assert isinstance(error, Doubtful)
    assert "Greenroom looks" not in error.words
    found = await shop.find_sent(outgoing, "key", tried_at=datetime.now(UTC), claimed=frozenset())
    assert isinstance(found, CannotTell)
    assert found.again_at is None
    assert len(fake.said_in(GROUP)) <= 1


async def test_a_key_that_is_none(fake):
    shop = Telegram({"server": fake.url}, remembered=None, clock=lambda: datetime.now(UTC))
    with pytest.raises(Unauthorised) as caught:
        await shop.open({"token": "12:tooshort-tooshort-tooshort"})
    assert "BotFather" in caught.value.words
    with pytest.raises(Unauthorised):
        await shop.open({})


async def test_a_server_that_is_no_bot_api_server(fake, shops):
    shop = await shops()

    async def odd(params):
        return []

    fake._getMe = odd
    with pytest.raises(Unreachable, match="Bot API"):
        await shop.open({"token": fake.token})


# --- groups that move ------------------------------------------------------------------------


async def moved(fake: Fake, shops, ana: Person) -> tuple[Telegram, Post]:
    """A question in a basic group that has become a supergroup without our hearing of it."""
    fake.groups[-42] = Group(-42, kind="group", title="Small")
    shop = await shops(groups="-42")
    said = fake.writes(ana, "where is it?", group=-42)
    (question,), _ = await heard(shop)
    assert question.remote_id == f"-42/{said['message_id']}"
    fake.groups[-1004242] = Group(-1004242, title="Small")
    fake.groups[-42].moved_to = -1004242
    return shop, question


async def test_a_group_that_moved_is_written_to_where_it_is(fake, shops, ana):
    shop, question = await moved(fake, shops, ana)
    for text in ("It left today.", "It left, really."):
        receipt = await shop.send(reply(question, text), "key")
        assert receipt.remote_id.startswith("-1004242/")
        assert receipt.conversation == question.conversation
    assert fake.said_in(-42) == []
    first, _ = fake.said_in(-1004242)
    assert first["text"] == "Ana, It left today."
    assert first["entities"][0]["user"]["id"] == 1111
    assert (first["entities"][0]["offset"], first["entities"][0]["length"]) == (0, 3)
    # The first was asked twice, for Telegram said where; the second goes there at once.
    chats = [params["chat_id"] for method, params in fake.asked if method == "sendMessage"]
    assert chats == [-42, -1004242, -1004242]


async def test_a_name_is_counted_in_utf_16_and_left_out_where_it_does_not_fit(fake, shops, ana):
    shop, question = await moved(fake, shops, ana)
    question = replace(question, author=replace(question.author, name="Ana 🏺"))
    await shop.send(reply(question, "hello"), "key")
    await shop.send(reply(question, "x" * 4095), "key")
    first, second = fake.said_in(-1004242)
    assert first["entities"][0]["length"] == 6
    assert second["text"] == "x" * 4095


async def test_where_it_moved_is_in_the_next_cursor(fake, shops, ana):
    shop, question = await moved(fake, shops, ana)
    await shop.send(reply(question, "hello"), "key")
    fake.writes(ana, "thanks", group=-1004242)
    posts, cursor = await heard(shop)
    assert [post.text for post in posts] == ["thanks"]
    assert cursor is not None
    assert "-1004242" in cursor


# --- afterwards ------------------------------------------------------------------------------


async def test_the_same_words_once_more_are_no_error(shop, fake, ana):
    question = await asked(shop, fake, ana)
    receipt = await shop.send(reply(question, "hello"), "key")
    again = await shop.edit(receipt.remote_id, reply(question, "hello"))
    assert again.remote_id == receipt.remote_id
    assert again.conversation == receipt.conversation


async def test_after_48_hours_nothing_is_deleted_and_it_says_so(shop, fake, ana):
    question = await asked(shop, fake, ana)
    receipt = await shop.send(reply(question, "hello"), "key")
    fake.clock = lambda: datetime.now(UTC) + timedelta(hours=49)
    with pytest.raises(Refused) as caught:
        await shop.delete(receipt.remote_id)
    assert "48 hours" in caught.value.words
    assert "still stands" in caught.value.words
