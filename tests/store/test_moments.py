"""What the database keeps of small values comes back as it was."""

from __future__ import annotations

import json

import pytest

from connectors.contract import Address, Advice, Capability, Hello, Limits
from console.store.moments import hello_from, hello_json

ADVICE = (
    Advice(key="open", words="Open it.", shuts_out=True),
    Advice(key="ask", words="Ask whoever runs it.", by_hand=True),
    Advice(key="join", words="Go in."),
)
HELLO = Hello(
    account=Address(remote_id="1", handle="@shop"),
    can=frozenset({Capability.REPLY_PUBLIC}),
    cannot={},
    limits=Limits(public=300, private=None),
    advice=ADVICE,
)


def test_a_hello_comes_back_with_its_advice():
    assert hello_from(hello_json(HELLO)) == HELLO


@pytest.mark.parametrize("kept", [2, 3])
def test_advice_of_former_versions_is_read(kept):
    value = json.loads(hello_json(HELLO))
    value["advice"] = [each[:kept] for each in value["advice"]]
    found = hello_from(json.dumps(value)).advice
    assert [each.words for each in found] == [each.words for each in ADVICE]
    assert [each.by_hand for each in found] == [False, kept == 3, False]
