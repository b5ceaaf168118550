"""The texts of the day, read from the TOML files beside this module.

A file holds scenes: one customer, one matter. A scene with `ago` (minutes) happened before we came;
the others are played while we look. Texts may hold `{order}`, `{item}`, `{name}` and `{first}`,
which every performance fills anew. `names.toml` holds the people of later rounds, `phrases.toml`
what anybody might say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from connectors.contract import Attachment, Lane
from connectors.stage.people import Door

_SCENES = ("history", "live", "hostile")
_STEP_KEYS = frozenset(
    {
        *("after", "by", "lane", "text", "warning", "image"),
        *("edit", "delete", "unless_answered"),
    }
)
_KEYS = frozenset(
    {
        *("key", "who", "language", "handle", "door", "automated", "ago", "again", "early"),
        *("lane", "text", "repeat", "warning", "image", "also", "above", "then"),
        *("answers", "thanks", "unseen", "held", "writes_first", "item", "order"),
    }
)


class BadScript(ValueError):
    """A scene can't be played; the words name it and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens in a scene, `after` seconds after the one before."""

    after: float
    by: str
    """`customer`, `shop`, or the name of somebody who joins in public."""
    lane: Lane
    text: str
    edit: bool = False
    """The text replaces the customer's last words."""
    delete: bool = False
    unless_answered: bool = False
    warning: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """A post that a scene's first words answer."""

    by: str
    text: str
    before: float
    """Seconds before the scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One customer with one matter."""

    key: str
    who: str
    handle: str
    language: str
    door: Door
    ago: float | None
    """Minutes before we came; None: while we look."""
    steps: tuple[Step, ...]
    """The first is the one that opens the scene."""
    above: tuple[Above, ...]
    also: tuple[str, ...]
    answers: tuple[str, ...]
    """What they say in private to the shop's private messages, in their order."""
    thanks: str
    """What they say in public to a public answer; empty: nothing."""
    unseen: str
    """What a deaf customer says in public when told of a message."""
    writes_first: str
    """What a customer whose door is shut writes when asked to write."""
    again: bool
    early: bool
    item: str
    order: str
    automated: bool
    held: bool
    """The network holds a private opening back as a stranger's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The whole day."""

    shop: str
    shop_handle: str
    history: tuple[Scene, ...]
    live: tuple[Scene, ...]
    names: Mapping[str, tuple[tuple[str, str], ...]]
    """Language -> (name, handle) of people for later rounds."""
    items: Mapping[str, tuple[str, ...]]
    private_answers: Mapping[str, tuple[str, ...]]
    public_thanks: Mapping[str, tuple[str, ...]]


def read() -> Script:
    """Read the files that ship with the stage. Raises `BadScript`."""
    folder = files("connectors.stage") / "day"

    def load(name: str) -> dict[str, Any]:
        return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))

    scenes = [_scene(raw) for name in _SCENES for raw in load(name)["scene"]]
    keys = [scene.key for scene in scenes]
    doubled = {key for key in keys if keys.count(key) > 1}
    if doubled:
        raise BadScript(f"two scenes are called {', '.join(sorted(doubled))}")
    names, phrases = load("names"), load("phrases")
    return Script(
        shop=phrases["shop"]["name"],
        shop_handle=phrases["shop"]["handle"],
        history=tuple(scene for scene in scenes if scene.ago is not None),
        live=tuple(scene for scene in scenes if scene.ago is None),
        names={
            language: tuple((name, handle) for name, handle in people)
            for language, people in names.items()
        },
        items=_lists(phrases["items"]),
        private_answers=_lists(phrases["private"]),
        public_thanks=_lists(phrases["public"]),
    )


def _lists(raw: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {language: tuple(texts) for language, texts in raw.items()}


def _scene(raw: Mapping[str, Any]) -> Scene:
    key = raw.get("key", "a scene without a key")
    unknown = raw.keys() - _KEYS
    if unknown:
        raise BadScript(f"scene {key}: {', '.join(sorted(unknown))} means nothing")
    try:
        lane = Lane(raw.get("lane", "public"))
        opening = Step(
            after=0,
            by="customer",
            lane=lane,
            text=raw["text"] * raw.get("repeat", 1),
            warning=raw.get("warning"),
            attachments=_images(raw, key),
        )
        return Scene(
            key=key,
            who=raw["who"],
            handle=raw["handle"],
            language=raw["language"],
            door=Door(raw.get("door", "open")),
            ago=raw.get("ago"),
            steps=(opening, *(_step(step, lane, key) for step in raw.get("then", ()))),
            above=tuple(
                Above(by=post["by"], text=post["text"], before=post["before"])
                for post in raw.get("above", ())
            ),
            also=tuple(raw.get("also", ())),
            answers=tuple(raw.get("answers", ())),
            thanks=raw.get("thanks", ""),
            unseen=raw.get("unseen", ""),
            writes_first=raw.get("writes_first", ""),
            again=raw.get("again", True),
            early=raw.get("early", False),
            item=raw.get("item", ""),
            order=raw.get("order", ""),
            automated=raw.get("automated", False),
            held=raw.get("held", False),
        )
    except KeyError as error:
        raise BadScript(f"scene {key}: {error.args[0]} is missing") from None
    except ValueError as error:
        raise BadScript(f"scene {key}: {error}") from None


def _step(raw: Mapping[str, Any], lane: Lane, key: str) -> Step:
    unknown = raw.keys() - _STEP_KEYS
    if unknown:
        raise BadScript(f"{', '.join(sorted(unknown))} means nothing in a step")
    delete = raw.get("delete", False)
    return Step(
        after=raw["after"],
        by=raw.get("by", "customer"),
        lane=Lane(raw.get("lane", lane)),
        text="" if delete else raw["text"],
        edit=raw.get("edit", False),
        delete=delete,
        unless_answered=raw.get("unless_answered", False),
        warning=raw.get("warning"),
        attachments=_images(raw, key),
    )


def _images(raw: Mapping[str, Any], key: str) -> tuple[Attachment, ...]:
    described = raw.get("image", ())
    if isinstance(described, str):
        described = (described,)
    return tuple(
        Attachment(kind="image", url=f"https://media.example/{key}-{number}.jpg", description=words)
        for number, words in enumerate(described, 1)
    )
