"""Sending a post once, to exactly those it is meant for, and finding it again when in doubt.

A direct post reaches everyone whose name stands in it, and nobody else. So before it leaves, names
other than the customer's are broken and `allowed_mentions` names the customer alone; afterwards the
answer is read for whom it reached, and a post that reached somebody else, or nobody, is taken away
again. Where it can't be taken away, that is said, and only a person may settle it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta

from connectors.contract import (
    Address,
    Audience,
    CannotTell,
    Clock,
    ConnectorError,
    Doubtful,
    Found,
    Lane,
    NotSent,
    Outgoing,
    Post,
    Reason,
    Receipt,
    Refused,
    Unauthorised,
)
from connectors.html import plain
from connectors.mastodon import naming
from connectors.mastodon.api import PAGE, Api
from connectors.mastodon.instance import Facts
from connectors.mastodon.memory import Memory
from connectors.mastodon.wire import VISIBILITY, same_person

log = logging.getLogger(__name__)

KEY_HOLDS = timedelta(minutes=50)
"""Mastodon keeps an Idempotency-Key for an hour; a clock may be wrong by some minutes."""
SETTLING = timedelta(seconds=20)
"""A slow server may still be working on a request whose answer was lost."""
SKEW = timedelta(minutes=5)
"""How far the server's clock may be behind ours."""
PAGES_BACK = 5
_WIDTH = (Audience.NAMED, Audience.FOLLOWERS, Audience.QUIET, Audience.EVERYONE)


async def send(api: Api, facts: Facts, memory: Memory, outgoing: Outgoing, key: str) -> Receipt:
    """Post once. Raises `ConnectorError`, as the contract's `send` does."""
    if not outgoing.text.strip():
        raise Refused("There is nothing to send: the message is empty. Write something first.")
    answered = answers(outgoing)
    if facts.accepts_anything and len(composed(api, outgoing)) > facts.length:
        raise Refused(
            f"{api.http.where} takes {facts.length} characters, and this is longer. Nothing was "
            "posted; your words are kept. Shorten it and send it again.",
            reason=Reason.TOO_LONG,
        )
    if facts.accepts_anything and answered is not None and not await api.exists(answered):
        raise Refused(
            "What this answers isn't there any more. Nothing was posted; your words are kept. "
            "Write to the customer without it, or close the thread.",
            reason=Reason.GONE,
        )
    post, reached = await api.post(form(api, facts, outgoing), key)
    if outgoing.lane is Lane.PRIVATE:
        await _check_private(api, outgoing, post, reached)
    elif _WIDTH.index(post.audience) > _WIDTH.index(outgoing.audience) and (
        outgoing.audience not in (Audience.QUIET, Audience.EVERYONE)
    ):
        await _take_back(api, post, "would have been readable by more people than it answers")
    conversation = _conversation(memory, outgoing, post)
    memory.place(post.remote_id, conversation)
    return Receipt(remote_id=post.remote_id, at=post.at, conversation=conversation, url=post.url)


async def edit(
    api: Api, facts: Facts, memory: Memory, remote_id: str, outgoing: Outgoing
) -> Receipt:
    """Put other words in a post's place. Raises `ConnectorError`, as the contract's `edit` does."""
    if not outgoing.text.strip():
        raise Refused("There is nothing to put there: the text is empty. Delete it instead.")
    if facts.accepts_anything and len(composed(api, outgoing)) > facts.length:
        raise Refused(
            f"{api.http.where} takes {facts.length} characters, and this is longer. The former "
            "words still stand there; your new ones are kept. Shorten it and try again.",
            reason=Reason.TOO_LONG,
        )
    try:
        post, reached = await api.edit(remote_id, edit_form(api, outgoing))
    except Refused as no:
        post, reached = await _as_it_stands(api, remote_id, outgoing, no)
    if outgoing.lane is Lane.PRIVATE:
        await _check_private(api, outgoing, post, reached)
    conversation = _conversation(memory, outgoing, post)
    memory.place(post.remote_id, conversation)
    return Receipt(
        remote_id=post.remote_id,
        at=post.edited_at or post.at,
        conversation=conversation,
        url=post.url,
    )


async def _as_it_stands(
    api: Api, remote_id: str, outgoing: Outgoing, no: Refused
) -> tuple[Post, list[Address]]:
    """The post, where a refused edit turns out to be done already; raises what the refusal was.

    GoToSocial says 422 to an edit that changes nothing, which a repeated one does; a server that
    knows no edits says 404 of a post that stands.
    """
    if no.reason not in (Reason.UNKNOWN, Reason.GONE):
        raise no
    try:
        post, reached = await api.status(remote_id)
    except Refused as gone:
        if gone.reason is Reason.GONE:
            raise Refused(
                "The message isn't there any more, so its words can't be changed. "
                "Your new words are kept; send them as a new message.",
                reason=Reason.GONE,
            ) from None
        raise no from None
    if naming.fingerprint(post.text) in _fingerprints(api, outgoing):
        return post, reached
    if no.reason is Reason.GONE:
        raise Refused(
            "This server lets no app edit this post, so its former words still stand. "
            "Edit it on the server's own page.",
            reason=Reason.NOT_ALLOWED,
        ) from None
    raise no


async def find_sent(
    api: Api,
    facts: Facts,
    memory: Memory,
    outgoing: Outgoing,
    *,
    tried_at: datetime,
    claimed: Set[str],
    clock: Clock,
    settling: timedelta = SETTLING,
) -> Found:
    """Look for a post that may have been made. Raises `ConnectorError` when the look failed."""
    where = api.http.where
    age = clock() - tried_at
    safe = facts.honours_keys and age < KEY_HOLDS
    repeat = NotSent(words=f"{where} posts a message with this key only once: a repeat is safe.")
    try:
        posts, conclusive = await _look(api, facts, outgoing, since=tried_at - SKEW)
    except Unauthorised:
        raise
    except ConnectorError:
        if safe:
            return repeat
        raise
    wanted = _fingerprints(api, outgoing)
    for post in sorted(posts, key=lambda one: one.at):
        if not _same(post, outgoing, wanted, tried_at, claimed):
            continue
        if not _reaches_right(api, outgoing, post):
            return CannotTell(
                words=f"A post with these words stands on {where}, but it didn't reach the right "
                f"people: {post.url or post.remote_id}. Take it away there, then decide here."
            )
        conversation = _conversation(memory, outgoing, post)
        return Receipt(
            remote_id=post.remote_id, at=post.at, conversation=conversation, url=post.url
        )
    if safe:
        return repeat
    if not conclusive:
        return CannotTell(
            words=f"{where} doesn't show all of this account's private posts, so it can't be told "
            "whether the message arrived. Look there, and say here what became of it."
        )
    if age < settling:
        return CannotTell(
            words=f"{where} may still be working on it.", again_at=tried_at + settling
        )
    return NotSent(words=f"It doesn't stand on {where}.")


def answers(outgoing: Outgoing) -> str | None:
    """The post that this one answers: a first private message answers the public one."""
    return outgoing.reply_to or outgoing.about


def composed(api: Api, outgoing: Outgoing) -> str:
    """The text as it leaves: with the customer named, and in a private lane nobody else."""
    domains = api.us.domains
    text = outgoing.text
    if outgoing.lane is Lane.PRIVATE:
        text = naming.for_one(text, outgoing.to.handle, domains)
    return naming.addressed(text, outgoing.to.handle, domains)


def form(api: Api, facts: Facts, outgoing: Outgoing) -> list[tuple[str, str]]:
    """The fields of the request."""
    private = outgoing.lane is Lane.PRIVATE
    audience = Audience.NAMED if private else outgoing.audience
    fields = [("status", composed(api, outgoing)), ("visibility", VISIBILITY[audience])]
    answered = answers(outgoing)
    if answered is not None:
        fields.append(("in_reply_to_id", answered))
    if outgoing.warning:
        fields.append(("spoiler_text", outgoing.warning))
        fields.append(("sensitive", "true"))
    if outgoing.language:
        fields.append(("language", outgoing.language))
    if private and not facts.accepts_anything:
        fields.append(("allowed_mentions[]", outgoing.to.remote_id))
    return fields


def edit_form(api: Api, outgoing: Outgoing) -> list[tuple[str, str]]:
    """The fields of an edit: the server keeps whom it answers and who may read it."""
    fields = [("status", composed(api, outgoing))]
    if outgoing.warning:
        fields.append(("spoiler_text", outgoing.warning))
        fields.append(("sensitive", "true"))
    if outgoing.language:
        fields.append(("language", outgoing.language))
    return fields


def _fingerprints(api: Api, outgoing: Outgoing) -> set[str]:
    """How the words may look on the network: snac2 takes markup in them as markup."""
    text = composed(api, outgoing)
    return {naming.fingerprint(text), naming.fingerprint(plain(text))}


async def _check_private(
    api: Api, outgoing: Outgoing, post: Post, reached: Iterable[Address]
) -> None:
    """Take a private post away again that isn't private, or isn't for the customer alone."""
    if post.audience is not Audience.NAMED:
        await _take_back(api, post, "would have been readable by others")
    strangers = [one.handle for one in reached if not _is(api, one, outgoing.to)]
    if strangers:
        await _take_back(api, post, f"would have reached {', '.join(strangers[:5])} as well")
    if not any(_is(api, one, outgoing.to) for one in reached):
        await _take_back(
            api,
            post,
            f"didn't reach {outgoing.to.handle}: nobody has that name here",
            unseen=not strangers,
        )


async def _take_back(api: Api, post: Post, why: str, *, unseen: bool = False) -> None:
    """Delete a post that must not stand. Raises `Refused`, or `Doubtful` where it still stands and
    somebody may read it (`unseen`: nobody can)."""
    for attempt in (1, 2):
        try:
            await api.delete(post.remote_id)
        except Refused as no:
            # A server that knows no deletion says 404 as well.
            if no.reason is Reason.GONE and not await _stands(api, post):
                break
            log.debug("taking back, attempt %s: %s", attempt, no.words)
        except ConnectorError as trouble:
            log.debug("taking back, attempt %s: %s", attempt, trouble.words)
        else:
            break
    else:
        if unseen:
            raise Refused(
                f"The message {why}, so nobody can read it. Your words are kept. "
                "Answer in another way.",
                reason=Reason.WRONG_AUDIENCE,
            )
        raise Doubtful(
            f"The message {why}, and {api.http.where} didn't let us take it back. "
            f"Delete it there at once: {post.url or post.remote_id}"
        )
    raise Refused(
        f"The message {why}, so it was taken back at once. Your words are kept. "
        "Check whom it names, or answer in another way.",
        reason=Reason.WRONG_AUDIENCE,
    )


async def _stands(api: Api, post: Post) -> bool:
    try:
        return await api.exists(post.remote_id)
    except ConnectorError:
        return True


def _is(api: Api, one: Address, other: Address) -> bool:
    return one.remote_id == other.remote_id or same_person(one.handle, other.handle, api.us.domains)


def _reaches_right(api: Api, outgoing: Outgoing, post: Post) -> bool:
    if outgoing.lane is Lane.PUBLIC:
        return True
    return post.to is not None and _is(api, post.to, outgoing.to) and not post.also


def _conversation(memory: Memory, outgoing: Outgoing, post: Post) -> str | None:
    if outgoing.lane is Lane.PRIVATE:
        return "dm:" + outgoing.to.remote_id
    return (
        outgoing.conversation
        or memory.conversation(outgoing.reply_to or "")
        or (post.remote_id if post.reply_to is None else None)
    )


async def _look(
    api: Api, facts: Facts, outgoing: Outgoing, *, since: datetime
) -> tuple[Sequence[Post], bool]:
    """Our posts since a moment that could be it, and whether none can have been overlooked."""
    found: dict[str, Post] = {}
    complete = False
    back: str | None = None
    seen: set[str | None] = set()
    for _ in range(PAGES_BACK):
        page = await api.own(max_id=back)
        posts = [heard.post for heard in page.heard]
        found.update((post.remote_id, post) for post in posts)
        back = page.oldest
        if not page.size or any(one.at < since for one in posts):
            complete = True
            break
        if back is None or back in seen:
            # A server that always gives the newest: all there is, if it is less than asked for.
            complete = page.size < PAGE
            break
        seen.add(back)
    if outgoing.lane is Lane.PUBLIC or facts.lists_private:
        return list(found.values()), complete
    answered = answers(outgoing)
    shown = False
    if answered is not None:
        try:
            below = (await api.context(answered))[1]
        except Refused as no:
            if no.reason is not Reason.GONE:
                raise
        else:
            found.update((post.remote_id, post) for post in below)
            shown = True
    home = await api.home()
    found.update((heard.post.remote_id, heard.post) for heard in home.heard)
    return list(found.values()), complete and shown


def _same(
    post: Post, outgoing: Outgoing, wanted: Set[str], tried_at: datetime, claimed: Set[str]
) -> bool:
    """True where a post of ours is the one that was to be sent."""
    answered = answers(outgoing)
    return (
        post.ours
        and post.remote_id not in claimed
        and post.at >= tried_at - SKEW
        and post.lane is outgoing.lane
        and (answered is None or post.reply_to in (answered, None))
        and naming.fingerprint(post.text) in wanted
    )
