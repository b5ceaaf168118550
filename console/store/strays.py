"""Our own answers whose question has not arrived yet: kept for a while, and woven in with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors.contract import Address, Audience, Lane, Post
from console.store.connection import Work, among
from console.store.moments import from_ms, to_ms

KEEP_DAYS = 30


def keep(work: Work, account: str, posts: Sequence[Post], now: datetime) -> None:
    """Keep these answers; drop those that have waited too long."""
    if not posts:
        return
    work.many(
        "INSERT INTO strays (account, remote_id, reply_to, post, at) "
        "VALUES (:account, :remote_id, :reply_to, :post, :at) ON CONFLICT DO NOTHING",
        (
            {
                "account": account,
                "remote_id": post.remote_id,
                "reply_to": post.reply_to,
                "post": _stray_json(post),
                "at": to_ms(now),
            }
            for post in posts
        ),
    )
    work.do(
        "DELETE FROM strays WHERE at < :before",
        {"before": to_ms(now) - KEEP_DAYS * 86_400_000},
    )


def answers_to(work: Work, account: str, arrived: Iterable[str]) -> list[Post]:
    """The kept answers to what has just arrived; they are no longer strays."""
    names, params = among("s", list(arrived))
    params["account"] = account
    rows = work.all(
        f"SELECT remote_id, post FROM strays WHERE reply_to IN {names} AND account = :account",
        params,
    )
    for remote_id, _ in rows:
        work.do(
            "DELETE FROM strays WHERE account = :account AND remote_id = :remote_id",
            {"account": account, "remote_id": remote_id},
        )
    return [_stray_from(text) for _, text in rows]


def _stray_json(post: Post) -> str:
    return json.dumps(
        {
            "remote_id": post.remote_id,
            "lane": post.lane.value,
            "name": post.author.name,
            "handle": post.author.handle,
            "author": post.author.remote_id,
            "text": post.text,
            "at": to_ms(post.at),
            "conversation": post.conversation,
            "reply_to": post.reply_to,
            "audience": post.audience.value,
            "url": post.url,
            "warning": post.warning,
        }
    )


def _stray_from(text: str) -> Post:
    value: dict[str, Any] = json.loads(text)
    return Post(
        remote_id=value["remote_id"],
        lane=Lane(value["lane"]),
        author=Address(remote_id=value["author"], handle=value["handle"], name=value["name"]),
        ours=True,
        text=value["text"],
        at=from_ms(value["at"]),
        conversation=value["conversation"],
        reply_to=value["reply_to"],
        audience=Audience(value["audience"]),
        url=value["url"],
        warning=value["warning"],
    )
