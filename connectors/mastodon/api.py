"""The calls of the Mastodon API that Greenroom makes, read into pages and posts."""

from __future__ import annotations

from urllib.parse import quote

from connectors import answers
from connectors.answers import Answer
from connectors.contract import Address, Doubtful, Post, Reason, Refused, Unreachable
from connectors.http import Http
from connectors.mastodon import wire
from connectors.mastodon.wire import Odd, Page, Raw, Us

PAGE = 40
"""Items asked for at once: some servers allow 80, all allow 40, and snac2 gives 1 if not asked."""

PAGING = "paging"
POSTING = "posting"
DELETING = "deleting"
READING = "reading"
CONTEXT = "context"
"""What Mastodon counts separately: 300 paging requests in 15 minutes, 300 others in 5, 300 posts
in 3 hours, 30 deletions in 30 minutes; edits are among the others. A context can be done without,
so its wait is its own."""


class Api:
    """One account's calls. Everything raises `ConnectorError`."""

    def __init__(self, http: Http, us: Us) -> None:
        self.http = http
        self.us = us

    async def mentions(
        self, *, min_id: str | None = None, max_id: str | None = None, limit: int = PAGE
    ) -> Page:
        """Mentions of us, filtered ones included, newest first."""
        params = [
            ("types[]", "mention"),
            ("include_filtered", "true"),
            *_window(min_id, max_id, limit),
        ]
        answer = await self.http.get("/api/v1/notifications", params, bucket=PAGING)
        return wire.notifications(self._items(answer), self.us)

    async def own(
        self, *, min_id: str | None = None, max_id: str | None = None, limit: int = PAGE
    ) -> Page:
        """What we wrote, newest first, without what we passed on."""
        path = f"/api/v1/accounts/{segment(self.us.id)}/statuses"
        params = [("exclude_reblogs", "true"), *_window(min_id, max_id, limit)]
        return wire.statuses(self._items(await self.http.get(path, params, bucket=PAGING)), self.us)

    async def home(self) -> Page:
        """Our home timeline: where some servers keep our direct posts."""
        params = _window(None, None, PAGE)
        answer = await self.http.get("/api/v1/timelines/home", params, bucket=PAGING)
        return wire.statuses(self._items(answer), self.us)

    async def set_aside(self) -> Page:
        """The last post of everyone whose mentions the server's policy set aside."""
        answer = await self.http.get(
            "/api/v1/notifications/requests", _window(None, None, PAGE), bucket=PAGING
        )
        raw = [
            {"id": item.get("id"), "type": "mention", "status": item["last_status"]}
            for item in self._items(answer)
            if isinstance(item, dict) and isinstance(item.get("last_status"), dict)
        ]
        for item in raw:
            item["filtered"] = True
        return wire.notifications(raw, self.us)

    async def context(self, remote_id: str) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
        """What stands above and below a post."""
        answer = await self.http.get(
            f"/api/v1/statuses/{segment(remote_id)}/context", bucket=CONTEXT
        )
        try:
            return wire.context(answer.body, self.us)
        except Odd as trouble:
            raise self._unread(trouble) from None

    async def exists(self, remote_id: str) -> bool:
        """True unless the server says that the post isn't there."""
        try:
            await self.http.get(f"/api/v1/statuses/{segment(remote_id)}", bucket=READING)
        except Refused as no:
            if no.reason is Reason.GONE:
                return False
            raise
        return True

    async def policy(self) -> Raw | None:
        """The notification policy; None where the server has none or doesn't let us see it."""
        try:
            answer = await self.http.get("/api/v2/notifications/policy", bucket=READING)
            return wire.thing(answer.body)
        except (Refused, Odd):
            return None

    async def accept(self, rules: tuple[str, ...]) -> None:
        """Let in what these rules of the notification policy keep out."""
        await self.http.ask(
            "PATCH",
            "/api/v2/notifications/policy",
            form=[(rule, "accept") for rule in rules],
            posts=False,
            bucket=READING,
        )

    async def post(self, form: list[tuple[str, str]], key: str) -> tuple[Post, list[Address]]:
        """Post once; the post as it stands, and everyone it names. An answer that can't be read
        is `Doubtful`."""
        answer = await self.http.ask(
            "POST",
            "/api/v1/statuses",
            form=form,
            headers={"Idempotency-Key": key},
            posts=True,
            bucket=POSTING,
        )
        return self._stands(answer, answers.POSTING)

    async def edit(self, remote_id: str, form: list[tuple[str, str]]) -> tuple[Post, list[Address]]:
        """Put other words in a post's place; the post as it stands now, and everyone it names."""
        answer = await self.http.ask(
            "PUT",
            f"/api/v1/statuses/{segment(remote_id)}",
            form=form,
            posts=True,
            bucket=READING,
            asking=answers.EDITING,
        )
        return self._stands(answer, answers.EDITING)

    async def status(self, remote_id: str) -> tuple[Post, list[Address]]:
        """A post as it stands, and everyone it names."""
        answer = await self.http.get(f"/api/v1/statuses/{segment(remote_id)}", bucket=READING)
        return self._stands(answer, answers.EDITING)

    async def delete(self, remote_id: str) -> None:
        """Take one of our posts away. An answer that isn't the API's is `Doubtful`."""
        answer = await self.http.ask(
            "DELETE",
            f"/api/v1/statuses/{segment(remote_id)}",
            posts=True,
            bucket=DELETING,
            asking=answers.DELETING,
        )
        try:
            wire.thing(answer.body)
        except Odd as trouble:
            raise self._unclear(trouble, answers.DELETING) from None

    def _stands(self, answer: Answer, asking: answers.Asking) -> tuple[Post, list[Address]]:
        try:
            raw = wire.thing(answer.body)
            post = wire.status(raw, self.us)
        except Odd as trouble:
            raise self._unclear(trouble, asking) from None
        return post, wire.named(raw.get("mentions"), self.us, post.author)

    def _unclear(self, trouble: Odd, asking: answers.Asking) -> Doubtful:
        return Doubtful(
            f"{self.http.where} answered, but its answer can't be understood ({trouble}). "
            f"{asking.perhaps}"
        )

    def _items(self, answer: Answer) -> list[object]:
        try:
            return wire.items(answer.body)
        except Odd as trouble:
            raise self._unread(trouble) from None

    def _unread(self, trouble: Odd) -> Unreachable:
        return Unreachable(
            f"{self.http.where} gave an answer that isn't one of its API ({trouble}). Nothing is "
            "lost; Greenroom asks again by itself."
        )


def segment(remote_id: str) -> str:
    """An id as one segment of a path, whatever it holds. Raises `Refused` for one that can't be."""
    if not remote_id.strip("."):
        raise Refused(
            "The network gave this post a name that nothing can be asked about. Nothing was sent.",
            reason=Reason.GONE,
        )
    return quote(remote_id, safe="")


def _window(min_id: str | None, max_id: str | None, limit: int) -> list[tuple[str, str]]:
    found = [("limit", str(limit))]
    if min_id is not None:
        found.append(("min_id", min_id))
    if max_id is not None:
        found.append(("max_id", max_id))
    return found
