"""Tokens in a real Secret Service: kept, read by another process, gone when removed, locked."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.servers import secret_service

pytestmark = pytest.mark.server

CALL = """
import asyncio, json, sys
from console.secrets import Keyring, SecretTrouble
async def main():
    kept = Keyring("greenroom test")
    try:
        if sys.argv[1] == "write":
            await kept.write("shop", {"token": sys.argv[2]})
            return "kept"
        if sys.argv[1] == "read":
            return await kept.read("shop")
        if sys.argv[1] == "remove":
            return await kept.remove("shop")
        return await kept.describe()
    except SecretTrouble as error:
        return {"trouble": error.words}
print(json.dumps(asyncio.run(main())))
"""


def _call(env, *words):
    said = subprocess.run(
        [sys.executable, "-c", CALL, *words],
        env={**env, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def test_a_token_is_kept_across_processes_and_restarts(tmp_path):
    with secret_service.running(tmp_path) as env:
        assert _call(env, "read") is None
        assert _call(env, "write", "a-real-token") == "kept"
        assert _call(env, "read") == {"token": "a-real-token"}
        assert "SecretService" in _call(env, "describe")
    with secret_service.running(tmp_path) as env:
        assert _call(env, "read") == {"token": "a-real-token"}
        assert _call(env, "remove") is True
        assert _call(env, "remove") is False


def test_a_locked_one_says_what_to_do(tmp_path):
    with secret_service.running(tmp_path) as env:
        assert _call(env, "write", "a-real-token") == "kept"
    with secret_service.running(tmp_path, unlocked=False) as env:
        words = _call(env, "read")["trouble"]
    assert "--token-env" in words


def test_no_service_says_what_to_do(tmp_path):
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/nobody",
    }
    words = _call(env, "write", "a-real-token")["trouble"]
    assert "--token-command" in words
