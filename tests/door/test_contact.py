"""`contact`: one person with many addresses, from a shell."""

from __future__ import annotations

import pytest

from console.commands.exits import Exit


@pytest.fixture
def two(street, shell):
    """Ana writes from two addresses that a network vouches for."""
    street.customer("ana", vouched=("https://ana.example/",)).writes_public("where is it?")
    street.customer("anna", vouched=("http://ana.example",)).writes_public("hello again")
    street.customer("budi").writes_public("what now?")
    assert shell("watch", "--once").code == Exit.DONE
    return {
        thread["contact"]["handle"].split("@")[1]: thread["contact"]["id"]
        for thread in shell("threads", "--json").json
    }


def test_people_are_found_and_the_same_person_is_suggested(two, shell):
    (found,) = shell("contact", "list", "anna", "--json").json
    assert found["id"] == two["anna"]
    assert shell("contact", "list", "nobody").code == Exit.NOTHING
    said = shell("contact", "show", str(two["ana"]))
    assert f"greenroom contact merge {two['ana']} {two['anna']}" in said.out
    assert "by ana.example" in said.out
    shown = shell("contact", "show", str(two["ana"]), "--json").json
    assert [like["contact"] for like in shown["like"]] == [two["anna"]]
    assert set(shown) == {"id", "name", "language", "addresses", "like"}


def test_merge_and_split(two, shell):
    said = shell("contact", "merge", str(two["ana"]), str(two["anna"]))
    assert said.code == Exit.DONE
    assert "@ana@social.example, @anna@social.example" in said.out
    threads = shell("threads", "--json").json
    assert [thread["contact"]["id"] for thread in threads].count(two["ana"]) == 2
    assert {thread["contact"]["handle"] for thread in threads} >= {
        "@ana@social.example",
        "@anna@social.example",
    }
    assert shell("contact", "split", str(two["ana"]), "@anna@social.example").code == Exit.DONE
    (apart,) = shell("contact", "list", "anna", "--json").json
    assert [address["handle"] for address in apart["addresses"]] == ["@anna@social.example"]


def test_what_can_not_be_done_says_so_and_does_nothing(two, shell):
    ana = str(two["ana"])
    assert shell("contact", "merge", ana, "999").code == Exit.NOTHING
    assert shell("contact", "merge", ana, ana).code == Exit.USAGE
    assert shell("contact", "show", "999").code == Exit.NOTHING
    said = shell("contact", "split", ana, "@ana@social.example")
    assert said.code == Exit.USAGE
    assert "has no other address" in said.err
