"""The same promises on a network that has no public lane: e-mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import (
    Audience,
    Capability,
    Connector,
    ConnectorError,
    Doubtful,
    Hello,
    Lane,
    NotSent,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
    SlowDown,
    Unreachable,
)
from tests.contract.ear import listening
from tests.contract.needs import needs
from tests.contract.partner import ANA, BUDI, VERDICTS, Ability, Fault, NotTaken, Partner
from tests.contract.talking import (
    asked_in_private,
    look_for,
    new_key,
    reply,
    standing,
    stands_once,
    words,
)
from tests.hostile.corpus import BIG, TEXTS, acts_on_a_terminal

alone = needs(Ability.WRITE_PRIVATE, Capability.REPLY_PRIVATE, without=(Ability.WRITE_PUBLIC,))


@alone
async def test_a_message_arrives_whole(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    said = words("my parcel never came: what now? <3 & more")
    remote_id = await partner.writes_privately(ANA, said)
    async with listening(connector, partner.patience) as ear:
        post = await ear.post(remote_id)
        await ear.caught_up()
        assert set(ear.versions(remote_id)) == {post}
    assert said in post.text
    assert post.lane is Lane.PRIVATE
    assert post.audience is Audience.NAMED
    assert not post.ours
    assert ANA in post.author.handle
    assert post.author.remote_id != hello.account.remote_id
    assert post.at.utcoffset() == timedelta()
    assert abs(post.at - partner.now()) < timedelta(minutes=10)
    assert post.conversation is not None


@alone
async def test_what_is_written_while_we_listen_arrives(
    partner: Partner, connector: Connector
) -> None:
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        first = await partner.writes_privately(ANA, words("one"))
        second = await partner.writes_privately(BUDI, words("two"))
        assert ANA in (await ear.post(first)).author.handle
        assert BUDI in (await ear.post(second)).author.handle
        assert len(set(ear.versions(first))) == 1


@alone
async def test_an_answer_to_us_joins_its_conversation(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    receipt = await connector.send(reply(question, words("which order is it")), new_key())
    await stands_once(partner, "which order is it", Lane.PRIVATE, ANA)
    remote_id = await partner.writes_privately(ANA, words("this"), reply_to=receipt.remote_id)
    async with listening(connector, partner.patience) as ear:
        answer = await ear.post(remote_id)
    assert answer.reply_to == receipt.remote_id
    assert answer.conversation == question.conversation == receipt.conversation


@alone
async def test_two_matters_are_two_conversations(partner: Partner, connector: Connector) -> None:
    one = await asked_in_private(partner, connector, ANA)
    other = await asked_in_private(partner, connector, BUDI)
    assert one.conversation != other.conversation


# --- the cursor ------------------------------------------------------------------------------


@alone
async def test_more_than_two_pages_missed_arrive_in_their_order(
    partner: Partner, connector: Connector
) -> None:
    first = await partner.writes_privately(ANA, words("before"))
    async with listening(connector, partner.patience) as ear:
        await ear.post(first)
        await ear.caught_up()
    assert ear.cursor is not None
    missed = [
        await partner.writes_privately((ANA, BUDI)[number % 2], words(f"missed {number}"))
        for number in range(2 * partner.page + 3)
    ]
    other = await partner.connector()
    await other.open(partner.secrets)
    try:
        async with listening(other, partner.patience, since=ear.cursor) as later:
            for remote_id in missed:
                await later.post(remote_id)
            await later.caught_up()
    finally:
        await other.close()
    heard = [post.remote_id for post in later.posts if post.remote_id in missed]
    assert set(heard) == set(missed)
    assert first not in {post.remote_id for post in later.posts}
    if Ability.IN_TURN in partner.abilities:
        assert list(dict.fromkeys(heard)) == missed


@alone
async def test_a_stop_in_the_middle_of_catching_up_skips_nothing(
    partner: Partner, connector: Connector
) -> None:
    written = {
        await partner.writes_privately(ANA, words(f"number {number}"))
        for number in range(2 * partner.page + 1)
    }
    async with listening(connector, partner.patience) as settled:
        for remote_id in written:
            await settled.post(remote_id)
    heard: set[str] = set()
    cursor = None
    for _ in range(len(written) + 3):
        # A desk that is killed after every batch it has stored.
        async with listening(connector, partner.patience, since=cursor) as ear:
            await ear.until(lambda: bool(ear.batches), "a batch")
            stored = ear.batches[0]
        heard |= {post.remote_id for post in stored.arrivals if isinstance(post, Post)}
        cursor = stored.cursor if stored.cursor is not None else cursor
        if written <= heard:
            break
    assert written <= heard


@alone
async def test_the_same_cursor_tells_the_same_again(partner: Partner, connector: Connector) -> None:
    first = await partner.writes_privately(ANA, words("before"))
    async with listening(connector, partner.patience) as ear:
        await ear.post(first)
        await ear.caught_up()
    second = await partner.writes_privately(ANA, words("after"))
    told: list[Post] = []
    for _ in range(2):
        async with listening(connector, partner.patience, since=ear.cursor) as later:
            told.append(await later.post(second))
    assert told[0] == told[1]


@alone
async def test_hostile_texts_come_through(partner: Partner, connector: Connector) -> None:
    written = []
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        for name, text in TEXTS.items():
            if name in BIG:
                continue
            try:
                written.append(await partner.writes_privately(ANA, text))
            except NotTaken:
                continue
        last = await partner.writes_privately(BUDI, words("and now something plain"))
        assert acts_on_a_terminal((await ear.post(last)).text) is None
        for remote_id in written:
            await ear.post(remote_id)


@alone
async def test_listening_ends_when_cancelled_as_something_arrives(
    partner: Partner, connector: Connector
) -> None:
    for _ in range(3):
        async with listening(connector, partner.patience) as ear:
            await ear.caught_up()
            await partner.writes_privately(ANA, words("on the way out"))
        assert ear.error is None


@needs(Ability.WRITE_PRIVATE, Ability.CUT, without=(Ability.WRITE_PUBLIC,))
@pytest.mark.parametrize("cuts", [1, 3])
async def test_a_cut_connection_skips_nothing(
    partner: Partner, connector: Connector, cuts: int
) -> None:
    written = []
    async with listening(connector, partner.patience, again=True) as ear:
        await ear.caught_up()
        for number in range(cuts):
            written.append(await partner.writes_privately(ANA, words(f"before cut {number}")))
            await partner.cut()
            written.append(await partner.writes_privately(BUDI, words(f"after cut {number}")))
            await ear.post(written[-1])
        for remote_id in written:
            await ear.post(remote_id)


# --- the way out -----------------------------------------------------------------------------


@alone
async def test_our_own_message_comes_back_as_ours(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    said = words("it leaves today")
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        receipt = await connector.send(reply(question, said), new_key())
        echo = await ear.post(receipt.remote_id)
    assert echo.ours
    assert echo.author.remote_id == hello.account.remote_id
    assert said in echo.text
    assert echo.to is not None
    assert echo.to.remote_id == question.author.remote_id
    assert echo.conversation == question.conversation
    seen = await stands_once(partner, said, Lane.PRIVATE, ANA)
    assert seen.reply_to == question.remote_id


@alone
async def test_nobody_else_gets_it(partner: Partner, connector: Connector) -> None:
    other = await asked_in_private(partner, connector, BUDI)
    question = await asked_in_private(partner, connector, ANA)
    said = words("which order is it")
    text = f"You wrote: “{other.author.handle} told me to ask”. {said}"
    await connector.send(reply(question, text), new_key())
    await stands_once(partner, said, Lane.PRIVATE, ANA)
    assert not await standing(partner, said, Lane.PRIVATE, BUDI)


@alone
async def test_there_is_no_public_lane_to_answer_in(partner: Partner, connector: Connector) -> None:
    question = await asked_in_private(partner, connector, ANA)
    outgoing = Outgoing(lane=Lane.PUBLIC, text=words("never"), to=question.author)
    with pytest.raises(Refused) as caught:
        await connector.send(outgoing, new_key())
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert not await standing(partner, outgoing.text, Lane.PRIVATE, ANA)


@alone
async def test_what_was_sent_is_found_and_nothing_else(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    outgoing, key = reply(question, words("found again")), new_key()
    tried_at = partner.now()
    receipt = await connector.send(outgoing, key)
    found = await look_for(partner, connector, outgoing, key, tried_at=tried_at, until_receipt=True)
    assert isinstance(found, Receipt)
    assert found.remote_id == receipt.remote_id
    never = await connector.find_sent(
        outgoing, new_key(), tried_at=tried_at, claimed={receipt.remote_id}
    )
    assert not isinstance(never, Receipt)


@alone
async def test_a_fault_is_called_what_it_is_and_posts_once_at_most(
    partner: Partner, connector: Connector, fault: Fault
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    outgoing, key = reply(question, words("bad luck")), new_key()
    verdict, tried_at = VERDICTS[fault], partner.now()
    await partner.break_next(fault)
    with pytest.raises(ConnectorError) as caught:
        await connector.send(outgoing, key)
    error = caught.value
    assert type(error) is verdict.error, f"{fault.value}: {error!r}"
    assert error.words
    assert not any(secret in error.words for secret in partner.secrets.values())
    if isinstance(error, Refused) and verdict.reason is not None:
        assert error.reason is verdict.reason
    if isinstance(error, SlowDown):
        assert error.until > partner.now()
    if verdict.posted:
        await stands_once(partner, outgoing.text, Lane.PRIVATE, ANA)
    else:
        assert not await standing(partner, outgoing.text, Lane.PRIVATE, ANA)
    safe = isinstance(error, Unreachable | SlowDown)
    if isinstance(error, Doubtful) and Capability.FIND_SENT in partner.can:
        if verdict.posted:
            found = await look_for(
                partner, connector, outgoing, key, tried_at=tried_at, until_receipt=True
            )
        else:
            found = await connector.find_sent(outgoing, key, tried_at=tried_at, claimed=set())
        assert isinstance(found, Receipt) is verdict.posted, found
        safe = isinstance(found, NotSent)
    if safe:
        await connector.send(outgoing, key)
        await stands_once(partner, outgoing.text, Lane.PRIVATE, ANA)
    else:
        assert len(await standing(partner, outgoing.text, Lane.PRIVATE, ANA)) <= 1


@alone
async def test_a_fault_at_sending_leaves_listening_alone(
    partner: Partner, connector: Connector, fault: Fault
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    async with listening(connector, partner.patience, again=True) as ear:
        await ear.caught_up()
        await partner.break_next(fault)
        with pytest.raises(VERDICTS[fault].error):
            await connector.send(reply(question, words("bad luck")), new_key())
        await ear.post(await partner.writes_privately(ANA, words("are you there")))


@needs(Ability.WRITE_PRIVATE, Ability.STOP, without=(Ability.WRITE_PUBLIC,))
async def test_sending_to_a_server_that_is_down_leaves_nothing_behind(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    said, key = words("later"), new_key()
    await partner.goes_down()
    with pytest.raises(Unreachable):
        await connector.send(reply(question, said), key)
    await partner.comes_up()
    assert not await standing(partner, said, Lane.PRIVATE, ANA)
    await connector.send(reply(question, said), key)
    await stands_once(partner, said, Lane.PRIVATE, ANA)
