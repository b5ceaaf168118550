"""What a case needs of a network, said on the case itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest

from connectors.contract import Capability
from tests.contract.partner import Ability, Fault, Partner

Case = TypeVar("Case", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What has to be there, and what has to be absent."""

    there: frozenset[Ability | Capability]
    absent: frozenset[Ability | Capability]

    def unmet(self, partner: type[Partner]) -> str | None:
        """Why a case doesn't apply to a partner; None: it does."""
        has: frozenset[Ability | Capability] = partner.abilities | partner.can
        for need in sorted(self.there - has):
            return f"it lacks: {need.value}"
        for need in sorted(self.absent & has):
            return f"it has: {need.value}"
        return None


NOTHING = Needs(there=frozenset(), absent=frozenset())


def needs(
    *there: Ability | Capability, without: tuple[Ability | Capability, ...] = ()
) -> Callable[[Case], Case]:
    """Mark a case: it is made only for networks that have (and lack) these."""

    def marked(case: Case) -> Case:
        wanted = Needs(there=frozenset(there), absent=frozenset(without))
        case.contract_needs = wanted  # type: ignore[attr-defined]
        return case

    return marked


def needs_of(case: object) -> Needs:
    """What a case needs."""
    found: Needs = getattr(case, "contract_needs", NOTHING)
    return found


def fault_applies(partner: type[Partner], fault: Fault) -> bool:
    """A partner can bring the fault about."""
    return fault in partner.faults


def marks(partner: type[Partner]) -> list[pytest.MarkDecorator]:
    """The marks of a partner's cases."""
    return [pytest.mark.server] if partner.server else []
