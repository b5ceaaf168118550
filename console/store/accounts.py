"""Accounts: their settings, where they stopped listening, and what their network last said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Cursor, Hello
from console.store.connection import Work
from console.store.moments import dumps, from_ms, hello_from, hello_json, maybe_from_ms, to_ms

_SIGNED_IN = "signed in: "


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """One account as it is kept. `configured`: it stands in the configuration file, which wins."""

    name: str
    network: str
    settings: Mapping[str, str]
    configured: bool
    hello: Hello | None
    cursor: Cursor | None
    heard_at: datetime | None
    caught_up: bool


def accounts(work: Work) -> tuple[StoredAccount, ...]:
    """Every account, in the order of their names."""
    return tuple(
        StoredAccount(
            name=name,
            network=network,
            settings=json.loads(settings),
            configured=bool(configured),
            hello=hello_from(hello) if hello else None,
            cursor=cursor,
            heard_at=maybe_from_ms(heard_at),
            caught_up=bool(caught_up),
        )
        for name, network, settings, configured, hello, cursor, heard_at, caught_up in work.all(
            "SELECT name, network, settings, configured, hello, cursor, heard_at, caught_up "
            "FROM accounts ORDER BY name"
        )
    )


def account(work: Work, name: str) -> StoredAccount | None:
    """One account, or None."""
    return next((found for found in accounts(work) if found.name == name), None)


def put_account(
    work: Work,
    name: str,
    network: str,
    settings: Mapping[str, str],
    *,
    configured: bool,
    now: datetime,
) -> None:
    """Add an account or change its settings. Its cursor, threads and hello stay."""
    work.do(
        "INSERT INTO accounts (name, network, settings, configured, added_at) "
        "VALUES (:name, :network, :settings, :configured, :now) "
        "ON CONFLICT (name) DO UPDATE SET network = excluded.network, "
        "settings = excluded.settings, configured = excluded.configured",
        {
            "name": name,
            "network": network,
            "settings": dumps(dict(settings)),
            "configured": int(configured),
            "now": to_ms(now),
        },
    )
    work.accounts_touched = True


def remove_account(work: Work, name: str) -> bool:
    """Forget an account's settings. Its threads and messages stay readable."""
    removed = work.do("DELETE FROM accounts WHERE name = :name", {"name": name})
    work.accounts_touched = True
    return bool(removed)


def pause(work: Work, name: str, now: datetime | None) -> bool:
    """Have an account rest from a moment on, or with None no longer; False when it isn't there."""
    found = work.do(
        "UPDATE accounts SET paused_at = CASE WHEN :now IS NULL THEN NULL "
        "ELSE COALESCE(paused_at, :now) END WHERE name = :name",
        {"now": None if now is None else to_ms(now), "name": name},
    )
    work.accounts_touched = True
    return bool(found)


def paused(work: Work) -> dict[str, datetime]:
    """The accounts that rest, each with the moment since when."""
    rows = work.all("SELECT name, paused_at FROM accounts WHERE paused_at IS NOT NULL")
    return {name: from_ms(at) for name, at in rows}


def set_hello(work: Work, name: str, hello: Hello) -> None:
    """Remember what the network said of the account."""
    work.do(
        "UPDATE accounts SET hello = :hello WHERE name = :name",
        {"hello": hello_json(hello), "name": name},
    )
    work.accounts_touched = True


def signed_in(work: Work, name: str, now: datetime) -> None:
    """Remember that the network has just taken the account's key: who waits for one may try."""
    put_setting(work, f"{_SIGNED_IN}{name}", str(to_ms(now)))
    work.accounts_touched = True


def signings_in(work: Work) -> dict[str, str]:
    """When each account's key was last taken at a sign-in or a check, as a mark to compare."""
    rows = work.all(
        "SELECT key, value FROM settings WHERE key LIKE :keys", {"keys": f"{_SIGNED_IN}%"}
    )
    return {key.removeprefix(_SIGNED_IN): value for key, value in rows}


def heard(work: Work, name: str, at: datetime, *, caught_up: bool) -> None:
    """Remember when the network was last heard, and whether its history is complete."""
    work.do(
        "UPDATE accounts SET heard_at = :at, "
        "caught_up = CASE WHEN :caught_up = 1 THEN 1 ELSE caught_up END WHERE name = :name",
        {"at": to_ms(at), "caught_up": int(caught_up), "name": name},
    )


def setting(work: Work, key: str) -> str | None:
    """Something that the screen remembers."""
    found: str | None = work.value("SELECT value FROM settings WHERE key = :key", {"key": key})
    return found


def put_setting(work: Work, key: str, value: str) -> None:
    """Remember something for the screen."""
    work.do(
        "INSERT INTO settings (key, value) VALUES (:key, :value) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        {"key": key, "value": value},
    )
