"""Users, waves, people, enrolments and trainings for tests, made through the real services. Everybody here is made up."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final

from bekal.access.models import Role, User
from bekal.catalogue.models import Training
from bekal.catalogue.services import NewTraining, add_trainings
from bekal.core import clock
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs.queries import runs
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.models import Education, Enrolment, Sex
from bekal.participants.nik import compose_nik
from bekal.participants.services import Registration, enrol_people, register_people
from bekal.programmes.models import Wave
from bekal.programmes.services import fund_places, open_wave
from bekal.simulation.wave import Office, accept_people, grant_everybody

PROGRAMME: Final = "prakerja-2021"
TRAINING_IDR: Final = 1_000_000
INCENTIVE_IDR: Final = 2_550_000
TOTAL_IDR: Final = TRAINING_IDR + INCENTIVE_IDR

ACCEPTED_ON: Final = date(2021, 3, 1)
FIRST_PURCHASE_BY: Final = date(2021, 3, 30)
SPEND_BY: Final = date(2021, 12, 15)

_serials = count(1)


@dataclass(frozen=True, slots=True)
class GrantedWave:
    """A wave whose people have their money, with the two officers who gave it."""

    wave: Wave
    enrolments: list[Enrolment]
    operator: User
    approver: User


def on(day: date, hour: int = 12) -> AbstractContextManager[None]:
    """The clock at an hour of a Jakarta day."""
    return clock.at(datetime(day.year, day.month, day.day, hour, tzinfo=clock.JAKARTA))


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def make_user(role: Role) -> User:
    number = next(_serials)
    return User.objects.create_user(email=f"{role}-{number}@example.org", password=None, name=f"{role} {number}", role=role)


def registration(**changes: Any) -> Registration:
    """Somebody new who may take part, alone in the household, unless `changes` say otherwise; the NIK follows the changes."""
    number = next(_serials)
    person = Registration(
        name=f"Person {number}",
        nik="",
        household=f"{3273010000000000 + number}",
        birth_date=date(1995, 1 + number % 12, 1 + number // 12 % 28),
        sex=Sex.FEMALE if number % 2 else Sex.MALE,
        education=Education.UPPER_SECONDARY,
        occupation="jobseeker",
    )
    person = replace(person, **changes)
    if person.nik:
        return person
    # A number has four digits of serial and six of region, so that made-up people never share a NIK.
    region = f"{32}{1 + number // 9000 % 99:02}{1 + number // (9000 * 99):02}"
    nik = compose_nik(region=region, birth_date=person.birth_date, sex=person.sex, serial=1 + number % 9000)
    return replace(person, nik=nik)


def register(count: int, **changes: Any) -> list[int]:
    """Register made-up people and return their primary keys."""
    return register_people(registrations=[registration(**changes) for _ in range(count)])


def make_wave(*, number: int = 12, places: int = 0, accepted_on: date = ACCEPTED_ON) -> Wave:
    """A wave whose fund holds what its places cost."""
    wave = open_wave(programme=PROGRAMME, number=number, accepted_on=accepted_on)
    if places:
        fund_places(wave=wave, places=places, reference=f"wave-{number}")
    return wave


def enrol(wave: Wave, people: Sequence[int]) -> list[Enrolment]:
    """Enrolments in the order of the people."""
    return _enrolments(enrol_people(participants=people, wave=wave))


def _enrolments(numbers: Sequence[int]) -> list[Enrolment]:
    found = {enrolment.number: enrolment for enrolment in Enrolment.objects.select_related("wave").filter(number__in=numbers)}
    return [found[number] for number in numbers]


def grant_wave(
    *, count: int = 0, people: Sequence[Registration] = (), number: int = 12, places: int | None = None
) -> GrantedWave:
    """A wave of these people, or of so many made-up ones, who have all been granted on the day of acceptance.

    Args:
        places: how many the fund pays for, if not one for each.
    """
    office = Office(operator=make_user(Role.OPERATOR), approver=make_user(Role.APPROVER))
    registrations = people or [registration() for _ in range(count)]
    with on(ACCEPTED_ON):
        wave = make_wave(number=number, places=len(registrations) if places is None else places)
        numbers = accept_people(wave=wave, people=registrations)
        grant_everybody(wave=wave, office=office)
    enrolments = _enrolments(numbers)
    return GrantedWave(wave=wave, enrolments=enrolments, operator=office.operator, approver=office.approver)


def waiting(wave: Wave) -> list[Run]:
    """What is proposed for a wave, the oldest first."""
    return list(runs(fund=wave.fund, states=[RunState.PROPOSED]).reverse())


def post_approved(wave: Wave) -> list[Run]:
    """Post every approved run of a wave, the oldest first."""
    return [post_run(run=run) for run in runs(fund=wave.fund, states=[RunState.APPROVED]).reverse()]


def approve_and_post(runs: Sequence[Run], approver: User) -> list[Run]:
    approved = [approve_run(run=run, approver=approver) for run in runs]
    return [post_run(run=run) for run in approved]


def make_trainings(*prices_idr: int, seats: int | None = None, provider: str | None = None) -> list[Training]:
    """One open training for each price, each of a provider of its own unless one is named."""
    numbers = [next(_serials) for _ in prices_idr]
    ids = add_trainings(
        trainings=[
            NewTraining(
                code=f"T-{number}",
                title=f"Training {number}",
                provider=provider or f"Provider {number}",
                price_idr=price_idr,
                seats=seats,
            )
            for number, price_idr in zip(numbers, prices_idr, strict=True)
        ]
    )
    found = Training.objects.select_related("provider").in_bulk(ids)
    return [found[training] for training in ids]


def make_training(price_idr: int, *, seats: int | None = None) -> Training:
    (training,) = make_trainings(price_idr, seats=seats)
    return training
