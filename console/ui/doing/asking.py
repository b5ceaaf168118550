"""Questions to the person: a line, a moment, a template; each on a screen over the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from textual.screen import ModalScreen

from connectors.contract import Lane
from console.desk.model import ThreadView
from console.ui.doing.part import Part

if TYPE_CHECKING:
    from console.engine.texts import Offer

Answer = TypeVar("Answer")


class Asking(Part):
    """What asks."""

    async def over(self, screen: ModalScreen[Answer]) -> Answer | None:
        """Show a screen over the desk and wait for its answer. Never called from a handler."""
        return await self.screen.home.ask_over(screen)

    def line(self, question: str, hint: str, answered: Callable[[str], None]) -> None:
        """Ask for one line."""
        from console.ui.screens.ask import Ask

        self.screen.app.push_screen(
            Ask(question, hint=hint, keys=self.screen.keys),
            lambda text: answered(text) if text else None,
        )

    def snooze(self, question: str, answered: Callable[[datetime], None]) -> None:
        """Ask until when."""
        from console.desk.waiting import SNOOZES, NotAMoment, snoozed_until
        from console.ui.screens.ask import Ask

        hours = self.screen.home.hours()

        def wrong(text: str) -> str:
            try:
                snoozed_until(text, self.engine.clock(), hours)
            except NotAMoment as error:
                return str(error)
            return ""

        def take(text: str | None) -> None:
            if text:
                answered(snoozed_until(text, self.engine.clock(), hours))

        self.screen.app.push_screen(
            Ask(question, hint=", ".join(SNOOZES), check=wrong, keys=self.screen.keys), take
        )

    async def template(self, view: ThreadView, lane: Lane) -> Offer | None:
        """Let the person pick a template for a lane of this thread."""
        from console.ui.screens.picker import Picker

        offers = await self.engine.work.offers(view.row.id, lane)
        name = await self.over(Picker(offers, keys=self.screen.keys))
        return next((offer for offer in offers if offer.name == name), None)
