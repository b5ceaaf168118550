"""Gives every case its partners: those on whose network it applies, and no other.

What doesn't apply is not skipped: there is no such test. `pytest -v tests/contract` lists at its
end what was left out, and why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from connectors.contract import Connector, Hello
from tests.contract.needs import fault_applies, marks, needs_of
from tests.contract.partner import Fault, Partner
from tests.contract.partners import partner_classes

_NOT_APPLICABLE: dict[tuple[str, str], list[str]] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "partner" not in metafunc.fixturenames:
        return
    wanted = needs_of(metafunc.function)
    with_fault = "fault" in metafunc.fixturenames
    cases = []
    for partner in partner_classes():
        reason = wanted.unmet(partner)
        if reason is not None:
            _leave_out(partner, reason, metafunc.function.__name__)
            continue
        if not with_fault:
            cases.append(pytest.param(partner, marks=marks(partner), id=partner.name))
            continue
        for fault in Fault:
            if fault_applies(partner, fault):
                cases.append(
                    pytest.param(
                        partner, fault, marks=marks(partner), id=f"{partner.name}-{fault.name}"
                    )
                )
            else:
                _leave_out(partner, f"it can't show: {fault.value}", metafunc.function.__name__)
    if not cases:
        raise pytest.UsageError(f"{metafunc.function.__name__}: no partner can play this case")
    metafunc.parametrize(
        ["partner", "fault"] if with_fault else ["partner"], cases, indirect=["partner"]
    )


def _leave_out(partner: type[Partner], reason: str, case: str) -> None:
    cases = _NOT_APPLICABLE.setdefault((partner.name, reason), [])
    if case not in cases:
        cases.append(case)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.verbosity < 1 or not _NOT_APPLICABLE:
        return
    terminalreporter.section("contract: not applicable")
    for (name, reason), cases in sorted(_NOT_APPLICABLE.items()):
        terminalreporter.line(f"{name}: {reason}: {', '.join(cases)}")


@pytest.fixture
async def partner(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    """The other side, started and empty."""
    made: Partner = request.param()
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def connector(partner: Partner) -> AsyncIterator[Connector]:
    """The shop's account, opened."""
    made = await partner.connector()
    await made.open(partner.secrets)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
def hello(connector: Connector) -> Hello:
    """What the network said of the account."""
    assert connector.hello is not None
    return connector.hello
