"""A network in memory: posts, customers, and a log that listeners follow.

One `StageNetwork` is the whole other side. Tests script it through its customers:

    network = StageNetwork(clock=clock)
    ana = network.customer("ana", name="Ana Horvat", language="hr")
    post = ana.writes_public("my parcel 4711 never came, what now?")
    ana.edits(post.remote_id, "my parcel 4711 came!")
    ana.refuses_private(silently=True)
    network.fault(Fault.ANSWER_LOST)

Everything that the shop can hear is appended to one log; a cursor is a place in it. A public
conversation is called after its first post, a private one after its first private post. Nothing
here waits or looks at a clock of its own: listeners sleep on the network's events.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Protocol

from connectors.contract import (
    Address,
    Attachment,
    Audience,
    Began,
    Clock,
    Cursor,
    Deleted,
    Lane,
    NotYet,
    Outgoing,
    Post,
    Quoted,
    Reason,
    Refused,
)
from connectors.stage.faults import Fault, FaultPlan, Noise, refused
from connectors.stage.graphemes import count as graphemes
from connectors.stage.log import Log
from connectors.stage.people import Customer, Door

HOST = "market.example"
LIMIT = 500
_BIRTHS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How the network behaves where networks differ."""

    idempotent: bool = True
    """One key is posted once."""
    refusal_shown: bool = True
    finds_sent: bool = True
    opens: bool = True
    """We may begin in private with somebody who wrote in public."""
    invites: bool = False
    """Where we may not begin: our public answer carries a link by which the customer does."""
    edits: bool = True
    """We may put other words in the place of ours."""
    deletes: bool = True
    """We may take away what we said."""
    quiet: bool = True
    """A public post may be announced to nobody but whom it names."""
    streaming: bool = True
    filters: bool = False
    """Some private messages of strangers are held back until our advice is taken."""
    shut: bool = False
    """Customers can't begin in private with the shop."""
    trusting: bool = False
    """An answer to a post or a person that isn't there is taken as if they were: the demo, whose
    network doesn't outlive its process."""
    page: int = 20
    limit: int = LIMIT
    kept: timedelta | None = None
    """How long it is said to keep what we haven't heard."""


class Driver(Protocol):
    """What makes customers act by themselves: the story of the demo."""

    def due(self) -> datetime | None:
        """When something happens next; None: never."""

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due."""

    def played(self, now: datetime) -> float:
        """Seconds of the story that have passed."""

    def shop_said(self, post: Post, customer: Customer, *, reached: bool) -> None:
        """The shop wrote to a customer; `reached` False: they will never see it."""


class StageNetwork:
    """The whole network. Made by hand in tests, by the connector's settings in the demo."""

    def __init__(
        self,
        *,
        clock: Clock,
        quirks: Quirks | None = None,
        seed: str = "1",
        fault_rate: float = 0.0,
        shop_name: str = "Mudlark Pottery",
        shop_handle: str = "@mudlark",
    ) -> None:
        self.clock = clock
        self.quirks = quirks or Quirks()
        self.seed = seed
        birth = f"{clock():%Y%m%d%H%M%S}.{os.getpid()}.{next(_BIRTHS)}"
        self.log = Log(birth=birth, seed=seed)
        self.shop = Address(
            remote_id="shop",
            handle=f"{shop_handle}@{HOST}",
            name=shop_name,
            url=f"https://{HOST}/{shop_handle}",
        )
        self.driver: Driver | None = None
        self.faults = FaultPlan(rate=fault_rate, seed=seed)
        self.posts: dict[str, Post] = {}
        self.customers: dict[str, Customer] = {}
        self.running = True
        self.revoked = False
        self.spoken = False
        """The shop has posted something while the story plays."""
        self.under_way: set[str] = set()
        """The keys of the requests that wait in `gate`."""
        self.waiting = asyncio.Event()
        """A request has come and waits at the gate."""
        self.gate = asyncio.Event()
        self.gate.set()
        self._gone: set[str] = set()
        self._heard: set[str] = set()
        self.links: dict[str, str] = {}
        """Our posts that carry a link, and the key in it."""
        self._by_key: dict[str, str] = {}
        self._numbers = count(1)

    # --- people ------------------------------------------------------------------------------

    def customer(
        self,
        short: str,
        *,
        name: str | None = None,
        handle: str | None = None,
        language: str | None = "en",
        door: Door = Door.OPEN,
        automated: bool = False,
        vouched: tuple[str, ...] = (),
    ) -> Customer:
        """The customer of this short name, made at the first asking."""
        known = self.customers.get(short)
        if known is None:
            written = handle or f"@{short}@social.example"
            local, _, host = written.removeprefix("@").partition("@")
            address = Address(
                remote_id=short,
                handle=written,
                name=short.capitalize() if name is None else name,
                url=f"https://{host or HOST}/@{local}",
                language=language,
                automated=automated,
                vouched=vouched,
            )
            known = self.customers[short] = Customer(self, address, door=door)
        return known

    # --- what customers do -------------------------------------------------------------------

    def take(
        self,
        author: Address,
        lane: Lane,
        text: str,
        *,
        reply_to: str | None,
        audience: Audience,
        also: tuple[str, ...] = (),
        warning: str | None = None,
        attachments: tuple[Attachment, ...] = (),
        at: datetime | None = None,
        remote_id: str | None = None,
        heard: bool = True,
        held_back: bool = False,
    ) -> Post:
        """Take a customer's post. Raises LookupError when it answers what isn't there."""
        if reply_to is not None and reply_to not in self.posts:
            raise LookupError(f"there is no post {reply_to!r}")
        own_id = remote_id or f"{self.seed}-{next(self._numbers)}"
        post = Post(
            remote_id=own_id,
            lane=lane,
            author=author,
            ours=False,
            text=text,
            at=at or self.clock(),
            conversation=self._conversation(own_id, lane, reply_to),
            reply_to=reply_to,
            audience=audience,
            also=also,
            above=self._above(reply_to),
            url=self._url(author, own_id, lane),
            warning=warning,
            language=author.language,
            attachments=attachments,
            held_back=held_back and self.quirks.filters,
        )
        self._stand(post, heard=heard)
        writer = self._known(author)
        if writer is not None and lane is Lane.PRIVATE:
            writer.begun = True
        return post

    def announce(
        self, text: str, *, at: datetime | None = None, remote_id: str | None = None
    ) -> Post:
        """A post that the shop once made to everyone: customers answer it, nobody hears it anew."""
        own_id = remote_id or f"{self.seed}-{next(self._numbers)}"
        post = Post(
            remote_id=own_id,
            lane=Lane.PUBLIC,
            author=self.shop,
            ours=True,
            text=text,
            at=at or self.clock(),
            conversation=own_id,
            url=self._url(self.shop, own_id, Lane.PUBLIC),
            language=self.shop.language,
        )
        self._stand(post, heard=False)
        return post

    def edit(self, remote_id: str, text: str, *, at: datetime | None = None) -> Post:
        """Replace the words of a post. Raises LookupError."""
        post = replace(self.posts[remote_id], text=text, edited_at=at or self.clock())
        self._stand(post, heard=remote_id in self._heard)
        return post

    def take_away(self, remote_id: str, *, at: datetime | None = None) -> None:
        """Take a post away. Raises LookupError."""
        del self.posts[remote_id]
        self._gone.add(remote_id)
        for customer in self.customers.values():
            customer.received = [p for p in customer.received if p.remote_id != remote_id]
        if remote_id in self._heard:
            self.log.append(Deleted(remote_id=remote_id, at=at or self.clock()))

    def begin(self, customer: Customer, key: str | None, *, at: datetime | None = None) -> None:
        """A customer begins in private, by a link of ours or by themselves."""
        customer.begun = True
        self.log.append(Began(who=customer.address, at=at or self.clock(), key=key))

    # --- what the shop does ------------------------------------------------------------------

    def post(
        self,
        outgoing: Outgoing,
        key: str,
        *,
        at: datetime | None = None,
    ) -> Post:
        """Take a post of the shop as a server would. Raises `Refused`."""
        if self.quirks.idempotent and key in self._by_key:
            return self._again(self._by_key[key])
        customer = self._check(outgoing)
        private = outgoing.lane is Lane.PRIVATE
        own_id = f"o-{sha256(key.encode()).hexdigest()[:12]}"
        if own_id in self.posts or own_id in self._gone:
            own_id = f"{own_id}-{next(self._numbers)}"
        parent = outgoing.reply_to or outgoing.about
        conversation = self._conversation(own_id, outgoing.lane, parent)
        if conversation == own_id and outgoing.conversation is not None:
            conversation = outgoing.conversation
        post = Post(
            remote_id=own_id,
            lane=outgoing.lane,
            author=self.shop,
            ours=True,
            text=outgoing.text,
            at=at or self.clock(),
            to=outgoing.to,
            conversation=conversation,
            reply_to=parent,
            audience=Audience.NAMED if private else outgoing.audience,
            url=self._url(self.shop, own_id, outgoing.lane),
            warning=outgoing.warning,
            language=outgoing.language,
        )
        self._by_key[key] = own_id
        if outgoing.invites is not None and self.quirks.invites:
            self.links[own_id] = outgoing.invites
        reaches = not private or customer.door is Door.OPEN or self._invited(outgoing)
        if private and reaches:
            customer.received.append(post)
        self._stand(post, heard=True)
        if self.driver is not None:
            self.spoken = True
            self.driver.shop_said(post, customer, reached=reaches)
        return post

    def reword(self, remote_id: str, outgoing: Outgoing) -> Post:
        """Put other words in the place of a post of the shop, as a server would. Raises
        `Refused`."""
        post = self._ours(remote_id)
        if post is None:
            raise Refused("The network said: This post doesn't exist.", reason=Reason.GONE)
        self._check_text(outgoing)
        if (post.text, post.warning) == (outgoing.text, outgoing.warning):
            return post
        post = replace(post, text=outgoing.text, warning=outgoing.warning, edited_at=self.clock())
        for customer in self.customers.values():
            customer.received = [
                post if one.remote_id == remote_id else one for one in customer.received
            ]
        self._stand(post, heard=True)
        return post

    def withdraw(self, remote_id: str) -> None:
        """Take a post of the shop away; what isn't there is gone already. Raises `Refused`."""
        if self._ours(remote_id) is not None:
            self.take_away(remote_id)

    def posted_with(self, key: str) -> Post | None:
        """The post that was made with a key, if it still stands."""
        return self.posts.get(self._by_key.get(key, ""))

    def posts_of_shop(self, *, lane: Lane | None = None) -> list[Post]:
        """What the shop has said and still stands, oldest first."""
        said = [post for post in self.posts.values() if post.ours and post.to is not None]
        return [post for post in said if lane is None or post.lane is lane]

    def _check(self, outgoing: Outgoing) -> Customer:
        customer = self._known(outgoing.to)
        parent = outgoing.reply_to or outgoing.about
        if customer is None and self.quirks.trusting:
            to = outgoing.to
            customer = self.customer(to.remote_id, name=to.name, handle=to.handle)
        missing = parent is not None and parent not in self.posts
        if customer is None or (missing and not self.quirks.trusting) or parent in self._gone:
            raise refused(Reason.GONE)
        if customer.blocks_us:
            raise refused(Reason.BLOCKED)
        self._check_text(outgoing)
        if outgoing.lane is Lane.PRIVATE and self.quirks.invites and not customer.begun:
            raise NotYet("Only the customer can begin here, and they haven't. Nothing was posted.")
        if (
            outgoing.lane is Lane.PRIVATE
            and customer.door is Door.SHUT
            and self.quirks.refusal_shown
            and not self._invited(outgoing)
        ):
            raise refused(Reason.NOT_ACCEPTED)
        return customer

    def _check_text(self, outgoing: Outgoing) -> None:
        used = graphemes(outgoing.text) + graphemes(outgoing.warning or "")
        if used > self.quirks.limit:
            raise refused(Reason.TOO_LONG)
        if not outgoing.text.strip():
            raise refused(Reason.UNKNOWN)

    def _ours(self, remote_id: str) -> Post | None:
        post = self.posts.get(remote_id)
        if post is not None and not post.ours:
            raise refused(Reason.NOT_ALLOWED)
        return post

    def _again(self, remote_id: str) -> Post:
        try:
            return self.posts[remote_id]
        except KeyError:
            raise refused(Reason.GONE) from None

    def _known(self, address: Address) -> Customer | None:
        for customer in self.customers.values():
            if customer.address.remote_id == address.remote_id:
                return customer
        return None

    def _invited(self, outgoing: Outgoing) -> bool:
        """A private conversation in which the customer wrote passes every door."""
        parent = self.posts.get(outgoing.reply_to or "")
        conversation = outgoing.conversation
        if parent is not None and parent.lane is Lane.PRIVATE:
            conversation = parent.conversation
        if conversation is None:
            return False
        if self.quirks.trusting and outgoing.reply_to is not None and parent is None:
            return True
        return any(
            post.conversation == conversation and post.lane is Lane.PRIVATE and not post.ours
            for post in self.posts.values()
        )

    # --- time -----------------------------------------------------------------------------

    def cursor(self, place: int) -> Cursor:
        """The cursor of a place in the log."""
        played = 0.0 if self.driver is None else self.driver.played(self.clock())
        return self.log.cursor(place, played=played)

    def advance(self) -> None:
        """Let everything happen that is due by now."""
        if self.driver is not None:
            self.driver.advance(self.clock())

    def until_due(self) -> timedelta | None:
        """How long it takes until something happens by itself."""
        due = None if self.driver is None else self.driver.due()
        return None if due is None else max(due - self.clock(), timedelta())

    def let_strangers_in(self) -> None:
        """Hold back nothing any more."""
        self.quirks = replace(self.quirks, filters=False)

    # --- bad luck ----------------------------------------------------------------------------

    def fault(
        self,
        fault: Fault | Noise,
        *,
        reason: Reason = Reason.UNKNOWN,
        times: int = 1,
        recalling: bool = False,
    ) -> None:
        """Let a fault befall the next sends, or a noise the next batches. `recalling`: not the
        sends but the edits and deletions of what was sent."""
        self.faults.ask(fault, reason=reason, times=times, recalling=recalling)

    def cut(self) -> None:
        """Cut every live connection, once."""
        self.log.cut()

    def stop(self) -> None:
        """Nothing answers any more."""
        self.running = False
        self.cut()

    def start(self) -> None:
        """It answers again, and nothing is forgotten."""
        self.running = True

    def revoke(self) -> None:
        """Make the shop's key worthless."""
        self.revoked = True
        self.log.wake()

    def accept_key(self) -> None:
        """Accept the shop's key again."""
        self.revoked = False

    def hold(self) -> None:
        """Let sends wait from now on: they have left and nothing has answered."""
        self.gate.clear()
        self.waiting.clear()

    def let_go(self) -> None:
        """Let waiting sends go on."""
        self.gate.set()

    async def pass_gate(self, key: str) -> None:
        """Take a request in; it goes on when the gate is open."""
        self.under_way.add(key)
        try:
            self.waiting.set()
            await self.gate.wait()
        finally:
            self.under_way.discard(key)

    # --- inside ------------------------------------------------------------------------------

    def _stand(self, post: Post, *, heard: bool) -> None:
        self.posts[post.remote_id] = post
        if heard:
            self._heard.add(post.remote_id)
            self.log.append(post)

    def _conversation(self, own_id: str, lane: Lane, reply_to: str | None) -> str:
        parent = self.posts.get(reply_to or "")
        if parent is None or parent.lane is not lane:
            return own_id
        return parent.conversation or own_id

    def _above(self, reply_to: str | None) -> tuple[Quoted, ...]:
        """The posts above that never reached the shop's inbox, oldest first."""
        found: list[Quoted] = []
        parent = self.posts.get(reply_to or "")
        while parent is not None and len(found) < 10:
            if parent.remote_id not in self._heard:
                found.append(
                    Quoted(
                        remote_id=parent.remote_id,
                        author=parent.author.handle,
                        text=parent.text,
                        at=parent.at,
                        ours=parent.ours,
                        url=parent.url,
                    )
                )
            parent = self.posts.get(parent.reply_to or "")
        return tuple(reversed(found))

    def _url(self, author: Address, remote_id: str, lane: Lane) -> str | None:
        return None if lane is Lane.PRIVATE else f"{author.url}/{remote_id}"
