"""Who was away for longer than the network keeps things is told what never comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.office import Office


@pytest.mark.parametrize(
    ("away", "told"), [(timedelta(hours=23), False), (timedelta(days=3), True)]
)
async def test_a_long_absence_is_told(offices, away, told):
    office = await offices(kept=timedelta(hours=24))
    assert office.session.status.advice == ()
    await office.offline()
    office.now += away
    again = await Office(office.path.parent, office.network).open()
    try:
        words = [advice.words for advice in again.session.status.advice]
        assert len(words) == told
        if told:
            assert "24 hours" in words[0]
            assert "2026-11-22 at 12:00" in words[0]
            assert "2026-11-24 12:00" in words[0]
        # It stays told when the connection is made anew.
        await again.session._remember(again.session.connector.hello)
        assert len(again.session.status.advice) == told
    finally:
        await again.close()
