"""The line on top: how much there is to do, and how every account is doing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from textual.strip import Strip

from console.ui import safe
from console.ui.lines import Lines
from console.ui.safe import Span
from console.ui.themes import Ink
from console.ui.wording import moment

if TYPE_CHECKING:
    from console.engine.reading import Counts
    from console.engine.status import AccountStatus

_WELL = frozenset({"live", "polling"})


def draw_status(
    counts: Counts | None,
    accounts: Sequence[AccountStatus],
    room: int,
    ink: Ink,
    *,
    now: datetime,
    zone: tzinfo | None = None,
    holder: str = "",
) -> Strip:
    """Counts on the left, accounts on the right. What matters least gives way first."""
    left = _counts(counts, ink)
    for detail in range(4):
        right = _accounts(accounts, ink, now, zone, holder, detail)
        ends = sum(safe.width(text) for text, _ in (*left, *right))
        if ends + 2 <= room:
            break
    while len(left) > 3 and sum(safe.width(text) for text, _ in (*left, *right)) + 2 > room:
        # Drop the rightmost count that isn't a warning.
        quiet = [place for place, (_, style) in enumerate(left) if style is not ink.warn]
        left = left[: quiet[-1]] + left[quiet[-1] + 1 :]
    return safe.both_ends(left, right, room)


def _counts(counts: Counts | None, ink: Ink) -> list[Span]:
    if counts is None:
        return [(" Inbox", ink.strong)]
    spans: list[Span] = [(f" Inbox {counts.needs_us:,}", ink.strong)]
    if counts.doubtful:
        spans.append((f"   Doubtful {counts.doubtful:,}", ink.warn))
    for word, number in (
        ("Due soon", counts.due_soon),
        ("Drafts", counts.drafts),
        ("Waiting", counts.waiting),
        ("Snoozed", counts.snoozed),
    ):
        if number:
            ready = f", {counts.ready:,} ready" if word == "Drafts" and counts.ready else ""
            spans.append((f"   {word} {number:,}{ready}", ink.text))
    return spans


def _accounts(
    accounts: Sequence[AccountStatus],
    ink: Ink,
    now: datetime,
    zone: tzinfo | None,
    holder: str,
    detail: int,
) -> list[Span]:
    if holder:
        return [(f"{safe.line(holder, 60)} ", ink.warn)]
    if not accounts:
        return [("no account yet ", ink.quiet)]
    well = [status for status in accounts if status.state.value in _WELL]
    rest = [status for status in accounts if status.state.value not in _WELL]
    spans: list[Span] = []
    if well and (detail < 2 or not rest):
        if detail == 0 or len(well) == 1:
            spans.extend((_account(status, now, zone, detail), ink.quiet) for status in well)
        else:
            spans.append((f"{len(well)} accounts live", ink.quiet))
    if detail < 3 or len(rest) == 1:
        loud = {"offline", "sign in again"}
        spans.extend(
            (
                _account(status, now, zone, detail),
                ink.warn if status.state.value in loud else ink.text,
            )
            for status in rest
        )
    else:
        spans.append((f"{len(rest)} accounts not live", ink.warn))
    joined: list[Span] = []
    for span in spans:
        joined += [("   ", ink.blank), span] if joined else [span]
    return [*joined, (" ", ink.blank)]


def _account(status: AccountStatus, now: datetime, zone: tzinfo | None, detail: int) -> str:
    state = status.state.value
    said = f"{safe.line(status.name, 24)} {state}"
    if state == "offline" and detail < 2:
        said += f" since {moment(status.since, now, zone)}"
    elif state == "catching up" and detail < 2:
        if status.behind:
            said += f", {status.behind:,} to come"
        elif status.taken_in:
            said += f", {status.taken_in:,} so far"
    return said


class StatusLine(Lines):
    """The status line."""

    def __init__(self, *, id: str | None = None, zone: tzinfo | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.counts: Counts | None = None
        self.accounts: tuple[AccountStatus, ...] = ()
        self.holder = ""
        self.now: datetime | None = None
        self.zone = zone

    def show(
        self,
        counts: Counts | None,
        accounts: Sequence[AccountStatus],
        now: datetime,
        holder: str = "",
    ) -> None:
        """Change what it says; repaints only when something shows."""
        new = (counts, tuple(accounts), holder, now.date())
        old = (self.counts, self.accounts, self.holder, self.now.date() if self.now else None)
        self.counts, self.accounts, self.holder, self.now = counts, tuple(accounts), holder, now
        if new != old:
            self.redraw()

    def draw(self, room: int, ink: Ink) -> list[Strip]:
        """One line."""
        if self.now is None:
            return [safe.strip([(" Greenroom", ink.strong)], room)]
        return [
            draw_status(
                self.counts,
                self.accounts,
                room,
                ink,
                now=self.now,
                zone=self.zone,
                holder=self.holder,
            )
        ]
