"""The whole way from a shell: sign in, take in, answer, hand off, each command its own process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import pytest

from console.commands.exits import Exit
from tests.connectors.mastodon.fake import Fake


@pytest.fixture
async def server():
    """A server of the Mastodon API on loopback."""
    fake = Fake()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def call(home, tmp_path):
    """Calls `greenroom` in a process of its own, with a keyring in a file."""

    async def call(*words, typed=""):
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "import sys; from console.cli import main; sys.exit(main())"),
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "PYTHON_KEYRING_BACKEND": "tests.door.keyrings.InFile",
                "FAKE_KEYRING": str(tmp_path / "keyring.json"),
            },
        )
        out, err = await asyncio.wait_for(running.communicate(typed.encode()), 90)
        return running.returncode, out.decode(), err.decode()

    return call


async def test_from_a_sign_in_to_a_finished_handoff(home, server, call, tmp_path):
    token = server.token_for(server.shop)
    code, out, err = await call(
        *("account", "add", "mastodon", "--server", server.url, "--token-stdin"), typed=token
    )
    assert code == Exit.DONE, err
    assert "mastodon is signed in as" in out
    assert token in (tmp_path / "keyring.json").read_text()

    ana = server.person("ana", "social.example")
    await server.write(ana, "@support my parcel 4711 never came, what now?")
    code, out, err = await call("watch", "--once")
    assert code == Exit.DONE, out + err
    code, out, _ = await call("threads", "parcel", "--json")
    assert code == Exit.DONE
    (thread,) = json.loads(out)
    assert thread["network"] == "mastodon"

    code, out, err = await call("handoff", str(thread["id"]), "--now", "--json")
    assert code == Exit.DONE, out + err
    private, line = json.loads(out)["deliveries"]
    assert (private["state"], line["state"]) == ("sent", "sent")
    ours = [status for status in server.statuses.values() if status.account is server.shop]
    assert sorted(status.visibility for status in ours) == ["direct", "unlisted"]

    code, out, err = await call("outbox", "--json")
    assert (code, json.loads(out)) == (Exit.DONE, [])
    for file in home.data.parent.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes(), f"the token stands in {file}"
            assert file.stat().st_mode & 0o077 == 0, f"{file} stands open"


async def test_a_revoked_token_is_said(server, call):
    token = server.token_for(server.shop)
    sign_in = ("account", "add", "mastodon", "--server", server.url, "--token-stdin")
    assert (await call(*sign_in, typed=token))[0] == Exit.DONE
    server.tokens.clear()
    code, out, err = await call("watch", "--once")
    assert code == Exit.SIGN_IN
    assert "sign in again" in out + err
    assert (await call(*sign_in, typed="not-a-token-at-all"))[0] != Exit.DONE


async def test_while_another_watches_a_reply_goes_through_it(home, server, call, tmp_path):
    token = server.token_for(server.shop)
    sign_in = ("account", "add", "mastodon", "--server", server.url, "--token-stdin")
    assert (await call(*sign_in, typed=token))[0] == Exit.DONE
    ana = server.person("ana", "social.example")
    await server.write(ana, "@support where is it?")
    assert (await call("watch", "--once"))[0] == Exit.DONE
    (thread,) = json.loads((await call("threads", "--json"))[1])

    watching = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-c"),
        "import sys; from console.cli import main; sys.exit(main(['watch']))",
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "PYTHON_KEYRING_BACKEND": "tests.door.keyrings.InFile",
            "FAKE_KEYRING": str(tmp_path / "keyring.json"),
        },
    )
    assert watching.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b"live" not in await watching.stdout.readline():
                pass
        words = ("reply", str(thread["id"]), "--text", "It leaves tomorrow.", "--now", "--json")
        code, out, err = await call(*words)
        assert code == Exit.DONE, out + err
        assert [each["state"] for each in json.loads(out)["deliveries"]] == ["sent"]
    finally:
        watching.send_signal(signal.SIGINT)
    said = await asyncio.wait_for(watching.stdout.read(), 30)
    assert await asyncio.wait_for(watching.wait(), 30) == Exit.DONE
    assert b"stays in the outbox" in said
    ours = [status for status in server.statuses.values() if status.account is server.shop]
    assert len(ours) == 1
