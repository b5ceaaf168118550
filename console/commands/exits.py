"""How a command ends, as a number that scripts can count on."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes. They are stable; `docs/shell.md` and `greenroom --help` list them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOTHING = 3
    STOPPED = 4
    UNSETTLED = 5
    SIGN_IN = 6
    REFUSED = 7
    PARTLY = 8
    INTERRUPTED = 130

    @property
    def words(self) -> str:
        """What the code means, for help and pages."""
        return _WORDS[self]


_WORDS = {
    Exit.DONE: "done; for reply and handoff: sent, or held safely and leaving by itself",
    Exit.FAILED: "could not be done; the words say why",
    Exit.USAGE: "the command or the configuration is wrong; nothing was done",
    Exit.NOTHING: "no such thread, account or match",
    Exit.STOPPED: "the checks before sending found something; nothing was committed",
    Exit.UNSETTLED: "something is not settled yet, or nobody knows whether it arrived",
    Exit.SIGN_IN: "an account has to be signed in to again; what was committed is safe",
    Exit.REFUSED: "the network refused it; it does not stand there",
    Exit.PARTLY: "some drafts or files were refused, each with its reason; the rest is done",
    Exit.INTERRUPTED: "interrupted with Ctrl+C",
}
