"""What was missed, page by page, whatever a server makes of `min_id`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from connectors.mastodon.api import PAGE, Api
from connectors.mastodon.instance import Facts
from connectors.mastodon.memory import MENTION, OWN, Place
from connectors.mastodon.wire import Page

FIRST_MENTIONS = 400
FIRST_OWN = 200
"""How far back the very first listening goes."""


class History:
    """Listings read from our place on."""

    def __init__(self, api: Api, facts: Facts, place: Place) -> None:
        self._api = api
        self._facts = facts
        self._place = place

    async def pages(self, *, own: bool) -> AsyncIterator[tuple[Page, int | None]]:
        """Pages after our place, the oldest first, until there is none."""
        mark = self._place.own if own else self._place.mention
        kind = OWN if own else MENTION
        if mark is None:
            async for found in self._first_pages(own=own):
                yield found
            self._place.begun.add(kind)
            return
        seen = {mark}
        while True:
            page = await self.page(own=own, min_id=mark)
            if not page.size:
                return
            newest = page.newest
            if newest is None or newest in seen:
                # A server that doesn't know min_id gives the newest page, again and again.
                if newest is None:
                    yield replace_ends(page, mark), None
                return
            pages = [page]
            if page.size >= PAGE and not self._facts.pages_forward:
                pages += await self._between(page, mark, own=own)
            for one in reversed(pages):
                yield one, None
            seen.add(newest)
            mark = newest

    async def _between(self, page: Page, mark: str, *, own: bool) -> list[Page]:
        """What lies between our place and a full page, the newest first."""
        found: list[Page] = []
        seen = {page.oldest}
        back = page.oldest
        while back is not None:
            older = await self.page(own=own, min_id=mark, max_id=back)
            if not older.size or older.oldest is None or older.oldest in seen:
                break
            found.append(older)
            back = older.oldest
            seen.add(back)
        return found

    async def page(
        self, *, own: bool, min_id: str | None = None, max_id: str | None = None
    ) -> Page:
        """One page of mentions, or of what we wrote."""
        if own:
            return await self._api.own(min_id=min_id, max_id=max_id)
        return await self._api.mentions(min_id=min_id, max_id=max_id)

    async def _first_pages(self, *, own: bool) -> AsyncIterator[tuple[Page, int | None]]:
        """Back from the newest page as far as is useful, then told from the oldest on.

        Where there was a cursor but nothing of this kind yet, everything is news.
        """
        most = FIRST_OWN if own else FIRST_MENTIONS
        pages: list[Page] = []
        count = 0
        seen: set[str | None] = set()
        back: str | None = None
        everything = (OWN if own else MENTION) in self._place.begun
        while everything or count < most:
            page = await self.page(own=own, max_id=back)
            if not page.size or page.oldest is None or page.oldest in seen:
                break
            seen.add(page.oldest)
            pages.append(page)
            count += page.size
            back = page.oldest
        while pages:
            page = pages.pop()
            count -= page.size
            yield page, count


def replace_ends(page: Page, mark: str) -> Page:
    """A page none of whose items has an id: our place stays where it is."""
    return replace(page, first=mark, last=mark)
