"""How often Bluesky is asked, in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between two looks. The servers allow an address 3,000 requests in five minutes; this
    asks for about 80."""

    heard: float = 8.0
    """At what is said to us in the open, and in private."""
    own: float = 30.0
    """At what we said elsewhere."""
    still: float = 60.0
    """Whether what was told still stands."""

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Pace:
        """From the account's settings: `poll_seconds`, and the others in proportion."""
        heard = seconds(settings, "poll_seconds", 8.0)
        factor = heard / 8.0
        return cls(heard=heard, own=30.0 * factor, still=60.0 * factor)


def seconds(settings: Mapping[str, str], name: str, otherwise: float) -> float:
    """A setting that is a time."""
    try:
        found = float(settings.get(name, ""))
    except ValueError:
        return otherwise
    return found if 0 < found < 86_400 else otherwise
