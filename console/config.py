"""What `config.toml` says: your names, your shop, how sending works, how it looks, your accounts.

The file is yours and is never rewritten. A missing file means the defaults. What is wrong in it is
listed all at once, each with its file, line and key and with what was expected; a key that isn't
known is an error, with the nearest one that is. `docs/configuration.md` is made from this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from console.kinds import (
    DAYS,
    HOURS,
    KEY_NAMES,
    SETTINGS,
    SOME_TEXT,
    SPAN,
    TEXT,
    YES_OR_NO,
    ZONE,
    Kind,
    Week,
    one_of,
    read_day,
    read_week,
    within,
)

if TYPE_CHECKING:
    from templates.located_toml import KeyPath, Located

T = TypeVar("T")


class ConfigTrouble(Exception):
    """The configuration can't be used. `problems` are sentences that each name file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.words = "\n".join(problems)


class Theme(StrEnum):
    """The colours. Without one the terminal decides."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"
    TERMINAL = "terminal"


class Density(StrEnum):
    """How much room a row of the inbox takes."""

    AUTO = "auto"
    ROOMY = "roomy"
    SNUG = "snug"
    COMPACT = "compact"


def _reads(kind: Kind) -> dict[str, Kind]:
    return {"kind": kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who answers. Templates call it `agent`."""

    name: str = field(default="", metadata=_reads(TEXT))
    """Your name as customers may read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What you answer for. Templates call it `shop`."""

    name: str = field(default="", metadata=_reads(TEXT))
    """The shop's name."""
    url: str = field(default="", metadata=_reads(TEXT))
    """Its address on the web."""
    email: str = field(default="", metadata=_reads(TEXT))
    """Where customers may write an e-mail to."""
    support_phone: str = field(default="", metadata=_reads(TEXT))
    """Where customers may call."""
    timezone: str = field(default="", metadata=_reads(ZONE))
    """The zone that the hours are meant in; it is said with them."""
    hours: Week | None = field(default=None, metadata=_reads(HOURS))
    """When somebody answers, for the slot `shop.hours`."""

    def slots(self) -> dict[str, str]:
        """Its values by the names of their slots; what isn't given is left out."""
        values = {
            "name": self.name,
            "url": self.url,
            "email": self.email,
            "support_phone": self.support_phone,
            "hours": "" if self.hours is None else in_words(self.hours, self.timezone),
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How words leave."""

    undo_seconds: float = field(
        default=8.0, metadata=_reads(Kind("a number of seconds from 0 to 600", within(0, 600)))
    )
    """How long a reply is held, so that it can be taken back."""
    cool_off: timedelta = field(default=timedelta(minutes=10), metadata=_reads(SPAN))
    """How long an answer in a heated thread is held at least. Leaving earlier asks for a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How it looks."""

    theme: Theme | None = field(default=None, metadata=_reads(one_of(Theme)))
    """The colours. Without it dark, or the terminal's own where `NO_COLOR` is set."""
    ascii: bool | None = field(default=None, metadata=_reads(YES_OR_NO))
    """Draw with plain ASCII signs only. Without it the locale decides."""
    density: Density = field(default=Density.AUTO, metadata=_reads(one_of(Density)))
    """How much room a row of the inbox takes: three lines, two, one, or what the height allows."""
    editor: str = field(default="", metadata=_reads(SOME_TEXT))
    """The command that `Ctrl+E` opens. Without it `$VISUAL`, then `$EDITOR`, then `vi`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """When a customer has waited for too long."""

    due_soon_after: timedelta = field(default=timedelta(hours=4), metadata=_reads(SPAN))
    """A customer who has waited this long counts as due soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """One account: `[accounts.NAME]`. `greenroom account add` needs none of it; what is written
    here stands above what that command stored."""

    network: str = field(default="", metadata=_reads(SOME_TEXT))
    """The network it is on, like "mastodon"."""
    server: str = field(default="", metadata=_reads(SOME_TEXT))
    """The address of its server."""
    token_env: str = field(default="", metadata=_reads(SOME_TEXT))
    """The environment variable that holds its token, where there is no keyring."""
    token_command: str = field(default="", metadata=_reads(SOME_TEXT))
    """A command that prints its token, like "pass show greenroom/shop". It runs without a shell,
    and only while nobody else can write this file."""
    allow_plain_http: bool = field(default=False, metadata=_reads(YES_OR_NO))
    """Speak to a server without encryption. This machine itself is always allowed."""
    poll_seconds: float | None = field(
        default=None, metadata=_reads(Kind("a number of seconds from 5 to 3600", within(5, 3600)))
    )
    """How often to ask a server that can't stream. Without it the network's own measure."""
    settings: Mapping[str, str] = field(default_factory=dict, metadata=_reads(SETTINGS))
    """Further settings that the page of its network names."""

    def plain_settings(self) -> dict[str, str]:
        """Its settings as texts, as they are stored for an account that was added."""
        told = dict(self.settings)
        for name in ("server", "token_env", "token_command"):
            if given := getattr(self, name):
                told[name] = given
        if self.allow_plain_http:
            told["allow_plain_http"] = "yes"
        if self.poll_seconds is not None:
            told["poll_seconds"] = f"{self.poll_seconds:g}"
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration."""

    agent: Agent = field(default_factory=Agent)
    shop: Shop = field(default_factory=Shop)
    sending: Sending = field(default_factory=Sending)
    look: Look = field(default_factory=Look)
    waiting: Waiting = field(default_factory=Waiting)
    keys: Mapping[str, object] = field(default_factory=dict)
    """Your own keys: the name of a command, then its key or a list of keys."""
    accounts: Mapping[str, AccountConfig] = field(default_factory=dict)
    """Your accounts by name."""


def in_words(week: Week, timezone: str = "") -> str:
    """The hours as a customer reads them: `Monday to Friday 9:00-17:00, Saturday 9:00-12:00`."""
    spoken = [
        " and ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in day) for day in week
    ]
    parts, first = [], 0
    for day in range(1, len(spoken) + 1):
        if day < len(spoken) and spoken[day] == spoken[first]:
            continue
        if spoken[first]:
            name = DAYS[first].capitalize()
            if day - 1 > first:
                name += f" to {DAYS[day - 1].capitalize()}"
            parts.append(f"{name} {spoken[first]}")
        first = day
    return ", ".join(parts) + (f" ({timezone})" if timezone and parts else "")


def _clock(moment: time) -> str:
    return "24:00" if moment == time.max else f"{moment.hour}:{moment.minute:02}"


SECTIONS: Mapping[str, type[Any]] = {
    "agent": Agent,
    "shop": Shop,
    "sending": Sending,
    "look": Look,
    "waiting": Waiting,
}
"""The sections that are one table each; `keys` and `accounts` hold names of your own."""


def load(file: Path) -> Config:
    """Read the configuration. Raises `ConfigTrouble` with everything that is wrong in it."""
    if not file.exists():
        return Config()
    from templates.located_toml import TomlError
    from templates.located_toml import load as load_toml

    try:
        located = load_toml(file)
    except TomlError as error:
        raise ConfigTrouble((str(error),)) from error
    reader = _Reader(file, located)
    config = reader.config()
    if reader.problems:
        raise ConfigTrouble(tuple(words for _, words in sorted(reader.problems)))
    return config


class _Reader:
    """Walks over a file and notes every problem instead of stopping at the first."""

    def __init__(self, file: Path, located: Located) -> None:
        self.file = file
        self.located = located
        self.problems: list[tuple[int, str]] = []

    def config(self) -> Config:
        data = self.located.data
        known = [each.name for each in fields(Config)]
        for name in data:
            if name not in known:
                self._unknown((name,), name, known, "There is no section")
        read: dict[str, Any] = {
            name: self._section((name,), kind, data[name])
            for name, kind in SECTIONS.items()
            if name in data
        }
        if "keys" in data:
            read["keys"] = self._keys(data["keys"])
        if "accounts" in data:
            read["accounts"] = self._accounts(data["accounts"])
        return Config(**read)

    def _keys(self, value: object) -> dict[str, object]:
        if not isinstance(value, Mapping):
            self._unfit(("keys",), value, "a section, like [keys]")
            return {}
        return {
            name: self._value(("keys", name), KEY_NAMES, key, "") for name, key in value.items()
        }

    def _accounts(self, value: object) -> dict[str, AccountConfig]:
        if not isinstance(value, Mapping):
            self._unfit(("accounts",), value, "tables like [accounts.shop]")
            return {}
        read = {}
        for name, account in value.items():
            where = ("accounts", name)
            read[name] = self._section(where, AccountConfig, account)
            if isinstance(account, Mapping) and not account.get("network"):
                self._say(where, f'[accounts.{name}] needs its network, like network = "mastodon".')
            if read[name].token_env and read[name].token_command:
                self._say(
                    where,
                    f"[accounts.{name}] names both token_env and token_command; keep the one "
                    "that holds the token.",
                )
        return read

    def _section(self, where: KeyPath, kind: type[T], value: object) -> T:
        if not isinstance(value, Mapping):
            self._unfit(where, value, f"a section, like [{_dotted(where)}]")
            return kind()
        known: dict[str, Field[Any]] = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
        read = {}
        for name, given in value.items():
            if name not in known:
                said = f"[{_dotted(where)}] has no key"
                self._unknown((*where, name), name, list(known), said)
                continue
            wanted = known[name].metadata["kind"]
            if wanted is HOURS and isinstance(given, Mapping):
                read[name] = self._hours((*where, name), given)
            else:
                read[name] = self._value((*where, name), wanted, given, None)
        return kind(**{name: given for name, given in read.items() if given is not None})

    def _hours(self, where: KeyPath, given: Mapping[str, object]) -> object:
        for day, spans in given.items():
            if day not in DAYS:
                self._unknown((*where, day), day, list(DAYS), f"[{_dotted(where)}] has no day")
            else:
                expects = 'spans in order like "9:00-12:00, 13:00-17:00", or "" for closed'
                self._value((*where, day), Kind(expects, read_day), spans, None)
        try:
            return read_week(given)
        except (ValueError, TypeError):
            return None

    def _value(self, where: KeyPath, kind: Kind, given: object, instead: object) -> Any:  # noqa: ANN401
        try:
            return kind.read(given)
        except (ValueError, TypeError, KeyError, OSError, OverflowError):
            self._unfit(where, given, kind.expects)
            return instead

    def _unfit(self, where: KeyPath, given: object, expects: str) -> None:
        self._say(where, f"{_dotted(where)} is {_shown(given)}; expected {expects}.")

    def _unknown(self, where: KeyPath, name: str, known: list[str], said: str) -> None:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1, cutoff=0.5)
        advice = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}."
        if not near and "settings" in known:
            advice += f" What its network's page names stands in [{_dotted(where[:-1])}.settings]."
        self._say(where, f'{said} "{_shown_name(name)}"; {advice}')

    def _say(self, where: KeyPath, words: str) -> None:
        line = self.located.line_of(where)
        self.problems.append((line, f"{self.file}, line {line}: {words}"))


def _dotted(where: KeyPath) -> str:
    return ".".join(_shown_name(str(part)) for part in where)


def _shown_name(name: str) -> str:
    return name if name.isprintable() and len(name) < 60 else ascii(name[:60])[1:-1]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    said = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    said = said.replace("'", '"') if isinstance(value, str) else str(value)
    return said if len(said) <= 60 else f"{said[:57]}..."
