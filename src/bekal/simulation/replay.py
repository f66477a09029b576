"""The revocation of September 2020, again: people are granted, buy nothing, and everything goes back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.ledger.audit import Verdict, audit, usual_jobs
from bekal.ledger.queries import fund_position
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.grants import propose_grant
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.participants.services import enrol_people, register_people
from bekal.programmes.models import Wave
from bekal.programmes.services import fund_places, open_wave
from bekal.simulation.people import make_people
from bekal.treasury.services import propose_revocation

_ACCEPTED_ON: Final = date(2020, 8, 8)
_LATEST_REVOCATION: Final = date(2020, 9, 27)
_BATCH_PEOPLE: Final = 20_000
_SEED: Final = 2020


@dataclass(frozen=True, slots=True)
class Replay:
    """What came back, in whole rupiah; `seconds` from the proposal of the grant to the audit's verdict."""

    revoked: int
    returned_training_idr: int
    returned_incentive_idr: int
    seconds: float
    verdict: Verdict


def replay_revocation(*, programme: str, people: int, progress: Callable[[int], None]) -> Replay:
    """Accept, fund, grant, revoke and audit, through the same services as every real wave.

    Args:
        programme: the code of a packaged definition that accepted people in August 2020.
        people: how many.
        progress: told how many more people are registered, granted or revoked: three times `people` in all.

    Raises:
        UnknownProgramme, OutsideProgramme: no such programme, or it accepted nobody then.
    """
    operator = User.objects.create_user(
        email="operator@replay.bekal", password=None, name="Operator (replay)", role=Role.OPERATOR
    )
    approver = User.objects.create_user(
        email="approver@replay.bekal", password=None, name="Approver (replay)", role=Role.APPROVER
    )
    with clock.at(clock.start_of(_ACCEPTED_ON)):
        wave = open_wave(programme=programme, number=4, accepted_on=_ACCEPTED_ON, actor=operator)
        fund_places(wave=wave, places=people, reference="replay", actor=operator)
        _accept(wave=wave, people=people, progress=progress)
    started = time.perf_counter()
    with clock.at(clock.start_of(_ACCEPTED_ON)):
        grant = approve_run(run=propose_grant(wave=wave, proposer=operator), approver=approver)
        post_run(run=grant, progress=lambda accounts: progress(accounts // 2))
    with clock.at(clock.start_of(max(_LATEST_REVOCATION, wave.first_purchase_by + timedelta(days=1)))):
        revocation = approve_run(run=propose_revocation(wave=wave, proposer=operator), approver=approver)
        post_run(run=revocation, progress=lambda accounts: progress(accounts // 2))
    verdict = audit(jobs=usual_jobs())
    seconds = time.perf_counter() - started
    position = fund_position(wave.fund)
    return Replay(
        revoked=Enrolment.objects.filter(wave=wave, status=EnrolmentStatus.REVOKED).count(),
        returned_training_idr=position.training.returned_idr,
        returned_incentive_idr=position.incentive.returned_idr,
        seconds=seconds,
        verdict=verdict,
    )


def _accept(*, wave: Wave, people: int, progress: Callable[[int], None]) -> None:
    waiting = iter(make_people(count=people, seed=_SEED, day=_ACCEPTED_ON))
    while batch := list(islice(waiting, _BATCH_PEOPLE)):
        enrol_people(participants=register_people(registrations=batch), wave=wave)
        progress(len(batch))
