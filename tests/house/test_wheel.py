"""What is published is what is meant: the wheel holds the right files, and opens the demo shop."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.terminal.harness import Terminal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built by the backend that is locked here."""
    folder = tmp_path_factory.mktemp("dist")
    said = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    (built,) = folder.glob("*.whl")
    return built


def _names(wheel):
    with zipfile.ZipFile(wheel) as opened:
        return opened.namelist()


def test_it_holds_the_three_packages_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in _names(wheel)}
    assert tops == {"console", "connectors", "templates", "greenroom-0.1.0.dist-info"}
    assert not [name for name in _names(wheel) if "tests" in name.split("/")]


def test_it_holds_what_is_not_python(wheel):
    names = set(_names(wheel))
    for package in ("console", "connectors", "templates"):
        assert f"{package}/py.typed" in names
        outside = {
            str(file.relative_to(ROOT))
            for file in (ROOT / package).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"
        }
        assert outside <= names
    assert [name for name in names if name.startswith("templates/stock/")]
    assert [name for name in names if name.startswith("connectors/stage/day/")]


def test_it_says_who_it_is(wheel):
    with zipfile.ZipFile(wheel) as opened:
        said = Parser().parsestr(opened.read("greenroom-0.1.0.dist-info/METADATA").decode())
        points = opened.read("greenroom-0.1.0.dist-info/entry_points.txt").decode()
    assert said["Name"] == "greenroom"
    assert said["License-Expression"] == "MIT"
    assert "greenroom = console.cli:main" in points
    assert all("==" in wanted for wanted in said.get_all("Requires-Dist"))


def test_installed_elsewhere_it_opens_the_demo(wheel, tmp_path):
    """A fresh environment outside the checkout. What Greenroom stands on is lent to it from here,
    where it is installed by its lock; Greenroom itself is only what the wheel holds."""
    home = tmp_path / "elsewhere"
    venv.create(home / "venv", with_pip=False, symlinks=True)
    there = Path(sysconfig.get_path("purelib", "venv", {"base": str(home / "venv")}))
    assert there.is_dir()
    with_pip = [sys.executable, "-m", "pip", "--python", str(home / "venv" / "bin" / "python")]
    subprocess.run(
        [*with_pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)],
        check=True,
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
    )
    lend_packages(there, home)
    said = subprocess.run(
        [home / "venv" / "bin" / "python", "-c", "import console; print(console.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(there) in said.stdout
    env = {"GREENROOM_HOME": str(tmp_path / "desk"), "PYTHONPATH": "", "HOME": str(tmp_path)}
    command = [str(home / "venv" / "bin" / "greenroom"), "demo", "--speed", "0"]
    with Terminal(command, columns=120, rows=36, env=env, cwd=str(tmp_path)) as terminal:
        screen = terminal.wait_for(lambda shown: "Chloé" in shown and "demo live" in shown, 60)
        assert "Inbox" in screen
        terminal.send("q")
        assert terminal.wait(30) == 0


def lend_packages(there: Path, home: Path) -> None:
    """Lend an environment the packages of this one, all but Greenroom itself."""
    lent = home / "lent"
    lent.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        ours = package.name.lower().startswith(("greenroom", "_greenroom", "__editable__"))
        if not ours and package.suffix != ".pth":
            (lent / package.name).symlink_to(package)
    (there / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
