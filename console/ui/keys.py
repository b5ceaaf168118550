"""THE command table: every command, its keys, its words.

Footer, palette, help, `docs/keys.md` and the user's keymap all come from these rows. To add a
command, add a row here and its use case; there is no other place.

Keys are written as a person reads them: `j`, `G`, `;`, `Enter`, `Ctrl+S`, and chords with a blank
between their keys (`g i`). Nothing uses Ctrl+Enter, Shift+Enter, Ctrl+M, Ctrl+I, Ctrl+H, Ctrl+B,
Ctrl+A or Alt: terminals can't tell them apart or take them for themselves.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from connectors.contract import Capability


class Context(StrEnum):
    """Where the hands are: which rows of the table a key may mean."""

    INBOX = "inbox"
    CONVERSATION = "conversation"
    COMPOSER = "composer"
    LIST = "list"
    """A list over the desk: drafts, search results, templates."""
    OUTBOX = "outbox"
    RECALL = "what has left"
    DECK = "review deck"
    DRAFTS = "drafts"


_DESK = frozenset({Context.INBOX, Context.CONVERSATION})
_LISTS = frozenset({Context.INBOX, Context.LIST, Context.OUTBOX, Context.DRAFTS})
_MOVES = _LISTS | {Context.CONVERSATION, Context.DECK}
_COMPOSER = frozenset({Context.COMPOSER})
_OUTBOX = frozenset({Context.OUTBOX})
_RECALL = frozenset({Context.RECALL})
_DECK = frozenset({Context.DECK})
_DRAFTS = _DECK | {Context.DRAFTS}
_EVERYWHERE = frozenset(Context)


class Group(StrEnum):
    """The headings of the help screen, in its order."""

    MOVE = "Move"
    ANSWER = "Answer"
    SORT = "Sort"
    LOOK = "Look"
    WRITE = "While writing"
    DECK = "In the review deck"
    OUTBOX = "In the outbox"
    PROGRAM = "Greenroom"


class Command(NamedTuple):
    """One thing a person can have done.

    `label` is the footer's short word, empty where the footer leaves it out. `action` names what
    the desk's screen does for it. `needs` is what the account must be able to do.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    group: Group
    contexts: frozenset[Context]
    label: str = ""
    action: str = ""
    needs: Capability | None = None

    @property
    def does(self) -> str:
        """The action's name: its own, or the one that its id gives."""
        return self.action or self.id.replace(".", "_").replace("-", "_")


def _row(
    name: str,
    keys: str,
    title: str,
    words: str,
    group: Group,
    contexts: frozenset[Context],
    label: str = "",
    needs: Capability | None = None,
) -> Command:
    # Keys stand in one string, two blanks between those that mean the same.
    return Command(name, tuple(keys.split("  ")), title, words, group, contexts, label, "", needs)


_G = Group
COMMANDS: tuple[Command, ...] = (
    _row("next", "j  Down", "Next", "Go to the next row, or a line down in a conversation.",
         _G.MOVE, _MOVES),
    _row("previous", "k  Up", "Previous", "Go to the row before, or a line up in a conversation.",
         _G.MOVE, _MOVES),
    _row("first", "g g  Home", "First", "Go to the first row, or the beginning of a conversation.",
         _G.MOVE, _MOVES),
    _row("last", "G  End", "Last", "Go to the last row, or the newest words of a conversation.",
         _G.MOVE, _MOVES),
    _row("page-down", "Ctrl+D  PgDn", "A page down", "Go down by a page.", _G.MOVE, _MOVES),
    _row("page-up", "Ctrl+U  PgUp", "A page up", "Go up by a page.", _G.MOVE, _MOVES),
    _row("open", "Enter", "Open",
         "Go into the thread; on a message held in its undo window, edit it before it leaves.",
         _G.MOVE, _MOVES, "open"),
    _row("back", "Esc", "Back", "Go back to where you came from. A draft is kept.",
         _G.MOVE, _EVERYWHERE, "back"),
    _row("pane", "Tab", "Other pane", "Go to the next pane.", _G.MOVE, _DESK | _DECK),
    _row("take-in", "Space", "Take in new", "Put what has arrived into the list or go down to it.",
         _G.MOVE, _DESK),
    _row("reply", "r", "Reply", "Answer in the lane you are in: in public where they wrote in "
         "public, in private where they wrote in private.", _G.ANSWER, _DESK, "reply"),
    _row("handoff", "m", "Move to DM", "Write to the customer in private and say so in public: "
         "both are shown, and both wait for the undo window.", _G.ANSWER, _DESK, "move to DM"),
    _row("template", ";", "Template", "Answer with something you say often, its slots filled.",
         _G.ANSWER, _DESK, "template"),
    _row("note", "n", "Note", "Write a note on the thread. It is never sent.",
         _G.ANSWER, _DESK, "note"),
    _row("undo", "z", "Undo", "Take back the last thing you did; a message comes back into its "
         "draft as long as it hasn't left.", _G.ANSWER, _DESK | _DRAFTS | {Context.OUTBOX}, "undo"),
    _row("leave-now", "L", "Let it leave now", "End the undo window of a message that is held. "
         "In a cool-off it asks for a typed word first.", _G.ANSWER, _DESK),
    _row("recall", "Z", "Delete or edit", "Delete or edit a message of ours that has left: the one "
         "you are reading, else the newest. You are asked first.", _G.ANSWER, _DESK),
    _row("done", "e", "Done and next", "The matter is settled: out of the inbox, on to the next. "
         "A new message brings it back.", _G.SORT, _DESK, "done"),
    _row("reopen", "E", "Reopen", "Bring a thread that is done or snoozed back to the inbox.",
         _G.SORT, _DESK),
    _row("snooze", "b", "Snooze", "Out of the inbox until a moment that you name, or until the "
         "customer writes.", _G.SORT, _DESK),
    _row("waiting", "w", "Waiting on", "It is the customer's turn: out of the inbox until they "
         "write.", _G.SORT, _DESK),
    _row("tag", "t", "Tag", "Give the thread a tag; with a minus before it, take the tag away.",
         _G.SORT, _DESK),
    _row("same-person", "=", "Same person", "Say that the customer is the person who is suggested "
         "beside the thread, after a question. `z` undoes it.", _G.SORT, _DESK),
    _row("severity-0", "0", "Not severe", "Take the severity away.", _G.SORT, _DESK),
    _row("severity-1", "1", "Severity 1", "Mark the thread as a nuisance.", _G.SORT, _DESK),
    _row("severity-2", "2", "Severity 2", "Mark the thread as serious.", _G.SORT, _DESK),
    _row("severity-3", "3", "Severity 3", "Mark the thread as the worst.", _G.SORT, _DESK),
    _row("heat", "H", "Heated", "Mark the thread as heated, or as no longer heated: its answers "
         "are held to cool off before they leave.", _G.SORT, _DESK),
    _row("select", "x", "Select", "Select the thread: the next command is for all that are "
         "selected.", _G.SORT, frozenset({Context.INBOX})),
    _row("order", "s", "Other order", "Show who waits longest first, or what is newest first.",
         _G.LOOK, _DESK),
    _row("search", "/", "Search", "Find threads and messages by words, names and networks.",
         _G.LOOK, _DESK, "search"),
    _row("drafts", "d  g d", "Review drafts", "Read the drafts that are ready again, one at a "
         "time, and let them leave. Where none is ready, all drafts are listed.",
         _G.LOOK, _DESK, "drafts"),
    _row("inbox", "g i", "Inbox", "Show the threads that need us.", _G.LOOK, _DESK),
    _row("outbox", "g o", "Outbox", "Show what is on its way, and what couldn't leave.",
         _G.LOOK, _DESK),
    _row("snoozed", "g s", "Snoozed", "Show the threads that come back later.", _G.LOOK, _DESK),
    _row("waiting-view", "g w", "Waiting", "Show the threads where it is the customer's turn.",
         _G.LOOK, _DESK),
    _row("done-view", "g e", "Done", "Show the threads that are settled.", _G.LOOK, _DESK),
    _row("all-view", "g a", "All", "Show every thread.", _G.LOOK, _DESK),
    _row("notices", "g n", "What was said", "Read how things stand and what to do about it: "
         "accounts, hints, and every line that was said.", _G.LOOK, _DESK),
    _row("browse", "o", "Open on the network", "Open the post in your browser.", _G.LOOK, _DESK),
    _row("unfold", "v", "Folded words", "Show what is folded away below the words of a mail, a "
         "quote or a signature, or fold it again.", _G.LOOK, _DESK),
    _row("copy-link", "y", "Copy the link", "Copy the link of the post.", _G.LOOK, _DESK),
    _row("send", "Ctrl+S", "Send", "Send through the checks; it leaves after the undo window.",
         _G.WRITE, _COMPOSER, "send"),
    _row("insert-template", "Ctrl+T", "Template", "Put in a template; `/` on an empty line does "
         "the same.", _G.WRITE, _COMPOSER, "template"),
    _row("next-slot", "Tab", "Next slot", "Go to the next slot that is still open; in a handoff "
         "without open slots, to the other text.", _G.WRITE, _COMPOSER, "slot"),
    _row("other-text", "Shift+Tab", "Other text", "In a handoff, go to the other text.",
         _G.WRITE, _COMPOSER),
    _row("editor", "Ctrl+E", "Your editor", "Write in the editor that $EDITOR names.",
         _G.WRITE, _COMPOSER, "editor"),
    _row("save-elsewhere", "Ctrl+G", "Save elsewhere", "Save words that the disk did not take to "
         "another file.", _G.WRITE, _COMPOSER | _DESK),
    _row("override", "Ctrl+O", "Send all the same", "Send although a check objects. What it says "
         "stands under the text.", _G.WRITE, _COMPOSER | _DECK),
    _row("ready", "Ctrl+R", "Ready for review", "Put the draft into the review deck. It leaves "
         "when somebody has read it again there.", _G.WRITE, _COMPOSER, "ready"),
    _row("approve", "y", "Approve", "Let the draft leave, through the checks and the undo window. "
         "Where something is new in its thread, it is shown first.", _G.DECK, _DECK, "approve"),
    _row("edit-draft", "e", "Edit", "Go on writing, in its thread. Esc leads back to the deck.",
         _G.DECK, _DECK, "edit"),
    _row("postpone", "p", "Postpone", "Put it behind the others.", _G.DECK, _DECK, "postpone"),
    _row("discard", "x", "Discard", "Throw the draft away. It is kept for 30 days.",
         _G.DECK, _DRAFTS, "discard"),
    _row("next-draft", "n", "Next draft", "Leave it as it is and go to the next.",
         _G.DECK, _DECK, "next"),
    _row("previous-draft", "N", "Previous draft", "Go back to the one before.", _G.DECK, _DECK),
    _row("approve-all", "A", "Approve all", "Let all drafts leave that nothing stands against. "
         "What would leave, and where, is listed first.", _G.DECK, _DECK, "all"),
    _row("list-drafts", "l", "List", "List all drafts: what needs another look, what is ready, "
         "what is being written.", _G.DECK, _DECK, "list"),
    _row("open-thread", "o", "Open the thread", "Leave the deck and go into the draft's thread.",
         _G.DECK, _DECK),
    _row("arrived", "a", "It arrived", "Say that a doubtful message stands on the network.",
         _G.OUTBOX, _OUTBOX, "it arrived"),
    _row("resend", "r", "Send again", "Say that it doesn't stand there, and send it again.",
         _G.OUTBOX, _OUTBOX, "send again"),
    _row("give-up", "x", "Give it up", "Don't send it any more.", _G.OUTBOX, _OUTBOX, "give up"),
    _row("outbox-thread", "o", "Open the thread", "Go into the thread that it belongs to.",
         _G.OUTBOX, _OUTBOX, "thread"),
    _row("settled", "s", "Settled too", "Show what was settled in the last seven days as well, or "
         "hide it again.", _G.OUTBOX, _OUTBOX, "settled too"),
    _row("recall-delete", "D", "Delete it", "Have the network take it away.",
         _G.OUTBOX, _RECALL, "delete it"),
    _row("recall-both", "B", "Delete both", "Have both messages of a move to DM taken away.",
         _G.OUTBOX, _RECALL, "delete both"),
    _row("recall-edit", "E", "Edit it", "Put other words in its place. You are asked before they "
         "go there.", _G.OUTBOX, _RECALL, "edit it"),
    _row("recall-drop", "L", "Leave it after all", "Take your wish back, as long as the network "
         "has not been asked.", _G.OUTBOX, _RECALL, "leave it"),
    _row("palette", "Ctrl+K  :", "Commands", "Find a command by its name.",
         _G.PROGRAM, _DESK | _COMPOSER),
    _row("help", "?  F1", "Help", "Show every command with its keys.",
         _G.PROGRAM, _DESK | _DRAFTS | _COMPOSER | _OUTBOX | _RECALL, "help"),
    _row("quit", "q", "Quit", "Leave Greenroom. Drafts are kept; what is held leaves next time.",
         _G.PROGRAM, _DESK),
)  # fmt: skip

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}


def in_context(context: Context) -> list[Command]:
    """The commands that a key may mean there, in the table's order."""
    return [command for command in COMMANDS if context in command.contexts]
