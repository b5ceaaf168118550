"""How each account is doing, in memory: what the status line says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.contract import Advice


class AccountState(StrEnum):
    """What an account is doing just now."""

    STARTING = "connecting"
    CATCHING_UP = "catching up"
    STREAMING = "live"
    POLLING = "polling"
    OFFLINE = "offline"
    SIGN_IN = "sign in again"
    ELSEWHERE = "in another window"
    """Another process listens and sends; this one shows."""
    RESTING = "offline by choice"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """One account's status. `since` is when this state began, `words` what is the matter."""

    name: str
    network: str
    state: AccountState
    since: datetime
    heard_at: datetime | None = None
    words: str = ""
    behind: int | None = None
    taken_in: int = 0
    """Messages taken in since the catch-up began."""
    advice: tuple[Advice, ...] = ()

    @property
    def well(self) -> bool:
        """True while the network is being heard."""
        return self.state in {
            AccountState.STREAMING,
            AccountState.POLLING,
            AccountState.CATCHING_UP,
        }
