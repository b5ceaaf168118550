"""When what was just committed leaves: at the end of its window, or once its account can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.engine.status import AccountState

if TYPE_CHECKING:
    from console.engine.engine import Engine


def leaves(engine: Engine, account: str, left: str) -> tuple[str, bool]:
    """When something of an account leaves, `left` (`8 s`) being what is left of its window; and
    True where it waits for more than that."""
    if engine.elsewhere:
        return f"in {left}, from {engine.elsewhere}", False
    status = engine.statuses.get(account)
    if status is not None and status.state is AccountState.PAUSED:
        return f"when {account} is resumed", True
    if status is not None and status.state is AccountState.SIGN_IN:
        return f"when {account} is signed in again", True
    if engine.settings.offline or status is None or not status.well:
        return "when the network is back", True
    return f"in {left}", False
