"""What every command works on: the folders, the configuration, and the desk of this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console import logs, paths
from console.config import Config, load
from console.engine.engine import Engine
from console.engine.holder import Holder
from console.engine.setup import AccountSetup, EngineSettings
from console.paths import Paths
from console.secrets import SERVICE, Keyring, Wallet
from console.store import accounts
from console.store.accounts import StoredAccount
from console.store.connection import Store
from console.store.errors import Damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The folders, made and shut, and what the configuration says."""

    paths: Paths
    config: Config
    exposed: str
    """Why the configuration isn't safe from others; empty when it is."""

    def wallet(self) -> Wallet:
        """Where the tokens of this desk are."""
        return Wallet(Keyring(service()), exposed=self.exposed)

    def settings(self, *, offline: bool = False) -> EngineSettings:
        """What the engine is told."""
        config = self.config
        return EngineSettings(
            undo_window=timedelta(seconds=config.sending.undo_seconds),
            cool_off=config.sending.cool_off,
            due_soon_after=config.waiting.due_soon_after,
            agent=config.agent.name,
            shop=config.shop.slots(),
            zone=config.shop.timezone,
            week=config.shop.hours or ((),) * 7,
            template_folders=(str(self.paths.templates),) if self.paths.templates.is_dir() else (),
            offline=offline,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The open desk. The engine is prepared and not started."""

    house: House
    store: Store
    engine: Engine
    accounts: tuple[AccountSetup, ...]


def house() -> House:
    """Make the folders, begin the log, read the configuration. Raises what they raise."""
    found = paths.find()
    paths.make(found)
    logs.begin(found.log_file, detailed=os.environ.get("GREENROOM_LOG") == "debug")
    loose = paths.loose(found)
    config = load(found.config_file)
    exposed = next((words for words in loose if str(found.config) in words), "")
    return House(paths=found, config=config, exposed=exposed)


def service() -> str:
    """The name of our entries in the keyring: another home's tokens are not this one's."""
    chosen = os.environ.get(paths.HOME_VARIABLE)
    return f"{SERVICE} {paths.find().data.parent}" if chosen else SERVICE


def open_store(found: Paths) -> tuple[Store, str]:
    """Open the database in this thread; a sentence when a damaged one was set aside.

    Raises `StoreError`.
    """
    store = Store(found.database)
    try:
        store.open_now()
    except Damaged as error:
        if Holder(found.state / "outbox.lock").held_by_other():
            # It is at work on that very file: taken from under it, its words would go with it.
            raise Damaged(
                f"{error.words} Another Greenroom has it open: close that one first."
            ) from error
        try:
            aside = set_aside(found)
        except OSError as shut:
            raise Damaged(
                f"{error.words} It can't be set aside either ({shut.strerror})."
            ) from shut
        store = Store(found.database)
        store.open_now()
        return store, (
            f"{error.words} It was set aside as {aside}, with everything that can still be read "
            "from it, and a new one was begun. Messages come back from the networks; drafts and "
            "unsent words are only in the old one, and in the backups."
        )
    return store, ""


def set_aside(found: Paths) -> str:
    """Give a damaged database and its companions another name; the name."""
    aside = f"{found.database.name}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for ending in ("", "-wal", "-shm"):
        part = found.database.with_name(found.database.name + ending)
        if part.exists():
            part.rename(found.data / (aside + ending))
    return str(found.data / aside)


def setups(config: Config, stored: Sequence[StoredAccount]) -> tuple[AccountSetup, ...]:
    """The accounts to serve: those that were added, and above them those of the configuration."""
    found: dict[str, AccountSetup] = {
        account.name: AccountSetup(
            name=account.name, network=account.network, settings=account.settings
        )
        for account in stored
        if not account.configured
    }
    kept: Mapping[str, Mapping[str, str]] = {each.name: each.settings for each in stored}
    for name, account in config.accounts.items():
        told = account.plain_settings()
        settings = {**kept.get(name, {}), **told}
        if "token_env" in told:
            settings.pop("token_command", None)
        elif "token_command" in told:
            settings.pop("token_env", None)
        found[name] = AccountSetup(
            name=name, network=account.network, settings=settings, configured=True
        )
    return tuple(found[name] for name in sorted(found))


def engine_of(
    within: House, store: Store, served: Sequence[AccountSetup], *, offline: bool, what: str
) -> Engine:
    """The engine of this desk, not yet prepared. `what` it is, to others on the same desk."""
    return Engine(
        store,
        served,
        secrets=within.wallet(),
        settings=within.settings(offline=offline),
        holder=Holder(within.paths.state / "outbox.lock", what),
    )


@asynccontextmanager
async def desk(*, offline: bool = False, what: str = "a command") -> AsyncIterator[Opened]:
    """Open the desk for one command, and close it whatever happens. `what` the command is, to
    others on the same desk."""
    within = house()
    store, notice = open_store(within.paths)
    try:
        if notice:
            from console.commands.saying import complain

            complain(notice)
        served = setups(within.config, store.read_now(accounts.accounts))
        engine = engine_of(within, store, served, offline=offline, what=what)
        await engine.prepare()
        try:
            yield Opened(house=within, store=store, engine=engine, accounts=served)
        finally:
            await engine.stop()
    finally:
        store.close()
