"""Draws docs/greenroom.svg, the README's picture, from the demo shop: `make picture`."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from console import paths
from console.commands.opened import House
from console.commands.opening import begin, demo_engine, face
from console.config import Config, Look, Sending, Theme
from console.engine.reading import Order, View

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "greenroom.svg"
SIZE = (132, 36)
WHO = "Ana Horvat"
"""Whose thread is on the picture, being moved to a private message."""


async def draw() -> str:
    """The screen as SVG, with a handoff in its undo window."""
    config = Config(look=Look(theme=Theme.DARK), sending=Sending(undo_seconds=60))
    with tempfile.TemporaryDirectory() as folder:
        found = paths.find({paths.HOME_VARIABLE: folder})
        paths.make(found)
        begun = begin(found)
        within = House(paths=found, config=config, exposed="")
        app = face(config, begun, demo_engine(within, begun.store, {"seed": "1", "speed": "0"}))
        async with app.run_test(size=SIZE) as pilot:
            async with asyncio.timeout(30):
                while True:
                    await pilot.pause(0.2)
                    counts = await app.engine.reading.counts()
                    if counts.needs_us > 10 and app.engine.statuses["demo"].state.value == "live":
                        break
            app.clear_notifications()
            reading = app.engine.reading
            ids = list(await reading.ids(View.INBOX, Order.LONGEST))
            rows = await reading.rows(ids)
            place = next(at for at, each in enumerate(ids) if rows[each].contact_name == WHO)
            for _ in range(place):
                await pilot.press("j")
            await pilot.pause(1.0)
            await pilot.press("m")
            await pilot.pause(1.5)
            app.clear_notifications()
            await pilot.pause(0.5)
            drawn = app.export_screenshot(title="greenroom")
            await pilot.press("q")
        await app.finish()
        begun.store.close()
    # The picture stands alone: no font is fetched for it.
    return re.sub(r"@font-face\s*{[^}]*}\s*", "", drawn)


if __name__ == "__main__":
    PICTURE.write_text(asyncio.run(draw()), encoding="utf-8")
    print(f"{PICTURE.relative_to(PICTURE.parents[1])} is drawn")
