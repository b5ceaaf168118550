"""The stage as a connector: one account, the shop's, on a network in memory.

Settings, all of them strings and all of them optional:

`seed`      which day is played; the same seed plays the same day (`1`)
`speed`     how fast; `2` is twice as fast, `0` plays only what happened before we came (`1`)
`ahead`     seconds of the day that have passed already when we come (`0`)
`faults`    how many of our sends meet bad luck, from 0 to 1 (`0`)
`latency`   seconds that a send takes (`0`)
`quirks`    what this network lacks, with commas: `idempotency`, `refusals`, `finding`,
            `streaming`, `opening`, `editing`, `deleting`; and what it has besides: `filters`,
            `inviting`
`network`   the name of a network that `share` has put there: tests script that one
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from connectors.contract import (
    Address,
    Advice,
    Batch,
    CannotTell,
    Capability,
    Clock,
    Connector,
    ConnectorError,
    Cursor,
    Found,
    Hearing,
    Hello,
    Lane,
    Likelihood,
    Limits,
    NotSent,
    Oddity,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
    Room,
    Secrets,
    SignedIn,
    Talk,
    Unauthorised,
    Unreachable,
)
from connectors.stage.faults import AFTERWARDS, Fault, Noise, strike
from connectors.stage.graphemes import count
from connectors.stage.log import Ear
from connectors.stage.network import HOST, LIMIT, Quirks, StageNetwork
from connectors.stage.people import Door

SIGN_OF_LIFE = 30.0
"""Seconds of quiet after which an empty batch says that we still hear."""

LET_IN = "let-strangers-in"

_SHARED: WeakValueDictionary[str, StageNetwork] = WeakValueDictionary()

_QUIRKS: Mapping[str, tuple[str, Any]] = {
    "idempotency": ("idempotent", False),
    "refusals": ("refusal_shown", False),
    "finding": ("finds_sent", False),
    "streaming": ("streaming", False),
    "opening": ("opens", False),
    "inviting": ("invites", True),
    "editing": ("edits", False),
    "deleting": ("deletes", False),
    "filters": ("filters", True),
    "shut": ("shut", True),
}
"""A word of the setting `quirks` -> the field of `Quirks` that it sets."""

_WITHOUT = {
    Capability.IDEMPOTENT: "This stage posts again what is sent again.",
    Capability.REFUSAL_SHOWN: "This stage doesn't say when a private message was refused.",
    Capability.PROBE_PRIVATE: "This stage doesn't tell who takes private messages.",
    Capability.FIND_SENT: "This stage can't be searched for what we sent.",
    Capability.INVITE: "On this stage nobody has to be invited by a link.",
    Capability.OPEN_PRIVATE: "On this stage only the customer can begin in private.",
    Capability.EDIT: "What the shop has said on this stage can't be edited.",
    Capability.DELETE: "What the shop has said on this stage can't be deleted.",
    Capability.DELETE_PRIVATE: "What the shop has said on this stage can't be deleted.",
}


def share(name: str, network: StageNetwork) -> None:
    """Let connectors whose setting `network` is this name use it, while somebody holds it."""
    _SHARED[name] = network


class Stage(Connector):
    """The shop's account on the stage. `network` is given by tests; otherwise settings make it."""

    network: ClassVar[str] = "stage"
    title: ClassVar[str] = "the stage"

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        remembered: Hello | None,
        clock: Clock,
        world: StageNetwork | None = None,
    ) -> None:
        super().__init__(settings, remembered=remembered, clock=clock)
        self._world = world
        self._open = False
        self._latency = 0.0

    @classmethod
    async def sign_in(cls, talk: Talk, given: Mapping[str, str], *, clock: Clock) -> SignedIn:
        """Nothing to prove: the stage lets everybody in."""
        known = ("seed", "speed", "ahead", "faults", "latency", "quirks", "network")
        settings = {name: given[name] for name in known if name in given}
        connector = cls(settings, remembered=None, clock=clock)
        try:
            hello = await connector.open({})
        finally:
            await connector.close()
        talk.say(f"You are {hello.account.handle}. Nothing on the stage leaves this machine.")
        return SignedIn(settings=settings, secrets={}, hello=hello)

    async def open(self, secrets: Secrets) -> Hello:
        """Enter the stage. The first time, the network is made from the settings."""
        if self._world is None:
            self._world = self._made()
        self._latency = self._number("latency", 0.0)
        _reach(self._world)
        self._open = True
        self.hello = _hello(self._world)
        return self.hello

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """The log since the cursor in pages, then what is added to it."""
        world = self._resumed(self._entered(), since)
        with world.log.ear() as ear:
            place = world.log.place(since)
            world.advance()
            while place < len(world.log):
                batch, place = self._page(world, ear, place, Hearing.CATCHING_UP)
                yield batch
            live = Hearing.STREAMING if world.quirks.streaming else Hearing.POLLING
            yield Batch(cursor=world.cursor(place), hearing=live)
            while True:
                await self._something(world, ear)
                batch, place = self._page(world, ear, place, live)
                yield batch

    async def send(self, outgoing: Outgoing, key: str) -> Receipt:
        """Post once."""
        world = self._entered()
        _reach(world)
        struck = world.faults.next_send()
        await self._leave(world, struck, key)
        post = world.post(outgoing, key)
        if struck is not None:
            strike(*struck, self.clock())
        return _receipt(post)

    async def probe_private(self, address: Address, about: str | None) -> Likelihood:
        """What the door looks like from outside."""
        world = self._entered()
        _reach(world)
        customer = next(
            (c for c in world.customers.values() if c.address.remote_id == address.remote_id), None
        )
        if customer is None or not world.quirks.refusal_shown or customer.door is Door.DEAF:
            return Likelihood.UNKNOWN
        if customer.blocks_us or customer.door is Door.SHUT:
            return Likelihood.UNLIKELY
        return Likelihood.LIKELY

    async def find_sent(
        self, outgoing: Outgoing, key: str, *, tried_at: datetime, claimed: Set[str]
    ) -> Found:
        """By its key where the stage keeps keys, else by its words among our newest posts."""
        world = self._entered()
        _reach(world)
        if not world.quirks.finds_sent:
            return CannotTell(words="This stage can't be searched for what we sent.")
        if key in world.under_way:
            return CannotTell(
                words="A request is still under way.",
                again_at=self.clock() + timedelta(seconds=5),
            )
        if world.quirks.idempotent:
            found = world.posted_with(key)
        else:
            found = _same_words(world, outgoing, tried_at, claimed)
        if found is None:
            return NotSent(words="It is not among the shop's posts.")
        return _receipt(found)

    def measure(self, text: str, lane: Lane, *, to: Address | None, warning: str | None) -> Room:
        """Graphemes of the text and its warning; the stage adds nothing."""
        limit = LIMIT
        if self.hello is not None:
            limits = self.hello.limits
            stated = limits.public if lane is Lane.PUBLIC else limits.private
            limit = LIMIT if stated is None else stated
        return Room(used=count(text) + count(warning or ""), limit=limit)

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in the place of one of our posts."""
        world = self._entered()
        if not world.quirks.edits:
            return await super().edit(remote_id, outgoing)
        _reach(world)
        struck = world.faults.next_recall()
        await self._leave(world, struck, remote_id)
        post = world.reword(remote_id, outgoing)
        if struck is not None:
            strike(*struck, self.clock())
        return _receipt(post)

    async def delete(self, remote_id: str) -> None:
        """Take one of our posts away; what isn't there is gone already."""
        world = self._entered()
        if not world.quirks.deletes:
            await super().delete(remote_id)
        _reach(world)
        struck = world.faults.next_recall()
        await self._leave(world, struck, remote_id)
        world.withdraw(remote_id)
        if struck is not None:
            strike(*struck, self.clock())

    async def take_advice(self, key: str) -> Hello:
        """Let strangers' private messages in."""
        if key != LET_IN:
            return await super().take_advice(key)
        world = self._entered()
        _reach(world)
        world.let_strangers_in()
        self.hello = _hello(world)
        return self.hello

    async def close(self) -> None:
        """Leave the stage. The network stays with whoever holds it."""
        self._open = False
        if self._world is not None:
            self._world.log.wake()

    # --- inside ------------------------------------------------------------------------------

    async def _leave(
        self, world: StageNetwork, struck: tuple[Fault, Reason] | None, key: str
    ) -> None:
        """The way to the server: what befalls a request before it is done, and how long it is."""
        if struck is not None and struck[0] not in AFTERWARDS:
            strike(*struck, self.clock())
        if self._latency > 0:
            await asyncio.sleep(self._latency)
        await world.pass_gate(key)

    def _entered(self) -> StageNetwork:
        if self._world is None or not self._open:
            raise Unreachable("The stage is not open. Nothing left this machine.")
        return self._world

    def _resumed(self, world: StageNetwork, since: Cursor | None) -> StageNetwork:
        """The day goes on where an earlier process left it, unless the shop has spoken already."""
        played = world.log.played_before(since)
        if played > 0 and world.driver is not None and not world.spoken:
            world = self._world = self._made(at_least=timedelta(seconds=played))
        return world

    async def _something(self, world: StageNetwork, ear: Ear) -> None:
        """Wait until the log grows, the story goes on, or it has been quiet for long."""
        world.advance()
        if ear.woken.is_set() or ear.cut or not self._open:
            ear.woken.clear()
            return
        ahead = world.until_due()
        patience = SIGN_OF_LIFE if ahead is None else min(ahead.total_seconds(), SIGN_OF_LIFE)
        try:
            # Not wait_for: before Python 3.12 it can swallow a cancellation. Never zero: with a
            # clock that stands still this would spin.
            async with asyncio.timeout(max(patience, 0.05)):
                await ear.woken.wait()
        except TimeoutError:
            world.advance()
        ear.woken.clear()

    def _page(
        self, world: StageNetwork, ear: Ear, place: int, hearing: Hearing
    ) -> tuple[Batch, int]:
        _reach(world)
        if ear.cut or not self._open:
            ear.cut = False
            raise Unreachable("The connection to the stage was cut.")
        arrivals = tuple(world.log.arrivals[place : place + world.quirks.page])
        place += len(arrivals)
        behind = len(world.log) - place
        if behind:
            ear.woken.set()
        oddities: tuple[Oddity, ...] = ()
        match world.faults.next_batch() if arrivals else None:
            case Noise.TWICE:
                arrivals = tuple(arrival for arrival in arrivals for _ in range(2))
            case Noise.TURNED:
                arrivals = arrivals[::-1]
            case Noise.ODD:
                oddities = (Oddity(what="post: no author", raw='{"id": "x", "author": null}'),)
        batch = Batch(
            arrivals=arrivals,
            cursor=world.cursor(place),
            hearing=hearing,
            oddities=oddities,
            behind=behind if hearing is Hearing.CATCHING_UP else None,
        )
        return batch, place

    def _made(self, *, at_least: timedelta = timedelta()) -> StageNetwork:
        """The network of the settings, with its story, `at_least` so much of it played."""
        name = self.settings.get("network")
        if name is not None:
            shared = _SHARED.get(name)
            if shared is None:
                raise Unreachable(f"No stage is called {name!r} in this process.")
            return shared
        # Only the demo needs the story, and reading its texts takes a moment.
        from connectors.stage.story import stage_the_day

        return stage_the_day(
            clock=self.clock,
            seed=self.settings.get("seed", "1"),
            speed=self._number("speed", 1.0),
            ahead=max(timedelta(seconds=self._number("ahead", 0.0)), at_least),
            quirks=self._quirks(),
            fault_rate=self._number("faults", 0.0),
        )

    def _number(self, name: str, otherwise: float) -> float:
        given = self.settings.get(name)
        if given is None:
            return otherwise
        try:
            number = float(given)
        except ValueError:
            number = -1.0
        if not 0 <= number < 1_000_000:
            raise _wrong_setting(name, given, "a number that isn't negative")
        return number

    def _quirks(self) -> Quirks:
        given = self.settings.get("quirks", "")
        named = [word.strip() for word in given.split(",") if word.strip()]
        for word in named:
            if word not in _QUIRKS:
                raise _wrong_setting("quirks", given, "some of " + ", ".join(sorted(_QUIRKS)))
        return replace(Quirks(trusting=True), **dict(_QUIRKS[word] for word in named))


def _wrong_setting(name: str, given: str, wanted: str) -> ConnectorError:
    return Refused(
        f"The stage can't open: its setting {name} is {given!r} and has to be {wanted}. "
        "Nothing was sent. Put it right in the configuration.",
        reason=Reason.NOT_ALLOWED,
    )


def _reach(world: StageNetwork) -> None:
    """Raise what stands between us and the network, if anything does."""
    if not world.running:
        raise Unreachable("The stage can't be reached. Nothing left this machine.")
    if world.revoked:
        raise Unauthorised("The stage doesn't accept our key any more. Sign in again.")


def _hello(world: StageNetwork) -> Hello:
    quirks = world.quirks
    cannot: dict[Capability, str] = {}
    for capability, there in (
        (Capability.IDEMPOTENT, quirks.idempotent),
        (Capability.REFUSAL_SHOWN, quirks.refusal_shown),
        (Capability.PROBE_PRIVATE, quirks.refusal_shown),
        (Capability.FIND_SENT, quirks.finds_sent),
        (Capability.OPEN_PRIVATE, quirks.opens),
        (Capability.INVITE, quirks.invites),
        (Capability.EDIT, quirks.edits),
        (Capability.DELETE, quirks.deletes),
        (Capability.DELETE_PRIVATE, quirks.deletes),
    ):
        if not there:
            cannot[capability] = _WITHOUT[capability]
    advice: tuple[Advice, ...] = ()
    if quirks.filters:
        advice = (
            Advice(
                key=LET_IN,
                words="The stage holds back private messages from people you don't follow. "
                "Greenroom shows them all the same; let in, they also reach your phone.",
            ),
        )
    if quirks.shut:
        words = "Nobody on the stage can begin a private conversation with the shop."
        advice += (Advice(key="shut", words=words, by_hand=True, shuts_out=True),)
    return Hello(
        account=world.shop,
        can=frozenset(Capability) - cannot.keys(),
        cannot=cannot,
        limits=Limits(
            public=quirks.limit, private=quirks.limit, unit="characters", kept=quirks.kept
        ),
        where=HOST,
        advice=advice,
        facts={"software": "stage", "seed": world.seed},
        quiet=quirks.quiet,
    )


def _receipt(post: Post) -> Receipt:
    return Receipt(
        remote_id=post.remote_id,
        at=post.edited_at or post.at,
        conversation=post.conversation,
        url=post.url,
    )


def _same_words(
    world: StageNetwork, outgoing: Outgoing, tried_at: datetime, claimed: Set[str]
) -> Post | None:
    for post in world.posts_of_shop(lane=outgoing.lane):
        if (
            post.remote_id not in claimed
            and post.at >= tried_at - timedelta(seconds=5)
            and post.text == outgoing.text
            and post.to is not None
            and post.to.remote_id == outgoing.to.remote_id
        ):
            return post
    return None
