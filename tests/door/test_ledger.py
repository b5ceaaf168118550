"""`greenroom outbox --since` is a ledger: everything that was tried, with its receipt, for ever."""

from __future__ import annotations

import asyncio

import pytest

from connectors.stage.faults import Fault
from console.commands.exits import Exit
from console.commands.tree import tree
from console.store import withdrawals
from console.store.connection import Store

ROW = {
    "id", "thread", "account", "lane", "to", "text", "state", "words", "created_at", "held_until",
    "next_at", "tries", "handoff", "leg", "url", "settled_at", "network", "contact", "says", "next",
    "settled", "author", "approved_by", "template", "key", "receipt", "attempts", "withdrawals",
}  # fmt: skip
ATTEMPT = {"at", "what", "outcome", "words", "asked", "came", "receipt"}
WISH = {
    "kind", "state", "was", "text", "author", "asked_at", "next_at", "tries", "words",
    "settled_at",
}  # fmt: skip


@pytest.fixture
def thread(street, shell):
    """Ana asked in public and it was taken in; the thread's number."""
    street.customer("ana").writes_public("my parcel 4711 never came, what now?")
    assert shell("watch", "--once").code == Exit.DONE
    (found,) = shell("threads", "--json").json
    return str(found["id"])


def test_what_was_sent_is_in_the_ledger_with_its_receipt(thread, shell, street):
    assert shell("reply", thread, "--text", "It left on Monday.", "--now").code == Exit.DONE
    assert shell("outbox", "--json").json == []
    (row,) = shell("outbox", "--json", "--since", "1h").json
    assert set(row) >= ROW
    (post,) = street.posts_of_shop()
    assert row["receipt"] == post.remote_id
    assert (row["state"], row["says"], row["settled"]) == ("sent", "sent", True)
    assert row["key"]
    assert row["approved_by"] is None
    (tried,) = row["attempts"]
    assert set(tried) == ATTEMPT
    assert tried["asked"] == "post a public reply to @ana@social.example"
    assert tried["came"] == "the network took it"
    assert tried["receipt"] == post.remote_id


def test_a_retry_gives_a_new_receipt_or_says_that_nothing_was_sent(thread, shell, street):
    street.fault(Fault.NO_ROUTE)
    assert shell("reply", thread, "--text", "It left on Monday.", "--now").code == Exit.DONE
    assert shell("watch", "--once").code == Exit.DONE
    (row,) = shell("outbox", "--json", "--since", "1h").json
    first, second = row["attempts"]
    assert first["came"] == "the network could not be reached: nothing was sent"
    assert first["receipt"] is None
    assert second["receipt"] == row["receipt"] == street.posts_of_shop()[0].remote_id


def test_what_waits_says_what_comes_next(thread, shell):
    shell("reply", thread, "--text", "It left on Monday.")
    (row,) = shell("outbox", "--json").json
    assert row["next"] == "It leaves by itself; until then it can be taken back."
    assert (row["receipt"], row["attempts"], row["settled"]) == (None, [], False)


def test_what_was_taken_away_stays_in_the_ledger(thread, shell, street, home):
    shell("reply", thread, "--text", "It left on Mnoday.", "--now")
    (row,) = shell("outbox", "--json", "--since", "1h").json
    _ask(home, row["id"])
    (waiting,) = shell("outbox", "--json").json
    assert waiting["settled"] is False
    assert "until it says yes or no" in waiting["next"]
    assert shell("watch", "--once").code == Exit.DONE
    assert street.posts_of_shop() == []
    assert shell("outbox", "--json").json == []
    (row,) = shell("outbox", "--json", "--since", "1d").json
    (wish,) = row["withdrawals"]
    assert set(wish) == WISH
    assert (wish["kind"], wish["state"], wish["was"]) == ("delete", "done", "It left on Mnoday.")
    assert [tried["what"] for tried in row["attempts"]] == ["send", "delete"]
    assert "deleted by us" in shell("outbox", "--since", "1d").out
    assert "deleted by us" in shell("show", thread).out


def _ask(home, delivery_id: int) -> None:
    from datetime import UTC, datetime

    from console.desk.withdrawal import WithdrawalKind

    async def ask() -> None:
        store = Store(home.database)
        store.open_now()
        await store.write(
            withdrawals.ask, delivery_id, WithdrawalKind.DELETE, None, "Mira", datetime.now(UTC)
        )
        store.close()

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("90m", 5_400), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600)],
)
def test_a_span_is_a_number_and_a_unit(span, seconds):
    assert tree().parse_args(["outbox", "--since", span]).since.total_seconds() == seconds


@pytest.mark.parametrize(
    "span", ["", "d", "30", "0d", "-1d", "1.5h", "30 days", "1y", "٣d", "99999w", "1e9d"]
)
def test_anything_else_is_said_in_words(span, capsys):
    with pytest.raises(SystemExit) as caught:
        tree().parse_args(["outbox", f"--since={span}"])
    assert caught.value.code == Exit.USAGE
    assert "Nothing was done." in capsys.readouterr().err
