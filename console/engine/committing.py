"""From words to a delivery: the checks, the keys, and one transaction for all of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.contract import Audience, Lane, Outgoing, Room
from console.desk import checks
from console.desk.checks import Finding, FindingKind
from console.desk.freshness import News
from console.desk.handoff import Acknowledgement, quieter, subject
from console.desk.model import DeliveryState, Draft, DraftKind, LaneState, Route, Seen, ThreadView
from console.store import changes, conversation, deliveries, drafts, freshness, handoffs
from console.store.connection import Work
from console.store.deliveries import Commitment
from console.store.errors import NotThere
from console.store.handoffs import Handoff

Measure = Callable[[str, Lane], Room]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Who says something, on top of what, and how long it is held."""

    agent: str
    shop: Mapping[str, str]
    seen: Seen
    overridden: frozenset[FindingKind]
    window: timedelta
    cool_off: timedelta
    """How long a heated thread's answers are held at least."""
    template: str | None = None
    author: str = ""
    """Who wrote it, where that is somebody else than who sends it."""
    approved_by: str = ""
    keeps_others: bool = False
    """A draft in its place that says something else is somebody else's, and stays a draft."""
    to: Route | None = None
    """Where the person saw their words go; None where nobody looked."""
    quietly: bool = False
    """The network lets a public post be announced to nobody."""


class Astray(NotThere):
    """The words would go elsewhere than the person saw: nothing was committed."""


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
    *,
    remember: bool = True,
) -> int:
    """Check a reply and commit it; the delivery's id. Raises `Stopped`.

    `remember`: write down how to undo it; without, the caller does that for several at once.
    """
    view = _view(work, thread_id)
    news = freshness.news(work, thread_id, lane, words.seen, now)
    found = stopping(findings_of(view, lane, text, words, measure, news), words.overridden)
    if found:
        raise Stopped(found)
    bound = view.lane(lane)
    if bound is None:
        raise NotThere(
            "This thread has no private lane yet. Press m: it opens one and says so in public."
            if lane is Lane.PRIVATE
            else "This thread has no public lane: the customer wrote in private."
        )
    _as_seen(view, lane, words)
    draft = drafts.in_place(work, thread_id, lane, DraftKind.REPLY)
    if draft is not None and words.keeps_others and draft.text.strip() != text.strip():
        draft = None
    delivery_id = deliveries.commit(
        work, _commitment(view, _outgoing(view, bound, text), words, now, draft), now
    )
    if draft is not None:
        drafts.consume(work, thread_id, lane, DraftKind.REPLY)
    if remember:
        changes.remember(work, "reply", [["words_again", [delivery_id]]], now)
    return delivery_id


def commit_handoff(
    work: Work,
    thread_id: int,
    private: str | None,
    acknowledgement: Acknowledgement,
    words: Words,
    measure: Measure,
    now: datetime,
    *,
    remember: bool = True,
) -> Handoff:
    """Check both legs of a handoff, in all their wordings, and commit them. Raises `Stopped`."""
    view = _view(work, thread_id)
    found: list[Finding] = []
    # What stands in public answers by itself only where nothing private goes with it.
    lane = Lane.PUBLIC if private is None else Lane.PRIVATE
    news = freshness.news(work, thread_id, lane, words.seen, now)
    if private is not None:
        found += findings_of(view, Lane.PRIVATE, private, words, measure, news)
        news = ()
    wordings = dict.fromkeys(
        (acknowledgement.sent, acknowledgement.refused, acknowledgement.unknown)
    )
    found += findings_of_line(view, wordings, words, measure, news, alone=private is None)
    stopped = stopping(dict.fromkeys(found), words.overridden)
    if stopped:
        raise Stopped(stopped)
    public = view.lane(Lane.PUBLIC)
    if public is None:
        raise NotThere("This thread is private already: nobody else reads it.")
    if private is not None:
        _as_seen(view, Lane.PRIVATE, words)
    line = acknowledgement.refused if private is None else acknowledgement.sent
    outgoing = replace(
        _outgoing(view, public, line), audience=quieter(public.audience, can=words.quietly)
    )
    draft = drafts.in_place(work, thread_id, Lane.PRIVATE, DraftKind.HANDOFF)
    if draft is not None and words.keeps_others and not _says(draft, private, wordings):
        draft = None
    opening = None if private is None else _opening(view, public, private)
    handoff = handoffs.commit_legs(
        work,
        thread_id,
        acknowledgement,
        None if opening is None else _commitment(view, opening, words, now, draft),
        _commitment(view, outgoing, words, now, draft),
        now,
    )
    if draft is not None:
        drafts.consume(work, thread_id, Lane.PRIVATE, DraftKind.HANDOFF)
    drafts.consume(work, thread_id, Lane.PUBLIC, DraftKind.HANDOFF)
    if remember:
        first = handoff.acknowledgement if handoff.private is None else handoff.private
        changes.remember(work, "move to DM", [["words_again", [first]]], now)
    return handoff


def _as_seen(view: ThreadView, lane: Lane, words: Words) -> None:
    """Raises `Astray` where a lane leads elsewhere by now."""
    route = view.route(lane)
    if words.to is not None and not words.to.is_as(route):
        raise Astray(
            f"By now it would go by {route.network} to {route.address.handle}, and not where it "
            "went when you looked. Look again, then send it."
        )


def _says(draft: Draft, private: str | None, wordings: Iterable[str]) -> bool:
    """True where nothing is in a handoff's draft but what is committed."""
    public = (draft.acknowledgement or "").strip()
    same = draft.text.strip() == (private or "").strip()
    return same and (not public or public in {text.strip() for text in wordings})


def findings_of(
    view: ThreadView,
    lane: Lane,
    text: str,
    words: Words,
    measure: Measure,
    news: tuple[News, ...],
    *,
    acknowledges: bool = False,
) -> tuple[Finding, ...]:
    """Everything the checks say about a text for a lane of this thread."""
    newest = next((message for message in reversed(view.messages) if not message.ours), None)
    refused = {one.message_id for one in view.deliveries if one.state is DeliveryState.REFUSED}
    return checks.check(
        checks.Sending(
            lane=lane,
            text=text,
            room=measure(text, lane),
            acknowledgement=acknowledges,
            to=view.row.contact_name or view.row.handle,
            news=news,
            theirs=tuple(message.text for message in view.messages if not message.ours),
            last=next(
                (
                    message.text
                    for message in reversed(view.messages)
                    if message.ours
                    and message.lane is lane
                    and message.deleted_at is None
                    and message.id not in refused
                ),
                None,
            ),
            others=newest.also if newest is not None and lane is Lane.PRIVATE else (),
            known=_said_in_private(view),
            ours=tuple(words.shop.values()),
            language=newest.language if newest is not None else None,
        )
    )


def findings_of_line(
    view: ThreadView,
    wordings: Iterable[str],
    words: Words,
    measure: Measure,
    news: tuple[News, ...],
    *,
    alone: bool,
) -> tuple[Finding, ...]:
    """Everything the checks say about the public line of a handoff, however it may be worded.

    A line that goes with a private message may say what the last one said: whether this is the
    same once more is told by the private words. `alone`: there are none.
    """
    return tuple(
        finding
        for text in dict.fromkeys(wordings)
        for finding in findings_of(view, Lane.PUBLIC, text, words, measure, news, acknowledges=True)
        if alone or finding.kind is not FindingKind.SAME_AS_LAST
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
        to=view.route(bound.lane).address,
        reply_to=bound.reply_to,
        conversation=bound.conversation,
        audience=bound.audience,
        warning=bound.warning,
    )


def _opening(view: ThreadView, public: LaneState, text: str) -> Outgoing:
    """The private leg: in the private lane that is there, or opening one about the public post."""
    private = view.lane(Lane.PRIVATE)
    if view.leaves(Lane.PRIVATE):
        return _elsewhere(view, private, text)
    return Outgoing(
        lane=Lane.PRIVATE,
        text=text,
        to=view.address,
        reply_to=private.reply_to if private else public.reply_to,
        conversation=private.conversation if private else None,
        about=public.reply_to,
        audience=Audience.NAMED,
        warning=public.warning,
    )


def _elsewhere(view: ThreadView, private: LaneState | None, text: str) -> Outgoing:
    """The private leg by another account: it knows nothing of the public post."""
    if private is not None:
        return _outgoing(view, private, text)
    return Outgoing(
        lane=Lane.PRIVATE,
        text=text,
        to=view.route(Lane.PRIVATE).address,
        audience=Audience.NAMED,
        warning=subject(view) or None,
    )


def _commitment(
    view: ThreadView, outgoing: Outgoing, words: Words, now: datetime, draft: Draft | None
) -> Commitment:
    cools = view.row.heated and words.cool_off > words.window
    return Commitment(
        key=str(uuid.uuid4()),
        thread_id=view.row.id,
        account=view.route(outgoing.lane).account,
        outgoing=outgoing,
        author=words.author or (draft.author if draft else "") or words.agent,
        agent=words.agent,
        template=words.template or (draft.template if draft else None),
        seen=words.seen,
        held_until=now + (words.cool_off if cools else words.window),
        approved_by=words.approved_by,
        draft_key=draft.key if draft else None,
        cooling=cools,
    )
