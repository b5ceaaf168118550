"""What is known after a request: every outcome, seen against a server on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from connectors.answers import moment, waiting_time
from connectors.contract import (
    ConnectorError,
    Doubtful,
    Reason,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.http import BadAddress, Http, base_of

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
SECRET = "t0k3n-very-secret"


class Wire:
    """A server that answers every connection with the same bytes, and keeps what it was sent."""

    def __init__(self) -> None:
        self.says = b""
        self.reads = True
        self.holds = False
        self.leaves = False
        self.got: list[bytes] = []
        self.released = asyncio.Event()
        self.connections = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self.reads:
                head = await reader.readuntil(b"\r\n\r\n")
                self.got.append(head)
            if self.leaves:
                self._server.close()
                writer.transport.abort()
                return
            if self.holds:
                await self.released.wait()
            writer.write(self.says)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def stop(self) -> None:
        self.released.set()
        self._server.close()

    def answer(
        self, status: str, body: str = "", *headers: str, kind: str = "application/json"
    ) -> None:
        data = body.encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
        self.says = "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + data


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    server = Wire()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http(wire: Wire) -> AsyncIterator[Http]:
    client = Http(f"http://127.0.0.1:{wire.port}", clock=lambda: NOW, total=0.5, connect=0.4)
    client.use_token(SECRET)
    yield client
    await client.close()


async def post(http: Http) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await http.ask("POST", "/x", form=[("a", "b")], posts=True, bucket="posting")
    return caught.value


async def read(http: Http) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await http.get("/x")
    return caught.value


async def test_it_says_who_it_is_and_sends_the_key(wire: Wire, http: Http) -> None:
    wire.answer("200 OK", "{}")
    await http.get("/x", [("types[]", "mention")])
    head = wire.got[0].decode()
    assert "User-Agent: Greenroom/" in head
    assert f"Authorization: Bearer {SECRET}" in head
    assert "types" in head


async def test_bare_requests_carry_no_key(wire: Wire, http: Http) -> None:
    wire.answer("200 OK", "{}")
    await http.ask("GET", "/x", posts=False, bucket="read", bare=True)
    assert b"Authorization" not in wire.got[0]


@pytest.mark.parametrize(
    ("status", "posting", "reading"),
    [
        ("500 Oh", Doubtful, Unreachable),
        ("502 Bad Gateway", Doubtful, Unreachable),
        ("503 Unavailable", Doubtful, Unreachable),
        ("504 Timeout", Doubtful, Unreachable),
        ("520 Strange", Doubtful, Unreachable),
        ("408 Timeout", Doubtful, Unreachable),
        ("429 Too Many", SlowDown, SlowDown),
        ("401 Unauthorized", Unauthorised, Unauthorised),
        ("400 Bad", Refused, Refused),
        ("403 Forbidden", Refused, Refused),
        ("404 Not Found", Refused, Refused),
        ("410 Gone", Refused, Refused),
        ("413 Large", Refused, Refused),
        ("418 Teapot", Refused, Refused),
        ("422 Invalid", Refused, Refused),
        ("301 Moved", Refused, Refused),
    ],
)
async def test_statuses(
    wire: Wire,
    http: Http,
    status: str,
    posting: type[ConnectorError],
    reading: type[ConnectorError],
) -> None:
    wire.answer(status, '{"error": "no"}')
    assert type(await post(http)) is posting
    http._quiet.clear()
    assert type(await read(http)) is reading


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            "422 X",
            '{"error":"Validation failed: Text character limit of 500 exceeded"}',
            "too long",
        ),
        ("422 X", '{"error":"Validation failed: Text is too long (maximum is 500)"}', "too long"),
        ("400 X", '{"error":"Bad Request: status too long, 9 characters provided"}', "too long"),
        ("422 X", '{"error":"Post would be sent to unexpected accounts"}', "wrong audience"),
        ("403 X", '{"error":"You are blocked"}', "blocked"),
        ("403 X", '{"error":"This action is outside the authorized scopes"}', "not allowed"),
        ("404 X", '{"error":"Record not found"}', "gone"),
        ("404 X", "<h1>404 Not Found (snac/2.75)</h1>", "gone"),
        ("422 X", "", "unknown"),
        ("422 X", '["odd"]', "unknown"),
    ],
)
async def test_refusals_carry_the_servers_words(
    wire: Wire, http: Http, status: str, body: str, reason: str
) -> None:
    wire.answer(status, body)
    error = await post(http)
    assert isinstance(error, Refused)
    assert error.reason == Reason(reason)
    assert "<" not in error.words
    if "scopes" in body:
        assert "outside the authorized scopes" in error.words


async def test_nobody_there(http: Http, wire: Wire) -> None:
    await wire.stop()
    assert type(await post(http)) is Unreachable
    assert type(await read(http)) is Unreachable


async def test_no_such_name() -> None:
    client = Http("https://nowhere.invalid", clock=lambda: NOW, total=3, connect=3)
    assert type(await post(client)) is Unreachable
    await client.close()


async def test_tls_that_fails_is_unreachable(wire: Wire) -> None:
    wire.reads = False
    wire.says = b"this is no handshake at all, and never will be one\n"
    client = Http(f"https://127.0.0.1:{wire.port}", clock=lambda: NOW, total=2, connect=2)
    assert type(await post(client)) is Unreachable
    await client.close()


async def test_a_handshake_without_end_is_unreachable(wire: Wire) -> None:
    wire.reads = False
    wire.holds = True
    client = Http(f"https://127.0.0.1:{wire.port}", clock=lambda: NOW, total=0.3, connect=0.2)
    assert type(await post(client)) is Unreachable
    await client.close()


async def test_closed_before_an_answer(wire: Wire, http: Http) -> None:
    wire.says = b""
    assert type(await post(http)) is Doubtful
    assert type(await read(http)) is Unreachable


async def test_what_may_have_left_once_is_doubtful_though_nobody_is_there_the_second_time(
    wire: Wire, http: Http
) -> None:
    """aiohttp asks once more by itself for a PUT whose connection closed without an answer."""
    wire.leaves = True
    with pytest.raises(Doubtful):
        await http.ask("PUT", "/x", json={}, posts=True, bucket="post")
    assert len(wire.got) == 1


async def test_half_an_answer(wire: Wire, http: Http) -> None:
    wire.says = b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": "1'
    assert type(await post(http)) is Doubtful
    assert type(await read(http)) is Unreachable


async def test_no_http_at_all(wire: Wire, http: Http) -> None:
    wire.says = b"SSH-2.0-OpenSSH_9.2\r\n"
    assert type(await post(http)) is Doubtful
    assert type(await read(http)) is Unreachable


async def test_an_answer_that_takes_too_long(wire: Wire, http: Http) -> None:
    wire.holds = True
    assert type(await post(http)) is Doubtful
    assert type(await read(http)) is Unreachable


async def test_a_body_without_end_is_cut(
    wire: Wire, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.http.BODY_CAP", 1000)
    wire.answer("200 OK", "x" * 100_000)
    assert type(await post(http)) is Doubtful
    assert type(await read(http)) is Unreachable


async def test_redirects_are_not_followed(wire: Wire, http: Http) -> None:
    wire.answer("302 Found", "", f"Location: http://127.0.0.1:{wire.port}/elsewhere")
    assert type(await read(http)) is Refused
    assert wire.connections == 1


async def test_posts_use_a_connection_of_their_own(wire: Wire, http: Http) -> None:
    wire.answer("200 OK", "{}")
    for _ in range(3):
        await http.ask("POST", "/x", form=[], posts=True, bucket="p")
    assert wire.connections == 3


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (
            ["X-RateLimit-Reset: 2026-11-22T16:01:30.123456Z"],
            timedelta(seconds=90, microseconds=123456),
        ),
        (["Retry-After: 17"], timedelta(seconds=17)),
        (["Retry-After: Sun, 22 Nov 2026 16:00:45 GMT"], timedelta(seconds=45)),
        ([f"X-RateLimit-Reset: {int(NOW.timestamp()) + 300}"], timedelta(seconds=300)),
        (["X-RateLimit-Reset: 12"], timedelta(seconds=12)),
        ([], timedelta(minutes=1)),
        (["Retry-After: soon"], timedelta(minutes=1)),
        (["Retry-After: -5"], timedelta(minutes=1)),
        (["X-RateLimit-Reset: 2020-01-01T00:00:00Z"], timedelta(seconds=1)),
        (["X-RateLimit-Reset: 2099-01-01T00:00:00Z"], timedelta(hours=3)),
        (["Retry-After: " + "9" * 50], timedelta(minutes=1)),
    ],
)
async def test_the_wait_is_read_from_the_networks_own_header(
    wire: Wire, http: Http, headers: list[str], wait: timedelta
) -> None:
    wire.answer("429 Too Many Requests", "{}", *headers)
    error = await post(http)
    assert isinstance(error, SlowDown)
    assert error.until - NOW == wait


async def test_what_is_used_up_is_not_asked_again(wire: Wire, http: Http) -> None:
    wire.answer(
        "200 OK", "{}", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 2026-11-22T16:05:00Z"
    )
    await http.get("/x", bucket="paging")
    with pytest.raises(SlowDown) as caught:
        await http.get("/x", bucket="paging")
    assert caught.value.until == datetime(2026, 11, 22, 16, 5, tzinfo=UTC)
    assert wire.connections == 1
    await http.get("/x", bucket="reading")


@pytest.mark.parametrize("body", [f'{{"error":"{SECRET} is bad"}}', f"<p>{SECRET}</p>"])
@pytest.mark.parametrize("status", ["401 X", "422 X", "500 X"])
async def test_no_secret_in_any_word(
    wire: Wire, http: Http, caplog: pytest.LogCaptureFixture, body: str, status: str
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.answer(status, body)
    error = await post(http)
    assert SECRET not in error.words
    assert SECRET not in str(error)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("social.example", "https://social.example"),
        (" https://social.example/ ", "https://social.example"),
        ("https://social.example/@me/1?x=1", "https://social.example"),
        ("@shop@social.example", "https://social.example"),
        ("https://social.example:8443", "https://social.example:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://SOCIAL.example", "https://social.example"),
    ],
)
def test_addresses(address: str, base: str) -> None:
    assert base_of(address) == base


@pytest.mark.parametrize(
    "address",
    [
        "",
        "  ",
        "http://social.example",
        "ftp://social.example",
        "https://",
        "a b.example",
        "social",
        "https://[bad",
        "https://x.example:99999",
        "file:///etc/passwd",
        "https://\x1b[2J.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(BadAddress) as caught:
        base_of(address)
    assert "\x1b" not in caught.value.words


def test_plain_http_by_explicit_setting() -> None:
    assert base_of("http://social.example", allow_plain=True) == "http://social.example"


@pytest.mark.parametrize("value", ["", "x" * 100, "9999-99-99", "nan", "1e999", "٣", "²"])
def test_moments_that_are_none(value: str) -> None:
    assert moment(value, NOW) is None


def test_a_custom_reader_decides() -> None:
    def read(_headers: Mapping[str, str], now: datetime) -> datetime:
        return now + timedelta(minutes=7)

    assert waiting_time({}, NOW, read) == NOW + timedelta(minutes=7)
