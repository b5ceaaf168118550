"""`kill -9` at every commit and at every step of a request, against a server that counts posts.

Each case commits a reply to one customer and a handoff to another, kills the process at one point,
starts it again and lets it finish. Then three posts stand on the server, each once, and the desk
says of each that it was sent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from connectors.contract import Lane
from console.desk.model import DeliveryState, Seen
from console.engine.engine import Engine
from console.engine.setup import EngineSettings
from console.store import deliveries
from console.store.connection import Store
from tests.connectors.mastodon.fake import MASTODON43, PROFILES, Fake, Profile
from tests.kill.victim import Token, setup

GOTOSOCIAL = next(profile for profile in PROFILES if profile.name == "gotosocial")


class Deadly(Fake):
    """A server that kills its client at one step of the nth post."""

    step = ""
    post = 0
    prey = 0
    posts = 0

    async def _post(self, request: web.Request) -> web.Response:
        self.posts += 1
        mine = self.posts == self.post
        if mine and self.step == "asked":
            self._kill()
        answer = await super()._post(request)
        if mine and self.step == "posted":
            self._kill()
        return answer

    def _kill(self) -> None:
        os.kill(self.prey, signal.SIGKILL)


@dataclass
class Scene:
    """A server, a database, and the words that were committed on it."""

    server: Deadly
    token: str
    database: Path
    deliveries: tuple[int, ...]

    async def run(self, *arguments: str) -> int:
        """Run the desk; its exit code, negative when it was killed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.kill.victim",
            str(self.database), self.server.url, self.token, *arguments,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.server.prey = process.pid
        _, said = await process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}, said.decode()
        return process.returncode

    def standing(self) -> list[str]:
        """What stands on the server from the shop, by the words that tell them apart."""
        return sorted(
            status.text
            for status in self.server.statuses.values()
            if status.account is self.server.shop
        )


async def a_scene(folder: Path, profile: Profile) -> Scene:
    server = Deadly(profile)
    await server.start()
    ana, budi = server.person("ana"), server.person("budi")
    first = await server.write(ana, "@support where is my parcel?")
    second = await server.write(budi, "@support my parcel 4711 never came")
    token = server.token_for(server.shop)
    store = Store(folder / "desk.db")
    store.open_now()
    engine = Engine(
        store, [setup(server.url)], secrets=Token(token), settings=EngineSettings(agent="Mira")
    )
    await engine.prepare()
    await engine.start()
    heard = asyncio.Event()
    store.listen(lambda _changed: heard.set())

    async def threads() -> dict[str, int]:
        return dict(
            await store.read(lambda work: work.all("SELECT remote_id, thread_id FROM messages"))
        )

    async with asyncio.timeout(20):
        while heard.clear() or not {first.id, second.id} <= set(await threads()):
            await heard.wait()
    found = await threads()
    # The session ends first, so that nothing leaves before the victim runs.
    await engine.stop()
    engine = Engine(
        store, [setup(server.url)], secrets=Token(token), settings=EngineSettings(agent="Mira")
    )
    await engine.prepare()
    now = timedelta(0)
    made = [
        await engine.work.reply(
            found[first.id], Lane.PUBLIC, "It left on Monday.", seen=Seen(None), window=now
        )
    ]
    plan = await engine.work.plan_handoff(found[second.id])
    handoff = await engine.work.hand_off(
        found[second.id],
        private=plan.private,
        acknowledgement=plan.acknowledgement,
        template=None,
        seen=Seen(None),
        window=now,
    )
    assert handoff.private is not None
    made += [handoff.private, handoff.acknowledgement]
    await engine.stop()
    store.close()
    return Scene(server, token, folder / "desk.db", tuple(made))


async def finish(scene: Scene, *, ahead: float = 0.0) -> None:
    """Start it again, and see that everything stands once and nothing is lost."""
    assert await scene.run("--ahead", str(ahead)) == 0
    standing = scene.standing()
    assert len(standing) == 3, standing
    assert sum("It left on Monday." in text for text in standing) == 1
    assert sum("parcel 4711 never came" in text for text in standing) == 1
    store = Store(scene.database)
    store.open_now()
    try:
        for delivery_id in scene.deliveries:
            found = store.read_now(deliveries.delivery, delivery_id)
            assert found.state is DeliveryState.SENT
            assert found.remote_id in scene.server.statuses
        ours = store.read_now(
            lambda work: work.value("SELECT COUNT(*) FROM messages WHERE ours = 1")
        )
        assert ours == 3
    finally:
        store.close()


async def killed_at_commit(folder: Path, number: int, when: str) -> bool:
    """Kill at a commit; False when the desk was done before it came to that."""
    scene = await a_scene(folder, MASTODON43)
    try:
        died = await scene.run(str(number), when) != 0
        await finish(scene)
    finally:
        await scene.server.stop()
    return died


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_at_every_commit(tmp_path_factory, when):
    number, alive = 0, False
    while not alive:
        pair = await asyncio.gather(
            *(
                killed_at_commit(tmp_path_factory.mktemp(f"{when}{at}"), at, when)
                for at in (number + 1, number + 2)
            )
        )
        number += 2
        alive = not all(pair)
    # Three deliveries make at least nine commits: window passed, sending, outcome.
    assert number > 9


@pytest.mark.parametrize("profile", [MASTODON43, GOTOSOCIAL], ids=lambda profile: profile.name)
@pytest.mark.parametrize("step", ["asked", "posted"])
@pytest.mark.parametrize("post", [1, 2, 3])
async def test_killed_at_every_step_of_a_request(tmp_path, profile, step, post):
    scene = await a_scene(tmp_path, profile)
    scene.server.step, scene.server.post = step, post
    try:
        assert await scene.run() == -signal.SIGKILL
        # A server that ignores keys is given time before its silence counts as proof.
        await finish(scene, ahead=0 if profile is MASTODON43 else 120)
    finally:
        await scene.server.stop()
