"""The network as tests script it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from connectors.contract import (
    CannotTell,
    Capability,
    Deleted,
    Doubtful,
    Lane,
    NotSent,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
)
from connectors.stage.connector import LET_IN, Stage, share
from connectors.stage.faults import Fault, Noise
from connectors.stage.network import Quirks, StageNetwork
from tests.connectors.stage.hand import Hand
from tests.contract.ear import listening


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def network(clock: Hand) -> StageNetwork:
    return StageNetwork(clock=clock)


@pytest.fixture
async def stage(network: StageNetwork, clock: Hand) -> Stage:
    made = Stage({}, remembered=None, clock=clock, world=network)
    await made.open({})
    return made


def private(to: Post, text: str = "which order?") -> Outgoing:
    return Outgoing(lane=Lane.PRIVATE, text=text, to=to.author, about=to.remote_id)


async def test_a_customer_can_do_what_people_do(network: StageNetwork, stage: Stage) -> None:
    ana = network.customer("ana", name="Ana Horvat", language="hr")
    post = ana.writes_public("my parcel never came", warning="sad", also=["@budi@social.example"])
    ana.edits(post.remote_id, "my parcel came!")
    ana.deletes(post.remote_id)
    async with listening(stage, 5) as ear:
        await ear.caught_up()
    first, second, third = ear.arrivals
    assert isinstance(first, Post)
    assert (first.author.name, first.warning, first.also) == (
        "Ana Horvat",
        "sad",
        ("@budi@social.example",),
    )
    assert isinstance(second, Post)
    assert (second.text, second.edited_at) == ("my parcel came!", network.clock())
    assert isinstance(third, Deleted)


async def test_the_customer_answers_the_last_private_message(
    network: StageNetwork, stage: Stage
) -> None:
    ana = network.customer("ana")
    with pytest.raises(LookupError):
        ana.answers_privately("to what?")
    receipt = await stage.send(private(ana.writes_public("help")), "k")
    answer = ana.answers_privately("4711")
    assert (answer.reply_to, answer.conversation) == (receipt.remote_id, receipt.conversation)


async def test_a_post_that_is_gone_can_t_be_answered(network: StageNetwork, stage: Stage) -> None:
    ana = network.customer("ana")
    post = ana.writes_public("help")
    ana.deletes(post.remote_id)
    with pytest.raises(Refused) as caught:
        await stage.send(private(post), "k")
    assert caught.value.reason is Reason.GONE


async def test_who_blocks_us_is_not_reached(network: StageNetwork, stage: Stage) -> None:
    ana = network.customer("ana")
    post = ana.writes_public("help")
    ana.blocks()
    with pytest.raises(Refused) as caught:
        await stage.send(private(post), "k")
    assert caught.value.reason is Reason.BLOCKED


async def test_a_held_request_is_in_doubt_until_it_is_let_go(
    network: StageNetwork, stage: Stage, clock: Hand
) -> None:
    outgoing = private(network.customer("ana").writes_public("help"))
    network.hold()
    sending = asyncio.create_task(stage.send(outgoing, "k"))
    await network.waiting.wait()
    found = await stage.find_sent(outgoing, "k", tried_at=clock(), claimed=frozenset())
    assert isinstance(found, CannotTell)
    assert found.again_at is not None
    network.let_go()
    receipt = await sending
    found = await stage.find_sent(outgoing, "k", tried_at=clock(), claimed=frozenset())
    assert found == receipt


async def test_a_request_that_is_cut_off_while_held_is_never_posted(
    network: StageNetwork, stage: Stage, clock: Hand
) -> None:
    outgoing = private(network.customer("ana").writes_public("help"))
    network.hold()
    sending = asyncio.create_task(stage.send(outgoing, "k"))
    await network.waiting.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    network.let_go()
    found = await stage.find_sent(outgoing, "k", tried_at=clock(), claimed=frozenset())
    assert isinstance(found, NotSent)


async def test_a_network_without_keys_is_searched_by_words(clock: Hand) -> None:
    network = StageNetwork(clock=clock, quirks=Quirks(idempotent=False))
    stage = Stage({}, remembered=None, clock=clock, world=network)
    await stage.open({})
    outgoing = private(network.customer("ana").writes_public("help"))
    earlier = await stage.send(outgoing, "k1")
    clock.pass_by(3_600)
    tried_at = clock()
    network.fault(Fault.ANSWER_LOST)
    with pytest.raises(Doubtful):
        await stage.send(outgoing, "k2")
    found = await stage.find_sent(outgoing, "k2", tried_at=tried_at, claimed=frozenset())
    assert isinstance(found, Receipt)
    assert found.remote_id != earlier.remote_id
    claimed = frozenset({found.remote_id})
    found = await stage.find_sent(outgoing, "k3", tried_at=tried_at, claimed=claimed)
    assert isinstance(found, NotSent)


async def test_a_network_without_a_search_can_t_tell(clock: Hand) -> None:
    network = StageNetwork(clock=clock, quirks=Quirks(finds_sent=False))
    stage = Stage({}, remembered=None, clock=clock, world=network)
    await stage.open({})
    outgoing = private(network.customer("ana").writes_public("help"))
    found = await stage.find_sent(outgoing, "k", tried_at=clock(), claimed=frozenset())
    assert isinstance(found, CannotTell)
    assert found.again_at is None


@pytest.mark.parametrize("noise", list(Noise))
async def test_noise_spoils_one_batch(network: StageNetwork, stage: Stage, noise: Noise) -> None:
    ana = network.customer("ana")
    one, two = ana.writes_public("one"), ana.writes_public("two")
    network.fault(noise)
    async with listening(stage, 5) as ear:
        await ear.caught_up()
        three = ana.writes_public("three")
        await ear.post(three.remote_id)
    texts = [post.text for post in ear.posts]
    assert (
        texts
        == {
            Noise.TWICE: ["one", "one", "two", "two", "three"],
            Noise.TURNED: ["two", "one", "three"],
            Noise.ODD: ["one", "two", "three"],
        }[noise]
    )
    assert any(batch.oddities for batch in ear.batches) is (noise is Noise.ODD)
    assert {one.remote_id, two.remote_id} <= {post.remote_id for post in ear.posts}


async def test_faults_by_chance_are_the_same_for_the_same_seed(clock: Hand) -> None:
    outcomes = []
    for _ in range(2):
        network = StageNetwork(clock=clock, seed="9", fault_rate=0.5)
        stage = Stage({}, remembered=None, clock=clock, world=network)
        await stage.open({})
        post = network.customer("ana").writes_public("help")
        got = []
        for number in range(40):
            try:
                await stage.send(private(post), f"k{number}")
                got.append("sent")
            except Exception as error:
                got.append(type(error).__name__)
        outcomes.append(got)
    assert outcomes[0] == outcomes[1]
    assert 8 <= outcomes[0].count("sent") <= 32
    assert len(set(outcomes[0])) >= 4


async def test_taking_the_advice_lets_strangers_in(clock: Hand) -> None:
    network = StageNetwork(clock=clock, quirks=Quirks(filters=True))
    stage = Stage({}, remembered=None, clock=clock, world=network)
    hello = await stage.open({})
    assert [advice.key for advice in hello.advice] == [LET_IN]
    assert not (await stage.take_advice(LET_IN)).advice
    with pytest.raises(Refused):
        await stage.take_advice("no such advice")


async def test_only_our_own_posts_can_be_taken_away(network: StageNetwork, stage: Stage) -> None:
    post = network.customer("ana").writes_public("help")
    with pytest.raises(Refused):
        await stage.delete(post.remote_id)
    assert post.remote_id in network.posts
    await stage.delete("no such post")


async def test_a_stage_may_keep_what_was_said(clock: Hand) -> None:
    network = StageNetwork(clock=clock, quirks=Quirks(edits=False, deletes=False))
    stage = Stage({}, remembered=None, clock=clock, world=network)
    hello = await stage.open({})
    assert {Capability.EDIT, Capability.DELETE} <= hello.cannot.keys()
    with pytest.raises(Refused) as caught:
        await stage.delete("o-1")
    assert caught.value.reason is Reason.NOT_ALLOWED


async def test_connectors_share_a_network_by_its_name(network: StageNetwork, clock: Hand) -> None:
    share("the-shared-one", network)
    network.customer("ana").writes_public("help")
    stage = Stage({"network": "the-shared-one"}, remembered=None, clock=clock)
    await stage.open({})
    async with listening(stage, 5) as ear:
        await ear.caught_up()
    assert [post.text for post in ear.posts] == ["help"]


async def test_a_customer_s_time_is_the_network_s(network: StageNetwork, clock: Hand) -> None:
    clock.pass_by(60)
    post = network.customer("ana").writes_public("help")
    assert post.at == clock()
    assert post.at.utcoffset() == timedelta()
