"""Installs the real servers that the tests start: `python -m tests.servers.install [NAME ...]`.

Everything goes into `.servers/` of the checkout, pinned. What is there already is left as it is,
so a second run takes no time. A server that can't be installed ends the run with an error.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2] / ".servers"
SERVERS = ("snac", "mastodon_mock", "synapse", "mail_server", "atproto", "telegram_test_api")
"""Modules of this folder, each with `VERSION` and `install(into)`."""


class Installable(Protocol):
    """What a server's module offers."""

    VERSION: str

    def install(self, into: Path) -> None:
        """Install into an empty folder. Raises `NotInstalled`."""


class NotInstalled(Exception):
    """A server couldn't be installed; the words say why and what to do."""


def folder(name: str) -> Path:
    """Where a server is installed."""
    return ROOT / name


def ready(name: str) -> Path:
    """A server's folder. Raises `NotInstalled` where it isn't there: never a reason to skip."""
    found = folder(name)
    if not _stamp(name).exists():
        raise NotInstalled(f"{name} isn't installed. Run “make test-servers”.")
    return found


def install(name: str) -> bool:
    """Install one server, unless its version is there already."""
    module: Installable = import_module(f"tests.servers.{name}")  # type: ignore[assignment]
    stamp = _stamp(name)
    if stamp.exists() and stamp.read_text() == module.VERSION:
        return False
    into = folder(name)
    into.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    module.install(into)
    stamp.write_text(module.VERSION)
    return True


def _stamp(name: str) -> Path:
    return folder(name) / ".installed"


def main(names: list[str]) -> int:
    """Install what is named, or everything."""
    for name in names or SERVERS:
        began = monotonic()
        try:
            new = install(name)
        except NotInstalled as trouble:
            print(f"{name}: {trouble}", file=sys.stderr)
            return 1
        took = f"installed in {monotonic() - began:.0f} s" if new else "there already"
        print(f"{name}: {took}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
