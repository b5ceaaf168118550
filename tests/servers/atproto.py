"""Bluesky's own servers, as their makers test with them: a PLC directory, a PDS and an AppView.

They come from npm and run on node, with a PostgreSQL of their own. The chat is in no package, so
the PDS is told that it is at a port of ours, where a fake may listen; the PDS passes on what it is
asked with its own signed word of who asks.
"""

from __future__ import annotations

import json
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.servers.install import NotInstalled, ready
from tests.servers.running import Running

VERSION = "0.3.215"
NET = Path(__file__).with_name("atproto_net.js")
PORTS = ("plc", "pds", "appview", "chat", "door", "strict", "ready")
NODE = 20


def install(into: Path) -> None:
    """The packages, and what they stand on where root may install it."""
    _see_to_programs()
    (into / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        [
            "npm", "install", "--no-audit", "--no-fund", "--loglevel=error",
            f"@atproto/dev-env@{VERSION}",
        ],
        cwd=into, capture_output=True, text=True, check=False,
        env={**os.environ, "CFLAGS": "-O0", "CXXFLAGS": "-O0", "JOBS": "2"},
    )  # fmt: skip
    if done.returncode:
        raise NotInstalled(f"npm: {done.stderr.strip()[-500:]}")


def _see_to_programs() -> None:
    missing = [
        package
        for package, there in (
            ("nodejs", shutil.which("node")),
            ("npm", shutil.which("npm")),
            # Two of its packages are compiled where they don't come ready for this node.
            ("g++", shutil.which("g++")),
            ("make", shutil.which("make")),
            ("postgresql", _postgres_folder()),
        )
        if not there
    ]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends",
                                            *missing]):  # fmt: skip
            subprocess.run(
                ["apt-get", *command], check=False, capture_output=True,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )  # fmt: skip
        missing = [one for one in missing if one != "postgresql" and not shutil.which(one)]
        missing += [] if _postgres_folder() else ["postgresql"]
    if missing:
        raise NotInstalled(f"It needs {', '.join(missing)}. Install them and run this again.")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(said.strip().lstrip("v").split(".")[0]) < NODE:
        raise NotInstalled(f"It needs node {NODE} or newer; this is {said.strip()}.")


def _postgres_folder() -> str:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return str(found[-1].parent)
    there = shutil.which("initdb")
    return str(Path(there).parent) if there else ""


def _port_of_ours() -> int:
    """A free port that no outgoing connection is given: some are let go and taken again by each
    case."""
    while True:
        port = random.randrange(18_000, 32_000)
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Atproto:
    """One PLC directory, one PDS, one AppView."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="greenroom-atproto-"))
        self._folder.chmod(0o755)
        self.ports = {name: _port_of_ours() for name in PORTS}
        self._database = _port_of_ours()
        self._owner = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        log = self._folder / "log"
        data = self._folder / "postgres"
        data.mkdir()
        shutil.chown(data, self._owner)
        self._postgres = Running(
            [
                *self._as_owner(), f"{_postgres_folder()}/postgres", "-D", str(data / "data"),
                "-p", str(self._database), "-c", "listen_addresses=127.0.0.1",
                "-c", f"unix_socket_directories={data}", "-c", "fsync=off",
            ],
            port=self._database, log=log,
        )  # fmt: skip
        self._net = Running(["node", str(NET)], port=self.ports["ready"], log=log)

    @property
    def pds(self) -> str:
        return f"http://127.0.0.1:{self.ports['pds']}"

    @property
    def strict(self) -> str:
        """A PDS that counts how often it is asked, as Bluesky's do."""
        return f"http://127.0.0.1:{self.ports['strict']}"

    async def start(self) -> None:
        data = self._folder / "postgres/data"
        programs = _postgres_folder()
        subprocess.run(  # noqa: ASYNC221 -- before anything runs in this loop
            [
                *self._as_owner(), f"{programs}/initdb", "-D", str(data), "-A", "trust",
                "-U", "pg", "--no-sync", "-E", "UTF8",
            ],
            check=True, capture_output=True,
        )  # fmt: skip
        await self._postgres.start()
        self._psql("create database appview")
        url = f"postgresql://pg@127.0.0.1:{self._database}/appview"
        await self._net.start(
            {
                "PORTS": json.dumps(self.ports),
                "PACKAGES": str(ready("atproto")),
                "DB_POSTGRES_URL": url,
                "LOG_ENABLED": "false",
                "NODE_ENV": "development",
                "TMPDIR": str(self._folder),
            }
        )

    def _psql(self, command: str) -> None:
        # The port answers a moment before the server takes anybody in.
        for _ in range(50):
            done = subprocess.run(
                [
                    f"{_postgres_folder()}/psql", "-q", "-h", "127.0.0.1",
                    "-p", str(self._database), "-U", "pg", "-d", "postgres", "-c", command,
                ],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if not done.returncode:
                return
        raise AssertionError(f"PostgreSQL: {done.stderr}")

    def away(self) -> None:
        """Stop everything and remove its folder."""
        self._net.kill()
        self._postgres.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _as_owner(self) -> list[str]:
        """PostgreSQL doesn't run as root."""
        if os.geteuid() != 0:
            return []
        return ["setpriv", f"--reuid={self._owner}", f"--regid={self._owner}", "--clear-groups"]
