"""What can't be done with a thread just now, each with its reason: greyed out, said if tried."""

from __future__ import annotations

from collections.abc import Callable

from connectors.contract import Capability, Hello, Lane
from console.desk.model import ThreadView

PRIVATE_ALREADY = "This thread is private already: nobody else reads it. Press {reply} to answer."


def cannot(
    view: ThreadView | None, hello: Callable[[str], Hello | None], lane: Lane, reply: str
) -> dict[str, str]:
    """Commands that this thread's accounts or lane don't allow. `reply` is the key for it."""
    if view is None:
        return {}
    found: dict[str, str] = {}
    able = Capability.REPLY_PUBLIC if lane is Lane.PUBLIC else Capability.REPLY_PRIVATE
    answers = hello(view.route(lane).account)
    if answers is not None and able not in answers.can:
        said = "in public" if lane is Lane.PUBLIC else "in private"
        why = answers.cannot.get(able, f"this account can't answer {said}")
        found["reply"] = found["template"] = _sentence(why)
    speaks = hello(view.row.account)
    if view.lane(Lane.PUBLIC) is None:
        found["handoff"] = PRIVATE_ALREADY.format(reply=reply)
    elif speaks is not None and Capability.REPLY_PUBLIC not in speaks.can:
        why = speaks.cannot.get(Capability.REPLY_PUBLIC, "this account can't answer in public")
        found["handoff"] = _sentence(f"the move needs a public line, and {why}")
    return found


def _sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?")) else f"{words}."
