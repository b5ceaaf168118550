"""Bluesky on its own servers, beyond what the contract suite asks."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.bluesky import shapes
from connectors.bluesky.auth import sign_in
from connectors.bluesky.connector import Bluesky
from connectors.bluesky.opening import OPEN_MESSAGES
from connectors.contract import (
    Address,
    Capability,
    Connector,
    ConnectorError,
    Doubtful,
    Lane,
    Likelihood,
    NotSent,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.http import Http
from console.desk.model import DeliveryState
from console.logs import redact
from tests.connectors.bluesky.chat import No
from tests.contract.ear import eventually, listening
from tests.contract.partner import ANA, BUDI, Fault
from tests.contract.talking import (
    asked_in_private,
    asked_in_public,
    first_message,
    look_for,
    new_key,
    reply,
    stands_once,
    words,
)
from tests.servers.bluesky_partner import AtprotoPartner
from tests.servers.bluesky_people import POST, Person, Said, mention, now
from tests.servers.counter import Counter

pytestmark = pytest.mark.server


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def partner() -> AsyncIterator[AtprotoPartner]:
    made = AtprotoPartner()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def shop(partner: AtprotoPartner) -> AsyncIterator[Connector]:
    made = await partner.connector()
    await made.open(partner.secrets)
    yield made
    await made.close()


class AtTheTerminal:
    """Somebody who answers what a sign-in asks."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.told: list[str] = []

    def say(self, words: str) -> None:
        self.told.append(words)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


# --- signing in ------------------------------------------------------------------------------


async def test_signing_in_finds_the_accounts_own_server(partner: AtprotoPartner) -> None:
    talk = AtTheTerminal(f"@{partner.shop.handle}", partner.secrets["token"])
    done = await sign_in(talk, {"server": partner.servers.pds}, clock=clock)
    # The DID document names the door, not the server that was asked.
    assert done.settings["server"] == partner.door.url
    assert done.settings["did"] == partner.shop.did
    assert done.secrets == {"token": partner.secrets["token"]}
    assert done.missing == ()
    assert Capability.OPEN_PRIVATE in done.hello.can
    assert "App passwords" in talk.told[0]
    assert "direct messages" in talk.told[0]
    (advice,) = done.hello.advice
    assert advice.key == OPEN_MESSAGES


async def test_an_app_password_without_the_right_to_messages_is_named(
    partner: AtprotoPartner,
) -> None:
    password = await partner.shop.app_password("public only", privileged=False)
    given = {"server": partner.door.url, "identifier": partner.shop.handle, "token": password}
    talk = AtTheTerminal()
    done = await sign_in(talk, given, clock=clock)
    assert talk.asked == []
    (missing,) = done.missing
    assert "Allow access to your direct messages" in missing
    for right in (Capability.OPEN_PRIVATE, Capability.REPLY_PRIVATE, Capability.PROBE_PRIVATE):
        assert "direct messages" in done.hello.cannot[right]
    # In public it works all the same, and a private message is refused by the real server.
    shop = Bluesky(partner.settings() | done.settings, remembered=None, clock=clock)
    await shop.open(done.secrets)
    question = await asked_in_public(partner, shop, ANA)
    await shop.send(reply(question, words("in public")), new_key())
    assert await shop.probe_private(question.author, None) is Likelihood.UNKNOWN
    with pytest.raises(Refused) as caught:
        await shop.send(first_message(question, words("in private")), new_key())
    assert caught.value.reason is Reason.NOT_ALLOWED
    await shop.close()


async def test_the_accounts_own_password_is_not_taken(partner: AtprotoPartner) -> None:
    password = f"pw-{partner.shop.handle}"
    given = {"server": partner.door.url, "identifier": partner.shop.handle, "token": password}
    with pytest.raises(Unauthorised) as caught:
        await sign_in(AtTheTerminal(), given, clock=clock)
    assert "own password" in caught.value.words
    assert password not in caught.value.words


async def test_a_wrong_app_password(partner: AtprotoPartner) -> None:
    given = {"server": partner.door.url, "identifier": partner.shop.handle, "token": "s3cr-et-wr"}
    with pytest.raises(Unauthorised) as caught:
        await sign_in(AtTheTerminal(), given, clock=clock)
    assert "s3cr-et-wr" not in caught.value.words
    assert "Nothing was stored." in caught.value.words
    assert "your words" not in caught.value.words
    # The log's own care for secrets takes nothing of it for one.
    assert redact(caught.value.words) == caught.value.words


async def test_private_messages_are_opened_where_that_is_taken_as_advice(
    partner: AtprotoPartner, shop: Connector
) -> None:
    kind = "chat.bsky.actor.declaration"
    record = {"$type": kind, "allowIncoming": "none", "allowGroupInvites": "none"}
    await partner.shop.puts(kind, "self", record)
    hello = await shop.open(partner.secrets)
    (advice,) = hello.advice
    assert "Nobody" in advice.words
    assert advice.shuts_out
    hello = await shop.take_advice(OPEN_MESSAGES)
    assert hello.advice == ()
    assert shop.hello == hello
    found = await partner.shop.look(
        "com.atproto.repo.getRecord", repo=partner.shop.did, collection=kind, rkey="self"
    )
    assert found["value"] == {**record, "allowIncoming": "all"}


# --- the session -----------------------------------------------------------------------------


class Keeper:
    """Where a session is kept, and what was used when."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    async def __call__(self, name: str, secret: str) -> None:
        assert name == "session"
        self.kept.append(secret)


async def test_a_session_is_kept_and_taken_up_again(partner: AtprotoPartner) -> None:
    keeper = Keeper()
    first = await partner.connector()
    first.keep = keeper
    await first.open({"token": partner.secrets["token"]})
    await first.close()
    assert len(keeper.kept) == 1
    again = await partner.connector()
    again.keep = keeper
    # With what was kept no password is needed, so none is used up.
    await again.open({"token": "never looked at", "session": keeper.kept[-1]})
    await again.close()
    assert len(keeper.kept) == 1


async def test_a_kill_between_the_use_of_a_refresh_token_and_its_keeping(
    partner: AtprotoPartner,
) -> None:
    kept = json.loads(partner.secrets["session"])

    async def used_and_died() -> None:
        http = Http(partner.servers.pds, clock=clock)
        await http.ask(
            "POST", "/xrpc/com.atproto.server.refreshSession", posts=False, bucket="",
            headers={"Authorization": f"Bearer {kept['refresh']}"},
        )  # fmt: skip
        await http.close()

    await used_and_died()
    partner.door.expire(kept["access"])
    keeper = Keeper()
    shop = await partner.connector()
    shop.keep = keeper
    await shop.open({"token": "never looked at", "session": partner.secrets["session"]})
    await shop.close()
    assert json.loads(keeper.kept[-1])["access"] != kept["access"]


async def test_a_whole_console_that_is_killed_with_a_renewal_under_way(
    partner: AtprotoPartner, tmp_path: Path
) -> None:
    """The server has taken the token that is good for one use; its successor never came."""
    kept = json.loads(partner.secrets["session"])
    keyring, config = tmp_path / "keyring.json", tmp_path / "config" / "config.toml"
    # The app password is wrong, so nothing but the session lets anybody in.
    secrets = {"token": "never-looked-at", "session": partner.secrets["session"]}
    entry = f"greenroom {tmp_path}/main"
    keyring.write_text(json.dumps({entry: json.dumps(secrets)}))
    config.parent.mkdir()
    settings = "".join(f'{name} = "{value}"\n' for name, value in partner.settings().items())
    config.write_text(f'[accounts.main]\nnetwork = "bluesky"\n[accounts.main.settings]\n{settings}')
    config.chmod(0o600)
    env = {
        **os.environ, "GREENROOM_HOME": str(tmp_path), "FAKE_KEYRING": str(keyring),
        "PYTHON_KEYRING_BACKEND": "tests.door.keyrings.InFile",
    }  # fmt: skip

    async def watch(*more: str) -> asyncio.subprocess.Process:
        program = "import sys; from console.cli import main; sys.exit(main())"
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, "watch", *more, env=env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    partner.door.expire(kept["access"])
    done = partner.door.hold(b"POST /xrpc/com.atproto.server.refreshSession ")
    first = await watch()
    try:
        async with asyncio.timeout(30):
            await done.wait()
    finally:
        first.kill()
        await first.communicate()
    assert json.loads(json.loads(keyring.read_text())[entry]) == secrets
    again = await watch("--once")
    out, _ = await asyncio.wait_for(again.communicate(), 60)
    assert again.returncode == 0, out
    now_kept = json.loads(json.loads(keyring.read_text())[entry])
    assert json.loads(now_kept["session"])["refresh"] != kept["refresh"]
    assert now_kept["token"] == "never-looked-at"


async def test_a_refresh_token_that_is_spent_for_good_falls_back_to_the_app_password(
    partner: AtprotoPartner,
) -> None:
    kept = json.loads(partner.secrets["session"])
    http = Http(partner.servers.pds, clock=clock)
    await http.ask(
        "POST", "/xrpc/com.atproto.server.deleteSession", posts=False, bucket="",
        headers={"Authorization": f"Bearer {kept['refresh']}"},
    )  # fmt: skip
    await http.close()
    partner.door.expire(kept["access"])
    keeper = Keeper()
    shop = await partner.connector()
    shop.keep = keeper
    await shop.open(partner.secrets)
    await shop.close()
    assert json.loads(keeper.kept[-1])["refresh"] != kept["refresh"]


@pytest.mark.parametrize("kept", ["", "[]", "nonsense", '{"access": 1, "refresh": ""}'])
async def test_a_kept_session_that_is_none(partner: AtprotoPartner, kept: str) -> None:
    shop = await partner.connector()
    await shop.open({"token": partner.secrets["token"], "session": kept})
    await shop.close()


async def test_of_many_who_find_it_expired_one_renews(
    partner: AtprotoPartner, shop: Connector
) -> None:
    question = await asked_in_public(partner, shop, ANA)
    keeper = Keeper()
    shop.keep = keeper
    partner.door.expire(json.loads(partner.secrets["session"])["access"])
    await asyncio.gather(*(shop.send(reply(question, words("at once")), new_key())
                           for _ in range(5)))  # fmt: skip
    assert len(keeper.kept) == 1
    assert len(await partner.public_posts_of_shop()) == 5


async def test_a_real_429_is_waited_for_as_long_as_it_says(partner: AtprotoPartner) -> None:
    at = partner.servers.strict

    async def tries() -> ConnectorError:
        given = {"server": at, "identifier": "nobody.test", "token": "xxxx-xxxx"}
        with pytest.raises(ConnectorError) as caught:
            await sign_in(AtTheTerminal(), given, clock=clock)
        return caught.value

    found = await asyncio.gather(*(tries() for _ in range(32)))
    slow = [one for one in found if isinstance(one, SlowDown)]
    assert slow
    # By RateLimit-Reset: the window is five minutes.
    assert timedelta(seconds=60) < slow[0].until - clock() < timedelta(minutes=6)


async def test_the_points_of_writing_are_respected(partner: AtprotoPartner) -> None:
    """5,000 an hour, three for each post; used up here with another app."""
    shop = await Person.arrives(partner.servers.strict, f"strict{new_key()[:8]}.test")
    secrets = {"token": await shop.app_password(privileged=False)}
    settings = {"server": partner.servers.strict, "identifier": shop.handle, "did": shop.did}
    connector = Bluesky(settings, remembered=None, clock=clock)
    await connector.open(secrets)
    record = {"$type": POST, "text": "from another app", "createdAt": now()}
    create = {"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "value": record}
    many = {"repo": shop.did, "writes": [create] * 150}
    for _ in range(5_000 // (3 * 150)):
        await shop.do("com.atproto.repo.applyWrites", many)
    with pytest.raises(Said, match="429"):
        await shop.do("com.atproto.repo.applyWrites", many)
    uri = await partner.writes_public(ANA, words("where is it"))
    to = Address(remote_id=partner.people[ANA].did, handle="@ana.test")
    answer = Outgoing(lane=Lane.PUBLIC, text=words("it left"), to=to, reply_to=uri)
    with pytest.raises(SlowDown) as caught:
        await connector.send(answer, new_key())
    assert timedelta(minutes=2) < caught.value.until - clock() <= timedelta(minutes=61)
    # What only looks has another limit, and goes on.
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
    assert not [one for one in await shop.said() if one["value"]["text"] == answer.text]
    await connector.close()
    await shop.close()


# --- in the open -----------------------------------------------------------------------------


async def test_a_reply_deep_in_a_thread_has_its_root_and_its_parent(
    partner: AtprotoPartner, shop: Connector
) -> None:
    first = await partner.writes_public(BUDI, words("who else?"))
    second = await partner.writes_public(ANA, words("me too"), reply_to=first)
    async with listening(shop, partner.patience) as ear:
        question = await ear.post(second)
    assert question.conversation == first
    text = "žluť 🧶 https://kiln.example/a?b=1, @" + partner.people[BUDI].handle + " #glaze"
    receipt = await shop.send(reply(question, text), new_key())
    (found,) = await partner.shop.said()
    assert found["uri"] == receipt.remote_id
    record = found["value"]
    assert record["reply"]["root"]["uri"] == first
    assert record["reply"]["parent"]["uri"] == second
    data = text.encode()
    shown = {
        data[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0]
        for one in record["facets"]
    }
    assert shown["https://kiln.example/a?b=1"]["uri"] == "https://kiln.example/a?b=1"
    assert shown["@" + partner.people[BUDI].handle]["did"] == partner.people[BUDI].did
    assert shown["#glaze"]["tag"] == "glaze"


async def test_what_stands_above_is_shown(partner: AtprotoPartner, shop: Connector) -> None:
    announced = (await partner.shop.posts("New glazes today"))["uri"]
    stranger = await partner.writes_public(BUDI, words("which?"), reply_to=announced)
    async with listening(shop, partner.patience) as ear:
        await ear.post(stranger)
        asked = await partner.writes_public(ANA, words("and size L?"), reply_to=stranger)
        post = await ear.post(asked)
    assert post.conversation == announced
    first = (await _versions(shop, partner, stranger))[-1]
    assert [(one.text, one.ours) for one in first.above] == [("New glazes today", True)]


async def test_a_quote_of_ours_shows_what_it_quotes(
    partner: AtprotoPartner, shop: Connector
) -> None:
    announced = await partner.shop.posts("New glazes today")
    embed = {"$type": "app.bsky.embed.record", "record": _ref(announced)}
    uri = (await partner.people[ANA].posts("is it food safe?", embed=embed))["uri"]
    async with listening(shop, partner.patience) as ear:
        post = await ear.post(uri)
    assert [(one.text, one.ours) for one in post.above] == [("New glazes today", True)]
    assert post.conversation == uri


async def test_who_goes_on_without_naming_us_is_heard(
    partner: AtprotoPartner, shop: Connector
) -> None:
    async with listening(shop, partner.patience) as ear:
        first = await partner.writes_public(ANA, words("1/3"))
        await ear.post(first)
        said = [first]
        for number in ("2/3", "3/3"):
            more = await partner.people[ANA].posts(number, reply=await partner.reply(said[-1]))
            said.append(more["uri"])
        # Somebody else who answers her isn't talking to us.
        other = await partner.people[BUDI].posts("same here", reply=await partner.reply(first))
        last = await ear.post(said[-1])
        assert last.conversation == first
        assert last.reply_to == said[1]
        assert [one for one in (post.remote_id for post in ear.posts) if one in said] == said
        assert not ear.versions(other["uri"])


async def test_who_asked_for_only_the_followed_still_hears_customers(
    partner: AtprotoPartner, shop: Connector
) -> None:
    await partner.shop.do("app.bsky.notification.putPreferences", {"priority": True})
    await asked_in_public(partner, shop, ANA)


async def test_a_blocked_customer_is_not_answered_and_not_taken_for_gone(
    partner: AtprotoPartner, shop: Connector
) -> None:
    dora = await _newcomer(partner, "dora")
    text = f"@{partner.shop.handle} hello"
    uri = (await dora.posts(text, facets=[mention(text, partner.shop.handle, partner.shop.did)]))[
        "uri"
    ]
    async with listening(shop, partner.patience) as ear:
        question = await ear.post(uri)
        await dora.blocks(partner.shop.did)

        async def answer() -> ConnectorError | None:
            try:
                await shop.send(reply(question, words("hi")), new_key())
            except ConnectorError as error:
                return error
            return None

        error = await eventually(answer, lambda one: one is not None, partner.patience)
        assert isinstance(error, Refused)
        assert error.reason is Reason.BLOCKED
        # It isn't listed any more, and several looks at what still stands go by.
        batches = len(ear.batches)
        await ear.until(lambda: len(ear.batches) > batches + 20, "more looks")
        assert not ear.deleted(uri)
    await dora.close()


async def test_what_it_answers_is_gone(partner: AtprotoPartner, shop: Connector) -> None:
    question = await asked_in_public(partner, shop, ANA)
    await partner.deletes(ANA, question.remote_id)

    async def answer() -> object:
        try:
            return await shop.send(reply(question, words("hi")), new_key())
        except Refused as no:
            return no.reason

    assert await eventually(answer, lambda one: one is Reason.GONE, 10.0) is Reason.GONE
    # In private it can still be said, without what it was about.
    receipt = await shop.send(first_message(question, words("you asked")), new_key())
    assert receipt.conversation is not None


async def test_a_thread_that_is_shut_is_not_written_into(
    partner: AtprotoPartner, shop: Connector
) -> None:
    kind = "app.bsky.feed.threadgate"
    question = await asked_in_public(partner, shop, ANA)
    rkey = question.remote_id.rpartition("/")[2]
    await partner.people[ANA].puts(
        kind, rkey,
        {"$type": kind, "post": question.remote_id, "allow": [], "createdAt": now()},
    )  # fmt: skip

    async def shut() -> object:
        page = await shop._api.posts([question.remote_id])  # type: ignore[attr-defined]
        return page.said[0].shut

    assert await eventually(shut, bool, 10.0)
    with pytest.raises(Refused) as caught:
        await shop.send(reply(question, words("nobody sees it")), new_key())
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert not await partner.public_posts_of_shop()


async def test_the_same_name_is_never_written_over(
    partner: AtprotoPartner, shop: Connector
) -> None:
    question = await asked_in_public(partner, shop, ANA)
    said, key = words("once"), new_key()
    first = await shop.send(reply(question, said), key)
    again = await shop.send(reply(question, words("other words")), key)
    assert again.remote_id == first.remote_id
    await stands_once(partner, said, Lane.PUBLIC, ANA)
    assert len(await partner.public_posts_of_shop()) == 1


@pytest.mark.parametrize("hours", [-30, 30])
async def test_a_wrong_clock_of_ours_hides_and_doubles_nothing(
    partner: AtprotoPartner, hours: int
) -> None:
    def wrong() -> datetime:
        return clock() + timedelta(hours=hours)

    settings = partner.settings() | {"settle_seconds": "0.001"}
    shop = Bluesky(settings, remembered=None, clock=wrong)
    await shop.open(partner.secrets)
    question = await asked_in_public(partner, shop, ANA)
    for outgoing in (reply(question, words("once")), first_message(question, words("one"))):
        key, tried_at = new_key(), wrong()
        await partner.break_next(Fault.ANSWER_LOST)
        with pytest.raises(Doubtful):
            await shop.send(outgoing, key)
        found = await shop.find_sent(outgoing, key, tried_at=tried_at, claimed=frozenset())
        assert isinstance(found, Receipt), found
    await shop.close()


async def test_a_post_from_a_clock_that_is_behind_arrives(
    partner: AtprotoPartner, shop: Connector
) -> None:
    async with listening(shop, partner.patience) as ear:
        await ear.caught_up()
        await ear.post(await partner.writes_public(ANA, words("now")))
        text = f"@{partner.shop.handle} an hour ago, by my clock"
        marks = [mention(text, partner.shop.handle, partner.shop.did)]
        earlier = (clock() - timedelta(hours=1)).isoformat(timespec="milliseconds")
        made = await partner.people[BUDI].posts(text, facets=marks, createdAt=earlier)
        await ear.post(made["uri"])


# --- in private ------------------------------------------------------------------------------


async def test_the_customers_post_goes_along(partner: AtprotoPartner, shop: Connector) -> None:
    question = await asked_in_public(partner, shop, ANA)
    await shop.send(first_message(question, words("which order")), new_key())
    (room,) = partner.chat.rooms.values()
    assert room.messages[0]["carries"] == question.remote_id
    assert {room.members[0], room.members[1]} == {partner.shop.did, partner.people[ANA].did}


@pytest.mark.parametrize("in_words", [False, True])
@pytest.mark.parametrize(
    ("why", "reason", "says"),
    [
        ("none", Reason.NOT_ACCEPTED, "take no private messages"),
        ("following", Reason.NOT_ACCEPTED, "people they follow"),
        ("block", Reason.BLOCKED, "blocked"),
    ],
)
async def test_each_refusal_is_told_apart(
    partner: AtprotoPartner, shop: Connector, why: str, reason: Reason, says: str, in_words: bool
) -> None:
    question = await asked_in_public(partner, shop, ANA)
    ana = partner.people[ANA].did
    partner.chat.says_it_in_words = in_words
    if why == "block":
        partner.chat.blocks.add((ana, partner.shop.did))
    else:
        partner.chat.allows[ana] = why
    assert await shop.probe_private(question.author, None) is Likelihood.UNLIKELY
    with pytest.raises(Refused) as caught:
        await shop.send(first_message(question, words("hi")), new_key())
    assert caught.value.reason is reason
    assert says in caught.value.words
    assert not await partner.private_posts_to(ANA)


async def test_who_is_gone_and_what_is_locked(partner: AtprotoPartner, shop: Connector) -> None:
    question = await asked_in_private(partner, shop, ANA)
    assert question.conversation is not None
    partner.chat.rooms[question.conversation].locked = True
    with pytest.raises(Refused) as caught:
        await shop.send(reply(question, words("hi")), new_key())
    assert "locked" in caught.value.words
    partner.chat.gone.add(partner.people[BUDI].did)
    other = await asked_in_public(partner, shop, BUDI)
    with pytest.raises(Refused) as caught:
        await shop.send(first_message(other, words("hi")), new_key())
    assert caught.value.reason is Reason.GONE


async def test_nothing_private_goes_where_a_third_person_reads(
    partner: AtprotoPartner, shop: Connector
) -> None:
    ana, budi = partner.people[ANA].did, partner.people[BUDI].did
    said = partner.chat.writes(ana, [partner.shop.did, budi], "to all of you")
    async with listening(shop, partner.patience) as ear:
        question = await ear.post(shapes.message_id(said["convo"], said["id"]))
    assert any(BUDI in name for name in question.also)
    with pytest.raises(Refused) as caught:
        await shop.send(reply(question, words("your order")), new_key())
    assert caught.value.reason is Reason.WRONG_AUDIENCE
    assert not await partner.private_posts_to(ANA)


async def test_a_request_is_taken_before_it_is_answered(
    partner: AtprotoPartner, shop: Connector
) -> None:
    question = await asked_in_private(partner, shop, ANA)
    room = partner.chat.rooms[question.conversation or ""]
    assert partner.shop.did not in room.accepted
    await shop.send(reply(question, words("hello")), new_key())
    assert (partner.shop.did, "chat.bsky.convo.acceptConvo") in partner.chat.asked


async def test_the_same_words_said_with_another_app_are_not_taken_for_ours(
    partner: AtprotoPartner, shop: Connector
) -> None:
    question = await asked_in_private(partner, shop, ANA)
    assert question.conversation is not None
    outgoing, key, tried_at = reply(question, words("which order?")), new_key(), clock()
    phone = partner.chat.says(partner.shop.did, question.conversation, outgoing.text)
    await partner.break_next(Fault.REQUEST_LOST)
    with pytest.raises(Doubtful):
        await shop.send(outgoing, key)
    found = await look_for(partner, shop, outgoing, key, tried_at=tried_at, until_receipt=False)
    assert isinstance(found, NotSent), found
    # Whoever remembers nothing goes by what was heard before.
    other = await partner.connector()
    await other.open(partner.secrets)
    heard = {shapes.message_id(question.conversation, phone["id"])}
    found = await other.find_sent(outgoing, key, tried_at=tried_at, claimed=heard)
    assert isinstance(found, NotSent), found
    await other.close()
    await shop.send(outgoing, key)
    assert len([one for one in await partner.private_posts_to(ANA)
                if one.text == outgoing.text]) == 2  # fmt: skip


async def test_a_day_away_in_private(partner: AtprotoPartner, shop: Connector) -> None:
    first = await asked_in_private(partner, shop, ANA)
    async with listening(shop, partner.patience) as ear:
        await ear.post(first.remote_id)
        await ear.caught_up()
    missed = [
        await partner.writes_privately((ANA, BUDI)[number % 2], f"number {number}")
        for number in range(50)
    ]
    # However far back the log reaches.
    partner.chat.logs.clear()
    cursor, heard = ear.cursor, []
    for _ in range(2):
        async with listening(shop, partner.patience, since=cursor) as later:
            await later.post(missed[-1])
            await later.post(missed[-2])
            await later.caught_up()
        heard.append([post.remote_id for post in later.posts])
    for told in heard:
        assert sorted(told) == sorted(missed)
        for customer in (0, 1):
            theirs = missed[customer::2]
            assert [one for one in told if one in theirs] == theirs


async def test_a_chat_that_wants_a_rest_leaves_the_public_lane_alone(
    partner: AtprotoPartner, shop: Connector
) -> None:
    async with listening(shop, partner.patience) as ear:
        await ear.caught_up()
        partner.chat.wrong = [No("RateLimitExceeded", "Rate Limit Exceeded", 429)]
        await ear.until(lambda: not partner.chat.wrong, "the chat is asked")
        asked = len(partner.chat.asked)
        await ear.post(await partner.writes_public(ANA, words("in public")))
        assert len(partner.chat.asked) == asked
        assert ear.error is None


async def test_a_chat_that_is_down(partner: AtprotoPartner, shop: Connector) -> None:
    question = await asked_in_public(partner, shop, ANA)
    await partner.chat.stop()
    with pytest.raises(Unreachable):
        await shop.send(first_message(question, words("hi")), new_key())
    # In public nothing of it is felt.
    await shop.send(reply(question, words("hello")), new_key())
    other = await partner.connector()
    with pytest.raises(Unreachable):
        await other.open(partner.secrets)
    await other.close()


PUBLIC = ("app.bsky.feed.getPosts", "com.atproto.repo.putRecord")
PRIVATE = (
    "chat.bsky.convo.getConvoAvailability", "chat.bsky.convo.getConvoForMembers",
    "com.atproto.repo.getRecord", "chat.bsky.convo.sendMessage",
)  # fmt: skip


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.SERVER_ERROR])
async def test_the_connection_cut_at_every_request(
    partner: AtprotoPartner, shop: Connector, fault: Fault
) -> None:
    question = await asked_in_public(partner, shop, ANA)
    partner.door.one_each = True
    await partner.door.cut()
    for lane, methods in ((Lane.PUBLIC, PUBLIC), (Lane.PRIVATE, PRIVATE)):
        for method in methods:
            said, key, tried_at = words("cut"), new_key(), clock()
            outgoing = (
                reply(question, said) if lane is Lane.PUBLIC else first_message(question, said)
            )
            posts = method.endswith(("putRecord", "sendMessage"))
            # What only looks may be asked once more by aiohttp itself.
            for _ in range(1 if posts else 2):
                partner.door.befall(fault, rf"\w+ /xrpc/{method}[ ?]")
            with pytest.raises(Doubtful if posts else Unreachable):
                await shop.send(outgoing, key)
            assert len(partner.door._others) < 2
            partner.door._others.clear()
            there = posts and fault is Fault.ANSWER_LOST
            if there:
                await stands_once(partner, said, lane, ANA)
            found = await look_for(
                partner, shop, outgoing, key, tried_at=tried_at, until_receipt=there
            )
            assert isinstance(found, Receipt if there else NotSent), (method, found)
            if not there:
                await shop.send(outgoing, key)
                await stands_once(partner, said, lane, ANA)


# --- `m` ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", ["possible", "refused", "blocked", "impossible", "lost", "unknown"]
)
async def test_moving_to_a_private_message_ends_in_what_is_true(
    partner: AtprotoPartner, tmp_path: Path, state: str
) -> None:
    ana = partner.people[ANA].did
    if state == "impossible":
        partner.secrets = {"token": await partner.shop.app_password("no", privileged=False)}
    counter = Counter(tmp_path, Bluesky, partner.settings(), partner.secrets)
    try:
        await counter.open()
        uri = await partner.writes_public(ANA, "my parcel 4711 never came, what now?")
        view = await counter.hears(uri)
        if state == "refused":
            partner.chat.allows[ana] = "following"
        if state == "blocked":
            partner.chat.blocks.add((ana, partner.shop.did))
        plan, handoff = await counter.hand_off(view)
        if state in ("lost", "unknown"):
            await partner.break_next(Fault.ANSWER_GARBLED)
            counter.later(9)
            await counter.dispatch.step()
            assert await counter.state(handoff.private) is DeliveryState.DOUBTFUL
            # Nobody can look just now; and later there may be too much to look through.
            partner.chat.wrong = [No("InternalServerError", "?", 500)]
            await counter.step()
            (room,) = partner.chat.rooms
            for _ in range(420 if state == "unknown" else 0):
                partner.chat.says(partner.shop.did, room, "from the phone")
        # Where it was the listening that met the chat's stumble, it begins anew first.
        async with asyncio.timeout(20):
            await counter.session.abreast.wait()
        await counter.step(60)
        said = [one.text for one in await partner.public_posts_of_shop()]
        private = [one.text for one in await partner.private_posts_to(ANA)]
        line = plan.acknowledgement
        assert not any("4711" in one for one in said)
        if state in ("possible", "lost"):
            assert (said, private) == ([line.sent], [plan.private])
            assert "4711" in private[0]
        elif state == "unknown":
            assert private.count(plan.private) == 1
            assert said == [line.unknown]
            assert await counter.state(handoff.private) is DeliveryState.DOUBTFUL
        else:
            assert (said, private) == ([line.refused], [])
            assert "help@kiln.example" in line.refused
        if state in ("refused", "blocked"):
            assert await counter.state(handoff.private) is DeliveryState.REFUSED
    finally:
        await counter.close()


# --- secrets ---------------------------------------------------------------------------------


async def test_a_key_never_shows(partner: AtprotoPartner, caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper()
    shop = await partner.connector()
    shop.keep = keeper
    with caplog.at_level(logging.DEBUG):
        await shop.open({"token": partner.secrets["token"]})
        question = await asked_in_public(partner, shop, ANA)
        await partner.break_next(Fault.KEY_DEAD)
        with pytest.raises(Unauthorised) as caught:
            await shop.send(reply(question, words("hi")), new_key())
    await shop.close()
    kept = json.loads(keeper.kept[-1])
    for secret in (partner.secrets["token"], kept["access"], kept["refresh"]):
        assert secret not in caplog.text
        assert secret not in caught.value.words


async def _versions(shop: Connector, partner: AtprotoPartner, uri: str) -> list[Post]:
    async with listening(shop, partner.patience) as ear:
        await ear.post(uri)
        return ear.versions(uri)


async def _newcomer(partner: AtprotoPartner, name: str):
    person = await Person.arrives(partner.servers.pds, f"{name}{new_key()[:8]}.test")
    partner.chat.joins(person.did, person.handle)
    return person


def _ref(made: dict[str, str]) -> dict[str, str]:
    return {"uri": made["uri"], "cid": made["cid"]}
