"""One walk through the review deck: where it stands, what was decided, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from console.ui.wording import count


class Outcome(StrEnum):
    """What became of a draft."""

    APPROVED = "approved"
    POSTPONED = "postponed"
    DISCARDED = "discarded"
    CHANGED = "changed"


class Round:
    """The drafts of one walk, in order; behind the last one stands the summary."""

    def __init__(self, ids: Iterable[int], at: int | None = None) -> None:
        self.ids = list(ids)
        self.place = self.ids.index(at) if at in self.ids else 0
        self.decided: list[tuple[Outcome, int]] = []
        """Every decision and for how many drafts: what `undo` takes back, newest last."""
        self._postponed: set[int] = set()

    @property
    def current(self) -> int | None:
        """The draft to look at; None at the end."""
        return self.ids[self.place] if self.place < len(self.ids) else None

    @property
    def gone(self) -> int:
        """How many have left the deck in this walk."""
        out = {Outcome.APPROVED, Outcome.DISCARDED}
        return sum(number for outcome, number in self.decided if outcome in out)

    @property
    def number(self) -> int:
        """Where we are, counted from one."""
        return self.gone + self.place + 1

    @property
    def total(self) -> int:
        """How many there are in this walk."""
        return self.gone + len(self.ids)

    def near(self) -> Sequence[int]:
        """The drafts that a key is likely to bring up next."""
        places = (self.place + 1, self.place - 1, self.place + 2)
        return [self.ids[place] for place in places if 0 <= place < len(self.ids)]

    def forward(self) -> bool:
        """To the next one, behind the last to the end; False when that is where we are."""
        if self.current is None:
            return False
        self.place += 1
        self._skip_postponed()
        return True

    def backward(self) -> bool:
        """To the one before; False at the first."""
        if self.place == 0:
            return False
        self.place -= 1
        return True

    def _skip_postponed(self) -> None:
        rest = self.ids[self.place :]
        if rest and all(one in self._postponed for one in rest):
            self.place = len(self.ids)

    def decide(self, outcome: Outcome, ids: Iterable[int]) -> None:
        """These were approved, discarded or postponed; the next one comes up in their place."""
        chosen = set(ids)
        before = sum(1 for one in self.ids[: self.place] if one in chosen)
        rest = [one for one in self.ids if one not in chosen]
        self.place -= before
        if outcome is Outcome.POSTPONED:
            rest += [one for one in self.ids if one in chosen]
            self._postponed |= chosen
        self.ids = rest
        self.decided.append((outcome, len(chosen)))
        self._skip_postponed()

    def changed(self) -> None:
        """The draft that is looked at has other words."""
        self.decided.append((Outcome.CHANGED, 1))

    def undone(self, left: int = 0) -> None:
        """The last decision was taken back, but for some that had left."""
        if self.decided:
            outcome, _ = self.decided.pop()
            if left:
                self.decided.append((outcome, left))

    def replace(self, old: int, new: int) -> None:
        """A draft has become another one in its place."""
        self.ids = [new if one == old else one for one in self.ids]
        self.changed()

    def came_back(self, draft_id: int) -> None:
        """A draft is in the deck again: it is what is looked at now."""
        if draft_id in self.ids:
            self.ids.remove(draft_id)
            self._postponed.discard(draft_id)
        self.place = min(self.place, len(self.ids))
        self.ids.insert(self.place, draft_id)

    def follow(self, deck: Sequence[int]) -> None:
        """The deck was changed by somebody else: what is gone is left out, what is new comes
        last, and what is looked at stays."""
        there = set(deck)
        here = set(self.ids)
        before = sum(1 for one in self.ids[: self.place] if one not in there)
        self.ids = [one for one in self.ids if one in there]
        self.place = min(self.place - before, len(self.ids))
        self.ids += [one for one in deck if one not in here]

    def summary(self) -> str:
        """What was decided, in words; empty when nothing was."""
        said = []
        for outcome in Outcome:
            number = sum(many for one, many in self.decided if one is outcome)
            if number:
                said.append(f"{outcome.value} {number:,}")
        words = ", ".join(said)
        return f"{words[:1].upper()}{words[1:]}." if words else ""


def left_words(left: int, look: int) -> str:
    """What is still in the deck, in words."""
    if not left:
        return "The deck is empty."
    needs = ""
    if look:
        needs = f", of which {look:,} {'needs' if look == 1 else 'need'} another look"
    is_are = "is" if left == 1 else "are"
    return f"{count(left, 'draft')} {is_are} still in the deck{needs}."
