"""snac2: a small real server with real OAuth, from Debian's pool, run as it is extracted.

It has no stream, ignores Idempotency-Key, and moves mail between its own people by three queues:
the writer's, the server's, the reader's. Each is a folder with a file for each piece of mail. What
it would do by itself is slow and loses mail, so two things stand around it here:

* One thread of it looks at all three, and sleeps three seconds when it found nothing. A pulse keeps
  it awake: a named pipe lies in a queue like any mail, the thread opens it and waits, the pulse
  makes the next pipe and writes to this one a piece of mail that asks for nothing. So something was
  found, and the thread looks again. More processes at the same folders would be no better way: its
  locks are those of one process.
* A file's name is the microsecond in which the mail came. Two that come in the same are both told
  “202 Accepted”, and one is gone; with a dozen under way at once that's one in a thousand. From the
  writer's queue to the server's the mail goes by HTTP, so it goes through a proxy that lets one
  through at a time.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.install import NotInstalled, ready
from tests.servers.one_by_one import OneByOne
from tests.servers.running import Running, free_port

VERSION = "2.75-2"
SUITE = "trixie"
PEOPLE = ("support", "ana", "budi")
PULSE = 0.05
NOTHING_TO_DO = b'{"type": "close_question"}'


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
        log = data.parent / "data.log"
        self._running = Running([str(binary()), "httpd", str(data)], port=port, log=log)
        self._mail = OneByOne(port)
        self._pipe: Path | None = None
        self._pulse: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, hurry: bool = False) -> None:
        """Start it; `hurry`: with a pulse that makes its mail arrive in less than nine seconds."""
        if hurry:
            # It finds the first pipe at its first look, so it never sleeps.
            self._pipe = self._new_pipe(1)
            self._pulse = asyncio.create_task(self._beat(self._pipe))
        await self._mail.start()
        await self._running.start(self._mail.env)

    async def stop(self) -> None:
        """Stop it. Its pulse goes on until then: what waits at a pipe doesn't hear that it ends."""
        await self._running.stop()
        await self._mail.stop()
        if self._pulse is not None:
            self._pulse.cancel()
            (died,) = await asyncio.gather(self._pulse, return_exceptions=True)
            self._pulse = None
            if not isinstance(died, asyncio.CancelledError):
                raise AssertionError("the pulse of snac2 stopped") from died
        if self._pipe is not None:
            self._pipe.unlink(missing_ok=True)
            self._pipe = None

    async def _beat(self, pipe: Path) -> None:
        """Let it through the pipe that it waits at, to the next one."""
        number = 1
        while True:
            await asyncio.sleep(PULSE)
            end = _open_for_writing(pipe)
            if end is None:
                continue
            number += 1
            pipe = self._pipe = self._new_pipe(number)
            os.write(end, NOTHING_TO_DO)
            os.close(end)

    def _new_pipe(self, number: int) -> Path:
        # Its name is the moment from which it may be read.
        pipe = self.data / "user" / PEOPLE[0] / "queue" / f"{number:010}.json"
        os.mkfifo(pipe)
        return pipe

    def revoke(self, token: str) -> None:
        """Take a key away, as its owner could on the server."""
        (self.data / "token" / f"{token}.json").unlink()


def _open_for_writing(pipe: Path) -> int | None:
    """The pipe's end, or None while nobody waits at it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


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
    # It brings its own people's mail to itself by HTTP: those who bring it must never be so many
    # that nobody is left to take it.
    settings["num_threads"] = 32
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
