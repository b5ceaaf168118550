"""`watch`: the engine without a screen, for a server or for cron."""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import UTC, datetime, timedelta

from console.commands.exits import Exit
from console.commands.opened import Opened, desk
from console.commands.saying import complain, say
from console.desk.model import DeliveryState
from console.engine.reading import OutboxRow
from console.engine.status import AccountState, AccountStatus

LOST = (AccountState.OFFLINE, AccountState.SIGN_IN)
BEHIND = (AccountState.STARTING, AccountState.CATCHING_UP)

SOON = timedelta(minutes=5)
"""`--once` waits for an attempt that is due within this time, and no longer."""


def watch(asked: argparse.Namespace) -> int:
    """Listen and send until told to stop; with `--once` until all is settled."""
    return asyncio.run(_watch(asked))


async def _watch(asked: argparse.Namespace) -> int:
    async with desk(offline=asked.offline, what="watch") as opened:
        if not opened.accounts:
            complain("There is no account yet. Add one: greenroom account add mastodon")
            return Exit.NOTHING
        progress = _Progress(opened)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        opened.engine.on_status(progress.changed)
        opened.engine.on_change(lambda _changed: progress.changed())
        await opened.engine.start()
        if opened.engine.elsewhere:
            say(f"{opened.engine.elsewhere} listens and sends; this one takes over when it ends.")
        progress.changed()
        try:
            if asked.once:
                return await _once(opened, progress, stop, asked.limit)
            await stop.wait()
            say("Stopped. What had not left stays in the outbox.")
            return Exit.DONE
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def _once(opened: Opened, progress: _Progress, stop: asyncio.Event, limit: float) -> int:
    try:
        async with asyncio.timeout(limit):
            while not stop.is_set():
                progress.stirred.clear()
                waits = await _next_look(opened)
                if waits is None:
                    break
                try:
                    async with asyncio.timeout(waits):
                        await progress.stirred.wait()
                except TimeoutError:
                    continue
    except TimeoutError:
        complain(f"Not everything was settled within {limit:g} s.")
    if opened.engine.holds:
        # A desk that only cron looks after has its backup too.
        await opened.engine.keeping.look()
    return await _result(opened)


async def _next_look(opened: Opened) -> float | None:
    """Seconds after which there may be more to do; None when nothing more is to be expected."""
    still = (*LOST, AccountState.PAUSED)
    lost = {name for name, status in opened.engine.statuses.items() if status.state in still}
    behind = [status for status in opened.engine.statuses.values() if status.state in BEHIND]
    if behind:
        return 1.0
    now = datetime.now(UTC)
    moments = [
        moment
        for row in await opened.engine.reading.outbox()
        if (moment := _when(row, now)) is not None and row.delivery.account not in lost
    ]
    if not moments or min(moments) - now > SOON:
        return None
    return min(1.0, max(0.05, (min(moments) - now).total_seconds()))


def _when(row: OutboxRow, now: datetime) -> datetime | None:
    """When something will happen to a delivery by itself; None when nothing will."""
    delivery = row.delivery
    asked = [wish.next_at or now for wish in row.withdrawals if wish.pending]
    if asked:
        return min(asked)
    match delivery.state:
        case DeliveryState.HELD:
            return delivery.held_until
        case DeliveryState.DUE if delivery.awaits:
            return None
        case DeliveryState.DUE | DeliveryState.SENDING:
            return delivery.next_at or now
        case DeliveryState.DOUBTFUL:
            return delivery.next_at
    return None


async def _result(opened: Opened) -> int:
    rows = [row for row in await opened.engine.reading.outbox() if not row.settled]
    statuses = opened.engine.statuses.values()
    for status in statuses:
        if status.state in LOST:
            complain(f"{status.name}: {status.state.value}. {status.words}")
    if any(status.state is AccountState.SIGN_IN for status in statuses):
        return Exit.SIGN_IN
    if rows:
        complain(
            f"{len(rows)} in the outbox not settled; `greenroom outbox` lists them. Nothing of it "
            "is lost."
        )
        return Exit.UNSETTLED
    if any(status.state is AccountState.OFFLINE for status in statuses):
        return Exit.FAILED
    if behind := [status for status in statuses if status.state in BEHIND]:
        for status in behind:
            complain(
                f"{status.name}: still {status.state.value}, {status.taken_in} messages taken in. "
                "The next run goes on from there."
            )
        return Exit.UNSETTLED
    say("Everything is caught up and settled.")
    return Exit.DONE


class _Progress:
    """Says what changes, a line at a time, and not more than is worth reading."""

    def __init__(self, opened: Opened) -> None:
        self.stirred = asyncio.Event()
        self._opened = opened
        self._said: dict[str, tuple[AccountState, int, str]] = {}
        self._troubles: tuple[str, ...] = ()

    def changed(self) -> None:
        """Look at every account and say what is new."""
        self.stirred.set()
        for status in self._opened.engine.statuses.values():
            # A catch-up is told in steps of 500 messages.
            new = (status.state, status.taken_in // 500, status.words)
            if status.state is not AccountState.CATCHING_UP:
                new = (status.state, 0, status.words)
            if self._said.get(status.name) != new:
                self._said[status.name] = new
                say(_line(status))
        for words in self._opened.engine.troubles:
            if words not in self._troubles:
                complain(words)
        self._troubles = self._opened.engine.troubles


def _line(status: AccountStatus) -> str:
    parts = [f"{datetime.now().astimezone():%H:%M:%S}  {status.name}: {status.state.value}"]
    if status.taken_in:
        parts.append(f"{status.taken_in} messages taken in")
    if status.behind:
        parts.append(f"{status.behind} to come")
    if status.words:
        parts.append(status.words)
    return ", ".join(parts)
