"""The tree of commands and their options: one place for help, completion and the shell's page.

Each command names the function that runs it, as `module:function`; the module is imported only
when the command is called.
"""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta

from console.commands.exits import Exit

VERSION = "0.1.0"

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_ENDS = "exit codes:\n" + "\n".join(f"  {code.value:<5}{code.words}" for code in Exit)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in a sentence, after the usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}. Nothing was done.\n")


def tree() -> _Parser:
    """The whole tree."""
    top = _Parser(
        prog="greenroom",
        description="A support console in the terminal. Without a command it opens the console.",
        epilog=_ENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"greenroom {VERSION}")
    top.add_argument(
        "--offline", action="store_true", help="never connect: read, draft and queue only"
    )
    top.set_defaults(run="console.commands.opening:console")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    demo = _add(commands, "demo", "opening:demo", "open the console on the demo shop")
    demo.add_argument(
        "--seed", default="1", help="which day is played; the same seed, the same day"
    )
    demo.add_argument("--speed", type=_speed, default=1.0, help="how fast; 2 is twice as fast")

    _accounts(commands)
    _reading(commands)
    _contacts(commands)
    _sending(commands)
    _drafts(commands)

    watch = _add(
        commands, "watch", "watching:watch", "listen and send without a screen, until Ctrl+C"
    )
    watch.add_argument("--once", action="store_true", help="catch up, settle the outbox, and end")
    watch.add_argument(
        "--limit", type=_seconds, default=300.0, metavar="SECONDS", help="how long --once may take"
    )

    doctor = _add(commands, "doctor", "doctor:doctor", "check folders, keyring, database, accounts")
    doctor.add_argument(
        "--offline", action="store_true", default=argparse.SUPPRESS, help="don't ask the accounts"
    )
    _json(doctor)
    _add(commands, "keys", "keys:keys", "list every key and what it does")
    shells = _add(commands, "completion", "completion:completion", "print completion for a shell")
    shells.add_argument("shell", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")
    return top


def _accounts(commands: argparse._SubParsersAction[_Parser]) -> None:
    account = commands.add_parser("account", help="add, list, check, pause and remove accounts")
    account.set_defaults(run="console.commands.account:listing", json=False)
    verbs = account.add_subparsers(title="commands", metavar="COMMAND", dest="verb")
    add = _add(verbs, "add", "account:add", "sign in to an account")
    add.add_argument("network", help="the network, like mastodon")
    add.add_argument("--name", help="what to call the account; the network's name if left out")
    add.add_argument("--server", metavar="URL", help="the address of its server")
    token = add.add_mutually_exclusive_group()
    token.add_argument("--token-stdin", action="store_true", help="read its token from stdin")
    token.add_argument("--token-env", metavar="VAR", help="its token is in this variable")
    token.add_argument("--token-command", metavar="CMD", help="this command prints its token")
    add.add_argument(
        "--allow-plain-http", action="store_true", help="speak to the server without encryption"
    )
    _json(_add(verbs, "list", "account:listing", "list the accounts"))
    check = _add(verbs, "check", "account:check", "connect and say what an account may do")
    check.add_argument("name", nargs="?", help="one account; all if left out")
    check.add_argument("--fix", action="store_true", help="put right what hurts support")
    pause = _add(verbs, "pause", "account:pause", "hear and send nothing for an account")
    pause.add_argument("name", help="the account; it rests until it is resumed")
    resume = _add(verbs, "resume", "account:resume", "hear and send for an account again")
    resume.add_argument("name", help="the account")
    remove = _add(verbs, "remove", "account:remove", "forget an account and its token")
    remove.add_argument("name", help="the account; its threads stay readable")


def _reading(commands: argparse._SubParsersAction[_Parser]) -> None:
    threads = _add(commands, "threads", "reading:threads", "list threads, longest waiting first")
    threads.add_argument("query", nargs="*", help="words, names and filters, as in the search")
    threads.add_argument(
        "--view",
        choices=("inbox", "waiting", "snoozed", "done", "all"),
        default="inbox",
        help="which list, without a query",
    )
    threads.add_argument("--newest", action="store_true", help="newest first")
    threads.add_argument("--limit", type=_count, default=50, help="how many at most (50)")
    _json(threads)
    show = _add(commands, "show", "reading:show", "show one thread with its messages")
    show.add_argument("id", type=int, help="the thread's number")
    show.add_argument("--limit", type=_count, default=200, help="how many messages at most (200)")
    _json(show)
    outbox = _add(commands, "outbox", "reading:outbox", "list what has not left or is not settled")
    outbox.add_argument(
        "--since",
        type=_span,
        metavar="SPAN",
        help="everything that moved since, settled or not: 12h, 30d or 2w",
    )
    _json(outbox)


def _contacts(commands: argparse._SubParsersAction[_Parser]) -> None:
    contact = commands.add_parser("contact", help="one person with many addresses")
    contact.set_defaults(run="console.commands.contact:listing", json=False, words=[], limit=50)
    verbs = contact.add_subparsers(title="commands", metavar="COMMAND", dest="verb")
    listing = _add(verbs, "list", "contact:listing", "find people by name or address")
    listing.add_argument("words", nargs="*", help="a part of a name or an address; all if left out")
    listing.add_argument("--limit", type=_count, default=50, help="how many at most (50)")
    _json(listing)
    show = _add(verbs, "show", "contact:show", "show a contact, and who may be the same person")
    show.add_argument("id", type=int, help="the contact's number")
    _json(show)
    merge = _add(verbs, "merge", "contact:merge", "two contacts are one person")
    merge.add_argument("into", type=int, help="the contact that stays, and whose name stays")
    merge.add_argument("other", type=int, help="the contact whose addresses and threads move there")
    split = _add(verbs, "split", "contact:split", "an address of a contact is another person's")
    split.add_argument("id", type=int, help="the contact's number")
    split.add_argument("address", help="the address that gets a contact of its own")


def _sending(commands: argparse._SubParsersAction[_Parser]) -> None:
    reply = _add(commands, "reply", "sending:reply", "answer a thread")
    reply.add_argument("id", type=int, help="the thread's number")
    reply.add_argument("--text", help="the words; read from stdin if left out")
    reply.add_argument(
        "--lane", choices=("public", "private"), help="the lane of their last message if left out"
    )
    handoff = _add(commands, "handoff", "sending:handoff", "move a thread to a private message")
    handoff.add_argument("id", type=int, help="the thread's number")
    handoff.add_argument("--text", help="the private words; the template's if left out")
    for command in (reply, handoff):
        command.add_argument("--now", action="store_true", help="no undo window: send at once")
        command.add_argument(
            "--seen",
            type=int,
            metavar="MESSAGE",
            help="the newest message you have read; a newer one of theirs stops the answer",
        )
        command.add_argument(
            "--anyway",
            action="append",
            default=[],
            metavar="FINDING",
            help="send in spite of this finding; may be given again",
        )
        _json(command)


def _drafts(commands: argparse._SubParsersAction[_Parser]) -> None:
    drafts = commands.add_parser("drafts", help="list, write, review and exchange drafts")
    drafts.set_defaults(run="console.commands.drafts:listing", json=False)
    verbs = drafts.add_subparsers(title="commands", metavar="COMMAND", dest="verb")
    _json(_add(verbs, "list", "drafts:listing", "list the drafts and how they stand"))
    _add(verbs, "review", "opening:review", "open the review deck alone")
    write = _add(verbs, "write", "drafts:write", "write a draft for somebody else to send")
    write.add_argument("id", type=int, help="the thread's number")
    write.add_argument(
        "--text", help="the words; read from stdin if left out, for a handoff the template's"
    )
    write.add_argument(
        "--lane", choices=("public", "private"), help="the lane of their last message if left out"
    )
    write.add_argument("--handoff", action="store_true", help="a move to a private message")
    write.add_argument(
        "--acknowledgement", metavar="TEXT", help="the public line; the template's if left out"
    )
    write.add_argument("--author", metavar="NAME", help="who writes; the agent if left out")
    write.add_argument("--ready", action="store_true", help="put it into the review deck")
    write.add_argument(
        "--instead", action="store_true", help="give a draft that is there already these words"
    )
    ready = _add(verbs, "ready", "drafts:ready", "put drafts into the review deck")
    ready.add_argument("ids", type=int, nargs="+", metavar="ID", help="the drafts' numbers")
    approve = _add(verbs, "approve", "drafts:approve", "approve a draft: it leaves by itself")
    approve.add_argument("id", type=int, help="the draft's number")
    approve.set_defaults(now=False)
    for command in (write, approve):
        command.add_argument(
            "--seen", type=int, metavar="MESSAGE", help="the newest message you have read"
        )
    approve.add_argument(
        "--anyway",
        action="append",
        default=[],
        metavar="FINDING",
        help="approve in spite of this finding; may be given again",
    )
    _json(write)
    _json(approve)
    export = _add(verbs, "export", "drafts:export", "write the drafts of the deck to files")
    export.add_argument("folder", metavar="DIR", help="the folder; made if it isn't there")
    export.add_argument("--all", action="store_true", help="also those that are being written")
    export.add_argument("--force", action="store_true", help="replace files without asking")
    back = _add(verbs, "import", "drafts:take_in", "take back edits and decisions from files")
    back.add_argument("folder", metavar="DIR", help="the folder that was exported")
    _json(back)


def _add(commands: argparse._SubParsersAction[_Parser], name: str, run: str, words: str) -> _Parser:
    added = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    added.set_defaults(run=f"console.commands.{run}")
    return added


def _json(command: _Parser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, as docs/shell.md says")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _speed(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 10_000:
        raise argparse.ArgumentTypeError("a number from 0 to 10000")
    return number


def _span(text: str) -> timedelta:
    number, unit = text[:-1].strip(), text[-1:]
    if not (number.isascii() and number.isdecimal()) or unit not in _UNITS or len(number) > 5:
        raise argparse.ArgumentTypeError("a number with m, h, d or w behind it, like 30d")
    length = int(number) * _UNITS[unit]
    if not timedelta() < length <= timedelta(days=36_500):
        raise argparse.ArgumentTypeError("more than nothing and at most a hundred years")
    return length


def _seconds(text: str) -> float:
    number = float(text)
    if not 1 <= number <= 86_400:
        raise argparse.ArgumentTypeError("a number of seconds from 1 to 86400")
    return number
