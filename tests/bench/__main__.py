"""Measures the speed: prints a table and writes bench-results.json (`make bench`)."""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import keys
from tests.bench.accounts import accounts
from tests.bench.crowd import Crowd
from tests.bench.drafts import drafts
from tests.bench.figures import Figure, table
from tests.bench.fill import fill
from tests.bench.home import Desk
from tests.bench.living import living
from tests.bench.taking_in import taking_in
from tests.bench.wires import wires
from tests.bench.writing import writing


def main() -> int:
    """Fill a desk, measure, print; 0 whatever the numbers are: a slow machine is no fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--threads", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--filled", type=Path, help="a desk made by tests.bench.fill, to copy")
    parser.add_argument("--only", default="", help="measure only these, by name and comma")
    parser.add_argument("--runs", type=int, default=11, help="starts of each program")
    parser.add_argument("--presses", type=int, default=120, help="presses of a key")
    parser.add_argument("--no-mail", action="store_true", help="leave neomutt out")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="greenroom-bench-") as folder, Crowd() as crowd:
        if asked.filled is None:
            asked.filled = Path(folder) / "filled"
            began = time.monotonic()
            fill(asked.filled, asked.threads, asked.messages)
            _tell(f"made {asked.threads:,} threads in {time.monotonic() - began:.0f} s")
        figures = _measure(asked, Desk(asked.filled, Path(folder) / "desk", crowd), Path(folder))
    print(table(figures))
    asked.json.write_text(json.dumps(_results(asked, figures), indent=2, ensure_ascii=False) + "\n")
    return 0


def _measure(asked: argparse.Namespace, desk: Desk, folder: Path) -> list[Figure]:
    parts: dict[str, Callable[[], list[Figure]]] = {
        "starting": lambda: keys.starting(desk, asked.runs),
        "moving": lambda: keys.moving(desk, asked.presses, mail=not asked.no_mail),
        "writing": lambda: writing(desk, asked.presses),
        "living": lambda: living(desk, asked.presses),
        "drafts": lambda: drafts(asked.filled / "data" / "greenroom.db", desk.home),
        "accounts": lambda: accounts(asked.filled, folder, desk.crowd, asked.runs),
        "wires": wires,
        "intake": lambda: taking_in(asked.filled / "data" / "greenroom.db", desk.home),
    }
    wanted = [name for name in asked.only.split(",") if name] or list(parts)
    figures: list[Figure] = []
    for name in wanted:
        began = time.monotonic()
        found = parts[name]()
        figures += found
        _tell(f"{name}: {time.monotonic() - began:.0f} s")
        if len(wanted) > 1:
            _tell(table(found) + "\n")
    return figures


def _results(asked: argparse.Namespace, figures: list[Figure]) -> dict[str, object]:
    return {
        "threads": asked.threads,
        "messages": asked.messages,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "machine": platform.machine(),
        "figures": [figure.plain() for figure in figures],
    }


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
