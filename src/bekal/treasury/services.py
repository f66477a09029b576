"""Giving back: proposing the revocation of a wave, and its end."""

from datetime import date

from django.db import transaction

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core import clock
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs.queries import runs
from bekal.ledger.runs.services import propose_run
from bekal.ledger.services import returned_pool
from bekal.participants.queries import first_last_day
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.treasury.errors import EndPending, NothingToEnd, TooEarly
from bekal.treasury.runs import REVOCATION, WAVE_END


@transaction.atomic
def propose_revocation(*, wave: Wave, proposer: User) -> Run:
    """Propose to revoke everyone in the wave who bought nothing in time: training and incentive return in full.

    Everybody has days of their own; where nobody knows whether a person was told, they do not run yet. Whose training was
    cancelled has the definition's days to buy another; what was given back at one's own wish counts as nothing.

    Raises:
        RoleMissing: the proposer is not an operator.
        TooEarly: nobody's last day of the first purchase has passed.
        EndPending: a proposal for this wave waits already.
        NothingToPost: everyone bought something.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    first = first_last_day(wave)
    if first is not None:
        _require_after(first)
    _require_none_pending(wave)
    return _propose(kind=REVOCATION, wave=wave, proposer=proposer)


@transaction.atomic
def propose_wave_end(*, wave: Wave, proposer: User) -> list[Run]:
    """Propose the end of a wave: those who bought nothing lose everything, and what others did not spend on training returns.

    Raises:
        RoleMissing: the proposer is not an operator.
        TooEarly: the last day to spend has not passed.
        EndPending: a proposal for this wave waits already.
        NothingToEnd: every enrolment has ended.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    _require_after(wave.spend_by)
    _require_none_pending(wave)
    proposed = []
    for kind in WAVE_END:
        try:
            with transaction.atomic():
                proposed.append(_propose(kind=kind, wave=wave, proposer=proposer))
        except NothingToPost:
            continue
    if not proposed:
        raise NothingToEnd
    return proposed


def _propose(*, kind: str, wave: Wave, proposer: User) -> Run:
    closings = load_definition(wave.programme).closings
    closing = closings.nothing_bought if kind == REVOCATION else closings.spending_ended
    return propose_run(
        kind=kind,
        fund=wave.fund,
        parameters={
            "wave": wave.pk,
            "returns": list(closing.returns),
            "bars": list(closing.bars_programmes),
            "today": clock.today().isoformat(),
        },
        proposer=proposer,
        returned=returned_pool(fund=wave.fund, day=clock.today()),
    )


def _require_after(last_day: date) -> None:
    if clock.today() <= last_day:
        raise TooEarly(last_day=last_day, today=clock.today())


def _require_none_pending(wave: Wave) -> None:
    Wave.objects.select_for_update().get(pk=wave.pk)
    if runs(fund=wave.fund, kinds=WAVE_END, states=(RunState.PROPOSED,)).exists():
        raise EndPending
