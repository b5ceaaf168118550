"""An answer as a mail: our Message-ID, what it answers, and the words as plain text."""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connectors.contract import Outgoing, Reason, Refused
from connectors.mail import naming
from connectors.mail.places import Places
from connectors.mail.smtp import Letter

SUBJECT = "Your message to us"
_WIRE = SMTP.clone(max_line_length=78)


def letter(
    outgoing: Outgoing, key: str, places: Places, now: datetime, parents: tuple[str, ...]
) -> Letter:
    """The mail for a delivery. `parents` are the mails above it as far as they are known, the first
    one first. Raises `Refused` where it can't be addressed."""
    to = recipient(outgoing)
    message = EmailMessage(policy=_WIRE)
    try:
        message["From"] = _mailbox(places.name, places.address)
        message["To"] = _mailbox(outgoing.to.name, to)
    except (ValueError, IndexError, MessageError):
        raise _no_address(outgoing.to.handle) from None
    message["Subject"] = subject(outgoing)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{naming.id_of(key, places.domain)}>"
    answers = naming.is_real(outgoing.reply_to or "")
    above = [one for one in (outgoing.conversation, *parents, outgoing.reply_to)
             if one is not None and naming.is_real(one)]  # fmt: skip
    above = list(dict.fromkeys(_safe(one) for one in above if one != outgoing.reply_to))[-20:]
    if answers and outgoing.reply_to is not None:
        above.append(_safe(outgoing.reply_to))
    if above:
        message["In-Reply-To"] = f"<{above[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in above)
    if outgoing.language and re.fullmatch(r"[A-Za-z0-9-]{2,35}", outgoing.language):
        message["Content-Language"] = outgoing.language
    text = outgoing.text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    message.set_content(text.decode(), charset="utf-8", cte="quoted-printable")
    try:
        raw = message.as_bytes()
    except (ValueError, UnicodeError, IndexError, MessageError):
        raise _no_address(outgoing.to.handle) from None
    return Letter(sender=_ascii(places.address), to=to, raw=raw, key=key)


def subject(outgoing: Outgoing) -> str:
    """The subject of an answer: what the customer wrote under, after `Re:`."""
    said = "".join(sign if sign.isprintable() else " " for sign in outgoing.warning or "")
    said = " ".join(said.split())[:400]
    if outgoing.reply_to is None and outgoing.conversation is None:
        return said or SUBJECT
    if not said:
        return f"Re: {SUBJECT}"
    return said if said[:3].lower() == "re:" else f"Re: {said}"


def recipient(outgoing: Outgoing) -> str:
    """The address, as it was written where we have that. Raises `Refused`."""
    address, shown = outgoing.to.remote_id, outgoing.to.handle
    if shown.lower() == address:
        address = shown
    if re.fullmatch(r"[^\s@<>,;:\"()]{1,200}@[^\s@<>,;:\"()]{1,250}", address) is None:
        raise _no_address(shown)
    return _ascii(address)


def _ascii(address: str) -> str:
    name, _, domain = address.rpartition("@")
    try:
        name.encode("ascii")
        return f"{name}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        raise _no_address(address) from None


def _mailbox(name: str, address: str) -> Mailbox:
    shown = "".join(sign if sign.isprintable() else " " for sign in name)[:120]
    shown = shown.encode("utf-8", "replace").decode()
    return Mailbox(display_name=" ".join(shown.split()), addr_spec=address)


def _safe(message_id: str) -> str:
    return "".join(sign for sign in message_id if "!" <= sign <= "~" and sign not in "<>")


def _no_address(shown: str) -> Refused:
    return Refused(
        f"“{shown}” is not an address that mail can be sent to. Nothing was sent.",
        reason=Reason.NOT_ACCEPTED,
    )
