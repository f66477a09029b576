"""When a training may be bought."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from bekal.catalogue.errors import NoSeatLeft
from bekal.catalogue.models import Training
from bekal.core.errors import Refused
from bekal.ledger.errors import InsufficientBalance
from bekal.participants.models import Enrolment, EnrolmentStatus
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


def refusal(
    *, enrolment: Enrolment, training: Training, today: date, available_idr: int | None, started_in_time: bool, is_owned: bool
) -> Refused | None:
    """The first rule that forbids this purchase; None where none does.

    Args:
        enrolment: with its wave.
        today: the programme's calendar day.
        available_idr: what the training account holds; None once it is closed.
        started_in_time: something was bought before, or the first purchase may still be made.
        is_owned: the enrolment has this training.
    """
    wave = enrolment.wave
    if enrolment.status == EnrolmentStatus.REVOKED:
        return ParticipationRevoked()
    if available_idr is None or enrolment.status == EnrolmentStatus.ENDED:
        return SpendingEnded(last_day=wave.spend_by)
    if enrolment.status != EnrolmentStatus.GRANTED:
        return NotGranted()
    if today > wave.spend_by:
        return SpendingEnded(last_day=wave.spend_by)
    if not started_in_time:
        return FirstPurchaseTooLate(last_day=wave.first_purchase_by)
    if is_owned:
        return AlreadyBought()
    if not training.is_open:
        return TrainingClosed()
    if training.price_idr > available_idr:
        missing_idr = training.price_idr - available_idr
        return InsufficientBalance(available_idr=available_idr, amount_idr=training.price_idr, missing_idr=missing_idr)
    return NoSeatLeft() if training.seats_left == 0 else None


def bundle_refusal(
    *,
    enrolment: Enrolment,
    trainings: Sequence[Training],
    prices_idr: Mapping[int, int],
    today: date,
    available_idr: int | None,
    started_in_time: bool,
    owned: Collection[int],
) -> Refused | None:
    """The rule that forbids buying these trainings together; None where none does.

    A rule that forbids every purchase comes first, then those of the single trainings together, then that the sum must fit.

    Args:
        enrolment, today, available_idr, started_in_time: as for `refusal`.
        prices_idr: by primary key, the price at which each is to be bought.
        owned: primary keys of the trainings that the enrolment has.
    """
    found: dict[Training, Refused] = {}
    for training in trainings:
        refused = refusal(
            enrolment=enrolment,
            training=training,
            today=today,
            available_idr=available_idr,
            started_in_time=started_in_time,
            is_owned=training.pk in owned,
        )
        if isinstance(refused, _OF_ONE_TRAINING):
            found[training] = refused
        elif refused is not None and not isinstance(refused, InsufficientBalance):
            return refused
        elif training.price_idr != prices_idr[training.pk]:
            found[training] = PriceChanged(price_idr=training.price_idr)
    if found:
        return BundleRefused(found)
    total_idr, held_idr = sum(training.price_idr for training in trainings), available_idr or 0
    if total_idr > held_idr:
        return InsufficientBalance(available_idr=held_idr, amount_idr=total_idr, missing_idr=total_idr - held_idr)
    return None


_OF_ONE_TRAINING = (AlreadyBought, TrainingClosed, NoSeatLeft)
