"""The day of the demo shop: who writes when, and how they take what the shop says.

The day is drawn from one seed: the same seed plays the same scenes in the same order with the same
texts and gaps. Reactions to the shop are drawn from streams of their own, so that what the shop
says never changes who writes next. Time is the network's clock: the story only says when something
is due and lets it happen when it is asked to.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random

from connectors.contract import Audience, Clock, Lane, Outgoing, Post
from connectors.stage.network import HOST, Quirks, StageNetwork
from connectors.stage.people import Customer, Door
from connectors.stage.script import Above, Scene, Script, Step, read

GAP = (10.0, 40.0)
"""Seconds between two scenes."""
REACTION = (15.0, 60.0)
"""Seconds until a customer answers."""
ANSWERS = 2 / 3
"""How many private messages are answered."""
THANKS = 0.45
"""How many public answers are thanked for."""
HANDOFF = timedelta(minutes=5)
"""A public post this soon after a private one is taken for its acknowledgement."""


def stage_the_day(
    *,
    clock: Clock,
    seed: str = "1",
    speed: float = 1.0,
    ahead: timedelta = timedelta(),
    quirks: Quirks | None = None,
    fault_rate: float = 0.0,
    script: Script | None = None,
) -> StageNetwork:
    """A network on which the day is played. `ahead`: how much of it has passed already."""
    script = script or read()
    network = StageNetwork(
        clock=clock,
        quirks=quirks,
        seed=seed,
        fault_rate=fault_rate,
        shop_name=script.shop,
        shop_handle=script.shop_handle,
    )
    begin = clock() - (ahead / speed if speed else timedelta())
    story = Story(network, script, begin=begin, seed=seed, speed=speed)
    # The shop's own words of yesterday are in the history: nobody reacts to them now.
    story.advance(clock())
    network.log.settle()
    network.driver = story
    return network


class Performance:
    """One scene as it is played: its customer, its posts, and what was said to it."""

    def __init__(
        self, scene: Scene, customer: Customer, *, label: str, order: str, item: str
    ) -> None:
        self.scene = scene
        self.customer = customer
        self.label = label
        name = customer.address.name
        self.slots = {
            "{order}": order,
            "{item}": item,
            "{name}": name,
            "{first}": name.partition(" ")[0],
        }
        self.last: dict[Lane, str] = {}
        """The newest post of each lane, whoever wrote it."""
        self.words: list[str] = []
        """The customer's own posts that still stand, oldest first."""
        self.posts = count(1)
        self.heard = 0
        self.answered = 0
        self.thanked = False
        self.messaged_at: datetime | None = None
        """When the shop last wrote in private, seen or not."""

    def fill(self, text: str) -> str:
        """The text with its slots filled."""
        for slot, value in self.slots.items():
            text = text.replace(slot, value)
        return text

    def next_id(self) -> str:
        """The id of the next post of the scene."""
        return f"{self.label}-{next(self.posts)}"


class Story:
    """The day's driver."""

    def __init__(
        self, network: StageNetwork, script: Script, *, begin: datetime, seed: str, speed: float
    ) -> None:
        self.network = network
        self.script = script
        self._seed = seed
        self._begin = begin
        self._speed = speed
        self._beats: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = count()
        self._by_post: dict[str, Performance] = {}
        self._by_customer: dict[str, Performance] = {}
        for scene in script.history:
            assert scene.ago is not None
            played = self._cast(scene, round_number=0, rng=Random(f"{seed}/{scene.key}"))  # noqa: S311
            self._play(played, begin - timedelta(minutes=scene.ago), speed=1.0)
        self._openings = self._all_openings(begin)
        if speed > 0:
            self._next_opening()

    # --- what the network asks ---------------------------------------------------------------

    def due(self) -> datetime | None:
        """When something happens next."""
        if self._speed == 0 or not self._beats:
            return None
        return self._beats[0][0]

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due."""
        while self._beats and self._beats[0][0] <= now:
            at, _, happen = heapq.heappop(self._beats)
            happen(at)

    def played(self, now: datetime) -> float:
        """Seconds of the story that have passed."""
        return max((now - self._begin).total_seconds(), 0.0) * self._speed

    def shop_said(self, post: Post, customer: Customer, *, reached: bool) -> None:
        """Decide how the customer takes it."""
        played = self._by_post.get(post.reply_to or "") or self._by_customer.get(
            customer.address.remote_id
        )
        if played is None or self._speed == 0:
            return
        played.heard += 1
        self._by_post[post.remote_id] = played
        rng = Random(f"{self._seed}/{played.label}/{played.heard}")  # noqa: S311 - a play
        at = post.at + timedelta(seconds=rng.uniform(*REACTION) / self._speed)
        chance = rng.random()
        if post.lane is Lane.PRIVATE:
            played.messaged_at = post.at
            if reached:
                played.last[Lane.PRIVATE] = post.remote_id
                self._answer(played, post, at, chance)
        else:
            played.last[Lane.PUBLIC] = post.remote_id
            self._take_public(played, post, at, chance)

    # --- reactions ---------------------------------------------------------------------------

    def _answer(self, played: Performance, post: Post, at: datetime, chance: float) -> None:
        said = played.answered
        own = played.scene.answers
        general = self.script.private_answers.get(played.scene.language, ())
        if said < len(own):
            text = own[said]
        elif said == len(own) and general:
            text = general[played.heard % len(general)]
        else:
            return
        if chance < ANSWERS or (said == 0 and own and chance < 0.8):
            played.answered += 1
            self._at(at, self._says(played, Lane.PRIVATE, text, post.remote_id))

    def _take_public(self, played: Performance, post: Post, at: datetime, chance: float) -> None:
        scene = played.scene
        door = played.customer.door
        messaged = played.messaged_at is not None and post.at - played.messaged_at < HANDOFF
        if door is Door.SHUT and scene.writes_first and played.answered == 0:
            if chance < ANSWERS:
                played.answered += 1
                self._at(at, self._says(played, Lane.PRIVATE, scene.writes_first, None))
        elif door is Door.DEAF and scene.unseen and messaged and not played.thanked:
            if chance < 0.8:
                played.thanked = True
                self._at(at, self._says(played, Lane.PUBLIC, scene.unseen, post.remote_id))
        elif not played.thanked and not messaged and chance < THANKS:
            general = self.script.public_thanks.get(scene.language, ())
            text = scene.thanks or (general[played.heard % len(general)] if general else "")
            if text:
                played.thanked = True
                self._at(at, self._says(played, Lane.PUBLIC, text, post.remote_id))

    def _says(
        self, played: Performance, lane: Lane, text: str, reply_to: str | None
    ) -> Callable[[datetime], None]:
        def happen(at: datetime) -> None:
            self._write(played, lane, text, reply_to, at)

        return happen

    # --- the day -----------------------------------------------------------------------------

    def _all_openings(self, begin: datetime) -> Iterator[tuple[datetime, Performance]]:
        """Every scene of the day, round after round, without end."""
        rng = Random(self._seed)  # noqa: S311 - a play, not a secret
        at = begin
        for round_number in count():
            scenes = [s for s in self.script.live if round_number == 0 or s.again]
            rng.shuffle(scenes)
            if round_number == 0:
                scenes.sort(key=lambda scene: not scene.early)
            for scene in scenes:
                at += timedelta(seconds=rng.uniform(*GAP) / self._speed)
                yield at, self._cast(scene, round_number=round_number, rng=rng)

    def _next_opening(self) -> None:
        at, played = next(self._openings)

        def happen(now: datetime) -> None:
            self._play(played, now, speed=self._speed)
            self._next_opening()

        self._at(at, happen)

    def _cast(self, scene: Scene, *, round_number: int, rng: Random) -> Performance:
        """Choose who plays a scene: its own customer at first, somebody else in later rounds."""
        name, handle = scene.who, scene.handle
        items = self.script.items.get(scene.language) or self.script.items["en"]
        order, item = str(rng.randint(4200, 4999)), rng.choice(items)
        people = self.script.names.get(scene.language, ())
        if round_number > 0 and people:
            name, handle = rng.choice(people)
        number = f".{round_number}" if round_number > 1 else ""
        local, _, host = handle.removeprefix("@").partition("@")
        full = f"@{local}{number}@{host}"
        customer = self.network.customer(
            full.removeprefix("@"),
            name=name,
            handle=full,
            language=scene.language,
            door=scene.door,
            automated=scene.automated,
        )
        return Performance(
            scene,
            customer,
            label=f"{self._seed}-{scene.key}-{round_number}",
            order=scene.order or order,
            item=scene.item or item,
        )

    def _play(self, played: Performance, at: datetime, *, speed: float) -> None:
        """Put a scene's steps on the day."""
        scene = played.scene
        parent: str | None = None
        for number, above in enumerate(scene.above):
            parent = self._stands_above(
                played, above, parent, number, at - timedelta(seconds=above.before)
            ).remote_id
        if parent is not None:
            played.last[Lane.PUBLIC] = parent
        for step in scene.steps:
            at += timedelta(seconds=step.after / speed)
            self._at(at, self._performs(played, step))

    def _stands_above(
        self, played: Performance, above: Above, parent: str | None, number: int, at: datetime
    ) -> Post:
        own_id = f"{played.label}-above-{number}"
        text = played.fill(above.text)
        if above.by == "shop":
            return self.network.announce(text, remote_id=own_id, at=at)
        return self._bystander(above.by).writes_public(
            text, reply_to=parent, remote_id=own_id, at=at, heard=False
        )

    def _performs(self, played: Performance, step: Step) -> Callable[[datetime], None]:
        def happen(at: datetime) -> None:
            if step.unless_answered and played.heard:
                return
            if step.delete or step.edit:
                self._unsays(played, step, at)
            elif step.by == "shop":
                self._shop_once_said(played, step, at)
            elif step.by == "customer":
                self._write(played, step.lane, step.text, played.last.get(step.lane), at, step=step)
            else:
                post = self._bystander(step.by).writes_public(
                    played.fill(step.text),
                    reply_to=played.last.get(Lane.PUBLIC),
                    also=(played.customer.address.handle,),
                    remote_id=played.next_id(),
                    at=at,
                )
                self._by_post[post.remote_id] = played

        return happen

    def _write(
        self,
        played: Performance,
        lane: Lane,
        text: str,
        reply_to: str | None,
        at: datetime,
        *,
        step: Step | None = None,
    ) -> None:
        """The customer writes; what they answer may have been taken away meanwhile."""
        if reply_to not in self.network.posts:
            reply_to = None
        post = self.network.take(
            played.customer.address,
            lane,
            played.fill(text),
            reply_to=reply_to,
            audience=Audience.NAMED if lane is Lane.PRIVATE else Audience.EVERYONE,
            also=played.scene.also if lane is Lane.PUBLIC else (),
            warning=step.warning if step else None,
            attachments=step.attachments if step else (),
            at=at,
            remote_id=played.next_id(),
            held_back=played.scene.held and lane is Lane.PRIVATE and reply_to is None,
        )
        played.last[lane] = post.remote_id
        played.words.append(post.remote_id)
        self._by_post[post.remote_id] = played
        self._by_customer[played.customer.address.remote_id] = played

    def _unsays(self, played: Performance, step: Step, at: datetime) -> None:
        if not played.words:
            return
        last = played.words[-1]
        if step.delete:
            self.network.take_away(last, at=at)
            played.words.pop()
        else:
            self.network.edit(last, played.fill(step.text), at=at)

    def _shop_once_said(self, played: Performance, step: Step, at: datetime) -> None:
        post = self.network.post(
            Outgoing(
                lane=step.lane,
                text=played.fill(step.text),
                to=played.customer.address,
                reply_to=played.last.get(step.lane) or played.last.get(Lane.PUBLIC),
                warning=step.warning,
            ),
            f"{played.label}/{next(played.posts)}",
            at=at,
        )
        played.last[step.lane] = post.remote_id
        self._by_post[post.remote_id] = played

    def _bystander(self, name: str) -> Customer:
        local = name.lower().replace(" ", "")
        return self.network.customer(f"by:{local}", name=name, handle=f"@{local}@{HOST}")

    def _at(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        heapq.heappush(self._beats, (at, next(self._order), happen))
