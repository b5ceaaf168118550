"""`contact list|show|merge|split`: one person, many addresses."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from console.commands import shapes
from console.commands.exits import Exit
from console.commands.opened import desk
from console.commands.saying import complain, say, say_json, table
from console.desk.model import Contact
from console.desk.sameness import Likeness
from console.engine.contacts import CannotSplit
from console.store.errors import NotThere

UNDO = "The undo key in the console takes it back."


def listing(asked: argparse.Namespace) -> int:
    """List contacts by a part of a name or an address."""
    return asyncio.run(_list(asked))


async def _list(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        found = await opened.engine.contacts.called(" ".join(asked.words), asked.limit)
    if asked.json:
        say_json([shapes.contact(each) for each in found])
    else:
        table([(str(each.id), each.name, _addresses(each)) for each in found])
        if not found:
            complain("No contact is called so.")
    return Exit.DONE if found else Exit.NOTHING


def show(asked: argparse.Namespace) -> int:
    """Show a contact: where they write from, and who may be the same person."""
    return asyncio.run(_show(asked))


async def _show(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        contacts = opened.engine.contacts
        try:
            found = await contacts.contact(asked.id)
        except NotThere as error:
            return _nobody(error)
        like = await contacts.like(asked.id)
    if asked.json:
        say_json({**shapes.contact(found), "like": [shapes.likeness(each) for each in like]})
        return Exit.DONE
    say(f"{found.id}  {found.name}")
    say(f"  {_addresses(found) or 'no addresses any more'}")
    _suggest(found, like)
    return Exit.DONE


def _suggest(found: Contact, like: Sequence[Likeness]) -> None:
    for each in like:
        say(
            f"Perhaps the same person as {each.name} {each.handle} on {each.network}, by "
            f"{each.by}: greenroom contact merge {found.id} {each.contact_id}"
        )


def merge(asked: argparse.Namespace) -> int:
    """Say that two contacts are one person."""
    return asyncio.run(_merge(asked))


async def _merge(asked: argparse.Namespace) -> int:
    if asked.into == asked.other:
        complain("That is one contact already. Nothing was done.")
        return Exit.USAGE
    async with desk(offline=True) as opened:
        contacts = opened.engine.contacts
        try:
            await contacts.merge(asked.into, asked.other)
            found = await contacts.contact(asked.into)
        except NotThere as error:
            return _nobody(error)
    say(f"{found.id}  {found.name} is all of these now: {_addresses(found)}. {UNDO}")
    return Exit.DONE


def split(asked: argparse.Namespace) -> int:
    """Say that an address of a contact is another person's."""
    return asyncio.run(_split(asked))


async def _split(asked: argparse.Namespace) -> int:
    async with desk(offline=True) as opened:
        contacts = opened.engine.contacts
        try:
            made = await contacts.contact(await contacts.split(asked.id, asked.address))
        except NotThere as error:
            return _nobody(error)
        except CannotSplit as error:
            complain(f"{error} Nothing was done.")
            return Exit.USAGE
    say(f"{made.id}  {made.name} is {_addresses(made)} now. {UNDO}")
    return Exit.DONE


def _nobody(error: NotThere) -> int:
    complain(f"{error} `greenroom contact list WORDS` finds people. Nothing was done.")
    return Exit.NOTHING


def _addresses(contact: Contact) -> str:
    return ", ".join(address.handle for address in contact.addresses)
