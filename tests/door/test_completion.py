"""Completion offers what stands in the tree, in the shells that are on this machine."""

from __future__ import annotations

import shutil
import subprocess

import pytest


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("greenroom ", {"demo", "account", "threads", "watch", "--offline", "--version"}),
        ("greenroom th", {"threads"}),
        ("greenroom account ", {"add", "list", "check", "remove"}),
        ("greenroom account add --token", {"--token-stdin", "--token-env", "--token-command"}),
        ("greenroom --offline reply --l", {"--lane"}),
        ("greenroom completion ", {"bash", "zsh", "fish"}),
    ],
)
def test_bash_offers_what_may_follow(shell, line, offered):
    script = shell("completion", "bash").out
    words = line.split(" ")
    ask = (
        f"{script}\nCOMP_WORDS=({' '.join(word or chr(39) * 2 for word in words)})\n"
        f'COMP_CWORD={len(words) - 1}\n_greenroom\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    said = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True).stdout
    assert offered <= set(said.split())


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_each_is_a_script_that_names_every_command(shell, name, tmp_path):
    script = shell("completion", name).out
    for word in ("threads", "handoff", "token-command"):
        assert word in script
    if shutil.which(name):
        file = tmp_path / "completion"
        file.write_text(script)
        assert subprocess.run([name, "-n", file], check=False).returncode == 0


def test_keys_are_listed_as_they_are_for_you(home, shell):
    home.config_file.write_text('[keys]\ndone = "F7"\n')
    home.config_file.chmod(0o600)
    said = shell("keys")
    assert said.code == 0
    assert "F7" in said.out
    assert "Move to DM" in said.out


def test_clashing_keys_are_said(home, shell):
    home.config_file.write_text('[keys]\nreply = "m"\n')
    home.config_file.chmod(0o600)
    assert shell("keys").code != 0
