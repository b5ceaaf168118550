"""What can't be done with a thread just now, each with its reason: greyed out, said if tried."""

from __future__ import annotations

from connectors.contract import Capability, Hello, Lane
from console.desk.model import ThreadView

PRIVATE_ALREADY = "This thread is private already: nobody else reads it. Press {reply} to answer."


def cannot(view: ThreadView | None, hello: Hello | None, lane: Lane, reply: str) -> dict[str, str]:
    """Commands that this thread's account or lane doesn't allow. `reply` is the key for it."""
    if view is None:
        return {}
    found: dict[str, str] = {}
    if view.lane(Lane.PUBLIC) is None:
        found["handoff"] = PRIVATE_ALREADY.format(reply=reply)
    if hello is None:
        return found
    able = Capability.REPLY_PUBLIC if lane is Lane.PUBLIC else Capability.REPLY_PRIVATE
    if able not in hello.can:
        said = "in public" if lane is Lane.PUBLIC else "in private"
        why = hello.cannot.get(able, f"this account can't answer {said}")
        found["reply"] = found["template"] = _sentence(why)
    if Capability.REPLY_PUBLIC not in hello.can and "handoff" not in found:
        why = hello.cannot.get(Capability.REPLY_PUBLIC, "this account can't answer in public")
        found["handoff"] = _sentence(f"the move needs a public line, and {why}")
    return found


def _sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?")) else f"{words}."
