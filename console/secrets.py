"""Where tokens are kept: the keyring; or an environment variable or a command that you name.

The keyring is asked in one thread of its own and with a time limit, because it may ask a person,
hang or not exist. Every failure is a sentence that says what to do. A secret is never written to
the configuration, the database or the log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import queue
import shlex
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from console import logs
from console.desk.plain import plain_line
from console.engine.setup import AccountSetup, NoSecret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

log = logging.getLogger(__name__)

SERVICE = "greenroom"
KEYRING_SECONDS = 10.0
COMMAND_SECONDS = 30.0

FALLBACKS = (
    "Without a keyring, keep the token in an environment variable and name it with --token-env, "
    "or name a command that prints it, like --token-command 'pass show greenroom/shop'. Where "
    "neither has it yet, signing in shows the token once, for you to put it there."
)


class SecretTrouble(NoSecret):
    """A secret can't be read or kept; the words say why and what to do."""


class NoKeyring(SecretTrouble):
    """There is no keyring that can be used on this machine now."""


class Keyring:
    """The machine's keyring: one entry for each account, holding all of its secrets."""

    def __init__(self, service: str = SERVICE, *, seconds: float = KEYRING_SECONDS) -> None:
        self.service = service
        self.seconds = seconds
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def read(self, account: str) -> dict[str, str] | None:
        """The account's secrets; None where it has none. Raises `SecretTrouble`."""
        kept = await self._ask(lambda: _keyring().get_password(self.service, account))
        if kept is None:
            return None
        try:
            read = json.loads(kept)
            secrets = {str(name): str(value) for name, value in read.items()}
        except (ValueError, AttributeError):
            raise SecretTrouble(
                f"The keyring's entry for {account} isn't one that Greenroom wrote. It was left "
                f"alone. Sign in again: greenroom account add NETWORK --name {account}"
            ) from None
        for value in secrets.values():
            logs.hide(value)
        return secrets

    async def write(self, account: str, secrets: Mapping[str, str]) -> None:
        """Keep the account's secrets, and see that they are there. Raises `SecretTrouble`."""
        for value in secrets.values():
            logs.hide(value)
        kept = json.dumps(dict(secrets))

        def write() -> str | None:
            _keyring().set_password(self.service, account, kept)
            return _keyring().get_password(self.service, account)

        if await self._ask(write) != kept:
            raise NoKeyring(f"The keyring took the token and did not keep it. {FALLBACKS}")

    async def remove(self, account: str) -> bool:
        """Take the account's secrets away; False where there were none. Raises `SecretTrouble`."""

        def remove() -> bool:
            if _keyring().get_password(self.service, account) is None:
                return False
            _keyring().delete_password(self.service, account)
            return True

        return await self._ask(remove)

    async def describe(self) -> str:
        """The name of the keyring in use. Raises `SecretTrouble` where there is none."""

        def look() -> str:
            backend = _keyring()
            backend.get_password(self.service, "doctor looks whether it answers")
            return str(getattr(backend, "name", type(backend).__name__))

        return plain_line(await self._ask(look))

    async def _ask(self, call: Callable[[], T]) -> T:
        answer: Future[T] = Future()

        def run() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(call())
            except BaseException as error:
                answer.set_exception(error)

        if self._thread is None:
            # A daemon: a keyring that never answers must not keep the program from ending.
            self._thread = threading.Thread(target=self._work, name="keyring", daemon=True)
            self._thread.start()
        self._calls.put(run)
        try:
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(self.seconds):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise NoKeyring(
                f"The keyring did not answer within {self.seconds:g} s. It may be waiting for you "
                f"to unlock it. Unlock it and try again. {FALLBACKS}"
            ) from None
        except Exception as error:
            raise _explain(error) from None

    def _work(self) -> None:
        while True:
            self._calls.get()()


class Wallet:
    """The engine's source of secrets: what the account names, else the keyring.

    `exposed` says why the configuration isn't safe from others; a command that it names is then
    not run.
    """

    def __init__(self, keyring: Keyring, *, exposed: str = "") -> None:
        self.keyring = keyring
        self.exposed = exposed

    async def of(self, account: AccountSetup) -> Mapping[str, str]:
        """The account's secrets. Raises `SecretTrouble`."""
        if variable := account.settings.get("token_env"):
            return {"token": from_environment(variable)}
        if command := account.settings.get("token_command"):
            if self.exposed and account.configured:
                raise SecretTrouble(
                    f"The token command of {account.name} was not run, because others can change "
                    f"it. {self.exposed}"
                )
            return {"token": await from_command(command)}
        kept = await self.keyring.read(account.name)
        if kept is None:
            raise SecretTrouble(
                f"The keyring holds no token for {account.name}. Nothing is sent or received until "
                f"it does. Sign in: greenroom account add {account.network} --name {account.name}"
            )
        return kept

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        """Put a secret beside the account's others in the keyring. Where the account's token is
        elsewhere, or the keyring fails, it isn't kept: the account signs in anew next time."""
        logs.hide(secret)
        if {"token_env", "token_command"} & account.settings.keys():
            return
        try:
            kept = await self.keyring.read(account.name)
            if kept is not None:
                await self.keyring.write(account.name, {**kept, name: secret})
        except SecretTrouble as trouble:
            log.warning("%s: its session could not be kept: %s", account.name, trouble.words)


def _keyring() -> KeyringBackend:
    import keyring

    return keyring.get_keyring()


def _explain(error: Exception) -> SecretTrouble:
    from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError

    if isinstance(error, NoKeyringError):
        return NoKeyring(f"This machine has no keyring that Greenroom could use. {FALLBACKS}")
    if isinstance(error, KeyringLocked):
        return NoKeyring(
            "The keyring is locked, so the token can't be read or kept. Unlock it and try again. "
            + FALLBACKS
        )
    if isinstance(error, InitError):
        return NoKeyring(f"The keyring is there and can't be opened. {FALLBACKS}")
    what = plain_line(str(error), 200) if isinstance(error, KeyringError) else type(error).__name__
    return NoKeyring(f"The keyring failed ({logs.redact(what)}). {FALLBACKS}")


def from_environment(variable: str, surroundings: Mapping[str, str] | None = None) -> str:
    """The token in an environment variable. Raises `SecretTrouble`."""
    env = os.environ if surroundings is None else surroundings
    token = env.get(variable, "").strip()
    if not token:
        raise SecretTrouble(
            f"The environment variable {variable} should hold the token and is "
            f"{'empty' if variable in env else 'not set'}. Set it and start Greenroom again."
        )
    logs.hide(token)
    return token


async def from_command(command: str, *, seconds: float = COMMAND_SECONDS) -> str:
    """The first line that a command prints. It runs without a shell. Raises `SecretTrouble`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SecretTrouble(
            f"token_command can't be read as a command ({error}): {command}. Check its quotes."
        ) from None
    if not words:
        raise SecretTrouble("token_command is empty. Write the command that prints the token.")
    try:
        running = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise SecretTrouble(
            f"The command that prints the token can't be started ({why}): {words[0]}. Check "
            "token_command; it runs without a shell, so it has no pipes and no variables."
        ) from None
    try:
        async with asyncio.timeout(seconds):
            said, complained = await running.communicate()
    except TimeoutError:
        raise SecretTrouble(
            f"The command that prints the token did not end within {seconds:g} s: {words[0]}. Run "
            "it once by hand; it may be asking for a passphrase."
        ) from None
    finally:
        if running.returncode is None:
            os.killpg(running.pid, signal.SIGKILL)
            await running.wait()
    lines = said.decode("utf-8", "replace").splitlines()
    token = lines[0].strip() if lines else ""
    if token:
        logs.hide(token)
    if running.returncode:
        last = complained.decode("utf-8", "replace").strip().splitlines()[-1:]
        why = logs.redact(plain_line(" ".join(last), 200)) or "it said nothing"
        raise SecretTrouble(
            f"The command that prints the token failed with {running.returncode} ({why}): "
            f"{words[0]}. Run it once by hand."
        )
    if not token:
        raise SecretTrouble(
            f"The command that should print the token printed nothing: {words[0]}. Its first line "
            "has to be the token."
        )
    return token
