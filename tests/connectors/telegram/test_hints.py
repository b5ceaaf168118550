"""Whether a customer has pressed Start: a hint before `m`, in the cursor for the next start."""

from __future__ import annotations

import pytest

from connectors.contract import Likelihood, NotYet
from connectors.telegram.memory import MOST_BEGUN, Mark
from tests.connectors.telegram.test_listening import heard
from tests.contract.talking import first_message


async def test_the_hint_outlives_a_restart(shops, fake):
    ana, budi = fake.person("ana", 1111), fake.person("budi", 2222)

    async def hints(shop):
        return [await shop.probe_private(person, None) for person in people]

    shop = await shops()
    for person in (ana, budi):
        fake.writes(person, "hello")
        fake.presses_start(person)
    posts, cursor = await heard(shop)
    people = [post.author for post in posts]
    assert await hints(shop) == [Likelihood.LIKELY, Likelihood.LIKELY]
    # A refusal forgets it, and the cursor of the next look too.
    budi.blocks = True
    with pytest.raises(NotYet):
        await shop.send(first_message(posts[1], "which order?"), "key")
    _, cursor = await heard(shop, cursor)
    later = await shops()
    assert await hints(later) == [Likelihood.UNKNOWN, Likelihood.UNKNOWN]
    _, cursor = await heard(later, cursor)
    assert await hints(later) == [Likelihood.LIKELY, Likelihood.UNLIKELY]
    # What was learnt since is newer than the cursor.
    fake.presses_start(budi)
    await heard(later, cursor)
    await heard(later, cursor)
    assert await hints(later) == [Likelihood.LIKELY, Likelihood.LIKELY]


@pytest.mark.parametrize("kept", ["[]", '["x"]', "4", "[true]", "[[]]", "null"])
def test_a_cursor_with_odd_people_is_read_all_the_same(kept):
    mark = Mark.read(f'{{"o":5,"m":{{}},"y":{kept},"n":{kept}}}')
    assert (mark.offset, mark.begun) == (5, {})


def test_a_cursor_stays_small():
    mark = Mark(5, begun={person: person % 2 == 0 for person in range(10**9, 10**9 + 5000)})
    cursor = mark.cursor() or ""
    assert len(cursor) < 6_000
    assert len(Mark.read(cursor).begun) == MOST_BEGUN
