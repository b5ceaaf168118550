"""`doctor`: looks at everything that has to be well, and says what to do where it isn't."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import shutil
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
from console.engine.holder import Holder
from console.engine.setup import AccountSetup, NoSecret
from console.engine.texts import Texts
from console.paths import Paths
from console.secrets import Keyring, SecretTrouble
from console.store import accounts, backup, dialect
from console.store.accounts import StoredAccount
from console.store.connection import Store
from console.store.errors import Damaged, StoreError, explain

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows a moment before this one."""

AHEAD = timedelta(minutes=2)
"""A message dated this far in the future means that a clock is wrong."""

FULL = 1_000_000
"""Bytes of room below which a disk counts as full."""
SCARCE = 100_000_000
"""Bytes of room below which a person should know."""
LARGE = 200_000_000
"""Bytes of a database whose check is announced."""
CHECKED_A_SECOND = 200_000_000
"""Bytes checked in a second where the disk is quick: 500,000 messages are 233 MB and took 1.0 s."""
OLD_BACKUP = timedelta(days=3)


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
    yield _disk(found)
    slow = _slow(found.database)
    if slow is not None:
        yield slow
    stored, database = _database(found.database)
    for look in database:
        yield look
    yield _backups(found.database)
    yield _outbox(found)
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


def _disk(found: Paths) -> Look:
    """Whether anything can be written at all, and for how much there is room."""
    for folder in (found.data, found.state, found.log):
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            words = (
                f"{folder} can't be written: it belongs to somebody else, or its disk is mounted "
                "read-only. Nothing is stored until that is mended; what is there is safe."
            )
            return Look("disk", Verdict.ILL, words)
    room = shutil.disk_usage(found.data).free
    free = f"{room / 1_000_000:,.0f} MB are free where the data is"
    if room < FULL:
        words = f"{free}, which is as good as full. Make room: drafts may not be stored any more."
        return Look("disk", Verdict.ILL, words)
    size = found.database.stat().st_size if found.database.exists() else 0
    if room < max(SCARCE, 2 * size):
        words = f"{free}; a backup takes {size / 1_000_000:,.0f} MB. Make some room soon."
        return Look("disk", Verdict.NOTICE, words)
    return Look("disk", Verdict.WELL, free)


def _slow(file: Path) -> Look | None:
    """Said before a check that takes longer than anybody waits without a word."""
    size = file.stat().st_size if file.exists() else 0
    if size < LARGE:
        return None
    seconds = max(1, round(size / CHECKED_A_SECOND))
    words = f"checking {size / 1_000_000:,.0f} MB; this takes about {seconds} to {seconds * 10} s"
    return Look("database", Verdict.WELL, words)


def _database(file: Path) -> tuple[tuple[StoredAccount, ...], list[Look]]:
    if not file.exists():
        words = f"{file} is not there yet"
        if _newest_backup(file) is None:
            return (), [Look("database", Verdict.WELL, words)]
        words = f"{file} is not there, though there are backups of it. {_restoring(file)}"
        return (), [Look("database", Verdict.ILL, words)]
    store = Store(file)
    looking: sqlite3.Connection | None = None
    try:
        looking = dialect.connect(str(file), writer=False)
        said = dialect.quick_check(looking)
        if said != "ok":
            words = f"{file} is damaged ({said}). {_restoring(file)}"
            return (), [Look("database", Verdict.ILL, words)]
        store.open_now()
        stored = store.read_now(accounts.accounts)
        store.write_now(lambda _work: None)
    except sqlite3.Error as error:
        return (), [Look("database", Verdict.ILL, _with_restoring(explain(error, file), file))]
    except StoreError as error:
        return (), [Look("database", Verdict.ILL, _with_restoring(error, file))]
    finally:
        if looking is not None:
            looking.close()
        store.close()
    size = f"{file.stat().st_size / 1_000_000:.1f} MB"
    return stored, [Look("database", Verdict.WELL, f"{file} is sound, {size}")]


def _with_restoring(error: StoreError, file: Path) -> str:
    return f"{error.words} {_restoring(file)}" if isinstance(error, Damaged) else error.words


def _newest_backup(file: Path) -> backup.Backup | None:
    try:
        return next(iter(backup.backups(file)), None)
    except OSError:
        return None


def _restoring(file: Path) -> str:
    """What to do about a database that can't be read."""
    newest = _newest_backup(file)
    if newest is None:
        return "There is no backup. Close Greenroom and make a copy before anything else."
    age = _age(newest.made_at)
    return f"Your newest backup is {newest.path.name}, {age} old. {_steps(file, newest)}"


def _steps(file: Path, made: backup.Backup) -> str:
    """How to bring a backup back. The same steps stand in docs/backups.md."""
    away = f"mkdir -p -m 700 aside && mv {file.name}* aside/ && " if file.exists() else ""
    return (
        f"To bring it back, close every Greenroom, then: cd {shlex.quote(str(file.parent))} && "
        f"{away}cp -p {made.path.parent.name}/{made.path.name} {file.name}. What is newer than the "
        "backup comes back from the networks; newer drafts and notes are in the old file only."
    )


def _backups(file: Path) -> Look:
    try:
        found = backup.backups(file)
    except OSError as error:
        words = f"{backup.folder_of(file)} can't be looked at ({error.strerror})"
        return Look("backups", Verdict.ILL, words)
    if not found:
        words = (
            "none yet. The console and greenroom watch make one a day, of which the last "
            f"{backup.KEEP} are kept in {backup.folder_of(file)}"
        )
        return Look("backups", Verdict.WELL if not file.exists() else Verdict.NOTICE, words)
    newest = found[0]
    words = (
        f"the newest is {newest.path}, {_age(newest.made_at)} old, {newest.size / 1_000_000:.1f} "
        f"MB; {len(found)} in all. {_steps(file, newest)}"
    )
    if datetime.now(UTC) - newest.made_at > OLD_BACKUP:
        words = f"None was made for days: is Greenroom running? Does the log say why? Now {words}"
        return Look("backups", Verdict.NOTICE, words)
    return Look("backups", Verdict.WELL, words)


def _age(made_at: datetime) -> str:
    """How old, in the largest unit that fits."""
    seconds = max(0, int((datetime.now(UTC) - made_at).total_seconds()))
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return "less than a minute"


def _outbox(found: Paths) -> Look:
    """Who listens and sends."""
    holder = Holder(found.state / "outbox.lock")
    if holder.held_by_other():
        return Look("outbox", Verdict.WELL, f"{holder.other()} holds it: it listens and sends")
    words = "nobody holds it: what waits leaves with the next console or greenroom watch"
    return Look("outbox", Verdict.WELL, words)


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
