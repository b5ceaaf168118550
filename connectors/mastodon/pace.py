"""How often a server is asked: between looks, and for what can be done without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONTEXTS = 60
UNKNOWN_DELETIONS = 30
BUDGET_SECONDS = 300.0
"""Conversations, and deleted posts we don't know, asked about in so many seconds, of the 300
requests that a server allows."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks. Mastodon allows 300 paging requests in 15 minutes: one in 3 s."""

    poll: float = 5.0
    """Where there is no stream: between looks for new mentions."""
    own: float = 60.0
    """Where there is no stream: between looks for posts of ours made elsewhere."""
    sweep: float = 60.0
    """Beside a stream: between looks for what it left out."""
    look: float = 120.0
    """Between looks for edits and deletions."""
    stream_again: float = 600.0
    """Where there is no stream: until the server is asked for one again."""

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Pace:
        """The account's own pace, where its settings name one."""
        usual = cls()
        return cls(
            seconds(settings, "poll_seconds", usual.poll),
            seconds(settings, "own_seconds", usual.own),
            seconds(settings, "sweep_seconds", usual.sweep),
            seconds(settings, "look_seconds", usual.look),
            seconds(settings, "stream_again_seconds", usual.stream_again),
        )


class Budget:
    """So many requests in `BUDGET_SECONDS`, and no more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._spent: list[float] = []

    def takes(self, now: float) -> bool:
        """Spend one, if there is one."""
        self._spent = [at for at in self._spent if at > now - BUDGET_SECONDS]
        if len(self._spent) >= self._most:
            return False
        self._spent.append(now)
        return True


def seconds(settings: Mapping[str, str], name: str, usual: float) -> float:
    """A number of seconds among the settings, or the usual one where there is none or nonsense."""
    try:
        found = float(settings.get(name, ""))
    except ValueError:
        return usual
    return found if 0 < found < 86_400 else usual
