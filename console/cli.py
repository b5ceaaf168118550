"""The `greenroom` command: reads the arguments, calls one command, and says what went wrong.

Kept lean, because every start pays for it: a command's module is imported when it is called, and
opening the console needs no argument parser.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from console.commands.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Never raises but for `SystemExit` from the parser."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; what is left in the buffer must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:
        return _explain(error)
    return code


def _run(given: Sequence[str]) -> int:
    if not given or list(given) == ["--offline"]:
        from argparse import Namespace

        from console import pace
        from console.commands import curtain

        pace.hurry()
        with curtain.raised():
            from console.commands import opening

            return opening.console(Namespace(offline=bool(given)))
    from console.commands.tree import tree

    asked = tree().parse_args(given)
    module, _, name = str(asked.run).partition(":")
    code: int = getattr(import_module(module), name)(asked)
    return code


def _explain(error: Exception) -> int:
    """Say what went wrong, on the error stream; the exit code for it."""
    from connectors.contract import Refused, Unauthorised
    from console.commands.saying import complain
    from console.config import ConfigTrouble
    from console.desk.plain import plain
    from console.logs import redact

    words = getattr(error, "words", None)
    if isinstance(words, str):
        complain(redact(words))
        if isinstance(error, ConfigTrouble):
            complain("Nothing was done. Mend the configuration and try again.")
            return Exit.USAGE
        if isinstance(error, Unauthorised):
            return Exit.SIGN_IN
        return Exit.REFUSED if isinstance(error, Refused) else Exit.FAILED
    _note(error)
    what = f"{type(error).__name__}: {plain(redact(str(error)), limit=300)}"
    complain(
        f"Greenroom stumbled ({what}). What was on disk is safe; the log has the details. "
        "`greenroom doctor` says where it is."
    )
    return Exit.FAILED


def _note(error: Exception) -> None:
    """Put the details into the log, beginning it if the command had not come to that."""
    import logging

    from console import logs, paths

    if not logging.getLogger().handlers:
        found = paths.find()
        try:
            paths.make(found)
        except paths.FolderTrouble:
            return
        logs.begin(found.log_file)
    logging.getLogger(__name__).error("a command ended", exc_info=error)
