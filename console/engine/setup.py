"""What the engine is told when it is made: accounts, who we are, and how long to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING, Protocol

from connectors.contract import Secrets

if TYPE_CHECKING:
    from console.desk.waiting import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSetup:
    """One account to serve. `settings` are plain; its secrets come from a `SecretSource`."""

    name: str
    network: str
    settings: Mapping[str, str]
    configured: bool = False


class NoSecret(Exception):
    """The account's secret could not be had; the words say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class SecretSource(Protocol):
    """Where secrets come from."""

    async def of(self, account: AccountSetup) -> Secrets:
        """The account's secrets. Raises `NoSecret`."""
        ...

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        """Keep a secret that the network has replaced, where that can be done. Never raises."""
        ...


class NoSecrets:
    """For accounts that need none: the demo shop."""

    async def of(self, account: AccountSetup) -> Secrets:
        """Nothing."""
        return {}

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        """Nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What a person may set. Durations are real time."""

    undo_window: timedelta = timedelta(seconds=8)
    cool_off: timedelta = timedelta(minutes=10)
    """How long an answer in a heated thread is held at least."""
    due_soon_after: timedelta = timedelta(hours=4)
    """A customer who has waited this long is due soon."""
    agent: str = ""
    """Who answers: the name on drafts and in `agent.name`."""
    shop: Mapping[str, str] = field(default_factory=dict)
    """Values of the `shop.*` slots by name, without the prefix."""
    zone: str = ""
    """The zone that the shop's hours are meant in; empty: where this machine stands."""
    week: tuple[tuple[tuple[time, time], ...], ...] = ((),) * 7
    """The shop's hours by weekday, Monday first; empty days all over: it says nothing."""
    template_folders: tuple[str, ...] = ()
    offline: bool = False
    """Never open a socket: read, draft and queue only."""

    def hours(self) -> Hours:
        """When the shop is open."""
        from zoneinfo import ZoneInfo

        from console.desk.waiting import Hours
        from console.engine.here import local_zone

        return Hours(zone=ZoneInfo(self.zone) if self.zone else local_zone(), week=self.week)
