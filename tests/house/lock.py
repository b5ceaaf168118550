"""Writes the three lock files from `pyproject.toml`: `python -m tests.house.lock`, or `make lock`.

`requirements.lock` is what Greenroom runs on, `requirements-build.lock` what puts it into an
environment, `requirements-dev.lock` both of them and everything that tests it. Every package is
pinned with its hashes. The machine's own pip configuration is left out of it, so that a lock
written here is the lock written anywhere.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = "requirements.lock"
BUILD = "requirements-build.lock"
DEV = "requirements-dev.lock"


def wanted() -> dict[str, list[str]]:
    """Lock file -> the requirements that it starts from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run = list(project["project"]["dependencies"])
    build = list(project["dependency-groups"]["build"])
    dev = list(project["dependency-groups"]["dev"])
    return {RUN: run, BUILD: build, DEV: sorted({*run, *build, *dev})}


def write() -> None:
    """Resolve and write all three, each within the ones before it."""
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PIP_") or name in ("PIP_CERT", "PIP_DEFAULT_TIMEOUT")
    }
    surroundings["PIP_CONFIG_FILE"] = os.devnull
    surroundings["CUSTOM_COMPILE_COMMAND"] = "make lock"
    for lock, requirements in wanted().items():
        print(f"{lock}: resolving", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            start = Path(folder, "pyproject.in")
            start.write_text("\n".join(requirements) + "\n", encoding="utf-8")
            within = [] if lock == RUN else ["-c", RUN]
            if lock == DEV:
                within += ["-c", BUILD]
            subprocess.run(
                [
                    *(sys.executable, "-m", "piptools", "compile", "--quiet"),
                    *("--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-annotate"),
                    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"),
                    *("--output-file", lock, *within, str(start)),
                ],
                cwd=ROOT,
                env=surroundings,
                check=True,
            )


if __name__ == "__main__":
    write()
