"""`account add|list|check|pause|remove`: signing in, and what an account may do."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from connectors.contract import (
    Capability,
    Connector,
    ConnectorError,
    Hello,
    SignedIn,
    Unauthorised,
)
from connectors.registry import UnknownNetwork, connector_class
from console import logs
from console.commands.asking import Person
from console.commands.exits import Exit
from console.commands.opened import House, Opened, desk
from console.commands.saying import complain, moment, say, say_json, span, table
from console.desk.plain import plain
from console.engine.engine import utc_now
from console.engine.setup import AccountSetup, NoSecret
from console.secrets import SecretTrouble, from_command, from_environment
from console.store import accounts
from console.store.connection import Work

CHECK_SECONDS = 30.0
"""How long `check` waits for one account."""


def add(asked: argparse.Namespace) -> int:
    """Sign in to an account."""
    try:
        network = connector_class(asked.network)
    except UnknownNetwork as error:
        complain(f"{error.args[0]} Nothing was done.")
        return Exit.USAGE
    token = sys.stdin.readline().strip() if asked.token_stdin else ""
    if asked.token_stdin and not token:
        complain("No token came from stdin. Nothing was done.")
        return Exit.USAGE
    logs.hide(token)
    stands = ["Nothing was stored."]
    try:
        return asyncio.run(_add(asked, network, token, stands))
    except KeyboardInterrupt:
        complain(f"\nStopped. {stands[-1]}")
        return Exit.INTERRUPTED


async def _add(
    asked: argparse.Namespace, network: type[Connector], token: str, stands: list[str]
) -> int:
    """Sign in; `stands` is added what is true from then on, for whoever is stopped."""
    async with desk(offline=True) as opened:
        name = asked.name or asked.network
        known = next((each for each in opened.accounts if each.name == name), None)
        if known is not None and known.network != asked.network:
            complain(
                f"The account {name} is on {known.network}. Give this one another name: --name "
                "NAME. Nothing was done."
            )
            return Exit.USAGE
        keeps = _kept_elsewhere(asked)
        missing = ""
        if not keeps:
            # Before a person walks through a sign-in whose fruit could not be kept.
            await opened.house.wallet().keyring.describe()
        elif not token:
            try:
                token = await _from_elsewhere(asked)
            except SecretTrouble as error:
                if not sys.stdin.isatty():
                    raise
                missing = error.words
        try:
            signed = await network.sign_in(Person(), _given(asked, known, token), clock=utc_now)
        except ConnectorError as error:
            if error.happened:
                error.words = f"{error.happened} Nothing was stored. Run the command again."
            raise
        if not keeps:
            await opened.house.wallet().keyring.write(name, signed.secrets)
        now = utc_now()
        settings = {**signed.settings, **keeps}

        def unit(work: Work) -> None:
            accounts.put_account(work, name, asked.network, settings, configured=False, now=now)
            accounts.set_hello(work, name, signed.hello)
            accounts.signed_in(work, name, now)

        await opened.store.write(unit)
        stands.append(f"{name} is signed in all the same.")
        _introduce(name, signed)
        await _offer(opened, AccountSetup(name=name, network=asked.network, settings=settings),
                     signed.hello, reachable=not missing)  # fmt: skip
    if known is not None and known.settings == settings:
        say("`greenroom` opens the console; one that is open goes on with it by itself.")
    else:
        say(
            f"`greenroom` opens the console; one that is open sees {network.title} after a restart."
        )
    if missing:
        _show_once(signed, missing)
    return Exit.DONE


async def _offer(opened: Opened, setup: AccountSetup, hello: Hello, *, reachable: bool) -> None:
    """Offer to put right what shuts customers out. `reachable`: the account's key can be had."""
    mendable = [advice for advice in hello.advice if not advice.by_hand]
    if not mendable:
        return
    what = "that" if len(mendable) == 1 else "these"
    if reachable and await Person().agrees(f"Have {what} put right now?"):
        try:
            hello = await greet(opened.house, setup, fix=True)
        except (ConnectorError, NoSecret) as error:
            say(error.words)
        except TimeoutError:
            say(f"No answer within {CHECK_SECONDS:g} s. Nothing was changed.")
        else:
            await opened.store.write(accounts.set_hello, setup.name, hello)
            return
    say(f"  To have {what} put right: greenroom account check {setup.name} --fix")


def _kept_elsewhere(asked: argparse.Namespace) -> dict[str, str]:
    """The setting that says where the token is, when it isn't to be in the keyring."""
    if asked.token_env:
        return {"token_env": asked.token_env}
    return {"token_command": asked.token_command} if asked.token_command else {}


async def _from_elsewhere(asked: argparse.Namespace) -> str:
    if asked.token_env:
        return from_environment(asked.token_env)
    return await from_command(asked.token_command)


def _show_once(signed: SignedIn, missing: str) -> None:
    """A person without a keyring has to put the token where they said: they see it this once."""
    say("")
    say(missing)
    say("Here is the token. It is shown this once and Greenroom keeps no copy:")
    # Straight to the terminal: everything else that is said passes the redaction.
    for name, secret in signed.secrets.items():
        print(f"  {name}: {plain(secret)}")


def _given(asked: argparse.Namespace, known: AccountSetup | None, token: str) -> Mapping[str, str]:
    given = dict(known.settings) if known else {}
    if asked.server:
        given["server"] = asked.server
    if token:
        given["token"] = token
    if asked.allow_plain_http:
        given["allow_plain_http"] = "yes"
    return given


def _introduce(name: str, signed: SignedIn) -> None:
    say(f"{name} is signed in as {signed.hello.account.handle}.")
    _rights(signed.hello)
    for sentence in signed.missing:
        if sentence not in signed.hello.cannot.values():
            say(f"- {sentence}")
    for advice in signed.hello.advice:
        say(f"- {advice.words}")


def _rights(hello: Hello) -> None:
    can = [_RIGHTS[right] for right in Capability if right in hello.can and right in _RIGHTS]
    say(f"  It may {', '.join(can) or 'do nothing yet'}.")
    reasons: dict[str, list[str]] = {}
    for right, why in hello.cannot.items():
        needless = right is Capability.INVITE and Capability.OPEN_PRIVATE in hello.can
        if right in _RIGHTS and not needless:
            reasons.setdefault(why, []).append(_RIGHTS[right])
    for why, rights in reasons.items():
        say(f"  It can't {' or '.join(rights)}: {why}")
    limits = hello.limits
    if limits.public is not None:
        say(f"  A public message may have {limits.public:,} {limits.unit}.")


_RIGHTS = {
    Capability.REPLY_PUBLIC: "answer in public",
    Capability.REPLY_PRIVATE: "answer in private",
    Capability.OPEN_PRIVATE: "begin a private conversation",
    Capability.INVITE: "ask a customer by a link to begin a private conversation",
    Capability.EDIT: "edit",
    Capability.DELETE: "delete",
    Capability.DELETE_PRIVATE: "delete what it said in private",
}


def listing(asked: argparse.Namespace) -> int:
    """List the accounts."""
    return asyncio.run(_listing(asked))


async def _listing(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        stored = {each.name: each for each in await opened.engine.reading.accounts()}
        paused = await opened.store.read(accounts.paused)
    served = [(setup, stored[setup.name]) for setup in opened.accounts]
    if asked.json:
        say_json(
            [
                {
                    "name": setup.name,
                    "network": setup.network,
                    "handle": kept.hello.account.handle if kept.hello else None,
                    "server": setup.settings.get("server"),
                    "configured": setup.configured,
                    "heard_at": moment(kept.heard_at),
                    "paused_at": moment(paused.get(setup.name)),
                    "token": _where(setup),
                }
                for setup, kept in served
            ]
        )
    else:
        now = datetime.now(UTC)
        table(
            [
                (
                    setup.name,
                    setup.network,
                    kept.hello.account.handle if kept.hello else "never connected",
                    f"heard {span(now - kept.heard_at)} ago" if kept.heard_at else "never heard",
                    f"token in {_where(setup)}",
                    "paused" if setup.name in paused else "",
                )
                for setup, kept in served
            ]
        )
    if not served:
        complain("There is no account yet. Add one: greenroom account add mastodon")
    return Exit.DONE if served else Exit.NOTHING


def _where(setup: AccountSetup) -> str:
    if variable := setup.settings.get("token_env"):
        return f"the variable {variable}"
    return "a command" if setup.settings.get("token_command") else "the keyring"


def check(asked: argparse.Namespace) -> int:
    """Connect to one account or to all, and say what each may do."""
    return asyncio.run(_check(asked))


async def _check(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        chosen = [each for each in opened.accounts if asked.name in (None, each.name)]
        if not chosen:
            complain(
                f"No account is called {asked.name}; `greenroom account list` lists them."
                if asked.name
                else "There is no account yet. Add one: greenroom account add mastodon"
            )
            return Exit.NOTHING
        return max([await _check_one(opened, setup, fix=asked.fix) for setup in chosen])


async def _check_one(opened: Opened, setup: AccountSetup, *, fix: bool) -> Exit:
    try:
        hello = await greet(opened.house, setup, fix=fix)
    except NoSecret as error:
        say(f"{setup.name}: {error.words}")
        return Exit.SIGN_IN
    except Unauthorised as error:
        say(f"{setup.name}: {error.words}")
        return Exit.SIGN_IN
    except ConnectorError as error:
        say(f"{setup.name}: {error.words}")
        return Exit.FAILED
    except TimeoutError:
        say(f"{setup.name}: no answer within {CHECK_SECONDS:g} s. Nothing was changed.")
        return Exit.FAILED
    await opened.store.write(_greeted, setup.name, hello, utc_now())
    say(f"{setup.name}: connected to {hello.where or setup.network} as {hello.account.handle}.")
    _rights(hello)
    for advice in hello.advice:
        say(f"- {advice.words}")
    if any(not advice.by_hand for advice in hello.advice):
        say(f"  To have that put right: greenroom account check {setup.name} --fix")
    return Exit.DONE


def _greeted(work: Work, name: str, hello: Hello, now: datetime) -> None:
    accounts.set_hello(work, name, hello)
    accounts.signed_in(work, name, now)


async def greet(house: House, setup: AccountSetup, *, fix: bool = False) -> Hello:
    """Connect, hear what the account is, and let go; with `fix` put right what it advises.

    Raises `NoSecret`, `ConnectorError` and `TimeoutError`.
    """
    connector = connector_class(setup.network)(setup.settings, remembered=None, clock=utc_now)
    wallet = house.wallet()
    connector.keep = partial(wallet.keep, setup)
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            hello = await connector.open(await wallet.of(setup))
            for advice in hello.advice if fix else ():
                if advice.by_hand:
                    continue
                hello = await connector.take_advice(advice.key)
                say(f"{setup.name}: put right: {advice.words}")
            return hello
    finally:
        await connector.close()


def pause(asked: argparse.Namespace) -> int:
    """Hear and send nothing for an account until it is resumed."""
    return asyncio.run(_pause(asked.name, datetime.now(UTC)))


def resume(asked: argparse.Namespace) -> int:
    """Hear and send for an account again."""
    return asyncio.run(_pause(asked.name, None))


async def _pause(name: str, since: datetime | None) -> int:
    async with desk(offline=True) as opened:
        served = any(each.name == name for each in opened.accounts)
        if not served or not await opened.store.write(accounts.pause, name, since):
            complain(f"No account is called {name}; `greenroom account list` lists them.")
            return Exit.NOTHING
    if since is None:
        say(f"{name} is heard again, and what waits for it leaves, once its news are in.")
    else:
        say(
            f"{name} is paused: nothing is heard or sent until `greenroom account resume {name}`. "
            "Its threads can be read, and what you send to them waits."
        )
    return Exit.DONE


def remove(asked: argparse.Namespace) -> int:
    """Forget an account and its token."""
    return asyncio.run(_remove(asked))


async def _remove(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        setup = next((each for each in opened.accounts if each.name == asked.name), None)
        if setup is None:
            complain(f"No account is called {asked.name}; `greenroom account list` lists them.")
            return Exit.NOTHING
        if "token_env" not in setup.settings and "token_command" not in setup.settings:
            try:
                await opened.house.wallet().keyring.remove(setup.name)
            except SecretTrouble as error:
                complain(f"The token could not be taken out of the keyring. {error.words}")
                return Exit.FAILED
        await opened.store.write(accounts.remove_account, setup.name)
        if setup.configured:
            file = opened.house.paths.config_file
            say(f"{setup.name} is in {file}, which is yours; take [accounts.{setup.name}] out too.")
    say(f"{setup.name} is removed. Its threads stay readable.")
    return Exit.DONE
