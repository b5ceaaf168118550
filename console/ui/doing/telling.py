"""What the desk tells the person: counts, how the accounts are, what happened, what is the matter.

Nothing that was said is gone when its line is: `g n` reads it again.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from console.engine.status import AccountState
from console.ui import safe
from console.ui.doing.part import Part

if TYPE_CHECKING:
    from textual.timer import Timer

    from console.engine.reading import Counts
    from console.engine.status import AccountStatus
    from console.ui.screens.desk import DeskScreen

SAY_FOR = 6.0
TROUBLE_FOR = 15.0
"""Seconds that a line stays, besides the time it takes to read a long one."""

LETTERS_A_SECOND = 25
KEPT = 200

_LOUD = {AccountState.OFFLINE, AccountState.SIGN_IN}


class Told(NamedTuple):
    """Something that was said, and when."""

    at: datetime
    words: str
    trouble: bool = False


class Telling(Part):
    """The status line, the footer's words, and the list of what was said."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.told: deque[Told] = deque(maxlen=KEPT)
        self._advised: set[tuple[str, str]] = set()
        self._states: dict[str, tuple[AccountState, str]] = {}
        self._troubles: tuple[str, ...] = ()
        self._saying: Timer | None = None
        self._loud = False
        self._shown = ""
        self._next: deque[str] = deque()
        """Troubles that wait until the one on the screen has been read."""

    # --- words ------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """Say what has just happened, for as long as it takes to read."""
        if words:
            self._keep(words, loud=False)
        self._show(words, loud=False)

    def trouble(self, words: str) -> None:
        """Say what went wrong with what the person just did, long enough to be read."""
        self._keep(words, loud=True)
        self._show(words, loud=True)

    def matter(self, words: str) -> None:
        """Say what is the matter by itself: it doesn't hide another trouble, but waits for it."""
        waits = self._loud and self._saying is not None
        if waits and (words == self._shown or words in self._next):
            return
        self._keep(words, loud=True)
        if waits:
            self._next.append(words)
        else:
            self._show(words, loud=True)

    def _keep(self, words: str, *, loud: bool) -> None:
        self.told.append(Told(self.engine.clock(), words, loud))
        self.screen.reviewing.show_words(words, loud=loud)

    def quiet(self, *, trouble: bool = False) -> None:
        """Take the words away: the person goes on. Trouble stays unless it is meant too."""
        if self._saying is not None and (trouble or not self._loud):
            self._gone()

    def _show(self, words: str, *, loud: bool) -> None:
        if self._saying is not None:
            self._saying.stop()
            self._saying = None
        if not words:
            self._gone()
            return
        self._loud = loud
        self._shown = words
        short = safe.width(words) + 16 < self.screen.size.width
        self.screen.footer.show(words=words if short and not loud else "")
        self.screen.said.say("" if short and not loud else words, loud=loud)
        stay = (TROUBLE_FOR if loud else SAY_FOR) + len(words) / LETTERS_A_SECOND
        self._saying = self.screen.set_timer(stay, self._gone)

    def _gone(self) -> None:
        if self._saying is not None:
            self._saying.stop()
            self._saying = None
        self._loud = False
        if self._next:
            self._show(self._next.popleft(), loud=True)
            return
        self.screen.footer.show(words="")
        self.screen.said.say("")

    # --- counts and accounts ----------------------------------------------------------------

    async def count(self) -> None:
        """How much there is to do."""
        counts = await self.engine.reading.counts()
        self.screen.footer.show(leaving=counts.leaving)
        self.show_status(counts)
        self.screen.reviewing.counted(counts)

    def show_status(self, counts: Counts | None = None) -> None:
        """How the accounts are doing, and how much there is to do where that was counted anew."""
        statuses = self.engine.statuses
        self.screen.status.show(
            counts or self.screen.status.counts,
            tuple(statuses.values()),
            self.engine.clock(),
            self.engine.elsewhere or "",
        )
        for status in statuses.values():
            self._notice(status)
        troubles = self.engine.troubles
        for words in troubles:
            if words not in self._troubles:
                self.matter(words)
        self._troubles = troubles

    def _notice(self, status: AccountStatus) -> None:
        before, now = self._states.get(status.name), (status.state, status.words)
        self._states[status.name] = now
        notices = self.screen.key("notices")
        if status.state in _LOUD and now != before and status.words:
            if before is None or before[0] is not status.state:
                self.matter(f"{status.name}: {status.words}")
            else:
                self.told.append(Told(self.engine.clock(), f"{status.name}: {status.words}", True))
        new = [a for a in status.advice if (status.name, a.key) not in self._advised]
        if new:
            self._advised.update((status.name, advice.key) for advice in new)
            for advice in new:
                self.told.append(Told(self.engine.clock(), f"{status.name}: {advice.words}"))
            what = "a hint" if len(new) == 1 else f"{len(new)} hints"
            self.say(f"{status.name} has {what} for you: {notices} reads it.")

    def farewell(self) -> str | None:
        """What is said on the terminal after the screen is gone."""
        leaving = self.screen.footer.leaving
        if not leaving or self.engine.elsewhere:
            return None
        what = "1 message has" if leaving == 1 else f"{leaving} messages have"
        it = "It leaves" if leaving == 1 else "They leave"
        return (
            f"{what} not left yet. {it} when Greenroom runs next; "
            "greenroom watch --once sends without a screen."
        )

    # --- reading it again -------------------------------------------------------------------

    def standing(self) -> list[str]:
        """What is the matter now, and what to do about it."""
        said: list[str] = []
        holder = self.engine.elsewhere
        if holder:
            said.append(
                f"{holder} listens and sends for this desk. Here everything can be read and "
                "written; what you send leaves from there. This one takes over when it ends."
            )
        said += [*self.screen.rescuing.standing(), *self.engine.troubles]
        for status in self.engine.statuses.values():
            if status.state in _LOUD:
                do = "What you send waits and leaves then."
                if status.state is AccountState.SIGN_IN:
                    do = f"Run: greenroom account check {status.name}"
                elif "by itself" not in status.words:
                    do = "It tries again by itself; what you send waits and leaves then."
                said.append(f"{status.name}, {status.state.value}: {status.words} {do}")
            elif status.state in {AccountState.RESTING, AccountState.PAUSED}:
                said.append(f"{status.name}: {status.words}")
            said += [
                f"{status.name}: {advice.words}"
                if advice.by_hand
                else f"{status.name}: {advice.words} To have it put right, run: "
                f"greenroom account check {status.name} --fix"
                for advice in status.advice
            ]
        return said

    def do_notices(self) -> None:
        """`g n`"""
        from console.ui.screens.notices import Notices

        self._next.clear()
        self.quiet(trouble=True)
        self.screen.app.push_screen(
            Notices(
                self.standing(),
                tuple(reversed(self.told)),
                now=self.engine.clock(),
                keys=self.screen.keys,
            )
        )
