"""A heated thread is held to cool off whatever the command line says, and it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Lane
from console.commands.exits import Exit
from console.store import cooling
from console.store.connection import Store


@pytest.fixture
def asked(street, shell, home):
    """Ana asked in public, and her thread was marked as heated; its number."""
    street.customer("ana").writes_public("this is a scandal!")
    assert shell("watch", "--once").code == Exit.DONE
    (thread,) = shell("threads", "--json").json
    store = Store(home.database)
    store.open_now()
    now = datetime.now(UTC)
    ten = timedelta(minutes=10)
    store.write_now(cooling.heat, thread["id"], on=True, cool_off=ten, now=now)
    store.close()
    return str(thread["id"])


@pytest.mark.parametrize("now", [("--now",), ()])
def test_a_reply_is_held_for_the_cool_off_and_says_so_at_once(asked, shell, street, now):
    said = shell("reply", asked, "--text", "We are sorry.", *now)
    assert said.code == Exit.DONE
    assert "the thread is heated" in said.out
    assert "held to cool off until" in said.out
    assert ("didn't leave now" in said.out) is bool(now)
    (held,) = shell("outbox", "--json").json
    assert held["state"] == "held"
    assert shell("watch", "--once").code == Exit.UNSETTLED
    assert street.posts_of_shop() == []


def test_so_is_a_move_to_dm(asked, shell, street):
    said = shell("handoff", asked, "--now")
    assert said.out.count("the thread is heated") == 2
    assert street.posts_of_shop(lane=Lane.PRIVATE) == []
