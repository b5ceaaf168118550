"""A handoff that ends in e-mail: the network takes no private message, and the person is known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Connector, Hello, Lane
from connectors.mail.connector import Mail
from connectors.stage.connector import Stage, _hello
from connectors.stage.network import Quirks, StageNetwork
from connectors.stage.people import Door
from console.desk.handoff import Way, way
from console.desk.model import DeliveryState, DraftKind, ThreadView
from console.engine.engine import Engine
from console.engine.exchange import Exchange
from console.engine.judging import Outcome
from console.engine.setup import AccountSetup, EngineSettings
from console.engine.work import Astray
from console.store import accounts, drafts
from console.store.connection import Store
from console.store.errors import NotThere
from tests.connectors.mail.partner import MailPartner, address

MAIN = AccountSetup(name="main", network="stage", settings={})


class Keys:
    """The mail account's password."""

    def __init__(self, post: MailPartner) -> None:
        self.post = post

    async def of(self, account: AccountSetup):
        return self.post.secrets if account.network == "mail" else {}

    async def keep(self, account: AccountSetup, name: str, secret: str) -> None:
        raise AssertionError("nothing is replaced here")


class Shop:
    """A desk with two accounts: one on a network without private messages, and a mailbox."""

    def __init__(self, folder, post: MailPartner, quirks: Quirks, window: float) -> None:
        self.post = post
        self.network = StageNetwork(clock=self.clock, quirks=quirks)
        self.store = Store(folder / "desk.db")
        self.mail = AccountSetup(name="post", network="mail", settings=post.settings())
        self.engine = Engine(
            self.store,
            [MAIN, self.mail],
            secrets=Keys(post),
            settings=EngineSettings(
                agent="Mira", undo_window=timedelta(seconds=window), shop={"name": "Kiln"}
            ),
            clock=self.clock,
            connect=self._connect,  # type: ignore[arg-type]
        )

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def _connect(self, network: str):
        def made(settings, *, remembered: Hello | None, clock) -> Connector:
            if network == "mail":
                return Mail(settings, remembered=remembered, clock=clock)
            return Stage({}, remembered=remembered, clock=clock, world=self.network)

        return made

    async def open(self) -> None:
        await self.store.open()
        await self.engine.prepare()
        await self.engine.start()

    async def close(self) -> None:
        await self.engine.stop()
        self.store.close()

    async def until(self, true):
        """Wait until something is so; what it came to."""
        changed = asyncio.Event()
        stop = self.store.listen(lambda _changed: changed.set())
        try:
            async with asyncio.timeout(15):
                while not (changed.clear() or (found := await true())):
                    await changed.wait()
                return found
        finally:
            stop()

    async def view(self, thread_id: int) -> ThreadView:
        found = await self.engine.reading.thread(thread_id)
        assert found is not None
        return found

    async def thread_with(self, words: str) -> ThreadView:
        """The thread with these words, once they have come in."""

        async def there() -> ThreadView | None:
            number = await self.store.read(
                lambda work: work.value(
                    "SELECT thread_id FROM messages WHERE text LIKE :words",
                    {"words": f"%{words}%"},
                )
            )
            return await self.view(number) if number is not None else None

        return await self.until(there)

    async def both(self) -> tuple[ThreadView, ThreadView]:
        """Ana on the network and Ana by mail, who are two until somebody says otherwise."""
        self.network.customer("ana", name="Ana Horvat").writes_public("@kiln my parcel never came")
        await self.post.writes_privately("ana", "I ordered the blue one")
        return await self.thread_with("never came"), await self.thread_with("the blue one")

    async def one_person(self) -> ThreadView:
        """The public thread of Ana, whose two addresses are hers."""
        public, private = await self.both()
        await self.engine.contacts.merge(public.contact.id, private.contact.id)
        return await self.view(public.row.id)

    async def move(self, view: ThreadView):
        """Press `m`."""
        plan = await self.engine.work.plan_handoff(view.row.id)
        return plan, await self.engine.work.hand_off(
            view.row.id,
            private=plan.private,
            acknowledgement=plan.acknowledgement,
            template=plan.template,
            seen=view.seen,
        )

    async def settled(self, delivery_id: int) -> DeliveryState:
        async def so() -> DeliveryState | None:
            found = await self.engine.reading.delivery(delivery_id)
            return found.state if found.state.settled else None

        return await self.until(so)


@pytest.fixture
async def post():
    made = MailPartner()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def shops(tmp_path, post):
    made: list[Shop] = []

    async def make(window: float = 0, **quirks: bool) -> Shop:
        shop = Shop(tmp_path, post, Quirks(**{"opens": False, **quirks}), window)
        made.append(shop)
        await shop.open()
        return shop

    yield make
    for shop in made:
        await shop.close()


async def test_the_private_message_goes_by_mail_and_the_public_line_says_so(shops, post):
    shop = await shops()
    view = await shop.one_person()
    assert way(view, shop.engine.hello("main")) is Way.ELSEWHERE
    plan, handoff = await shop.move(view)
    assert "by mail to ana@example.test" in plan.hint
    assert await shop.settled(handoff.private) is DeliveryState.SENT
    assert await shop.settled(handoff.acknowledgement) is DeliveryState.SENT
    (mail,) = await post.inbox("ana")
    assert "my parcel never came" in mail.get_content()
    assert mail["Subject"] == "my parcel never came"
    assert "In-Reply-To" not in mail
    (line,) = shop.network.posts_of_shop()
    assert line.lane is Lane.PUBLIC
    assert "by e-mail" in line.text
    assert "example.test" not in line.text


async def test_what_they_answer_by_mail_joins_the_thread_and_is_answered_there(shops, post):
    shop = await shops()
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.settled(handoff.private)
    (ours,) = await post.private_posts_to("ana")
    await post.writes_privately("ana", "it is order 4711", reply_to=ours.remote_id)
    answered = await shop.thread_with("it is order 4711")
    assert answered.row.id == view.row.id
    route = answered.route(Lane.PRIVATE)
    assert (route.account, route.address.handle) == ("post", address("ana"))
    assert answered.route(Lane.PUBLIC).account == "main"
    number = await shop.engine.work.reply(
        view.row.id, Lane.PRIVATE, "It leaves again today.", seen=answered.seen
    )
    assert await shop.settled(number) is DeliveryState.SENT
    last = (await post.private_posts_to("ana"))[-1]
    assert last.text.strip() == "It leaves again today."
    assert last.reply_to is not None


async def test_a_mail_of_theirs_about_something_else_joins_the_open_matter_too(shops, post):
    shop = await shops()
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.settled(handoff.private)
    await post.writes_privately("ana", "by the way, do you ship to Split?")
    assert (await shop.thread_with("ship to Split")).contact.id == view.contact.id


async def test_two_people_until_somebody_says_that_they_are_one(shops):
    shop = await shops()
    public, private = await shop.both()
    assert public.elsewhere is None
    assert way(public, shop.engine.hello("main")) is Way.INVITE
    await shop.engine.contacts.merge(public.contact.id, private.contact.id)
    assert (await shop.view(public.row.id)).elsewhere is not None
    await shop.engine.work.undo()
    assert (await shop.view(public.row.id)).elsewhere is None


async def test_where_the_network_takes_private_messages_they_go_there(shops, post):
    shop = await shops(opens=True)
    view = await shop.one_person()
    plan, handoff = await shop.move(view)
    assert plan.hint == ""
    await shop.settled(handoff.private)
    assert await post.private_posts_to("ana") == []
    assert len(shop.network.customer("ana").received) == 1


async def test_where_the_network_said_no_the_next_one_goes_by_mail(shops, post):
    shop = await shops(opens=True)
    view = await shop.one_person()
    shop.network.customer("ana").door = Door.SHUT
    _, first = await shop.move(view)
    assert await shop.settled(first.private) is DeliveryState.REFUSED
    await shop.settled(first.acknowledgement)
    plan, second = await shop.move(await shop.view(view.row.id))
    assert "takes none for them" in plan.hint
    assert await shop.settled(second.private) is DeliveryState.SENT
    assert len(await post.private_posts_to("ana")) == 1


async def test_a_paused_mailbox_is_no_way(shops):
    shop = await shops()
    view = await shop.one_person()
    await shop.store.write(accounts.pause, "post", shop.clock())
    assert (await shop.view(view.row.id)).elsewhere is None


async def test_a_mail_whose_address_proves_to_be_somebody_else_s_does_not_leave(shops, post):
    shop = await shops(window=1.5)
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.engine.contacts.split(view.contact.id, address("ana"))

    async def back():
        return (await shop.view(view.row.id)).drafts

    (draft,) = await shop.until(back)
    assert "isn't this customer's address any more" in draft.stopped
    assert await shop.settled(handoff.private) is DeliveryState.RECALLED
    assert await post.private_posts_to("ana") == []
    assert shop.network.posts_of_shop() == []


async def test_a_lane_whose_address_proves_to_be_somebody_else_s_is_closed(shops, post):
    shop = await shops()
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.settled(handoff.private)
    other = await shop.engine.contacts.split(view.contact.id, address("ana"))
    after = await shop.view(view.row.id)
    assert after.lane(Lane.PRIVATE) is None
    with pytest.raises(NotThere):
        await shop.engine.work.reply(view.row.id, Lane.PRIVATE, "Hello?", seen=after.seen)
    (ours,) = await post.private_posts_to("ana")
    await post.writes_privately("ana", "who are you?", reply_to=ours.remote_id)
    assert (await shop.thread_with("who are you")).contact.id == other


async def test_a_private_message_of_theirs_on_the_network_brings_the_lane_home(shops, post):
    shop = await shops()
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.settled(handoff.private)
    shop.network.customer("ana").writes_privately("I'd rather talk here")
    home = await shop.thread_with("rather talk here")
    assert home.row.id == view.row.id
    assert home.route(Lane.PRIVATE).account == "main"
    number = await shop.engine.work.reply(view.row.id, Lane.PRIVATE, "Gladly.", seen=home.seen)
    assert await shop.settled(number) is DeliveryState.SENT
    assert shop.network.customer("ana").received[-1].text == "Gladly."
    assert len(await post.private_posts_to("ana")) == 1


async def test_undo_takes_both_back(shops, post):
    shop = await shops(window=60)
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.engine.work.undo()
    assert await shop.settled(handoff.private) is DeliveryState.RECALLED
    assert await shop.settled(handoff.acknowledgement) is DeliveryState.RECALLED
    (draft,) = (await shop.view(view.row.id)).drafts
    assert "my parcel never came" in draft.text


async def test_a_file_says_where_the_words_go_and_is_refused_when_they_go_elsewhere(shops, post):
    shop = await shops()
    view = await shop.one_person()
    plan = await shop.engine.work.plan_handoff(view.row.id)
    draft = await shop.store.write(
        drafts.save, view.row.id, Lane.PRIVATE, DraftKind.HANDOFF, plan.private,
        acknowledgement=None, template=plan.template, seen=view.seen, author="Mira",
        now=shop.clock(),
    )  # fmt: skip
    await shop.engine.review.mark_ready(draft)
    exchange = Exchange(shop.store, shop.engine.review, shop.clock)
    (written,) = (await exchange.export()).written
    assert 'account = "post"' in written.text
    assert address("ana") in written.text
    approved = written.text.replace('decision = ""', 'decision = "approve"').encode()
    # Now the network takes private messages, and so they would go there.
    shop.network.quirks = Quirks()
    await shop.store.write(accounts.set_hello, "main", _hello(shop.network))
    (came,) = await exchange.take_in([("1.txt", approved)])
    assert came.outcome is Outcome.REFUSED
    assert "go by stage to @ana@social.example now" in came.words
    assert (await shop.engine.reading.outbox()) == ()
    shop.network.quirks = Quirks(opens=False)
    await shop.store.write(accounts.set_hello, "main", _hello(shop.network))
    (came,) = await exchange.take_in([("1.txt", approved)])
    assert came.outcome is Outcome.APPROVED
    assert await shop.settled(came.deliveries[0]) is DeliveryState.SENT
    assert len(await post.private_posts_to("ana")) == 1


async def test_what_would_go_elsewhere_than_was_seen_is_not_committed(shops, post):
    """The public line would have spoken of an e-mail that nobody wrote."""
    shop = await shops()
    view = await shop.one_person()
    plan = await shop.engine.work.plan_handoff(view.row.id)
    shop.network.quirks = Quirks()
    await shop.store.write(accounts.set_hello, "main", _hello(shop.network))
    with pytest.raises(Astray) as caught:
        await shop.engine.work.hand_off(
            view.row.id,
            private=plan.private,
            acknowledgement=plan.acknowledgement,
            template=plan.template,
            seen=view.seen,
            to=view.route(Lane.PRIVATE),
        )
    assert "go by stage to @ana@social.example, and not" in caught.value.words
    assert await shop.engine.reading.outbox() == ()


async def test_a_reply_to_a_lane_that_went_home_is_not_committed(shops, post):
    shop = await shops()
    view = await shop.one_person()
    _, handoff = await shop.move(view)
    await shop.settled(handoff.private)
    before = await shop.view(view.row.id)
    shop.network.customer("ana").writes_privately("I'd rather talk here")
    home = await shop.thread_with("rather talk here")
    with pytest.raises(Astray):
        await shop.engine.work.reply(
            view.row.id, Lane.PRIVATE, "Sure.", seen=home.seen, to=before.route(Lane.PRIVATE)
        )
    number = await shop.engine.work.reply(
        view.row.id, Lane.PRIVATE, "Sure.", seen=home.seen, to=home.route(Lane.PRIVATE)
    )
    assert await shop.settled(number) is DeliveryState.SENT
