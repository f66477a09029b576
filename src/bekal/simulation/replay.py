"""The revocation of September 2020, again: people are granted, buy nothing, and everything goes back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bekal.core import clock
from bekal.ledger.audit import Verdict, audit, usual_jobs
from bekal.ledger.queries import fund_position
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.simulation.people import make_people
from bekal.simulation.wave import accept_people, grant_everybody, make_office, open_funded_wave
from bekal.treasury.services import propose_revocation

_ACCEPTED_ON: Final = date(2020, 8, 8)
_LATEST_REVOCATION: Final = date(2020, 9, 27)
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
    office = make_office(domain="replay.bekal")
    with clock.at(clock.start_of(_ACCEPTED_ON)):
        wave = open_funded_wave(
            programme=programme, number=4, accepted_on=_ACCEPTED_ON, places=people, reference="replay", office=office
        )
        accept_people(wave=wave, people=make_people(count=people, seed=_SEED, day=_ACCEPTED_ON), progress=progress)
    started = time.perf_counter()
    with clock.at(clock.start_of(_ACCEPTED_ON)):
        grant_everybody(wave=wave, office=office, progress=lambda accounts: progress(accounts // 2))
    with clock.at(clock.start_of(max(_LATEST_REVOCATION, wave.first_purchase_by + timedelta(days=1)))):
        revocation = approve_run(run=propose_revocation(wave=wave, proposer=office.operator), approver=office.approver)
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
