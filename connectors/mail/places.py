"""Where an account's mail is read and handed over, as its settings say."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from connectors.contract import Unauthorised, Unreachable


class Guard(StrEnum):
    """How a connection is kept from being read on the way."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"
    """Only to this machine itself."""


class Copies(StrEnum):
    """Who puts a copy of what was sent into the folder of sent mail."""

    SERVER = "server"
    GREENROOM = "greenroom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server: its name, its port and how it is spoken to."""

    host: str
    port: int
    guard: Guard
    ca_file: str = ""

    def trust(self) -> ssl.SSLContext:
        """Whom to believe: the system's authorities, or the file of the account."""
        return ssl.create_default_context(cafile=self.ca_file or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All that an account's settings say. Seconds are real time."""

    address: str
    name: str
    user: str
    imap: Place
    smtp: Place
    xoauth2: bool = False
    sent: str = ""
    """The folder of sent mail; empty: the one that the server marks as such."""
    copies: Copies | None = None
    """None: as the server is known to do."""
    poll_seconds: float = 60.0
    """Between looks where the server can't push."""
    idle_seconds: float = 540.0
    """After which IDLE is asked for anew: routers forget a silent connection after ten minutes."""
    own_seconds: float = 60.0
    """Between looks into the folder of sent mail."""
    answer_seconds: float = 60.0
    """How long a server may take for an answer; then it counts as lost."""
    history_days: float = 14.0
    """How far the first look goes back."""
    token_minutes: float = 45.0
    """With XOAUTH2: how long a token is used before a new one is asked for."""

    @property
    def domain(self) -> str:
        """What stands behind the @ of our address."""
        return self.address.rpartition("@")[2]


SECONDS = ("poll_seconds", "idle_seconds", "own_seconds", "answer_seconds", "history_days",
           "token_minutes")  # fmt: skip


def places(settings: Mapping[str, str]) -> Places:
    """The places that settings name. Raises `Unreachable` where they can't be used."""
    address = settings.get("address", "").strip()
    if "@" not in address[1:-1]:
        raise _unusable(f"“{address}” is no e-mail address (the setting address)")
    numbers = {}
    for name in SECONDS:
        if given := settings.get(name):
            try:
                numbers[name] = min(max(float(given), 0.01), 86_400.0)
            except ValueError:
                raise _unusable(f"{name} is “{given}”, which is no number") from None
    copies = settings.get("sent_copy", "")
    if copies not in ("", *Copies):
        raise _unusable(f"sent_copy is “{copies}”; it can be “server” or “greenroom”")
    ca_file = settings.get("ca_file", "")
    return Places(
        address=address,
        name=settings.get("name", ""),
        user=settings.get("user") or address,
        imap=_place(settings, "imap", {Guard.TLS: 993, Guard.PLAIN: 143}, ca_file),
        smtp=_place(settings, "smtp", {Guard.TLS: 465, Guard.STARTTLS: 587, Guard.PLAIN: 25},
                    ca_file),
        xoauth2=settings.get("auth") == "xoauth2",
        sent=settings.get("sent_folder", ""),
        copies=Copies(copies) if copies else None,
        **numbers,
    )  # fmt: skip


def _place(
    settings: Mapping[str, str], which: str, ports: Mapping[Guard, int], ca_file: str
) -> Place:
    host, port, said = host_and_port(settings.get(which, ""))
    asked = settings.get(f"{which}_security", "")
    if asked not in ("", *ports):
        raise _unusable(f"{which}_security is “{asked}”; it can be {' or '.join(ports)}")
    guard = Guard(asked) if asked else next((g for g, n in ports.items() if n == port), None)
    if guard is None or (guard is Guard.PLAIN and not asked):
        guard = Guard.STARTTLS if Guard.STARTTLS in ports else Guard.TLS
    if not host:
        raise _unusable(f"the setting {which} names no server")
    if guard is Guard.PLAIN and not is_here(host):
        raise _unusable(
            f"the password would travel readable to {host}; without encryption only this machine "
            "itself is spoken to"
        )
    return Place(host=host, port=port if said else ports[guard], guard=guard, ca_file=ca_file)


def host_and_port(text: str) -> tuple[str, int, bool]:
    """A server as people write it: `imap.example.org`, `imap.example.org:993`, `[::1]:993`. The
    last is whether it has a port."""
    bare = text.strip().rpartition("//")[2].strip("/ ")
    if bare.startswith("["):
        host, _, rest = bare[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = bare.partition(":")
    if port.isascii() and port.isdigit() and 0 < int(port) < 65_536:
        return host, int(port), True
    return host, 0, False


def is_here(host: str) -> bool:
    """True for this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def untrusted(host: str, error: ssl.SSLCertVerificationError) -> Unreachable:
    """What a certificate that nobody vouches for comes to."""
    happened = f"The certificate of {host} isn't trusted ({error.verify_message})."
    own = "If it is your own server, name its authority in the setting ca_file."
    return Unreachable(f"{happened} Nothing was sent. {own}", happened=f"{happened} {own}")


def not_accepted(host: str, places: Places, said: str, what_for: str) -> Unauthorised:
    """What a refused password or token comes to. `said`: the server's words."""
    kind = "token" if places.xoauth2 else "password"
    happened = f"{host} doesn't accept the {kind} of {places.user}{what_for}: {said}."
    if places.xoauth2:
        hint = "See whether the command that prints the token still works."
    else:
        hint = "Many providers want an app password here, not the one you sign in with."
    return Unauthorised(
        f"{happened} Nothing was sent. {hint} Sign in again with “greenroom account add mail”.",
        happened=f"{happened} {hint}",
    )


def _unusable(what: str) -> Unreachable:
    return Unreachable(
        f"The settings of this mail account can't be used: {what}. Nothing was sent. Mend them "
        "and start again, or run “greenroom account add mail”."
    )
