"""Signing in to a mailbox: the address, its servers, and an app password or an access token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.contract import (
    Capability,
    Clock,
    Hello,
    SignedIn,
    SlowDown,
    Talk,
    Unauthorised,
    Unreachable,
)
from connectors.mail.opening import COPIES, SENT, check_sending, opened
from connectors.mail.places import Copies, Guard, Places, host_and_port, is_here, places

TRIES = 3
"""How often a password is asked for."""
KEPT = ("address", "name", "user", "imap", "smtp", "imap_security", "smtp_security", "auth",
        "sent_folder", "sent_copy", "ca_file")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is known of a provider: its servers, and how its people get a password for a program."""

    imap: str
    smtp: str
    steps: str
    xoauth2: bool = False


_APP = "An app password is good for this program alone; your own password isn't taken."
_GOOGLE = Provider(
    imap="imap.gmail.com:993",
    smtp="smtp.gmail.com:465",
    steps="Open myaccount.google.com, go to Security, turn on 2-Step Verification, then search "
    f"the page for “App passwords”, type Greenroom as its name and press Create. {_APP}",
)
_MICROSOFT = Provider(
    imap="outlook.office365.com:993",
    smtp="smtp.office365.com:587",
    steps="Microsoft takes access tokens only. Install a program that fetches them (such as "
    "oauth2ms or mutt_oauth2.py) and give the command with --token-command, so that every new "
    "connection has a fresh one.",
    xoauth2=True,
)
_ICLOUD = Provider(
    imap="imap.mail.me.com:993",
    smtp="smtp.mail.me.com:587",
    steps="Open account.apple.com, go to Sign-In and Security, then App-Specific Passwords, press "
    f"the plus sign and type Greenroom. {_APP}",
)
_FASTMAIL = Provider(
    imap="imap.fastmail.com:993",
    smtp="smtp.fastmail.com:465",
    steps="In Fastmail open Settings, then Privacy & Security, then Manage app passwords, press "
    f"New app password and choose Mail (IMAP/SMTP). {_APP}",
)
PROVIDERS: Mapping[str, Provider] = {
    "gmail.com": _GOOGLE,
    "googlemail.com": _GOOGLE,
    "outlook.com": _MICROSOFT,
    "hotmail.com": _MICROSOFT,
    "live.com": _MICROSOFT,
    "icloud.com": _ICLOUD,
    "me.com": _ICLOUD,
    "mac.com": _ICLOUD,
    "fastmail.com": _FASTMAIL,
}
"""By the domain of an address."""


async def sign_in(talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
    """Ask for what isn't given, try both servers, and say hello. Raises `ConnectorError`."""
    address = given.get("address") or (await talk.ask("Your shop's e-mail address?")).strip()
    if "@" not in address[1:-1]:
        raise Unreachable(
            f"“{address}” is no e-mail address. Nothing was stored. Run the command again."
        )
    settings = {name: given[name] for name in KEPT if given.get(name)}
    settings["address"] = address
    domain = address.rpartition("@")[2].lower()
    provider = PROVIDERS.get(domain)
    await _servers(talk, given, settings, provider, domain)
    if provider is not None:
        talk.say(provider.steps)
        if provider.xoauth2:
            settings["auth"] = "xoauth2"
    else:
        talk.say(
            "Where your provider offers app passwords, make one for Greenroom in its settings, "
            "under security. It must allow IMAP and SMTP."
        )
    if "name" not in settings:
        name = (await talk.ask("The name that customers see? (empty: the address alone)")).strip()
        if name:
            settings["name"] = name
    where = places(settings)
    secret, hello = await _let_in(talk, given.get("token", ""), where, clock)
    missing: list[str] = []
    if Capability.REPLY_PRIVATE in hello.can:
        try:
            await check_sending(where, secret, clock)
        except (Unreachable, SlowDown) as error:
            missing.append(
                f"{error.happened or error.words} What customers write is heard. What you answer "
                "waits until that server takes it; check its name and port (the setting smtp)."
            )
    else:
        missing.append(hello.cannot[Capability.REPLY_PRIVATE])
    if not hello.facts[SENT]:
        missing.append(
            "There is no folder of sent mail, so what you write elsewhere isn't heard, and a lost "
            "answer can't be looked up. Name one in the setting sent_folder."
        )
    elif hello.facts[COPIES] == Copies.GREENROOM:
        talk.say(
            f"Greenroom files a copy of what it sends in “{hello.facts[SENT]}”. If every mail then "
            'stands there twice, your provider does so too: set sent_copy = "server".'
        )
    return SignedIn(
        settings=settings, secrets={"token": secret}, hello=hello, missing=tuple(missing)
    )


async def _let_in(talk: Talk, given: str, where: Places, clock: Clock) -> tuple[str, Hello]:
    """The password that opens the mailbox, and what it opened. Who mistypes it is asked again, and
    need not say everything else once more."""
    if given:
        return given, await opened(where, given, clock)
    for _ in range(TRIES - 1):
        try:
            secret = await _secret(talk, where)
            return secret, await opened(where, secret, clock)
        except Unauthorised as error:
            talk.say(error.happened or error.words)
    secret = await _secret(talk, where)
    return secret, await opened(where, secret, clock)


async def _secret(talk: Talk, where: Places) -> str:
    kind = "access token" if where.xoauth2 else "app password"
    secret = await talk.ask(f"The {kind} for {where.user}:", secret=True)
    if PROVIDERS.get(where.domain.lower()) is _GOOGLE:
        # Google shows it in four groups.
        secret = "".join(secret.split())
    if not secret:
        none = f"There is no {kind}."
        raise Unauthorised(f"{none} Nothing was stored. Run the command again.", happened=none)
    return secret


async def _servers(
    talk: Talk,
    given: Mapping[str, str],
    settings: dict[str, str],
    provider: Provider | None,
    domain: str,
) -> None:
    """Fill in both servers: as given, as known of the provider, or as the person says."""
    if given.get("server"):
        settings.setdefault("imap", given["server"])
    for which, guess in (
        ("imap", provider.imap if provider else f"imap.{domain}"),
        ("smtp", provider.smtp if provider else f"smtp.{domain}"),
    ):
        if which in settings:
            continue
        if provider is not None:
            settings[which] = guess
            continue
        what = "to read mail (IMAP)" if which == "imap" else "to send mail (SMTP)"
        said = (await talk.ask(f"The server {what}? (empty: {guess})")).strip()
        settings[which] = said or guess
    if given.get("allow_plain_http") == "yes":
        for which in ("imap", "smtp"):
            if is_here(host_and_port(settings[which])[0]):
                settings.setdefault(f"{which}_security", Guard.PLAIN.value)
