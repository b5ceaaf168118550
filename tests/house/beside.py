"""Runs every test that needs nothing but this machine, the longest ones beside all others.

Half of the time goes into processes that are killed and schedules that are played: they have a core
of their own here, and their report is printed after the others'. Options are for both.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

LONGEST = "tests/kill"


def main() -> int:
    """Run both halves; 0 when both passed."""
    pytest = [sys.executable, "-m", "pytest", "-m", "not server", *sys.argv[1:]]
    with tempfile.TemporaryFile() as report:
        beside = subprocess.Popen([*pytest, LONGEST], stdout=report, stderr=subprocess.STDOUT)
        try:
            others = subprocess.run([*pytest, f"--ignore={LONGEST}"], check=False).returncode
            print(f"{LONGEST}, which ran beside them:", flush=True)
            longest = beside.wait()
        finally:
            beside.kill()
            beside.wait()
        report.seek(0)
        sys.stdout.buffer.write(report.read())
        sys.stdout.flush()
    return others or longest


if __name__ == "__main__":
    raise SystemExit(main())
