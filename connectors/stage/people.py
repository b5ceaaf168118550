"""The people of the stage: how they take private messages, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from connectors.contract import Address, Attachment, Audience, Lane, Post

if TYPE_CHECKING:
    from connectors.stage.network import StageNetwork


class Door(StrEnum):
    """How a customer takes the first private message of a stranger."""

    OPEN = "open"
    SHUT = "shut"
    """Refuses, and the network says so (where it says such things)."""
    DEAF = "deaf"
    """The network takes the message and never shows it to them."""


class Customer:
    """A person on the stage, and what they can do."""

    def __init__(self, network: StageNetwork, address: Address, *, door: Door) -> None:
        self.network = network
        self.address = address
        self.door = door
        self.blocks_us = False
        self.begun = False
        """They have written to us in private, or followed a link of ours."""
        self.received: list[Post] = []
        """The shop's private messages that reached them, oldest first."""

    def writes_public(
        self,
        text: str,
        *,
        reply_to: str | None = None,
        also: Sequence[str] = (),
        audience: Audience = Audience.EVERYONE,
        warning: str | None = None,
        attachments: Sequence[Attachment] = (),
        at: datetime | None = None,
        remote_id: str | None = None,
        heard: bool = True,
    ) -> Post:
        """A public post. `heard` False: it isn't addressed to the shop and doesn't reach it."""
        return self.network.take(
            self.address,
            Lane.PUBLIC,
            text,
            reply_to=reply_to,
            also=tuple(also),
            audience=audience,
            warning=warning,
            attachments=tuple(attachments),
            at=at,
            remote_id=remote_id,
            heard=heard,
        )

    def writes_privately(
        self,
        text: str,
        *,
        reply_to: str | None = None,
        warning: str | None = None,
        attachments: Sequence[Attachment] = (),
        at: datetime | None = None,
        remote_id: str | None = None,
    ) -> Post:
        """A private message to the shop; `reply_to` None begins a conversation."""
        return self.network.take(
            self.address,
            Lane.PRIVATE,
            text,
            reply_to=reply_to,
            audience=Audience.NAMED,
            warning=warning,
            attachments=tuple(attachments),
            at=at,
            remote_id=remote_id,
        )

    def answers_privately(self, text: str, *, at: datetime | None = None) -> Post:
        """Answer the last private message that the shop sent. Raises LookupError without one."""
        if not self.received:
            raise LookupError(f"{self.address.handle} has no private message to answer")
        return self.writes_privately(text, reply_to=self.received[-1].remote_id, at=at)

    def begins(self, key: str | None = None) -> None:
        """Begin in private: by the link with this key, or by themselves."""
        self.network.begin(self, key)

    def edits(self, remote_id: str, text: str) -> Post:
        """Replace the words of a post of theirs."""
        return self.network.edit(remote_id, text)

    def deletes(self, remote_id: str) -> None:
        """Take a post away."""
        self.network.take_away(remote_id)

    def refuses_private(self, *, silently: bool = False) -> None:
        """Take no private messages from the shop any more."""
        self.door = Door.DEAF if silently else Door.SHUT

    def takes_private(self) -> None:
        """Take private messages from the shop."""
        self.door = Door.OPEN

    def blocks(self) -> None:
        """Block the shop."""
        self.blocks_us = True
