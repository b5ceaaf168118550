"""`doctor`: looks at everything that has to be well, and says what to do where it isn't."""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from connectors.contract import ConnectorError
from console import paths
from console.commands.account import CHECK_SECONDS, greet
from console.commands.exits import Exit
from console.commands.opened import House, service, setups
from console.commands.saying import clock, say, say_json
from console.config import Config, ConfigTrouble, load
from console.engine.setup import AccountSetup, NoSecret
from console.engine.texts import Texts
from console.secrets import Keyring, SecretTrouble
from console.store import accounts, dialect
from console.store.accounts import StoredAccount
from console.store.connection import Store, explain
from console.store.errors import StoreError

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows a moment before this one."""

AHEAD = timedelta(minutes=2)
"""A message dated this far in the future means that a clock is wrong."""


class Verdict(StrEnum):
    """How a thing is."""

    WELL = "well"
    NOTICE = "notice"
    """It works, and a person should know."""
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at."""

    what: str
    verdict: Verdict
    words: str


def doctor(asked: argparse.Namespace) -> int:
    """Look at everything."""
    return asyncio.run(_doctor(asked))


async def _doctor(asked: argparse.Namespace) -> int:
    looks: list[Look] = []
    async for look in _looks(connecting=not asked.offline):
        looks.append(look)
        if not asked.json:
            say(f"{look.verdict.value:<7}{look.what}: {look.words}")
    if asked.json:
        say_json(
            [{"what": each.what, "verdict": each.verdict, "words": each.words} for each in looks]
        )
    return Exit.FAILED if any(each.verdict is Verdict.ILL for each in looks) else Exit.DONE


async def _looks(*, connecting: bool) -> AsyncIterator[Look]:
    found = paths.find()
    try:
        paths.make(found)
    except paths.FolderTrouble as error:
        yield Look("folders", Verdict.ILL, error.words)
        return
    for name in ("config", "data", "state", "log"):
        yield Look(f"{name} folder", Verdict.WELL, str(getattr(found, name)))
    loose = paths.loose(found)
    for words in loose:
        yield Look("permissions", Verdict.ILL, words)
    if not loose:
        yield Look("permissions", Verdict.WELL, "nobody else can read or change anything")
    config = Config()
    try:
        config = load(found.config_file)
        there = "is read" if found.config_file.exists() else "is not there; the defaults hold"
        yield Look("configuration", Verdict.WELL, f"{found.config_file} {there}")
    except ConfigTrouble as error:
        for problem in error.problems:
            yield Look("configuration", Verdict.ILL, problem)
    exposed = next((words for words in loose if str(found.config) in words), "")
    within = House(paths=found, config=config, exposed=exposed)
    yield await _templates(within)
    yield _keymap(config)
    stored, database = _database(found.database)
    for look in database:
        yield look
    served = setups(config, stored)
    yield await _keyring(served)
    yield _clock(found.database)
    yield _terminal()
    if not served:
        yield Look("accounts", Verdict.NOTICE, "none yet; greenroom account add mastodon")
    for setup in served:
        yield await _account(within, setup, connecting=connecting)


async def _templates(within: House) -> Look:
    texts = Texts(within.settings(), lambda: datetime.now(UTC))
    try:
        broken = await texts.ready()
    finally:
        texts.close()
    if broken:
        return Look("templates", Verdict.ILL, "\n".join(broken))
    return Look("templates", Verdict.WELL, "all of them can be used")


def _keymap(config: Config) -> Look:
    from console.ui.keymap import KeymapProblem, keymap

    try:
        keymap(config.keys)
    except KeymapProblem as error:
        return Look("keys", Verdict.ILL, error.words)
    return Look("keys", Verdict.WELL, "yours" if config.keys else "as they come")


def _database(file: Path) -> tuple[tuple[StoredAccount, ...], list[Look]]:
    if not file.exists():
        return (), [Look("database", Verdict.WELL, f"{file} is not there yet")]
    looking: sqlite3.Connection | None = None
    try:
        looking = dialect.connect(str(file), writer=False)
        said = dialect.quick_check(looking)
    except sqlite3.Error as error:
        return (), [Look("database", Verdict.ILL, explain(error, file).words)]
    finally:
        if looking is not None:
            looking.close()
    if said != "ok":
        words = f"{file} is damaged ({said}). Close Greenroom and make a copy before anything else."
        return (), [Look("database", Verdict.ILL, words)]
    store = Store(file)
    try:
        store.open_now()
        stored = store.read_now(accounts.accounts)
    except StoreError as error:
        return (), [Look("database", Verdict.ILL, error.words)]
    finally:
        store.close()
    size = f"{file.stat().st_size / 1_000_000:.1f} MB"
    return stored, [Look("database", Verdict.WELL, f"{file} is sound, {size}")]


async def _keyring(served: tuple[AccountSetup, ...]) -> Look:
    needed = any(
        "token_env" not in setup.settings and "token_command" not in setup.settings
        for setup in served
    )
    try:
        return Look("keyring", Verdict.WELL, await Keyring(service()).describe())
    except SecretTrouble as error:
        return Look("keyring", Verdict.ILL if needed else Verdict.NOTICE, error.words)


def _clock(file: Path) -> Look:
    now = datetime.now(UTC)
    if now < BUILT:
        return Look("clock", Verdict.ILL, f"it says {now:%Y-%m-%d}, which is past. Set the clock.")
    newest = _newest(file)
    if newest is not None and newest - now > AHEAD:
        words = (
            f"the newest message is dated {clock(newest)}, which is still to come. This machine's "
            "clock is slow, or the network's is fast; waiting times are wrong until it is set."
        )
        return Look("clock", Verdict.ILL, words)
    return Look("clock", Verdict.WELL, f"{clock(now)}, {now.astimezone().tzname()}")


def _newest(file: Path) -> datetime | None:
    if not file.exists():
        return None
    store = Store(file)
    try:
        store.open_now()
        newest = store.read_now(lambda work: work.value("SELECT MAX(last_at) FROM threads"))
    except StoreError:
        return None
    finally:
        store.close()
    return None if newest is None else datetime.fromtimestamp(newest / 1000, UTC)


def _terminal() -> Look:
    kind = os.environ.get("TERM", "")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        words = (
            f"it speaks {sys.stdout.encoding or 'nothing known'}, not UTF-8, so other scripts and "
            "emoji can't be shown. Set LANG=C.UTF-8, or [look] ascii = true for plain lines."
        )
        return Look("terminal", Verdict.NOTICE, words)
    if not kind or kind == "dumb":
        return Look("terminal", Verdict.NOTICE, "it isn't one that the console can be drawn on")
    rich = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
    colours = "all colours" if rich else "256 colours" if "256" in kind else "16 colours"
    return Look("terminal", Verdict.WELL, f"{kind}, UTF-8, {colours}")


async def _account(within: House, setup: AccountSetup, *, connecting: bool) -> Look:
    what = f"account {setup.name}"
    if not connecting:
        return Look(what, Verdict.NOTICE, "not asked, because of --offline")
    try:
        hello = await greet(within, setup)
    except (NoSecret, ConnectorError) as error:
        return Look(what, Verdict.ILL, error.words)
    except TimeoutError:
        return Look(what, Verdict.ILL, f"no answer within {CHECK_SECONDS:g} s")
    words = f"{hello.account.handle} on {hello.where or setup.network}"
    if hello.advice:
        advised = " ".join(advice.words for advice in hello.advice)
        return Look(what, Verdict.NOTICE, f"{words}. {advised}")
    return Look(what, Verdict.WELL, words)
