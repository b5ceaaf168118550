"""snac2: a small real server with real OAuth, from Debian's pool, run as it is extracted.

It has no stream, ignores Idempotency-Key, and moves mail between its own people by three queues,
each of which it looks at every three seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.install import NotInstalled, ready
from tests.servers.running import Running, free_port

VERSION = "2.75-2"
SUITE = "trixie"
PEOPLE = ("support", "ana", "budi")
HELPERS = 5


def install(into: Path) -> None:
    """Download the package and extract it; nothing of the system is changed."""
    lists, cache = into / "apt/lists", into / "apt/cache"
    for part in (lists / "partial", cache / "archives/partial"):
        part.mkdir(parents=True, exist_ok=True)
    sources = into / "apt" / f"{SUITE}.sources"
    sources.write_text(_sources())
    options = [
        *("-o", f"Dir::Etc::sourcelist={sources}"),
        *("-o", "Dir::Etc::sourceparts=/dev/null"),
        *("-o", f"Dir::State::lists={lists}"),
        *("-o", f"Dir::Cache={cache}"),
        *("-o", "APT::Sandbox::User=root"),
    ]
    _run(["apt-get", "-qq", *options, "update"], into)
    _run(["apt-get", "-qq", *options, "download", f"snac2={VERSION}"], into)
    (package,) = into.glob("snac2_*.deb")
    _run(["dpkg-deb", "-x", str(package), str(into / "root")], into)
    linked = subprocess.run(
        ["ldd", str(into / "root/usr/bin/snac")], capture_output=True, text=True, check=False
    )
    if "not found" in linked.stdout:
        raise NotInstalled("it needs libcurl4 and libssl3: apt-get install libcurl4 libssl3")


def _sources() -> str:
    """Where this machine gets Debian from, for the suite that has the package."""
    for place in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in place.read_text().split("\n\n"):
            lines = [line for line in stanza.splitlines() if not line.startswith("#")]
            if any(line.startswith("URIs:") and "/debian" in line for line in lines):
                return (
                    "\n".join(
                        f"Suites: {SUITE}" if line.startswith("Suites:") else line for line in lines
                    )
                    + "\n"
                )
    raise NotInstalled("no Debian source is configured on this machine (/etc/apt/sources.list.d)")


def _run(command: list[str], where: Path) -> None:
    try:
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotInstalled(f"{command[0]} isn't on this machine") from None
    if done.returncode:
        raise NotInstalled(f"{' '.join(command[:3])}: {done.stderr.strip()[-500:]}")


class Snac:
    """One snac with three people and their passwords."""

    def __init__(self, data: Path, port: int, passwords: dict[str, str]) -> None:
        self.data = data
        self.port = port
        self.passwords = passwords
        self._binary = str(binary())
        self._running = self._httpd(data, port)
        self._helping: list[Running] = []
        self._hurrying: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, hurry: bool = False) -> None:
        """Start it; `hurry`: with all that makes its mail arrive in less than nine seconds."""
        await self._running.start()
        if hurry:
            self._hurrying = asyncio.create_task(self._hurry())

    async def stop(self) -> None:
        """Stop everything."""
        if self._hurrying is not None:
            self._hurrying.cancel()
            await asyncio.gather(self._hurrying, return_exceptions=True)
            self._hurrying = None
        await asyncio.gather(*(one.stop() for one in (self._running, *self._helping)))
        self._helping.clear()

    async def _hurry(self) -> None:
        """Look at the people's queues all the time, and at the server's with more eyes.

        The server looks at its own queue every three seconds, so the same folder gets more
        servers, each at a port that nobody asks, each starting a while after the last.
        """
        turn = 0
        while True:
            if turn % 2 == 0 and len(self._helping) < HELPERS:
                helper = self._helper(len(self._helping))
                self._helping.append(helper)
                await helper.start()
            turn += 1
            for name in PEOPLE:
                with (self.data.parent / "queue.log").open("ab") as log:
                    looking = await asyncio.create_subprocess_exec(
                        self._binary, "queue", str(self.data), name, stdout=log, stderr=log
                    )
                await looking.wait()
            await asyncio.sleep(0.2)

    def _helper(self, number: int) -> Running:
        folder = self.data.parent / f"helper{number}"
        folder.mkdir()
        for one in self.data.iterdir():
            if one.name not in ("server.json", "server.pid"):
                (folder / one.name).symlink_to(one)
        port = free_port()
        settings = json.loads((self.data / "server.json").read_text())
        (folder / "server.json").write_text(json.dumps({**settings, "port": port}))
        return self._httpd(folder, port)

    def _httpd(self, data: Path, port: int) -> Running:
        log = self.data.parent / f"{data.name}.log"
        return Running([self._binary, "httpd", str(data)], port=port, log=log)

    def revoke(self, token: str) -> None:
        """Take a key away, as its owner could on the server."""
        (self.data / "token" / f"{token}.json").unlink()


def binary() -> Path:
    """The program. Raises `NotInstalled`."""
    return ready("snac") / "root/usr/bin/snac"


def fresh() -> Snac:
    """A new snac in a temporary folder, not yet started."""
    program = str(binary())
    port = free_port()
    data = Path(tempfile.mkdtemp(prefix="greenroom-snac-")) / "data"
    answers = f"127.0.0.1\n{port}\n127.0.0.1:{port}\n\n\n"
    subprocess.run(
        [program, "init", str(data)], input=answers, text=True, check=True, capture_output=True
    )
    config = data / "server.json"
    settings = json.loads(config.read_text())
    settings["protocol"] = "http"
    # On a loaded machine an answer may take longer than six seconds, and what was not answered
    # would be tried again two minutes later.
    settings["queue_timeout"] = settings["queue_timeout_2"] = 60
    settings["queue_retry_minutes"] = 0
    settings["queue_retry_max"] = 1000
    config.write_text(json.dumps(settings))
    # What people write is not to be made into pictures.
    (data / "emojis.json").write_text("{}")
    passwords = {}
    for name in PEOPLE:
        said = subprocess.run(
            [program, "adduser", str(data), name], text=True, check=True, capture_output=True
        )
        found = re.search(r"password is (\S+)", said.stdout + said.stderr)
        assert found, said.stdout
        passwords[name] = found[1]
    return Snac(data, port, passwords)


def copied(one: Snac) -> Snac:
    """The same people on a server of their own, at the same port: not at the same time."""
    data = Path(tempfile.mkdtemp(prefix="greenroom-snac-")) / "data"
    shutil.copytree(one.data, data)
    return Snac(data, one.port, one.passwords)


def away(one: Snac) -> None:
    """Remove a stopped server's folder."""
    shutil.rmtree(one.data.parent, ignore_errors=True)
