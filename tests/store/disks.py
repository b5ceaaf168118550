"""Disks that fail: full ones, ones that nobody may write to, and databases that others lock.

All of it is real, and works for root, in a container and for anybody else: a full disk is a small
one of its own where mounting is allowed, and a limit on how far files may grow where it isn't; who
may not write is somebody else for a while.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SMALL = 12_000_000
LIMIT = 2_048
"""Bytes that a file may have while a limit stands for the full disk: less than one page."""
NOBODY = 65_534


class Disk:
    """A disk that can be filled and made room on. `folder` is on it."""

    def __init__(self, folder: Path, *, own: bool) -> None:
        self.folder = folder
        self.own = own
        self._filler = folder / "filler"
        self._limited: dict[int, tuple[int, int]] = {}

    def fill(self, *processes: int) -> None:
        """Leave no room; for the processes named, or this one."""
        if not self.own:
            for number in processes or (os.getpid(),):
                before = resource.prlimit(number, resource.RLIMIT_FSIZE)
                self._limited[number] = before
                resource.prlimit(number, resource.RLIMIT_FSIZE, (LIMIT, before[1]))
            return
        with self._filler.open("ab", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"x" * size) == size:
                        pass

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)
        for number, before in self._limited.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(number, resource.RLIMIT_FSIZE, before)
        self._limited.clear()


def _mount(place: Path) -> bool:
    ask = ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=700", "none", str(place)]
    try:
        return subprocess.run(ask, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def a_disk(folder: Path) -> Iterator[Disk]:
    """A disk of its own, if this machine lets us have one."""
    place = folder / "disk"
    place.mkdir(mode=0o700)
    mounted = os.geteuid() == 0 and _mount(place)
    disk = Disk(place, own=mounted)
    try:
        yield disk
    finally:
        disk.free()
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


@contextlib.contextmanager
def somebody_else(folder: Path) -> Iterator[None]:
    """For a while we are somebody who may look at the folder and not write into it."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    root, group = os.geteuid() == 0, os.getegid()
    for path in modes:
        path.chmod(0o500 if path.is_dir() else 0o400)
        if root:
            os.chown(path, NOBODY, group)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)
                if root:
                    os.chown(path, 0, group)


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that somebody else can look into: those of pytest are shut."""
    with tempfile.TemporaryDirectory(prefix="greenroom-test-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


_LOCK = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "readers too":
    held.execute("PRAGMA locking_mode = EXCLUSIVE")
held.execute("BEGIN EXCLUSIVE")
held.execute("CREATE TABLE IF NOT EXISTS somebody_elses (words)")
print("held", flush=True)
sys.stdin.read()
held.execute("ROLLBACK")
"""


@contextlib.contextmanager
def locked(database: Path, *, readers_too: bool = False) -> Iterator[None]:
    """Another program holds the database."""
    whom = "readers too" if readers_too else "writers"
    with subprocess.Popen(
        [sys.executable, "-c", _LOCK, str(database), whom],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdin is not None
        assert program.stdout.readline() == "held\n"
        try:
            yield
        finally:
            program.stdin.close()
            program.wait(10)
