"""How a message of a Matrix room is told: as a post, and why nobody can have read it."""

from __future__ import annotations

from datetime import timedelta

from connectors.contract import Audience, Lane, Post, Quoted
from connectors.matrix import wire
from connectors.matrix.heard import Said

INVITED_ONLY = "invited, not joined: nobody has read it yet"
STILL_INVITED = "invited a day ago or more, not joined: nobody has read it"
PATIENCE = timedelta(hours=24)
"""After which it is told that somebody still hasn't come in."""
GONE_AWAY = "they went out of the room, or passed the invitation over: nobody reads it there"
UNREAD = {"invite": INVITED_ONLY, "ban": "they are shut out of the room: nobody reads it there"}
"""How somebody stands in a room, and what that means for words of ours there."""


def as_post(
    said: Said,
    *,
    lane: Lane,
    ours: bool,
    to: str | None,
    conversation: str,
    also: tuple[str | None, ...],
    above: tuple[Quoted, ...] = (),
    unread: str | None = None,
) -> Post:
    """A message as a post. `to` and `also` are names."""
    return Post(
        remote_id=wire.remote_id(said.room, said.event),
        lane=lane,
        author=wire.address(said.sender, said.name, automated=said.automated),
        ours=ours,
        text=said.text,
        at=said.at,
        to=wire.address(to) if to else None,
        conversation=conversation,
        reply_to=wire.remote_id(said.room, said.reply_to) if said.reply_to else None,
        audience=Audience.NAMED if lane is Lane.PRIVATE else Audience.EVERYONE,
        also=tuple(one for one in also if one),
        above=above,
        url=wire.link(said.room, said.event),
        attachments=said.attachments,
        unread=unread,
    )
