"""What must be noticed before sending is noticed, and what is harmless is let through."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Lane, Room
from console.desk.checks import Finding, FindingKind, Sending, check
from console.desk.freshness import News, NewsKind
from console.desk.private import private_things
from templates.fill import holes_in
from templates.library import Library
from templates.model import Purpose
from tests.hostile.corpus import TEXTS

PUBLIC = Sending(lane=Lane.PUBLIC, text="Thanks for writing, Ana.", to="Ana")
PRIVATE = replace(PUBLIC, lane=Lane.PRIVATE)
ACK = replace(PUBLIC, acknowledgement=True, theirs=("my parcel 4711 to Ilica 7 never came",))
OURS = ("hello@salica.example", "+385 1 234 5678", "https://salica.example", "Ilica 10, Zagreb")


def kinds(sending: Sending) -> list[FindingKind]:
    return [finding.kind for finding in check(sending)]


def only(sending: Sending) -> Finding:
    (finding,) = check(sending)
    return finding


def test_harmless_words_may_leave() -> None:
    assert check(PUBLIC) == ()
    assert check(PRIVATE) == ()


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_nothing_is_not_sent(text: str) -> None:
    finding = only(replace(PUBLIC, text=text))
    assert (finding.kind, finding.stops) == (FindingKind.EMPTY, True)


@pytest.mark.parametrize("lane", Lane)
def test_a_hole_stops_with_its_place(lane: Lane) -> None:
    text = "Come on {{ ask.pickup_day }}, or {{ half"
    first, second = check(replace(PUBLIC, lane=lane, text=text))
    assert (first.kind, first.stops, first.span) == (FindingKind.HOLE, True, (8, 28))
    assert "“ask.pickup_day” is not filled in" in first.words
    assert second.span == (33, 40)


@given(st.text(st.sampled_from("{}% ask.x\n"), max_size=40))
def test_holes_are_what_the_templates_call_holes(text: str) -> None:
    found = [one.span for one in check(replace(PRIVATE, text=f"x{text}")) if one.stops]
    assert found == [(hole.start, hole.end) for hole in holes_in(f"x{text}")]


@pytest.mark.parametrize(
    ("room", "found"),
    [
        (None, []),
        (Room(used=500, limit=None), []),
        (Room(used=500, limit=500), []),
        (Room(used=512, limit=500), [FindingKind.TOO_LONG]),
    ],
)
def test_too_long(room: Room | None, found: list[FindingKind]) -> None:
    assert kinds(replace(PUBLIC, room=room)) == found


def test_too_long_is_said_in_the_networks_unit() -> None:
    finding = only(replace(PUBLIC, room=Room(used=312, limit=300), unit="graphemes"))
    assert finding.stops
    assert "12 too long: 312 of 300 graphemes" in finding.words


WROTE = News(kind=NewsKind.WROTE, words="Ana wrote again.")


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ((WROTE,), "Ana wrote again."),
        ((WROTE, WROTE, WROTE), "Ana wrote again, 3 times."),
        ((News(kind=NewsKind.CLOSED, words="The thread was closed."),), "The thread was closed."),
    ],
)
def test_stale(news: tuple[News, ...], words: str) -> None:
    finding = only(replace(PUBLIC, news=news))
    assert (finding.kind, finding.stops) == (FindingKind.STALE, True)
    assert words in finding.words


LOOKS = {
    "e-mail": ("write to ana.horvat+shop@mail.example please", "ana.horvat+shop@mail.example"),
    "e-mail at the end": ("it is ana@mail.example.", "ana@mail.example"),
    "phone, international": ("call +385 91 234 5678 now", "+385 91 234 5678"),
    "phone, 00": ("call 0049 30 1234567", "0049 30 1234567"),
    "phone, Croatian": ("call 091/234-5678", "091/234-5678"),
    "phone, Indonesian": ("WA 0812-3456-7890", "0812-3456-7890"),
    "phone, British": ("call 020 7946 0958.", "020 7946 0958"),
    "phone, American": ("call (555) 123-4567", "(555) 123-4567"),
    "order": ("your order #47110 left", "order #47110"),
    "order in Croatian": ("Narudžba broj 47110 je poslana", "Narudžba broj 47110"),
    "order sign": ("about #47110:", "#47110"),
    "iban": ("to HR12 1001 0051 8630 0016 0 please", "HR12 1001 0051 8630 0016 0"),
    "card": ("card 4111 1111 1111 1111", "4111 1111 1111 1111"),
    "parcel": ("it is RR123456785HR", "RR123456785HR"),
    "ups": ("it is 1Z999AA10123456784", "1Z999AA10123456784"),
    "street, English": ("to 221b Baker Street, London", "221b Baker Street"),
    "street, German": ("an Lindenstraße 12a in Köln", "Lindenstraße 12a"),
    "street, Spanish": ("a la calle de Alcalá, 45", "calle de Alcalá, 45"),
    "street, Croatian": ("na Gundulićeva ulica 7", "Gundulićeva ulica 7"),
    "street, Indonesian": ("ke Jl. Merdeka Barat No. 10", "Jl. Merdeka Barat No. 10"),
}


@pytest.mark.parametrize(("text", "found"), LOOKS.values(), ids=LOOKS.keys())
def test_what_looks_private_is_named_in_public_and_free_in_private(text: str, found: str) -> None:
    finding = only(replace(PUBLIC, text=text))
    assert (finding.kind, finding.stops) == (FindingKind.PRIVATE_IN_PUBLIC, False)
    assert finding.span is not None
    assert text[slice(*finding.span)] == found
    assert f"“{found}”" in finding.words
    assert check(replace(PRIVATE, text=text)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Hi @ana@social.example, thanks!",
        "see https://social.example/@ana/113456789012345678",
        "see https://shop.example/?mail=a@b.example and https://x.example/+385912345678",
        "We are open Mon-Fri 09:00-17:00, or 09.00 - 17.00 on 05.11.2026.",
        "on 01/02/2026, 2026-11-22 or 22. 11. 2026",
        "from 2024-2025, 1.000.000 Rp, 19,90 €, 1 234 567 mugs",
        "sizes 36 37 38 39 40 41 42 43 44 45",
        "write to hello@salica.example, call 01 234 5678 or +385 1 2345678",
        "come to Ilica 10 or see https://salica.example",
        "a 20 % discount, order within 14 days, order 2 get 1",
        "1234567890123 pieces",
        "3-5 working days; 10/12 left; ratio 16:9",
        "MUG-0042-BLUE is back, version 10.0.19041.1",
        "our Main Street collection, 100 Years of Mugs",
        "0 0 0 0 0 0 0 0 0 goals",
    ],
)
def test_few_false_alarms(text: str) -> None:
    assert check(replace(PUBLIC, text=text, ours=OURS)) == ()


def test_a_number_that_only_resembles_the_shops_is_named() -> None:
    for text in ("info@salica.example", "lo@salica.example", "+385 1 234 5679"):
        assert kinds(replace(PUBLIC, text=text, ours=OURS)) == [FindingKind.PRIVATE_IN_PUBLIC]


def test_the_shops_own_number_is_free_even_where_the_customer_said_it_too() -> None:
    said = replace(ACK, theirs=("I called 01 234 5678 about 4711",), ours=OURS)
    for number in ("01 234 5678", "+385 1 234 5678", "+385 1 2345678"):
        assert check(replace(said, text=f"Please call {number}.")) == ()
    assert kinds(replace(said, text="Call 01 234 5678 about 4711")) == [FindingKind.ACK_TELLS]
    assert kinds(replace(said, text="Room 234")) == [FindingKind.ACK_TELLS]


KNOWN = {"the order number": "4711", "the phone number": "+385 91 234 5678", "a street": "Ilica 7"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("about 4711", "the order number (“4711”)"),
        ("about #4711.", "the order number (“4711”)"),
        ("call 385912345678", "the phone number"),
        ("call +385/91-234-5678", "the phone number"),
        ("sent to ilica 7?", "a street (“ilica 7”)"),
        ("see https://track.example/4711", "the order number"),
    ],
)
def test_known_values_are_named_however_they_are_written(text: str, what: str) -> None:
    finding = only(replace(PUBLIC, text=text, known=KNOWN))
    assert finding.kind is FindingKind.PRIVATE_IN_PUBLIC
    assert what in finding.words


@pytest.mark.parametrize("text", ["47110 mugs", "in 14711", "at Ilica 77"])
def test_a_longer_word_is_another_value(text: str) -> None:
    assert check(replace(PUBLIC, text=text, known=KNOWN)) == ()


def test_values_too_short_to_tell_are_left_alone() -> None:
    assert check(replace(PUBLIC, text="2 of 12 left", known={"the order number": "#12"})) == ()


def test_the_acknowledgement_tells_nothing_of_the_matter() -> None:
    finding = only(replace(ACK, text="We've written to you about 4711."))
    assert (finding.kind, finding.stops) == (FindingKind.ACK_TELLS, False)
    assert "“4711”, from their message" in finding.words
    assert kinds(replace(ACK, text="Sent to a@b.example")) == [FindingKind.ACK_TELLS]
    assert kinds(replace(PUBLIC, text="About 4711", theirs=ACK.theirs)) == []


def test_the_shipped_acknowledgements_pass() -> None:
    from templates.fill import fill

    values = {
        "contact.first_name": "Ana",
        "shop.email": "hello@salica.example",
        "thread.quote": "parcel 4711",
    }
    for template in Library.load().templates:
        if template.purpose.acknowledges:
            text = fill(template, values).text
            assert check(replace(ACK, text=text, ours=OURS, language=template.language)) == ()
        elif template.purpose is Purpose.HANDOFF_PRIVATE:
            text = fill(template, values | {"shop.name": "Mug"}).text
            assert check(replace(PRIVATE, text=text, language=template.language)) == ()


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (("@iva@x.example",), "@iva@x.example reads this conversation too"),
        (("@a", "@b"), "@a and @b read this conversation too"),
        (("@a", "@b", "@c", "@d"), "@a, @b and 2 others read"),
    ],
)
def test_others_read_a_private_lane(others: tuple[str, ...], words: str) -> None:
    finding = only(replace(PRIVATE, others=others))
    assert (finding.kind, finding.stops) == (FindingKind.OTHERS_READ, False)
    assert finding.words.startswith(words)
    assert check(replace(PUBLIC, others=others)) == ()


def test_the_same_words_twice() -> None:
    assert kinds(replace(PUBLIC, last="Thanks for  writing, Ana.\n")) == [FindingKind.SAME_AS_LAST]
    assert kinds(replace(PUBLIC, last="Thanks, Ana.")) == []


@pytest.mark.parametrize(
    ("language", "text", "warned"),
    [
        ("hr", "Your parcel is on the way and it will be with you on Monday.", True),
        ("hr-HR", "Vaš paket je na putu i bit će kod Vas u ponedjeljak.", False),
        ("en", "Vaš paket je na putu i da, bit će kod Vas u ponedjeljak.", True),
        ("hr", "OK Ana", False),
        ("ja", "Your parcel is on the way and it will be with you on Monday.", False),
        (None, "Your parcel is on the way and it will be with you on Monday.", False),
    ],
)
def test_another_language_than_theirs(language: str | None, text: str, warned: bool) -> None:
    found = kinds(replace(PUBLIC, text=text, language=language))
    assert found == ([FindingKind.WRONG_LANGUAGE] if warned else [])


def test_the_gravest_comes_first() -> None:
    everything = replace(
        PUBLIC,
        text="{{ x }} a@b.example",
        room=Room(used=9, limit=1),
        news=(WROTE,),
        last="{{ x }} a@b.example",
    )
    found = kinds(everything)
    assert found == sorted(found, key=list(FindingKind).index)
    assert len(found) == 5


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_words_are_judged_in_time(text: str) -> None:
    begun = time.process_time()
    findings = check(replace(ACK, text=text[:20_000], theirs=(text[:20_000],), known=KNOWN))
    assert time.process_time() - begun < 2
    for finding in findings:
        assert finding.words


@pytest.mark.parametrize(
    "piece", ["A-", "a@", "1 ", "a.", "0(", "Aa ", "DE00 ", "@a.", "1Z ", "'A"]
)
def test_no_pattern_runs_away(piece: str) -> None:
    begun = time.process_time()
    private_things(piece * 10_000, known=KNOWN, ours=OURS)
    assert time.process_time() - begun < 2


@given(
    st.text(max_size=20).filter(lambda text: not any(one.isalnum() for one in text[-3:])),
    st.sampled_from([found for _, found in LOOKS.values()]),
)
def test_a_private_thing_is_found_wherever_it_stands(before: str, thing: str) -> None:
    text = f"{before} : {thing} "
    assert any(
        one.start <= text.index(thing, len(before)) + 1 and one.end >= text.rindex(thing)
        for one in private_things(text)
    )


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=5), st.text(max_size=12), max_size=3))
def test_sightings_are_in_order_and_apart(text: str, known: dict[str, str]) -> None:
    end = 0
    for one in private_things(text, known=known):
        assert end <= one.start < one.end <= len(text)
        end = one.end
