"""What the reference PDS and AppView of November 2026 said, shortened, and what the lexicons of the
chat describe."""

from __future__ import annotations

from typing import Any

US = "did:plc:xpbnviabz4eqtqbfk2dlnrdq"
ANA = "did:plc:nvk2xt62iweaef6p37rwhjhc"
URI = f"at://{ANA}/app.bsky.feed.post/3n2wp6epqtk24"
CID = "bafyreiabqqudushqqhbcug2gb3pvlqdogme5b5sqcxbhuilirgoeageslu"

AUTHOR: dict[str, Any] = {
    "did": ANA,
    "handle": "ana.test",
    "displayName": "Ana",
    "associated": {"activitySubscription": {"allowSubscriptions": "followers"}},
    "viewer": {"muted": False, "blockedBy": False},
    "labels": [],
}
RECORD: dict[str, Any] = {
    "$type": "app.bsky.feed.post",
    "text": "@shop.test žluť: kiln.example/ord… broke",
    "langs": ["en"],
    "facets": [
        {
            "index": {"byteEnd": 10, "byteStart": 0},
            "features": [{"did": US, "$type": "app.bsky.richtext.facet#mention"}],
        },
        {
            "index": {"byteStart": 19, "byteEnd": 38},
            "features": [
                {
                    "$type": "app.bsky.richtext.facet#link",
                    "uri": "https://kiln.example/orders/4711",
                }
            ],
        },
    ],
    "embed": {
        "$type": "app.bsky.embed.images",
        "images": [
            {
                "alt": "a cracked plate",
                "image": {
                    "$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/png",
                    "size": 90,
                },
            }
        ],
    },
    "reply": {
        "root": {"uri": f"at://{US}/app.bsky.feed.post/3mabcdefghi2a", "cid": "bafyroot"},
        "parent": {"uri": f"at://{US}/app.bsky.feed.post/3mabcdefghi2b", "cid": "bafyparent"},
    },
    "createdAt": "2026-11-22T22:49:03.193Z",
}  # fmt: skip
NOTIFICATION: dict[str, Any] = {
    "uri": URI,
    "cid": CID,
    "author": AUTHOR,
    "reason": "mention",
    "record": RECORD,
    "isRead": False,
    "indexedAt": "2026-11-22T22:49:03.193Z",
    "labels": [],
}
USUAL: dict[str, Any] = {
    **NOTIFICATION,
    "record": {
        "$type": "app.bsky.feed.post",
        "text": "@shop.test hello, where is my order 4711?",
        "facets": RECORD["facets"][:1],
        "reply": RECORD["reply"],
        "createdAt": "2026-11-22T22:49:03.193Z",
    },
}
"""A mention with neither picture nor link."""
NOTIFICATIONS: dict[str, Any] = {
    "notifications": [NOTIFICATION],
    "cursor": "2026-11-22T22:49:03.193Z",
    "priority": False,
}
VIEW: dict[str, Any] = {
    "uri": URI,
    "cid": CID,
    "author": AUTHOR,
    "record": RECORD,
    "embed": {
        "$type": "app.bsky.embed.images#view",
        "images": [{"thumb": "https://cdn.test/t", "fullsize": "https://cdn.test/f", "alt": "a"}],
    },
    "indexedAt": "2026-11-22T22:49:03.193Z",
    "viewer": {"replyDisabled": True},
}
FEED: dict[str, Any] = {
    "feed": [
        {"post": VIEW, "reply": {"root": VIEW, "parent": VIEW}},
        {"post": VIEW, "reason": {"$type": "app.bsky.feed.defs#reasonRepost", "by": AUTHOR}},
    ],
    "cursor": "1795387744221__bafyreid3nmvnsplqnfil4aq24hqvwdbcfvobzcmld5ilhtzd442cbpjoue",
}
THREAD: dict[str, Any] = {
    "thread": {
        "$type": "app.bsky.feed.defs#threadViewPost",
        "post": VIEW,
        "parent": {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": {**VIEW, "uri": URI + "b"},
            "parent": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": URI, "notFound": True},
        },
        "replies": [
            {
                "$type": "app.bsky.feed.defs#threadViewPost",
                "post": {**VIEW, "uri": URI + "d", "replyCount": 0},
                "replies": [],
            },
            {
                "$type": "app.bsky.feed.defs#threadViewPost",
                "post": {**VIEW, "uri": URI + "e", "author": {"did": US, "handle": "shop.test"}},
            },
        ],
    }
}
SESSION: dict[str, Any] = {
    "did": US,
    "handle": "shop.test",
    "accessJwt": "e30.eyJzY29wZSI6ImNvbS5hdHByb3RvLmFwcFBhc3MifQ.x",
    "refreshJwt": "e30.e30.y",
    "active": True,
    "didDoc": {
        "id": US,
        "service": [
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": "https://morel.us-east.host.bsky.network",
            }
        ],
    },
}
MESSAGE: dict[str, Any] = {
    "$type": "chat.bsky.convo.defs#messageView",
    "id": "3lmessage",
    "rev": "222222bzq2q",
    "text": "my order is 4711",
    "sender": {"did": ANA},
    "sentAt": "2026-11-22T22:50:00.000Z",
    "embed": {
        "$type": "app.bsky.embed.record#view",
        "record": {
            "$type": "app.bsky.embed.record#viewRecord",
            "uri": URI,
            "cid": CID,
            "author": AUTHOR,
            "value": RECORD,
            "indexedAt": "2026-11-22T22:49:03.193Z",
        },
    },
}
CONVO: dict[str, Any] = {
    "id": "3lconvo",
    "rev": "222222bzq2q",
    "members": [{"did": US, "handle": "shop.test"}, AUTHOR],
    "muted": False,
    "unreadCount": 1,
    "status": "request",
}
CONVOS: dict[str, Any] = {"convos": [CONVO], "cursor": "x"}
MESSAGES: dict[str, Any] = {
    "messages": [
        MESSAGE,
        {
            "$type": "chat.bsky.convo.defs#deletedMessageView", "id": "3lgone",
            "rev": "222222bzq2p", "sender": {"did": ANA}, "sentAt": "2026-11-22T22:49:59.000Z",
        },
    ],
    "cursor": "y",
}  # fmt: skip
LOG: dict[str, Any] = {
    "cursor": "222222bzq2r",
    "logs": [
        {"$type": "chat.bsky.convo.defs#logBeginConvo", "rev": "222222bzq2o", "convoId": "3lconvo"},
        {
            "$type": "chat.bsky.convo.defs#logCreateMessage", "rev": "222222bzq2q",
            "convoId": "3lconvo", "message": MESSAGE,
        },
    ],
}  # fmt: skip
ANSWERS = {
    "notifications": NOTIFICATIONS,
    "feed": FEED,
    "posts": {"posts": [VIEW]},
    "above": THREAD,
    "below": THREAD,
    "tokens": SESSION,
    "convos": CONVOS,
    "messages": MESSAGES,
    "log": LOG,
}
