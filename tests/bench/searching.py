"""Search: from the last letter (or a paste) to the first results on the screen."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from console.desk import query
from console.store.connection import Store
from console.store.search import search
from console.store.threads import thread_rows
from tests.bench.figures import Figure, median
from tests.bench.glass import Glass
from tests.bench.home import Desk

LIMIT = 300
WITHIN = 150.0

ASKED = {
    "a rare word": "",  # the number of an order; chosen from the desk
    "a very common word": "order",
    "two common words": "order please",
    "a rare and a common word": "",
    "a word with folded accents": "narudzba",
    "two letters": "be",
}


def searching(desk: Desk, terminal: Glass, times: int = 5) -> list[Figure]:
    """Each query pasted at once, and the common one typed letter by letter."""
    store = Store(desk.database)
    store.open_now()
    try:
        asked = _asked(store)
        terminal.press("/")
        terminal.shown(lambda s: any("Type what you look for" in line for line in s), _now())
        terminal.calm(0.3)
        figures = []
        for what, words in asked.items():
            expected = _Expected(store, words)
            took = [_pasted(terminal, words, expected) for _ in range(times)]
            figures.append(_figure(f"search, {what}", took))
        words = asked["two common words"]
        expected = _Expected(store, words)
        took = [_typed(terminal, words, expected) for _ in range(times)]
        figures.append(_figure("search, typed at 12 letters a second", took))
        terminal.press("Esc")
        terminal.calm(0.3)
    finally:
        store.close()
    return figures


class _Expected:
    """The first result and the number of results, as the store says."""

    def __init__(self, store: Store, words: str) -> None:
        parsed = query.parse(words, datetime.now(UTC).date(), partial=True)
        hits = store.read_now(search, parsed, LIMIT)
        row = store.read_now(thread_rows, [hits[0].thread_id])[hits[0].thread_id]
        self.first = f"> {row.contact_name}"[:14]
        self.number = f" {len(hits)} result"

    def shown(self, screen: list[str]) -> bool:
        return any(self.first in line for line in screen) and any(
            self.number in line for line in screen
        )


def _asked(store: Store) -> dict[str, str]:
    def rarest(work: object) -> str:
        text = work.value(  # type: ignore[attr-defined]
            "SELECT text FROM messages WHERE text LIKE '%order LM-%' AND language = 'en' "
            "ORDER BY id LIMIT 1 OFFSET 4000"
        )
        return str(text[text.index("LM-") :][:9])

    number = store.read_now(rarest)
    return {
        **ASKED,
        "a rare word": number,
        "a rare and a common word": f"order {number}",
    }


def _pasted(terminal: Glass, words: str, expected: _Expected) -> float:
    _clear(terminal)
    at = _now()
    terminal.paste(words)
    return terminal.shown(expected.shown, at)


def _typed(terminal: Glass, words: str, expected: _Expected) -> float:
    _clear(terminal)
    at = 0.0
    for letter in words:
        at = terminal.press(letter)
        time.sleep(1 / 12)
    return terminal.shown(expected.shown, at)


def _clear(terminal: Glass) -> None:
    terminal.press("\x7f" * 40)
    terminal.shown(lambda s: any("Type what you look for" in line for line in s), _now())
    terminal.calm(0.1, 1)


def _figure(what: str, took: list[float]) -> Figure:
    value = median(took) * 1000
    return Figure(what=what, value=value, unit="ms", goal="<= 150 ms", held=value <= WITHIN)


def _now() -> float:
    return time.perf_counter()
