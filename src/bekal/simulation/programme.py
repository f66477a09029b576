"""A whole synthetic programme in the middle of a wave, made through the same services as a real one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Final

import numpy as np

from bekal.catalogue.models import Provider
from bekal.catalogue.services import add_trainings
from bekal.core import clock
from bekal.core.statistics import refresh_statistics
from bekal.participants.models import Education, Enrolment, Sex
from bekal.participants.nik import compose_nik, parse_nik
from bekal.participants.services import Registration
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.purchases.bulk import Order
from bekal.purchases.services import buy_many
from bekal.simulation.behaviour import Plan, find_pair, plan_purchases
from bekal.simulation.catalogue import Catalogue, Integers, build_catalogue
from bekal.simulation.people import EDUCATIONS, PROVINCE_CODES, People, draw_people, registrations
from bekal.simulation.seeds import stream
from bekal.simulation.tastes import draw_tastes
from bekal.simulation.wave import PROGRAMME, Office, accept_people, grant_everybody, open_funded_wave

WAVE_NUMBER: Final = 20
DAYS_SINCE_ACCEPTANCE: Final = 70

# No other synthetic person has a NIK of a district above 20.
SARI: Final = Registration(
    name="Sari Contoh",
    nik=compose_nik(region="327399", birth_date=date(1994, 4, 21), sex=Sex.FEMALE, serial=1),
    household="3273992104150001",
    birth_date=date(1994, 4, 21),
    sex=Sex.FEMALE,
    education=Education.UPPER_SECONDARY,
    occupation="looking_for_work",
)
"""The person of the demonstration; "contoh" means example."""
SPECIAL_BALANCE_IDR: Final = 300_000
_SPECIAL_DAYS: Final = (6, 27)

_DAYS_ON_SHELF: Final = 60
_DAYS_TO_APPLY: Final = 7
_OFFICE_HOUR: Final = time(9)
_SHOPPING_HOURS: Final = (time(8, 40), time(12, 25), time(19, 50))
_ACCEPTING_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: the enrolment of the special person, with its `participant` and `wave`; and the provider who sold most."""

    wave: Wave
    sari: Enrolment
    provider: Provider
    purchases: int


def build_programme(
    *,
    participants: int,
    seed: int,
    day: date,
    office: Office,
    progress: Callable[[int], None] | None = None,
    special: Registration = SARI,
) -> Built:
    """Fill a database without waves and trainings with a programme as it is on the morning of `day`.

    A wave was accepted 70 days ago, everyone was granted, and who bought, bought; what happens from `day` on is open. The caller
    decides about transactions.

    Args:
        participants: how many people the wave has, `special` included.
        day: so that people accepted 70 days earlier can still buy on it.
        office: opens the wave and grants.
        progress: told how many more of the `participants` are done.
        special: one person whose balance is exactly Rp 300,000 in the end.

    Raises:
        ValueError: no participant, or `day` is after the wave's last day to spend.
        OutsideProgramme: the programme accepted nobody 70 days before `day`.
        NikMalformed, HouseholdMalformed, NotEligible: `special` cannot take part.
    """
    accepted_on = day - timedelta(days=DAYS_SINCE_ACCEPTANCE)
    if participants < 1 or load_definition(PROGRAMME).last_day_to_spend(accepted_on) < day:
        raise ValueError("a programme needs a participant, and a day on which the wave can still buy")
    advance = _Advance(participants, progress)
    catalogue = build_catalogue(seed=seed)
    with clock.at(_moment(accepted_on - timedelta(days=_DAYS_ON_SHELF), _OFFICE_HOUR)):
        trainings = np.array(add_trainings(trainings=catalogue.trainings))
    people = draw_people(count=participants - 1, seed=seed, day=accepted_on)
    with clock.at(_moment(accepted_on - timedelta(days=_DAYS_TO_APPLY), _OFFICE_HOUR)):
        wave = open_funded_wave(
            number=WAVE_NUMBER, accepted_on=accepted_on, places=participants, reference="synthetic", office=office
        )
    with clock.at(_moment(accepted_on, _OFFICE_HOUR)):
        accept_people(
            wave=wave,
            people=chain(registrations(people), [special]),
            registered_at=_moment(accepted_on - timedelta(days=1), _OFFICE_HOUR),
            progress=advance.accepted,
        )
        grant_everybody(wave=wave, office=office)
    enrolments = np.array(Enrolment.objects.filter(wave=wave).order_by("number").values_list("pk", flat=True), dtype=np.int64)
    plan = _plan(people, special, catalogue, wave, seed)
    _shop(plan, enrolments=enrolments, trainings=trainings, wave=wave, seed=seed, advance=advance)
    refresh_statistics("purchases_purchase", "ledger_transfer", "catalogue_training", rows=len(plan.days))
    sales = Counter(catalogue.trainings[training].provider for training in plan.trainings.tolist())
    return Built(
        wave=wave,
        sari=Enrolment.objects.select_related("participant", "wave").get(pk=enrolments[-1]),
        provider=Provider.objects.get(name=sales.most_common(1)[0][0]),
        purchases=len(plan.days),
    )


class _Advance:
    """Tells whole participants of a share of the work that is done."""

    def __init__(self, participants: int, progress: Callable[[int], None] | None) -> None:
        self._participants = participants
        self._progress = progress
        self._accepted = 0
        self._told = 0

    def accepted(self, people: int) -> None:
        self._accepted += people
        self(_ACCEPTING_SHARE * self._accepted / self._participants)

    def __call__(self, share: float) -> None:
        done = round(share * self._participants)
        if self._progress is not None and done > self._told:
            self._progress(done - self._told)
            self._told = done


def _moment(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, clock.JAKARTA)


def _plan(people: People, special: Registration, catalogue: Catalogue, wave: Wave, seed: int) -> Plan:
    """What everyone buys from the day after acceptance to the day before the present; `special` is the person after the last."""
    balance_idr = load_definition(wave.programme).training.amount_idr
    tastes = draw_tastes(catalogue, seed=seed, balance_idr=balance_idr)
    plan = plan_purchases(
        people,
        catalogue,
        tastes,
        seed=seed,
        balance_idr=balance_idr,
        first_day_by=(wave.first_purchase_by - wave.accepted_on).days,
        day_by=DAYS_SINCE_ACCEPTANCE - 1,
    )
    born = special.birth_date
    pair = find_pair(
        catalogue,
        tastes,
        is_woman=special.sex is Sex.FEMALE,
        age=wave.accepted_on.year - born.year - ((wave.accepted_on.month, wave.accepted_on.day) < (born.month, born.day)),
        education=EDUCATIONS.index(special.education),
        province=PROVINCE_CODES.index(parse_nik(special.nik).region[:2]),
        sum_idr=balance_idr - SPECIAL_BALANCE_IDR,
    )
    return Plan(
        people=np.append(plan.people, [len(people)] * len(pair)),
        trainings=np.append(plan.trainings, pair),
        days=np.append(plan.days, _SPECIAL_DAYS),
    )


def _shop(plan: Plan, *, enrolments: Integers, trainings: Integers, wave: Wave, seed: int, advance: _Advance) -> None:
    """Buy what is planned, day by day, in the morning, at noon and in the evening."""
    hours = stream(seed, "hours").integers(len(_SHOPPING_HOURS), size=len(plan.days))
    when = plan.days * len(_SHOPPING_HOURS) + hours
    order = np.argsort(when, kind="stable")
    moments, starts = np.unique(when[order], return_index=True)
    for moment, places in zip(moments.tolist(), np.split(order, starts[1:]), strict=True):
        day, hour = divmod(moment, len(_SHOPPING_HOURS))
        orders = map(Order, enrolments[plan.people[places]].tolist(), trainings[plan.trainings[places]].tolist())
        with clock.at(_moment(wave.accepted_on + timedelta(days=day), _SHOPPING_HOURS[hour])):
            buy_many(orders=list(orders))
        advance(_ACCEPTING_SHARE + (1 - _ACCEPTING_SHARE) * day / DAYS_SINCE_ACCEPTANCE)
    advance(1)
