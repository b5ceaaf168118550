"""What kind of server this is: what it says of itself, and what follows for us.

`Facts` is kept as strings in `Hello.facts`, so that a text can be measured with no network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.contract import Address, Advice, Capability, Hello, Limits
from connectors.mastodon.wire import Raw, Us, local_name

_HONOURS_KEYS = frozenset({"mastodon", "hometown", "glitchsoc"})
"""Software whose servers post one Idempotency-Key once. Any other is taken not to: a key that is
ignored doubles a post, a look too many costs nothing."""
_ACCEPTS_ANYTHING = frozenset({"snac"})
"""Software that takes an answer to a post that doesn't exist, and posts it without a thread."""
_KEEPS_POSTS = frozenset({"snac"})
_EDITS_SINCE = {
    "mastodon": (3, 5),
    "hometown": (3, 5),
    "glitchsoc": (3, 5),
    "gotosocial": (0, 18),
    "snac": (2, 42),
}
"""Software whose servers let an app edit a post, and since which version."""
_PAGES_FORWARD = frozenset({"mastodon", "hometown", "glitchsoc", "gotosocial"})
_COUNTS_LIKE_MASTODON = frozenset({"mastodon", "hometown", "glitchsoc"})

USUAL_LENGTH = 500
USUAL_URL_LENGTH = 23

LET_PRIVATE_IN = "let-private-in"
LET_STRANGERS_IN = "let-strangers-in"
POLICIES = {
    LET_PRIVATE_IN: ("for_private_mentions",),
    LET_STRANGERS_IN: (
        "for_not_following",
        "for_not_followers",
        "for_new_accounts",
        "for_limited_accounts",
    ),
}
"""Advice -> the rules of the notification policy that it opens."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What we know of a server."""

    software: str = ""
    version: str = ""
    length: int = USUAL_LENGTH
    url_length: int = USUAL_URL_LENGTH
    streaming: str = ""
    """Where the server says its streams are; empty where it says nothing."""
    domains: tuple[str, ...] = ()

    @property
    def honours_keys(self) -> bool:
        """The server posts one Idempotency-Key once."""
        return self.software in _HONOURS_KEYS

    @property
    def accepts_anything(self) -> bool:
        """The server doesn't check what a post answers, nor that it says something."""
        return self.software in _ACCEPTS_ANYTHING

    @property
    def counts_as_mastodon(self) -> bool:
        """The server counts signs as Mastodon does."""
        return self.software in _COUNTS_LIKE_MASTODON

    @property
    def deletes(self) -> bool:
        """The server lets an app take a post away."""
        return self.software not in _KEEPS_POSTS

    @property
    def edits(self) -> bool:
        """The server lets an app put other words in a post's place."""
        since = _EDITS_SINCE.get(self.software)
        number = re.match(r"(\d{1,4})\.(\d{1,4})", self.version)
        return since is not None and (number is None or (int(number[1]), int(number[2])) >= since)

    @property
    def pages_forward(self) -> bool:
        """`min_id` gives what comes right after it. Elsewhere it may give the newest page only,
        and what lies between has to be asked for."""
        return self.software in _PAGES_FORWARD

    @property
    def lists_private(self) -> bool:
        """Our own listing holds our direct posts too."""
        return self.software in _HONOURS_KEYS

    def stored(self) -> dict[str, str]:
        """As the strings that `Hello.facts` keeps."""
        return {
            "software": self.software,
            "version": self.version,
            "length": str(self.length),
            "url_length": str(self.url_length),
            "streaming": self.streaming,
            "domains": " ".join(self.domains),
        }

    @classmethod
    def remembered(cls, stored: Mapping[str, str]) -> Facts:
        """Read back what `stored` gave; what is missing or wrong falls back."""
        return cls(
            software=stored.get("software", ""),
            version=stored.get("version", ""),
            length=_number(stored.get("length"), USUAL_LENGTH),
            url_length=_number(stored.get("url_length"), USUAL_URL_LENGTH),
            streaming=stored.get("streaming", ""),
            domains=tuple(stored.get("domains", "").split()),
        )


def facts(base: str, instance: Raw, nodeinfo: Raw) -> Facts:
    """What an instance's description (v2 or v1) and its nodeinfo say; neither is trusted."""
    statuses = _at(instance, "configuration", "statuses")
    version = instance.get("version")
    version = version if isinstance(version, str) else ""
    streaming = _at(instance, "configuration", "urls").get("streaming") or _at(
        instance, "urls"
    ).get("streaming_api")
    length = statuses.get("max_characters") or instance.get("max_toot_chars")
    software, number = _software(instance, version, nodeinfo)
    domains = [urlsplit(base).netloc.lower()]
    for name in ("domain", "account_domain", "uri"):
        said = instance.get(name)
        if isinstance(said, str) and 0 < len(said) < 300 and not re.search(r"\s", said):
            host = urlsplit(said).netloc if "://" in said else said
            if host and host.lower() not in domains:
                domains.append(host.lower())
    return Facts(
        software=software,
        version=number,
        length=_number(length, USUAL_LENGTH),
        url_length=_number(statuses.get("characters_reserved_per_url"), USUAL_URL_LENGTH),
        streaming=streaming if isinstance(streaming, str) and len(streaming) < 500 else "",
        domains=tuple(domains),
    )


def hello(account: Address, known: Facts, where: str, advice: tuple[Advice, ...]) -> Hello:
    """What the account is and may do on this server."""
    can = {
        Capability.REPLY_PUBLIC,
        Capability.REPLY_PRIVATE,
        Capability.OPEN_PRIVATE,
        Capability.FIND_SENT,
    }
    cannot = {
        Capability.INVITE: "On Mastodon we begin ourselves.",
        Capability.PROBE_PRIVATE: "Mastodon doesn't tell whether somebody takes private messages.",
        Capability.REFUSAL_SHOWN: "Mastodon doesn't tell when a private message is filtered or "
        "dropped: it looks sent.",
    }
    if known.edits:
        can.add(Capability.EDIT)
    elif known.software in _EDITS_SINCE:
        cannot[Capability.EDIT] = f"{where} is too old to let an app edit a post."
    else:
        cannot[Capability.EDIT] = (
            f"It isn't known of {where} that it lets an app edit a post; do it on its own page."
        )
    if known.deletes:
        can |= {Capability.DELETE, Capability.DELETE_PRIVATE}
    else:
        no_deletes = f"{where} lets no app take a post away; do it on its own page."
        cannot |= dict.fromkeys((Capability.DELETE, Capability.DELETE_PRIVATE), no_deletes)
    if known.honours_keys:
        can.add(Capability.IDEMPOTENT)
    else:
        cannot[Capability.IDEMPOTENT] = (
            f"{where} may post one message twice if it is asked twice, so after a lost answer "
            "Greenroom looks on the network first."
        )
    return Hello(
        account=account,
        can=frozenset(can),
        cannot=cannot,
        limits=Limits(public=known.length, private=known.length),
        where=where,
        advice=advice,
        facts=known.stored(),
        quiet=True,
    )


def us(account: Address, known: Facts) -> Us:
    """Who we are, for the reading of what the server says."""
    domains = frozenset(known.domains)
    return Us(
        account.remote_id,
        local_name(account.handle, domains),
        domains,
        known.software == "snac",
    )


def advice(policy: Raw) -> tuple[Advice, ...]:
    """What the server's notification policy keeps from a merchant's sight."""
    found = []
    if _shut(policy, LET_PRIVATE_IN):
        found.append(
            Advice(
                key=LET_PRIVATE_IN,
                words="This account's server sets private messages from strangers aside, so other "
                "apps won't show them and nobody is notified. Taking this advice lets them in.",
            )
        )
    if _shut(policy, LET_STRANGERS_IN):
        found.append(
            Advice(
                key=LET_STRANGERS_IN,
                words="This account's server sets aside what people write who don't follow you, "
                "whom you don't follow, or who are new. Customers are mostly that. Taking this "
                "advice lets them in.",
            )
        )
    return tuple(found)


def pending(policy: Raw) -> bool:
    """True where the policy has set something aside."""
    count = _at(policy, "summary").get("pending_requests_count")
    return isinstance(count, int) and count > 0


def _shut(policy: Raw, key: str) -> bool:
    return any(policy.get(name, "accept") != "accept" for name in POLICIES[key])


def _software(instance: Raw, version: str, nodeinfo: Raw) -> tuple[str, str]:
    """Name and version: nodeinfo first, then the marks that servers leave in their version."""
    said = _at(nodeinfo, "software")
    name, number = said.get("name"), said.get("version")
    if isinstance(name, str) and 0 < len(name) <= 40 and name.isprintable():
        number = number if isinstance(number, str) and len(number) <= 80 else version
        return name.lower(), number
    marked = re.search(r"(?:compatible;|really) *([A-Za-z]+)[ /]([\w.-]+)", version)
    if marked:
        return marked[1].lower(), marked[2]
    source = instance.get("source_url")
    if isinstance(source, str) and source.rstrip("/") == "https://github.com/mastodon/mastodon":
        return "mastodon", version
    return "", version


def _at(raw: object, *names: str) -> Raw:
    for name in names:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def _number(value: object, otherwise: int) -> int:
    if isinstance(value, str) and value.isdigit() and len(value) < 10:
        value = int(value)
    return value if isinstance(value, int) and 0 < value < 10**9 else otherwise
