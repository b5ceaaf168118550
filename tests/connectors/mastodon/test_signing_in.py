"""The walk through OAuth, as a person at a terminal sees it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.contract import ConnectorError, Unauthorised
from connectors.mastodon.auth import SCOPES, code_in
from connectors.mastodon.connector import Mastodon
from tests.connectors.mastodon.conftest import Shop
from tests.connectors.mastodon.fake import Trouble


class Person:
    """Somebody who does as they are told, and pastes what they are given."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.told: list[str] = []
        self.asked: list[str] = []

    def say(self, words: str) -> None:
        self.told.append(words)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


async def test_the_whole_walk(shop: Shop) -> None:
    person = Person(shop.fake.url, "code-1234")
    done = await Mastodon.sign_in(person, {}, clock=shop.time)
    assert done.settings == {"server": shop.fake.url}
    assert shop.fake.tokens[done.secrets["token"]] == shop.fake.shop.id
    assert done.hello.account.remote_id == shop.fake.shop.id
    assert done.missing == ()
    assert set(shop.fake.asked_scopes.split()) == set(SCOPES)
    address = person.told[-1]
    query = parse_qs(urlsplit(address).query)
    assert query["redirect_uri"] == ["urn:ietf:wg:oauth:2.0:oob"]
    assert query["scope"] == [" ".join(SCOPES)]
    assert "s3cr3t" not in " ".join(person.told + person.asked)


async def test_what_is_given_is_not_asked(shop: Shop) -> None:
    person = Person()
    given = {"server": shop.fake.url, "token": shop.token}
    done = await Mastodon.sign_in(person, given, clock=shop.time)
    assert done.secrets == {"token": shop.token}
    assert person.asked == []


async def test_a_wrong_code(shop: Shop) -> None:
    with pytest.raises(Unauthorised) as caught:
        await Mastodon.sign_in(Person("wrong"), {"server": shop.fake.url}, clock=shop.time)
    assert "wrong" not in caught.value.words.split()


async def test_no_code(shop: Shop) -> None:
    with pytest.raises(Unauthorised):
        await Mastodon.sign_in(Person("  "), {"server": shop.fake.url}, clock=shop.time)


async def test_a_wrong_token(shop: Shop) -> None:
    given = {"server": shop.fake.url, "token": "n0pe-n0pe"}
    with pytest.raises(Unauthorised) as caught:
        await Mastodon.sign_in(Person(), given, clock=shop.time)
    assert "n0pe" not in caught.value.words


@pytest.mark.parametrize("says", [True, False], ids=["scopes said", "scopes probed"])
@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        ("read write", []),
        ("read:accounts read:notifications read:statuses write", []),
        ("read write:statuses", ["write:notifications"]),
        ("read", ["write:notifications", "write:statuses"]),
        ("read:accounts read:statuses write", ["read:notifications"]),
        ("read:accounts read:notifications write", ["read:statuses"]),
    ],
)
async def test_missing_rights_are_said(
    on_mastodon: Shop, scopes: str, missing: list[str], says: bool
) -> None:
    shop = on_mastodon
    shop.fake.scopes = scopes
    shop.fake.says_scopes = says
    given = {"server": shop.fake.url, "token": shop.token}
    done = await Mastodon.sign_in(Person(), given, clock=shop.time)
    found = [one.split()[3].rstrip(".") for one in done.missing]
    if not says:
        missing = [one for one in missing if one != "write:notifications"]
    assert found == missing
    assert shop.fake.statuses == {}


@pytest.mark.parametrize(
    "trouble", [Trouble.HTML, Trouble.ERROR, Trouble.WRONG_SHAPE, Trouble.INVALID, Trouble.TOO_MANY]
)
@pytest.mark.parametrize("path", ["/api/v1/apps", "/oauth/token"])
async def test_trouble_on_the_way(shop: Shop, trouble: Trouble, path: str) -> None:
    shop.fake.break_next(trouble, path=path)
    person = Person("code-1234")
    with pytest.raises(ConnectorError):
        await Mastodon.sign_in(person, {"server": shop.fake.url}, clock=shop.time)


@pytest.mark.parametrize("server", ["", "http://social.example", "not a server", "ftp://x.example"])
async def test_a_server_that_is_none(shop: Shop, server: str) -> None:
    with pytest.raises(ConnectorError):
        await Mastodon.sign_in(Person(server), {}, clock=shop.time)


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("abc123", "abc123"),
        ("  abc123\n", "abc123"),
        ('"abc123"', "abc123"),
        ("https://s.example/oauth/authorize/native?code=abc123", "abc123"),
        ("https://s.example/x?state=1&code=abc%2D123", "abc-123"),
        ("code=abc123", "abc123"),
        ("?code=abc123", "abc123"),
        ("", ""),
        ("two words", ""),
        ("a\x1b[2Jb", ""),
        ("x" * 3000, ""),
        ("https://s.example/?error=denied&code=", ""),
    ],
)
def test_codes(pasted: str, code: str) -> None:
    assert code_in(pasted) == code
