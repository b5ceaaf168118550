"""Matrix on Synapse, beyond what the contract suite asks."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import (
    Address,
    CannotTell,
    Capability,
    ConnectorError,
    Doubtful,
    Lane,
    Likelihood,
    NotSent,
    Outgoing,
    Reason,
    Receipt,
    Refused,
    SlowDown,
    Unauthorised,
)
from connectors.matrix import wire
from connectors.matrix.connector import Matrix
from console.desk.model import DeliveryState
from tests.contract.ear import eventually, listening
from tests.contract.partner import ANA, BUDI, Fault
from tests.contract.talking import (
    asked_in_private,
    asked_in_public,
    first_message,
    new_key,
    reply,
    stands_once,
    words,
)
from tests.servers.counter import Counter
from tests.servers.matrix_partner import CREATING, SHOP, SynapsePartner
from tests.servers.matrix_people import Person
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.server


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def partner() -> AsyncIterator[SynapsePartner]:
    made = SynapsePartner()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def shop(partner: SynapsePartner) -> AsyncIterator[Matrix]:
    made = await partner.connector()
    assert isinstance(made, Matrix)
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


async def test_signing_in_by_password_keeps_the_device(partner: SynapsePartner) -> None:
    user = partner.people[SHOP].id
    talk = AtTheTerminal(partner.synapse.url, user, f"pw-{user[1:].split(':')[0]}", "1")
    done = await Matrix.sign_in(talk, {}, clock=clock)
    assert done.settings["rooms"] == partner.room
    assert done.hello.account.remote_id == user
    assert Capability.REPLY_PUBLIC in done.hello.can
    assert any("Help" in line for line in talk.told)
    talk = AtTheTerminal(user, f"pw-{user[1:].split(':')[0]}", "")
    again = await Matrix.sign_in(talk, done.settings, clock=clock)
    assert again.settings == done.settings
    # What is heard can be chosen anew; left empty, it stays.
    assert partner.room in talk.asked[-1]
    assert again.secrets["token"] != done.secrets["token"]
    # So what was in doubt before is still posted once.
    key, to = new_key(), wire.address(partner.people[ANA].id)
    sent = []
    for signed in (done, again):
        connector = Matrix(signed.settings, remembered=None, clock=clock)
        await connector.open(signed.secrets)
        question = await partner.people[ANA].says(partner.room, "hi", naming=[user])
        about = wire.remote_id(partner.room, question)
        sent.append(
            await connector.send(
                Outgoing(lane=Lane.PUBLIC, text="once", to=to, conversation=about), key
            )
        )
        await connector.close()
    assert sent[0].remote_id == sent[1].remote_id
    assert len(await partner.public_posts_of_shop()) == 1


async def test_a_wrong_password(partner: SynapsePartner) -> None:
    talk = AtTheTerminal(partner.synapse.url, partner.people[SHOP].id, "s3cret-but-wrong")
    with pytest.raises(Unauthorised) as caught:
        await Matrix.sign_in(talk, {}, clock=clock)
    assert "s3cret-but-wrong" not in caught.value.words
    assert "Nothing was stored." in caught.value.words
    # There is no room yet, nor any words.
    assert "room" not in caught.value.words
    assert "your words" not in caught.value.words


async def test_a_token_goes_in_as_it_is(partner: SynapsePartner) -> None:
    talk = AtTheTerminal(partner.synapse.url, "")
    done = await Matrix.sign_in(talk, dict(partner.secrets), clock=clock)
    assert done.secrets == dict(partner.secrets)
    assert Capability.REPLY_PUBLIC not in done.hello.can
    assert "rooms" in done.hello.cannot[Capability.REPLY_PUBLIC]


async def test_what_stands_in_the_way_is_named(partner: SynapsePartner) -> None:
    """A room we aren't in, one that is encrypted, one where we may not write, and none at all."""
    ana, shop = partner.people[ANA], partner.people[SHOP]
    other = await ana.makes_room(preset="public_chat")
    sealed = await _sealed_room(ana)
    await shop.joins(sealed)
    muted = await ana.makes_room(
        preset="public_chat", power_level_content_override={"events_default": 50}
    )
    await shop.joins(muted)
    rooms = f"{other} {sealed} {muted} #nowhere:localhost"
    connector = Matrix({"server": partner.proxy.url, "rooms": rooms}, remembered=None, clock=clock)
    hello = await connector.open(partner.secrets)
    assert {one.key: one.by_hand for one in hello.advice} == {
        f"join:{other}": False,
        f"sealed:{sealed}": True,
        f"muted:{muted}": True,
        "unknown:#nowhere:localhost": True,
    }
    # Of the rooms that it is in it may write in none.
    assert "encrypted, or closed" in hello.cannot[Capability.REPLY_PUBLIC]
    hello = await connector.take_advice(f"join:{other}")
    assert Capability.REPLY_PUBLIC in hello.can
    assert f"join:{other}" not in [one.key for one in hello.advice]
    with pytest.raises(Refused):
        await connector.take_advice(f"sealed:{sealed}")
    await connector.close()


async def test_who_is_put_out_of_a_room_is_told(partner: SynapsePartner) -> None:
    ana, shop = partner.people[ANA], partner.people[SHOP]
    room = await ana.makes_room(preset="public_chat")
    await shop.joins(room)
    settings = partner.settings() | {"rooms": f"{room} {partner.room}"}
    connector = Matrix(settings, remembered=None, clock=clock)
    await connector.open(partner.secrets)
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        await ana.call("POST", f"/rooms/{room}/kick", json={"user_id": shop.id})
        await ear.until(lambda: ear.error is not None, "it is told")
    assert "put out of a room" in str(ear.error)
    hello = await connector.open(partner.secrets)
    assert [one.key for one in hello.advice] == [f"join:{room}"]
    # The other one is heard as before, and it is told once.
    async with listening(connector, partner.patience, since=ear.cursor) as ear:
        await ear.post(await partner.writes_public(ANA, words("still there?")))
        assert ear.error is None
    await connector.close()


async def test_the_check_names_what_is_in_the_way_and_mends_what_it_can(
    partner: SynapsePartner, tmp_path: Path
) -> None:
    ana, shop = partner.people[ANA], partner.people[SHOP]
    other, sealed = await ana.makes_room(preset="public_chat"), await _sealed_room(ana)
    await shop.joins(sealed)
    config = tmp_path / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text(
        f'[accounts.mx]\nnetwork = "matrix"\nserver = "{partner.synapse.url}"\n'
        f'token_env = "MX_TOKEN"\n[accounts.mx.settings]\nrooms = "{other} {sealed}"\n'
    )
    config.chmod(0o600)
    env = {**os.environ, "GREENROOM_HOME": str(tmp_path), "MX_TOKEN": shop.token}

    async def check(*more: str) -> str:
        program = "import sys; from console.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", program, "account", "check", "mx", *more]
        made = await asyncio.create_subprocess_exec(
            *command, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        out, _ = await made.communicate()
        assert made.returncode == 0, out
        return out.decode()

    said = await check()
    assert f"isn't in {other}" in said
    assert f"{sealed} is encrypted" in said
    assert "--fix" in said
    said = await check("--fix")
    assert "put right" in said
    said = await check()
    assert other not in said
    assert f"{sealed} is encrypted" in said
    assert "--fix" not in said
    assert shop.token not in said


# --- the main job ----------------------------------------------------------------------------


async def test_moving_to_a_direct_room(partner: SynapsePartner, shop: Matrix) -> None:
    """Asked in public, answered in private: invited, not joined; then joined, and gone on."""
    ana = partner.people[ANA]
    async with listening(shop, partner.patience) as ear:
        await ear.caught_up()
        question = await ear.post(await partner.writes_public(ANA, words("it never came")))
        assert await shop.probe_private(question.author, None) is Likelihood.UNKNOWN
        receipt = await shop.send(first_message(question, words("which order")), new_key())
        echo = await ear.post(receipt.remote_id)
        assert echo.ours
        assert echo.lane is Lane.PRIVATE
        assert (echo.unread or "").startswith("invited, not joined")
        assert echo.to is not None
        assert echo.to.remote_id == ana.id
        assert await shop.probe_private(question.author, None) is Likelihood.UNLIKELY
        shown = await partner.people[SHOP].call(
            "GET", f"/user/{_shop(partner)}/account_data/m.direct"
        )
        assert shown == {ana.id: [receipt.conversation]}
        await ana.opens_invitations()
        await ear.until(
            lambda: ear.versions(receipt.remote_id)[-1].unread is None, "it is told that Ana came"
        )
        assert await shop.probe_private(question.author, None) is Likelihood.LIKELY
        # A second matter goes into the same room.
        again = await shop.send(first_message(question, words("and")), new_key())
        assert again.conversation == receipt.conversation
        assert (await ear.post(again.remote_id)).unread is None


async def test_who_came_while_we_were_away_is_told(partner: SynapsePartner, shop: Matrix) -> None:
    question = await asked_in_public(partner, shop, ANA)
    async with listening(shop, partner.patience) as ear:
        receipt = await shop.send(first_message(question, words("which order")), new_key())
        assert (await ear.post(receipt.remote_id)).unread
    await partner.people[ANA].opens_invitations()
    other = await partner.connector()
    await other.open(partner.secrets)
    async with listening(other, partner.patience, since=ear.cursor) as later:
        assert (await later.post(receipt.remote_id)).unread is None
    await other.close()


async def test_who_has_not_come_for_a_day_is_told_once_more(partner: SynapsePartner) -> None:
    moved = timedelta()

    def later() -> datetime:
        return clock() + moved

    settings = {"server": partner.proxy.url, "rooms": partner.room}
    shop = Matrix(settings, remembered=None, clock=later)
    await shop.open(partner.secrets)
    question = await asked_in_public(partner, shop, ANA)
    async with listening(shop, partner.patience) as ear:
        receipt = await shop.send(first_message(question, words("which order")), new_key())
        await ear.post(receipt.remote_id)
    moved = timedelta(hours=25)
    # In another run, which knows of it by the cursor alone.
    async with listening(shop, partner.patience, since=ear.cursor) as ear:
        assert "a day ago" in ((await ear.post(receipt.remote_id)).unread or "")
        await ear.caught_up()
        await partner.writes_public(ANA, words("and now?"))
        await ear.until(lambda: len(ear.posts) > 1, "more is heard")
        assert len(ear.versions(receipt.remote_id)) == 1
        await partner.people[ANA].opens_invitations()
        await ear.until(
            lambda: ear.versions(receipt.remote_id)[-1].unread is None, "it is told that Ana came"
        )
    await shop.close()


async def test_who_declines_is_told_and_not_written_to(
    partner: SynapsePartner, shop: Matrix
) -> None:
    question = await asked_in_public(partner, shop, ANA)
    async with listening(shop, partner.patience) as ear:
        receipt = await shop.send(first_message(question, words("which order")), new_key())
        await ear.post(receipt.remote_id)
        assert receipt.conversation is not None
        await partner.people[ANA].leaves(receipt.conversation)
        await ear.until(
            lambda: "passed" in (ear.versions(receipt.remote_id)[-1].unread or ""), "it is told"
        )
    assert await shop.probe_private(question.author, None) is Likelihood.UNLIKELY
    more = Outgoing(
        lane=Lane.PRIVATE,
        text=words("hello?"),
        to=question.author,
        conversation=receipt.conversation,
    )
    with pytest.raises(Refused) as caught:
        await shop.send(more, new_key())
    assert caught.value.reason is Reason.NOT_ACCEPTED


async def test_a_reply_in_a_thread_stays_in_it(partner: SynapsePartner, shop: Matrix) -> None:
    ana = partner.people[ANA]
    root = await ana.says(partner.room, words("anybody?"))
    thread = {"rel_type": "m.thread", "event_id": root, "m.in_reply_to": {"event_id": root}}
    event = await ana.says(
        partner.room, words("shop?"), naming=[_shop(partner)], **{"m.relates_to": thread}
    )
    async with listening(shop, partner.patience) as ear:
        question = await ear.post(wire.remote_id(partner.room, event))
    assert question.conversation == wire.remote_id(partner.room, root)
    assert [one.author for one in question.above] == [ana.id]
    receipt = await shop.send(reply(question, words("here")), new_key())
    found = wire.split(receipt.remote_id)
    assert found is not None
    raw = await ana.call("GET", f"/rooms/{found[0]}/event/{found[1]}")
    assert raw["content"]["m.relates_to"]["event_id"] == root
    assert raw["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == event
    assert receipt.conversation == question.conversation


async def test_only_what_is_for_us_is_heard_in_the_open(
    partner: SynapsePartner, shop: Matrix
) -> None:
    ana, budi = partner.people[ANA], partner.people[BUDI]
    chat = await ana.says(partner.room, words("nice weather"))
    about = await budi.says(partner.room, f"{_shop(partner)} is a shop", naming=[ana.id])
    question = await ana.says(partner.room, words("parcel?"), naming=[_shop(partner)])
    goes_on = await ana.says(partner.room, words("hello?"), reply_to=question)
    bystander = await budi.says(partner.room, words("same here"), reply_to=question)
    last = await ana.says(partner.room, words("please"), naming=[_shop(partner)])
    async with listening(shop, partner.patience) as ear:
        await ear.post(wire.remote_id(partner.room, last))
        heard = [post.remote_id for post in ear.posts]
    assert heard == [wire.remote_id(partner.room, one) for one in (question, goes_on, last)]
    assert not {chat, about, bystander} & {str(wire.split(one)) for one in heard}


async def test_encrypted_rooms_are_named_and_not_pretended(
    partner: SynapsePartner, shop: Matrix
) -> None:
    ana = partner.people[ANA]
    room = await _sealed_room(ana, is_direct=True, invite=[_shop(partner)])
    async with listening(shop, partner.patience) as ear:
        await ear.caught_up()
        await eventually(
            lambda: ana.call("GET", f"/rooms/{room}/joined_members"),
            lambda found: _shop(partner) in found["joined"],
            partner.patience,
        )
        event = await ana.sends(
            room, "m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}
        )
        post = await ear.post(wire.remote_id(room, event))
        assert post.text == wire.SEALED
        with pytest.raises(Refused) as caught:
            await shop.send(reply(post, words("hi")), new_key())
        assert caught.value.reason is Reason.NOT_ALLOWED
        assert "encrypted" in caught.value.words
        # A new matter gets a room that can be read.
        receipt = await shop.send(
            Outgoing(lane=Lane.PRIVATE, text=words("hi"), to=post.author), new_key()
        )
        assert receipt.conversation != room
        # They may not come in there, and an answer needs to be read.
        with pytest.raises(Refused):
            await shop.send(reply(post, words("hello?")), new_key())
        await ana.opens_invitations()
        answer, key, tried_at = reply(post, words("so here")), new_key(), clock()
        await partner.break_next(Fault.ANSWER_LOST)
        with pytest.raises(Doubtful):
            await shop.send(answer, key)
        found = await shop.find_sent(answer, key, tried_at=tried_at, claimed=frozenset())
        assert isinstance(found, Receipt)
        assert found.conversation == receipt.conversation


async def test_what_it_answers_is_gone(partner: SynapsePartner, shop: Matrix) -> None:
    question = await asked_in_public(partner, shop, ANA)
    await partner.deletes(ANA, question.remote_id)
    with pytest.raises(Refused) as caught:
        await shop.send(reply(question, words("late")), new_key())
    assert caught.value.reason is Reason.GONE
    assert not await partner.public_posts_of_shop()


async def test_words_for_one_never_go_into_the_open(partner: SynapsePartner, shop: Matrix) -> None:
    question = await asked_in_public(partner, shop, ANA)
    with pytest.raises(Refused) as caught:
        await shop.send(
            Outgoing(
                lane=Lane.PRIVATE,
                text=words("your address"),
                to=question.author,
                conversation=partner.room,
            ),
            new_key(),
        )
    assert caught.value.reason is Reason.WRONG_AUDIENCE
    # A direct room into which somebody else was asked is not used for a new matter.
    first = await shop.send(first_message(question, words("which order")), new_key())
    ana = partner.people[ANA]
    await ana.opens_invitations()
    await ana.call(
        "POST", f"/rooms/{first.conversation}/invite", json={"user_id": partner.people[BUDI].id}
    )
    more = Outgoing(
        lane=Lane.PRIVATE, text=words("street"), to=question.author, conversation=first.conversation
    )
    for refused in (shop.send(more, new_key()), shop.edit(first.remote_id, more)):
        with pytest.raises(Refused) as caught:
            await refused
        assert caught.value.reason is Reason.WRONG_AUDIENCE
        assert partner.people[BUDI].id in caught.value.words
    second = await shop.send(first_message(question, words("and your address")), new_key())
    assert second.conversation != first.conversation


# --- `m` --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["possible", "passed over", "refused", "lost", "unknown"])
async def test_moving_to_a_private_message_ends_in_what_is_true(
    partner: SynapsePartner, tmp_path: Path, state: str
) -> None:
    """Whether an invitation is taken nobody tells: the line always says where else to look."""
    ana, shop = partner.people[ANA], partner.people[SHOP]
    counter = Counter(tmp_path, Matrix, partner.settings(), partner.secrets)
    try:
        await counter.open()
        view = await counter.hears(await partner.writes_public(ANA, "my parcel 4711 never came"))
        if state == "refused":
            partner.proxy.befall(Fault.NO_RIGHT, CREATING)
        plan, handoff = await counter.hand_off(view)
        if state in ("lost", "unknown"):
            await partner.break_next(Fault.ANSWER_GARBLED)
            counter.later(9)
            await counter.dispatch.step()
            assert await counter.state(handoff.private) is DeliveryState.DOUBTFUL
        if state == "unknown":
            # The shop went out of the room with another app: nobody can look there any more.
            (room,) = await _invitations_and_rooms(partner, ANA)
            private = (await partner.private_posts_to(ANA))[0].text
            await shop.leaves(room)
            await shop.call("POST", f"/rooms/{room}/forget", json={})
            assert private == plan.private
        await counter.step(60)
        said = [one.text for one in await partner.public_posts_of_shop()]
        line = plan.acknowledgement
        assert not any("4711" in one for one in said)
        if state == "unknown":
            assert said == [line.unknown]
            assert await counter.state(handoff.private) is DeliveryState.DOUBTFUL
            return
        if state == "refused":
            assert said == [line.refused]
            assert "help@kiln.example" in line.refused
            assert await counter.state(handoff.private) is DeliveryState.REFUSED
            assert not await _invitations_and_rooms(partner, ANA)
            return
        assert said == [line.sent]
        assert "help@kiln.example" in line.sent
        assert await counter.state(handoff.private) is DeliveryState.SENT
        (room,) = await _invitations_and_rooms(partner, ANA)
        if state == "passed over":
            await ana.leaves(room)

            async def ours_again() -> object:
                view = await counter.view()
                waits = view.row.waiting_since is not None
                return waits and any("passed" in (one.unread or "") for one in view.messages)

            await counter.until(ours_again)
        else:
            assert [one.text for one in await partner.private_posts_to(ANA)] == [plan.private]
    finally:
        await counter.close()


# --- bad luck --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.ANSWER_GARBLED, Fault.REQUEST_LOST])
async def test_a_lost_room_is_found_again(
    partner: SynapsePartner, shop: Matrix, fault: Fault
) -> None:
    question = await asked_in_public(partner, shop, ANA)
    outgoing, key, tried_at = first_message(question, words("which order")), new_key(), clock()
    partner.proxy.befall(fault, CREATING)
    with pytest.raises(Doubtful) as caught:
        await shop.send(outgoing, key)
    assert "room" in caught.value.words
    # Another run, which remembers nothing.
    other = await partner.connector()
    await other.open(partner.secrets)

    async def look() -> object:
        return await other.find_sent(outgoing, key, tried_at=tried_at, claimed=frozenset())

    found = await eventually(look, lambda one: not isinstance(one, CannotTell), partner.patience)
    assert isinstance(found, NotSent), found
    receipt = await other.send(outgoing, key)
    await stands_once(partner, outgoing.text, Lane.PRIVATE, ANA)
    assert len(await _invitations_and_rooms(partner, ANA)) == 1
    found = await look()
    assert isinstance(found, Receipt)
    assert found.remote_id == receipt.remote_id
    await other.close()


@pytest.mark.parametrize("hours", [-30, 30])
async def test_a_wrong_clock_of_ours_hides_nothing(partner: SynapsePartner, hours: int) -> None:
    def wrong() -> datetime:
        return clock() + timedelta(hours=hours)

    shop = Matrix(
        {"server": partner.proxy.url, "rooms": partner.room, "settle_seconds": "0"},
        remembered=None,
        clock=wrong,
    )
    await shop.open(partner.secrets)
    question = await asked_in_public(partner, shop, ANA)
    for outgoing in (reply(question, words("once")), first_message(question, words("one"))):
        key, tried_at = new_key(), wrong()
        await partner.break_next(Fault.ANSWER_LOST)
        with pytest.raises(Doubtful):
            await shop.send(outgoing, key)
        found = await shop.find_sent(outgoing, key, tried_at=tried_at, claimed=frozenset())
        assert isinstance(found, Receipt), found
        # Hours later it is still proved by a look.
        found = await shop.find_sent(
            outgoing, key, tried_at=tried_at - timedelta(hours=2), claimed=frozenset()
        )
        assert isinstance(found, Receipt), found
    await shop.close()


@pytest.mark.parametrize("kind", ["closed", "hasty"])
async def test_a_room_that_was_made_for_nothing_is_left(kind: str) -> None:
    """Synapse makes the room, then stumbles over the invitation."""
    server = Synapse(closed=kind == "closed", hasty=kind == "hasty")
    await server.start()
    try:
        signed_in = await server.register(SHOP)
        shop = Person(server.url, signed_in)
        ana = Address(remote_id="@ana:localhost", handle="@ana:localhost")
        await server.register(ANA)
        if kind == "hasty":
            for name in ("one", "two"):
                other = (await server.register(name))["user_id"]
                await shop.makes_room(invite=[other])
        connector = Matrix({"server": server.url}, remembered=None, clock=clock)
        await connector.open({"token": shop.token})
        before = (await shop.call("GET", "/joined_rooms"))["joined_rooms"]
        with pytest.raises(ConnectorError) as caught:
            await connector.send(Outgoing(lane=Lane.PRIVATE, text="Hi", to=ana), new_key())
        if kind == "closed":
            assert isinstance(caught.value, Refused)
            assert caught.value.reason is Reason.NOT_ACCEPTED
        else:
            assert isinstance(caught.value, SlowDown)
        assert (await shop.call("GET", "/joined_rooms"))["joined_rooms"] == before
        await connector.close()
        await shop.close()
    finally:
        server.away()


async def test_a_real_429() -> None:
    server = Synapse(hasty=True)
    await server.start()
    try:
        signed_in = await server.register(SHOP)
        ana = Person(server.url, await server.register(ANA))
        room = await ana.makes_room(preset="public_chat")
        connector = Matrix({"server": server.url, "rooms": room}, remembered=None, clock=clock)
        secrets = {"token": signed_in["access_token"]}
        await connector.open(secrets)
        await connector.take_advice(f"join:{room}")
        question = await ana.says(room, "hi", naming=[signed_in["user_id"]])
        to = Address(remote_id=ana.id, handle=ana.id)
        about = wire.remote_id(room, question)
        answer = Outgoing(lane=Lane.PUBLIC, text="answer", to=to, reply_to=about)
        caught, said = None, 0
        while caught is None and said < 5:
            try:
                await connector.send(answer, new_key())
                said += 1
            except SlowDown as wait:
                caught = wait
        assert caught is not None
        assert 0 < (caught.until - clock()).total_seconds() <= 10
        assert len(await _said_in(ana, room)) == said
        await connector.close()
        await ana.close()
    finally:
        server.away()


async def test_a_server_that_is_started_again_skips_nothing() -> None:
    server = Synapse()
    await server.start()
    try:
        signed_in = await server.register(SHOP)
        ana = Person(server.url, await server.register(ANA))
        room = await ana.makes_room(preset="public_chat")
        connector = Matrix({"server": server.url, "rooms": room}, remembered=None, clock=clock)
        await connector.open({"token": signed_in["access_token"]})
        await connector.take_advice(f"join:{room}")
        async with listening(connector, 30.0, again=True) as ear:
            await ear.caught_up()
            first = await ana.says(room, "one", naming=[signed_in["user_id"]])
            await ear.post(wire.remote_id(room, first))
            await server.stop()
            await server.start()
            second = await ana.says(room, "two", naming=[signed_in["user_id"]])
            post = await ear.post(wire.remote_id(room, second))
        # The transaction id outlives the restart too.
        key = new_key()
        receipt = await connector.send(reply(post, "once"), key)
        await server.stop()
        await server.start()
        assert (await connector.send(reply(post, "once"), key)).remote_id == receipt.remote_id
        await connector.close()
        await ana.close()
    finally:
        server.away()


async def test_a_key_never_shows(
    partner: SynapsePartner, shop: Matrix, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        question = await asked_in_private(partner, shop, ANA)
        await shop.send(reply(question, words("hi")), new_key())
        await partner.break_next(Fault.KEY_DEAD)
        with pytest.raises(Unauthorised) as caught:
            await shop.send(reply(question, words("hi")), new_key())
    token = partner.secrets["token"]
    assert token not in caplog.text
    assert token not in caught.value.words


async def _sealed_room(person: Person, **fields: Any) -> str:
    encryption = {"algorithm": "m.megolm.v1.aes-sha2"}
    return await person.makes_room(
        **{"preset": "public_chat", **fields},
        initial_state=[{"type": "m.room.encryption", "state_key": "", "content": encryption}],
    )


async def _said_in(person: Person, room: str) -> list[Any]:
    return [one for one in (await person.sees())[room] if one["sender"] != person.id]


def _shop(partner: SynapsePartner) -> str:
    return partner.people[SHOP].id


async def _invitations_and_rooms(partner: SynapsePartner, customer: str) -> set[str]:
    """The rooms besides the open one that a customer is in or asked into."""
    rooms = (await partner.people[customer].sync())["rooms"]
    return {*rooms.get("invite", {}), *rooms.get("join", {})} - {partner.room}
