"""A mail server of ours for a case, and connectors to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.connectors.mail.partner import MailPartner


@pytest.fixture
async def post() -> AsyncIterator[MailPartner]:
    """The server, the shop and its people."""
    made = MailPartner()
    await made.start()
    yield made
    await made.stop()
