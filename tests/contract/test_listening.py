"""What arrives: once, whole, in its lane and its conversation, and nothing is ever skipped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import Audience, Capability, Connector, Hearing, Hello, Lane, Post
from tests.contract.ear import listening
from tests.contract.needs import needs
from tests.contract.partner import ANA, BUDI, Ability, NotTaken, Partner
from tests.contract.talking import (
    asked_in_private,
    asked_in_public,
    first_message,
    new_key,
    reply,
    words,
)
from tests.hostile.corpus import BIG, TEXTS, acts_on_a_terminal


def only_version(versions: list[Post]) -> Post:
    """A post may be repeated, and each repeat says the same."""
    assert len(set(versions)) == 1, versions
    return versions[0]


@needs(Ability.WRITE_PUBLIC)
async def test_a_public_post_arrives_whole(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    said = words("my parcel never came: what now? <3 & more")
    remote_id = await partner.writes_public(ANA, said)
    async with listening(connector, partner.patience) as ear:
        post = await ear.post(remote_id)
        await ear.caught_up()
        assert only_version(ear.versions(remote_id)) == post
    assert said in post.text
    assert post.lane is Lane.PUBLIC
    assert not post.ours
    assert post.author.remote_id
    assert ANA in post.author.handle
    assert post.author.remote_id != hello.account.remote_id
    assert post.at.utcoffset() == timedelta()
    assert abs(post.at - partner.now()) < timedelta(minutes=10)
    assert post.url is not None
    assert post.conversation is not None
    assert post.edited_at is None


@needs(Ability.WRITE_PRIVATE)
async def test_a_private_message_arrives_in_the_private_lane(
    partner: Partner, connector: Connector
) -> None:
    said = words("this is only for you")
    remote_id = await partner.writes_privately(ANA, said)
    async with listening(connector, partner.patience) as ear:
        post = await ear.post(remote_id)
    assert said in post.text
    assert post.lane is Lane.PRIVATE
    assert post.audience is Audience.NAMED
    assert ANA in post.author.handle
    assert post.conversation is not None


@needs(Ability.WRITE_PUBLIC)
async def test_what_is_written_while_we_listen_arrives(
    partner: Partner, connector: Connector
) -> None:
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        first = await partner.writes_public(ANA, words("one"))
        second = await partner.writes_public(BUDI, words("two"))
        assert ANA in (await ear.post(first)).author.handle
        assert BUDI in (await ear.post(second)).author.handle
        only_version(ear.versions(first))


async def test_a_quiet_network_is_caught_up_at_once(partner: Partner, connector: Connector) -> None:
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        assert ear.batches[-1].hearing in (Hearing.STREAMING, Hearing.POLLING)


@needs(Ability.NAME_OTHERS)
async def test_others_who_are_named_are_known(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    remote_id = await partner.writes_public(ANA, words("you two"), naming=(BUDI,))
    async with listening(connector, partner.patience) as ear:
        post = await ear.post(remote_id)
    assert any(BUDI in handle for handle in post.also)
    assert not any(ANA in handle for handle in post.also)
    assert hello.account.handle not in post.also


@needs(Ability.WARN)
async def test_a_content_warning_is_kept_apart(partner: Partner, connector: Connector) -> None:
    said = words("covered")
    remote_id = await partner.writes_public(ANA, said, warning="a cut finger")
    async with listening(connector, partner.patience) as ear:
        post = await ear.post(remote_id)
    assert post.warning == "a cut finger"
    assert said in post.text


@needs(Ability.ATTACH)
async def test_attachments_are_listed(partner: Partner, connector: Connector) -> None:
    remote_id = await partner.writes_public(ANA, words("look"), attachment="a cracked plate")
    async with listening(connector, partner.patience) as ear:
        post = await ear.post(remote_id)
    assert [(a.kind, a.description) for a in post.attachments] == [("image", "a cracked plate")]
    assert post.attachments[0].url


# --- conversations ---------------------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_a_public_answer_to_us_joins_its_conversation(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    receipt = await connector.send(reply(question, words("which order is it")), new_key())
    remote_id = await partner.writes_public(ANA, words("this one"), reply_to=receipt.remote_id)
    async with listening(connector, partner.patience) as ear:
        answer = await ear.post(remote_id)
    assert answer.lane is Lane.PUBLIC
    assert answer.reply_to == receipt.remote_id
    assert answer.conversation == question.conversation


@needs(Ability.WRITE_PUBLIC)
async def test_a_customer_who_goes_on_joins_the_conversation(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    remote_id = await partner.writes_public(ANA, words("and"), reply_to=question.remote_id)
    async with listening(connector, partner.patience) as ear:
        more = await ear.post(remote_id)
    assert more.reply_to == question.remote_id
    assert more.conversation == question.conversation


@needs(Ability.WRITE_PUBLIC)
async def test_two_matters_are_two_conversations(partner: Partner, connector: Connector) -> None:
    one = await asked_in_public(partner, connector, ANA)
    other = await asked_in_public(partner, connector, BUDI)
    assert one.conversation != other.conversation


@needs(Ability.WRITE_PUBLIC, Ability.WRITE_PRIVATE, Capability.OPEN_PRIVATE)
async def test_the_private_answer_joins_the_lane_that_we_opened(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    receipt = await connector.send(first_message(question, words("which order")), new_key())
    remote_id = await partner.writes_privately(ANA, words("4711"), reply_to=receipt.remote_id)
    async with listening(connector, partner.patience) as ear:
        answer = await ear.post(remote_id)
    assert answer.lane is Lane.PRIVATE
    assert answer.reply_to == receipt.remote_id or (
        receipt.conversation is not None and answer.conversation == receipt.conversation
    )


# --- the cursor ------------------------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC)
async def test_what_happened_while_we_were_away_arrives(
    partner: Partner, connector: Connector
) -> None:
    first = await partner.writes_public(ANA, words("before"))
    async with listening(connector, partner.patience) as ear:
        await ear.post(first)
        await ear.caught_up()
    assert ear.cursor is not None
    missed = await partner.writes_public(BUDI, words("while away"))
    other = await partner.connector()
    await other.open(partner.secrets)
    try:
        async with listening(other, partner.patience, since=ear.cursor) as later:
            await later.post(missed)
    finally:
        await other.close()


@needs(Ability.WRITE_PUBLIC)
async def test_more_than_two_pages_missed_arrive_in_their_order(
    partner: Partner, connector: Connector
) -> None:
    first = await partner.writes_public(ANA, words("before"))
    async with listening(connector, partner.patience) as ear:
        await ear.post(first)
        await ear.caught_up()
    missed = [
        await partner.writes_public((ANA, BUDI)[number % 2], words(f"missed {number}"))
        for number in range(2 * partner.page + 3)
    ]
    async with listening(connector, partner.patience, since=ear.cursor) as later:
        for remote_id in missed:
            await later.post(remote_id)
        await later.caught_up()
    heard = [post.remote_id for post in later.posts if post.remote_id in missed]
    assert set(heard) == set(missed)
    if Ability.IN_TURN in partner.abilities:
        assert list(dict.fromkeys(heard)) == missed


@needs(Ability.WRITE_PUBLIC, Ability.TOLD_AGAIN)
async def test_a_stop_in_the_middle_of_catching_up_skips_nothing(
    partner: Partner, connector: Connector
) -> None:
    written = {
        await partner.writes_public(ANA, words(f"number {number}"))
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


@needs(Ability.WRITE_PUBLIC, Ability.TOLD_AGAIN)
async def test_the_same_cursor_tells_the_same_again(partner: Partner, connector: Connector) -> None:
    first = await partner.writes_public(ANA, words("before"))
    async with listening(connector, partner.patience) as ear:
        await ear.post(first)
        await ear.caught_up()
    second = await partner.writes_public(ANA, words("after"))
    told: list[Post] = []
    for _ in range(2):
        async with listening(connector, partner.patience, since=ear.cursor) as later:
            told.append(await later.post(second))
    assert told[0] == told[1]


# --- what changes afterwards -----------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Ability.EDIT)
async def test_an_edit_is_the_same_post_with_other_words(
    partner: Partner, connector: Connector
) -> None:
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        remote_id = await partner.writes_public(ANA, words("size M"))
        await ear.post(remote_id)
        said = words("size L")
        await partner.edits(ANA, remote_id, said)
        await ear.until(
            lambda: said in ear.versions(remote_id)[-1].text, "the edit arrives as the same post"
        )
        post = ear.versions(remote_id)[-1]
    assert post.edited_at is not None
    assert post.lane is Lane.PUBLIC
    assert ANA in post.author.handle


@needs(Ability.WRITE_PUBLIC, Ability.DELETE)
async def test_what_is_taken_away_is_reported(partner: Partner, connector: Connector) -> None:
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        kept = await partner.writes_public(ANA, words("kept"))
        remote_id = await partner.writes_public(ANA, words("regretted"))
        await ear.post(kept)
        await ear.post(remote_id)
        await partner.deletes(ANA, remote_id)
        await ear.until(lambda: ear.deleted(remote_id), "the deletion arrives")
        assert not ear.deleted(kept)


# --- hostile texts ---------------------------------------------------------------------------


async def _survives(partner: Partner, connector: Connector, texts: dict[str, str]) -> None:
    written: dict[str, str] = {}
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        for name, text in texts.items():
            try:
                written[name] = await partner.writes_public(ANA, text)
            except NotTaken:
                continue
        last = await partner.writes_public(BUDI, words("and now something plain"))
        assert acts_on_a_terminal((await ear.post(last)).text) is None
        for name, remote_id in written.items():
            post = await ear.post(remote_id)
            if Ability.VERBATIM in partner.abilities:
                assert post.text == texts[name], name
    assert written


@needs(Ability.WRITE_PUBLIC)
async def test_hostile_texts_come_through(partner: Partner, connector: Connector) -> None:
    names = [name for name in TEXTS if name not in BIG]
    if Ability.MANY not in partner.abilities:
        names = names[::4]
    await _survives(partner, connector, {name: TEXTS[name] for name in names})


@needs(Ability.WRITE_PUBLIC, Ability.VERBATIM)
async def test_texts_of_a_megabyte_come_through(partner: Partner, connector: Connector) -> None:
    await _survives(partner, connector, {name: TEXTS[name] for name in sorted(BIG)})


# --- an end, and a connection that breaks -----------------------------------------------------


@needs(Ability.WRITE_PUBLIC)
async def test_listening_ends_when_cancelled_as_something_arrives(
    partner: Partner, connector: Connector
) -> None:
    # What arrives and the cancellation meet: `asyncio.wait_for` of Python 3.11 loses the latter.
    for _ in range(3):
        async with listening(connector, partner.patience) as ear:
            await ear.caught_up()
            await partner.writes_public(ANA, words("on the way out"))
        assert ear.error is None


@needs(Ability.WRITE_PUBLIC, Ability.CUT)
@pytest.mark.parametrize("cuts", [1, 3])
async def test_a_cut_connection_skips_nothing(
    partner: Partner, connector: Connector, cuts: int
) -> None:
    written = []
    async with listening(connector, partner.patience, again=True) as ear:
        await ear.caught_up()
        for number in range(cuts):
            written.append(await partner.writes_public(ANA, words(f"before cut {number}")))
            await partner.cut()
            written.append(await partner.writes_public(BUDI, words(f"after cut {number}")))
            await ear.post(written[-1])
        for remote_id in written:
            await ear.post(remote_id)


@needs(Ability.WRITE_PRIVATE, Ability.STOP)
async def test_a_server_that_went_away_and_came_back_skips_nothing(
    partner: Partner, connector: Connector
) -> None:
    before = await asked_in_private(partner, connector, ANA)
    async with listening(connector, partner.patience, again=True) as ear:
        if Ability.TOLD_AGAIN in partner.abilities:
            await ear.post(before.remote_id)
        await ear.caught_up()
        missed = await partner.writes_privately(ANA, words("just before it goes down"))
        await partner.goes_down()
        await partner.comes_up()
        after = await partner.writes_privately(BUDI, words("it is up again"))
        await ear.post(missed)
        await ear.post(after)
