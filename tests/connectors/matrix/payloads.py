"""What Synapse 1.163 said, shortened."""

from __future__ import annotations

from typing import Any

ROOM = "!Eg74GDsIfMhMmUTAnqZV7c5RW6QLk2VRXR3lWsYC85U"
US = "@shop:localhost"

MESSAGE: dict[str, Any] = {
    "content": {
        "body": "where is my order?",
        "msgtype": "m.text",
        "m.mentions": {"user_ids": [US]},
        "m.relates_to": {
            "m.in_reply_to": {"event_id": "$Zch_RjENC783S88I-NVB9uGLgqhx4ulhp7rnTVaCsX0"}
        },
    },
    "event_id": "$uVMm2etS5FbMa8GFQGiEmQwxnj3Ql6VsyMsyQSVgMz0",
    "origin_server_ts": 1795379934972,
    "sender": "@ana:localhost",
    "type": "m.room.message",
    "unsigned": {"age": 261, "membership": "join"},
}
MEMBER: dict[str, Any] = {
    "content": {"displayname": "Ana", "membership": "join"},
    "event_id": "$UCocpPnmetVvkp_im1Qdrhs9vfvxpME1_PbvbFAJb14",
    "origin_server_ts": 1795379933693,
    "sender": "@ana:localhost",
    "state_key": "@ana:localhost",
    "type": "m.room.member",
    "unsigned": {"age": 1540},
}
REDACTED: dict[str, Any] = {
    "content": {},
    "event_id": "$2wHGB1yWmb-I8ZEWht7snQbQ8GRTG3OjKzBNFYLve-o",
    "origin_server_ts": 1795379936407,
    "sender": "@ana:localhost",
    "type": "m.room.message",
    "unsigned": {
        "age": 370,
        "redacted_because": {
            "content": {"redacts": "$2wHGB1yWmb-I8ZEWht7snQbQ8GRTG3OjKzBNFYLve-o"},
            "event_id": "$BlNB0z3N7K-duDBxFrynLJEwKwnzupbgqf3aQ2jXm5g",
            "origin_server_ts": 1795379936588,
            "sender": "@ana:localhost",
            "type": "m.room.redaction",
        },
    },
}
REDACTION: dict[str, Any] = {
    "content": {"redacts": "$2wHGB1yWmb-I8ZEWht7snQbQ8GRTG3OjKzBNFYLve-o"},
    "event_id": "$BlNB0z3N7K-duDBxFrynLJEwKwnzupbgqf3aQ2jXm5g",
    "origin_server_ts": 1795379936588,
    "redacts": "$2wHGB1yWmb-I8ZEWht7snQbQ8GRTG3OjKzBNFYLve-o",
    "sender": "@ana:localhost",
    "type": "m.room.redaction",
}
EDIT: dict[str, Any] = {
    "content": {
        "body": "* size L",
        "msgtype": "m.text",
        "m.new_content": {"body": "size L", "msgtype": "m.text"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": MESSAGE["event_id"]},
    },
    "event_id": "$btP1kFTBoopqsd9pff1aH6pm8S87ggP4K5xtfiXKypY",
    "origin_server_ts": 1795379935055,
    "sender": "@ana:localhost",
    "type": "m.room.message",
}
PICTURE: dict[str, Any] = {
    "content": {
        "body": "look at this",
        "filename": "plate.jpg",
        "msgtype": "m.image",
        "url": "mxc://localhost/abc",
    },
    "event_id": "$Wv1RH5spM6Et_o4irDIgtS0omRZSslhpvYbHd2egVtM",
    "origin_server_ts": 1795379935155,
    "sender": "@ana:localhost",
    "type": "m.room.message",
}
SEALED: dict[str, Any] = {
    "content": {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"},
    "event_id": "$0mcV8bVJcsLWHfTXpAk1_j2zEMbZORsTQhYepNgcpzM",
    "origin_server_ts": 1795379935255,
    "sender": "@ana:localhost",
    "type": "m.room.encrypted",
}
EVENTS = [MEMBER, MESSAGE, EDIT, PICTURE, SEALED, REDACTED, REDACTION]
SYNC: dict[str, Any] = {
    "next_batch": "s30_1_0_1_1_1_1_7_0_1_1_1_1_1",
    "account_data": {
        "events": [{"type": "m.direct", "content": {"@ana:localhost": ["!dm:localhost"]}}]
    },
    "rooms": {
        "join": {
            ROOM: {
                "timeline": {"events": EVENTS, "prev_batch": "s18_1", "limited": True},
                "state": {"events": [MEMBER]},
                "account_data": {"events": []},
                "ephemeral": {"events": []},
                "summary": {"m.joined_member_count": 3, "m.invited_member_count": 0},
            }
        },
        "invite": {
            "!dm:localhost": {
                "invite_state": {
                    "events": [
                        {
                            "content": {"app.greenroom.key": "k", "room_version": "12"},
                            "sender": "@ana:localhost",
                            "state_key": "",
                            "type": "m.room.create",
                        },
                        {
                            "type": "m.room.member",
                            "state_key": US,
                            "content": {"is_direct": True, "membership": "invite"},
                            "sender": "@ana:localhost",
                        },
                    ]
                }
            }
        },
    },
}
PAGE: dict[str, Any] = {"chunk": EVENTS, "start": "s9_1", "end": "t13-14_1", "state": [MEMBER]}
