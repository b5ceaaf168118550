"""The file of a draft as docs/drafts.md shows it, made by the code that makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.contract import Address, Audience, Lane
from console.desk import sheets
from console.desk.freshness import News, NewsKind
from console.desk.model import (
    Contact,
    Draft,
    DraftKind,
    Message,
    Seen,
    ThreadRow,
    ThreadState,
    ThreadView,
)
from console.desk.quoting import quoted
from console.engine.exchange import head_of

BEGAN = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
SECRET = "only this desk knows it"
ANA = Address(remote_id="1", handle="@ana@social.example", name="Ana Horvat")
ASKED = "@kiln my cup came in two pieces. Can you send another one?"
AGAIN = "It is the blue one, if that helps."


def message(number: int, text: str, minutes: int) -> Message:
    """Something that Ana wrote, some minutes after she began."""
    return Message(
        id=number,
        thread_id=42,
        lane=Lane.PUBLIC,
        ours=False,
        author=ANA.name,
        handle=ANA.handle,
        text=text,
        at=BEGAN + timedelta(minutes=minutes),
        remote_id=str(number),
        url=None,
        warning=None,
        language="en",
        edited_at=None,
        deleted_at=None,
        attachments=(),
        also=(),
        held_back=False,
        delivery_id=None,
        audience=Audience.EVERYONE,
    )


def robins() -> Draft:
    """Robin's answer to her first message."""
    return Draft(
        id=7,
        key="3f2a9c1b77e04d5f8a6b1c2d3e4f5a6b",
        thread_id=42,
        lane=Lane.PUBLIC,
        kind=DraftKind.REPLY,
        text="We are sorry, Ana. A new cup leaves tomorrow.\n\nRobin",
        acknowledgement=None,
        template=None,
        seen=Seen(311),
        author="Robin",
        created_at=BEGAN + timedelta(minutes=40),
        updated_at=BEGAN + timedelta(minutes=40),
        ready_at=BEGAN + timedelta(minutes=41),
    )


def thread() -> ThreadView:
    """Her thread."""
    return ThreadView(
        row=ThreadRow(
            id=42, account="shop", network="mastodon", contact_id=1, contact_name=ANA.name,
            handle=ANA.handle, lane=Lane.PUBLIC, state=ThreadState.OPEN, waiting_since=BEGAN,
            last_at=BEGAN, preview=AGAIN, last_ours=False, unread=0, severity=0, tags=(),
            snoozed_until=None, has_draft=True, outbox=None,
        ),
        contact=Contact(id=1, name=ANA.name, language="en", addresses=(ANA,)),
        address=ANA,
        subject=None,
        above=(),
        lanes=(),
        messages=(message(311, ASKED, 0), message(318, AGAIN, 58)),
        earlier=0,
        notes=(),
        deliveries=(),
        drafts=(robins(),),
        seen=Seen(318),
    )  # fmt: skip


def example() -> str:
    """The whole file."""
    draft, view = robins(), thread()
    news = (News(kind=NewsKind.WROTE, words="Ana Horvat wrote again.", message=318),)
    head = head_of(draft, view, sheets.desk_name(SECRET))
    return sheets.write(head, SECRET, draft, quoted(view, draft, news))


if __name__ == "__main__":
    print(example(), end="")
