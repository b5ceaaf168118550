"""A connection cut at every command, of the mailbox and of a handover: nothing lost or twice."""

from __future__ import annotations

import pytest

from connectors.contract import ConnectorError, Doubtful, Lane, Unreachable
from connectors.mail.connector import Mail
from tests.connectors.mail.partner import SHOP, MailPartner, address
from tests.connectors.mail.test_mailbox import opened as opened_with
from tests.contract.ear import listening
from tests.contract.talking import asked_in_private, new_key, reply, standing, stands_once, words


async def opened(post: MailPartner) -> Mail:
    """Straight to the server."""
    ports = {name: f"127.0.0.1:{port}" for name, port in post.fake.ports.items()}
    return await opened_with(post, **ports)


COMMANDS = 16
"""More lines than a catch-up of three pages, IDLE and a look at the folder of sent mail take."""


@pytest.mark.parametrize("at", range(1, COMMANDS + 1))
async def test_a_mailbox_that_is_cut_at_any_command(post: MailPartner, at: int) -> None:
    said = [words(f"number {number}") for number in range(45)]
    ids = [await post.writes_privately("ana", text) for text in said]
    connector = await opened(post)
    post.fake.cuts["imap"] = at
    async with listening(connector, 5, again=True) as ear:
        for one in ids:
            await ear.post(one)
        await ear.caught_up()
        # Whichever command is the next: it is cut as well while all is live.
        while "imap" in post.fake.cuts:
            await post.fake.heard()
        late = await post.writes_privately("budi", words("late"))
        await ear.post(late)
        cursor = ear.cursor
    assert {one.remote_id for one in ear.posts} == {*ids, late}
    async with listening(connector, 5, since=cursor) as later:
        await later.caught_up()
    assert later.posts == []


@pytest.mark.parametrize("at", range(1, COMMANDS + 1))
async def test_an_account_that_is_cut_while_it_opens(post: MailPartner, at: int) -> None:
    post.fake.cuts["imap"] = at
    try:
        connector = await opened(post)
    except Unreachable:
        connector = await opened(post)
    assert connector.hello is not None
    assert connector.hello.facts["sent"] == "Sent"


HANDOVER = ("EHLO", "AUTH", "MAIL", "RCPT", "DATA", "the words")


@pytest.mark.parametrize("at", range(1, len(HANDOVER) + 1))
async def test_a_handover_that_is_cut_at_any_command(post: MailPartner, at: int) -> None:
    connector = await opened(post)
    question = await asked_in_private(post, connector, "ana")
    said, key = words("it left"), new_key()
    post.fake.cuts["smtp"] = at
    with pytest.raises(ConnectorError) as caught:
        await connector.send(reply(question, said), key)
    begun = HANDOVER[at - 1] in ("DATA", "the words")
    assert type(caught.value) is (Doubtful if begun else Unreachable), HANDOVER[at - 1]
    assert not await standing(post, said, Lane.PRIVATE, "ana")
    assert post.fake.boxes[address(SHOP)]["Sent"].mails == []
    if not begun:
        await connector.send(reply(question, said), key)
        await stands_once(post, said, Lane.PRIVATE, "ana")
