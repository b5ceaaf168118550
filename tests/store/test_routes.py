"""Wherever a lane goes on, its words go to its customer and nobody else, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

import pytest

from connectors.contract import (
    Address,
    Audience,
    Batch,
    Capability,
    Hello,
    Lane,
    Limits,
    Outgoing,
    Post,
    Receipt,
)
from console.desk.delivery import DeliveryEvent
from console.desk.model import NOTHING_SEEN, Leg
from console.engine import intake
from console.store import accounts, contacts, conversation, deliveries, sending
from console.store.deliveries import Commitment
from tests.store.desk import SHOP, DeskOnDisk

PEOPLE = ("ana", "budi", "cvita")
ACCOUNTS = ("main", "post")


def who(account: str, name: str) -> Address:
    return Address(remote_id=f"{name}-on-{account}", handle=f"{name}@{account}", name=name)


class Lanes:
    """Three people on a network without private messages and in a mailbox, put together and taken
    apart at random, while handoffs leave and answers come."""

    def __init__(self, folder: Path) -> None:
        self.desk = DeskOnDisk(folder)
        self.numbers = count(1)
        desk = self.desk
        desk.write(accounts.put_account, "post", "mail", {}, configured=False, now=desk.now)
        for name, can in (
            ("main", {Capability.REPLY_PUBLIC, Capability.REPLY_PRIVATE}),
            ("post", {Capability.REPLY_PRIVATE, Capability.OPEN_PRIVATE}),
        ):
            hello = Hello(
                account=replace(SHOP, remote_id=f"shop-on-{name}"),
                can=frozenset(can),
                cannot={},
                limits=Limits(public=None, private=None),
            )
            desk.write(accounts.set_hello, name, hello)

    # --- what happens -----------------------------------------------------------------------

    def _heard(self, account: str, post: Post) -> None:
        self.desk.write(intake.take_in, account, Batch(arrivals=(post,)), self.desk.now)

    def _post(self, account: str, name: str, **rest) -> Post:
        number = next(self.numbers)
        values = {
            "remote_id": f"{account}-{number}",
            "lane": Lane.PUBLIC,
            "author": who(account, name),
            "ours": False,
            "text": "hello",
            "at": self.desk.later(minutes=1),
            "conversation": f"{account}-c{number}",
        }
        return Post(**{**values, **rest})

    def _in(self, account: str) -> list[tuple[int, str, str]]:
        return self.desk.read(
            lambda work: work.all(
                "SELECT thread_id, remote_id, lane FROM messages WHERE account = :account "
                "AND remote_id IS NOT NULL",
                {"account": account},
            )
        )

    def _threads(self) -> list[int]:
        return self.desk.read(lambda work: [row[0] for row in work.all("SELECT id FROM threads")])

    def writes_on_the_network(self, name: str, lane: Lane) -> None:
        self._heard("main", self._post("main", name, lane=lane))

    def writes_a_mail(self, name: str, pick: int) -> None:
        there = self._in("post")
        answers = there[pick % len(there)][1] if there and pick % 3 else None
        self._heard("post", self._post("post", name, lane=Lane.PRIVATE, reply_to=answers))

    def we_write_a_mail_elsewhere(self, name: str, known: bool, pick: int) -> None:
        there = self._in("post")
        self._heard(
            "post",
            self._post(
                "post",
                name,
                lane=Lane.PRIVATE,
                ours=True,
                author=SHOP,
                to=who("post", name) if known else None,
                reply_to=there[pick % len(there)][1] if there else None,
            ),
        )

    def some_are_known(self) -> None:
        """Most of what can go wrong begins where a person was known twice."""
        self._heard("main", self._post("main", "ana"))
        for name in PEOPLE:
            self._heard("post", self._post("post", name, lane=Lane.PRIVATE))
        self.desk.write(contacts.merge, 1, 2)

    def are_one(self, one: int, other: int) -> None:
        owners = self._owners()
        self.desk.write(
            contacts.merge, owners[one % len(owners)][0], owners[other % len(owners)][0]
        )

    def are_two(self, pick: int) -> None:
        owners = self._owners()
        # Mostly where something is about to leave for one of them.
        held = {one.outgoing.to.handle for one in self.desk.read(deliveries.open_deliveries)}
        owners.sort(key=lambda one: one[1] not in held)
        contact_id, handle = owners[pick % len(owners)]
        if sum(1 for found, _ in owners if found == contact_id) > 1:
            self.desk.write(contacts.split, contact_id, handle)

    def the_customer_answers(self, pick: int) -> None:
        """By mail, what we wrote to them last."""
        sent = self.desk.read(
            lambda work: work.all(
                "SELECT id FROM deliveries WHERE account = 'post' AND state = 'sent'"
            )
        )
        if sent:
            found = self.desk.read(deliveries.delivery, sent[pick % len(sent)][0])
            name = found.outgoing.to.name
            self._heard(
                "post", self._post("post", name, lane=Lane.PRIVATE, reply_to=found.remote_id)
            )

    def we_write_in_private(self, pick: int, arrives: bool) -> None:
        """A private leg is committed, and leaves at once or stays held. Mostly where it goes
        elsewhere."""
        views = [self._view(thread_id) for thread_id in self._threads()]
        views.sort(key=lambda one: (not one.leaves(Lane.PRIVATE), one.row.id))
        view = views[pick % len(views)]
        bound, route = view.lane(Lane.PRIVATE), view.route(Lane.PRIVATE)
        number = next(self.numbers)
        outgoing = Outgoing(
            lane=Lane.PRIVATE,
            text="hi",
            to=route.address,
            reply_to=bound.reply_to if bound else None,
            conversation=bound.conversation if bound else None,
            audience=Audience.NAMED,
        )
        made = Commitment(
            key=f"k{number}",
            thread_id=view.row.id,
            account=route.account,
            outgoing=outgoing,
            author="Mira",
            agent="Mira",
            template=None,
            seen=NOTHING_SEEN,
            held_until=self.desk.now,
            leg=Leg.PRIVATE,
        )
        delivery = self.desk.write(deliveries.commit, made, self.desk.now)
        if arrives:
            self._leaves(delivery)

    def what_was_held_leaves(self, pick: int) -> None:
        found = self.desk.read(deliveries.open_deliveries)
        if found:
            self._leaves(found[pick % len(found)].id)

    def _leaves(self, delivery_id: int) -> None:
        desk = self.desk
        desk.write(sending.open_window, delivery_id, desk.later(seconds=1))
        began = desk.write(sending.begin, delivery_id, desk.now)
        if began is None:
            return
        owner = desk.read(
            lambda work: work.value(
                "SELECT a.contact_id FROM addresses a WHERE a.remote_id = :remote_id "
                "AND a.account = :account",
                {"remote_id": began.outgoing.to.remote_id, "account": began.account},
            )
        )
        assert owner == self._view(began.thread_id).contact.id, "it left for somebody else"
        number = next(self.numbers)
        receipt = Receipt(
            remote_id=f"{began.account}-{number}",
            at=desk.now,
            conversation=began.outgoing.conversation or f"{began.account}-c{number}",
        )
        desk.write(deliveries.move, delivery_id, DeliveryEvent.ACCEPTED, desk.now, receipt=receipt)

    # --- what is always so ------------------------------------------------------------------

    def _owners(self) -> list[tuple[int, str]]:
        return self.desk.read(
            lambda work: work.all("SELECT contact_id, handle FROM addresses ORDER BY id")
        )

    def _view(self, thread_id: int):
        return self.desk.read(conversation.thread_view, thread_id, 200)

    def a_lane_goes_to_its_customer_by_the_account_that_knows_them(self) -> None:
        for thread_id in self._threads():
            view = self._view(thread_id)
            known = {one.remote_id for one in view.contact.addresses}
            for lane in Lane:
                route = view.route(lane)
                assert route.address.remote_id in known
                assert route.address.remote_id.endswith(f"-on-{route.account}")
                bound = view.lane(lane)
                if bound is not None:
                    for of_it in (bound.conversation, bound.reply_to):
                        assert of_it is None or of_it.startswith(f"{route.account}-")

    def the_public_lane_never_leaves_its_network(self) -> None:
        for thread_id in self._threads():
            view = self._view(thread_id)
            assert view.route(Lane.PUBLIC).account == view.row.account

    def nothing_of_one_person_is_in_a_thread_of_another(self) -> None:
        strange = self.desk.read(
            lambda work: work.all(
                "SELECT m.id FROM messages m JOIN threads t ON t.id = m.thread_id "
                "WHERE m.ours = 0 AND m.account <> t.account AND NOT EXISTS (SELECT 1 FROM "
                "messages o WHERE o.thread_id = t.id AND o.ours = 1 AND o.account = m.account)"
            )
        )
        assert strange == [], "words from elsewhere joined a thread that never went there"


def deed(lanes: Lanes, walk: Random) -> None:
    """One thing that happens."""
    pick, name, some = walk.randrange(12), walk.choice(PEOPLE), walk.random() < 0.5
    match walk.randrange(8):
        case 0:
            lanes.writes_on_the_network(name, walk.choice(list(Lane)))
        case 1:
            lanes.writes_a_mail(name, pick)
        case 2:
            lanes.we_write_a_mail_elsewhere(name, some, pick)
        case 3:
            lanes.are_one(pick, walk.randrange(12))
        case 4:
            lanes.are_two(pick % 4)
        case 5:
            lanes.the_customer_answers(pick)
        case 6:
            lanes.we_write_in_private(pick % 4, some)
        case 7:
            lanes.what_was_held_leaves(pick)


@pytest.mark.parametrize("seed", range(6))
def test_no_walk_leads_words_to_somebody_else(tmp_path, seed):
    walk = Random(seed)
    lanes = Lanes(tmp_path)
    lanes.some_are_known()
    for _ in range(120):
        deed(lanes, walk)
        lanes.a_lane_goes_to_its_customer_by_the_account_that_knows_them()
        lanes.the_public_lane_never_leaves_its_network()
        lanes.nothing_of_one_person_is_in_a_thread_of_another()
    lanes.desk.close()
