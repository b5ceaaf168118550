"""IDLE is asked for anew, and where it can't be had the mailbox is looked into again and again."""

from __future__ import annotations

import pytest

from connectors.contract import Hearing
from tests.connectors.mail.fake import _Talk
from tests.connectors.mail.partner import MailPartner
from tests.connectors.mail.test_mailbox import opened
from tests.contract.ear import listening
from tests.contract.talking import words


def idles(post: MailPartner) -> int:
    return sum(b" IDLE\r\n" in line for line in post.fake.said)


async def test_idle_is_asked_for_anew_and_hears_on(post: MailPartner) -> None:
    connector = await opened(post, idle_seconds="0.05", own_seconds="300")
    async with listening(connector, 5) as ear:
        await ear.caught_up()
        for number in range(3):
            before = idles(post)
            while idles(post) < before + 3:
                await post.fake.heard()
            await ear.post(await post.writes_privately("ana", words(f"number {number}")))
        assert ear.error is None
    # Each IDLE is ended with DONE before anything else is asked.
    assert post.fake.said.count(b"DONE\r\n") >= idles(post) - 1


@pytest.mark.parametrize("answer", ["NO not today", "BAD unknown command"])
async def test_where_idle_is_offered_and_refused_it_looks_instead(
    post: MailPartner, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    async def no(self: _Talk, said: str, tag: str) -> str:
        return answer

    monkeypatch.setattr(_Talk, "on_idle", no)
    connector = await opened(post)
    async with listening(connector, 5) as ear:
        await ear.caught_up()
        await ear.post(await post.writes_privately("ana", words("one")))
        await ear.post(await post.writes_privately("ana", words("two")))
        assert ear.error is None
        assert ear.batches[-1].hearing is Hearing.POLLING
    assert idles(post) == 1
