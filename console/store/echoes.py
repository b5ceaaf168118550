"""The echo of a delivery: the message that shows it in its thread, from the commit on."""

from __future__ import annotations

from typing import NamedTuple

from connectors.contract import Outgoing
from console.desk.model import Delivery
from console.store import dialect
from console.store.connection import Work


class Echo(NamedTuple):
    """What an echo says. `at` is in milliseconds since 1970."""

    thread_id: int
    account: str
    outgoing: Outgoing
    author: str
    """The name to show."""
    at: int


def write(work: Work, echo: Echo) -> int:
    """Put an echo into its thread; the message's id."""
    message = {
        "thread_id": echo.thread_id,
        "account": echo.account,
        "lane": echo.outgoing.lane.value,
        "author": echo.author,
        "handle": "",
        "text": echo.outgoing.text,
        "at": echo.at,
        "warning": echo.outgoing.warning,
        "language": echo.outgoing.language,
        "audience": echo.outgoing.audience.value,
    }
    message_id = work.add(
        "INSERT INTO messages (thread_id, account, lane, ours, author, handle, text, at, warning, "
        "language, audience) VALUES (:thread_id, :account, :lane, 1, :author, :handle, :text, "
        ":at, :warning, :language, :audience)",
        message,
    )
    work.do(dialect.INDEX_MESSAGE, {**message, "id": message_id})
    return message_id


def bind(work: Work, message_id: int, delivery_id: int) -> None:
    """Say which delivery a message shows."""
    work.do(
        "UPDATE messages SET delivery_id = :delivery WHERE id = :id",
        {"delivery": delivery_id, "id": message_id},
    )


def of(work: Work, found: Delivery) -> int | None:
    """The message that shows a delivery; None after it was taken back. The number of an erased
    message may be a customer's by now, so it alone proves nothing."""
    there: int | None = work.value(
        "SELECT id FROM messages WHERE id = :id AND delivery_id = :delivery",
        {"id": found.message_id, "delivery": found.id},
    )
    return there


def reword(work: Work, message_id: int, text: str) -> None:
    """Give a message other words."""
    row = _indexed(work, message_id)
    work.do(dialect.UNINDEX_MESSAGE, row)
    work.do("UPDATE messages SET text = :text WHERE id = :id", {"text": text, "id": message_id})
    work.do(dialect.INDEX_MESSAGE, {**row, "text": text})


def erase(work: Work, message_id: int) -> None:
    """The message was never there."""
    work.do(dialect.UNINDEX_MESSAGE, _indexed(work, message_id))
    work.do("DELETE FROM messages WHERE id = :id", {"id": message_id})


def _indexed(work: Work, message_id: int) -> dict[str, object]:
    """What the search knows of a message: taken out before its words change."""
    row = work.one(
        "SELECT id, text, author, handle, warning FROM messages WHERE id = :id",
        {"id": message_id},
    )
    assert row is not None
    return dict(zip(("id", "text", "author", "handle", "warning"), row, strict=True))
