"""The demo's day: believable at the first look, the same for the same seed, and without end."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Deleted, Lane, Post
from connectors.stage.script import read
from connectors.stage.story import GAP
from tests.connectors.stage.hand import Day
from tests.hostile.corpus import ACTS


def told(day: Day) -> list[tuple[str, str]]:
    return [
        (a.remote_id, a.text if isinstance(a, Post) else "(taken away)")
        for a in day.network.log.arrivals
    ]


def history(day: Day) -> list[Post]:
    return [a for a in day.network.log.arrivals if isinstance(a, Post)]


# --- the first look --------------------------------------------------------------------------


def test_there_are_about_thirty_matters_when_we_come() -> None:
    matters = {(p.to or p.author).handle for p in history(Day()) if not p.author.automated}
    assert 25 <= len(matters) <= 40


def test_they_have_waited_for_minutes_to_two_days() -> None:
    day = Day()
    ages = [day.clock.at - post.at for post in history(day)]
    assert min(ages) < timedelta(minutes=15)
    assert timedelta(hours=40) < max(ages) < timedelta(hours=49)
    assert all(age >= timedelta() for age in ages)
    assert sorted(ages, reverse=True) == ages


def test_some_wait_for_the_customer_and_some_for_us() -> None:
    last: dict[str, Post] = {}
    for post in history(Day()):
        last[(post.to or post.author).handle] = post
    ours = Counter(post.ours for post in last.values())
    assert ours[True] >= 3
    assert ours[False] >= 15


def test_both_lanes_are_there_and_a_handoff_that_went_on_in_private() -> None:
    posts = history(Day())
    assert {post.lane for post in posts} == set(Lane)
    ewa = [(p.lane, p.ours) for p in posts if "@ewa@" in (p.to or p.author).handle]
    assert ewa[:4] == [
        (Lane.PUBLIC, False),
        (Lane.PRIVATE, True),
        (Lane.PUBLIC, True),
        (Lane.PRIVATE, False),
    ]
    private = {p.conversation for p in posts if "@ewa@" in (p.to or p.author).handle and p.reply_to}
    assert len(private) == 2, "the public and the private conversation, each in one piece"


def test_answers_to_an_announcement_show_it_above() -> None:
    tobias = next(p for p in history(Day()) if "@tobias@" in p.author.handle)
    assert [quoted.ours for quoted in tobias.above] == [True, False]
    assert tobias.above[0].at < tobias.above[1].at < tobias.at


# --- the words -------------------------------------------------------------------------------


def every_text() -> list[str]:
    script = read()
    return [
        text
        for scene in script.history + script.live
        for text in (
            *(step.text for step in scene.steps if step.by != "shop"),
            *scene.answers,
            scene.thanks,
            scene.unseen,
            scene.writes_first,
        )
        if text
    ]


def test_customers_have_many_different_things_to_say() -> None:
    texts = every_text()
    assert len(set(texts)) > 200
    assert max(len(text) for text in texts if "\n" in text) > 2_000
    assert any(len(text) > 20_000 and "\n" not in text for text in texts)


@pytest.mark.parametrize("script_name", ["ARABIC", "HEBREW", "HIRAGANA", "CJK", "LATIN"])
def test_they_write_in_many_scripts(script_name: str) -> None:
    assert any(
        unicodedata.name(sign, "").startswith(script_name) for text in every_text() for sign in text
    )


def test_families_and_flags_are_among_them() -> None:
    assert any("\u200d" in text for text in every_text())
    assert any("\U0001f1ed\U0001f1f7" in text for text in every_text())


@pytest.mark.parametrize("what", [name for name in ACTS if "surrogate" not in name])
def test_hostile_customers_try_everything(what: str) -> None:
    script = read()
    scenes = script.history + script.live
    assert (
        any(
            ACTS[what].search(text)
            for scene in scenes
            for text in (scene.who, *(step.text for step in scene.steps))
        )
        or what == "a tag character outside a flag"
    )


def test_what_the_shop_once_said_fits_its_limit() -> None:
    script = read()
    for scene in script.history:
        for step in scene.steps:
            assert step.by != "shop" or len(step.text) <= 500


# --- while we look ---------------------------------------------------------------------------


def test_the_same_seed_plays_the_same_day() -> None:
    one, other = Day("7"), Day("7")
    one.pass_by(1_200)
    other.pass_by(1_200)
    assert told(one) == told(other)


def test_another_seed_plays_another_day() -> None:
    one, other = Day("7"), Day("8")
    assert [p.text for p in one.pass_by(600)] != [p.text for p in other.pass_by(600)]


def test_speed_changes_when_and_not_what() -> None:
    slow, fast = Day("3", speed=1.0), Day("3", speed=10.0)
    slow.pass_by(1_000)
    fast.pass_by(100)
    assert told(slow) == told(fast)


def test_speed_zero_stands_still() -> None:
    day = Day(speed=0)
    assert day.pass_by(100_000 / 60) == []
    assert day.network.until_due() is None


def test_something_new_comes_every_ten_to_forty_seconds() -> None:
    day = Day("5")
    begin = day.clock.at
    openings = [p.at for p in day.pass_by(1_000) if p.remote_id.endswith("-1")]
    gaps = [b - a for a, b in zip([begin, *openings], openings, strict=False)]
    assert all(timedelta(seconds=GAP[0]) <= gap <= timedelta(seconds=GAP[1]) for gap in gaps)
    assert len(openings) > 25


def test_the_first_to_come_are_everyday_customers() -> None:
    day = Day("2")
    early = {scene.who for scene in read().live if scene.early}
    assert {p.author.name for p in day.pass_by(70) if p.remote_id.endswith("-1")} <= early


def test_the_day_goes_on_with_other_people() -> None:
    day = Day("4", speed=60)
    day.pass_by(60)
    openings = [p for p in history(day) if p.remote_id.endswith("-1")]
    again = [p for p in openings if p.remote_id.endswith("-1-1")]
    assert len(openings) > 100
    assert again
    assert len({p.author.name for p in again}) > 15
    assert not any("{" in p.text and "{{" not in p.text for p in openings)
    assert len({a.remote_id for a in day.network.log.arrivals}) >= len(openings)


def test_customers_edit_and_delete() -> None:
    day = Day("4", speed=30)
    day.pass_by(120)
    arrivals = day.network.log.arrivals
    assert any(isinstance(a, Post) and a.edited_at for a in arrivals)
    gone = [a.remote_id for a in arrivals if isinstance(a, Deleted)]
    assert gone
    assert all(any(isinstance(a, Post) and a.remote_id == g for a in arrivals) for g in gone)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1, 120), st.sampled_from([Lane.PUBLIC, Lane.PRIVATE, None])),
        max_size=8,
    )
)
def test_what_the_shop_says_never_changes_who_writes_next(
    turns: list[tuple[float, Lane | None]],
) -> None:
    quiet, talking = Day("6"), Day("6")
    for number, (seconds, lane) in enumerate(turns):
        quiet.pass_by(seconds)
        talking.pass_by(seconds)
        if lane is not None:
            talking.says(talking.opening("@ana@social.example"), "hello", lane, f"k{number}")
    openings = [
        [pair for pair in told(day) if pair[0].endswith("-1") and not pair[0].startswith("o-")]
        for day in (quiet, talking)
    ]
    assert openings[0] == openings[1]
