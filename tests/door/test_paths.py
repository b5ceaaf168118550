"""Folders stand where the environment says, and shut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console import paths


def _mode(place: Path) -> int:
    return place.stat().st_mode & 0o777


def test_one_folder_of_your_choice_holds_all(tmp_path):
    found = paths.find({"GREENROOM_HOME": str(tmp_path / "desk"), "XDG_DATA_HOME": "/elsewhere"})
    assert [found.config.name, found.data.name, found.state.name, found.log.name] == [
        "config",
        "data",
        "state",
        "log",
    ]
    assert {place.parent for place in (found.config, found.data, found.state, found.log)} == {
        tmp_path / "desk"
    }


def test_without_it_the_desktop_standard_is_followed(tmp_path):
    found = paths.find({"HOME": "/home/ana", "XDG_DATA_HOME": str(tmp_path)})
    assert found.config == Path("/home/ana/.config/greenroom")
    assert found.data == tmp_path / "greenroom"
    assert found.state == Path("/home/ana/.local/state/greenroom")
    assert found.log == Path("/home/ana/.local/state/greenroom/log")


def test_a_relative_folder_of_the_standard_is_ignored():
    found = paths.find({"HOME": "/home/ana", "XDG_CONFIG_HOME": "somewhere"})
    assert found.config == Path("/home/ana/.config/greenroom")


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_folders_and_files_are_made_shut_whatever_the_umask(tmp_path, mask):
    found = paths.find({"GREENROOM_HOME": str(tmp_path / "desk")})
    before = os.umask(mask)
    try:
        paths.make(found)
        os.close(paths.open_private(found.log_file, os.O_WRONLY))
    finally:
        os.umask(before)
    made = (tmp_path / "desk", found.config, found.data, found.state, found.log)
    assert {_mode(folder) for folder in made} == {0o700}
    assert _mode(found.log_file) == 0o600
    assert paths.loose(found) == ()


def test_our_own_folders_are_shut_again_and_yours_is_named(tmp_path):
    found = paths.find({"GREENROOM_HOME": str(tmp_path)})
    for folder in (found.config, found.data):
        folder.mkdir()
        folder.chmod(0o777)
    paths.make(found)
    assert _mode(found.data) == 0o700
    assert _mode(found.config) == 0o777
    (named,) = paths.loose(found)
    assert str(found.config) in named
    assert "chmod go-w" in named


def test_a_configuration_that_others_can_write_is_named(tmp_path):
    found = paths.find({"GREENROOM_HOME": str(tmp_path)})
    paths.make(found)
    found.config_file.write_text("")
    found.config_file.chmod(0o644)
    assert not paths.writable_by_others(found.config_file)
    assert paths.loose(found) == ()
    found.config_file.chmod(0o664)
    assert paths.writable_by_others(found.config_file)
    (named,) = paths.loose(found)
    assert "config.toml can be changed by others (664)" in named


def test_data_that_others_can_read_is_named(tmp_path):
    found = paths.find({"GREENROOM_HOME": str(tmp_path)})
    paths.make(found)
    found.database.write_text("")
    found.database.chmod(0o640)
    (named,) = paths.loose(found)
    assert "greenroom.db can be read by others (640)" in named
    assert "chmod 600" in named


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path):
    (tmp_path / "desk").write_text("a file in the way")
    found = paths.find({"GREENROOM_HOME": str(tmp_path / "desk")})
    with pytest.raises(paths.FolderTrouble) as trouble:
        paths.make(found)
    assert "GREENROOM_HOME" in trouble.value.words
    assert str(tmp_path / "desk") in trouble.value.words
