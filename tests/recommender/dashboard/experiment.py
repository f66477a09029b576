"""An experiment of which every effect is known: enough people an arm to conclude, and nobody in it is real."""

from datetime import date, timedelta
from typing import Final

from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.programmes.models import Wave
from bekal.purchases.bulk import Order
from bekal.purchases.life_cycle import complete_purchase, redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_many
from bekal.recommender.models import Arm, Assignment
from tests.builders import ACCEPTED_ON, TRAINING_IDR, day_after, grant_wave, make_trainings, on

PER_ARM: Final = 430
SPENT_MORE_IDR: Final = 200_000
"""What everybody of the bundle arm who buys a second training spends on it beyond the others."""
SECOND_BUYERS: Final = 416
DEADLINE: Final = date(2021, 12, 31)

_FIRST_IDR: Final = (200_000, 300_000)
_SECOND_IDR: Final = (100_000, 150_000, 200_000)


def open_by_hand(enrolment: Enrolment, arm: Arm, *, balance_idr: int) -> Assignment:
    """An opened dashboard in an arm that counts as drawn, because a test cannot wait for chance."""
    return Assignment(enrolment=enrolment, arm=arm, opened_at=clock.now(), opened_balance_idr=balance_idr)


def build_experiment() -> Wave:
    """Everybody buys a training, opens the dashboard, and all but 14 of each arm buy a second one; 14 of each complete one.

    Person by person the arms are alike, but that a second training of the bundle arm costs `SPENT_MORE_IDR` more.
    """
    granted = grant_wave(count=PER_ARM * len(Arm))
    people = list(zip(list(Arm) * PER_ARM, [place for place in range(PER_ARM) for _ in Arm], granted.enrolments, strict=True))
    firsts = make_trainings(*_FIRST_IDR)
    seconds = make_trainings(*_SECOND_IDR)
    dearer = make_trainings(*[price_idr + SPENT_MORE_IDR for price_idr in _SECOND_IDR])
    day = day_after(ACCEPTED_ON)
    with on(day):
        buy_many(orders=[Order(person.pk, firsts[place % 2].pk) for _, place, person in people])
    with on(day_after(day)):
        Assignment.objects.bulk_create(
            open_by_hand(person, arm, balance_idr=TRAINING_IDR - _FIRST_IDR[place % 2]) for arm, place, person in people
        )
    buyers = [(arm, place, person) for arm, place, person in people if place % 31 != 1]
    with on(day + timedelta(days=2)):
        buy_many(
            orders=[Order(person.pk, (dearer if arm is Arm.BUNDLE else seconds)[place % 3].pk) for arm, place, person in buyers]
        )
    with on(day + timedelta(days=30)):
        completing = [person.pk for _, place, person in people if place % 31 == 2]
        for purchase in Purchase.objects.filter(enrolment__in=completing, training__in=firsts):
            complete_purchase(purchase=redeem_purchase(redeem_code=purchase.redeem_code))
    return granted.wave
