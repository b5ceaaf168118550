"""Words that the disk didn't take: kept here, tried again, and saved elsewhere if a person says so.

They are dropped only when they are on disk, when they were sent, or when a person types that they
may be.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from connectors.contract import Lane
from console.desk.model import DraftKind
from console.store.errors import StoreError
from console.ui.doing.part import Part
from console.ui.wording import count

if TYPE_CHECKING:
    from textual.timer import Timer

    from console.engine.drafting import Saved, Words
    from console.ui.doing.writing import Piece
    from console.ui.screens.desk import DeskScreen

TRY_AGAIN = 2.0
"""Seconds after which words that the disk didn't take are tried again."""


class Waiting:
    """Words that are not on disk. `file` has them, as they are now, where a person chose one."""

    __slots__ = ("acknowledgement", "file", "text")

    def __init__(self, text: str, acknowledgement: str | None) -> None:
        self.text = text
        self.acknowledgement = acknowledgement
        self.file = ""

    def same(self, text: str, acknowledgement: str | None) -> bool:
        """True when these are the words."""
        return (self.text, self.acknowledgement) == (text, acknowledgement)


class Rescuing(Part):
    """What is not on disk yet."""

    def __init__(self, screen: DeskScreen) -> None:
        super().__init__(screen)
        self.waiting: dict[Piece, Waiting] = {}
        self._why = ""
        self._again: Timer | None = None

    # --- what the composer's part says ------------------------------------------------------

    def not_on_disk(
        self, piece: Piece, text: str, acknowledgement: str | None, error: StoreError
    ) -> None:
        """The disk didn't take these words: keep them, say so once, and try again."""
        before = self.waiting.get(piece)
        if before is None or not before.same(text, acknowledgement):
            self.waiting[piece] = Waiting(text, acknowledgement)
        if error.words != self._why:
            self._why = error.words
            self.screen.telling.trouble(f"Your words are not on disk yet. {error.words}")
        self.show()
        self._try_later()

    def saved(self, piece: Piece, where: Saved, words: Words) -> None:
        """These words are on disk: in the draft, or in a note because another Greenroom writes the
        same draft."""
        clashed = piece.note_id is not None
        piece.draft_id, piece.note_id = where.draft_id, where.note_id
        if where.note_id is None:
            piece.known = words
        if clashed != (where.note_id is not None):
            self.show()
            if where.note_id is not None:
                self.screen.telling.trouble(
                    "Another Greenroom is writing this draft too, and its words stay in it. Yours "
                    "are kept as a note on the thread, and can be sent from here."
                )

    def on_disk(self, piece: Piece) -> None:
        """These words are on disk, or nobody needs them there any more."""
        if self.waiting.pop(piece, None) is None:
            return
        if not self.waiting:
            self._why = ""
            self.say("Your words are on disk now.")
        self.show()

    def take_over(self, piece: Piece) -> Waiting | None:
        """Words that are still waiting for the same place go on in this piece."""
        for old, waiting in tuple(self.waiting.items()):
            if old is not piece and _place(old) == _place(piece):
                del self.waiting[old]
                self.waiting[piece] = waiting
                piece.draft_id = piece.draft_id or old.draft_id
                piece.known, piece.note_id = old.known, old.note_id
                self.show()
                return waiting
        return None

    def show(self) -> None:
        """Say in the composer how its words stand."""
        composer, piece = self.screen.writing.composer, self.screen.writing.piece
        if composer is None:
            return
        waiting = self.waiting.get(piece) if piece is not None else None
        if waiting is None and piece is not None and piece.note_id is not None:
            composer.say_unsaved(
                "This draft is being written elsewhere too: your words are kept as a note."
            )
        elif waiting is None:
            composer.say_unsaved("")
        elif waiting.file:
            composer.say_unsaved(f"Not on Greenroom's disk yet; saved in {waiting.file}.")
        else:
            key = self.screen.key("save-elsewhere")
            composer.say_unsaved(
                f"These words are not on disk yet; it is tried again every {TRY_AGAIN:g} s. "
                f"{key} saves them to another file."
            )

    # --- trying again -----------------------------------------------------------------------

    def _try_later(self) -> None:
        if self._again is None:
            self._again = self.screen.set_timer(TRY_AGAIN, self.try_again)

    def try_again(self) -> None:
        """Put all of them on disk, as they are now."""
        if self._again is not None:
            self._again.stop()
            self._again = None
        writing = self.screen.writing
        for piece, waiting in tuple(self.waiting.items()):
            text, acknowledgement = waiting.text, waiting.acknowledgement
            if piece is writing.piece and writing.composer is not None:
                text, acknowledgement = writing.composer.text, writing.composer.acknowledgement
            self.begin(writing.write_down(piece, text, acknowledgement))

    # --- another file -----------------------------------------------------------------------

    def do_save_elsewhere(self) -> None:
        """Ctrl+G"""
        if self._unsaved():
            self.screen.open(self._ask)
        elif self.waiting:
            self.say("These words are in a file already, and go on disk when it takes them.")
        else:
            self.say("Everything you wrote is on disk.")

    async def _ask(self) -> None:
        await self._save(leaving=False)

    async def may_leave(self) -> bool:
        """True when nothing would be lost by quitting, or a person typed that it may be."""
        if not self._unsaved():
            return True
        from console.ui.screens.rescue import DROP

        answer = await self._save(leaving=True)
        if answer == DROP:
            self.waiting.clear()
        return answer is not None

    async def _save(self, *, leaving: bool) -> str | None:
        from console.engine import elsewhere
        from console.ui.screens.rescue import Rescue

        given = await asyncio.to_thread(elsewhere.proposed, self.engine.clock())
        screen = Rescue(elsewhere.short(given), self._put, leaving=leaving, keys=self.screen.keys)
        answer: str | None = await self.screen.asking.over(screen)
        return answer

    async def _put(self, named: str) -> str:
        """Put everything that waits into a file; why it could not be, or nothing."""
        from console.engine import elsewhere

        kept = self._now()
        try:
            path = await asyncio.to_thread(elsewhere.put, named, self._page(kept))
        except elsewhere.CannotPut as error:
            return error.words
        for piece, saved in kept.items():
            waiting = self.waiting.get(piece)
            if waiting is not None and waiting.same(saved.text, saved.acknowledgement):
                waiting.file = str(path)
        self.screen.telling.say(f"Saved in {path}. Greenroom still tries its own disk too.")
        self.show()
        return ""

    def _now(self) -> dict[Piece, Waiting]:
        """The words that wait, as they are this moment: somebody may have typed on."""
        writing = self.screen.writing
        if writing.piece in self.waiting and writing.composer is not None:
            composer, piece = writing.composer, writing.piece
            if not self.waiting[piece].same(composer.text, composer.acknowledgement):
                self.waiting[piece] = Waiting(composer.text, composer.acknowledgement)
        return dict(self.waiting)

    def _unsaved(self) -> bool:
        return any(not waiting.file for waiting in self._now().values())

    def _page(self, kept: dict[Piece, Waiting]) -> str:
        moment = self.engine.clock().astimezone()
        parts = [f"Words that Greenroom could not put on its disk, {moment:%Y-%m-%d %H:%M}."]
        for piece, words in kept.items():
            row = piece.view.row
            whom = f"{row.contact_name} {row.handle} on {row.network}, thread {row.id}"
            if piece.kind is DraftKind.HANDOFF:
                parts.append(f"--- PRIVATE message to {whom} ---\n\n{words.text}")
                parts.append(f"--- PUBLIC line with it ---\n\n{words.acknowledgement or ''}")
            else:
                lane = "PUBLIC" if piece.lane is Lane.PUBLIC else "PRIVATE"
                parts.append(f"--- {lane} reply to {whom} ---\n\n{words.text}")
        return "\n\n".join(parts) + "\n"

    # --- the end ----------------------------------------------------------------------------

    def last_resort(self) -> str:
        """The program ended without asking: put what waits into a file nobody chose; what to say
        on the terminal, empty when nothing was at stake."""
        if not any(not waiting.file for waiting in self.waiting.values()):
            return ""
        from console.engine import elsewhere

        try:
            path = elsewhere.put(
                str(elsewhere.proposed(self.engine.clock())), self._page(self.waiting)
            )
        except elsewhere.CannotPut as error:
            return (
                f"{count(len(self.waiting), 'draft')} could not be put on any disk. {error.words}"
            )
        return f"Words that Greenroom's own disk did not take are in {path}"

    def standing(self) -> list[str]:
        """What is the matter, for the list of notices."""
        if not self.waiting:
            return []
        words = (
            f"{count(len(self.waiting), 'draft')} not on disk yet: {self._why} They are kept here "
            f"and tried again by themselves; {self.screen.key('save-elsewhere')} saves them to "
            "another file."
        )
        return [words]


def _place(piece: Piece) -> tuple[int, Lane, DraftKind]:
    return piece.thread_id, piece.lane, piece.kind
