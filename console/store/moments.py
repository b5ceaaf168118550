"""Moments and small values as the database keeps them: milliseconds since 1970, JSON for lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from connectors.contract import (
    Address,
    Advice,
    Attachment,
    Audience,
    Capability,
    Hello,
    Lane,
    Limits,
    Outgoing,
    Post,
    Quoted,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (at - EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """The moment, aware and in UTC."""
    return EPOCH + timedelta(milliseconds=ms)


def maybe_ms(at: datetime | None) -> int | None:
    """`to_ms`, or None for None."""
    return None if at is None else to_ms(at)


def maybe_from_ms(ms: int | None) -> datetime | None:
    """`from_ms`, or None for None."""
    return None if ms is None else from_ms(ms)


def dumps(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def above_json(above: Sequence[Quoted]) -> str:
    """What stands above a conversation, as JSON."""
    return dumps(
        [
            [
                quoted.remote_id,
                quoted.author,
                quoted.text,
                to_ms(quoted.at),
                quoted.ours,
                quoted.url,
            ]
            for quoted in above
        ]
    )


def above_from(text: str) -> tuple[Quoted, ...]:
    """The other way."""
    return tuple(
        Quoted(remote_id=r, author=author, text=words, at=from_ms(at), ours=ours, url=url)
        for r, author, words, at, ours, url in json.loads(text)
    )


PREVIEW = 140
"""Characters of the last message that the list keeps."""


def preview(text: str, attached: Sequence[Attachment] = ()) -> str:
    """The beginning of a text, on one line: what the list keeps of the last message. Where there
    are no words, it is the first thing that is attached."""
    said = " ".join(text[: PREVIEW * 2].split())[:PREVIEW]
    if said or not attached:
        return said
    return preview(f"[{attached[0].kind}] {attached[0].description}")


class Extras(NamedTuple):
    """What few messages have."""

    attachments: tuple[Attachment, ...] = ()
    also: tuple[str, ...] = ()
    unread: str | None = None
    headed: bool = False
    folded: str = ""


def extras_json(post: Post | Extras) -> str | None:
    """Attachments, further addressees, why it is unread, whether a subject stands above it and what
    is folded away below, as JSON; None when there is nothing of it."""
    if not (post.attachments or post.also or post.unread or post.headed or post.folded):
        return None
    return dumps(
        [
            [[a.kind, a.url, a.description] for a in post.attachments],
            list(post.also),
            *([post.unread] if post.unread or post.headed or post.folded else ()),
            *([int(post.headed)] if post.headed or post.folded else ()),
            *([post.folded] if post.folded else ()),
        ],
    )


def extras_from(text: str | None) -> Extras:
    """The other way."""
    if text is None:
        return Extras()
    attachments, also, *more = json.loads(text)
    return Extras(
        tuple(Attachment(kind=kind, url=url, description=d) for kind, url, d in attachments),
        tuple(also),
        more[0] if more else None,
        len(more) > 1 and bool(more[1]),
        more[2] if len(more) > 2 else "",
    )


def _address_json(address: Address) -> dict[str, Any]:
    return {
        "remote_id": address.remote_id,
        "handle": address.handle,
        "name": address.name,
        "url": address.url,
        "language": address.language,
        "automated": address.automated,
    }


def outgoing_json(outgoing: Outgoing) -> str:
    """An outgoing post, whole."""
    return dumps(
        {
            "lane": outgoing.lane.value,
            "text": outgoing.text,
            "to": _address_json(outgoing.to),
            "reply_to": outgoing.reply_to,
            "conversation": outgoing.conversation,
            "about": outgoing.about,
            "audience": outgoing.audience.value,
            "warning": outgoing.warning,
            "language": outgoing.language,
            **({"invites": outgoing.invites} if outgoing.invites else {}),
        }
    )


def outgoing_from(text: str) -> Outgoing:
    """The other way."""
    value = json.loads(text)
    value["lane"] = Lane(value["lane"])
    value["audience"] = Audience(value["audience"])
    value["to"] = Address(**value["to"])
    return Outgoing(**value)


def _span_ms(span: timedelta | None) -> int | None:
    return None if span is None else span // _MS


def _span(ms: int | None) -> timedelta | None:
    return None if ms is None else timedelta(milliseconds=ms)


def hello_json(hello: Hello) -> str:
    """What a network said of an account."""
    return dumps(
        {
            "account": _address_json(hello.account),
            "can": sorted(capability.value for capability in hello.can),
            "cannot": {capability.value: why for capability, why in hello.cannot.items()},
            "limits": [hello.limits.public, hello.limits.private, hello.limits.unit],
            "windows": [
                _span_ms(hello.limits.public_window),
                _span_ms(hello.limits.private_window),
                _span_ms(hello.limits.kept),
            ],
            "where": hello.where,
            "advice": [
                [each.key, each.words, each.by_hand, each.shuts_out] for each in hello.advice
            ],
            "facts": dict(hello.facts),
            "quiet": hello.quiet,
        }
    )


def hello_from(text: str) -> Hello:
    """The other way."""
    value: Mapping[str, Any] = json.loads(text)
    public, private, unit = value["limits"]
    windows = [*value.get("windows", ()), None, None, None]
    return Hello(
        account=Address(**value["account"]),
        can=frozenset(Capability(name) for name in value["can"]),
        cannot={Capability(name): why for name, why in value["cannot"].items()},
        limits=Limits(
            public=public,
            private=private,
            unit=unit,
            public_window=_span(windows[0]),
            private_window=_span(windows[1]),
            kept=_span(windows[2]),
        ),
        where=value["where"],
        advice=tuple(
            Advice(key=key, words=words, by_hand=any(more[:1]), shuts_out=any(more[1:]))
            for key, words, *more in value["advice"]
        ),
        quiet=bool(value.get("quiet")),
        facts=value["facts"],
    )
