"""`kill -9` at every commit of a move to DM that waits for Start, and at every step of a post.

Whenever it dies: the context reaches Ana once at most, and Mallory, who presses her button too,
never; nothing is called sent that doesn't stand there; and what isn't known is left to a person.
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

from console.desk.model import DeliveryState
from console.store import deliveries
from console.store.connection import Store
from tests.connectors.telegram.fake import GROUP, Fake, Person
from tests.connectors.telegram.victim import engine_of, live

QUESTION = "my parcel 4711 never came"


@dataclass
class Scene:
    """A server, a database with a committed handoff, and who presses the button when it's there."""

    fake: Fake
    database: Path
    ana: Person
    mallory: Person
    prey: int = 0

    async def rest(self) -> None:
        """Start it again, in this process, and let it live until it has come to rest."""
        await live(str(self.database), self.fake.url, self.fake.token, 0, "")

    async def run(self, *death: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.connectors.telegram.victim",
            str(self.database), self.fake.url, self.fake.token, *death,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.prey = process.pid
        _, said = await process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}, said.decode()
        return process.returncode

    def press(self, _method: str, _number: int) -> None:
        """Both press the button, the stranger first, as soon as it stands there."""
        for said in self.fake.said_in(GROUP):
            if "reply_markup" in said and not said.get("pressed"):
                said["pressed"] = True
                url = said["reply_markup"]["inline_keyboard"][0][0]["url"]
                for person in (self.mallory, self.ana):
                    self.fake.presses_start(person, url.partition("?start=")[2])


async def a_scene(folder: Path) -> Scene:
    fake = Fake()
    await fake.start()
    ana, mallory = fake.person("ana", 1111), fake.person("mallory", 6666)
    fake.writes(ana, QUESTION)
    store = Store(folder / "desk.db")
    store.open_now()
    engine = engine_of(store, fake.url, fake.token)
    await engine.prepare()
    await engine.start()
    async with asyncio.timeout(20):
        await fake.all_confirmed()
    await engine.stop()
    engine = engine_of(store, fake.url, fake.token)
    await engine.prepare()
    view = await engine.reading.thread(1)
    assert view is not None
    plan = await engine.work.plan_handoff(1)
    await engine.work.hand_off(
        1,
        private=plan.private,
        acknowledgement=plan.acknowledgement,
        template=None,
        seen=view.seen,
        window=timedelta(0),
    )
    await engine.stop()
    store.close()
    scene = Scene(fake, folder / "desk.db", ana, mallory)
    fake.after = scene.press
    return scene


def judge(scene: Scene, *, died: bool) -> None:
    """What must hold when it has come to rest."""
    private, public = scene.fake.said_in(scene.ana.id), scene.fake.said_in(GROUP)
    assert scene.fake.said_in(scene.mallory.id) == []
    assert len(private) <= 1
    assert len(public) <= 1
    assert all(QUESTION in said["text"] for said in private)
    assert not any("4711" in said["text"] for said in public)
    store = Store(scene.database)
    store.open_now()
    try:
        legs = store.read_now(deliveries.legs, 1)
    finally:
        store.close()
    for leg, stands in zip(legs, (private, public), strict=True):
        waits = leg.awaits and legs[1].state is DeliveryState.DOUBTFUL and not public
        assert waits or leg.state in {DeliveryState.SENT, DeliveryState.DOUBTFUL}, leg
        if leg.state is DeliveryState.SENT:
            (said,) = stands
            assert leg.remote_id == f"{said['chat']['id']}/{said['message_id']}"
    if not died:
        assert [leg.state for leg in legs] == [DeliveryState.SENT] * 2


async def killed(folder: Path, number: int, when: str) -> bool:
    """Kill at a commit, then let it live; False when it came to rest before that."""
    scene = await a_scene(folder)
    try:
        died = await scene.run(str(number), when) != 0
        if died:
            await scene.rest()
        judge(scene, died=died)
    finally:
        await scene.fake.stop()
    return died


async def test_killed_before_every_commit(tmp_path_factory):
    """After a commit, and before what follows it, is the next test's."""
    when, number, alive = "before", 0, False
    while not alive:
        pair = await asyncio.gather(
            *(
                killed(tmp_path_factory.mktemp(f"{when}{at}"), at, when)
                for at in (number + 1, number + 2)
            )
        )
        number += 2
        alive = not all(pair)
    assert number > 8


@pytest.mark.parametrize(
    ("post", "step"), [(1, "before"), (2, "before"), (2, "after"), (3, "before"), (3, "after")]
)
async def test_killed_at_every_step_of_a_post(tmp_path, step, post):
    """The first is refused (they never began), the second is the button, the third the context."""
    scene = await a_scene(tmp_path)

    def strike(method: str, number: int) -> None:
        if number == post:
            os.kill(scene.prey, signal.SIGKILL)

    def pressed(method: str, number: int) -> None:
        scene.press(method, number)
        if step == "after":
            strike(method, number)

    scene.fake.after = pressed
    if step == "before":
        scene.fake.before = strike
    try:
        assert await scene.run() == -signal.SIGKILL
        scene.fake.before = lambda _method, _number: None
        scene.fake.after = scene.press
        await scene.rest()
        judge(scene, died=True)
    finally:
        await scene.fake.stop()
