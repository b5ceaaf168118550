"""What a template's words must keep to, checked when it is loaded and not when a customer waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from templates.fill import FILTERS, LONGEST, Unfillable, compiled, complaint, fill_body
from templates.model import Purpose, TemplateLane
from templates.slots import NAMES, PRIVATE_NAMES, is_slot, nearest

if TYPE_CHECKING:
    from liquid import BoundTemplate


class Fault(NamedTuple):
    """What is wrong with a body, and on which of its lines (from 1)."""

    line: int
    words: str


def faults(body: str, lane: TemplateLane, purpose: Purpose) -> tuple[Fault, ...]:
    """Everything that is wrong with a body; none when it may be used."""
    from liquid.exceptions import LiquidError

    if not body.strip():
        return (Fault(1, "The body is empty."),)
    if len(body) > LONGEST:
        return (Fault(1, f"The body has more than {LONGEST} characters."),)
    try:
        parsed = compiled(body)
    except LiquidError as error:
        words, line = complaint(error)
        return (Fault(max(line, 1), words),)
    found = [*_wrong_names(parsed, body, lane, purpose), *_wrong_filters(parsed, body)]
    if not found:
        found.extend(_wrong_when_filled(body))
    return tuple(sorted(set(found)))


def _wrong_names(
    parsed: BoundTemplate, body: str, lane: TemplateLane, purpose: Purpose
) -> Iterator[Fault]:
    for uses in parsed.analyze(include_partials=False).globals.values():
        for use in uses:
            name = str(use)
            line = body.count("\n", 0, use.span.index) + 1
            if not is_slot(name):
                meant = nearest(name)
                hint = f" Did you mean `{meant}`?" if meant else ""
                yield Fault(line, f"There is no slot `{name}`.{hint}")
            elif name in PRIVATE_NAMES and purpose.acknowledges:
                yield Fault(line, f"An acknowledgement never says what it is about: `{name}`.")
            elif name in PRIVATE_NAMES and lane is not TemplateLane.PRIVATE:
                yield Fault(
                    line,
                    f'`{name}` is private, and lane = "{lane}" lets this be said in public.'
                    ' Take the slot out, or set lane = "private".',
                )


def _wrong_filters(parsed: BoundTemplate, body: str) -> Iterator[Fault]:
    for name, places in parsed.analyze(include_partials=False).filters.items():
        if name not in FILTERS:
            meant = get_close_matches(name, FILTERS, n=1)
            hint = f" Did you mean `{meant[0]}`?" if meant else f" There are {', '.join(FILTERS)}."
            for place in places:
                line = body.count("\n", 0, place.index) + 1
                yield Fault(line, f"There is no filter `{name}`.{hint}")


def _wrong_when_filled(body: str) -> Iterator[Fault]:
    attempts: tuple[Mapping[str, str], ...] = ({}, dict.fromkeys(NAMES, "x"))
    for values in attempts:
        try:
            fill_body(body, values)
        except Unfillable as error:
            yield Fault(max(error.line, 1), error.words)
