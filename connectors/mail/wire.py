"""Bytes of a message -> what the contract knows: a post, a bounce, or an oddity with its reason.

Pure. Whatever a stranger's program wrote, one message never stops another: what can't be read at
all becomes an `Oddity` with the field that was wrong.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from connectors.contract import (
    Address,
    Attachment,
    Audience,
    Bounced,
    Lane,
    Oddity,
    Post,
    Quoted,
)
from connectors.mail import naming
from connectors.mail.bodies import body_of
from connectors.mail.charsets import header_of
from connectors.mail.folding import fold

LINES_OF_RAW = 4_000
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\x00-\x1f]{1,200}@[^\s@<>,;:\"()\x00-\x1f]{1,250}")
_LISTS = ("list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe",
          "list-owner", "list-archive")  # fmt: skip
_BARE = r"""[^\s@<>,;:"()\[\]\\]+@[^\s@<>,;:"()\[\]\\]+"""
_WORD = r"""[^"\\<>(),:;@\[\]\s]+"""
_SIMPLE = re.compile(
    rf"""\s*(?:"([^"\\\r\n]*)"|({_WORD}(?:\x20{_WORD})*))?\s*<({_BARE})>\s*|\s*({_BARE})\s*"""
)
"""One person as nearly every mail names them: `Ana <ana@x>`. The rest is for `email`'s own reader,
which takes ten times as long."""
_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)


class Odd(Exception):
    """A message that can't be read; the words name the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message as it was found in a folder."""

    raw: bytes
    size: int
    at: datetime
    """When the server took it in: a sender's own clock is nobody's."""
    sent: bool = False
    """It is in the folder of sent mail, so we wrote it."""


Heads = Mapping[str, list[str]]
"""Header fields by their names in small letters, each with its values in their order."""

Known = Mapping[str, str]
"""`subject and person` (`naming.by_subject`) -> the conversation that such a mail began."""


def arrival(
    told: Told, us: Address, domain: str, known: Known | None = None
) -> Post | Bounced | Oddity | None:
    """What a message is. None: nothing that concerns anybody (a copy of ours, a delay notice)."""
    try:
        return _arrival(told, us, domain, known or {})
    except Odd as odd:
        return Oddity(what=f"a mail: {odd}", raw=_shown(told.raw))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Oddity(what=f"a mail: its form ({type(error).__name__})", raw=_shown(told.raw))


def _arrival(told: Told, us: Address, domain: str, known: Known) -> Post | Bounced | None:
    message = email.message_from_bytes(told.raw, policy=email.policy.compat32)
    heads = heads_of(message)
    if not heads:
        raise Odd("it has no header")
    sender = people(heads, "from")
    kind = message.get_content_type()
    if not told.sent:
        bounced = bounce(message, heads, told, domain, sender)
        if not isinstance(bounced, bool):
            return bounced
    post = _post(message, heads, told, us, known, sender, kind)
    if not told.sent and post.author.remote_id == us.remote_id:
        # Anybody can write our address into From, and a copy of our own is in the other folder.
        if naming.key_in(post.remote_id, domain) is not None:
            return None
        post = replace(post, author=replace(post.author, name="", automated=True))
    return post


def _post(
    message: Message,
    heads: Heads,
    told: Told,
    us: Address,
    known: Known,
    sender: list[Address],
    kind: str,
) -> Post:
    named = naming.ids_in(header(heads, "message-id"))
    own_id = named[0] if named else naming.made_up(told.raw)
    if not sender and not told.sent:
        raise Odd("from: it names nobody")
    to = [one for one in people(heads, "to") if one.remote_id != us.remote_id]
    copied = [one for one in people(heads, "cc") if one.remote_id != us.remote_id]
    program = None if told.sent else automatic(heads, kind)
    if told.sent:
        author, person = us, next(iter([*to, *copied]), None)
        others = [*to, *copied][1:]
    else:
        author = _answerable(heads, sender[0], us, program)
        person = author
        others = [one for one in (*to, *copied) if one.remote_id != author.remote_id]
    subject = header_of(heads.get("subject", [None])[0])
    parents = naming.ids_in(header(heads, "references"))
    answered = naming.ids_in(header(heads, "in-reply-to"))
    reply_to = answered[0] if answered else parents[-1] if parents else None
    if reply_to == own_id:
        reply_to = None
    remote_id = naming.AUTO + own_id if program else own_id
    root = parents[0] if parents else reply_to
    if root is None and person is not None and naming.is_reply(subject):
        root = known.get(naming.by_subject(subject, person.remote_id))
    body = body_of(message)
    folded = fold(body.text)
    attachments = body.attachments
    if told.size > len(told.raw):
        attachments += (_cut_off(told),)
    return Post(
        remote_id=remote_id,
        lane=Lane.PRIVATE,
        author=author,
        ours=told.sent,
        text=folded.text,
        at=told.at,
        to=person if told.sent else None,
        conversation=root or remote_id,
        reply_to=reply_to,
        audience=Audience.NAMED,
        also=tuple(dict.fromkeys(one.handle for one in others)),
        above=_quoted(folded.quote, own_id, told.at) if root is not None else (),
        warning=subject or None,
        headed=bool(subject),
        folded=folded.below,
        language=_language(heads),
        attachments=attachments,
    )


def _answerable(heads: Heads, sender: Address, us: Address, program: str | None) -> Address:
    """Whom an answer goes to: a form on a web page writes, and names its customer in Reply-To."""
    if any(name in heads for name in _LISTS):
        return replace(sender, automated=True)
    wanted = [one for one in people(heads, "reply-to") if one.remote_id != us.remote_id]
    author = wanted[0] if wanted else sender
    if wanted and not author.name and author.remote_id == sender.remote_id:
        author = sender
    # Who is away for a week is a person all the same.
    return replace(author, automated=program is not None and program != "auto-replied")


def automatic(heads: Heads, kind: str) -> str | None:
    """By which sign a program wrote this; None: nothing says so (RFC 3834, RFC 2919). `kind`: its
    content type."""
    said = header(heads, "auto-submitted").split(";")[0].strip().lower()
    if said and said != "no":
        return said
    if header(heads, "precedence").strip().lower() in ("bulk", "junk", "list"):
        return "precedence"
    for name in _LISTS:
        if name in heads:
            return name
    if header(heads, "return-path").replace(" ", "") == "<>":
        return "return-path"
    if kind == "multipart/report":
        return "report"
    for name in ("x-autoreply", "x-autorespond"):
        if name in heads:
            return "auto-replied"
    return None


# --- what came back --------------------------------------------------------------------------


def bounce(
    message: Message, heads: Heads, told: Told, domain: str, sender: list[Address]
) -> Bounced | bool | None:
    """The report that a mail of ours couldn't be delivered (RFC 3464). None: a report of something
    else about it, such as a delay. False: no report on a mail of Greenroom's."""
    kind = message.get_content_type()
    report = kind == "multipart/report" and (
        str(message.get_param("report-type", "")).lower() in ("delivery-status", "")
    )
    daemon = bool(sender and _DAEMON.match(sender[0].remote_id))
    if not report and not (daemon and automatic(heads, kind) is not None):
        return False
    fields = _status_fields(message) if report else {}
    ours = _original(message, fields, told.raw, domain)
    if ours is None:
        return False
    if report and fields and fields.get("action", "failed").lower() != "failed":
        return None
    why = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("status", "")
    who = fields.get("final-recipient", "").partition(";")[2].strip()
    words = f"The mail came back: {who or 'the address'} can't be reached"
    words += f". Their server says: {' '.join(why.split())[:300]}" if why else "."
    return Bounced(remote_id=ours, at=told.at, words=words, key=naming.key_in(ours, domain))


def _status_fields(message: Message) -> dict[str, str]:
    """The fields of the report, of the first recipient that failed."""
    found: dict[str, str] = {}
    for part in _parts(message):
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        if not isinstance(blocks, list):
            continue
        for block in blocks[:50]:
            if not isinstance(block, Message):
                continue
            fields = {name.lower(): header_of(value) for name, value in block.items()}
            if "action" in fields and found.get("action", "").lower() != "failed":
                found.update(fields)
            else:
                found = {**fields, **found}
    return found


def _original(message: Message, fields: Mapping[str, str], raw: bytes, domain: str) -> str | None:
    """The id of the mail of ours that a report is about."""
    for part in _parts(message):
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822"):
            inner = part.get_payload()
            head = inner[0] if isinstance(inner, list) and inner else None
            if isinstance(inner, str):
                head = email.message_from_string(inner)
            named = []
            if isinstance(head, Message):
                named = naming.ids_in(header(heads_of(head), "message-id"))
            if named:
                return named[0] if naming.key_in(named[0], domain) else None
    envelope = naming.key_in(f"{fields.get('original-envelope-id', '')}.greenroom@{domain}", domain)
    if envelope is not None:
        return naming.id_of(envelope, domain)
    return naming.ours_in(raw.decode("ascii", "replace"), domain)


def _parts(message: Message) -> list[Message]:
    inner = message.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


# --- headers ---------------------------------------------------------------------------------


def heads_of(message: Message) -> Heads:
    """The headers by their names: `email` looks through all of them for each."""
    heads: dict[str, list[str]] = {}
    for name, value in message.items():
        heads.setdefault(name.lower(), []).append(str(value))
    return heads


def header(heads: Heads, name: str) -> str:
    """The first header of a name on one line; empty where there is none."""
    values = heads.get(name)
    return " ".join(values[0].split()) if values else ""


def people(heads: Heads, name: str) -> list[Address]:
    """The people in a header, in their order. What isn't an address is left out."""
    values = [value[:50_000] for value in heads.get(name, ())]
    if not values:
        return []
    simple = _SIMPLE.fullmatch(values[0]) if len(values) == 1 else None
    if simple is not None:
        named = [(simple[1] or simple[2] or "", simple[3] or simple[4])]
    else:
        named = getaddresses(values)[:100]
    found = []
    for said, address in named:
        match = _ADDRESS.search(address)
        if match is None or not match[0].isprintable():
            continue
        found.append(
            Address(
                remote_id=match[0].lower(),
                handle=match[0],
                name=header_of(said)[:200],
                vouched=(f"mailto:{match[0]}",),
            )
        )
    if not found:
        # A form that forgot the quotes around a name: what looks like an address is one.
        for value in values:
            inner = [part.partition(">")[0] for part in value[:2_000].split("<")[1:]]
            found += [
                Address(remote_id=match[0].lower(), handle=match[0])
                for match in _ADDRESS.finditer(" ".join(inner) or value[:2_000])
            ]
    return found


def _language(heads: Heads) -> str | None:
    said = header(heads, "content-language").split(",")[0].strip()
    return said.lower() if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", said) else None


def sent_at(raw: bytes) -> datetime | None:
    """When its sender says that it was written, in UTC."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    try:
        at = parsedate_to_datetime(header(heads_of(message), "date"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _quoted(quote: str, own_id: str, at: datetime) -> tuple[Quoted, ...]:
    if not quote.strip():
        return ()
    return (Quoted(remote_id=f"quote:{own_id}", author="quoted below", text=quote, at=at),)


def _cut_off(told: Told) -> Attachment:
    return Attachment(
        kind="file",
        url="",
        description=f"a mail of {told.size / 1_000_000:.1f} MB; what is attached to it may be "
        "listed only in part",
    )


def _shown(raw: bytes) -> str:
    return raw[:LINES_OF_RAW].decode("utf-8", "replace")
