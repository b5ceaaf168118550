"""Templates at work: what fills their slots for one thread, and the words of a handoff.

Reading templates and Liquid for the first time takes a fifth of a second, so it happens in a
thread of its own and never while a key waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from connectors.contract import Capability, Clock, Hello, Lane, Room
from console.desk.handoff import (
    Acknowledgement,
    CannotHandOff,
    HandoffPlan,
    Way,
    question,
    quoted,
    refusal_is_silent,
    waits_for_customer,
    way,
)
from console.desk.model import ThreadView
from console.desk.waiting import moment_in_words, next_open
from console.engine.setup import EngineSettings

if TYPE_CHECKING:
    from templates.library import Library
    from templates.model import Purpose, Template

T = TypeVar("T")

QUOTES = (280, 160, 90, 40)
"""Lengths of the quote, tried in turn until the private message fits its network."""

Measure = Callable[[str, Lane], Room]

_WAITS = (
    "If they have never written to us in private, the public line asks them to, with a link, and "
    "the private message waits until they follow it."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A template that can be said in a lane, filled as far as it goes."""

    name: str
    title: str
    language: str
    text: str
    holes: int


class Texts:
    """The templates of this desk. Close it at the end."""

    def __init__(self, settings: EngineSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="templates")
        self._library: Library | None = None

    async def ready(self) -> tuple[str, ...]:
        """Load the templates; what is broken, in words. The others work."""
        library = await self._run(self.library_now)
        return tuple(str(broken) for broken in library.broken)

    async def offers(self, view: ThreadView, lane: Lane) -> tuple[Offer, ...]:
        """The templates that may be said in this lane, filled for this thread."""
        return await self._run(lambda: self.offers_now(view, lane))

    async def plan(self, view: ThreadView, hello: Hello | None, measure: Measure) -> HandoffPlan:
        """The words of a handoff of this thread. Raises `CannotHandOff`."""
        return await self._run(lambda: self.plan_now(view, hello, measure))

    async def filled(self, name: str, view: ThreadView) -> str | None:
        """What a template says in this thread; None where it is gone or can't be filled."""
        return await self._run(lambda: self.filled_now(name, view))

    def close(self) -> None:
        """Let the thread go. Safe to call twice."""
        self._thread.shutdown(wait=True)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # --- in the thread ----------------------------------------------------------------------

    def library_now(self) -> Library:
        """The templates, loaded once."""
        if self._library is None:
            from templates.library import Library

            self._library = Library.load(Path(path) for path in self._settings.template_folders)
            self._warm(self._library)
        return self._library

    def _warm(self, library: Library) -> None:
        from templates.fill import compiled

        for template in library.templates[:1]:
            compiled(template.body)

    def offers_now(self, view: ThreadView, lane: Lane) -> tuple[Offer, ...]:
        """`offers`, in this thread."""
        from templates.fill import Unfillable, fill
        from templates.model import TemplateLane

        values = self.values(view, QUOTES[0])
        offers = []
        for template in self.library_now().search(
            language=language_of(view), lane=TemplateLane(lane.value)
        ):
            try:
                filled = fill(template, values)
            except Unfillable:
                continue
            offers.append(
                Offer(
                    template.name, template.title, template.language, filled.text,
                    len(filled.holes),
                )
            )  # fmt: skip
        return tuple(offers)

    def filled_now(self, name: str, view: ThreadView) -> str | None:
        """`filled`, in this thread."""
        from templates.fill import Unfillable, fill

        template = self.library_now().find(name, language_of(view))
        if template is None:
            return None
        try:
            return fill(template, self.values(view, QUOTES[0])).text
        except Unfillable:
            return None

    def plan_now(self, view: ThreadView, hello: Hello | None, measure: Measure) -> HandoffPlan:
        """`plan`, in this thread. Raises `CannotHandOff`."""
        from templates.model import Purpose

        how = way(view, hello)
        if how is Way.INVITE:
            invitation = self._filled(Purpose.ACK_NO_DM, view, measure, Lane.PUBLIC)
            return HandoffPlan(
                private=None,
                acknowledgement=Acknowledgement(
                    sent=invitation, refused=invitation, unknown=invitation
                ),
                template=None,
                hint=_why_not(hello),
                # Where it can't be answered it isn't heard either.
                in_vain=not self._by_mail
                and hello is not None
                and Capability.REPLY_PRIVATE not in hello.can,
            )
        if how is Way.ELSEWHERE:
            sent = Purpose.ACK_ELSEWHERE
        else:
            sent = Purpose.ACK_SENT_SILENT if refusal_is_silent(hello) else Purpose.ACK_SENT
        waits = waits_for_customer(view, hello)
        shut = hello is not None and any(advice.shuts_out for advice in hello.advice)
        in_vain = shut and how is Way.BOTH and not waits and not self._by_mail
        refused = Purpose.ACK_INVITED if waits else Purpose.ACK_REFUSED
        return HandoffPlan(
            private=self._filled(Purpose.HANDOFF_PRIVATE, view, measure, Lane.PRIVATE),
            acknowledgement=Acknowledgement(
                sent=self._filled(sent, view, measure, Lane.PUBLIC),
                refused=self._filled(refused, view, measure, Lane.PUBLIC),
                unknown=self._filled(Purpose.ACK_UNKNOWN, view, measure, Lane.PUBLIC),
            ),
            template=self._usual(Purpose.HANDOFF_PRIVATE, view).name,
            hint=(
                _goes(view) if how is Way.ELSEWHERE
                else _WAITS if waits
                else _shut(view) if in_vain
                else ""
            ),
            in_vain=in_vain,
        )  # fmt: skip

    @property
    def _by_mail(self) -> bool:
        """The public line names an address instead."""
        return bool(self._settings.shop.get("email"))

    def _usual(self, purpose: Purpose, view: ThreadView) -> Template:
        found = self.library_now().of(purpose, language_of(view))
        if not found:
            raise CannotHandOff(
                f"There is no usable template for {purpose.value}: yours is broken and takes the "
                "place of the shipped one. `greenroom doctor` shows the line."
            )
        return found[0]

    def _filled(self, purpose: Purpose, view: ThreadView, measure: Measure, lane: Lane) -> str:
        from templates.fill import Unfillable, fill

        template = self._usual(purpose, view)
        text = ""
        try:
            for quote in QUOTES:
                text = fill(template, self.values(view, quote)).text
                left = measure(text, lane).left
                if left is None or left >= 0:
                    break
        except Unfillable as error:
            raise CannotHandOff(
                f"The template {template.name!r} can't be filled: {error.words} "
                f"Mend it in {template.path}."
            ) from error
        return text

    def values(self, view: ThreadView, quote: int) -> dict[str, str | None]:
        """The value of every slot that this thread fills; a quote of at most so many characters."""
        contact, agent = view.contact, self._settings.agent
        public = view.lane(Lane.PUBLIC)
        asked = question(view.messages)
        values: dict[str, str | None] = {
            "contact.name": contact.name,
            "contact.first_name": first_name(contact.name),
            "contact.handle": view.row.handle,
            "contact.language": language_of(view),
            "agent.name": agent or None,
            "agent.first_name": first_name(agent),
            "thread.url": public.url if public else None,
            "thread.quote": quoted(asked.text, quote) if asked else None,
            "thread.network": view.row.network,
            "today": self._clock().astimezone().date().isoformat(),
        }
        for name, value in self._settings.shop.items():
            values[f"shop.{name}"] = value
        values.setdefault("shop.next_open", self._next_open())
        return values

    def _next_open(self) -> str | None:
        hours, now = self._settings.hours(), self._clock()
        opens = next_open(now, hours) if hours.said else None
        if opens is None:
            return None
        return "now" if opens == now else moment_in_words(opens, now, hours.zone)


def _why_not(hello: Hello | None) -> str:
    """Why the public line goes alone."""
    why = hello.cannot.get(Capability.OPEN_PRIVATE) if hello is not None else None
    return why or "Only the customer can begin a private conversation on this network."


def _shut(view: ThreadView) -> str:
    return (
        "If it is refused, the public line asks them to write to you in private, which this "
        f"account doesn't let everyone begin. “greenroom account check {view.row.account}” says "
        "what opens it; or give the shop's email in config.toml."
    )


def _goes(view: ThreadView) -> str:
    route = view.route(Lane.PRIVATE)
    said = f"The private message goes by {route.network} to {route.address.handle}"
    if view.lane(Lane.PRIVATE) is not None:
        return f"{said}, as before."
    return f"{said}: {view.row.network} takes none for them."


def first_name(name: str) -> str | None:
    """The first word of a name that has a letter in it."""
    return next((word for word in name.split() if any(letter.isalpha() for letter in word)), None)


def language_of(view: ThreadView) -> str | None:
    """The language the customer wrote in last, as far as they or the network said."""
    for message in reversed(view.messages):
        if not message.ours and message.language:
            return message.language
    return view.contact.language
