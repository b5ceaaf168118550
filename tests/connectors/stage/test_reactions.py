"""How customers take what the shop says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import Lane, Reason, Refused
from connectors.stage.network import Quirks
from tests.connectors.stage.hand import Day

SEEDS = [str(number) for number in range(30)]
ANA = "@ana@social.example"
PETRA = "@petra@medvedgrad.example"
GUS = "@gus@rustbelt.example"


def test_two_of_three_private_messages_are_answered() -> None:
    answered = 0
    for seed in SEEDS:
        day = Day(seed)
        message = day.says(day.opening("@siti@warga.example"), "which order?", Lane.PRIVATE, "k")
        answers = [p for p in day.pass_by(70) if p.reply_to == message.remote_id]
        for answer in answers:
            waited = answer.at - message.at
            assert timedelta(seconds=15) <= waited <= timedelta(seconds=60)
            assert answer.lane is Lane.PRIVATE
            assert answer.conversation == message.conversation
            assert "4731" in answer.text
        answered += len(answers)
    assert 18 <= answered <= 29


def test_the_talk_goes_on_and_comes_to_an_end() -> None:
    day = Day("1")
    post = day.opening(ANA)
    said: list[str] = []
    for number in range(12):
        message = day.says(post, f"question {number}", Lane.PRIVATE, f"k{number}")
        answers = [p for p in day.pass_by(70) if p.reply_to == message.remote_id]
        said += [p.text for p in answers]
        post = answers[0] if answers else post
    assert 2 <= len(said) <= 3
    assert "Vukovarska" in said[0]


def test_public_answers_are_sometimes_thanked_for() -> None:
    thanked = 0
    for seed in SEEDS:
        day = Day(seed)
        reply = day.says(day.opening(ANA), "it leaves today", Lane.PUBLIC, "k")
        thanks = [p for p in day.pass_by(70) if p.reply_to == reply.remote_id]
        assert all(p.lane is Lane.PUBLIC for p in thanks)
        thanked += len(thanks)
    assert 5 <= thanked <= 24


def test_an_acknowledgement_is_not_thanked_for_besides_the_message() -> None:
    for seed in SEEDS:
        day = Day(seed)
        opening = day.opening(ANA)
        day.says(opening, "which address?", Lane.PRIVATE, "k1")
        ack = day.says(opening, "we've sent you a private message", Lane.PUBLIC, "k2")
        assert not [p for p in day.pass_by(70) if p.reply_to == ack.remote_id]


def test_a_shut_door_refuses_and_its_owner_writes_first_when_asked() -> None:
    wrote = 0
    for seed in SEEDS:
        day = Day(seed)
        opening = day.opening(PETRA)
        with pytest.raises(Refused) as caught:
            day.says(opening, "hello", Lane.PRIVATE, "k1")
        assert caught.value.reason is Reason.NOT_ACCEPTED
        day.says(opening, "please message us", Lane.PUBLIC, "k2")
        came = [
            p
            for p in day.pass_by(70)
            if p.author == opening.author and p.lane is Lane.PRIVATE and p.reply_to is None
        ]
        if came:
            wrote += 1
            answer = day.says(came[0], "thank you", Lane.PRIVATE, "k3")
            assert answer.conversation == came[0].conversation
    assert 10 <= wrote <= 28


def test_who_never_saw_the_message_says_so() -> None:
    said = 0
    for seed in SEEDS:
        day = Day(seed)
        opening = day.opening(GUS)
        message = day.says(opening, "which order?", Lane.PRIVATE, "k1")
        day.says(opening, "we've sent you a private message", Lane.PUBLIC, "k2")
        came = [p for p in day.pass_by(70) if p.author == opening.author]
        assert not any(p.reply_to == message.remote_id for p in came)
        said += any("nothing in my messages" in p.text for p in came)
    assert said > 15


def test_who_was_answered_doesn_t_nag() -> None:
    quiet, answered = Day("1", speed=1), Day("1", speed=1)
    for day in (quiet, answered):
        while not any(
            getattr(a, "text", "").startswith("@mudlark quick one")
            for a in day.network.log.arrivals
        ):
            day.pass_by(20)
    answered.says(answered.opening("@hollis@rustbelt.example"), "it does", Lane.PUBLIC, "k")
    nagged = [
        [p.text for p in day.pass_by(300) if p.text == "@mudlark hello?"]
        for day in (quiet, answered)
    ]
    assert nagged == [["@mudlark hello?"], []]


def test_a_network_that_hides_refusals_says_nothing() -> None:
    day = Day(quirks=Quirks(refusal_shown=False))
    opening = day.opening(PETRA)
    message = day.says(opening, "hello", Lane.PRIVATE, "k1")
    assert message.remote_id in day.network.posts
    assert not [p for p in day.pass_by(100) if p.reply_to == message.remote_id]
