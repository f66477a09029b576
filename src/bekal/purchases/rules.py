"""When a training may be bought: said once, for one purchase, a bundle, many at a time, and what a page says beforehand."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from bekal.catalogue.errors import NoSeatLeft
from bekal.catalogue.models import Training
from bekal.core.errors import Refused
from bekal.ledger.errors import InsufficientBalance
from bekal.participants.models import EnrolmentStatus
from bekal.purchases.errors import (
    AlreadyBought,
    BundleRefused,
    FirstPurchaseTooLate,
    NotGranted,
    ParticipationRevoked,
    PriceChanged,
    SpendingEnded,
    TrainingClosed,
)

FEWEST_TOGETHER: Final = 2
MOST_TOGETHER: Final = 4
"""How many trainings one confirmation may buy. How many a recommended bundle has is another question: `engine.choosing`."""


class Facts(NamedTuple):
    """What the rules ask about one enrolment and one training; `purchases_facts` in `schema/buying.sql` reads it.

    Attributes:
        available_idr: what the training account holds; None once it is closed.
        has_bought: a training that the balance paid for secures the participation; one that was given back does not.
        first_purchase_by: the person's own last day to buy such a training; None while the days for it do not run.
        is_owned: the enrolment has this training.
        seats_left: None where seats are not counted.
    """

    status: str
    available_idr: int | None
    has_bought: bool
    first_purchase_by: date | None
    spend_by: date
    is_owned: bool
    is_open: bool
    price_idr: int
    seats_left: int | None


def refusal(facts: Facts, *, today: date) -> Refused | None:
    """The first rule that forbids this purchase; None where none does.

    Args:
        today: the programme's calendar day.
    """
    if facts.status == EnrolmentStatus.REVOKED:
        return ParticipationRevoked()
    if facts.available_idr is None or facts.status == EnrolmentStatus.ENDED:
        return SpendingEnded(last_day=facts.spend_by)
    if facts.status != EnrolmentStatus.GRANTED:
        return NotGranted()
    if today > facts.spend_by:
        return SpendingEnded(last_day=facts.spend_by)
    if facts.first_purchase_by is not None and today > facts.first_purchase_by and not facts.has_bought:
        return FirstPurchaseTooLate(last_day=facts.first_purchase_by)
    if facts.is_owned:
        return AlreadyBought()
    if not facts.is_open:
        return TrainingClosed()
    if facts.price_idr > facts.available_idr:
        return _insufficient(available_idr=facts.available_idr, amount_idr=facts.price_idr)
    return NoSeatLeft() if facts.seats_left == 0 else None


def bundle_refusal(wanted: Mapping[Training, Facts], *, prices_idr: Mapping[int, int], today: date) -> Refused | None:
    """The rule that forbids buying these trainings together; None where none does.

    A rule that forbids every purchase comes first, then those of the single trainings together, then that the sum must fit.

    Args:
        wanted: the trainings of one enrolment.
        prices_idr: by primary key, the price at which each is to be bought.
        today: the programme's calendar day.
    """
    found: dict[Training, Refused] = {}
    for training, facts in wanted.items():
        refused = refusal(facts, today=today)
        if isinstance(refused, _OF_ONE_TRAINING):
            found[training] = refused
        elif refused is not None and not isinstance(refused, InsufficientBalance):
            return refused
        elif facts.price_idr != prices_idr[training.pk]:
            found[training] = PriceChanged(price_idr=facts.price_idr)
    if found:
        return BundleRefused(found)
    total_idr = sum(facts.price_idr for facts in wanted.values())
    held_idr = next(iter(wanted.values())).available_idr or 0
    return _insufficient(available_idr=held_idr, amount_idr=total_idr) if total_idr > held_idr else None


def _insufficient(*, available_idr: int, amount_idr: int) -> InsufficientBalance:
    return InsufficientBalance(available_idr=available_idr, amount_idr=amount_idr, missing_idr=amount_idr - available_idr)


_OF_ONE_TRAINING = (AlreadyBought, TrainingClosed, NoSeatLeft)
