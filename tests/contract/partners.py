"""The partners of the contract suite: one line each.

A partner's module is imported when the suite is collected, so it must not need a server to be
imported; `start` is the place for that.
"""

from __future__ import annotations

from importlib import import_module

from tests.contract.partner import Partner

PARTNERS = (
    "tests.contract.stage:StagePartner",
    "tests.contract.stage:TersePartner",
    "tests.contract.stage:InvitingPartner",
    "tests.connectors.mastodon.partner:MastodonPartner",
    "tests.connectors.mastodon.partner:GoToSocialPartner",
    "tests.connectors.mastodon.partner:SnacPartner",
    "tests.connectors.mail.partner:MailPartner",
    "tests.connectors.telegram.partner:TelegramPartner",
    "tests.servers.bluesky_partner:AtprotoPartner",
    "tests.servers.mail_partners:DovecotPartner",
    "tests.servers.mastodon_partners:Snac2Partner",
    "tests.servers.mastodon_partners:MastodonMockPartner",
    "tests.servers.matrix_partner:SynapsePartner",
)
"""`module:Class` of every partner."""


def partner_classes() -> list[type[Partner]]:
    """The partners' classes, in their order."""
    found: list[type[Partner]] = []
    for place in PARTNERS:
        module, _, name = place.partition(":")
        found.append(getattr(import_module(module), name))
    return found
