"""Tokens come from a keyring, a variable or a command, and every failure says what to do."""

from __future__ import annotations

import asyncio
import logging
import sys
import time

import keyring
import pytest

from console import logs
from console.engine.setup import AccountSetup, NoSecret
from console.secrets import (
    Keyring,
    NoKeyring,
    SecretTrouble,
    Wallet,
    from_command,
    from_environment,
)
from tests.door import keyrings

TOKEN = "a-token-that-nobody-may-see"


@pytest.fixture
def use(monkeypatch, tmp_path):
    """Puts a keyring in place, as a person's `keyringrc.cfg` would."""
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "keyring.json"))
    before = keyring.get_keyring()
    yield lambda kind: keyring.set_keyring(kind())
    keyring.set_keyring(before)


def _account(**settings):
    return AccountSetup(name="shop", network="mastodon", settings=settings, configured=True)


async def test_what_is_kept_is_read_again_and_removed(use):
    use(keyrings.InFile)
    kept = Keyring("greenroom test")
    assert await kept.read("shop") is None
    await kept.write("shop", {"token": TOKEN, "client": "c"})
    assert await kept.read("shop") == {"token": TOKEN, "client": "c"}
    assert await Keyring("another home").read("shop") is None
    assert await kept.remove("shop")
    assert not await kept.remove("shop")
    assert await kept.read("shop") is None


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (keyrings.Missing, "no keyring"),
        (keyrings.Locked, "locked"),
        (keyrings.Unopened, "can't be opened"),
        (keyrings.Broken, "RuntimeError"),
        (keyrings.Forgetful, "did not keep it"),
    ],
)
async def test_every_failure_names_the_ways_around_it(use, kind, said):
    use(kind)
    with pytest.raises(NoKeyring) as trouble:
        await Keyring().write("shop", {"token": TOKEN})
    assert said in trouble.value.words
    assert "--token-env" in trouble.value.words
    assert "--token-command" in trouble.value.words
    assert TOKEN not in trouble.value.words


async def test_a_keyring_that_never_answers_is_left_behind(use):
    use(keyrings.Hanging)
    keyrings.Hanging.released.clear()
    began = time.monotonic()
    try:
        with pytest.raises(NoKeyring) as trouble:
            await Keyring(seconds=0.05).read("shop")
    finally:
        keyrings.Hanging.released.set()
    assert "did not answer within 0.05 s" in trouble.value.words
    assert time.monotonic() - began < 5


async def test_an_entry_that_is_not_ours_is_left_alone(use):
    use(keyrings.InFile)
    keyring.get_keyring().set_password("greenroom", "shop", "something else")
    with pytest.raises(SecretTrouble, match="left alone"):
        await Keyring().read("shop")
    assert keyring.get_keyring().get_password("greenroom", "shop") == "something else"


def test_a_variable_holds_the_token():
    assert from_environment("SHOP", {"SHOP": f" {TOKEN}\n"}) == TOKEN
    with pytest.raises(SecretTrouble, match="SHOP should hold the token and is not set"):
        from_environment("SHOP", {})
    with pytest.raises(SecretTrouble, match="is empty"):
        from_environment("SHOP", {"SHOP": ""})


async def test_a_command_prints_the_token_on_its_first_line():
    assert await from_command(f"printf '{TOKEN}\\nmore\\n'") == TOKEN


async def test_a_command_runs_without_a_shell(tmp_path):
    aside = tmp_path / "made"
    assert await from_command(f"echo {TOKEN} ; touch {aside}") == f"{TOKEN} ; touch {aside}"
    assert not aside.exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "is empty"),
        ("pass 'show", "Check its quotes"),
        ("/nowhere/pass show x", "can't be started"),
        ("sh -c 'echo locked >&2; exit 3'", "failed with 3 (locked)"),
        ("true", "printed nothing"),
        ("sh -c 'echo; echo late'", "printed nothing"),
        (f'sh -c \'printf "{TOKEN}\\n"; printf "{TOKEN}\\n" >&2; exit 1\'', "failed with 1"),
    ],
)
async def test_a_command_that_fails_says_so(command, said):
    with pytest.raises(SecretTrouble) as trouble:
        await from_command(command)
    assert said in trouble.value.words
    assert TOKEN not in trouble.value.words.split(":")[0]


async def test_a_command_that_never_ends_is_ended_with_all_its_children():
    with pytest.raises(SecretTrouble, match="did not end within"):
        await from_command("sh -c 'sleep 100 & wait'", seconds=0.2)


async def test_what_the_account_names_comes_before_the_keyring(use, monkeypatch):
    use(keyrings.Missing)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    wallet = Wallet(Keyring())
    assert await wallet.of(_account(token_env="SHOP_TOKEN")) == {"token": TOKEN}
    assert await wallet.of(_account(token_command=f"echo {TOKEN}")) == {"token": TOKEN}
    with pytest.raises(NoSecret, match="no keyring"):
        await wallet.of(_account())


async def test_a_keyring_without_the_token_says_how_to_sign_in(use):
    use(keyrings.InFile)
    with pytest.raises(NoSecret, match="greenroom account add mastodon --name shop"):
        await Wallet(Keyring()).of(_account())


async def test_what_a_network_replaces_is_kept_beside_the_token(use):
    use(keyrings.InFile)
    kept = Keyring("greenroom test")
    await kept.write("shop", {"token": TOKEN})
    await Wallet(kept).keep(_account(), "session", "a-session")
    assert await kept.read("shop") == {"token": TOKEN, "session": "a-session"}
    assert await Wallet(kept).of(_account()) == {"token": TOKEN, "session": "a-session"}


@pytest.mark.parametrize("kind", [keyrings.Missing, keyrings.Locked, keyrings.Forgetful])
async def test_what_cannot_be_kept_stops_nothing(use, kind, caplog):
    use(kind)
    await Wallet(Keyring("greenroom test")).keep(_account(), "session", "a-session")
    assert "a-session" not in caplog.text


async def test_where_the_token_is_elsewhere_the_keyring_is_left_alone(use):
    use(keyrings.InFile)
    kept = Keyring("greenroom test")
    await Wallet(kept).keep(_account(token_env="SHOP_TOKEN"), "session", "a-session")
    assert await kept.read("shop") is None


async def test_a_command_that_others_can_change_is_not_run(tmp_path):
    aside = tmp_path / "made"
    wallet = Wallet(Keyring(), exposed="config.toml can be changed by others (666).")
    with pytest.raises(NoSecret, match=r"was not run.*666"):
        await wallet.of(_account(token_command=f"touch {aside}"))
    assert not aside.exists()


async def test_no_secret_reaches_the_log(use, tmp_path):
    use(keyrings.InFile)
    handler = logs.begin(tmp_path / "log")
    try:
        await Keyring().write("shop", {"token": TOKEN})
        await from_command("echo another-secret-value")
        logging.getLogger("console").info("told %s and another-secret-value", TOKEN)
    finally:
        logs.end(handler)
    written = (tmp_path / "log").read_text()
    assert TOKEN not in written
    assert "another-secret-value" not in written
    assert "told [hidden] and [hidden]" in written


async def test_an_unanswered_keyring_does_not_keep_the_program(tmp_path):
    code = (
        "import asyncio, keyring\n"
        "from console.secrets import Keyring, NoKeyring\n"
        "from tests.door import keyrings\n"
        "keyring.set_keyring(keyrings.Hanging())\n"
        "try:\n    asyncio.run(Keyring(seconds=0.05).read('shop'))\n"
        "except NoKeyring:\n    print('left behind')\n"
    )
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(running.communicate(), 30)
    assert said == b"left behind\n"
    assert running.returncode == 0
