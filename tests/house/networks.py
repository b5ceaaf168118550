"""`docs/networks.md`: what each network can do, how `m` ends there, how its limits are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from connectors.bluesky import opening as bluesky
from connectors.contract import Address, Capability, Limits
from connectors.mail import opening as mail
from connectors.mastodon import instance
from connectors.mastodon.instance import Facts
from connectors.matrix import opening as matrix
from connectors.stage.network import Quirks
from connectors.telegram import opening as telegram
from connectors.telegram.heard import Chat, Kind, Me, Place

PAGE = Path(__file__).resolve().parents[2] / "docs" / "networks.md"
MADE = "<!-- From here on made by `make docs` from the code; change it there. -->"
MARKS = {
    "answer in public": Capability.REPLY_PUBLIC,
    "answer in private": Capability.REPLY_PRIVATE,
    "begin in private": Capability.OPEN_PRIVATE,
    "ask them by a link": Capability.INVITE,
    "asked before": Capability.PROBE_PRIVATE,
    "refusal told": Capability.REFUSAL_SHOWN,
    "delete": Capability.DELETE,
    "edit": Capability.EDIT,
}


class Network(NamedTuple):
    """A network, or a server of one, with everything that an account may do there at best."""

    title: str
    can: Set[Capability]
    limits: Limits


def known() -> Iterator[Network]:
    """Every network that is known, as its connector says it."""
    us = Address(remote_id="1", handle="@shop@social.example")
    for title, software, version in (
        ("Mastodon 4.3", "mastodon", "4.3.0"),
        ("GoToSocial 0.20", "gotosocial", "0.20.0"),
        ("snac2 2.75", "snac", "2.75"),
        ("another server of the Mastodon API", "", ""),
    ):
        hello = instance.hello(us, Facts(software=software, version=version), "it", ())
        yield Network(title, hello.can, hello.limits)
    hello = matrix.hello(us, "it", ("!room",), (), "")
    yield Network("Matrix", hello.can, hello.limits)
    hello = bluesky.hello(us, "it", chats=True, advice=())
    yield Network("Bluesky", hello.can, hello.limits)
    yield Network("E-mail", frozenset(Capability) - mail.CANNOT.keys(), mail.LIMITS)
    bot = Me(id=1, name="Shop", username="shop_bot", hears_all=True, joins=True)
    group = Place(chat=Chat(id=-1, kind=Kind.SUPERGROUP), status="member")
    hello = telegram.hello(bot, "it", [group], [])
    yield Network("Telegram", hello.can, hello.limits)
    most = Quirks().limit
    everything = frozenset(Capability) - {Capability.INVITE}
    yield Network("the demo shop", everything, Limits(public=most, private=most))


def page() -> str:
    """The words above the mark as they are, the tables made anew below it."""
    every = tuple(known())
    parts = [
        PAGE.read_text(encoding="utf-8").split(MADE)[0],
        MADE,
        "\n\n",
        *_table(tuple(MARKS), [(one.title, *_marks(one.can)) for one in every]),
        "\n## How `m` ends\n\n",
        *_table(
            ("the private message", "the public line"),
            [(one.title, *ends(one.can)) for one in every],
        ),
        "\n## How long a text may be\n\n",
        *_table(
            ("in public", "in private", "counted in"), [(one.title, *_rooms(one)) for one in every]
        ),
    ]
    return "".join(parts)


def ends(can: Set[Capability]) -> tuple[str, str]:
    """What a move to DM comes to where an account may do this."""
    if Capability.REPLY_PUBLIC not in can:
        return "the thread is private from its beginning", "there is none"
    if Capability.INVITE in can:
        private = "first, where they wrote to us before; else it waits until they follow the link"
        public = "says that it was sent; else it asks them to write to us, with the link"
        return private, f"{public}; where nobody can tell, it claims nothing"
    if Capability.OPEN_PRIVATE not in can:
        return "only the customer can begin it", "asks them to write to us, where it says"
    unknown = "where nobody can tell, it claims nothing and says where to look"
    if Capability.REFUSAL_SHOWN not in can:
        return "first; a refusal may never be told", f"says that it was sent; {unknown}"
    return "first", f"says that it was sent; refused, it says how else to reach us; {unknown}"


def _marks(can: Set[Capability]) -> Iterator[str]:
    return (has(one, can) for one in MARKS.values())


def has(one: Capability, can: Set[Capability]) -> str:
    """Whether an account may do something, in a word or two."""
    if one is Capability.DELETE and one in can and Capability.DELETE_PRIVATE not in can:
        return "in public"
    return "yes" if one in can else "no"


def _rooms(network: Network) -> Iterator[str]:
    for most, need in (
        (network.limits.public, Capability.REPLY_PUBLIC),
        (network.limits.private, Capability.REPLY_PRIVATE),
    ):
        missing = need not in network.can
        yield "no such lane" if missing else "no limit" if most is None else f"{most:,}"
    yield network.limits.unit


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| | {' | '.join(heads)} |\n|---{'|---' * len(heads)}|\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"
