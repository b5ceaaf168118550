"""mastodon-mock: another author's stateful server of the API, with both kinds of stream."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers.install import NotInstalled, ready
from tests.servers.running import Running, free_port

VERSION = "0.6.1"
PEOPLE = ("support", "ana", "budi")
HEARTBEAT = 0.2


def install(into: Path) -> None:
    """An environment of its own, so that it shares nothing with ours."""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(into / "venv")],
        [
            str(into / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "-qq",
            "install", f"mastodon-mock=={VERSION}",
        ],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled(f"{command[1]}: {done.stderr.strip()[-500:]}")


class MastodonMock:
    """One server with three people, whose keys are `key-` and their name."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="greenroom-mock-"))
        self.port = free_port()
        people = "".join(
            f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "key-{name}"\n'
            for name in PEOPLE
        )
        config = self._folder / "mock.toml"
        config.write_text(
            f'[server]\nhost = "127.0.0.1"\nport = {self.port}\n'
            f"[streaming]\nheartbeat_seconds = {HEARTBEAT}\n{people}"
        )
        program = ready("mastodon_mock") / "venv/bin/mastodon_mock"
        self._running = Running(
            [
                str(program), "serve", "--config", str(config), "--in-memory",
                "--log-level", "warning",
            ],
            port=self.port,
            log=self._folder / "log",
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self._running.start()

    def away(self) -> None:
        """Stop it and remove its folder."""
        self._running.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
