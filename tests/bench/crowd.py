"""Customers who write to the shop on a made-up Mastodon server, in a process of its own.

It says its address and the shop's token on the first line. A line `go RATE` on its input lets
people write until a line `stop`; then it says how many messages that were.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from types import TracebackType

from tests.bench.words import SPOKEN, TONGUES, order, said
from tests.connectors.mastodon.fake import Fake

SLICE = 0.02


async def _serve() -> None:
    fake = Fake()
    fake.policy["for_private_mentions"] = "accept"  # or an advice stands over the conversation
    await fake.start()
    print(fake.url, fake.token_for(fake.shop), flush=True)
    rng = random.Random(7)
    people = [fake.person(f"customer{number}", "crowd.example") for number in range(400)]
    loop = asyncio.get_running_loop()
    writing: asyncio.Task[None] | None = None
    written = [0]
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.startswith("go"):
            written[0] = 0
            writing = loop.create_task(_write(fake, people, rng, float(line.split()[1]), written))
        elif writing is not None:
            writing.cancel()
            print(written[0], flush=True)
    await fake.stop()


async def _write(
    fake: Fake,
    people: list,  # type: ignore[type-arg]
    rng: random.Random,
    rate: float,
    written: list[int],
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        while written[0] < (loop.time() - began) * rate:
            tongue = rng.choices(TONGUES, SPOKEN)[0]
            words = said(rng, tongue.asks, order(rng))
            await fake.write(rng.choice(people), f"@support {words}")
            written[0] += 1
        await asyncio.sleep(SLICE)


class Crowd:
    """The process, from outside."""

    def __enter__(self) -> Crowd:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.crowd"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url, self.token = self._line().split()
        return self

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def write(self, rate: float) -> None:
        """Let people write so many messages a second."""
        self._say(f"go {rate}")

    def stop(self) -> int:
        """Let them stop; how many messages they wrote."""
        self._say("stop")
        return int(self._line())

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
