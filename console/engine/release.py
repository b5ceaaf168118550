"""What a draft becomes when it is released: the deliveries of a reply, or of a handoff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from console.desk.checks import Finding
from console.desk.handoff import Acknowledgement, HandoffPlan
from console.desk.model import Draft, ThreadView
from console.engine.committing import (
    Measure,
    Words,
    commit_handoff,
    commit_reply,
    findings_of,
    findings_of_line,
)
from console.store.connection import Work

Release = Callable[[Work, datetime], tuple[int, ...]]
"""Commits a draft in a unit of work; the ids of its deliveries. Raises `Stopped`, `NotThere`."""


def release_draft(
    work: Work,
    draft: Draft,
    plan: HandoffPlan | None,
    words: Words,
    measure: Measure,
    now: datetime,
    *,
    remember: bool = True,
) -> tuple[int, ...]:
    """Commit a draft; the ids of its deliveries, the one that leaves first at the front. Raises
    `Stopped` and `NotThere`."""
    if plan is None:
        made = commit_reply(
            work, draft.thread_id, draft.lane, draft.text, words, measure, now, remember=remember
        )
        return (made,)
    alone = plan.private is None
    handoff = commit_handoff(
        work,
        draft.thread_id,
        None if alone else draft.text,
        _acknowledgement(draft, plan),
        words,
        measure,
        now,
        remember=remember,
    )
    legs = (handoff.private, handoff.acknowledgement)
    return tuple(leg for leg in legs if leg is not None)


def public_line(draft: Draft, plan: HandoffPlan) -> str:
    """What stands in public of a handoff, as far as it can be told before it leaves."""
    said = plan.acknowledgement
    return draft.acknowledgement or (said.refused if plan.private is None else said.sent)


def _acknowledgement(draft: Draft, plan: HandoffPlan) -> Acknowledgement:
    said, alone = plan.acknowledgement, plan.private is None
    public = public_line(draft, plan)
    return Acknowledgement(
        sent=said.sent if alone else public,
        refused=public if alone else said.refused,
        unknown=said.unknown,
    )


def stands_against(
    draft: Draft,
    view: ThreadView,
    plan: HandoffPlan | None,
    words: Words,
    measure: Measure,
) -> tuple[Finding, ...]:
    """What the checks say about a draft, in all the wordings of its public line."""
    found = findings_of(view, draft.lane, draft.text, words, measure, ())
    if plan is not None:
        found = () if plan.private is None else found
        said, alone = _acknowledgement(draft, plan), plan.private is None
        wordings = (said.sent, said.refused, said.unknown)
        found += findings_of_line(view, wordings, words, measure, (), alone=alone)
    return tuple(dict.fromkeys(found))
