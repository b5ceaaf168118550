"""Who may have seen what has left: told before somebody deletes or edits it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Audience, Lane
from console.desk.audience import how_long, what_stays, who_may_have_seen
from console.desk.model import Message

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANA = "@ana@social.example"


def said(
    lane: Lane = Lane.PUBLIC,
    *,
    ours: bool = True,
    ago: timedelta = timedelta(minutes=3),
    audience: Audience = Audience.EVERYONE,
    also: tuple[str, ...] = (),
) -> Message:
    return Message(
        id=1,
        thread_id=1,
        lane=lane,
        ours=ours,
        author="Mira",
        handle="",
        text="It left on Monday.",
        at=NOW - ago,
        remote_id="o-1",
        url=None,
        warning=None,
        language=None,
        edited_at=None,
        deleted_at=None,
        attachments=(),
        also=also,
        held_back=False,
        delivery_id=1,
        audience=audience,
    )


def test_in_public_anybody_may_have_read_it() -> None:
    assert who_may_have_seen(said(), ANA, [], NOW) == (
        "It has stood in public for 3 minutes: @ana@social.example was told of it, and anybody "
        "may have read it; copies on other servers may stay."
    )


def test_not_announced_is_still_public() -> None:
    words = who_may_have_seen(said(audience=Audience.QUIET), ANA, [], NOW)
    assert "in public, not announced," in words
    assert "whoever looked may have read it" in words


def test_followers_only() -> None:
    words = who_may_have_seen(said(audience=Audience.FOLLOWERS), ANA, [], NOW)
    assert "before the account's followers" in words
    assert "anybody" not in words


@pytest.mark.parametrize("lane", list(Lane))
def test_in_private_nobody_else_could(lane: Lane) -> None:
    words = who_may_have_seen(said(lane, audience=Audience.NAMED), ANA, [], NOW)
    assert "nobody else could" in words
    assert "public" not in words


def test_where_they_have_not_come_in_nobody_is_said_to_have_read_it() -> None:
    waits = replace(said(Lane.PRIVATE), unread="invited, not joined: nobody has read it yet")
    assert who_may_have_seen(waits, ANA, [], NOW) == (
        f"It has stood among {ANA}'s private messages for 3 minutes: invited, not joined: nobody "
        "has read it yet."
    )


def test_others_who_were_named_are_told_of() -> None:
    one = who_may_have_seen(said(also=("@budi",)), ANA, [], NOW)
    assert f"{ANA} and @budi were told of it" in one
    many = who_may_have_seen(said(also=tuple(f"@p{n}" for n in range(9))), ANA, [], NOW)
    assert "@p4 and 4 more were told of it" in many
    assert "@p5" not in many


def test_who_has_written_since_has_most_likely_read_it() -> None:
    question = said(ours=False, ago=timedelta(minutes=9))
    answer = said(ours=False, ago=timedelta(minutes=1))
    elsewhere = said(Lane.PRIVATE, ours=False, ago=timedelta(minutes=1))
    assert "since" not in who_may_have_seen(said(), ANA, [question], NOW)
    assert "most likely read it" in who_may_have_seen(said(), ANA, [question, answer], NOW)
    assert "written elsewhere" in who_may_have_seen(said(), ANA, [question, elsewhere], NOW)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=40), "40 days"),
    ],
)
def test_how_long(length: timedelta, words: str) -> None:
    assert how_long(length) == words


@pytest.mark.parametrize("lane", list(Lane))
def test_what_stays_is_said_of_both(lane: Lane) -> None:
    assert "notices" in what_stays(lane, edited=True)
    assert what_stays(lane, edited=False).endswith("stay.")
