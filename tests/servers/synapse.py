"""Synapse: the server of Matrix that its makers run, on SQLite, with the limits set aside."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from tests.servers.install import NotInstalled, ready
from tests.servers.running import Running, free_port

VERSION = "1.163.2"
REGISTRATION = "test-shared-secret"
GENEROUS = "{per_second: 100000, burst_count: 100000}"
LIMITED = "{per_second: 0.5, burst_count: 2}"


def install(into: Path) -> None:
    """An environment of its own, so that it shares nothing with ours."""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(into / "venv")],
        [
            str(into / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "-qq",
            "install", f"matrix-synapse=={VERSION}",
        ],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled(f"{command[1]}: {done.stderr.strip()[-500:]}")


def _config(folder: Path, port: int, *, hasty: bool, closed: bool) -> str:
    messages = LIMITED if hasty else GENEROUS
    asking_in = LIMITED if hasty else GENEROUS
    return f"""
server_name: "localhost"
pid_file: {folder}/homeserver.pid
report_stats: false
listeners:
  - port: {port}
    bind_addresses: ["127.0.0.1"]
    type: http
    tls: false
    resources: [{{names: [client], compress: false}}]
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
macaroon_secret_key: test
form_secret: test
registration_shared_secret: {REGISTRATION}
enable_registration: false
suppress_key_server_warning: true
trusted_key_servers: []
bcrypt_rounds: 4
presence: {{enabled: false}}
rc_message: {messages}
rc_registration: {GENEROUS}
rc_room_creation: {GENEROUS}
rc_joins: {{local: {GENEROUS}, remote: {GENEROUS}}}
rc_invites: {{per_room: {GENEROUS}, per_user: {GENEROUS}, per_issuer: {asking_in}}}
block_non_admin_invites: {str(closed).lower()}
rc_login: {{address: {GENEROUS}, account: {GENEROUS}, failed_attempts: {GENEROUS}}}
"""


class Synapse:
    """One server.

    `hasty`: it lets somebody write two messages, then one every two seconds, and so with
    invitations. `closed`: it lets nobody ask anybody in.
    """

    def __init__(self, *, hasty: bool = False, closed: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="greenroom-synapse-"))
        self.port = free_port()
        config = self._folder / "homeserver.yaml"
        config.write_text(_config(self._folder, self.port, hasty=hasty, closed=closed))
        self._command = [
            str(ready("synapse") / "venv/bin/python"), "-m", "synapse.app.homeserver",
            "-c", str(config),
        ]  # fmt: skip
        self._running = Running(self._command, port=self.port, log=self._folder / "log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        if not (self._folder / "signing.key").exists():
            subprocess.run(  # noqa: ASYNC221 -- before anything runs in this loop
                [*self._command, "--generate-keys"], check=True, capture_output=True
            )
        await self._running.start()

    async def stop(self) -> None:
        """Stop it; what was written stays."""
        await self._running.stop()

    def away(self) -> None:
        """Stop it and remove its folder."""
        self._running.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def register(self, name: str) -> dict[str, Any]:
        """A new person, whose password is `pw-` and their name; what a sign-in answers."""
        path = f"{self.url}/_synapse/admin/v1/register"
        async with aiohttp.ClientSession() as session:
            async with session.get(path) as answer:
                nonce = (await answer.json())["nonce"]
            said = "\0".join([nonce, name, f"pw-{name}", "notadmin"]).encode()
            form = {
                "nonce": nonce,
                "username": name,
                "password": f"pw-{name}",
                "admin": False,
                "mac": hmac.new(REGISTRATION.encode(), said, hashlib.sha1).hexdigest(),
            }
            async with session.post(path, json=form) as answer:
                answer.raise_for_status()
                found: dict[str, Any] = await answer.json()
                return found
