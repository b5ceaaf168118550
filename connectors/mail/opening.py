"""Who we are at a mail server, what the account may do, and where its sent mail is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from connectors.contract import (
    Address,
    Capability,
    Clock,
    Hello,
    Limits,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.mail.imap import Imap
from connectors.mail.places import Copies, Places
from connectors.mail.smtp import Handover

SENT = "sent"
COPIES = "copies"
_NAMES = ("sent", "sent items", "sent messages", "sent mail", "inbox.sent", "inbox/sent",
          "[gmail]/sent mail", "gesendet", "envoyés", "enviados")  # fmt: skip
_FILE_THEMSELVES = ("gmail.com", "googlemail.com", "office365.com", "outlook.com")
"""Whose servers keep a copy of what is sent through them."""
LIMITS = Limits(public=None, private=None)
CANNOT: Mapping[Capability, str] = {
    Capability.REPLY_PUBLIC: "e-mail has no public lane",
    Capability.INVITE: "a mail needs no invitation",
    Capability.PROBE_PRIVATE: "no server says beforehand whether it will take a mail",
    Capability.REFUSAL_SHOWN: "a bounce is shown when it comes, but a spam filter says nothing",
    Capability.IDEMPOTENT: "a mail server takes the same mail twice",
    Capability.EDIT: "a mail that has left can't be changed",
    Capability.DELETE: "a mail that has left can't be called back",
    Capability.DELETE_PRIVATE: "a mail that has left can't be called back",
}
"""What no mail account can do, and why."""


async def opened(places: Places, secret: str, clock: Clock) -> Hello:
    """Sign in to both servers and say what the account is. Raises `ConnectorError`.

    A mailbox that can be read is worth opening even where sending doesn't work just now.
    """
    imap = await Imap.signed_in(places, secret, clock)
    try:
        folder = await _sent_folder(imap, places)
        gmail = imap.is_gmail
        pushes = imap.pushes
    finally:
        await imap.close()
    copies = places.copies or (
        Copies.SERVER
        if gmail or places.smtp.host.lower().endswith(_FILE_THEMSELVES)
        else Copies.GREENROOM
    )
    cannot = dict(CANNOT)
    with suppress(Unreachable, SlowDown):
        try:
            await check_sending(places, secret, clock)
        except Unauthorised as error:
            cannot[Capability.REPLY_PRIVATE] = error.words
            cannot[Capability.OPEN_PRIVATE] = error.words
    if not folder:
        cannot[Capability.FIND_SENT] = (
            "there is no folder of sent mail; name one in the setting sent_folder"
        )
    return Hello(
        account=Address(remote_id=places.address.lower(), handle=places.address, name=places.name),
        can=frozenset(Capability) - cannot.keys(),
        cannot=cannot,
        limits=LIMITS,
        where=places.imap.host,
        facts={SENT: folder, COPIES: copies.value, "pushes": "yes" if pushes else "no"},
    )


async def check_sending(places: Places, secret: str, clock: Clock) -> None:
    """Sign in to the server that takes our mail, and out again. Raises `ConnectorError`."""
    handover = Handover(places, clock)
    try:
        await handover.sign_in(secret)
    finally:
        await handover.close()


async def _sent_folder(imap: Imap, places: Places) -> str:
    """The folder of sent mail: as set, as marked by the server (RFC 6154), or by its name."""
    folders = await imap.folders()
    if places.sent:
        if places.sent in {name for _, name in folders}:
            return places.sent
        raise Unreachable(
            f"There is no folder “{places.sent}” in the mailbox (the setting sent_folder). Nothing "
            "was sent. The folders are: " + ", ".join(name for _, name in folders[:20]) + "."
        )
    for marks, name in folders:
        if "\\sent" in marks.lower().split():
            return name
    by_name = {name.lower(): name for _, name in folders}
    return next((by_name[name] for name in _NAMES if name in by_name), "")
