"""What arrives joins the right thread, once, whatever it carries and however often it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import (
    Address,
    Attachment,
    Batch,
    Deleted,
    Lane,
    Oddity,
    Outgoing,
    Quoted,
    Receipt,
)
from console.desk.delivery import DeliveryEvent
from console.desk.model import NOTHING_SEEN
from console.engine import intake
from console.store import accounts, conversation, deliveries, threads
from console.store.deliveries import Commitment
from console.store.threads import Order, View
from tests.hostile.corpus import TEXTS
from tests.store.desk import ANA, BUDI, SHOP, DeskOnDisk


def view(desk, thread_id=1):
    return desk.read(conversation.thread_view, thread_id, 200)


def inbox(desk, order=Order.LONGEST):
    return list(desk.read(threads.thread_ids, View.INBOX, order, None))


def test_a_stranger_begins_a_thread(desk):
    desk.take(desk.post(text="where is my parcel?"), cursor="1")
    found = view(desk)
    assert found.row.contact_name == "Ana Horvat"
    assert found.row.waiting_since == found.messages[0].at
    assert found.row.unread == 1
    assert [message.text for message in found.messages] == ["where is my parcel?"]
    assert desk.read(accounts.account, "main").cursor == "1"


def test_the_same_batch_twice_changes_nothing(desk):
    post = desk.post()
    desk.take(post, cursor="1")
    before = view(desk)
    came = desk.take(post, cursor="1")
    assert (came.new_messages, came.new_threads) == (0, 0)
    assert view(desk) == before


def test_an_answer_joins_and_a_bystander_does_not(desk):
    first = desk.post()
    desk.take(first)
    desk.take(
        desk.post(text="anyone?", reply_to=first.remote_id),
        desk.post(BUDI, "same here", reply_to=first.remote_id),
    )
    assert [len(view(desk, thread).messages) for thread in (1, 2)] == [2, 1]
    assert view(desk, 2).row.contact_name == "Budi"


def test_a_conversation_holds_what_answers_nothing_known(desk):
    desk.take(desk.post(conversation="root"))
    desk.take(desk.post(text="hello?", conversation="root", reply_to="never seen"))
    assert len(view(desk).messages) == 2


def test_a_private_word_joins_the_open_matter(desk):
    desk.take(desk.post())
    desk.take(desk.post(text="4711 is the number", lane=Lane.PRIVATE, conversation="dm:ana"))
    found = view(desk)
    assert [message.lane for message in found.messages] == [Lane.PUBLIC, Lane.PRIVATE]
    assert found.lane(Lane.PRIVATE).conversation == "dm:ana"


def test_what_names_its_own_matter_is_a_matter_of_its_own(desk):
    """Two mails of one customer about two orders."""
    first = desk.post(lane=Lane.PRIVATE, conversation="one", warning="order 1", headed=True)
    desk.take(first)
    desk.take(desk.post(lane=Lane.PRIVATE, conversation="two", warning="order 2", headed=True))
    answer = desk.post(lane=Lane.PRIVATE, conversation="one", warning="Re: order 1", headed=True)
    desk.take(replace(answer, reply_to=first.remote_id))
    assert [len(view(desk, thread).messages) for thread in (1, 2)] == [2, 1]
    # Without a subject it may go on with what is open.
    desk.take(desk.post(lane=Lane.PRIVATE, conversation="three"))
    assert sum(len(view(desk, thread).messages) for thread in (1, 2)) == 4


@pytest.mark.parametrize("headed", [True, False])
def test_what_is_folded_away_is_kept_and_made_plain(desk, headed):
    desk.take(desk.post(folded="> when\x1b[31m?\u202e\n-- \nAna", headed=headed))
    desk.take(desk.post(BUDI, headed=headed))
    (message,) = view(desk).messages
    assert (message.folded, message.headed) == ("> when[31m?\n-- \nAna", headed)
    (plain,) = view(desk, 2).messages
    assert (plain.folded, plain.headed) == ("", headed)


def test_a_private_word_long_after_begins_a_new_matter(desk):
    desk.take(desk.post(lane=Lane.PRIVATE, conversation="dm:ana"))
    state = desk.read(lambda work: threads.standing(work, [1]))[0]
    desk.write(threads.stand, [threads.Standing(1, "done", None, None)])
    assert state.state == "open"
    desk.later(days=30)
    desk.take(desk.post(text="something else", lane=Lane.PRIVATE, conversation="dm:ana"))
    assert len(view(desk, 1).messages) == 1
    assert view(desk, 2).messages[0].text == "something else"


def test_a_new_message_reopens_a_done_or_snoozed_thread(desk):
    first = desk.post()
    desk.take(first)
    for state, until in (("done", None), ("snoozed", 10**13)):
        desk.write(threads.stand, [threads.Standing(1, state, until, None)])
        assert inbox(desk) == []
        desk.take(desk.post(text="still nothing", reply_to=first.remote_id))
        assert inbox(desk) == [1]
        assert view(desk).row.snoozed_until is None


def test_our_answer_from_elsewhere_ends_the_wait(desk):
    first = desk.post()
    desk.take(first)
    desk.take(desk.post(SHOP, "on its way", reply_to=first.remote_id))
    assert inbox(desk) == []
    assert list(desk.read(threads.thread_ids, View.WAITING, Order.LONGEST, None)) == [1]


def test_our_answer_that_came_before_its_question_waits_for_it(desk):
    question = desk.post()
    answer = desk.post(SHOP, "on its way", reply_to=question.remote_id)
    desk.take(answer)
    assert view(desk) is None
    desk.take(question)
    assert [message.ours for message in view(desk).messages] == [False, True]
    assert inbox(desk) == []


def test_our_announcements_are_no_support_matter(desk):
    desk.take(desk.post(SHOP, "new colours!"))
    assert view(desk) is None


def test_an_older_version_that_comes_late_changes_nothing(desk):
    first = desk.post(text="where is my parcel?")
    older = replace(first, text="where is it?", edited_at=desk.later(minutes=1))
    newer = replace(first, text="I found it!", edited_at=desk.later(minutes=1))
    desk.take(first)
    desk.take(newer)
    came = desk.take(older)
    assert view(desk).messages[0].text == "I found it!"
    assert came.from_customers == frozenset()


def test_edits_and_deletions_are_followed(desk):
    first = desk.post(text="wher is it")
    desk.take(first)
    from dataclasses import replace

    desk.take(replace(first, text="where is it?", edited_at=desk.later(minutes=1)))
    assert view(desk).messages[0].text == "where is it?"
    assert view(desk).messages[0].edited_at == desk.now
    assert view(desk).row.preview == "where is it?"
    desk.take(Deleted(remote_id=first.remote_id, at=desk.later(minutes=1)))
    found = view(desk)
    assert found.messages[0].deleted_at == desk.now
    assert found.row.waiting_since is None
    assert "deleted" in found.row.preview


def test_what_stands_above_is_kept_as_context(desk):
    above = Quoted(remote_id="0", author="@shop", text="New colours!", at=desk.now, ours=True)
    desk.take(desk.post(above=(above,)))
    assert view(desk).above == (above,)


def test_attachments_and_further_readers_are_kept(desk):
    attached = Attachment(kind="image", url="https://x.example/1", description="a broken cup")
    desk.take(desk.post(attachments=(attached,), also=("@friend@x.example",)))
    message = view(desk).messages[0]
    assert (message.attachments, message.also) == ((attached,), ("@friend@x.example",))


def test_a_person_who_takes_another_name_is_the_same_person(desk):
    first = desk.post()
    desk.take(first)
    renamed = Address(remote_id="ana", handle="@ana@social.example", name="Ana H.")
    desk.take(desk.post(renamed, "me again", reply_to=first.remote_id))
    assert view(desk).contact.name == "Ana H."
    assert len(view(desk).contact.addresses) == 1


def test_an_item_that_could_not_be_read_is_kept_and_stops_nothing(desk):
    batch = Batch(
        arrivals=(desk.post(),), oddities=(Oddity(what="no id", raw='{"id":\ud800}'),), cursor="9"
    )
    desk.write(intake.take_in, "main", batch, desk.now)
    assert view(desk) is not None
    assert desk.read(lambda work: work.value("SELECT what FROM oddities")) == "no id"


def test_an_id_that_is_not_text_is_an_oddity(desk):
    desk.take(desk.post(remote_id="\ud83d"), desk.post())
    assert len(view(desk).messages) == 1
    assert desk.read(lambda work: work.value("SELECT COUNT(*) FROM oddities")) == 1


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_hostile_texts_are_only_text(desk, name):
    text = TEXTS[name]
    hostile = Address(remote_id="x" + name, handle=text[:300], name=text[:300])
    desk.take(desk.post(hostile, text, warning=text[:300], also=(text[:100],)))
    found = view(desk)
    shown = [
        found.messages[0].text, found.messages[0].author, found.row.preview, found.row.handle,
        found.contact.name, found.messages[0].warning or "", *found.messages[0].also,
    ]  # fmt: skip
    for words in shown:
        assert not any(
            (ord(letter) < 32 and letter != "\n") or 0x7F <= ord(letter) < 0xA0 for letter in words
        )


def test_a_batch_that_dies_half_way_was_never_there(desk):
    def unit(work):
        intake.take_in(work, "main", Batch(arrivals=(desk.post(),), cursor="7"), desk.now)
        raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError):
        desk.write(unit)
    assert view(desk) is None
    assert desk.read(accounts.account, "main").cursor is None


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_order_and_any_repetition_ends_the_same(tmp_path_factory, data):
    """Batches may repeat and overlap: what is stored depends on the posts, not on the batches."""
    made = DeskOnDisk(tmp_path_factory.mktemp("weave"))
    posts = []
    for _ in range(data.draw(st.integers(1, 12))):
        author = data.draw(st.sampled_from((ANA, BUDI, SHOP)))
        known = [post.remote_id for post in posts]
        posts.append(
            made.post(
                author,
                data.draw(st.text(max_size=20)),
                reply_to=data.draw(st.sampled_from([None, *known])),
                lane=data.draw(st.sampled_from(Lane)),
                conversation=None,
                to=ANA if author is SHOP else None,
            )
        )
    once = DeskOnDisk(tmp_path_factory.mktemp("once"))
    once.take(*posts)
    start = 0
    while start < len(posts):
        size = data.draw(st.integers(1, 4))
        made.take(*posts[max(0, start - data.draw(st.integers(0, 3))) : start + size])
        start += size

    def shape(desk):
        return desk.read(
            lambda work: work.all(
                "SELECT thread_id, remote_id, text, ours FROM messages ORDER BY remote_id"
            )
        ), desk.read(
            lambda work: work.all(
                "SELECT id, waiting_since, last_at, unread, pile, since FROM threads ORDER BY id"
            )
        )

    assert shape(made) == shape(once)
    made.close()
    once.close()


def test_a_late_message_does_not_make_an_answered_thread_wait_anew(desk):
    first = desk.post()
    late = desk.post(text="one more thing", reply_to=first.remote_id)
    answer = desk.post(SHOP, "here", reply_to=first.remote_id)
    desk.take(first)
    desk.take(answer)
    desk.take(late)
    assert view(desk).row.waiting_since is None
    assert late.at < answer.at < answer.at + timedelta(1)


@pytest.mark.parametrize("first", ["receipt", "stream"])
def test_who_was_asked_in_and_has_not_come_is_told(desk, first):
    """Our private words come back unread, before their receipt or after it; then they are read."""
    desk.take(desk.post())
    delivery = desk.write(
        deliveries.commit,
        Commitment(
            key="k",
            thread_id=1,
            account="main",
            outgoing=Outgoing(lane=Lane.PRIVATE, text="Which order?", to=ANA),
            author="Mira",
            agent="Mira",
            template=None,
            seen=NOTHING_SEEN,
            held_until=desk.now,
        ),
        desk.now,
    )
    for event in (DeliveryEvent.WINDOW_PASSED, DeliveryEvent.BEGIN):
        desk.write(deliveries.move, delivery, event, desk.now)
    back = desk.post(
        SHOP, "Which order?", remote_id="o-1", lane=Lane.PRIVATE, to=ANA, conversation="!dm",
        unread="invited, not joined",
    )  # fmt: skip
    if first == "stream":
        desk.take(back)
    receipt = Receipt(remote_id="o-1", at=desk.now, conversation="!dm")
    desk.write(deliveries.move, delivery, DeliveryEvent.ACCEPTED, desk.now, receipt=receipt)
    desk.take(back)
    assert [one.unread for one in ours(desk)] == ["invited, not joined"]
    desk.take(replace(back, unread=None))
    (message,) = ours(desk)
    assert (message.unread, message.edited_at, message.delivery_id) == (None, None, delivery)


def test_a_picture_without_words_is_what_the_list_shows(desk):
    picture = Attachment(kind="image", url="https://x.example/p", description="a\ncracked plate")
    desk.take(desk.post(text="", remote_id="p-1", attachments=(picture,), conversation="c"))

    def shown():
        return desk.read(conversation.thread_view, 1, 50).row.preview

    assert shown() == "[image] a cracked plate"
    desk.take(desk.post(text="so", remote_id="p-2", conversation="c", at=desk.later(minutes=1)))
    assert shown() == "so"
    desk.take(Deleted(remote_id="p-2", at=desk.now))
    assert shown() == "[image] a cracked plate"


def test_the_same_words_heard_before_are_not_taken_for_a_delivery(desk):
    """Said from the phone a minute ago, then from here with an answer that is lost."""
    desk.take(desk.post())
    said = desk.post(
        SHOP, "Which order?", remote_id="p-1", lane=Lane.PRIVATE, to=ANA, conversation="!dm"
    )
    desk.take(said)
    delivery = desk.write(
        deliveries.commit,
        Commitment(
            key="k",
            thread_id=1,
            account="main",
            outgoing=Outgoing(lane=Lane.PRIVATE, text="Which order?", to=ANA, conversation="!dm"),
            author="Mira",
            agent="Mira",
            template=None,
            seen=NOTHING_SEEN,
            held_until=desk.now,
        ),
        desk.now,
    )
    desk.take(replace(said, remote_id="p-2"))
    assert desk.read(deliveries.claimed, "main", delivery) == {"p-1"}


def test_words_that_nobody_reads_make_it_our_turn_again(desk):
    desk.take(desk.post())
    back = desk.post(
        SHOP, "Which order?", remote_id="o-1", lane=Lane.PRIVATE, to=ANA, conversation="!dm",
        unread="invited, not joined",
    )  # fmt: skip
    desk.take(back)

    def turn():
        return desk.read(conversation.thread_view, 1, 50).row.waiting_since is not None

    assert not turn()
    desk.take(replace(back, unread="they passed the invitation over"))
    assert turn()
    desk.take(replace(back, unread=None))
    (message,) = ours(desk)
    assert (message.unread, message.edited_at) == (None, None)


def ours(desk):
    return [one for one in desk.read(conversation.thread_view, 1, 50).messages if one.ours]
