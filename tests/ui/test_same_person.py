"""`=`: whoever is suggested as the same person becomes that person, after a question."""

from __future__ import annotations

from console.ui.screens.ask import Confirm
from tests.ui.counter import counter


async def two_anas(shop):
    shop.network.customer("ana", vouched=("https://ana.example",))
    shop.network.customer("anna", vouched=("https://ana.example/",))
    shop.writes("ana", "where is my parcel?")
    shop.writes("anna", "and my refund?")
    await shop.until(lambda: len(shop.desk.inbox.list.ids) == 2)


async def test_the_aside_suggests_and_the_key_asks_and_z_undoes(tmp_path):
    async with counter(tmp_path, size=(170, 45)) as shop:
        await two_anas(shop)
        await shop.press("g", "g")
        await shop.sees("perhaps the same as Anna", "by ana.example", "= says that they are one")
        await shop.press("=")
        await shop.until(lambda: isinstance(shop.app.screen, Confirm))
        await shop.press("n")
        await shop.until(lambda: shop.app.screen is shop.desk)
        assert len((await shop.view()).contact.addresses) == 1
        await shop.press("=")
        await shop.until(lambda: isinstance(shop.app.screen, Confirm))
        await shop.press("y")
        await shop.sees("They are one person now.", "@anna@social.example", "1 other thread")
        await shop.press("z")
        await shop.sees("perhaps the same as Ana", "no other threads")


async def test_nobody_alike_is_said(tmp_path):
    async with counter(tmp_path, letters={"ana": "where is my parcel?"}) as shop:
        await shop.press("=")
        await shop.sees("Nobody else has the same e-mail or verified link.")


async def test_a_terminal_that_grows_shows_who_it_is(tmp_path):
    """The aside stayed empty until another thread was shown."""
    async with counter(tmp_path, size=(80, 24), letters={"ana": "where is my parcel?"}) as shop:
        assert "no other threads" not in shop.screen()
        await shop.pilot.resize_terminal(170, 45)
        await shop.sees("no other threads")
