"""A listing that comes newest first, read back to what was told, and then told forwards.

So a stop in the middle leaves no hole: our place is always behind what is missing. The last pages
of a long way back are kept until they are told, which is first; the others are asked for again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from connectors.bluesky.heard import Page, Said
from connectors.bluesky.memory import Told

FIRST_PAGES = 8
"""How far back the very first listening goes."""
OVERLAP = timedelta(hours=2)
"""How far before our place a catching up looks: a post stands in the listing by its author's clock
where that is behind."""
PAGES_KEPT = 20
SIGN_OF_LIFE = 10
"""After how many pages back a sign of life is given."""


class History:
    """One listing of an account's."""

    def __init__(self, ask: Callable[[str | None], Awaitable[Page]], told: Told) -> None:
        self._ask = ask
        self._told = told
        self.newest: Page | None = None
        """The newest page, as it was last seen."""

    async def missed(self, *, deep: bool) -> AsyncIterator[tuple[Page | None, int]]:
        """What isn't told yet, each page oldest first, with the number of pages to come; None in
        place of a page is a sign of life, with the pages found so far. `deep`: look before our
        place, too."""
        way: list[tuple[str | None, Page | None]] = []
        walked: set[str] = set()
        been: set[str] = set()
        first = not self._told.at
        cursor: str | None = None
        while True:
            page = await self._ask(cursor)
            if cursor is None:
                self.newest = page
            way.append((cursor, page))
            if len(way) > PAGES_KEPT:
                way[-PAGES_KEPT - 1] = (way[-PAGES_KEPT - 1][0], None)
            if first and len(way) >= FIRST_PAGES:
                break
            if self._reached(page, walked, deep=deep):
                break
            walked.update(post.uri for post in page.said)
            cursor = _next(page.cursor, been)
            if cursor is None:
                break
            been.add(cursor)
            if len(way) % SIGN_OF_LIFE == 0:
                yield None, len(way)
        while way:
            at, kept = way.pop()
            page = kept if kept is not None else await self._ask(at)
            missing = tuple(post for post in page.said[::-1] if not self._told.knows(post))
            if missing or page.oddities:
                yield (
                    Page(said=missing, oddities=page.oddities, cursor=None, size=page.size),
                    len(way),
                )

    def gone(self, alive: set[str]) -> list[str]:
        """Posts that were told and should be on the newest page, and aren't."""
        page = self.newest
        if page is None:
            return []
        there = {post.uri for post in page.said}
        last = self._told.last
        begin = 0
        if page.cursor is not None:
            known = [at for at, uri in enumerate(last) if uri in there]
            if not known:
                return []
            begin = known[0]
        return [uri for uri in last[begin:] if uri not in there and uri not in alive]

    def _reached(self, page: Page, walked: set[str], *, deep: bool) -> bool:
        """True where nothing older can be missing."""
        if not page.said:
            return False
        if not all(self._told.knows(post) or post.uri in walked for post in page.said):
            return bool(self._told.at) and _before(page.said[-1], self._told.at, OVERLAP)
        return not deep or not self._told.at or _before(page.said[-1], self._told.at, OVERLAP)


def stamp(post: Said) -> str:
    """The moment of a post, as places hold it: sorts as it counts."""
    return post.at.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _before(post: Said, at: str, overlap: timedelta) -> bool:
    try:
        edge = datetime.fromisoformat(at) - overlap
    except (ValueError, OverflowError):
        return False
    return post.at.replace(tzinfo=None) < edge


def _next(cursor: str | None, been: set[str]) -> str | None:
    """The position to go on from; None at the end.

    The AppView gives a moment and then what came before it, so of two posts of the same millisecond
    the second would be lost at a page's end: it is asked for from a millisecond later on.
    """
    if cursor is None:
        return None
    later = cursor
    if len(cursor) == 24 and cursor[-1] == "Z":
        try:
            moment = datetime.fromisoformat(cursor) + timedelta(milliseconds=1)
            later = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
        except (ValueError, OverflowError):
            later = cursor
    for one in (later, cursor):
        if one not in been:
            return one
    return None
