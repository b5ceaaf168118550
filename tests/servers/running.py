"""Starting a server that nobody here wrote, waiting for it, and stopping it by its own id."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

PATIENCE = 60.0


class NotStarted(AssertionError):
    """A server didn't start: that fails the run."""


def free_port() -> int:
    """A port on loopback that nobody listens at just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Running:
    """A process of ours that listens at a port."""

    def __init__(self, command: Sequence[str], *, port: int, log: Path) -> None:
        self._command = list(command)
        self._port = port
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start it and wait until its port answers. Raises `NotStarted` with its last words."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 -- it outlives this loop
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        deadline = monotonic() + PATIENCE
        while not await answers(self._port):
            if self._process.poll() is not None or monotonic() > deadline:
                said = self._log.read_text(errors="replace")[-2000:]
                await self.stop()
                raise NotStarted(f"{self._command[0]} didn't start: {said}")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Stop it and everything it started."""
        await asyncio.to_thread(self.kill)

    def kill(self) -> None:
        """Stop it and everything it started, from anywhere."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:
                continue
            return


async def answers(port: int) -> bool:
    """True where something listens."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
