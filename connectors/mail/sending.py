"""One answer: handed over once, filed, and found again when its outcome is unknown."""

from __future__ import annotations

import logging
from collections.abc import Set
from datetime import datetime, timedelta

from connectors.contract import (
    CannotTell,
    Clock,
    ConnectorError,
    Found,
    Lane,
    Outgoing,
    Reason,
    Receipt,
    Refused,
)
from connectors.mail import naming
from connectors.mail.composing import letter
from connectors.mail.imap import Imap
from connectors.mail.lines import day
from connectors.mail.places import Copies, Places
from connectors.mail.smtp import Handover

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=20)
LOOK_FOR = timedelta(minutes=10)
"""After this a copy that isn't there won't come any more, and a person has to look."""


async def send(
    places: Places,
    secret: str,
    copies: tuple[Copies, str],
    parents: tuple[str, ...],
    outgoing: Outgoing,
    key: str,
    clock: Clock,
) -> Receipt:
    """Hand it over once. Raises `ConnectorError`, as the contract says."""
    allowed(outgoing)
    made = letter(outgoing, key, places, clock(), parents)
    handover = Handover(places, clock)
    try:
        await handover.sign_in(secret)
        at = clock()
        await handover.hand_over(made)
    finally:
        await handover.close()
    who, folder = copies
    if who is Copies.GREENROOM and folder:
        await _file(places, secret, folder, made.raw, clock)
    own_id = naming.id_of(key, places.domain)
    return Receipt(remote_id=own_id, at=at, conversation=outgoing.conversation or own_id)


def allowed(outgoing: Outgoing) -> None:
    """Raise `Refused` for what e-mail can't or mustn't do."""
    if outgoing.lane is Lane.PUBLIC:
        raise Refused(
            "E-mail has no public lane. Nothing was sent. Answer in private.",
            reason=Reason.NOT_ALLOWED,
        )
    begun = outgoing.conversation or outgoing.reply_to or ""
    if begun.startswith(naming.AUTO):
        raise Refused(
            "A program sent this mail, so nobody would read an answer. Nothing was sent. If a "
            "person stands behind it, write to their own address.",
            reason=Reason.NOT_ALLOWED,
        )
    if not outgoing.text.strip():
        raise Refused("There are no words to send. Nothing was sent.")


async def _file(places: Places, secret: str, folder: str, raw: bytes, clock: Clock) -> None:
    """Put our copy where other mail programs look for it. It has left, whatever comes of this."""
    imap: Imap | None = None
    try:
        imap = await Imap.signed_in(places, secret, clock)
        await imap.append(folder, raw)
    except ConnectorError as error:
        log.warning("a mail was sent, but its copy could not be filed: %s", error.words)
    finally:
        if imap is not None:
            await imap.close()


async def find_sent(
    places: Places,
    secret: str,
    folder: str,
    outgoing: Outgoing,
    key: str,
    *,
    tried_at: datetime,
    claimed: Set[str],
    clock: Clock,
) -> Found:
    """Look for its copy among what was sent, and for an answer or a report that names it.

    That nothing is there proves nothing: a server may hold a mail for days.
    """
    own_id = naming.id_of(key, places.domain)
    if own_id in claimed:
        return CannotTell(words="Another message has the same id.")
    imap = await Imap.signed_in(places, secret, clock)
    try:
        for name, criteria in (
            (folder, ["HEADER", "Message-ID", f'"<{own_id}>"']),
            ("INBOX", ["SINCE", day(tried_at - timedelta(days=1)), "TEXT", f'"{own_id}"']),
        ):
            if not name:
                continue
            await imap.examine(name)
            if await imap.search(*criteria):
                return Receipt(
                    remote_id=own_id,
                    at=tried_at,
                    conversation=outgoing.conversation or own_id,
                )
    finally:
        await imap.close()
    now = clock()
    where = "the folder of sent mail" if folder else "the mailbox"
    return CannotTell(
        words=f"There is no copy of it in {where} yet, and no answer to it.",
        again_at=now + LOOK_AGAIN if now < tried_at + LOOK_FOR else None,
    )
