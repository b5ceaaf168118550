"""The house is in order: locks, pages, make targets and the arrows between the rooms."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from console import config
from console.commands.exits import Exit
from console.commands.tree import VERSION
from tests.house import lock, pages

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (lock.RUN, lock.BUILD, lock.DEV)


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _pins(name):
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", _read(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_is_wanted_exactly_and_with_hashes(name):
    pins = {each.lower().replace("_", "-"): version for each, version in _pins(name).items()}
    for wanted in lock.wanted()[name]:
        package, _, version = wanted.partition("==")
        assert version, f"{wanted} is not exact"
        assert pins[package.lower()] == version
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", _read(name).split("\n#\n")[-1])
    for block in blocks:
        if "==" in block:
            assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place(name):
    text = _read(name)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert "file:/" not in text


def test_the_locks_agree():
    dev = _pins(lock.DEV)
    for name in (lock.RUN, lock.BUILD):
        assert _pins(name).items() <= dev.items()


def test_the_version_is_said_once_more_and_the_same():
    assert tomllib.loads(_read("pyproject.toml"))["project"]["version"] == VERSION


def test_generated_pages_are_in_step():
    said = subprocess.run(
        [sys.executable, "-m", "tests.house.pages", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout


def test_the_example_of_the_configuration_is_one(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(pages.EXAMPLE, encoding="utf-8")
    assert config.load(file).accounts["shop"].network == "mastodon"


def test_every_setting_says_what_it_does():
    said = pages._sayings()
    for section in (*config.SECTIONS.values(), config.AccountConfig):
        for field in pages.fields(section):
            assert said[section.__name__][field.name].endswith(".")


def test_every_dependency_has_its_sentence_in_the_readme():
    readme = _read("README.md")
    project = tomllib.loads(_read("pyproject.toml"))
    groups = project["dependency-groups"]
    for wanted in project["project"]["dependencies"] + groups["build"] + groups["dev"]:
        assert re.search(rf"^\|[^|]*\b{wanted.split('==')[0]}\b", readme, re.MULTILINE), wanted


def test_what_the_readme_has_you_make_can_be_made():
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", _read("README.md"), re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z-]+)", _read("CHANGELOG.md")))
    assert {"run", "test", "check", "test-servers"} <= named
    assert named <= targets
    for step in ("check", "test", "test-servers"):
        assert step in _read(".ci/run")


def test_links_between_pages_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} -> {link}"


def test_pages_name_only_files_that_are_there():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"`((?:console|connectors|templates|tests)/[\w./-]+)`", text):
            assert (ROOT / name).exists(), f"{page.name} names {name}"


def test_every_exit_code_is_on_the_page():
    page = _read("docs/shell.md")
    for code in Exit:
        assert f"| {code.value} | {code.words} |" in page


def test_the_license_is_mit():
    assert _read("LICENSE").startswith("MIT License")
    assert "Greenroom contributors" in _read("LICENSE")
