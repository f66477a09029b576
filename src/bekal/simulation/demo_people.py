"""The people of the demonstration besides Sari, each in a state that is worth looking at. All made up; "contoh" means example.

They live the lives of real people: accepted, granted, revoked, by the same services and the same two officers.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import uuid4

from django.db.models import QuerySet

from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.models import Education, Enrolment, Sex
from bekal.participants.nik import compose_nik
from bekal.participants.services import Registration
from bekal.payouts.services import link_payment_account, verify_payment_account
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.programmes.services import fund_places, open_wave
from bekal.purchases.life_cycle import complete_purchase, redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_training
from bekal.simulation.programme import WAVE_NUMBER
from bekal.simulation.wave import PROGRAMME, Office, accept_people, grant_everybody
from bekal.treasury.services import propose_revocation

ALMOST_SPENT_IDR: Final = 40_000
_EARLIER_WAVE_DAYS: Final = 98
_LATER_WAVE_DAYS: Final = 14
_HOUR: Final = time(10)


def _registration(name: str, born: date, sex: Sex, occupation: str, education: Education) -> Registration:
    """Somebody of Sari's district, where nobody else of the synthetic people lives."""
    nik = compose_nik(region="327399", birth_date=born, sex=sex, serial=1)
    return Registration(
        name=name,
        nik=nik,
        household=nik[:12] + "0001",
        birth_date=born,
        sex=sex,
        education=education,
        occupation=occupation,
    )


_DEWI: Final = _registration("Dewi Contoh", date(1999, 8, 17), Sex.FEMALE, "looking_for_work", Education.DIPLOMA)
_BUDI: Final = _registration("Budi Contoh", date(1988, 1, 30), Sex.MALE, "employee", Education.UPPER_SECONDARY)
_RINA: Final = _registration("Rina Contoh", date(1991, 11, 5), Sex.FEMALE, "self_employed", Education.LOWER_SECONDARY)
_JOKO: Final = _registration("Joko Contoh", date(1996, 6, 12), Sex.MALE, "laid_off", Education.BACHELOR)

OTHERS: Final = 4
"""How many they are."""


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Their enrolments.

    Attributes:
        untouched: the whole balance, and days left for the first purchase.
        almost_spent: Rp 40,000 left.
        revoked: bought nothing in time; everything went back.
        waiting: finished a training and has a verified account; the incentive waits for the rating.
    """

    untouched: Enrolment
    almost_spent: Enrolment
    revoked: Enrolment
    waiting: Enrolment


def add_demo_people(*, wave: Wave, day: date, office: Office) -> DemoPeople:
    """Add them to a programme that is in the middle of a wave: one to that wave, the others to one before and one after it.

    Args:
        wave: of `build_programme`.
        day: the present one.
        office: opens the waves, grants and revokes.
    """
    almost_spent = _join(wave, _BUDI, office)
    _buy_all_but(almost_spent, wave.accepted_on + timedelta(days=9))
    earlier = _open(day - timedelta(days=_EARLIER_WAVE_DAYS), number=WAVE_NUMBER - 1, office=office)
    revoked, waiting = (_join(earlier, person, office) for person in (_RINA, _JOKO))
    _finish_unrated(waiting, _JOKO)
    _revoke(earlier, office)
    later = _open(day - timedelta(days=_LATER_WAVE_DAYS), number=WAVE_NUMBER + 1, office=office)
    untouched = _join(later, _DEWI, office)
    revoked.refresh_from_db()
    return DemoPeople(untouched=untouched, almost_spent=almost_spent, revoked=revoked, waiting=waiting)


def _open(accepted_on: date, *, number: int, office: Office) -> Wave:
    """A wave for a few people, who are funded when they join."""
    with clock.at(_morning(accepted_on - timedelta(days=7))):
        return open_wave(programme=PROGRAMME, number=number, accepted_on=accepted_on, actor=office.operator)


def _join(wave: Wave, person: Registration, office: Office) -> Enrolment:
    """Fund one more place, accept the person, and grant."""
    with clock.at(_morning(wave.accepted_on)):
        fund_places(wave=wave, places=1, reference=f"synthetic: {person.name}", actor=office.operator)
        (number,) = accept_people(wave=wave, people=[person], registered_at=_morning(wave.accepted_on - timedelta(days=1)))
        grant_everybody(wave=wave, office=office)
    return Enrolment.objects.select_related("participant", "wave").get(number=number)


def _buy_all_but(enrolment: Enrolment, day: date) -> None:
    """Two trainings that leave `ALMOST_SPENT_IDR` of what was granted."""
    sum_idr = load_definition(enrolment.wave.programme).training.amount_idr - ALMOST_SPENT_IDR
    by_price: dict[int, Training] = {}
    for training in _sold_without_limit():
        other = by_price.get(sum_idr - training.price_idr)
        if other is not None:
            for bought in (other, training):
                _buy(enrolment, bought, day)
            return
        by_price.setdefault(training.price_idr, training)
    raise ValueError(f"no two trainings cost Rp {sum_idr} together")


def _finish_unrated(enrolment: Enrolment, person: Registration) -> None:
    """A training bought, begun and finished, and an account confirmed: all that an incentive needs but the rating."""
    bought_on = enrolment.wave.accepted_on + timedelta(days=4)
    training = next(training for training in _sold_without_limit() if training.price_idr > ALMOST_SPENT_IDR)
    purchase = _buy(enrolment, training, bought_on)
    with clock.at(_morning(bought_on + timedelta(days=1))):
        redeem_purchase(redeem_code=purchase.redeem_code)
    with clock.at(_morning(bought_on + timedelta(days=22))):
        complete_purchase(purchase=purchase)
        channel = next(channel.code for channel in load_definition(enrolment.wave.programme).payment.channels)
        account = link_payment_account(enrolment=enrolment, channel=channel, number="0000 1234 56")
        verify_payment_account(account=account, holder_nik=person.nik)


def _revoke(wave: Wave, office: Office) -> None:
    """Revoke whoever bought nothing, on the day after the last one for it."""
    with clock.at(_morning(wave.first_purchase_by + timedelta(days=1))):
        run = propose_revocation(wave=wave, proposer=office.operator)
        post_run(run=approve_run(run=run, approver=office.approver))


def _sold_without_limit() -> QuerySet[Training]:
    return Training.objects.filter(is_open=True, seats__isnull=True, price_idr__gt=0).order_by("code")


def _buy(enrolment: Enrolment, training: Training, day: date) -> Purchase:
    with clock.at(_morning(day)):
        return buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())


def _morning(day: date) -> datetime:
    return datetime.combine(day, _HOUR, clock.JAKARTA)
