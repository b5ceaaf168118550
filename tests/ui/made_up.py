"""Made-up threads, deliveries and drafts for drawing tests and the gallery."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Address, Attachment, Audience, Lane, Outgoing, Quoted
from console.desk.model import (
    Contact,
    Delivery,
    DeliveryState,
    LaneState,
    Leg,
    Message,
    Note,
    ThreadRow,
    ThreadState,
    ThreadView,
)
from tests.hostile.corpus import TEXTS

NOW = datetime(2026, 5, 12, 14, 10, tzinfo=UTC)
ANA = Address(remote_id="1", handle="@ana@social.example", name="Ana Horvat", language="hr")


def a_row(number: int = 1, **changes: Any) -> ThreadRow:
    row = ThreadRow(
        id=number,
        account="shop",
        network="mastodon",
        contact_id=number,
        contact_name="Ana Horvat",
        handle="@ana@social.example",
        lane=Lane.PUBLIC,
        state=ThreadState.OPEN,
        waiting_since=NOW - timedelta(hours=2),
        last_at=NOW - timedelta(hours=2),
        preview="@shop my parcel 4711 never came, what now?",
        last_ours=False,
        unread=1,
        severity=0,
        tags=(),
        snoozed_until=None,
        has_draft=False,
        outbox=None,
    )
    return replace(row, **changes)


def a_message(number: int = 1, **changes: Any) -> Message:
    message = Message(
        id=number,
        thread_id=1,
        lane=Lane.PUBLIC,
        ours=False,
        author="Ana Horvat",
        handle="@ana@social.example",
        text="@shop my parcel 4711 never came, what now?",
        at=NOW - timedelta(hours=2),
        remote_id=str(number),
        url=f"https://social.example/@ana/{number}",
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
    return replace(message, **changes)


def a_delivery(number: int = 1, **changes: Any) -> Delivery:
    delivery = Delivery(
        id=number,
        key=f"key-{number}",
        thread_id=1,
        account="shop",
        state=DeliveryState.HELD,
        outgoing=Outgoing(lane=Lane.PRIVATE, text="Hi Ana", to=ANA),
        created_at=NOW - timedelta(seconds=2),
        held_until=NOW + timedelta(seconds=6),
        next_at=None,
        tried_at=None,
        tries=0,
        looks=0,
        words="",
        handoff_id=None,
        leg=None,
        remote_id=None,
        url=None,
        settled_at=None,
        message_id=number,
    )
    return replace(delivery, **changes)


def a_view(**changes: Any) -> ThreadView:
    row = changes.pop("row", a_row())
    view = ThreadView(
        row=row,
        contact=Contact(id=1, name="Ana Horvat", language="hr", addresses=(ANA,)),
        address=ANA,
        subject=None,
        above=(),
        lanes=(
            LaneState(
                lane=Lane.PUBLIC,
                conversation="c1",
                reply_to="1",
                audience=Audience.EVERYONE,
                url=None,
            ),
        ),
        messages=(a_message(),),
        earlier=0,
        notes=(),
        deliveries=(),
        drafts=(),
    )
    return replace(view, **changes)


def a_handoff() -> ThreadView:
    """Ana's parcel, moved to a private message a moment ago."""
    private = a_delivery(1, handoff_id=1, leg=Leg.PRIVATE, message_id=3)
    public = a_delivery(2, handoff_id=1, leg=Leg.ACKNOWLEDGEMENT, message_id=4)
    ours = {"ours": True, "author": "Shop", "handle": "@shop@social.example", "remote_id": None}
    return a_view(
        above=(
            Quoted(
                remote_id="0",
                author="@shop@social.example",
                text="Our new autumn colours are here. Free shipping until Sunday.",
                at=NOW - timedelta(days=2),
                ours=True,
            ),
        ),
        messages=(
            a_message(1, at=NOW - timedelta(days=1, hours=3), text="Is the blue one back?"),
            a_message(
                2,
                attachments=(
                    Attachment(kind="image", url="https://f.example/1.jpg", description="a door"),
                ),
            ),
            a_message(
                3,
                lane=Lane.PRIVATE,
                at=NOW,
                delivery_id=1,
                text='Hi Ana, you wrote: "my parcel 4711 never came, what now?"\n'
                "Which address did it go to?",
                **ours,
            ),
            a_message(
                4,
                at=NOW,
                delivery_id=2,
                text="Thanks for telling us, Ana. We've sent you a private message.",
                **ours,
            ),
        ),
        notes=(Note(id=1, thread_id=1, text="prefers e-mail", at=NOW - timedelta(hours=1)),),
        deliveries=(private, public),
    )


PEOPLE = (
    ("Ana Horvat", "mastodon", "@shop my parcel 4711 never came, what now?"),
    ("Budi", "telegram", "ukuran L masih ada kak?"),
    ("Tess", "mail", "Re: invoice 2026-118"),
    ("Luka", "bluesky", "love the new colour"),
    ("محمد", "mastodon", "أين طلبي؟ لم يصل بعد"),
    ("山田太郎", "mastodon", "注文した商品がまだ届きません。どうなっていますか。"),
    ("👩‍👩‍👧 Kim", "bluesky", "❤️❤️ thank you 👍🏽 so much 🏳️‍🌈"),
)


def rows(number: int) -> dict[int, ThreadRow]:
    """Rows of many kinds."""
    found = {}
    for place in range(number):
        name, network, preview = PEOPLE[place % len(PEOPLE)]
        since = NOW - timedelta(minutes=7 * place + 3)
        found[place + 1] = a_row(
            place + 1,
            contact_name=name,
            network=network,
            preview=preview,
            waiting_since=since if place % 5 else None,
            last_at=since,
            last_ours=place % 5 == 0,
            unread=place % 3,
            severity=place % 4 if place % 7 == 3 else 0,
            tags=("refund",) if place % 6 == 1 else (),
            has_draft=place % 8 == 2,
            lane=Lane.PRIVATE if place % 4 == 1 else Lane.PUBLIC,
            outbox=[None, None, None, DeliveryState.HELD, None, DeliveryState.DOUBTFUL, None][
                place % 7
            ],
        )
    return found


def hostile_threads(small: int = 20_000) -> dict[int, ThreadView]:
    """A thread for every hostile text, with it wherever a stranger's words may stand."""
    found = {}
    for number, text in enumerate((t for t in TEXTS.values() if len(t) < small), start=1):
        row = a_row(number, contact_name=text[:200], handle=text[:200], preview=text, tags=(text,))
        quoted = Quoted(remote_id="q", author=text, text=text, at=NOW)
        attached = Attachment(kind="image", url=text, description=text)
        message = a_message(number, author=text, text=text, warning=text, attachments=(attached,))
        address = Address(remote_id=text, handle=text, name=text, language=text)
        found[number] = a_view(
            row=row,
            contact=Contact(id=number, name=text, language=text, addresses=(address,)),
            subject=text,
            above=(quoted,),
            messages=(message,),
            notes=(Note(id=1, thread_id=1, text=text, at=NOW),),
        )
    return found
