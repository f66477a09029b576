"""Giving back: proposing and approving the revocation of a wave, and its end."""

from datetime import date
from typing import Final

from django.db import transaction

from bekal.access.models import User
from bekal.core import clock
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs.services import approve_run, cancel_run, post_run, propose_run
from bekal.ledger.services import returned_pool
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.treasury.errors import EndPending, NoEndPending, NothingToEnd, TooEarly
from bekal.treasury.runs import EXPIRY, REVOCATION

SMALL_TARGETS: Final = 50_000
"""Accounts that are posted in about a second."""


@transaction.atomic
def propose_revocation(*, wave: Wave, proposer: User) -> Run:
    """Propose to revoke everyone in the wave who bought nothing in time: training and incentive return in full.

    Raises:
        TooEarly: the last day of the first purchase has not passed.
        EndPending: a proposal for this wave waits already.
        RoleMissing: the proposer is not an operator.
        NothingToPost: everyone bought something.
    """
    _require_after(wave.first_purchase_by)
    _require_none_pending(wave)
    return _propose(kind=REVOCATION, wave=wave, proposer=proposer)


@transaction.atomic
def propose_wave_end(*, wave: Wave, proposer: User) -> list[Run]:
    """Propose the end of a wave: who bought nothing is revoked with everything, and what is left of the others' training returns.

    Raises:
        TooEarly: the last day to spend has not passed.
        EndPending: a proposal for this wave waits already.
        RoleMissing: the proposer is not an operator.
        NothingToEnd: every enrolment has ended.
    """
    _require_after(wave.spend_by)
    _require_none_pending(wave)
    runs = []
    for kind in (REVOCATION, EXPIRY):
        try:
            with transaction.atomic():
                runs.append(_propose(kind=kind, wave=wave, proposer=proposer))
        except NothingToPost:
            continue
    if not runs:
        raise NothingToEnd
    return runs


@transaction.atomic
def approve_pending(*, wave: Wave, approver: User) -> list[Run]:
    """Approve every waiting proposal of the wave, together. Posting is `post_approved`.

    Raises:
        NoEndPending: none waits.
        RoleMissing, SamePerson: not a second person with the approver's role.
    """
    runs = [approve_run(run=run, approver=approver) for run in pending_runs(wave)]
    if not runs:
        raise NoEndPending
    return runs


@transaction.atomic
def cancel_pending(*, wave: Wave, actor: User) -> list[Run]:
    """Drop every waiting proposal of the wave.

    Raises:
        NoEndPending: none waits.
        RoleMissing: the actor is neither the proposer nor an approver.
    """
    runs = [cancel_run(run=run, actor=actor) for run in pending_runs(wave)]
    if not runs:
        raise NoEndPending
    return runs


def post_approved(*, wave: Wave) -> list[Run]:
    """Post every approved run of the wave to its end; safe to call again after a crash."""
    return [post_run(run=run) for run in _approved(wave)]


def post_small(*, wave: Wave) -> bool:
    """Post the wave's approved runs now if that takes a moment only; whether it did. Larger ones are the worker's."""
    approved = _approved(wave)
    if sum(run.target_count for run in approved) > SMALL_TARGETS:
        return False
    for run in approved:
        post_run(run=run)
    return True


def pending_runs(wave: Wave) -> list[Run]:
    """The wave's proposals that wait for approval, oldest first."""
    waiting = Run.objects.filter(fund=wave.fund, kind__in=[REVOCATION, EXPIRY], state=RunState.PROPOSED)
    return list(waiting.select_related("proposed_by").order_by("id"))


def _approved(wave: Wave) -> list[Run]:
    approved = Run.objects.filter(fund=wave.fund, kind__in=[REVOCATION, EXPIRY], state=RunState.APPROVED)
    return list(approved.order_by("id"))


def _propose(*, kind: str, wave: Wave, proposer: User) -> Run:
    closings = load_definition(wave.programme).closings
    closing = closings.nothing_bought if kind == REVOCATION else closings.spending_ended
    return propose_run(
        kind=kind,
        fund=wave.fund,
        parameters={
            "wave": wave.pk,
            "returned": returned_pool(fund=wave.fund, day=clock.today()),
            "returns": ",".join(closing.returns),
            "bars": int(closing.bars_later_waves),
        },
        proposer=proposer,
    )


def _require_after(last_day: date) -> None:
    if clock.today() <= last_day:
        raise TooEarly(last_day=last_day, today=clock.today())


def _require_none_pending(wave: Wave) -> None:
    Wave.objects.select_for_update().get(pk=wave.pk)
    if pending_runs(wave):
        raise EndPending
