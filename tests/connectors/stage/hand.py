"""A clock that the test moves by hand, and a day that it moves along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.contract import Lane, Outgoing, Post
from connectors.stage.network import Quirks, StageNetwork
from connectors.stage.story import stage_the_day

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Hand:
    """Now, until somebody moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Day:
    """A day on the stage and its clock."""

    def __init__(self, seed: str = "1", speed: float = 1.0, quirks: Quirks | None = None) -> None:
        self.clock = Hand()
        self.network: StageNetwork = stage_the_day(
            clock=self.clock, seed=seed, speed=speed, quirks=quirks
        )

    def pass_by(self, seconds: float) -> list[Post]:
        """Let time go by in small steps; what was posted meanwhile."""
        before = len(self.network.log)
        left = seconds
        while left > 0:
            self.clock.pass_by(min(1.0, left))
            self.network.advance()
            left -= 1.0
        return [a for a in self.network.log.arrivals[before:] if isinstance(a, Post)]

    def opening(self, handle: str) -> Post:
        """The first words of a customer who has written already."""
        return next(
            a
            for a in self.network.log.arrivals
            if isinstance(a, Post) and a.author.handle == handle
        )

    def says(self, post: Post, text: str, lane: Lane, key: str) -> Post:
        """The shop answers a post, in its lane or by opening the private one."""
        opens = lane is Lane.PRIVATE and post.lane is Lane.PUBLIC
        return self.network.post(
            Outgoing(
                lane=lane,
                text=text,
                to=post.author,
                reply_to=None if opens else post.remote_id,
                about=post.remote_id if opens else None,
            ),
            key,
        )
