"""The mailbox beyond the contract suite: ids that change, bounces, copies, tokens, programs."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import (
    Bounced,
    CannotTell,
    Capability,
    Hearing,
    Lane,
    Outgoing,
    Reason,
    Receipt,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.mail.connector import Mail
from tests.connectors.mail.partner import MailPartner, address, mail
from tests.contract.ear import listening
from tests.contract.partner import Fault
from tests.contract.talking import asked_in_private, new_key, reply, stands_once, words


def clock() -> datetime:
    return datetime.now(UTC)


async def opened(post: MailPartner, **settings: str) -> Mail:
    connector = Mail({**post.settings(), **settings}, remembered=None, clock=clock)
    await connector.open(post.secrets)
    return connector


async def test_new_ids_in_a_folder_skip_nothing(post: MailPartner) -> None:
    connector = await opened(post)
    first = await post.writes_privately("ana", words("before"))
    async with listening(connector, 5) as ear:
        await ear.post(first)
        await ear.caught_up()
    post.fake.renumber(address("support"))
    missed = await post.writes_privately("budi", words("after"))
    async with listening(connector, 5, since=ear.cursor) as later:
        await later.post(missed)
        await later.caught_up()
    assert ear.versions(first)[0].remote_id == first
    async with listening(connector, 5, since=later.cursor) as last:
        await last.caught_up()
    assert last.posts == []
    assert '"i":[101,' in (later.cursor or "")


async def test_a_cursor_from_nowhere_begins_anew(post: MailPartner) -> None:
    connector = await opened(post)
    said = await post.writes_privately("ana", words("hello"))
    for cursor in ("", "x", "[]", '{"i":["a",1]}', '{"i":[1,2,3],"m":4,"d":5}'):
        async with listening(connector, 5, since=cursor) as ear:
            await ear.post(said)


async def test_the_first_look_goes_back_two_weeks(post: MailPartner) -> None:
    old = mail("ana", "long ago")
    await post.fake.deliver(address("support"), old.as_bytes(), at=clock() - timedelta(days=30))
    new = await post.writes_privately("ana", words("today"))
    connector = await opened(post)
    async with listening(connector, 5) as ear:
        await ear.post(new)
        await ear.caught_up()
    assert [one.remote_id for one in ear.posts] == [new]


async def test_without_idle_it_looks_again_and_again(post: MailPartner) -> None:
    post.fake.idle = False
    connector = await opened(post)
    async with listening(connector, 5) as ear:
        await ear.caught_up()
        assert ear.batches[-1].hearing is Hearing.POLLING
        await ear.post(await post.writes_privately("ana", words("hello")))


async def test_nothing_is_changed_in_the_mailbox(post: MailPartner) -> None:
    connector = await opened(post)
    await asked_in_private(post, connector, "ana")
    said = b"".join(post.fake.said)
    assert b"SELECT" not in said
    assert b"STORE" not in said
    assert b"BODY[" not in said.replace(b"BODY.PEEK[", b"")


async def test_an_answer_without_references_joins_by_its_subject(post: MailPartner) -> None:
    connector = await opened(post)
    first = mail("ana", "where is it?", subject="parcel 4711")
    await post.posts("ana", first)
    begun = str(first["Message-ID"])[1:-1]
    async with listening(connector, 5) as ear:
        await ear.post(begun)
        await ear.caught_up()
    loose = mail("ana", "well?", subject="AW: Parcel  4711")
    await post.posts("ana", loose)
    # A connector that has never heard of the first one asks the server for it.
    other = await opened(post)
    async with listening(other, 5, since=ear.cursor) as later:
        found = await later.post(str(loose["Message-ID"])[1:-1])
    assert found.conversation == begun


# --- programs --------------------------------------------------------------------------------


async def test_a_newsletter_is_never_answered(post: MailPartner) -> None:
    connector = await opened(post)
    news = mail("ana", "buy now", List_Unsubscribe="<mailto:x@y.test>")
    await post.posts("ana", news)
    async with listening(connector, 5) as ear:
        told = await ear.post("auto:" + str(news["Message-ID"])[1:-1])
    with pytest.raises(Refused) as caught:
        await connector.send(reply(told, "no thanks"), new_key())
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert await post.private_posts_to("ana") == []


async def test_who_is_away_can_be_answered_but_their_program_is_not(post: MailPartner) -> None:
    connector = await opened(post)
    question = await asked_in_private(post, connector, "ana")
    away = mail("ana", "I am away", parents=[question.remote_id], Auto_Submitted="auto-replied")
    await post.posts("ana", away)
    async with listening(connector, 5) as ear:
        told = await ear.post("auto:" + str(away["Message-ID"])[1:-1])
    said = words("until Monday, then")
    await connector.send(reply(told, said), new_key())
    assert (await stands_once(post, said, Lane.PRIVATE, "ana")).reply_to == question.remote_id


# --- what came back --------------------------------------------------------------------------


async def test_a_bounce_names_the_delivery(post: MailPartner) -> None:
    connector = await opened(post)
    question = await asked_in_private(post, connector, "ana")
    post.fake.bouncing.add(address("ana"))
    key = new_key()
    async with listening(connector, 5) as ear:
        await ear.caught_up()
        receipt = await connector.send(reply(question, words("hello")), key)
        await ear.until(
            lambda: any(isinstance(one, Bounced) for one in ear.arrivals), "it comes back"
        )
    (bounced,) = [one for one in ear.arrivals if isinstance(one, Bounced)]
    assert (bounced.remote_id, bounced.key) == (receipt.remote_id, key)
    assert "no such user here" in bounced.words


async def test_an_answer_proves_what_a_lost_copy_does_not(post: MailPartner) -> None:
    post.fake.files_sent = False
    connector = await opened(post)
    question = await asked_in_private(post, connector, "ana")
    outgoing, key, tried = reply(question, words("which order?")), new_key(), clock()
    await post.break_next(Fault.ANSWER_LOST)
    with pytest.raises(Exception, match="may have left"):
        await connector.send(outgoing, key)
    found = await connector.find_sent(outgoing, key, tried_at=tried, claimed=set())
    assert isinstance(found, CannotTell)
    assert found.again_at is not None
    late = await connector.find_sent(
        outgoing, key, tried_at=tried - timedelta(hours=1), claimed=set()
    )
    assert isinstance(late, CannotTell)
    assert late.again_at is None
    (seen,) = await post.private_posts_to("ana")
    await post.writes_privately("ana", "4711", reply_to=seen.remote_id)
    found = await connector.find_sent(outgoing, key, tried_at=tried, claimed=set())
    assert isinstance(found, Receipt)
    assert found.remote_id == seen.remote_id


# --- copies ----------------------------------------------------------------------------------


async def test_where_the_server_keeps_no_copy_we_file_one(post: MailPartner) -> None:
    post.fake.files_sent = False
    connector = await opened(post, sent_copy="greenroom")
    question = await asked_in_private(post, connector, "ana")
    outgoing, key = reply(question, words("hello")), new_key()
    async with listening(connector, 5) as ear:
        await ear.caught_up()
        receipt = await connector.send(outgoing, key)
        assert (await ear.post(receipt.remote_id)).ours
    assert len(post.fake.boxes[address("support")]["Sent"].mails) == 1
    found = await connector.find_sent(outgoing, key, tried_at=clock(), claimed=set())
    assert isinstance(found, Receipt)


async def test_a_copy_that_cannot_be_filed_is_no_failure(
    post: MailPartner, caplog: pytest.LogCaptureFixture
) -> None:
    post.fake.files_sent = False
    connector = await opened(post, sent_copy="greenroom", answer_seconds="1")
    question = await asked_in_private(post, connector, "ana")
    post.proxy._servers[0].close()
    said = words("hello")
    with caplog.at_level(logging.WARNING):
        await connector.send(reply(question, said), new_key())
    await stands_once(post, said, Lane.PRIVATE, "ana")
    assert "could not be filed" in caplog.text
    assert said not in caplog.text


# --- signing in ------------------------------------------------------------------------------


async def test_a_token_instead_of_a_password(post: MailPartner) -> None:
    post.fake.tokens[address("support")] = "fresh-token"
    post.fake.passwords.clear()
    connector = Mail({**post.settings(), "auth": "xoauth2"}, remembered=None, clock=clock)
    hello = await connector.open({"token": "fresh-token"})
    assert Capability.REPLY_PRIVATE in hello.can
    with pytest.raises(Unauthorised) as caught:
        await connector.open({"token": "stale-token"})
    assert "stale-token" not in caught.value.words


async def test_a_token_is_renewed_before_it_dies(post: MailPartner) -> None:
    post.fake.tokens[address("support")] = "fresh-token"
    connector = Mail(
        {**post.settings(), "auth": "xoauth2", "token_minutes": "0.01"},
        remembered=None,
        clock=clock,
    )
    await connector.open({"token": "fresh-token"})
    async with listening(connector, 5) as ear:
        error = await ear.failed()
    assert isinstance(error, Unreachable)
    assert "renewed" in error.words


async def test_sending_without_the_right_to_is_named(post: MailPartner) -> None:
    await post.break_next(Fault.KEY_DEAD)
    connector = await opened(post)
    assert connector.hello is not None
    assert "for sending" in connector.hello.cannot[Capability.REPLY_PRIVATE]
    question = await asked_in_private(post, connector, "ana")
    with pytest.raises(Unauthorised):
        await connector.send(reply(question, "x"), new_key())


class Scripted:
    """A person who answers in turn."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []

    def say(self, said: str) -> None:
        self.heard.append(said)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.heard.append(question)
        return self.answers.pop(0)


async def test_signing_in_asks_only_what_is_not_known(post: MailPartner) -> None:
    settings = post.settings()
    person = Scripted(address("support"), settings["smtp"], "The Shop", post.secrets["token"])
    done = await Mail.sign_in(
        person, {"server": settings["imap"], "allow_plain_http": "yes"}, clock=clock
    )
    assert done.missing == ()
    assert done.secrets == post.secrets
    assert done.settings["name"] == "The Shop"
    assert not any(post.secrets["token"] in said for said in person.heard)
    again = Mail(done.settings, remembered=done.hello, clock=clock)
    await again.open(done.secrets)
    await again.close()


async def test_who_mistypes_the_password_is_asked_again(post: MailPartner) -> None:
    settings = post.settings()
    given = {name: settings[name] for name in settings if name.startswith(("imap", "smtp"))}
    person = Scripted(address("support"), "", "mistyped", "", post.secrets["token"])
    done = await Mail.sign_in(person, given, clock=clock)
    assert done.secrets == post.secrets
    told = "\n".join(person.heard)
    assert "Many providers want an app password" in told
    assert "There is no app password." in told
    assert "Nothing was sent" not in told
    assert ".." not in told
    person = Scripted(address("support"), "", "mistyped", "mistyped", "mistyped", "never asked")
    with pytest.raises(Unauthorised):
        await Mail.sign_in(person, given, clock=clock)
    assert person.answers == ["never asked"]


async def test_a_server_that_is_not_there_is_named_alone(post: MailPartner) -> None:
    settings = post.settings()
    given = {**settings, "imap": "127.0.0.1:1", "token": post.secrets["token"]}
    with pytest.raises(Unreachable) as caught:
        await Mail.sign_in(Scripted(), given, clock=clock)
    assert caught.value.happened == "The mailbox at 127.0.0.1 can't be reached."
    given = {**settings, "smtp": "127.0.0.1:1", "token": post.secrets["token"]}
    (missing,) = (await Mail.sign_in(Scripted(), given, clock=clock)).missing
    assert "by itself" not in missing
    assert "the setting smtp" in missing


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"address": "nobody"}, "no e-mail address"),
        ({"imap": ""}, "names no server"),
        ({"imap": "mail.example.org:143", "imap_security": "plain"}, "readable"),
        ({"smtp_security": "hope"}, "smtp_security"),
        ({"sent_copy": "both"}, "sent_copy"),
        ({"poll_seconds": "often"}, "no number"),
        ({"sent_folder": "Elsewhere"}, "no folder"),
        ({"ca_file": "/nowhere/at/all", "imap_security": "tls"}, "ca_file"),
    ],
)
async def test_settings_that_cannot_be_used_are_named(
    post: MailPartner, broken: dict[str, str], said: str
) -> None:
    connector = Mail({**post.settings(), **broken}, remembered=None, clock=clock)
    with pytest.raises(Unreachable, match=said):
        await connector.open(post.secrets)


async def test_a_header_cannot_be_smuggled_in(post: MailPartner) -> None:
    connector = await opened(post)
    question = await asked_in_private(post, connector, "ana")
    outgoing = Outgoing(
        lane=Lane.PRIVATE,
        text="hello",
        to=question.author,
        reply_to="x@y>\r\nBcc: budi@example.test",
        conversation=question.conversation,
        warning="a\r\nBcc: budi@example.test\u2028b",
        language="en\r\nX: y",
    )
    await connector.send(outgoing, new_key())
    (seen,) = await post.inbox("ana")
    assert seen["Bcc"] is None
    assert seen["X"] is None
    assert await post.inbox("budi") == []
