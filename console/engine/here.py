"""Where this machine stands: its time zone, which a snooze until tomorrow morning is meant in."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LINK = Path("/etc/localtime")
_MARK = "zoneinfo/"


@cache
def local_zone() -> ZoneInfo:
    """The zone that `TZ` names, else the system's, else UTC. Source: tzset(3)."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        try:
            link = str(_LINK.readlink())
        except OSError:
            link = ""
        named = link.partition(_MARK)[2]
    try:
        if named:
            return ZoneInfo(named)
        with _LINK.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")
