"""The composer: where words are written, with who will read them above and what is wrong below.

It is made when somebody first writes: Textual's editor takes time to import. Its keys are rows of
the command table, and the desk's screen calls what they mean; Enter is always a new line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message as Notice
from textual.timer import Timer
from textual.widgets import TextArea

from connectors.contract import Lane, Room
from console.desk.model import DraftKind
from console.desk.plain import plain
from console.ui.glyphs import FULL, Glyphs
from console.ui.panes.band import Band, Under, Units, Whom
from console.ui.panes.editor import SLOT, Editor

SAVE_AFTER = 0.4
"""Seconds of rest after which the words are saved; well within the promised second."""
SAVE_AT_LEAST = 0.8
"""Seconds after which they are saved although somebody types on."""

Measure = Callable[[str, Lane], Room]
"""How much room a text takes in a lane."""


class Objection(NamedTuple):
    """What a check noticed, in words, and whether a person may send all the same."""

    words: str
    may_override: bool


class Composer(Vertical):
    """One text for one lane, or the two of a handoff: the private one over its acknowledgement."""

    DEFAULT_CSS = """
    Composer { height: auto; max-height: 75%; }
    Composer Editor {
        height: 7;
        padding: 0 1;
        border: none;
        background: $background;
    }
    Composer Editor:focus { border: none; }
    Composer.-handoff #private { height: 8; }
    Composer.-handoff #public { height: 4; }
    Composer.-low Editor { height: 5; }
    Composer.-low.-handoff #private { height: 2; }
    Composer.-low.-handoff #private:focus { height: 7; }
    Composer.-low.-handoff #public { height: 2; }
    Composer.-low.-handoff #public:focus { height: 3; }
    """

    class Edited(Notice):
        """The words have changed and rest: save them."""

    class TemplateWanted(Notice):
        """A template is asked for."""

    class Said(Notice):
        """Something to be said to the person, in words."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, *, id: str | None = None, signs: Glyphs = FULL) -> None:  # noqa: A002
        super().__init__(id=id)
        self.kind = DraftKind.REPLY
        self.whom: Whom | None = None
        self.second: Whom | None = None
        self.measure: Measure | None = None
        self.units: Units = lambda _lane: "characters"
        self.upper = Band(id="private-band", signs=signs)
        self.editor = Editor(id="private")
        self.lower = Band(id="public-band", signs=signs)
        self.other = Editor(id="public")
        self.foretold = Under(id="foretold")
        self.objections = Under(id="objections")
        self.unsaved = Under(id="unsaved")
        self.about = Under(id="about")
        self._savers: list[Timer] = []
        self.invitation = False
        """True while a handoff has its public text only."""
        self._last: tuple[str, str] = ("", "")
        self._foretold: tuple[tuple[str, str], ...] = ()

    def compose(self) -> ComposeResult:
        """Band over editor, twice in a handoff, and what is to be said about them. What must not
        be missed stands on top: words on what has just happened may lie over the last lines."""
        yield self.about
        yield self.unsaved
        yield self.upper
        yield self.editor
        yield self.lower
        yield self.other
        yield self.foretold
        yield self.objections

    def on_mount(self) -> None:
        """The second text belongs to handoffs only."""
        self._second(self.second is not None)
        self.set_class(self.app.size.height < 30, "-low")

    def on_resize(self) -> None:
        """A low terminal keeps some of the conversation in view."""
        self.set_class(self.app.size.height < 30, "-low")
        self._foretell()

    def on_descendant_focus(self) -> None:
        """On a low terminal there is room for one thing at a time."""
        self._foretell()

    def _foretell(self) -> None:
        """Say what the public line may become; on a low terminal only beside that line."""
        low = self.app.size.height < 30
        if not low or self.other.has_focus or len(self._foretold) < 2:
            self.foretold.say(*self._foretold)
            return
        hint = [said for said in self._foretold if said[1] == "warn"]
        self.foretold.say(
            *hint,
            ("Tab or Shift+Tab: the public line, and what it says if this isn't taken", "quiet"),
        )

    # --- what is in it -----------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The words; in a handoff the private ones."""
        return self.editor.text

    @property
    def acknowledgement(self) -> str | None:
        """The public words of a handoff; None in a reply."""
        return self.other.text if self.kind is DraftKind.HANDOFF else None

    @property
    def active(self) -> Editor:
        """The text that is being written."""
        return self.other if self.other.has_focus or self.invitation else self.editor

    @property
    def lane(self) -> Lane:
        """The lane of the text that is being written."""
        if self.active is self.other:
            return Lane.PUBLIC
        return self.whom.lane if self.whom is not None else Lane.PUBLIC

    @property
    def first(self) -> Editor:
        """Where writing begins."""
        return self.other if self.invitation else self.editor

    def open_reply(self, whom: Whom, text: str, measure: Measure, units: Units) -> None:
        """Write a reply, going on from `text`."""
        self.kind = DraftKind.REPLY
        self.invitation = False
        self._open(whom, None, text, "", measure, units)
        self._foretold = ()
        self._foretell()

    def open_handoff(
        self,
        private: Whom,
        public: Whom,
        text: str,
        acknowledgement: str,
        measure: Measure,
        units: Units,
        *,
        refused: str,
        unknown: str,
        hint: str = "",
        invitation: bool = False,
    ) -> None:
        """Write both texts of a handoff. `refused` and `unknown` are what the public line will
        say instead if the private message doesn't arrive, or if nobody can tell. `invitation`:
        only the customer can begin in private, so there is the public text alone."""
        self.kind = DraftKind.HANDOFF
        self.invitation = invitation
        self._open(private, public, text, acknowledgement, measure, units)
        said = [(hint, "warn")] if hint else []
        if not invitation:
            said.append((f"if the message is refused, the public line says: {refused}", "quiet"))
            said.append((f"if nobody can tell: {unknown}", "quiet"))
        self._foretold = tuple(said)
        self._foretell()

    def _open(
        self,
        whom: Whom,
        second: Whom | None,
        text: str,
        other: str,
        measure: Measure,
        units: Units,
    ) -> None:
        self.whom, self.second, self.measure, self.units = whom, second, measure, units
        self._stop()
        # A new text is a new history: undo mustn't bring back words for somebody else.
        self.editor.load_text(text)
        self.editor.move_cursor(self.editor.document.end)
        self.other.load_text(other)
        self.other.move_cursor(self.other.document.end)
        self._last = (text, other)
        self._second(second is not None)
        self.show_objections(())
        self._measure()

    def empty(self) -> None:
        """Nothing is being written any more."""
        self._stop()
        self.whom = None

    def _second(self, shown: bool) -> None:
        self.set_class(shown, "-handoff")
        self.lower.display = self.other.display = shown
        self.upper.display = self.editor.display = not self.invitation

    # --- what its keys mean ------------------------------------------------------------------

    def next_slot(self) -> None:
        """To the next open slot; in a handoff on into the other text, or to it without slots."""
        editor = self.active
        if self.kind is DraftKind.HANDOFF and not self.invitation:
            mine, theirs = SLOT.search(editor.text), SLOT.search(self._opposite(editor).text)
            if mine is None:
                self.other_text()
                if theirs is not None:
                    self._opposite(editor).next_slot()
                return
        if not editor.next_slot():
            self.post_message(self.Said("There is no open slot in this text."))

    def other_text(self) -> None:
        """To the other text of a handoff."""
        if self.kind is DraftKind.HANDOFF and not self.invitation:
            self._opposite(self.active).focus()

    def _opposite(self, editor: Editor) -> Editor:
        return self.editor if editor is self.other else self.other

    def to_first_slot(self) -> None:
        """To the first open slot of the first text, if there is one."""
        if SLOT.search(self.first.text):
            self.first.move_cursor((0, 0))
            self.first.next_slot()

    def to_hole(self) -> None:
        """To an open slot, wherever it is: the send was stopped by it."""
        for editor in (self.active, self._opposite(self.active)):
            if editor.display and SLOT.search(editor.text):
                if not SLOT.fullmatch(editor.selected_text):
                    editor.move_cursor((0, 0))
                    editor.next_slot()
                editor.focus()
                return

    def insert_template(self, text: str, into: Editor | None = None) -> None:
        """Put a template in at the cursor, and go to its first open slot."""
        editor = into or self.active
        editor.put(text)
        if SLOT.search(text):
            editor.move_cursor((0, 0))
            editor.next_slot()

    def show_objections(self, objections: Sequence[Objection], override_key: str = "") -> None:
        """Say what stands against sending; empty when nothing does."""
        said = [(objection.words, "warn") for objection in objections]
        if objections and override_key and all(found.may_override for found in objections):
            said.append((f"{override_key} sends it all the same.", "quiet"))
        self.objections.say(*said)

    def say_about(self, *said: tuple[str, str]) -> None:
        """Say how the draft stands: in the review deck, or that its thread has news."""
        self.about.say(*said)

    def say_unsaved(self, words: str) -> None:
        """Say that the words are not on disk; empty when they are."""
        self.unsaved.say(*([(words, "bad")] if words else []))

    def edit_outside(self, command: str) -> None:
        """Write in an outside editor. Until it is closed the whole program waits.

        Nothing may be awaited and nothing may be raised while Textual is suspended, so all is
        caught and said afterwards.
        """
        from console.ui.outside import edit  # only when asked for

        editor = self.active
        text, words = edit(self.app, command, editor.text)
        if text is not None:
            editor.set_text(plain(text).rstrip("\n"))
        if words:
            self.post_message(self.Said(words))

    async def typed_out(self) -> None:
        """Wait until every key that the editor was given has become text."""
        done = asyncio.Event()
        self.active.call_later(done.set)
        await done.wait()

    # --- saving ------------------------------------------------------------------------------

    def changed(self) -> bool:
        """True when the words changed since this was asked last: whoever asks saves them."""
        self._stop()
        now = (self.editor.text, self.other.text)
        if now == self._last or self.whom is None:
            return False
        self._last = now
        self._measure()
        return True

    def flush(self) -> None:
        """Ask for the words to be saved now, if they changed."""
        if self.changed():
            self.post_message(self.Edited())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Measure, and save after a short rest."""
        event.stop()
        if self.whom is None:
            return
        if not self._savers:
            self._savers = [
                self.set_timer(SAVE_AFTER, self.flush),
                self.set_timer(SAVE_AT_LEAST, self.flush),
            ]
        else:
            self._savers[0].reset()
        if self.editor.document.line_count < 200:
            self._measure()

    def on_editor_template_wanted(self, notice: Editor.TemplateWanted) -> None:
        """Pass it on as ours."""
        notice.stop()
        self.post_message(self.TemplateWanted())

    def on_editor_pasted(self, notice: Editor.Pasted) -> None:
        """Pass it on as ours."""
        notice.stop()
        self.post_message(self.Said(notice.words))

    def _stop(self) -> None:
        for timer in self._savers:
            timer.stop()
        self._savers = []

    def _measure(self) -> None:
        if self.measure is None or self.whom is None:
            return
        lane = self.whom.lane
        self.upper.show(self.whom, self.measure(self.editor.text, lane), self.units(lane))
        if self.second is not None:
            room = self.measure(self.other.text, self.second.lane)
            self.lower.show(self.second, room, self.units(self.second.lane))
