"""Updates as the Bot API's documentation shows them, with invented people."""

from __future__ import annotations

from typing import Any

ANA: dict[str, Any] = {
    "id": 1111, "is_bot": False, "first_name": "Ana", "last_name": "Horvat", "username": "ana",
    "language_code": "hr",
}  # fmt: skip
SUPERGROUP: dict[str, Any] = {
    "id": -1001234567890, "title": "Kiln friends", "type": "supergroup", "username": "kilnfriends",
}  # fmt: skip
PRIVATE: dict[str, Any] = {
    "id": 1111, "first_name": "Ana", "last_name": "Horvat", "username": "ana", "type": "private",
}  # fmt: skip
BOT: dict[str, Any] = {
    "id": 8123456789, "is_bot": True, "first_name": "Kiln", "username": "kiln_help_bot",
}  # fmt: skip
MESSAGE: dict[str, Any] = {
    "update_id": 10000,
    "message": {
        "message_id": 1365,
        "from": ANA,
        "chat": SUPERGROUP,
        "date": 1763632800,
        "message_thread_id": 1300,
        "text": "\U0001f3fa @kiln_help_bot where is my order? see here, @budi and Žak",
        "entities": [
            {"type": "mention", "offset": 3, "length": 14},
            {"type": "text_link", "offset": 41, "length": 4, "url": "https://kiln.example/o/1"},
            {"type": "mention", "offset": 47, "length": 5},
            {
                "type": "text_mention", "offset": 57, "length": 3,
                "user": {"id": 7, "is_bot": False, "first_name": "Žak"},
            },
        ],
        "reply_to_message": {
            "message_id": 1300,
            "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
            "sender_chat": {"id": -1009, "title": "Kiln", "username": "kiln", "type": "channel"},
            "chat": SUPERGROUP,
            "date": 1763630000,
            "is_automatic_forward": True,
            "caption": "New mugs",
            "photo": [{"file_id": "A", "file_unique_id": "a", "width": 90, "height": 90}],
        },
    },
}  # fmt: skip
EDITED: dict[str, Any] = {
    "update_id": 10001,
    "edited_message": {
        "message_id": 20, "from": ANA, "chat": PRIVATE, "date": 1763632800,
        "edit_date": 1763632860, "text": "size L",
    },
}  # fmt: skip
START: dict[str, Any] = {
    "update_id": 10002,
    "message": {
        "message_id": 21, "from": ANA, "chat": PRIVATE, "date": 1763632900,
        "text": "/start 3f0c3f2e-7d1b-4f57-9f57-0d7c1f0e7a11",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    },
}  # fmt: skip
PHOTO: dict[str, Any] = {
    "update_id": 10003,
    "message": {
        "message_id": 22, "from": ANA, "chat": PRIVATE, "date": 1763632901, "caption": "broken",
        "photo": [{"file_id": "A", "file_unique_id": "a", "width": 90, "height": 90}],
    },
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "update_id": 10004,
    "message": {
        "message_id": 23, "from": ANA, "chat": PRIVATE, "date": 1763632902,
        "document": {"file_id": "B", "file_unique_id": "b", "file_name": "invoice.pdf"},
    },
}  # fmt: skip
MOVED: dict[str, Any] = {
    "update_id": 10005,
    "message": {
        "message_id": 24, "from": ANA, "chat": {"id": -555, "title": "Small", "type": "group"},
        "date": 1763632903, "migrate_to_chat_id": -1007777777777,
    },
}  # fmt: skip
JOINED: dict[str, Any] = {
    "update_id": 10006,
    "message": {
        "message_id": 25, "from": ANA, "chat": SUPERGROUP, "date": 1763632904,
        "new_chat_members": [ANA],
    },
}  # fmt: skip
BLOCKED: dict[str, Any] = {
    "update_id": 10007,
    "my_chat_member": {
        "chat": PRIVATE, "from": ANA, "date": 1763632905,
        "old_chat_member": {"user": BOT, "status": "member"},
        "new_chat_member": {"user": BOT, "status": "kicked", "until_date": 0},
    },
}  # fmt: skip
CONTACT: dict[str, Any] = {
    "update_id": 10008,
    "message": {
        "message_id": 26, "from": ANA, "chat": PRIVATE, "date": 1763632906,
        "contact": {"phone_number": "+38591", "first_name": "Ana"},
    },
}  # fmt: skip
VOICE: dict[str, Any] = {
    "update_id": 10009,
    "message": {
        "message_id": 27,
        "from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
        "sender_chat": {"id": -1005550001, "title": "Ana's pots", "type": "channel"},
        "chat": SUPERGROUP, "date": 1763632907, "text": "hello", "is_topic_message": True,
        "message_thread_id": 5,
        "reply_to_message": {
            "message_id": 5, "from": ANA, "chat": SUPERGROUP, "date": 1763632000,
            "forum_topic_created": {"name": "Help", "icon_color": 1},
        },
    },
}  # fmt: skip
UPDATES = [
    MESSAGE, EDITED, START, PHOTO, DOCUMENT, MOVED, JOINED, BLOCKED, CONTACT, VOICE,
]  # fmt: skip
ME: dict[str, Any] = {
    **BOT, "can_join_groups": True, "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}  # fmt: skip
CHAT: dict[str, Any] = {
    **SUPERGROUP, "linked_chat_id": -1009, "permissions": {"can_send_messages": True},
}  # fmt: skip
MEMBER: dict[str, Any] = {"user": BOT, "status": "member"}
ADMINISTRATORS: list[dict[str, Any]] = [{"user": ANA, "status": "creator"}]
