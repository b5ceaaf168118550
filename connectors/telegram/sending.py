"""Sending a message once, to whom it is for, and saying what Telegram made of it.

There is no key that Telegram keeps and no way to look: what is unknown stays unknown, and a person
decides. A private message goes to its person's own id and to no other chat.

A bot can't write first. So the first private message of somebody who never pressed Start waits
(`NotYet`), and the public answer carries a button with a link to the bot. The link holds the key of
what waits; pressing Start sends it to us together with the id of who pressed. Whose it is gets the
message; what a stranger's press means is for the desk to judge, which knows for whom it waits.
"""

from __future__ import annotations

import re

from connectors.contract import (
    Clock,
    Lane,
    NotYet,
    Outgoing,
    Reason,
    Receipt,
    Refused,
)
from connectors.telegram import wire
from connectors.telegram.api import Api, Denied, No
from connectors.telegram.counting import LIMIT, units
from connectors.telegram.groups import Groups
from connectors.telegram.heard import Me, Sent
from connectors.telegram.memory import Known, Memory

BUTTON = {
    "de": "Privat weiterschreiben",
    "en": "Go on in private",
    "es": "Seguir en privado",
    "hr": "Nastavi privatno",
    "id": "Lanjut secara pribadi",
}
"""What stands on the button, in the languages of the stock templates."""
_KEPT = "Nothing was posted; your words are kept."
_STANDS = "The former words still stand there; your new ones are kept."
_WAITS = {
    No.NEVER_BEGUN: "They have never started this bot, and a bot can't write first.",
    No.UNSEEN: "They have never started this bot, and a bot can't write first.",
    No.BLOCKED: "They have blocked this bot; pressing Start lets it in again.",
}


class Sender:
    """What leaves a bot."""

    def __init__(self, api: Api, me: Me, groups: Groups, memory: Memory, clock: Clock) -> None:
        self._api = api
        self._me = me
        self._groups = groups
        self._memory = memory
        self._clock = clock

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Post once. Raises `ConnectorError`, as the contract's `send` does."""
        _check(outgoing.text, _KEPT)
        content = self._content(outgoing)
        try:
            if outgoing.lane is Lane.PUBLIC:
                said = await self._in_public(outgoing, content)
            else:
                said = await self._in_private(outgoing, content)
        except Denied as no:
            raise no.plain() from None
        return self._receipt(outgoing, said)

    async def edit(self, remote_id: str, outgoing: Outgoing) -> Receipt:
        """Put other words in a message's place; the same words once more change nothing."""
        _check(outgoing.text, _STANDS)
        chat, message = _known_as(remote_id)
        if outgoing.lane is Lane.PRIVATE and str(chat) != outgoing.to.remote_id:
            raise Refused(
                f"This message isn't in the private chat with {outgoing.to.handle}. {_STANDS}",
                reason=Reason.WRONG_AUDIENCE,
            )
        try:
            await self._api.change(chat, message, self._content(outgoing))
        except Denied as no:
            if no.why is not No.SAME:
                raise no.plain() from None
        known = self._memory.known(remote_id)
        place = self._groups.of(chat)
        return Receipt(
            remote_id=remote_id,
            at=self._clock(),
            conversation=known.conversation if known else outgoing.conversation,
            url=wire.link(place.chat, message) if place is not None else None,
        )

    async def delete(self, remote_id: str) -> None:
        """Take a message away; what isn't there is gone already."""
        chat, message = _known_as(remote_id)
        try:
            await self._api.remove(chat, message)
        except Denied as no:
            if no.why is not No.GONE:
                raise no.plain() from None

    # --- in public -------------------------------------------------------------------------------

    async def _in_public(self, outgoing: Outgoing, content: dict[str, object]) -> Sent:
        named = wire.split(outgoing.reply_to) or wire.split(outgoing.conversation)
        if named is None:
            raise Refused(
                f"Nothing says in which group this is to be said. {_KEPT} Answer a message of the "
                "customer's."
            )
        chat, message = named
        if self._groups.of(self._memory.now(chat)) is None and self._groups.of(chat) is None:
            raise Refused(
                f"This group isn't among the account's groups any more. {_KEPT} Name it in the "
                "account's setting “groups” to answer there.",
                reason=Reason.NOT_ALLOWED,
            )
        if self._memory.now(chat) != chat:
            return await self._where_it_moved(self._memory.now(chat), outgoing, content)
        known = self._memory.known(outgoing.reply_to)
        if known is not None and known.topic is not None:
            content = {**content, "message_thread_id": known.topic}
        if wire.split(outgoing.reply_to) is not None:
            content = {**content, "reply_parameters": {"message_id": message}}
        try:
            return await self._api.say(chat, content)
        except Denied as no:
            if no.moved_to is None:
                raise
            new = no.moved_to
        # The group has moved and nothing was posted, so it may be asked once more.
        self._memory.moves[chat] = new
        self._groups.moved(chat, new)
        return await self._where_it_moved(new, outgoing, content)

    async def _where_it_moved(
        self, chat: int, outgoing: Outgoing, content: dict[str, object]
    ) -> Sent:
        """A supergroup counts its messages anew, so what is answered can't be pointed at: the
        customer is named instead, if there is room."""
        plain = {
            name: value
            for name, value in content.items()
            if name not in ("reply_parameters", "message_thread_id")
        }
        name = outgoing.to.name or outgoing.to.handle
        text = f"{name}, {outgoing.text}"
        person = outgoing.to.remote_id
        if person.isascii() and person.isdigit() and units(text) <= LIMIT:
            plain["text"] = text
            plain["entities"] = [
                {
                    "type": "text_mention",
                    "offset": 0,
                    "length": units(name),
                    "user": {"id": int(person), "is_bot": False, "first_name": name},
                }
            ]
        return await self._api.say(chat, plain)

    # --- in private ------------------------------------------------------------------------------

    async def _in_private(self, outgoing: Outgoing, content: dict[str, object]) -> Sent:
        person = outgoing.to.remote_id
        if not person.isascii() or not person.isdigit():
            raise Refused(
                f"{outgoing.to.handle} writes as a channel or a group: nobody can be written to "
                f"behind it. {_KEPT} Answer in public.",
                reason=Reason.NOT_ACCEPTED,
            )
        if outgoing.conversation not in (None, person):
            raise Refused(
                f"This isn't the private chat with {outgoing.to.handle}. {_KEPT}",
                reason=Reason.WRONG_AUDIENCE,
            )
        answered = wire.split(outgoing.reply_to)
        if answered is not None and str(answered[0]) == person:
            content = {
                **content,
                "reply_parameters": {
                    "message_id": answered[1], "allow_sending_without_reply": True
                },
            }  # fmt: skip
        try:
            said = await self._api.say(int(person), content)
        except Denied as no:
            raise self._learnt(no, outgoing) from None
        self._memory.opened(int(person), True)
        return said

    def _learnt(self, no: Denied, outgoing: Outgoing) -> Denied | NotYet:
        """What a no means for this message; what we believed of the person is forgotten."""
        if no.why in (No.NEVER_BEGUN, No.UNSEEN, No.BLOCKED, No.CLOSED):
            self._memory.opened(int(outgoing.to.remote_id), False)
        first = outgoing.conversation is None or outgoing.about is not None
        if first and no.why in _WAITS:
            return NotYet(
                f"{_WAITS[no.why]} Nothing was posted. It leaves when they press Start behind the "
                "link in your public answer."
            )
        return no

    # --- what it is made of ----------------------------------------------------------------------

    def _content(self, outgoing: Outgoing) -> dict[str, object]:
        content: dict[str, object] = {
            "text": outgoing.text,
            # Our words as they are: nothing in them is markup, and no page is fetched for them.
            "entities": [],
            "link_preview_options": {"is_disabled": True},
        }
        if outgoing.invites is not None:
            content["reply_markup"] = {"inline_keyboard": [[self._button(outgoing)]]}
        return content

    def _button(self, outgoing: Outgoing) -> dict[str, str]:
        key = outgoing.invites or ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key):
            raise Refused(f"The link can't carry what it has to ({key}). {_KEPT}")
        language = (outgoing.to.language or "en").split("-")[0].lower()
        return {
            "text": BUTTON.get(language, BUTTON["en"]),
            "url": f"https://t.me/{self._me.username}?start={key}",
        }

    def _receipt(self, outgoing: Outgoing, said: Sent) -> Receipt:
        remote_id = wire.remote_id(said.chat.id, said.id)
        conversation = str(said.chat.id)
        if outgoing.lane is Lane.PUBLIC:
            answered = self._memory.known(outgoing.reply_to)
            conversation = outgoing.conversation or (
                answered.conversation if answered else outgoing.reply_to or remote_id
            )
            self._memory.place(
                remote_id,
                Known(
                    conversation=conversation,
                    author=self._me.id,
                    topic=answered.topic if answered else None,
                    served=True,
                ),
            )
        return Receipt(
            remote_id=remote_id,
            at=said.at or self._clock(),
            conversation=conversation,
            url=wire.link(said.chat, said.id),
        )


def _check(text: str, undone: str) -> None:
    if not text.strip():
        raise Refused(f"There is nothing to send: the message is empty. {undone}")
    if units(text) > LIMIT:
        raise Refused(
            f"Telegram takes {LIMIT} UTF-16 units here, and this is longer. {undone} Shorten it "
            "and try again.",
            reason=Reason.TOO_LONG,
        )


def _known_as(remote_id: str) -> tuple[int, int]:
    found = wire.split(remote_id)
    if found is None:
        raise Refused(f"No message on Telegram has the name {remote_id}.", reason=Reason.GONE)
    return found
