"""Wire parsing alone: recorded pages of each network, as bytes, to what the contract says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime

from connectors.bluesky import wire as bluesky
from connectors.contract import Address
from connectors.mail import wire as mail
from connectors.mastodon import wire as mastodon
from connectors.matrix import wire as matrix
from connectors.telegram import wire as telegram
from tests.bench.figures import Figure, median
from tests.bench.taking_in import US, pages
from tests.connectors.bluesky.payloads import USUAL
from tests.connectors.matrix.payloads import MESSAGE, ROOM
from tests.connectors.telegram.payloads import EDITED

WANTED = 20_000
ROUNDS = 9
PAGE = 500
MAIL = (
    b"Return-Path: <ana@social.example>\r\n"
    b"Received: from mx.social.example by mx.example.test; Tue, 3 Nov 2026 12:00:00 +0000\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=social.example; b=x\r\n"
    b"From: =?utf-8?q?Ana_Horvat=C5=BE?= <ana@social.example>\r\nTo: support@example.test\r\n"
    b"Message-ID: <%d@social.example>\r\nSubject: parcel 4711\r\nMIME-Version: 1.0\r\n"
    b"Date: Tue, 3 Nov 2026 12:00:00 +0000\r\n"
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWhere is it?\r\n\r\n> It left.\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Where is it?</p>\r\n--b--\r\n"
)


def wires() -> list[Figure]:
    """Items a second for each network, and beside it what reading their JSON alone takes."""
    statuses = next(iter(pages(1)))
    events = _events()
    updates = json.dumps(
        {"ok": True, "result": [{**EDITED, "update_id": number} for number in range(PAGE)]}
    ).encode()
    mentions = json.dumps({"notifications": [USUAL] * PAGE}).encode()
    letters = [MAIL % number for number in range(PAGE)]
    return [
        _rate("Mastodon", lambda: _mastodon(statuses), lambda: json.loads(statuses)),
        _rate("Matrix", lambda: _matrix(events), lambda: json.loads(events)),
        _rate("Telegram", lambda: _telegram(updates), lambda: json.loads(updates)),
        _rate(
            "Bluesky",
            lambda: len(bluesky.notifications(mentions).said),
            lambda: json.loads(mentions),
        ),
        _rate("e-mail", lambda: _mail(letters), None),
    ]


def _mastodon(body: bytes) -> int:
    return len(mastodon.notifications(mastodon.items(body), US).heard)


def _matrix(body: bytes) -> int:
    events = json.loads(body)["chunk"]
    return sum(matrix.item(event, ROOM, {}) is not None for event in events)


def _telegram(body: bytes) -> int:
    return len(telegram.updates(body).items)


def _mail(letters: list[bytes]) -> int:
    us = Address(remote_id="support@example.test", handle="support@example.test")
    at = datetime(2026, 11, 3, 12, tzinfo=UTC)
    told = (mail.Told(raw=raw, size=len(raw), at=at) for raw in letters)
    return sum(mail.arrival(one, us, "example.test") is not None for one in told)


def _events() -> bytes:
    events = []
    for number in range(PAGE):
        event = deepcopy(MESSAGE)
        event["event_id"] = f"${number:043d}"
        events.append(event)
    return json.dumps({"chunk": events}).encode()


def _rate(network: str, parse: Callable[[], int], plain: Callable[[], object] | None) -> Figure:
    rates, bare = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = parse()
        rates.append(found / (time.perf_counter() - began))
        assert found == PAGE, (network, found)
        if plain is not None:
            began = time.perf_counter()
            plain()
            bare.append(PAGE / (time.perf_counter() - began))
    rate = median(rates)
    return Figure(
        what=f"wire parsing, {network}",
        value=rate,
        unit="items/s",
        against="json.loads" if bare else "",
        other=median(bare) if bare else None,
        ratio=rate / median(bare) if bare else None,
        goal=">= 20,000/s",
        held=rate >= WANTED,
    )
