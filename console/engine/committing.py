"""From words to a delivery: the checks, the keys, and one transaction for all of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.contract import Address, Audience, Lane, Outgoing, Room
from console.desk import checks
from console.desk.checks import Finding, FindingKind
from console.desk.handoff import Acknowledgement, quieter
from console.desk.model import DraftKind, LaneState, ThreadView
from console.store import conversation, deliveries, drafts, handoffs
from console.store.connection import Work
from console.store.deliveries import Commitment
from console.store.errors import NotThere
from console.store.handoffs import Handoff

Measure = Callable[[str, Lane], Room]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Who says something, on top of what, and how long it is held."""

    account: str
    agent: str
    shop: Mapping[str, str]
    base: int | None
    overridden: frozenset[FindingKind]
    window: timedelta
    template: str | None = None


class Stopped(Exception):
    """The checks found something: nothing was committed and the draft is as it was."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(finding.words for finding in findings))
        self.findings = findings


def stopping(
    findings: Iterable[Finding], overridden: frozenset[FindingKind]
) -> tuple[Finding, ...]:
    """The findings that stop a send: all that must, and those nobody has overridden."""
    return tuple(finding for finding in findings if finding.stops or finding.kind not in overridden)


def commit_reply(
    work: Work,
    thread_id: int,
    lane: Lane,
    text: str,
    words: Words,
    measure: Measure,
    now: datetime,
) -> int:
    """Check a reply and commit it; the delivery's id. Raises `Stopped`."""
    view = _view(work, thread_id)
    found = stopping(findings_of(view, lane, text, words, measure), words.overridden)
    if found:
        raise Stopped(found)
    bound = view.lane(lane)
    if bound is None:
        raise NotThere(
            "This thread has no private lane yet. Press m: it opens one and says so in public."
            if lane is Lane.PRIVATE
            else "This thread has no public lane: the customer wrote in private."
        )
    delivery_id = deliveries.commit(
        work, _commitment(view, _outgoing(view, bound, text), words, now), now
    )
    drafts.consume(work, thread_id, lane, DraftKind.REPLY)
    return delivery_id


def commit_handoff(
    work: Work,
    thread_id: int,
    private: str | None,
    acknowledgement: Acknowledgement,
    words: Words,
    measure: Measure,
    now: datetime,
) -> Handoff:
    """Check both legs of a handoff, in all their wordings, and commit them. Raises `Stopped`."""
    view = _view(work, thread_id)
    found: list[Finding] = []
    if private is not None:
        found += findings_of(view, Lane.PRIVATE, private, words, measure)
    wordings = dict.fromkeys(
        (acknowledgement.sent, acknowledgement.refused, acknowledgement.unknown)
    )
    for text in wordings:
        found += findings_of(view, Lane.PUBLIC, text, words, measure, acknowledges=True)
    stopped = stopping(dict.fromkeys(found), words.overridden)
    if stopped:
        raise Stopped(stopped)
    public = view.lane(Lane.PUBLIC)
    if public is None:
        raise NotThere("This thread is private already: nobody else reads it.")
    line = acknowledgement.refused if private is None else acknowledgement.sent
    outgoing = replace(_outgoing(view, public, line), audience=quieter(public.audience))
    handoff = handoffs.commit_legs(
        work,
        thread_id,
        acknowledgement,
        None if private is None else _commitment(view, _opening(view, public, private), words, now),
        _commitment(view, outgoing, words, now),
        now,
    )
    drafts.consume(work, thread_id, Lane.PRIVATE, DraftKind.HANDOFF)
    drafts.consume(work, thread_id, Lane.PUBLIC, DraftKind.HANDOFF)
    return handoff


def findings_of(
    view: ThreadView,
    lane: Lane,
    text: str,
    words: Words,
    measure: Measure,
    *,
    acknowledges: bool = False,
) -> tuple[Finding, ...]:
    """Everything the checks say about a text for a lane of this thread."""
    newest = next((message for message in reversed(view.messages) if not message.ours), None)
    return checks.check(
        checks.Sending(
            lane=lane,
            text=text,
            room=measure(text, lane),
            acknowledgement=acknowledges,
            to=view.row.contact_name or view.row.handle,
            unseen=0 if acknowledges else _unseen(view, words.base),
            theirs=tuple(message.text for message in view.messages if not message.ours),
            last=next(
                (
                    message.text
                    for message in reversed(view.messages)
                    if message.ours and message.lane is lane
                ),
                None,
            ),
            others=newest.also if newest is not None and lane is Lane.PRIVATE else (),
            known=_said_in_private(view),
            ours=tuple(words.shop.values()),
            language=newest.language if newest is not None else None,
        )
    )


def _unseen(view: ThreadView, base: int | None) -> int:
    """How many messages the customer wrote after the newest one that the writer had seen."""
    order = [message.id for message in view.messages]
    if base is None or base not in order:
        return 0
    return sum(
        not message.ours and message.deleted_at is None
        for message in view.messages[order.index(base) + 1 :]
    )


def _said_in_private(view: ThreadView) -> dict[str, str]:
    """Numbers that the customer gave in the private lane: they must not turn up in public."""
    return {
        f"“{number}”, which they told you in private,": number
        for message in view.messages
        if not message.ours and message.lane is Lane.PRIVATE
        for number in re.findall(r"\b[\w-]*\d{3}[\w-]*\b", message.text)
    }


def _view(work: Work, thread_id: int) -> ThreadView:
    view = conversation.thread_view(work, thread_id, 200)
    if view is None:
        raise NotThere(f"There is no thread {thread_id}.")
    return view


def _outgoing(view: ThreadView, bound: LaneState, text: str) -> Outgoing:
    return Outgoing(
        lane=bound.lane,
        text=text,
        to=_address(view),
        reply_to=bound.reply_to,
        conversation=bound.conversation,
        audience=bound.audience,
        warning=bound.warning,
    )


def _opening(view: ThreadView, public: LaneState, text: str) -> Outgoing:
    """The private leg: in the private lane that is there, or opening one about the public post."""
    private = view.lane(Lane.PRIVATE)
    return Outgoing(
        lane=Lane.PRIVATE,
        text=text,
        to=_address(view),
        reply_to=private.reply_to if private else public.reply_to,
        conversation=private.conversation if private else None,
        about=public.reply_to,
        audience=Audience.NAMED,
        warning=public.warning,
    )


def _address(view: ThreadView) -> Address:
    return next(
        (known for known in view.contact.addresses if known.handle == view.row.handle),
        view.contact.addresses[0],
    )


def _commitment(view: ThreadView, outgoing: Outgoing, words: Words, now: datetime) -> Commitment:
    return Commitment(
        key=str(uuid.uuid4()),
        thread_id=view.row.id,
        account=words.account,
        outgoing=outgoing,
        author=words.agent,
        agent=words.agent,
        template=words.template,
        base=words.base,
        held_until=now + words.window,
    )
