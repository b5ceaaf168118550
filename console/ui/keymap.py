"""The user's keys laid over the command table, and the chords that they press.

    [keys]
    done = "a"
    inbox = ["g i", "F2"]

A clash, an unknown command or a key that terminals can't tell is a `KeymapProblem` in words. A
letter typed into an editor is always only a letter: commands there answer to keys that type
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum

from console.ui.keys import BY_ID, COMMANDS, Command, Context

Chord = tuple[str, ...]
"""The keys of one command, pressed one after the other."""

_NAMED = {
    "enter": "Enter",
    "return": "Enter",
    "escape": "Esc",
    "esc": "Esc",
    "tab": "Tab",
    "space": "Space",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pgup": "PgUp",
    "pagedown": "PgDn",
    "pgdn": "PgDn",
    "insert": "Insert",
    "delete": "Delete",
    "backspace": "Backspace",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}
_MUTE = {
    "M": "terminals send Enter for it",
    "I": "terminals send Tab for it",
    "H": "terminals send Backspace for it",
    "J": "terminals send a line break for it",
    "[": "terminals send Esc for it",
    "B": "tmux takes it",
    "A": "screen takes it",
    "C": "it is how a terminal program is stopped",
    "Z": "it is how a terminal program is paused",
    "Q": "some terminals hold back the output at Ctrl+S until it comes",
}


class KeymapProblem(Exception):
    """The keymap can't be used as it is; the words say what to change."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Pending(Enum):
    """The answer while a chord has begun and isn't whole."""

    CHORD = "the next key belongs to the last"


def pressed(key: str, character: str | None) -> str:
    """How a key is written in the table, from what Textual calls it."""
    if character is not None and len(character) == 1 and character.isprintable():
        return "Space" if character == " " else character
    try:
        return key_name(key)
    except KeymapProblem:
        return key


def key_name(text: str) -> str:
    """One key as the table writes it. Raises `KeymapProblem` for one that can't be used."""
    if len(text) == 1:
        if text.isprintable() and text != " ":
            return text
        raise KeymapProblem(f"{text!r} is not a key. Write Space for the space bar.")
    *modifiers, last = text.split("+") if not text.endswith("++") else [*text[:-2].split("+"), "+"]
    held = {modifier.strip().lower() for modifier in modifiers}
    last = last.strip()
    name = _NAMED.get(last.lower(), last if len(last) == 1 and last.isprintable() else "")
    if not name:
        near = get_close_matches(last.lower(), _NAMED, n=1)
        hint = f" Did you mean {_NAMED[near[0]]}?" if near else ""
        raise KeymapProblem(f"There is no key called {text}.{hint}")
    if not held:
        return name
    if held == {"shift"} and name == "Tab":
        return "Shift+Tab"
    if held == {"ctrl"} and len(name) == 1:
        letter = name.upper()
        if letter in _MUTE:
            raise KeymapProblem(f"Ctrl+{letter} can't be used: {_MUTE[letter]}. Take another key.")
        return f"Ctrl+{letter}"
    raise KeymapProblem(
        f"{text} can't be used: many terminals don't tell it from another key. Take a letter, a "
        "sign, a chord such as 'g x', or Ctrl with a letter."
    )


def chord(text: str) -> Chord:
    """The keys of `g i` or `Ctrl+S`, as the table writes them. Raises `KeymapProblem`."""
    keys = tuple(key_name(part) for part in text.split())
    if not keys:
        raise KeymapProblem("A key is empty. Write the key, or leave the line out.")
    if len(keys) > 3:
        raise KeymapProblem(f"'{text}' is too long. A chord has at most three keys.")
    return keys


def _types(key: str) -> bool:
    return len(key) == 1 or key in {"Space", "Enter", "Backspace", "Delete"}


class Keymap:
    """Which keys mean which command, in every context."""

    def __init__(self, keys: Mapping[str, Sequence[Chord]]) -> None:
        self._keys = {name: tuple(chords) for name, chords in keys.items()}
        self._meanings: dict[Context, dict[Chord, Command]] = {ctx: {} for ctx in Context}
        self._beginnings: dict[Context, set[Chord]] = {ctx: set() for ctx in Context}
        for command in COMMANDS:
            for keys_of in self._keys[command.id]:
                for context in command.contexts:
                    if context is Context.COMPOSER and _types(keys_of[0]):
                        continue
                    self._meanings[context].setdefault(keys_of, command)
                    for length in range(1, len(keys_of)):
                        self._beginnings[context].add(keys_of[:length])

    def keys(self, command: Command | str) -> tuple[str, ...]:
        """The keys of a command as a person reads them."""
        name = command if isinstance(command, str) else command.id
        return tuple(" ".join(keys) for keys in self._keys[name])

    def key(self, command: Command | str, context: Context | None = None) -> str:
        """The key to show for a command: its first that acts there."""
        for keys in self.keys(command):
            if context is not Context.COMPOSER or not _types(keys.split()[0]):
                return keys
        return ""

    def meaning(self, keys: Chord, context: Context) -> Command | Pending | None:
        """What the keys mean there: a command, the beginning of a chord, or nothing."""
        found = self._meanings[context].get(keys)
        if found is not None:
            return found
        return Pending.CHORD if keys in self._beginnings[context] else None


def standard() -> Keymap:
    """The table's own keys."""
    return Keymap({command.id: [tuple(k.split()) for k in command.keys] for command in COMMANDS})


def keymap(changes: Mapping[str, object]) -> Keymap:
    """The table's keys with the user's laid over them. Raises `KeymapProblem`.

    A command that is named there answers to the keys it is given and no others.
    """
    if not changes:
        return standard()
    keys: dict[str, list[Chord]] = {}
    for name, value in changes.items():
        if name not in BY_ID:
            near = get_close_matches(name, BY_ID, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " `?` lists them all."
            raise KeymapProblem(f"There is no command called '{name}' to give a key to.{hint}")
        keys[name] = _given(name, value)
    for command in COMMANDS:
        if command.id not in keys:
            keys[command.id] = [tuple(k.split()) for k in command.keys]
    _refuse_clashes(keys, changes)
    return Keymap(keys)


def _given(name: str, value: object) -> list[Chord]:
    texts: Iterable[object] = value if isinstance(value, list | tuple) else [value]
    chords: list[Chord] = []
    for text in texts:
        if not isinstance(text, str):
            raise KeymapProblem(
                f"The key of '{name}' has to be a text such as \"g x\", or a list of such texts."
            )
        try:
            chords.append(chord(text))
        except KeymapProblem as problem:
            raise KeymapProblem(f"The key of '{name}': {problem.words}") from None
    if BY_ID[name].contexts == {Context.COMPOSER}:
        for keys in chords:
            if _types(keys[0]):
                raise KeymapProblem(
                    f"'{name}' acts while you write, where {keys[0]} is typed into the text. "
                    "Give it Ctrl with a letter, or a function key."
                )
    return chords


def _refuse_clashes(keys: Mapping[str, Sequence[Chord]], changed: Mapping[str, object]) -> None:
    for place, command in enumerate(COMMANDS):
        for other in COMMANDS[place + 1 :]:
            if other.id not in changed and command.id not in changed:
                continue
            shared = command.contexts & other.contexts
            if not shared:
                continue
            for mine in keys[command.id]:
                for theirs in keys[other.id]:
                    _refuse_clash(command, mine, other, theirs, shared)


def _refuse_clash(
    command: Command, mine: Chord, other: Command, theirs: Chord, shared: frozenset[Context]
) -> None:
    if shared == {Context.COMPOSER} and (_types(mine[0]) or _types(theirs[0])):
        return
    both = f"'{command.id}' and '{other.id}'"
    if mine == theirs:
        raise KeymapProblem(
            f"{both} would both answer to {' '.join(mine)}. Give one of them another key."
        )
    short, long = sorted((mine, theirs), key=len)
    if long[: len(short)] == short:
        raise KeymapProblem(
            f"{both} can't have {' '.join(mine)} and {' '.join(theirs)}: the longer could never "
            "be pressed. Give one of them another key."
        )


class Chords:
    """Follows the keys as they are pressed. It knows no clock: a begun chord waits for its end."""

    def __init__(self, keys: Keymap) -> None:
        self.keymap = keys
        self.begun: Chord = ()
        """What has been pressed of a chord; the footer shows it."""

    def press(self, key: str, context: Context) -> Command | Pending | None:
        """What the key means after those before it.

        A key that doesn't go on with the chord ends it and means nothing: someone who pressed
        `g` and then `e` by mistake must not have a thread marked done.
        """
        keys = (*self.begun, key)
        answer = self.keymap.meaning(keys, context)
        self.begun = keys if answer is Pending.CHORD else ()
        return answer

    def forget(self) -> None:
        """Let go of a begun chord: the focus went elsewhere."""
        self.begun = ()
