"""Opens the product on a desk whose customers are all hostile: `python -m ... FOLDER`.

Every text of the corpus is written to the shop through the network, under hostile names and
handles; the network's own words of refusal are hostile too.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Address, Clock, Hello, Lane
from connectors.stage.connector import Stage
from connectors.stage.faults import REFUSALS, Fault
from connectors.stage.network import StageNetwork
from connectors.stage.people import Customer
from console import paths
from console.commands import opening
from console.config import Config
from console.engine.engine import Engine, utc_now
from console.engine.setup import AccountSetup, EngineSettings, NoSecrets
from tests.hostile.corpus import BIG, HANDLES, NAMES, TEXTS


def network() -> StageNetwork:
    """A network on which everybody has written."""
    world = StageNetwork(clock=utc_now)
    names, handles = list(NAMES.values()), list(HANDLES.values())
    begin = datetime.now(UTC) - timedelta(hours=9)
    for number, (key, text) in enumerate(TEXTS.items()):
        if key in BIG:
            continue
        address = Address(
            remote_id=f"c{number}",
            handle=handles[number % len(handles)] or f"@c{number}@evil.example",
            name=names[number % len(names)],
        )
        who = world.customers[f"c{number}"] = Customer(
            world, address, door=world.customer("x").door
        )
        lane = Lane.PRIVATE if number % 3 == 0 else Lane.PUBLIC
        write = who.writes_privately if lane is Lane.PRIVATE else who.writes_public
        write(text or "(nothing)", at=begin + timedelta(minutes=number), warning=text[:200] or None)
    for reason in REFUSALS:
        REFUSALS[reason] = TEXTS["osc-52-clipboard"] + TEXTS["csi-clear-screen"]
    if "refuse" in sys.argv:
        world.fault(Fault.REFUSED, times=100)
    return world


def main() -> int:
    """Open it."""
    world = network()
    found = paths.find({paths.HOME_VARIABLE: sys.argv[1]})
    paths.make(found)
    begun = opening.begin(found)

    def connect(_network: str) -> Any:
        def stage(_settings: object, *, remembered: Hello | None, clock: Clock) -> Stage:
            return Stage({}, remembered=remembered, clock=clock, world=world)

        return stage

    engine = Engine(
        begun.store,
        (AccountSetup(name="main", network="stage", settings={}),),
        secrets=NoSecrets(),
        settings=EngineSettings(undo_window=timedelta(seconds=1)),
        connect=connect,
    )
    app = opening.face(Config(), begun, engine)

    async def live() -> None:
        await app.run_async()
        await app.finish()

    try:
        asyncio.run(live())
    finally:
        begun.store.close()
    return app.return_code or 0


if __name__ == "__main__":
    raise SystemExit(main())
