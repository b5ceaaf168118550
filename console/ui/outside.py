"""Runs the person's own editor on a text, with the terminal lent to it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported


def edit(app: App[object], command: str, text: str) -> tuple[str | None, str]:
    """The text as it was left (None: unchanged or lost), and what to say about it.

    Inside `suspend` nothing is awaited and nothing may be raised: both hang the app for good.
    """
    problem = ""
    written: str | None = None
    path: Path | None = None
    try:
        # Made by us alone: mode 0600 from its first moment.
        handle, name = tempfile.mkstemp(prefix="greenroom-", suffix=".txt")
        path = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with app.batch_update(), app.suspend():
            problem = _run(command, path)
        if not problem:
            written = path.read_text(encoding="utf-8", errors="replace")
    except SuspendNotSupported:
        problem = "This terminal can't be lent to an editor. Your text is as it was; write it here."
    except OSError as error:
        problem = f"The editor could not be used ({error.strerror}). Your text is as it was."
    finally:
        if path is not None:
            path.unlink(missing_ok=True)
    return written, problem


def _run(command: str, path: Path) -> str:
    try:
        words = shlex.split(command)
        # The person's own choice of program, given a file and no shell.
        done = subprocess.run([*words, str(path)], check=False)  # noqa: S603
    except (OSError, ValueError) as error:
        return (
            f"The editor '{command}' could not be started ({error}). Your text is as it was; "
            "set $EDITOR to a program that exists."
        )
    if done.returncode:
        return f"The editor ended with the error {done.returncode}. Your text is as it was."
    return ""
