"""A desk of its own in a folder of its own, and a shell to call commands in."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.stage.connector import share
from connectors.stage.network import StageNetwork
from console import logs, paths
from console.cli import main

CONFIG = """
[agent]
name = "Mira Kos"

[accounts.shop]
network = "stage"
token_env = "SHOP_TOKEN"

[accounts.shop.settings]
network = "street"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _quiet():
    """The log of one test is not the next one's."""
    yield
    for handler in logging.getLogger().handlers[:]:
        if isinstance(handler, logs.PrivateFile):
            logs.end(handler)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty desk."""
    monkeypatch.setenv("GREENROOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHOP_TOKEN", "a-token-of-the-shop")
    monkeypatch.setenv("TERM", "xterm-256color")
    found = paths.find()
    paths.make(found)
    return found


@pytest.fixture
def shell(home, capsys):
    """Calls a command, as a person would, and hands back what came of it."""

    def call(*words: str) -> Said:
        capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def street(home):
    """A network in this process with one account of ours on it."""
    network = StageNetwork(clock=lambda: datetime.now(UTC))
    share("street", network)
    home.config_file.write_text(CONFIG, encoding="utf-8")
    home.config_file.chmod(0o600)
    return network
