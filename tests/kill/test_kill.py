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
from console.desk.model import DeliveryState, DraftKind, Seen
from console.engine.engine import Engine
from console.engine.setup import EngineSettings
from console.store import deliveries
from console.store.connection import Store
from tests.connectors.mastodon.fake import MASTODON43, PROFILES, Fake, Profile
from tests.connectors.mastodon.world import Account
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
    ana: Account
    question: str
    """Her post, which is answered in public."""
    habits: tuple[str, ...] = ()
    """What is done whenever the desk runs."""

    async def run(self, *arguments: str) -> int:
        """Run the desk; its exit code, negative when it was killed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.kill.victim",
            str(self.database), self.server.url, self.token, *arguments, *self.habits,
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


REPLY = "It left on Monday."


async def a_scene(folder: Path, profile: Profile, habits: tuple[str, ...] = ()) -> Scene:
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
    if habits:
        await into_the_deck(engine, found[first.id], found[second.id])
    else:
        await into_the_outbox(engine, found[first.id], found[second.id])
    await engine.stop()
    store.close()
    return Scene(server, token, folder / "desk.db", ana, first.id, habits)


async def into_the_outbox(engine: Engine, first: int, second: int) -> None:
    """A reply to one, and a handoff of the other, both due at once."""
    now = timedelta(0)
    seen = (await seen_of(engine, first), await seen_of(engine, second))
    await engine.work.reply(first, Lane.PUBLIC, REPLY, seen=seen[0], window=now)
    plan = await engine.work.plan_handoff(second)
    await engine.work.hand_off(
        second,
        private=plan.private,
        acknowledgement=plan.acknowledgement,
        template=None,
        seen=seen[1],
        window=now,
    )


async def into_the_deck(engine: Engine, first: int, second: int) -> None:
    """The same as drafts that wait for review."""
    plan = await engine.work.plan_handoff(second)
    assert plan.private is not None
    for thread, lane, kind, text in (
        (first, Lane.PUBLIC, DraftKind.REPLY, REPLY),
        (second, Lane.PRIVATE, DraftKind.HANDOFF, plan.private),
    ):
        draft = await engine.work.save_draft(
            thread, lane, kind, text, seen=await seen_of(engine, thread)
        )
        await engine.review.mark_ready(draft)


async def seen_of(engine: Engine, thread: int) -> Seen:
    view = await engine.reading.thread(thread)
    assert view is not None
    return view.seen


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
        ids = store.read_now(lambda work: work.all("SELECT id FROM deliveries"))
        assert len(ids) == 3
        for (delivery_id,) in ids:
            found = store.read_now(deliveries.delivery, delivery_id)
            assert found.state is DeliveryState.SENT
            assert found.remote_id in scene.server.statuses
        ours = store.read_now(
            lambda work: work.value("SELECT COUNT(*) FROM messages WHERE ours = 1")
        )
        assert ours == 3
    finally:
        store.close()


async def killed_at_commit(
    folder: Path, number: int, when: str, habits: tuple[str, ...], *, again: bool
) -> bool:
    """Kill at a commit; False when the desk was done before it came to that. `again`: a customer
    has written once more before it runs."""
    scene = await a_scene(folder, MASTODON43, habits)
    try:
        if again:
            await scene.server.write(
                scene.ana, "@support never mind, it came!", reply_to=scene.question
            )
        died = await scene.run(str(number), when) != 0
        await (stopped(scene) if again else finish(scene))
    finally:
        await scene.server.stop()
    return died


async def stopped(scene: Scene) -> None:
    """Start it again, and see that what was answered too late is a draft, and the rest stands."""
    assert await scene.run() == 0
    standing = scene.standing()
    assert len(standing) == 2, standing
    assert not any(REPLY in text for text in standing)
    store = Store(scene.database)
    store.open_now()
    try:
        rows = store.read_now(lambda work: work.all("SELECT text, stopped, ready_at FROM drafts"))
        ((text, why, ready),) = rows
        assert text == REPLY
        assert "wrote again" in why
        assert ready is not None
    finally:
        store.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("habits", "again"),
    [((), False), ((), True), (("--approve", "one"), False), (("--approve", "all"), False)],
    ids=["due", "stale", "approved one by one", "approved together"],
)
async def test_killed_at_every_commit(tmp_path_factory, when, habits, again):
    number, alive = 0, False
    while not alive:
        pair = await asyncio.gather(
            *(
                killed_at_commit(
                    tmp_path_factory.mktemp(f"{when}{at}"), at, when, habits, again=again
                )
                for at in (number + 1, number + 2)
            )
        )
        number += 2
        alive = not all(pair)
    # Three deliveries make at least nine commits: window passed, sending, outcome.
    assert number > (7 if again else 9)


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
