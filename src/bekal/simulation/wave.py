"""A wave as an office makes it: opened and funded, filled with people, granted by two officers.

The demo, the tests and the benchmarks begin with such waves. Every step is dated by the clock, which callers set.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.ledger.models import Run
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.grants import propose_grant
from bekal.participants.services import Registration, enrol_people, register_people
from bekal.programmes.models import Wave
from bekal.programmes.services import fund_places, open_wave

PROGRAMME: Final = "prakerja-2021"
_BATCH_PEOPLE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Office:
    """Two officers, since money moves only after a second one approved."""

    operator: User
    approver: User


def make_office(*, domain: str) -> Office:
    """Two officers who cannot log in, `operator@` and `approver@` that domain."""
    operator, approver = (
        User.objects.create_user(email=f"{role}@{domain}", password=None, name=f"{role.label} ({domain})", role=role)
        for role in (Role.OPERATOR, Role.APPROVER)
    )
    return Office(operator=operator, approver=approver)


def open_funded_wave(
    *, number: int, accepted_on: date, places: int, reference: str, office: Office, programme: str = PROGRAMME
) -> Wave:
    """A new wave whose fund holds what so many people are promised.

    Raises:
        UnknownProgramme, OutsideProgramme, WaveExists: see `open_wave`.
    """
    wave = open_wave(programme=programme, number=number, accepted_on=accepted_on, actor=office.operator)
    fund_places(wave=wave, places=places, reference=reference, actor=office.operator)
    return wave


def accept_people(
    *,
    wave: Wave,
    people: Iterable[Registration],
    registered_at: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[int]:
    """Register people and accept them into the wave, however many; return their enrolments' numbers in the same order.

    Args:
        people: new ones.
        registered_at: when they registered, if not at the time at which they are accepted.
        progress: told how many more people are accepted, now and then.
    """
    waiting = iter(people)
    numbers: list[int] = []
    while batch := list(islice(waiting, _BATCH_PEOPLE)):
        with clock.at(registered_at) if registered_at else nullcontext():
            registered = register_people(registrations=batch)
        numbers += enrol_people(participants=registered, wave=wave)
        if progress is not None:
            progress(len(batch))
    return numbers


def grant_everybody(*, wave: Wave, office: Office, progress: Callable[[int], None] | None = None) -> Run:
    """Give everybody accepted into the wave what the programme promises; return the finished run.

    Args:
        progress: told the number of accounts judged, after each chunk.
    """
    run = propose_grant(wave=wave, proposer=office.operator)
    return post_run(run=approve_run(run=run, approver=office.approver), progress=progress)
