"""What the engine is told when it is made: accounts, who we are, and how long to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from connectors.contract import Secrets


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


class NoSecrets:
    """For accounts that need none: the demo shop."""

    async def of(self, account: AccountSetup) -> Secrets:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What a person may set. Durations are real time."""

    undo_window: timedelta = timedelta(seconds=8)
    due_soon_after: timedelta = timedelta(hours=4)
    """A customer who has waited this long is due soon."""
    agent: str = ""
    """Who answers: the name on drafts and in `agent.name`."""
    shop: Mapping[str, str] = field(default_factory=dict)
    """Values of the `shop.*` slots by name, without the prefix."""
    template_folders: tuple[str, ...] = ()
    offline: bool = False
    """Never open a socket: read, draft and queue only."""
