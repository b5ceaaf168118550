"""Runs the tests in two halves beside each other: `make test` and `make test-servers`.

Half of the time goes into processes that are killed and schedules that are played, and with servers
into the two slowest of them: they have a core of their own here, and their report is printed after
the others'.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

SLOW_SERVERS = "Atproto or bluesky or Synapse or synapse"
HALVES = {
    "tests": (
        ("-m", "not server", "--ignore=tests/kill"),
        ("-m", "not server", "tests/kill"),
    ),
    "servers": (
        ("-m", "server", "-k", f"not ({SLOW_SERVERS})"),
        ("-m", "server", "-k", SLOW_SERVERS),
    ),
}
"""What is called -> the options of its halves; the first one is shown while it runs."""


def main(what: str) -> int:
    """Run both halves; 0 when both passed."""
    first, second = ([sys.executable, "-m", "pytest", *half] for half in HALVES[what])
    with tempfile.TemporaryFile() as report:
        beside = subprocess.Popen(second, stdout=report, stderr=subprocess.STDOUT)
        try:
            shown = subprocess.run(first, check=False).returncode
            print(f"The other half, which ran beside it: {' '.join(second[3:])}", flush=True)
            longest = beside.wait()
        finally:
            beside.kill()
            beside.wait()
        report.seek(0)
        sys.stdout.buffer.write(report.read())
        sys.stdout.flush()
    return shown or longest


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
