"""XOAUTH2: a token that runs out while all goes on is replaced, and a person asked last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from console.desk.model import DeliveryState
from console.engine.session import SIGN_IN_WAIT
from console.engine.status import AccountState
from tests.connectors.mail.office import MailOffice, Tokens
from tests.connectors.mail.partner import SHOP, MailPartner, address
from tests.contract.partner import Fault

FIRST, SECOND = "token-of-the-first-hour", "token-of-the-second-hour"
SOON = timedelta(seconds=1)


@pytest.fixture
async def desk(tmp_path, post: MailPartner) -> AsyncIterator[MailOffice]:
    """A desk whose token is good, and whose server takes no password."""
    post.fake.tokens[address(SHOP)] = FIRST
    del post.fake.passwords[address(SHOP)]
    made = MailOffice(tmp_path, post, Tokens(FIRST), auth="xoauth2", own_seconds="30")
    await made.open()
    made.states.clear()
    yield made
    await made.close()


def runs_out(desk: MailOffice, *, printed: str = SECOND) -> None:
    """The server takes another token from now on; the command prints one."""
    desk.post.fake.tokens[address(SHOP)] = SECOND
    desk.tokens.token = printed


async def test_a_connection_that_breaks_as_the_token_runs_out(desk: MailOffice) -> None:
    runs_out(desk)
    desk.post.proxy.cut()
    await desk.asks()
    await desk.shown(AccountState.STREAMING)
    assert AccountState.SIGN_IN not in desk.states
    assert AccountState.OFFLINE not in desk.states
    assert desk.tokens.asked == 2


async def test_an_answer_that_is_refused_leaves_with_a_fresh_token(desk: MailOffice) -> None:
    view = await desk.asks()
    runs_out(desk)
    sent = await desk.reply(view, "It left today.")
    await desk.step(9)
    await desk.shown(AccountState.STREAMING)
    await desk.step(1)
    assert await desk.state(sent) is DeliveryState.SENT
    assert AccountState.SIGN_IN not in desk.states
    (seen,) = await desk.post.private_posts_to("ana")
    assert "It left today." in seen.text


async def test_who_is_refused_with_the_fresh_one_too_has_to_sign_in(desk: MailOffice) -> None:
    runs_out(desk, printed="token-of-somebody-else")
    desk.post.proxy.cut()
    await desk.shown(AccountState.SIGN_IN)
    assert desk.tokens.asked == 2
    words = desk.session.status.words
    assert "the command that prints the token" in words
    assert not {FIRST, SECOND, "token-of-somebody-else"} & set(words.split())
    # The next sign-in wakes it.
    desk.tokens.token = SECOND
    desk.session.poke()
    await desk.shown(AccountState.STREAMING)


async def test_the_same_token_again_is_not_tried_again(desk: MailOffice) -> None:
    runs_out(desk, printed=FIRST)
    said = len(desk.post.fake.said)
    desk.post.proxy.cut()
    await desk.shown(AccountState.SIGN_IN)
    assert desk.tokens.asked == 2
    asked = [line for line in desk.post.fake.said[said:] if b"AUTHENTICATE" in line]
    assert len(asked) == 1


async def test_a_command_that_fails_is_named(desk: MailOffice) -> None:
    runs_out(desk)
    desk.tokens.trouble = "The command that prints the token failed with 1."
    desk.post.proxy.cut()
    await desk.shown(AccountState.SIGN_IN)
    assert desk.tokens.trouble in desk.session.status.words


async def test_a_server_that_refuses_every_answer_is_not_asked_all_the_time(
    desk: MailOffice,
) -> None:
    """It lets us read, and takes no token for sending."""
    view = await desk.asks()
    await desk.reply(view, "It left today.")
    runs_out(desk)
    for _ in range(9):
        desk.post.proxy.break_next(Fault.KEY_DEAD)
    await desk.step(9)
    await desk.shown(AccountState.STREAMING)
    await desk.step()
    await desk.shown(AccountState.SIGN_IN)
    asked = desk.tokens.asked
    assert asked == 2
    for _ in range(5):
        await desk.step(SOON.total_seconds())
    assert desk.tokens.asked == asked
    assert timedelta(minutes=1) < SIGN_IN_WAIT
