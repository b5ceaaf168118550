"""What leaves: to whom it should, once, with a receipt that is true."""

from __future__ import annotations

from bisect import bisect

import pytest

from connectors.contract import (
    Capability,
    Connector,
    Hello,
    Lane,
    Likelihood,
    Reason,
    Receipt,
    Refused,
)
from tests.contract.ear import listening
from tests.contract.needs import needs
from tests.contract.partner import ANA, BUDI, Ability, Partner
from tests.contract.talking import (
    address_of,
    asked,
    asked_in_private,
    asked_in_public,
    first_message,
    look_for,
    new_key,
    reply,
    standing,
    stands_once,
    words,
)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_a_public_reply_stands_where_the_receipt_says(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("it leaves today")
    receipt = await connector.send(reply(question, said), new_key())
    seen = await stands_once(partner, said, Lane.PUBLIC, ANA)
    assert seen.remote_id == receipt.remote_id
    assert seen.reply_to == question.remote_id
    assert receipt.url is not None
    assert not await standing(partner, said, Lane.PRIVATE, ANA)


@needs(Ability.WRITE_PUBLIC, Ability.ECHO, Capability.REPLY_PUBLIC)
async def test_our_own_post_comes_back_as_ours(
    partner: Partner, connector: Connector, hello: Hello
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("it leaves today")
    async with listening(connector, partner.patience) as ear:
        await ear.caught_up()
        receipt = await connector.send(reply(question, said), new_key())
        echo = await ear.post(receipt.remote_id)
    assert echo.ours
    assert echo.author.remote_id == hello.account.remote_id
    assert said in echo.text
    assert echo.lane is Lane.PUBLIC
    assert echo.conversation == question.conversation


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE)
async def test_a_first_private_message_reaches_the_customer_alone(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("which order is it")
    receipt = await connector.send(first_message(question, said), new_key())
    seen = await stands_once(partner, said, Lane.PRIVATE, ANA)
    assert seen.remote_id == receipt.remote_id
    assert not await standing(partner, said, Lane.PUBLIC, ANA)
    assert not await standing(partner, said, Lane.PRIVATE, BUDI)


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE)
async def test_a_name_in_a_private_message_is_not_a_recipient(
    partner: Partner, connector: Connector
) -> None:
    bystander = await address_of(partner, connector, BUDI)
    question = await asked_in_public(partner, connector, ANA)
    said = words("which order is it")
    text = f"You wrote: “{bystander.handle} told me to ask”. {said}"
    await connector.send(first_message(question, text), new_key())
    await stands_once(partner, said, Lane.PRIVATE, ANA)
    assert not await standing(partner, said, Lane.PRIVATE, BUDI)
    assert not await standing(partner, said, Lane.PUBLIC, BUDI)


@needs(Ability.WRITE_PRIVATE, Capability.REPLY_PRIVATE)
async def test_an_answer_in_a_lane_that_the_customer_opened(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_private(partner, connector, ANA)
    said = words("thank you for the number")
    receipt = await connector.send(reply(question, said), new_key())
    seen = await stands_once(partner, said, Lane.PRIVATE, ANA)
    assert seen.remote_id == receipt.remote_id
    assert not await standing(partner, said, Lane.PUBLIC, ANA)


# --- refusals --------------------------------------------------------------------------------


@needs(Ability.REFUSE_PRIVATE, Capability.OPEN_PRIVATE, Capability.REFUSAL_SHOWN)
async def test_a_refusal_is_shown_where_the_network_shows_it(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    await partner.refuses_private(ANA)
    said = words("not wanted")
    with pytest.raises(Refused) as caught:
        await connector.send(first_message(question, said), new_key())
    assert caught.value.reason in (Reason.NOT_ACCEPTED, Reason.BLOCKED)
    assert caught.value.words
    assert not await standing(partner, said, Lane.PRIVATE, ANA)


@needs(Ability.REFUSE_PRIVATE, Capability.OPEN_PRIVATE, without=(Capability.REFUSAL_SHOWN,))
async def test_a_silent_refusal_looks_like_a_success(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    await partner.refuses_private(ANA)
    said = words("not wanted")
    receipt = await connector.send(first_message(question, said), new_key())
    assert receipt.remote_id
    assert not await standing(partner, said, Lane.PRIVATE, ANA)


@needs(Ability.REFUSE_PRIVATE, Ability.WRITE_PRIVATE, Capability.REPLY_PRIVATE)
async def test_who_refuses_strangers_gets_the_answer_they_asked_for(
    partner: Partner, connector: Connector
) -> None:
    await partner.refuses_private(ANA)
    question = await asked_in_private(partner, connector, ANA)
    said = words("you asked")
    await connector.send(reply(question, said), new_key())
    await stands_once(partner, said, Lane.PRIVATE, ANA)


@needs(Ability.REFUSE_PRIVATE, Capability.PROBE_PRIVATE)
async def test_the_hint_never_promises_what_is_refused(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    await partner.refuses_private(ANA)
    hint = await connector.probe_private(question.author, question.remote_id)
    assert hint is not Likelihood.LIKELY


async def test_the_hint_is_free(partner: Partner, connector: Connector) -> None:
    question = await asked(partner, connector, ANA)
    await connector.probe_private(question.author, question.remote_id)
    assert not await partner.private_posts_to(ANA)
    assert not await partner.public_posts_of_shop()


# --- once ------------------------------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.IDEMPOTENT)
async def test_the_same_key_posts_once(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, key = words("once"), new_key()
    first = await connector.send(reply(question, said), key)
    second = await connector.send(reply(question, said), key)
    assert first.remote_id == second.remote_id
    await stands_once(partner, said, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_two_keys_post_twice(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("thank you")
    first = await connector.send(reply(question, said), new_key())
    second = await connector.send(reply(question, said), new_key())
    assert first.remote_id != second.remote_id


# --- looking for what was sent ---------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.FIND_SENT)
async def test_what_was_sent_is_found(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, key = reply(question, words("found again")), new_key()
    tried_at = partner.now()
    receipt = await connector.send(outgoing, key)
    found = await look_for(partner, connector, outgoing, key, tried_at=tried_at, until_receipt=True)
    assert isinstance(found, Receipt)
    assert found.remote_id == receipt.remote_id


@needs(Ability.WRITE_PUBLIC, Capability.OPEN_PRIVATE, Capability.FIND_SENT)
async def test_what_was_sent_in_private_is_found(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    outgoing, key = first_message(question, words("found again")), new_key()
    tried_at = partner.now()
    receipt = await connector.send(outgoing, key)
    found = await look_for(partner, connector, outgoing, key, tried_at=tried_at, until_receipt=True)
    assert isinstance(found, Receipt)
    assert found.remote_id == receipt.remote_id


@needs(Ability.WRITE_PUBLIC, Capability.FIND_SENT)
async def test_what_was_never_sent_is_not_found(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    other = reply(question, words("something else"))
    await connector.send(other, new_key())
    for outgoing in (
        reply(question, words("never sent")),
        first_message(question, words("never sent")),
    ):
        found = await connector.find_sent(
            outgoing, new_key(), tried_at=partner.now(), claimed=frozenset()
        )
        assert not isinstance(found, Receipt)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC, Capability.FIND_SENT)
async def test_what_another_delivery_claims_is_not_found_again(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said, tried_at = words("thank you"), partner.now()
    first = await connector.send(reply(question, said), new_key())
    never_left = new_key()
    found = await connector.find_sent(
        reply(question, said), never_left, tried_at=tried_at, claimed={first.remote_id}
    )
    assert not isinstance(found, Receipt)


# --- length ----------------------------------------------------------------------------------


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_what_fits_by_measure_is_taken(partner: Partner, connector: Connector) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("exactly")
    left = connector.measure(said, Lane.PUBLIC, to=question.author, warning=None).left
    said += "" if left is None else "x" * left
    room = connector.measure(said, Lane.PUBLIC, to=question.author, warning=None)
    assert room.limit is None or room.used == room.limit
    await connector.send(reply(question, said), new_key())
    await stands_once(partner, said, Lane.PUBLIC, ANA)


@needs(Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
async def test_one_sign_too_many_is_refused_as_too_long(
    partner: Partner, connector: Connector
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("too long")
    left = connector.measure(said, Lane.PUBLIC, to=question.author, warning=None).left
    if left is None:
        return
    said += "x" * (left + 1)
    with pytest.raises(Refused) as caught:
        await connector.send(reply(question, said), new_key())
    assert caught.value.reason is Reason.TOO_LONG
    assert not await standing(partner, said, Lane.PUBLIC, ANA)


@needs(Ability.COUNTS, Ability.WRITE_PUBLIC, Capability.REPLY_PUBLIC)
@pytest.mark.parametrize(
    "sign", ["ž", "注", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "e\u0301"]
)
async def test_measuring_counts_as_the_network_counts(
    partner: Partner, connector: Connector, sign: str
) -> None:
    question = await asked_in_public(partner, connector, ANA)
    said = words("counted")
    bare = connector.measure(said, Lane.PUBLIC, to=question.author, warning=None)
    one = connector.measure(said + sign, Lane.PUBLIC, to=question.author, warning=None)
    if bare.left is None or bare.left > 10_000:
        return
    assert one.used > bare.used

    def left(number: int) -> int:
        text = said + sign * number
        found = connector.measure(text, Lane.PUBLIC, to=question.author, warning=None).left
        assert found is not None
        return found

    # A network may count in two ways at once, so what fits isn't always a multiple.
    fit = bisect(range(bare.left + 1), 0, key=lambda number: -left(number)) - 1
    assert left(fit) >= 0 > left(fit + 1)
    await connector.send(reply(question, said + sign * fit), new_key())
    await stands_once(partner, said + sign, Lane.PUBLIC, ANA)
    with pytest.raises(Refused):
        await connector.send(reply(question, said + sign * (fit + 1)), new_key())
