"""From a shell: what waits for a customer is told, holds nothing up, and leaves when they come."""

from __future__ import annotations

from dataclasses import replace

from connectors.contract import Lane
from console.commands.exits import Exit


def test_what_waits_is_told_and_leaves_when_they_begin(street, shell):
    street.quirks = replace(street.quirks, opens=False, invites=True)
    ana = street.customer("ana")
    ana.writes_public("my parcel 4711 never came, what now?")
    assert shell("watch", "--once").code == Exit.DONE
    said = shell("handoff", "1", "--now")
    assert said.code == Exit.DONE
    assert "waits until they begin in private" in said.out
    assert [post.lane for post in street.posts_of_shop()] == [Lane.PUBLIC]
    # It holds nothing up, and is named as what isn't settled.
    assert "1 in the outbox not settled" in shell("watch", "--once").err
    (row,) = shell("outbox", "--json").json
    assert row["says"] == "waits until the customer begins in private"
    assert "Nobody else" in row["next"]
    (key,) = street.links.values()
    street.customer("mallory").begins(key)
    shell("watch", "--once")
    assert ana.received == []
    ana.begins(key)
    assert shell("watch", "--once").code == Exit.DONE
    assert len(ana.received) == 1
    assert street.customer("mallory").received == []
