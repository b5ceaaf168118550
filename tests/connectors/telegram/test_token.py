"""The key is in the path of every request: it stands in no log, no error and no traceback."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from connectors.contract import ConnectorError
from connectors.telegram.connector import Telegram
from tests.connectors.telegram.fake import GROUP, TOKEN, Fake, Trouble
from tests.connectors.telegram.test_listening import heard
from tests.contract.talking import first_message, reply

FORMS = (TOKEN, quote(TOKEN, safe=""), TOKEN.partition(":")[2])


def clean(text: str) -> None:
    for form in FORMS:
        assert form not in text, text


def chain(error: BaseException) -> list[BaseException]:
    """The error, and all that it came of."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


async def attempt(caplog: pytest.LogCaptureFixture, asked) -> None:
    """What is asked may fail; what it says of that is clean, as it would stand in a log."""
    try:
        await asked
    except ConnectorError as error:
        clean(error.words)
        clean(repr(error))
        clean("".join(traceback.format_exception(error)))
        for one in chain(error):
            clean(f"{one!r} {one} {one.args}")
        logging.getLogger("greenroom.test").exception("as the engine would")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    yield caplog
    clean(caplog.text)
    for record in caplog.records:
        clean(record.getMessage())
        clean(str(record.args))


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_whatever_befalls_a_request(fake: Fake, log, trouble: Trouble) -> None:
    ana = fake.person("ana", 1111)
    shop = Telegram(
        {"server": fake.url, "groups": str(GROUP)},
        remembered=None,
        clock=lambda: datetime.now(UTC),
    )
    secrets = {"token": TOKEN}
    try:
        for method in ("getMe", "getWebhookInfo", "getChat", "getChatAdministrators"):
            fake.break_next(trouble, method)
            await attempt(log, shop.open(secrets))
        fake.troubles.clear()
        await shop.open(secrets)
        fake.writes(ana, "hello")
        (question,), cursor = await heard(shop)
        fake.break_next(trouble, "sendMessage")
        await attempt(log, shop.send(reply(question, "hi"), "k"))
        fake.break_next(trouble, "sendMessage")
        await attempt(log, shop.send(first_message(question, "hi"), "k"))
        fake.troubles.clear()
        again = await shop.open(secrets)
        clean(repr(again))
        fake.break_next(trouble, "editMessageText", "deleteMessage", "getUpdates")
        await attempt(log, shop.edit(f"{GROUP}/11", reply(question, "ho")))
        await attempt(log, shop.delete(f"{GROUP}/11"))
        await attempt(log, heard(shop, cursor))
    finally:
        await shop.close()
    clean(repr(vars(shop)))


async def test_a_server_that_repeats_the_path_in_what_it_says(fake: Fake, log) -> None:
    async def telling(params):
        from tests.connectors.telegram.fake import No

        raise No(400, f"Bad Request: POST /bot{TOKEN}/getMe of {quote(TOKEN, safe='')} is odd")

    fake._getMe = telling
    shop = Telegram({"server": fake.url}, remembered=None, clock=lambda: datetime.now(UTC))
    await attempt(log, shop.open({"token": TOKEN}))
    await shop.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: /bot%s/x\r\nContent-Length: 0\r\n\r\n",
        b"not http at all %s\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{%s",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n%s",
        b"HTTP/1.1 500 Oh\r\nContent-Length: 46\r\n\r\n%s",
        b"",
    ],
)
async def test_a_server_that_is_none(log, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.replace(b"%s", TOKEN.encode()))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    shop = Telegram(
        {"server": f"http://127.0.0.1:{port}"}, remembered=None, clock=lambda: datetime.now(UTC)
    )
    await attempt(log, shop.open({"token": TOKEN}))
    server.close()
    await server.wait_closed()
    # Now nothing answers there at all.
    await attempt(log, shop.open({"token": TOKEN}))
    await shop.close()


@pytest.mark.parametrize(
    "token", [TOKEN + "\r\nX: y", TOKEN + " ?a=b#c", TOKEN + "/../x", "\ud800"]
)
async def test_a_token_that_is_none_never_leaves_its_place(fake: Fake, log, token: str) -> None:
    shop = Telegram({"server": fake.url}, remembered=None, clock=lambda: datetime.now(UTC))
    with pytest.raises(ConnectorError) as caught:
        await shop.open({"token": token})
    clean("".join(traceback.format_exception(caught.value)))
    await shop.close()
    assert fake.asked == []


async def test_a_desk_that_meets_every_trouble_logs_none_of_it(desk, fake: Fake, log) -> None:
    """The whole engine: its log, its statuses and its database."""
    ana = fake.person("ana", 1111)
    view = await desk.asks(ana)
    for trouble in set(Trouble) - {Trouble.DEAD_KEY}:
        fake.break_next(trouble, "sendMessage")
        await desk.reply(view, f"It left: {trouble.name}.")
        await desk.step(9)
        await desk.step(60)
    clean(repr(desk.session.status))
    fake.cut()
    await desk.asks(ana, "are you there?")
    await desk.close()
    for file in desk.path.parent.iterdir():
        found = file.read_bytes()
        assert TOKEN.encode() not in found, file
