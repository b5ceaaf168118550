"""The JSON of the shell: stable, and documented in docs/shell.md. Keys are added, never changed.

A key is always there, with null where there is nothing to say. Moments are ISO 8601 in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.contract import Address, Attachment
from console.commands.saying import moment
from console.desk import story
from console.desk.model import Attempt, Contact, Delivery, LaneState, Message, Note, ThreadView
from console.desk.sameness import Likeness
from console.desk.withdrawal import Withdrawal
from console.store.ledger import OutboxRow

if TYPE_CHECKING:
    from console.engine.exchange import Listed
    from console.engine.judging import Came

Json = dict[str, Any]


def thread(view: ThreadView) -> Json:
    """A thread with its newest messages, oldest of them first."""
    row = view.row
    return {
        "id": row.id,
        "account": row.account,
        "network": row.network,
        "contact": {
            "id": view.contact.id,
            "name": view.contact.name,
            "handle": row.handle,
            "language": view.contact.language,
            "addresses": [address(each) for each in view.contact.addresses],
        },
        "lanes": [lane(view, each) for each in view.lanes],
        "state": row.state.value,
        "waiting_since": moment(row.waiting_since),
        "snoozed_until": moment(row.snoozed_until),
        "last_at": moment(row.last_at),
        "unread": row.unread,
        "severity": row.severity,
        "tags": list(row.tags),
        "subject": view.subject,
        "messages": [message(each) for each in view.messages],
        "earlier": view.earlier,
        "notes": [note(each) for each in view.notes],
        "deliveries": [delivery(each) for each in view.deliveries],
    }


def address(known: Address) -> Json:
    """A name that a contact has on a network."""
    return {"handle": known.handle, "name": known.name, "url": known.url}


def contact(known: Contact) -> Json:
    """A person with all their addresses."""
    return {
        "id": known.id,
        "name": known.name,
        "language": known.language,
        "addresses": [address(each) for each in known.addresses],
    }


def likeness(like: Likeness) -> Json:
    """Another contact who may be the same person, and by what."""
    return {
        "contact": like.contact_id,
        "name": like.name,
        "handle": like.handle,
        "network": like.network,
        "by": like.by,
    }


def lane(view: ThreadView, bound: LaneState) -> Json:
    """One lane of a thread that has begun, and where an answer in it goes."""
    route = view.route(bound.lane)
    return {
        "lane": bound.lane.value,
        "audience": bound.audience.value,
        "url": bound.url,
        "account": route.account,
        "to": route.address.handle,
    }


def message(said: Message) -> Json:
    """One message, theirs or ours."""
    return {
        "id": said.id,
        "lane": said.lane.value,
        "ours": said.ours,
        "author": said.author,
        "handle": said.handle,
        "text": said.text,
        "folded": said.folded,
        "warning": said.warning,
        "language": said.language,
        "at": moment(said.at),
        "edited_at": moment(said.edited_at),
        "deleted_at": moment(said.deleted_at),
        "url": said.url,
        "attachments": [attachment(each) for each in said.attachments],
        "delivery": said.delivery_id,
    }


def attachment(attached: Attachment) -> Json:
    """Something attached: where it is and what it shows. It is never fetched."""
    return {"kind": attached.kind, "url": attached.url, "description": attached.description}


def note(written: Note) -> Json:
    """Words that are never sent."""
    return {"id": written.id, "text": written.text, "at": moment(written.at)}


def delivery(sent: Delivery) -> Json:
    """Words on their way, or what became of them."""
    return {
        "id": sent.id,
        "thread": sent.thread_id,
        "account": sent.account,
        "lane": sent.outgoing.lane.value,
        "to": sent.outgoing.to.handle,
        "text": sent.outgoing.text,
        "state": sent.state.value,
        "words": sent.words,
        "created_at": moment(sent.created_at),
        "held_until": moment(sent.held_until),
        "next_at": moment(sent.next_at),
        "tries": sent.tries,
        "handoff": sent.handoff_id,
        "leg": sent.leg.value if sent.leg else None,
        "url": sent.url,
        "settled_at": moment(sent.settled_at),
    }


def outbox_row(row: OutboxRow) -> Json:
    """A delivery of the ledger: for whom it is, who wrote and released it, what was tried."""
    sent = row.delivery
    return {
        **delivery(sent),
        "network": row.network,
        "contact": {"name": row.contact_name, "handle": row.handle},
        "says": story.stands(sent),
        "next": story.what_next(sent, row.withdrawals),
        "settled": row.settled,
        "author": sent.author,
        "approved_by": sent.approved_by or None,
        "template": sent.template,
        "key": sent.key,
        "receipt": sent.remote_id,
        "attempts": [attempt(each, sent) for each in row.attempts],
        "withdrawals": [withdrawal(each) for each in row.withdrawals],
    }


def attempt(tried: Attempt, sent: Delivery) -> Json:
    """One try, and what came of it."""
    return {
        "at": moment(tried.at),
        "what": tried.what,
        "outcome": tried.outcome,
        "words": tried.words,
        "asked": story.asked(tried.what, sent),
        "came": story.came(tried),
        "receipt": tried.receipt,
    }


def withdrawal(wish: Withdrawal) -> Json:
    """A deletion or an edit of what had left, as a person wanted it, and what came of it."""
    return {
        "kind": wish.kind.value,
        "state": wish.state.value,
        "was": wish.was,
        "text": wish.text,
        "author": wish.author,
        "asked_at": moment(wish.asked_at),
        "next_at": moment(wish.next_at),
        "tries": wish.tries,
        "words": wish.words,
        "settled_at": moment(wish.settled_at),
    }


def draft(listed: Listed) -> Json:
    """Unsent words, with whom they are for and what their writer has not seen."""
    written, row = listed.row.draft, listed.row.row
    return {
        "id": written.id,
        "key": written.key,
        "thread": row.id,
        "account": row.account,
        "network": row.network,
        "contact": {"name": row.contact_name, "handle": row.handle},
        "lane": written.lane.value,
        "kind": written.kind.value,
        "text": written.text,
        "acknowledgement": written.acknowledgement,
        "author": written.author,
        "template": written.template,
        "state": draft_state(listed),
        "base": written.seen.message or None,
        "created_at": moment(written.created_at),
        "updated_at": moment(written.updated_at),
        "ready_at": moment(written.ready_at),
        "postponed_at": moment(written.postponed_at),
        "stopped": written.stopped or None,
        "news": [
            {"kind": one.kind.value, "words": one.words, "message": one.message}
            for one in listed.news
        ],
    }


def draft_state(listed: Listed) -> str:
    """How a draft stands: `ready`, `being written` or `needs another look`."""
    written = listed.row.draft
    if written.stopped or (written.ready_at is not None and listed.news):
        return "needs another look"
    return "being written" if written.ready_at is None else "ready"


def came(one: Came) -> Json:
    """What came of a file of an import."""
    return {
        "file": one.file,
        "outcome": one.outcome.value,
        "words": one.words,
        "key": one.key or None,
        "thread": one.thread,
        "deliveries": list(one.deliveries),
    }
