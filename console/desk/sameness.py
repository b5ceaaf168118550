"""By what two addresses may be the same person's: an e-mail address or a link, in one form."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

LONGEST = 500
"""Characters of what is compared; anything longer is nobody's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Another contact who may be the same person, and by what: `ana@example.org`."""

    contact_id: int
    name: str
    handle: str
    network: str
    by: str


def same(what: str) -> str | None:
    """A `mailto:` or web address in the form in which it is compared; None for anything else.

    Host and e-mail are taken in small letters and a page without its last slash, its query and
    whether it is `http`: what is written differently there leads to one place.
    """
    if len(what) > LONGEST:
        return None
    try:
        parts = urlsplit(what.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme == "mailto":
        name, at, domain = unquote(parts.path).strip().lower().rpartition("@")
        bare = name and domain and not any(sign.isspace() for sign in name + domain)
        return f"mailto:{name}@{domain}" if at and bare else None
    if scheme not in {"http", "https"} or "." not in host:
        return None
    where = f"{host}:{port}" if port else host
    return f"https://{where}{parts.path.rstrip('/')}"


def shown(what: str) -> str:
    """The same, for people."""
    return what.removeprefix("mailto:").removeprefix("https://")
