"""Values go in as text, holes stay in sight, and no template can run away."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.fill import Filled, Hole, Unfillable, fill, holes_in
from templates.model import Purpose, Template, TemplateLane
from tests.hostile.corpus import TEXTS


def template(body: str) -> Template:
    return Template(
        name="x",
        title="X",
        lane=TemplateLane.PRIVATE,
        purpose=Purpose.REPLY,
        language="en",
        body=body,
        path="x.toml",
        line=1,
    )


def filled(body: str, **values: str | None) -> Filled:
    return fill(template(body), {name.replace("__", "."): v for name, v in values.items()})


def test_known_values_go_in() -> None:
    done = filled(
        "Hi {{ contact.first_name }}, {{ shop.name }} here. {{ today }}",
        contact__first_name="Ana",
        shop__name="Mug & Co",
        today="22 November",
    )
    assert done == Filled(text="Hi Ana, Mug & Co here. 22 November", holes=())


@pytest.mark.parametrize("empty", [None, "", "  \n"])
def test_an_empty_slot_stays_as_a_hole(empty: str | None) -> None:
    done = filled("Order {{order.name|upcase}} is late", order__name=empty)
    assert done.text == "Order {{ order.name }} is late"
    assert done.holes == (Hole(start=6, end=22, name="order.name"),)


def test_a_person_fills_what_is_asked() -> None:
    done = fill(
        template('Pick it up {{ ask.pickup_day | default: "today" }}.'), {"ask.pickup_day": "now"}
    )
    assert done.text == "Pick it up {{ ask.pickup_day }}."
    assert [hole.name for hole in done.holes] == ["ask.pickup_day"]


def test_a_default_fills_what_is_empty() -> None:
    body = 'Hi {{ contact.first_name | default: "there" }}'
    assert filled(body).text == "Hi there"
    assert filled(body, contact__first_name="Ana").text == "Hi Ana"
    assert filled("{{ agent.first_name | default: shop.name }}").text == "{{ shop.name }}"


def test_conditions() -> None:
    body = "A{% if order.eta %} by {{ order.eta }}{% else %} soon{% endif %}."
    assert filled(body).text == "A soon."
    assert filled(body, order__eta="Monday").text == "A by Monday."
    assert filled('{% if contact.language == "hr" %}Bok{% endif %}', contact__language="hr").text
    assert filled("{% unless shop.hours %}closed{% endunless %}").text == "closed"
    case = '{% case thread.network %}{% when "mail" %}M{% else %}N{% endcase %}'
    assert filled(case, thread__network="mail").text == "M"
    assert filled('{% assign n = contact.name | default: "you" %}{{ n }}').text == "you"


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ("upcase", "ANA HORVAT"),
        ("downcase", "ana horvat"),
        ("capitalize", "Ana Horvat"),
        ('append: "!"', "Ana Horvat!"),
        ('prepend: "@"', "@Ana Horvat"),
        ('remove: "Ana "', "Horvat"),
        ('replace: "Ana", "Iva"', "Iva Horvat"),
        ('replace: "", "x"', "Ana Horvat"),
        ("truncate: 6", "Ana H…"),
        ('truncate: 6, ".."', "Ana.."),
        ("truncate: 0", "…"),
        ("truncatewords: 1", "Ana…"),
        ("strip | strip_newlines", "Ana Horvat"),
        ("append: contact.email", "Ana Horvat{{ contact.email }}"),
    ],
)
def test_filters(filters: str, text: str) -> None:
    assert filled("{{ contact.name | " + filters + " }}", contact__name="Ana Horvat").text == text


@pytest.mark.parametrize("filters", ["upcase", "truncate: 5", 'replace: "{", ""', 'remove: " "'])
def test_a_filter_leaves_a_hole_as_it_is(filters: str) -> None:
    assert filled("{{ contact.name | " + filters + " }}").text == "{{ contact.name }}"


def test_a_value_is_never_read_as_liquid() -> None:
    done = filled(
        'You wrote: "{{ thread.quote }}"',
        thread__quote="{{ shop.email }} {% if x %} {{{ }}} %}} {{ask.x",
        shop__email="shop@example",
    )
    assert done.text == 'You wrote: "{ { shop.email } } { % if x % } { { { } } } % } } { {ask.x"'
    assert done.holes == ()


@pytest.mark.parametrize("name", ["Ana", "Ana-Marija", "O'Neil", "Ana H.", "李", "J. R.", "🌸 Ana"])
def test_names_of_people(name: str) -> None:
    assert filled("Hi {{ contact.first_name }}", contact__first_name=name).text == f"Hi {name}"


@pytest.mark.parametrize(
    "name",
    ["@victim", "ana@mail.example", "evil.example", "https://x", "#ad", "t.me/x", "A" * 61, "a\nb"],
)
def test_what_is_no_name_is_not_said_as_one(name: str) -> None:
    body = '{{ contact.first_name | default: "there" }} {{ contact.name | default: "-" }}'
    assert filled(body, contact__first_name=name, contact__name=name).text == "there -"
    assert filled("{{ contact.handle }}", contact__handle="@ana@x.example").text == "@ana@x.example"


def test_a_long_value_is_cut_and_stops_nothing() -> None:
    done = filled("{{ thread.quote }} {{ contact.name }}", thread__quote="😀" * 10**6)
    assert done.text.endswith("… {{ contact.name }}")
    assert len(done.text) < 5_000


def test_conditions_leave_no_empty_lines() -> None:
    order = "{% if order.eta %}by {{ order.eta }}{% endif %}"
    body = f"Hi\n\n{order}\n\n{{% if today %}}x{{% endif %}}\nBye  \n"
    assert filled(body).text == "Hi\n\nBye"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nothing here { } {x} }}", []),
        ("{{ ask.day }}", ["ask.day"]),
        ("{{ask.day}} and {{-  b -}}", ["ask.day", "b"]),
        ("a {{ half", ["half"]),
        ("a {{ half } b", ["half"]),
        ("{{}}", [""]),
        ("{% if x %}y", ["if x"]),
        ("{{{ x }}}", ["x"]),
    ],
)
def test_holes_in_a_text(text: str, names: list[str]) -> None:
    assert [hole.name for hole in holes_in(text)] == names


@given(st.text(st.sampled_from("{}% ask.x\n"), max_size=30))
def test_two_braces_never_pass_unseen(text: str) -> None:
    found = holes_in(text)
    rest = text
    for hole in reversed(found):
        rest = rest[: hole.start] + "|" + rest[hole.end :]
    assert "{{" not in rest
    assert "{%" not in rest


@given(st.text(st.sampled_from("{}% x\n"), max_size=30))
def test_whatever_a_customer_writes_makes_no_hole(quote: str) -> None:
    assert filled('"{{ thread.quote }}"', thread__quote=f"x{quote}x").holes == ()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_values_are_only_text(text: str) -> None:
    done = filled("You wrote: {{ thread.quote | truncate: 140 }} end", thread__quote=f"x{text}x")
    assert done.text.startswith("You wrote: x")
    assert done.text.endswith(" end")
    assert done.holes == ()


@pytest.mark.parametrize(
    "body",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% include 'other' %}",
        "{% render 'other' %}",
        "{% if x %}",
        "{{ x",
        "{{ nobody.knows }}",
        "{{ contact.name | nonsense }}",
        "{{ contact.name | truncate: 'x' }}",
        "{{ contact.name | append }}",
        "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 40 + "{{ a }}",
        "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | replace: 'x', a %}" * 9,
        "{% if 1 %}" * 200 + "{% endif %}" * 200,
    ],
)
def test_what_cannot_be_filled_is_said_at_once(body: str) -> None:
    begun = time.process_time()
    with pytest.raises(Unfillable):
        filled(body, contact__name="Ana")
    assert time.process_time() - begun < 2


def test_importing_templates_does_not_import_liquid() -> None:
    code = (
        "import sys, templates.fill, templates.library, templates.rules;"
        "templates.library.Library.load(());"
        "sys.exit('liquid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
