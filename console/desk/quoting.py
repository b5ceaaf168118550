"""The conversation as it is quoted over a draft in a file: lines of text that can do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from connectors.contract import Lane
from console.desk.freshness import News, NewsKind, in_words
from console.desk.model import Draft, Message, ThreadView
from console.desk.plain import plain, plain_line

ROOM = 200_000
"""About how many characters of the conversation are quoted, the newest ones."""


def quoted(view: ThreadView, draft: Draft, news: Sequence[News]) -> list[str]:
    """The thread as a reader of the file sees it, what is new to the draft marked."""
    row = view.row
    lines = [
        plain_line(f"{view.contact.name or row.handle} {row.handle} on {row.network}, thread "
                   f"{row.id}, account {row.account}")
    ]  # fmt: skip
    if draft.stopped:
        lines += ["", *_lines(f"It needs another look: {draft.stopped}")]
    if news:
        lines += ["", *_lines(f"NEW since this draft was begun: {in_words(news)}")]
    marks = {one.message: one for one in news if one.message is not None}
    told: list[list[str]] = []
    room = ROOM
    for message in reversed(view.messages):
        said = list(_message(message, marks.get(message.id)))
        room -= sum(map(len, said))
        if room < 0 and told:
            break
        told.append(said)
    earlier = view.earlier + len(view.messages) - len(told)
    if earlier:
        lines += ["", f"({earlier} earlier messages are left out)"]
    for above in view.above:
        lines += ["", plain_line(f"above  {above.author}"), *_indented(above.text)]
    for said in reversed(told):
        lines += said
    return lines


def _message(message: Message, mark: News | None) -> Iterator[str]:
    # The name comes last: nobody can call themselves something that reads like one of ours.
    who = f"{'ours' if message.ours else 'theirs'}, by {message.author or message.handle}"
    parts = [_clock(message.at), message.lane.value.upper(), who]
    if mark is not None:
        parts.insert(0, f"{_MARKS[mark.kind]}:")
    yield ""
    yield plain_line(" ".join(parts))
    if message.deleted_at is not None:
        yield "  (deleted)"
    else:
        if message.warning:
            yield f"  [{plain_line(message.warning)}]"
        yield from _indented(message.text)
    for attached in message.attachments:
        yield f"  {plain_line(f'[{attached.kind}] {attached.description} {attached.url}')}"
    if mark is not None and mark.was:
        yield "  It said before:"
        yield from _indented(mark.was)


_MARKS = {
    NewsKind.WROTE: "NEW",
    NewsKind.EDITED: "EDITED SINCE",
    NewsKind.DELETED: "TAKEN BACK SINCE",
    NewsKind.CLOSED: "NEW",
    NewsKind.WINDOW: "NEW",
}


def asked(view: ThreadView, lane: Lane) -> Message | None:
    """The customer's message that a draft of this lane answers: their newest one there."""
    theirs = [message for message in view.messages if not message.ours]
    here = [message for message in theirs if message.lane is lane]
    return next(reversed(here or theirs), None)


def _indented(text: str) -> Iterator[str]:
    return (f"  {line}" for line in _lines(text))


def _lines(text: str) -> list[str]:
    return plain(text).split("\n")


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
