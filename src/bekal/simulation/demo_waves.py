"""The demo's newest waves: one whose places were drawn and are announced tomorrow, and one that takes applications now."""

from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Final

from bekal.core import clock
from bekal.participants.applications.bringing import bring_applications
from bekal.participants.draw.beacon import TEST_BEACON, sign_test_round
from bekal.participants.draw.ordering import order
from bekal.participants.draw.services import approve, freeze, hand_in_value, publish
from bekal.participants.models import Draw, Education, Sex
from bekal.participants.nik import compose_nik
from bekal.participants.services import Registration, register_people
from bekal.programmes.models import ShareKind, Wave
from bekal.programmes.scheduling import Plan, digest_of
from bekal.simulation.names import FAMILIES, MEN, WOMEN
from bekal.simulation.people import PROVINCE_CODES
from bekal.simulation.wave import PROGRAMME, Office
from bekal.treasury.waves import approve_wave, schedule_wave

DRAWN_WAVE: Final = 22
OPEN_WAVE: Final = 23
DRAWN_APPLICANTS: Final = 72
"""How many people apply to the wave that is drawn."""
OPEN_APPLICANTS: Final = 40
"""How many people have applied to the wave that is open: fewer than it has places, so that who joins them can be accepted."""
_DRAWN_PLACES: Final = 24
_OPEN_PLACES: Final = 60
_BUDGET: Final = "DEMO/2021"
_BUDGET_IDR: Final = 10**9
_DISTRICT: Final = 21  # no other synthetic person has a NIK of a district above 20


def add_drawn_wave(*, day: date, office: Office) -> Draw:
    """Schedule a wave, have people apply to it, and draw its places before `day`; three families have one member too many.

    Args:
        day: the demo's present; the results are announced on the evening after it.
    """
    with _at(day - timedelta(days=12), 9):
        wave = _schedule(DRAWN_WAVE, opens=day - timedelta(days=8), announces=day + timedelta(days=1), office=office)
    with _at(day - timedelta(days=6), 10):
        _apply(wave, range(DRAWN_APPLICANTS))
    due = _moment(day - timedelta(days=2), 12)
    with _at(day - timedelta(days=3), 9):
        draw = freeze(wave=wave, due=due, beacon=TEST_BEACON, proposer=office.operator)
        approve(draw=draw, approver=office.approver, seen=bytes(draw.root).hex())
        draw = publish(draw=draw, actor=office.operator)
    with _at(day - timedelta(days=2), 13):
        hand_in_value(draw=draw, signature=sign_test_round(draw.round))
        return order(draw=draw)


def add_open_wave(*, day: date, office: Office) -> Wave:
    """Schedule a wave to which anybody can apply on `day` and the three days after it, and have some people do so."""
    with _at(day - timedelta(days=5), 9):
        wave = _schedule(OPEN_WAVE, opens=day - timedelta(days=1), announces=day + timedelta(days=7), office=office)
    with _at(day - timedelta(days=1), 14):
        _apply(wave, range(DRAWN_APPLICANTS, DRAWN_APPLICANTS + OPEN_APPLICANTS))
    return wave


def _schedule(number: int, *, opens: date, announces: date, office: Office) -> Wave:
    """A wave that one officer proposes and the other approves; it takes applications for four days, from noon to noon."""
    plan = Plan(
        programme=PROGRAMME,
        number=number,
        registration_opens_at=_moment(opens, 12),
        registration_closes_at=_moment(opens + timedelta(days=4), 12),
        announces_at=_moment(announces, 20),
        places=_DRAWN_PLACES if number == DRAWN_WAVE else _OPEN_PLACES,
        shares={kind: {} for kind in ShareKind},
        budget_reference=_BUDGET,
        budget_idr=_BUDGET_IDR,
    )
    schedule = schedule_wave(plan=plan, proposer=office.operator)
    schedule.refresh_from_db()  # as the approver is shown it
    wave = approve_wave(schedule=schedule, approver=office.approver, seen=digest_of(schedule)).wave
    if wave is None:
        raise RuntimeError("an approved schedule has its wave")
    return wave


def _apply(wave: Wave, numbers: range) -> None:
    people = register_people(registrations=[_person(number) for number in numbers])
    bring_applications(wave=wave, groups={person: _groups(number) for number, person in zip(numbers, people, strict=True)})


def _person(number: int) -> Registration:
    sex = Sex.FEMALE if number % 2 else Sex.MALE
    born = date(1975 + number % 27, 1 + number % 12, 1 + number % 28)
    region = f"{PROVINCE_CODES[number % len(PROVINCE_CODES)]}01{_DISTRICT}"
    # The first nine are three families of three.
    family = number // 3 if number < 9 else number
    return Registration(
        name=f"{(WOMEN if sex is Sex.FEMALE else MEN)[number % 20]} {FAMILIES[number % len(FAMILIES)]}",
        nik=compose_nik(region=region, birth_date=born, sex=sex, serial=1 + number),
        household=f"327399010115{1 + family:04}",
        birth_date=born,
        sex=sex,
        education=list(Education)[number % 6],
        occupation="looking_for_work",
    )


def _groups(number: int) -> list[str]:
    return [code for code, every in (("disability", 18), ("laid_off", 3), ("women_returning", 5)) if number % every == 0]


def _moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), clock.JAKARTA)


def _at(day: date, hour: int) -> AbstractContextManager[None]:
    return clock.at(_moment(day, hour))
