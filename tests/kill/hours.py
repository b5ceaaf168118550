"""An event loop in which hours pass in a moment, and everything happens in one thread.

Where every task waits, the loop leaps to the next timer. Work that is shipped to a thread is done
in the loop's own, one turn later: its order is the same in every run, which is what makes a
schedule repeatable.
"""

from __future__ import annotations

import asyncio
import selectors


class _Leaping(selectors.SelectSelector):
    """Never waits: says how long it was asked to."""

    asked = 0.0
    turns = 0

    def select(self, timeout=None):
        found = super().select(0)
        self.turns = 0 if timeout else self.turns + 1
        assert self.turns < 20_000, "something goes round and round, and no time passes"
        if not found:
            assert timeout is not None, "everybody waits for somebody else"
            self.asked += max(0.0, timeout)
        return found


class Hours(asyncio.SelectorEventLoop):
    """The loop. `time()` is what has passed in it."""

    def __init__(self) -> None:
        self._leaps = _Leaping()
        super().__init__(self._leaps)
        # A task that ends with its process, and isn't asked how, is no news.
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        return self._leaps.asked

    def run_in_executor(self, executor, func, *args):
        done = self.create_future()

        def work() -> None:
            try:
                value = func(*args)
            except BaseException as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(value)

        self.call_soon(work)
        return done
