"""One person, many addresses: what is put together, taken apart and taken back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Address, Lane
from console.store import changes, contacts, conversation, threads
from console.store.errors import NotThere
from tests.store.desk import SHOP, START, DeskOnDisk


def person(name: str, *vouched: str) -> Address:
    return Address(remote_id=name, handle=f"@{name}@social.example", name=name, vouched=vouched)


def view_of(desk: DeskOnDisk, thread_id: int):
    return desk.read(conversation.thread_view, thread_id, 50)


def merge(desk: DeskOnDisk, into: int, other: int) -> None:
    def unit(work):
        moved = contacts.merge(work, into, other)
        changes.remember(work, "merged", [["addresses_again", moved]], START)

    desk.write(unit)


def split(desk: DeskOnDisk, contact_id: int, handle: str) -> int:
    def unit(work):
        made, moved = contacts.split(work, contact_id, handle)
        changes.remember(work, "split", [["addresses_again", moved]], START)
        return made

    return desk.write(unit)


def owners(desk: DeskOnDisk) -> dict[str, int]:
    return dict(desk.read(lambda work: work.all("SELECT remote_id, contact_id FROM addresses")))


def test_a_merged_person_has_both_addresses_and_all_threads(desk):
    desk.take(desk.post(person("ana")), desk.post(person("anna")))
    merge(desk, 1, 2)
    first = view_of(desk, 1)
    assert [each.remote_id for each in first.contact.addresses] == ["ana", "anna"]
    assert [row.id for row in desk.read(threads.rows_of_contact, 1, 1, 20)] == [2]
    assert view_of(desk, 2).contact == first.contact


def test_an_answer_goes_where_the_thread_s_customer_wrote_from(desk):
    desk.take(desk.post(person("ana")), desk.post(person("anna")))
    merge(desk, 1, 2)
    assert view_of(desk, 1).address.remote_id == "ana"
    assert view_of(desk, 2).address.remote_id == "anna"


@pytest.mark.parametrize("lane", Lane)
def test_words_from_another_address_never_join_a_thread_of_the_first(desk, lane):
    """Or an answer to them would go to the address that did not write them."""
    ana, anna = person("ana"), person("anna")
    first = desk.post(ana, conversation="talk", lane=lane)
    desk.take(first, desk.post(anna, text="another matter"))
    merge(desk, 1, 2)
    desk.take(desk.post(anna, reply_to=first.remote_id, conversation="talk", lane=lane))
    desk.take(desk.post(anna, lane=Lane.PRIVATE))
    assert {message.author for message in view_of(desk, 1).messages} == {"ana"}
    for thread_id in desk.read(lambda work: [row[0] for row in work.all("SELECT id FROM threads")]):
        view = view_of(desk, thread_id)
        assert {message.author for message in view.messages} == {view.address.name}


def test_our_own_answer_still_joins_the_thread_that_it_answers(desk):
    first = desk.post(person("ana"))
    desk.take(first, desk.post(person("anna")))
    merge(desk, 1, 2)
    desk.take(desk.post(SHOP, ours=True, reply_to=first.remote_id, to=person("ana")))
    assert len(view_of(desk, 1).messages) == 2


def test_a_name_that_the_network_changes_stays_what_the_person_was_called(desk):
    desk.take(desk.post(person("ana")), desk.post(person("anna")))
    merge(desk, 1, 2)
    renamed = Address(remote_id="anna", handle="@anna@social.example", name="Anna Novak")
    desk.take(desk.post(renamed))
    assert view_of(desk, 1).contact.name == "ana"
    assert view_of(desk, 2).contact.addresses[1].name == "Anna Novak"


def test_split_gives_an_address_a_contact_of_its_own(desk):
    desk.take(desk.post(person("ana")), desk.post(person("anna")))
    merge(desk, 1, 2)
    made = split(desk, 1, "Anna@social.example")
    assert view_of(desk, 2).contact.id == made
    assert view_of(desk, 2).contact.name == "anna"
    assert [each.remote_id for each in view_of(desk, 1).contact.addresses] == ["ana"]


def test_what_can_not_be_done_is_said_and_changes_nothing(desk):
    desk.take(desk.post(person("ana")))
    before = owners(desk)
    with pytest.raises(NotThere):
        merge(desk, 1, 99)
    with pytest.raises(NotThere):
        merge(desk, 99, 1)
    with pytest.raises(contacts.CannotSplit, match="no other address"):
        split(desk, 1, "@ana@social.example")
    with pytest.raises(contacts.CannotSplit, match="has no address"):
        split(desk, 1, "@budi@social.example")
    assert owners(desk) == before


def test_who_has_the_same_email_or_verified_link_is_suggested_and_no_more(desk):
    desk.take(
        desk.post(person("ana", "https://ana.example/", "mailto:ana@example.org")),
        desk.post(person("anna", "http://Ana.Example")),
        desk.post(person("other", "https://other.example")),
        desk.post(person("mail", "mailto:ANA@example.org")),
    )
    before = owners(desk)
    like = desk.read(contacts.like, 1)
    assert [(each.contact_id, each.by) for each in like] == [
        (2, "ana.example"),
        (4, "ana@example.org"),
    ]
    assert owners(desk) == before
    merge(desk, 1, 2)
    assert [each.contact_id for each in desk.read(contacts.like, 1)] == [4]
    assert desk.read(contacts.like, 3) == ()


def test_a_link_that_is_verified_later_is_learnt(desk):
    desk.take(desk.post(person("ana", "https://ana.example")), desk.post(person("anna")))
    assert desk.read(contacts.like, 1) == ()
    desk.take(desk.post(person("anna", "https://ana.example")))
    assert [each.contact_id for each in desk.read(contacts.like, 1)] == [2]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_any_order_of_merging_and_splitting_is_taken_back_step_by_step(tmp_path_factory, deeds):
    names = ["ana", "budi", "cvita", "dian"]
    desk = DeskOnDisk(tmp_path_factory.mktemp("desk"))
    desk.take(*(desk.post(person(name)) for name in names))
    stands = [owners(desk)]
    for together, one, other in deeds:
        before = owners(desk)
        if together and before[names[one]] != before[names[other]]:
            merge(desk, before[names[one]], before[names[other]])
        elif not together and list(before.values()).count(before[names[one]]) > 1:
            split(desk, before[names[one]], f"@{names[one]}@social.example")
        else:
            continue
        for name, thread_id in zip(names, range(1, 5), strict=True):
            view = view_of(desk, thread_id)
            assert view.address.remote_id == name
            assert view.contact.id == owners(desk)[name]
            assert view.address in view.contact.addresses
        stands.append(owners(desk))
    while len(stands) > 1:
        assert owners(desk) == stands.pop()
        assert desk.write(changes.undo, START) is not None
    assert owners(desk) == stands[0]
    assert desk.write(changes.undo, START) is None
    desk.close()
