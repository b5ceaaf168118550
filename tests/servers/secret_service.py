"""A real Secret Service for the keyring's tests: gnome-keyring on a D-Bus of its own, headless.

`python -m tests.servers.secret_service` installs it; `running` starts one for a block.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("dbus", "gnome-keyring")
"""From Debian's own repository."""

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
PASSWORD = "of the tests"
READY_SECONDS = 60.0


def installed() -> bool:
    """True when everything is there."""
    return all(shutil.which(program) for program in PROGRAMS)


def install() -> None:
    """Install it. Raises RuntimeError where that can't be done."""
    if installed():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RuntimeError(f"Please install {' and '.join(PACKAGES)}; only root can do it here.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=env)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
        check=True,
        env=env,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def running(folder: Path, *, unlocked: bool = True) -> Iterator[Mapping[str, str]]:
    """A Secret Service that keeps what it is told in `folder`; the environment that leads to it.

    `unlocked` False: its collection was made, and is locked.
    """
    home = folder / "home"
    for place in (home, folder / "run", folder / "data"):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "XDG_DATA_HOME": str(folder / "data"),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'run' / 'bus'}",
    }
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--address", env["DBUS_SESSION_BUS_ADDRESS"]],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    keeper: subprocess.Popen[bytes] | None = None
    try:
        _wait_for(folder / "run" / "bus", bus)
        begin = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        keeper = subprocess.Popen(
            [*begin, "--unlock"] if unlocked else begin,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert keeper.stdin is not None
        keeper.stdin.write(PASSWORD.encode() if unlocked else b"")
        keeper.stdin.close()
        _wait_for(folder / "run" / "keyring" / "control", keeper)
        yield env
    finally:
        for process in (keeper, bus):
            if process is not None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{process.args} did not begin: {process.poll()}")
        time.sleep(0.05)


if __name__ == "__main__":
    install()
