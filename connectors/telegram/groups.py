"""The groups in which customers ask in the open: which they are, and what this bot may do there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.contract import Advice
from connectors.telegram.heard import Kind, Me, Place

MOST_GROUPS = 50


def named_groups(setting: str) -> list[str]:
    """The groups in the account's setting: ids or @names, between spaces or commas."""
    found = [_bare(one) for one in setting.replace(",", " ").split()]
    return list(dict.fromkeys(one for one in found if one))[:MOST_GROUPS]


def _bare(one: str) -> str:
    link = re.fullmatch(r"(?:https?://)?(?:www\.)?t\.me/(?:c/([0-9]+)|([A-Za-z]\w{3,63})).*", one)
    if link is not None:
        return f"-100{link[1]}" if link[1] else f"@{link[2]}"
    return one if re.fullmatch(r"-[0-9]{1,19}|@[A-Za-z]\w{3,63}", one) else ""


class Groups:
    """The groups that we hear, by their ids of today and of before."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = {place.chat.id: place for place in places}

    def of(self, chat: int) -> Place | None:
        """A group that we hear, by an id that it has or had."""
        return self._places.get(chat)

    def moved(self, old: int, new: int) -> bool:
        """A group has another id; True where it is one of ours."""
        place = self._places.get(old)
        if place is not None:
            self._places[new] = place
        return place is not None

    def __bool__(self) -> bool:
        return bool(self._places)


def hindrances(me: Me, named: str, place: Place | None) -> list[Advice]:
    """What keeps this bot from hearing or writing in a group."""
    if place is None:
        return [
            _by_hand(
                f"unknown:{named}",
                f"Telegram shows this bot no group {named}, so nothing is heard from it. Add "
                f"@{me.username} to the group, or correct the account's setting “groups”.",
            )
        ]
    title = place.chat.title or named
    if place.chat.kind is Kind.CHANNEL:
        return [
            _by_hand(
                f"channel:{named}",
                f"{title} is a channel. Its comments stand in the linked discussion group: add "
                f"@{me.username} to that group"
                + (f" and put {place.linked} into" if place.linked else ", and name it in")
                + " the account's setting “groups”.",
            )
        ]
    if not place.inside:
        return [
            _by_hand(
                f"outside:{named}",
                f"@{me.username} isn't in {title}, so nothing is heard and nobody can be answered "
                "there. Add it to the group.",
            )
        ]
    found = []
    if not place.writes:
        found.append(
            _by_hand(
                f"muted:{named}",
                f"@{me.username} may not write in {title}, so nobody can be answered there. Allow "
                "it under the group's permissions, or make the bot an administrator.",
            )
        )
    if not (me.hears_all or place.runs):
        found.append(
            _by_hand(
                f"privacy:{named}",
                f"In {title} Telegram lets @{me.username} hear only commands and answers to it: "
                "other customers aren't heard. Open @BotFather, send /setprivacy, choose "
                f"@{me.username}, press Disable; then take the bot out of the group and add it "
                "again. Or make it an administrator of the group.",
            )
        )
    if place.chat.kind is Kind.GROUP:
        found.append(
            _by_hand(
                f"basic:{named}",
                f"{title} is a basic group: Telegram gives its messages no links, and its id "
                "changes on the day it becomes a supergroup. Greenroom follows that; making it "
                "one now (Group Type: Public, or Chat History: Visible) gives you the links.",
            )
        )
    return found


def _by_hand(key: str, words: str) -> Advice:
    return Advice(key=key, words=words, by_hand=True)
