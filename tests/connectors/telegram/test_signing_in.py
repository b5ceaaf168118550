"""The walk past @BotFather, and the check, as a person at a terminal sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.contract import Capability, ConnectorError, SignedIn, Unanswered, Unauthorised
from connectors.telegram.auth import token_in
from connectors.telegram.connector import Telegram
from connectors.telegram.groups import named_groups
from tests.connectors.mastodon.test_signing_in import Person as Terminal
from tests.connectors.telegram.fake import CHANNEL, GROUP, TOKEN, Fake, Group, Trouble


async def walked(fake: Fake, *answers: str, **given: str) -> tuple[SignedIn, Terminal]:
    person = Terminal(*answers)
    done = await Telegram.sign_in(
        person, {"server": fake.url, **given}, clock=lambda: datetime.now(UTC)
    )
    return done, person


async def advice_of(fake: Fake, **settings: str) -> list[str]:
    done, _ = await walked(fake, token=fake.token, **{"groups": str(GROUP), **settings})
    return [one.words for one in done.hello.advice]


async def test_the_whole_walk(fake: Fake) -> None:
    ana = fake.person("ana", 1111)
    fake.groups[-42] = Group(-42, kind="group", title="Small")
    fake.writes(ana, "/hello@kiln_help_bot", group=-42)
    fake.writes(ana, "/hello@kiln_help_bot")
    done, person = await walked(fake, f"Use this token:\n{TOKEN}\nKeep it safe.", "", "2")
    assert done.secrets == {"token": TOKEN}
    assert done.settings == {"server": fake.url, "groups": str(GROUP)}
    assert done.hello.account.handle == "@kiln_help_bot"
    assert Capability.REPLY_PUBLIC in done.hello.can
    told = "\n".join(person.told)
    for step in ("@BotFather", "/newbot", "This is Kiln, @kiln_help_bot.", "discussion group"):
        assert step in told
    assert "Kiln friends" in told
    assert TOKEN not in told + "\n".join(person.asked)
    # Nothing was confirmed: what the customers wrote comes when Greenroom listens.
    assert fake.confirmed == []
    assert len(fake.updates) == 2


async def test_privacy_mode_is_explained_before_the_groups(fake: Fake) -> None:
    fake.me["can_read_all_group_messages"] = False
    done, person = await walked(fake, TOKEN, str(GROUP))
    assert "/setprivacy" in "\n".join(person.told)
    (advice,) = done.hello.advice
    assert advice.by_hand
    assert "take the bot out of the group and add it again" in advice.words


async def test_no_group_at_all(fake: Fake) -> None:
    done, _ = await walked(fake, TOKEN, "none")
    assert done.settings["groups"] == ""
    assert Capability.REPLY_PUBLIC not in done.hello.can
    assert "setting “groups”" in done.hello.cannot[Capability.REPLY_PUBLIC]
    assert Capability.REPLY_PRIVATE in done.hello.can


async def test_a_group_that_is_not_seen_is_asked_for_again(fake: Fake) -> None:
    done, person = await walked(fake, TOKEN, "", "", "t.me/c/1234567890/5")
    assert done.settings["groups"] == str(GROUP)
    assert person.told.count("No group has been seen yet.") == 2


async def test_what_is_given_is_not_asked(fake: Fake) -> None:
    _, person = await walked(fake, token=TOKEN, groups=str(GROUP))
    assert person.asked == []


async def test_a_script_that_answers_nothing_has_no_groups(fake: Fake) -> None:
    class Script(Terminal):
        async def ask(self, question: str, *, secret: bool = False) -> str:
            raise Unanswered("Nobody answered.")

    script = Script()
    given = {"server": fake.url, "token": TOKEN}
    done = await Telegram.sign_in(script, given, clock=lambda: datetime.now(UTC))
    assert done.settings["groups"] == ""
    assert "setting “groups”" in script.told[-1]


async def test_a_webhook_is_said_and_the_walk_goes_on(fake: Fake) -> None:
    fake.webhook = "https://hooks.example/x"
    done, person = await walked(fake, TOKEN, "", f"{GROUP}")
    assert "webhook" in "\n".join(person.told)
    assert [one.key for one in done.hello.advice] == ["webhook"]


@pytest.mark.parametrize(
    "pasted", ["", "hello", "8123456789:short", "AAEhBOweik6ad9r_QXMENQjcrGbq"]
)
async def test_what_is_no_token(fake: Fake, pasted: str) -> None:
    with pytest.raises(Unauthorised) as caught:
        await walked(fake, pasted)
    assert "Nothing was stored" in caught.value.words
    assert fake.asked == []
    if pasted:
        with pytest.raises(Unauthorised):
            await walked(fake, token=pasted)


async def test_a_token_of_nobody(fake: Fake) -> None:
    wrong = TOKEN[:-3] + "xyz"
    with pytest.raises(Unauthorised) as caught:
        await walked(fake, wrong)
    assert wrong not in caught.value.words


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.GARBLED, Trouble.TOO_MANY])
@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo", "getChat", "getChatMember"])
async def test_trouble_on_the_way(fake: Fake, trouble: Trouble, method: str) -> None:
    fake.break_next(trouble, method)
    with pytest.raises(ConnectorError):
        await walked(fake, token=TOKEN, groups=str(GROUP))


# --- the check names what is missing ---------------------------------------------------------


async def test_all_is_well(fake: Fake) -> None:
    assert await advice_of(fake) == []


async def test_privacy_mode(fake: Fake) -> None:
    fake.me["can_read_all_group_messages"] = False
    (words,) = await advice_of(fake)
    assert "other customers aren't heard" in words
    fake.groups[GROUP].status = "administrator"
    assert await advice_of(fake) == []


async def test_it_may_not_write(fake: Fake) -> None:
    fake.groups[GROUP].writes = False
    (words,) = await advice_of(fake)
    assert "may not write in Kiln friends" in words
    done, _ = await walked(fake, token=TOKEN, groups=str(GROUP))
    assert Capability.REPLY_PUBLIC not in done.hello.can


@pytest.mark.parametrize("status", ["left", "kicked"])
async def test_it_is_not_in_the_group(fake: Fake, status: str) -> None:
    fake.groups[GROUP].status = status
    (words,) = await advice_of(fake)
    assert "isn't in Kiln friends" in words


async def test_a_group_that_nobody_knows(fake: Fake) -> None:
    (words,) = await advice_of(fake, groups="@nowhere_at_all")
    assert "no group @nowhere_at_all" in words


async def test_a_channel_instead_of_its_group(fake: Fake) -> None:
    fake.groups[CHANNEL] = Group(CHANNEL, kind="channel", title="Kiln", linked=GROUP)
    (words,) = await advice_of(fake, groups=str(CHANNEL))
    assert str(GROUP) in words


async def test_a_basic_group(fake: Fake) -> None:
    fake.groups[-42] = Group(-42, kind="group", title="Small")
    (words,) = await advice_of(fake, groups="-42")
    assert "basic group" in words


async def test_it_may_not_join(fake: Fake) -> None:
    fake.me["can_join_groups"] = False
    done, _ = await walked(fake, "none", token=fake.token)
    (advice,) = done.hello.advice
    assert "/setjoingroups" in advice.words


async def test_who_chose_no_group_is_asked_again_the_next_time(fake: Fake) -> None:
    done, _ = await walked(fake, TOKEN, "none")
    assert done.settings["groups"] == ""
    assert "greenroom account add telegram" in done.hello.cannot[Capability.REPLY_PUBLIC]
    done, _ = await walked(fake, str(GROUP), token=TOKEN, **done.settings)
    assert done.settings["groups"] == str(GROUP)


# --- what people paste -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "groups"),
    [
        ("-1001234567890", ["-1001234567890"]),
        ("@kilnfriends, -42", ["@kilnfriends", "-42"]),
        ("https://t.me/kilnfriends/15 t.me/c/123/4", ["@kilnfriends", "-100123"]),
        ("kiln friends 12 -x @ab -1 -1", ["-1"]),
        ("", []),
    ],
)
def test_groups_in_what_was_pasted(pasted: str, groups: list[str]) -> None:
    assert named_groups(pasted) == groups


@pytest.mark.parametrize(
    "pasted", [TOKEN, f" {TOKEN}\n", f"token: “{TOKEN}”", f"Use\n{TOKEN}\nto access"]
)
def test_the_token_in_what_was_pasted(pasted: str) -> None:
    assert token_in(pasted) == TOKEN
