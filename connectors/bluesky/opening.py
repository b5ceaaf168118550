"""Learning who we are on Bluesky, what the app password may do, and what shuts customers out."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.bluesky import wire
from connectors.bluesky.api import DECLARATION, Api
from connectors.bluesky.counting import MESSAGE, POST
from connectors.bluesky.refusals import BAD_TOKEN, NO_MESSAGES
from connectors.bluesky.session import Session
from connectors.bluesky.shapes import Odd, Raw
from connectors.contract import (
    Address,
    Advice,
    Capability,
    Hello,
    Limits,
    Reason,
    Refused,
    Unauthorised,
    Unreachable,
)
from connectors.http import Http

OPEN_MESSAGES = "open-messages"
CHATS = "chats"
"""The fact that says whether private messages can be reached."""
_INCOMING = {
    "none": "Nobody can begin a private conversation with this account.",
    "following": "Only people whom this account follows can begin a private conversation with it.",
}
_PRIVATE = (
    Capability.REPLY_PRIVATE,
    Capability.OPEN_PRIVATE,
    Capability.PROBE_PRIVATE,
    Capability.REFUSAL_SHOWN,
)


async def opened(http: Http, session: Session, did: str) -> tuple[Hello, Api]:
    """Say hello with a session that has begun. Raises `ConnectorError`."""
    api = Api(http, session, did)
    who = await api.whoami()
    found, handle = who.get("did"), who.get("handle")
    if not isinstance(found, str) or not isinstance(handle, str):
        raise Unreachable(
            f"{http.where} doesn't answer as a server of Bluesky's network does. Nothing was sent. "
            "Check the account's server."
        )
    if did and found != did:
        raise Unauthorised(
            f"{http.where} let another account in ({handle}) than the one that signed in here. "
            "Nothing was sent. Run “greenroom account add bluesky” again."
        )
    if who.get("active") is False:
        raise Unauthorised(
            f"This account isn't active on {http.where} ({_word(who.get('status'))}). Nothing was "
            "sent; your words are kept. Look at it in Bluesky's app; if it has moved to another "
            "server, run “greenroom account add bluesky” again."
        )
    api = Api(http, session, found)
    profile = await api.profile()
    account = _account(found, handle, profile)
    chats = await _chats(api)
    found_out = await advice(api) if chats else ()
    return hello(account, http.where, chats=chats, advice=found_out), api


async def open_messages(api: Api) -> None:
    """Let everybody write to us in private; the rest of the setting stays."""
    record = await api.record(api.did, DECLARATION, "self")
    value = record.get("value") if record is not None else None
    kept = dict(value) if isinstance(value, dict) else {}
    kept |= {"$type": DECLARATION, "allowIncoming": "all"}
    await api.put(DECLARATION, "self", kept, new=False)


async def _chats(api: Api) -> bool:
    """Whether the app password reaches private messages. Raises `ConnectorError`."""
    try:
        await api.convos(None)
    except Refused as no:
        if no.reason is not Reason.NOT_ALLOWED or not any(
            said in no.words.lower() for said in BAD_TOKEN
        ):
            raise
        return False
    return True


async def advice(api: Api) -> tuple[Advice, ...]:
    """What shuts customers out that can be put right. Raises `ConnectorError`."""
    record = await api.record(api.did, DECLARATION, "self")
    value = record.get("value") if record is not None else None
    allows = value.get("allowIncoming") if isinstance(value, dict) else None
    if allows == "all":
        return ()
    # The network takes what isn't set as “following”.
    words = _INCOMING.get(allows if isinstance(allows, str) else "", _INCOMING["following"])
    return (
        Advice(
            key=OPEN_MESSAGES,
            words=f"{words} Taking this advice lets everyone, so that a customer who can't be "
            "written to can be asked to write.",
            shuts_out=True,
        ),
    )


def hello(account: Address, where: str, *, chats: bool, advice: Iterable[Advice]) -> Hello:
    """What the account is and may do."""
    cannot = {
        Capability.INVITE: "Bluesky has no link by which a customer begins.",
        Capability.EDIT: "Bluesky's posts and messages can't be edited.",
        Capability.IDEMPOTENT: "Bluesky posts one key once in the open, but takes a private "
        "message twice.",
        Capability.DELETE_PRIVATE: "Bluesky takes a private message away only from your own view: "
        "the customer keeps it.",
    }
    if not chats:
        cannot |= dict.fromkeys(_PRIVATE, NO_MESSAGES)
    return Hello(
        account=account,
        can=frozenset(Capability) - cannot.keys(),
        cannot=cannot,
        limits=Limits(public=POST, private=MESSAGE, unit="characters"),
        where=where,
        advice=tuple(advice),
        facts={CHATS: "yes" if chats else "no"},
    )


def _account(did: str, handle: str, profile: Raw) -> Address:
    try:
        return wire.address({**profile, "did": did, "handle": handle}, "profile")
    except Odd as trouble:
        raise Unreachable(
            f"The account's own profile can't be read ({trouble}). Nothing was sent."
        ) from None


def _word(value: object) -> str:
    return value if isinstance(value, str) and value.isalnum() and len(value) < 40 else "no reason"
