"""`reply` and `handoff`: commit words; with `--now` see them off and say what became of them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

from connectors.contract import Lane
from console.commands import shapes
from console.commands.exits import Exit
from console.commands.opened import Opened, desk
from console.commands.saying import clock, complain, say, say_json
from console.desk.checks import Finding, FindingKind
from console.desk.model import Delivery, DeliveryState, Seen, ThreadView
from console.engine.status import AccountState
from console.engine.work import Stopped

PATIENCE = timedelta(seconds=60)
"""How long `--now` waits for an outcome. What has none by then stays in the outbox, safe."""

LOOK_EVERY = 0.1


def reply(asked: argparse.Namespace) -> int:
    """Answer a thread."""
    overridden = overridden_by(asked.anyway)
    if overridden is None:
        return Exit.USAGE
    text = asked.text if asked.text is not None else read_words()
    return asyncio.run(_reply(asked, text, overridden))


def handoff(asked: argparse.Namespace) -> int:
    """Move a thread to a private message, and say so in public."""
    overridden = overridden_by(asked.anyway)
    if overridden is None:
        return Exit.USAGE
    return asyncio.run(_handoff(asked, overridden))


async def _reply(asked: argparse.Namespace, text: str, overridden: frozenset[FindingKind]) -> int:
    async with desk(offline=not asked.now) as opened:
        view = await opened.engine.reading.thread(asked.id)
        if view is None:
            return _no_thread(asked.id)
        try:
            committed = await opened.engine.work.reply(
                asked.id,
                Lane(asked.lane) if asked.lane else view.row.lane,
                text.rstrip("\n"),
                seen=_seen(asked, view),
                overridden=overridden,
                window=timedelta(0) if asked.now else None,
            )
        except Stopped as stopped:
            return stopped_by(asked, stopped.findings)
        return await finish(asked, opened, (committed,))


async def _handoff(asked: argparse.Namespace, overridden: frozenset[FindingKind]) -> int:
    async with desk(offline=not asked.now) as opened:
        view = await opened.engine.reading.thread(asked.id)
        if view is None:
            return _no_thread(asked.id)
        plan = await opened.engine.work.plan_handoff(asked.id)
        if plan.hint:
            complain(plan.hint)
        if asked.text is not None and plan.private is None:
            complain("Nothing was sent: here only the customer can begin a private conversation.")
            return Exit.FAILED
        try:
            committed = await opened.engine.work.hand_off(
                asked.id,
                private=plan.private if asked.text is None else asked.text.rstrip("\n"),
                acknowledgement=plan.acknowledgement,
                template=plan.template if asked.text is None else None,
                seen=_seen(asked, view),
                overridden=overridden,
                window=timedelta(0) if asked.now else None,
                to=view.route(Lane.PRIVATE),
            )
        except Stopped as stopped:
            return stopped_by(asked, stopped.findings)
        legs = [committed.acknowledgement]
        if committed.private is not None:
            legs.insert(0, committed.private)
        return await finish(asked, opened, legs)


def read_words() -> str:
    """The words on standard input."""
    if sys.stdin.isatty():
        complain("Write the words, then Ctrl+D on an empty line. Ctrl+C sends nothing.")
    return sys.stdin.read()


def overridden_by(names: Sequence[str]) -> frozenset[FindingKind] | None:
    """The findings of these names; None, said in words, where one isn't known."""
    known = {_option(kind): kind for kind in FindingKind}
    unknown = [name for name in names if _option(name) not in known]
    if unknown:
        complain(
            f"No finding is called {', '.join(unknown)}. Nothing was done. Known are: "
            f"{', '.join(known)}."
        )
        return None
    return frozenset(known[_option(name)] for name in names)


def _option(name: str) -> str:
    return name.strip().replace(" ", "-")


def _no_thread(number: int) -> int:
    complain(f"There is no thread {number}. Nothing was sent.")
    return Exit.NOTHING


def _seen(asked: argparse.Namespace, view: ThreadView) -> Seen:
    if asked.seen is not None:
        return Seen(asked.seen, view.seen.revision, view.seen.done)
    return view.seen


def stopped_by(asked: argparse.Namespace, findings: Sequence[Finding]) -> int:
    """Say what the checks found; the exit code."""
    if asked.json:
        say_json(
            {
                "stopped": [
                    {
                        "finding": _option(finding.kind),
                        "words": finding.words,
                        "can_be_overridden": not finding.stops,
                    }
                    for finding in findings
                ]
            }
        )
        return Exit.STOPPED
    complain("Nothing was sent.")
    for finding in findings:
        complain(f"- {finding.words}")
        if not finding.stops:
            complain(f"  To send it all the same: --anyway {_option(finding.kind)}")
    return Exit.STOPPED


async def finish(asked: argparse.Namespace, opened: Opened, ids: Sequence[int]) -> int:
    """See deliveries off, where `--now` is given, and say what became of them; the exit code."""
    if asked.now:
        await opened.engine.start()
        found = await _see_off(opened, ids)
    else:
        found = [await opened.engine.reading.delivery(number) for number in ids]
    if asked.json:
        say_json({"deliveries": [shapes.delivery(each) for each in found]})
    else:
        for delivery in found:
            say(_told(delivery, opened, now=asked.now))
    return max((_code(delivery, opened) for delivery in found), key=_worse)


async def _see_off(opened: Opened, ids: Sequence[int]) -> list[Delivery]:
    """Wait until every delivery has an outcome, or none is to be had for now."""
    stirred = asyncio.Event()
    quiet: list[Callable[[], None]] = [
        opened.engine.on_change(lambda _changed: stirred.set()),
        opened.engine.on_status(stirred.set),
    ]
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                stirred.clear()
                found = [await opened.engine.reading.delivery(number) for number in ids]
                if all(_over(delivery, opened) for delivery in found):
                    return found
                await stirred.wait()
    except TimeoutError:
        return [await opened.engine.reading.delivery(number) for number in ids]
    finally:
        for stop in quiet:
            stop()


_STUCK = (AccountState.OFFLINE, AccountState.SIGN_IN, AccountState.PAUSED)
"""Nothing leaves while an account is so."""


def _over(delivery: Delivery, opened: Opened) -> bool:
    """True when waiting longer will not tell more soon."""
    if delivery.state.settled or delivery.awaits:
        return True
    status = opened.engine.statuses.get(delivery.account)
    stuck = status is None or status.state in _STUCK
    if delivery.state is DeliveryState.DOUBTFUL:
        return stuck or delivery.next_at is None
    if delivery.state is DeliveryState.HELD and delivery.cooling:
        return True
    return stuck and delivery.state is DeliveryState.DUE


def _told(delivery: Delivery, opened: Opened, *, now: bool) -> str:
    what = f"{delivery.id}  {delivery.outgoing.lane.value.upper()} to {delivery.outgoing.to.handle}"
    match delivery.state:
        case DeliveryState.SENT:
            return f"{what}: sent. {delivery.url or ''}".rstrip()
        case DeliveryState.REFUSED:
            return f"{what}: refused. {delivery.words}"
        case DeliveryState.DOUBTFUL:
            return f"{what}: it may have arrived, or not. {delivery.words}"
        case DeliveryState.HELD if delivery.cooling:
            until = clock(delivery.held_until)
            asked = "so it didn't leave now: it" if now else "so it"
            return (
                f"{what}: the thread is heated, {asked} is held to cool off until {until}, then "
                f"{_carrier(opened)}. In the console it can leave earlier, or be taken back."
            )
        case DeliveryState.HELD if not now:
            carrier = _carrier(opened)
            return f"{what}: held until {clock(delivery.held_until)}, then {carrier}."
        case DeliveryState.DUE if delivery.awaits:
            return f"{what}: waits until they begin in private. {delivery.words}"
        case DeliveryState.RECALLED:
            return f"{what}: taken back; the words are in the thread's draft."
    status = opened.engine.statuses.get(delivery.account)
    why = delivery.words or (status.words if status is not None else "")
    return f"{what}: not sent yet. {why} It is safe on disk, and {_carrier(opened)}.".replace(
        "  It", " It"
    )


def _carrier(opened: Opened) -> str:
    other = _other_holder(opened)
    if other:
        return f"{other} sends it"
    return "it leaves with the next open console or `greenroom watch`"


def _other_holder(opened: Opened) -> str:
    from console.engine.holder import Holder

    if opened.engine.elsewhere:
        return opened.engine.elsewhere
    trial = Holder(opened.house.paths.state / "outbox.lock")
    if opened.engine.settings.offline and not trial.take():
        return trial.other()
    trial.release()
    return ""


def _code(delivery: Delivery, opened: Opened) -> Exit:
    match delivery.state:
        case DeliveryState.REFUSED:
            return Exit.REFUSED
        case DeliveryState.DOUBTFUL | DeliveryState.SENDING:
            return Exit.UNSETTLED
        case DeliveryState.DUE:
            status = opened.engine.statuses.get(delivery.account)
            if status is not None and status.state is AccountState.SIGN_IN:
                return Exit.SIGN_IN
    return Exit.DONE


def _worse(code: Exit) -> int:
    order = (Exit.DONE, Exit.SIGN_IN, Exit.REFUSED, Exit.UNSETTLED)
    return order.index(code)
