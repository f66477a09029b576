"""Who may not propose is told so first, whatever the state of what would be proposed."""

from collections.abc import Callable
from datetime import date

import pytest

from bekal.access.errors import RoleMissing
from bekal.access.models import Role, User
from bekal.ledger.runs.services import approve_runs, cancel_runs
from bekal.payouts.instalments import propose_instalment
from bekal.payouts.settlements import propose_settlement
from bekal.programmes.models import Wave
from bekal.treasury.corrections import propose_correction
from bekal.treasury.remittances import propose_reallocation, propose_remittance
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import SPEND_BY, day_after, grant_wave, make_user, make_wave, on

pytestmark = pytest.mark.django_db

# Each would be refused for another reason too.
_PROPOSALS: dict[str, Callable[[Wave, User], object]] = {
    "revocation": lambda wave, user: propose_revocation(wave=wave, proposer=user),
    "end": lambda wave, user: propose_wave_end(wave=wave, proposer=user),
    "remittance": lambda wave, user: propose_remittance(
        wave=wave, fiscal_year=2021, amount_idr=0, order_number="", proposer=user
    ),
    "reallocation": lambda wave, user: propose_reallocation(
        wave=wave, to_wave=wave, fiscal_year=2021, amount_idr=0, order_number="", proposer=user
    ),
    "correction": lambda _wave, user: propose_correction(owner=1, sequence=1, reason="", proposer=user),
    "instalment": lambda wave, user: propose_instalment(wave=wave, number=99, proposer=user),
    "settlement": lambda _wave, user: propose_settlement(channel="none", proposer=user),
}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_so_is_who_may_not_approve_one_of_several(role: Role) -> None:
    """The first of the runs was decided already."""
    granted = grant_wave(count=2)
    with on(day_after(SPEND_BY)):
        first = propose_revocation(wave=granted.wave, proposer=granted.operator)
        cancel_runs(runs=[first], actor=granted.operator)
        second = propose_revocation(wave=granted.wave, proposer=granted.operator)
        with pytest.raises(RoleMissing):
            approve_runs(runs=[first, second], approver=make_user(role))


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
@pytest.mark.parametrize("name", list(_PROPOSALS))
def test_the_role_is_judged_first(name: str, role: Role) -> None:
    wave = make_wave()
    with on(date(2021, 3, 1)), pytest.raises(RoleMissing):
        _PROPOSALS[name](wave, make_user(role))
