"""E-mail on dovecot and postfix, beyond what the contract suite asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from connectors.contract import (
    Address,
    Bounced,
    Capability,
    Lane,
    Outgoing,
    Unauthorised,
    Unreachable,
)
from connectors.mail.connector import Mail
from console.desk.model import DeliveryState
from console.engine.session import SIGN_IN_WAIT
from console.engine.status import AccountState
from tests.connectors.mail.office import MailOffice, Tokens
from tests.connectors.mail.partner import PASSWORD, SHOP, address
from tests.connectors.mail.test_mailbox import Scripted
from tests.contract.ear import listening
from tests.contract.talking import asked_in_private, new_key, reply, stands_once, words
from tests.servers.mail_partners import DovecotPartner

pytestmark = pytest.mark.server


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def post() -> AsyncIterator[DovecotPartner]:
    partner = DovecotPartner()
    await partner.start()
    yield partner
    await partner.stop()


def secured(post: DovecotPartner, smtp: str, **more: str) -> dict[str, str]:
    """Straight to the servers, encrypted."""
    port = post.mail.smtps if smtp == "tls" else post.mail.smtp
    return {
        "address": address(SHOP),
        "imap": f"localhost:{post.mail.imaps}",
        "imap_security": "tls",
        "smtp": f"localhost:{port}",
        "smtp_security": smtp,
        "sent_copy": "server",
        "ca_file": str(post.mail.certificate),
        **more,
    }


@pytest.mark.parametrize("smtp", ["tls", "starttls"])
async def test_encrypted_both_ways(post: DovecotPartner, smtp: str) -> None:
    connector = Mail(secured(post, smtp), remembered=None, clock=clock)
    hello = await connector.open(post.secrets)
    assert Capability.REPLY_PRIVATE in hello.can
    assert hello.facts["sent"] == "Sent"
    question = await asked_in_private(post, connector, "ana")
    said = words("hello")
    await connector.send(reply(question, said), new_key())
    await stands_once(post, said, Lane.PRIVATE, "ana")


async def test_a_certificate_that_nobody_vouches_for(post: DovecotPartner) -> None:
    connector = Mail(secured(post, "tls", ca_file=""), remembered=None, clock=clock)
    with pytest.raises(Unreachable, match="isn't trusted"):
        await connector.open(post.secrets)


async def test_a_wrong_password_is_named_without_it(post: DovecotPartner) -> None:
    connector = Mail(secured(post, "tls"), remembered=None, clock=clock)
    with pytest.raises(Unauthorised) as caught:
        await connector.open({"token": "wrong-secret"})
    assert "wrong-secret" not in caught.value.words
    assert "app password" in caught.value.words


async def test_signing_in_by_hand(post: DovecotPartner) -> None:
    settings = secured(post, "tls")
    given = {name: settings[name] for name in ("imap", "smtp", "ca_file", "smtp_security")}
    person = Scripted(address(SHOP), "", PASSWORD + SHOP)
    done = await Mail.sign_in(person, given, clock=clock)
    assert done.missing == ()
    assert done.hello.account.handle == address(SHOP)


async def test_an_unknown_address_comes_back_as_a_bounce(post: DovecotPartner) -> None:
    connector = await post.connector()
    await connector.open(post.secrets)
    nobody = Address(remote_id="nobody@example.test", handle="nobody@example.test")
    outgoing = Outgoing(lane=Lane.PRIVATE, text=words("hello"), to=nobody)
    key = new_key()
    async with listening(connector, post.patience) as ear:
        await ear.caught_up()
        receipt = await connector.send(outgoing, key)
        await ear.until(
            lambda: any(isinstance(one, Bounced) for one in ear.arrivals), "it comes back"
        )
    (bounced,) = [one for one in ear.arrivals if isinstance(one, Bounced)]
    assert (bounced.remote_id, bounced.key) == (receipt.remote_id, key)
    assert "nobody@example.test" in bounced.words
    assert "550 5.1.1" in bounced.words


async def test_idle_tells_within_seconds(post: DovecotPartner) -> None:
    connector = await post.connector()
    connector.settings = {**connector.settings, "own_seconds": "300"}
    await connector.open(post.secrets)
    async with listening(connector, post.patience) as ear:
        await ear.caught_up()
        began = monotonic()
        await ear.post(await post.writes_privately("ana", words("are you there")))
        assert monotonic() - began < 10
    await connector.close()


async def test_a_folder_that_was_made_anew(post: DovecotPartner) -> None:
    connector = await post.connector()
    await connector.open(post.secrets)
    first = await asked_in_private(post, connector, "ana")
    async with listening(connector, post.patience) as ear:
        await ear.post(first.remote_id)
        await ear.caught_up()
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (post.mail.folder / "homes/support" / name).unlink(missing_ok=True)
    missed = await post.writes_privately("budi", words("after"))
    async with listening(connector, post.patience, since=ear.cursor) as later:
        await later.post(missed)
        await later.caught_up()
    assert (ear.cursor or "").partition('"i":')[2] != (later.cursor or "").partition('"i":')[2]


async def test_an_access_token_instead_of_a_password(post: DovecotPartner) -> None:
    post.mail.tokens["a-good-token"] = address(SHOP)
    connector = Mail(secured(post, "starttls", auth="xoauth2"), remembered=None, clock=clock)
    hello = await connector.open({"token": "a-good-token"})
    assert Capability.REPLY_PRIVATE in hello.can
    with pytest.raises(Unauthorised) as caught:
        await connector.open({"token": "a-bad-token"})
    assert "a-bad-token" not in caught.value.words


async def test_a_token_that_runs_out_is_replaced_while_all_goes_on(
    post: DovecotPartner, tmp_path: Path
) -> None:
    first, second = "token-of-the-first-hour", "token-of-the-second-hour"
    post.mail.tokens[first] = address(SHOP)
    desk = MailOffice(tmp_path, post, Tokens(first), auth="xoauth2", own_seconds="30")
    await desk.open()
    try:
        one = await post.writes_privately("ana", words("where is my parcel"))
        view = await desk.hears(one)
        desk.states.clear()
        del post.mail.tokens[first]
        post.mail.tokens[second] = address(SHOP)
        desk.tokens.token = second
        # The connection for hearing stands; the answer learns first that the token is gone.
        sent = await desk.reply(view, "It left today.")
        await desk.step(9)
        await desk.shown(AccountState.STREAMING)
        await desk.step(1)
        assert await desk.state(sent) is DeliveryState.SENT
        # Then the token goes, and the connection too.
        del post.mail.tokens[second]
        desk.later(SIGN_IN_WAIT.total_seconds())
        post.mail.tokens[first] = address(SHOP)
        desk.tokens.token = first
        post.proxy.cut()
        await desk.hears(await post.writes_privately("budi", words("are you there")))
        assert AccountState.SIGN_IN not in desk.states
    finally:
        await desk.close()
