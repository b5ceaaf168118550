"""What each kind of server does its own way, as docs/networks/mastodon.md has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What one kind of server does its own way."""

    name: str
    software: str
    version: str
    v2: bool = True
    length: int = 500
    url_length: int = 23
    keys: bool = True
    """Honours Idempotency-Key."""
    websocket: bool = True
    sse: bool = True
    policy: bool = False
    default_limit: int = 40
    strict: bool = True
    """Refuses empty posts and answers to what isn't there."""
    empty_status: int = 422
    allowed_mentions: bool = True
    own_private: bool = True
    """Our own listing shows our direct posts."""
    says_unchanged: bool = False
    """Refuses an edit that changes nothing."""
    snac: bool = False
    """Local names with the host, mentions without ids, direct called private, 422 to a dead key."""
    needs_agent: bool = False
    clips: str = "ms"
    """How moments look: `ms`, `000`, or `none`."""
    ids: str = "snowflake"
    wrap: str = "p"
    """How content looks: `p` with invisible spans, `br`."""


MASTODON43 = Profile(name="mastodon43", software="mastodon", version="4.3.23", policy=True)
MASTODON41 = Profile(name="mastodon41", software="mastodon", version="4.1.25")
GOTOSOCIAL = Profile(
    name="gotosocial",
    software="gotosocial",
    version="0.20.0+git-1234567",
    length=5000,
    keys=False,
    sse=False,
    says_unchanged=True,
    empty_status=400,
    allowed_mentions=False,
    own_private=False,
    needs_agent=True,
    clips="000",
    ids="ulid",
    wrap="p&",
)
SNAC = Profile(
    name="snac",
    software="snac",
    version="2.75",
    v2=False,
    length=100_000,
    url_length=32,
    keys=False,
    websocket=False,
    sse=False,
    default_limit=1,
    strict=False,
    allowed_mentions=False,
    own_private=False,
    snac=True,
    clips="none",
    ids="long",
    wrap="br",
)
PROFILES = (MASTODON43, MASTODON41, GOTOSOCIAL, SNAC)
