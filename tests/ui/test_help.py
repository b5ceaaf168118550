"""`?` helps wherever the footer says so, and begins with the keys of the place."""

from __future__ import annotations

import pytest

from tests.ui.counter import counter
from tests.ui.test_outbox import ANA, sent

FROM = {
    "inbox": ([], "?", "Move"),
    "composer": (["r"], "f1", "While writing"),
    "deck": (["d"], "?", "In the review deck"),
    "drafts": (["d", "l"], "?", "In the review deck"),
    "outbox": (["g", "o"], "?", "In the outbox"),
    "a delivery": (["g", "o", "s", "enter"], "?", "In the outbox"),
    "what has left": (["z"], "?", "In the outbox"),
    "other words": (["z", "E"], "f1", "While writing"),
}


@pytest.mark.parametrize("place", FROM)
async def test_help_begins_with_the_keys_of_the_place(tmp_path, place):
    keys, asks, first = FROM[place]
    async with counter(tmp_path, letters=ANA) as shop:
        if keys[:1] == ["d"]:
            await shop.press("r")
            await shop.paste("A draft.")
            await shop.press("ctrl+r")
            await shop.until(lambda: not shop.desk.writing.writing)
        else:
            await sent(shop)
        at = shop.app.screen
        for key in keys:
            await shop.press(key)
            await shop.until(lambda: getattr(shop.app.screen, "ready", True))
            if key in {"d", "l", "o", "z", "E", "enter"}:
                await shop.until(lambda at=at: shop.app.screen is not at, key)
                at = shop.app.screen
        await shop.press(asks)
        await shop.sees("Keys")
        lines = shop.screen().split("\n")
        title = next(at for at, line in enumerate(lines) if "Keys  " in line)
        # Other places' frames may show beside the help's own.
        assert f" {first}  " in lines[title + 1]
        await shop.press("escape")
        await shop.until(lambda: shop.app.screen is at)
